"""Building into PostgreSQL: rows that nobody sees, then one transaction that publishes them.

One builder at a time holds an advisory lock, which the server lets go of when the builder's
connection ends, however it dies. What it writes has numbers above the last generation's, so no
reader sees it; a build that did not end leaves such rows, and the next one takes over what has
not changed and removes the rest. Where tables of another version are replaced, the whole build
is one transaction, and the server forgets it if it does not end.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import socket
import time
import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors as pg

from index.article import Heading
from index.embedding import EncoderCard
from index.errors import (
    BuildLocked,
    DamagedIndex,
    NoIndex,
    StoreUnreachable,
    UnwritableIndex,
)
from index.generations import is_whole, version_of_this
from index.names import keys_of, keys_of_article
from index.people import dump_speaker, people_of
from index.postgres.connections import Address, first_line
from index.postgres.encoders import (
    cache,
    cached,
    encoder_record,
    fetch_encoder,
    keep_encoder,
    read_encoder,
)
from index.postgres.rows import no_index, read_generation
from index.postgres.schema import (
    HNSW,
    SCHEMA,
    UNFINISHED,
    check_ours,
    check_schema,
    check_tables,
    drop_replaced,
    is_there,
    read_schema,
    replace_schema,
)
from index.postgres.searching import EXACT_UP_TO
from index.postgres.terms import LONGEST, key_of
from index.segment import article_record, quotation_record
from index.target import Present, Published
from index.titles import date_of
from index.words import terms_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pydantic import SecretStr

    from index.article import Article
    from index.manifest import EncoderEntry
    from index.people import Appearance
    from index.segment import Analysed

LOCK = int.from_bytes(b"pullquot", "big")
"""The advisory lock's key."""
TOGETHER = 64
"""Articles that are written in one transaction."""
KEPT_S = 600
"""Seconds for which a generation that is no longer the last but one can still be read."""
_NOW = """to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"')"""
"""The server's clock, in ISO 8601: readers compare times, and those of two builders may differ."""
_TABLES = ("people", "names", "vectors", "postings", "articles")


class PostgresTarget:
    """Builds into a database, a `Target`."""

    def __init__(self, url: SecretStr) -> None:
        self._address = Address(url)
        self._open: psycopg.Connection[Any] | None = None
        self._last = 0  # the last article of the present generation
        self._written = 0
        self._before = 0  # the last article that was written before this build
        self._left: dict[str, int] = {}  # what a build that did not end has written
        self._noted = False  # whether it is written what this build's rows are worked out with
        self._live: dict[str, int] = {}
        self._present: Present | None = None
        self._ready = False  # whether the tables are there, and ours
        self._anew = False  # whether they are being made, in a transaction that is still open
        self._replaced = 0  # the number of the last generation in the tables that they replace

    @property
    def place(self) -> str:
        """The address, less its password."""
        return self._address.shown

    def check(self) -> None:
        """Raises `NoIndex`, `IncompatibleIndex`, `DamagedIndex` and `StoreUnreachable`."""
        with self._translated(), self._address.connect_to_primary() as connection:
            check_schema(connection, self._address)
            check_tables(connection, self._address)
            if read_generation(connection, self._address) is None:
                raise no_index(connection, self._address)

    @contextlib.contextmanager
    def building(self, *, wait_s: float) -> Iterator[None]:
        """Hold the index for building; see `index.target`."""
        with self._translated(), self._address.connect_to_primary() as connection:
            self._open = connection
            try:
                self._lock(wait_s)
                try:
                    yield
                except BaseException:
                    with contextlib.suppress(psycopg.Error):
                        self._give_up()
                    raise
            finally:
                self._open = None

    def present(self, *, or_none: bool) -> Present | None:
        """The generation to start from; what a build that died left behind stays for `left`."""
        connection = self._connection
        check_ours(connection, self._address)
        schema = read_schema(connection)
        if schema != SCHEMA:
            if not or_none:
                check_schema(connection, self._address)
            return None
        self._ready = True
        try:
            check_tables(connection, self._address)
            found = read_generation(connection, self._address)
        except DamagedIndex:
            if not or_none:
                raise
            self._ready = False  # it is made anew
            return None
        self._last = found.last if found else 0
        row = connection.execute("SELECT max(article) FROM pullquote.articles").fetchone()
        self._before = max(self._last, (row and row[0]) or 0)
        self._written = self._before
        if found is None:
            if not or_none:
                raise NoIndex(self.place)
            return None
        rows = connection.execute(
            "SELECT id, article FROM pullquote.articles WHERE gone IS NULL AND article <= %s",
            [self._last],
        ).fetchall()
        self._live = dict(rows)
        self._present = Present(
            encoder=found.encoder,
            analysis=found.analysis,
            ids=frozenset(self._live),
            published=Published(found.number, found.articles, found.passages, found.quotations),
        )
        return self._present

    def known(self, *, or_none: bool) -> dict[str, str]:  # noqa: ARG002 - pages have checksums
        """The digests of all articles."""
        return dict(
            self._connection.execute(
                "SELECT id, digest FROM pullquote.articles WHERE gone IS NULL AND article <= %s",
                [self._last],
            ).fetchall()
        )

    def left_encoder(self) -> EncoderEntry | None:
        """The encoder of the build that did not end; its files are only where that ran."""
        found = self._unfinished()
        return found[0] if found else None

    def left(self, encoder: EncoderEntry, analysis: str) -> dict[str, str]:
        """The digests of what it has written, where that fits this build; else it is removed."""
        if not self._ready:
            return {}
        if self._unfinished() != (encoder, analysis):
            self._clear_unpublished()
            return {}
        rows = self._connection.execute(
            "SELECT id, article, digest FROM pullquote.articles WHERE article > %s"
            " ORDER BY article",
            [self._last],
        ).fetchall()
        self._left = {article_id: key for article_id, key, _ in rows}
        return {article_id: digest for article_id, _, digest in rows}

    def encoder_folder(self, entry: EncoderEntry) -> Path:
        """This machine's copy of the encoder."""
        return fetch_encoder(self._connection, entry, self.place)

    def has_encoder(self, entry: EncoderEntry) -> bool:
        """Whether the files are those that were written."""
        try:
            return is_whole(self.encoder_folder(entry), entry.files)
        except DamagedIndex:
            return False

    def new_encoder(self) -> Path:
        """A folder beside the copies."""
        parent = cache()
        parent.mkdir(parents=True, exist_ok=True)
        return parent / f"new-{uuid.uuid4().hex[:16]}"

    def take_encoder(self, beside: Path, entry: EncoderEntry) -> EncoderEntry:
        """Make an exported encoder this machine's copy; publishing writes it into the database."""
        folder = cached(entry)
        shutil.rmtree(folder, ignore_errors=True)
        beside.rename(folder)
        return entry

    def write(
        self,
        articles: Iterable[Analysed],
        encoder: EncoderEntry,
        analysis: str,
    ) -> None:
        """Write the articles, some in a transaction, for the generation that will be published."""
        waiting = iter(articles)
        terms: set[str] = set()
        while batch := list(itertools.islice(waiting, TOGETHER)):
            self._make_ready()
            with self._connection.transaction():
                self._note(encoder, analysis)
                self._write(batch, terms)

    def publish(
        self,
        keep: frozenset[str],
        encoder: EncoderEntry,
        analysis: str,
        *,
        taken: frozenset[str] = frozenset(),
    ) -> Published:
        """Publish what was written with those that are kept, in one transaction."""
        connection = self._connection
        self._make_ready()
        dimension = EncoderCard.read(self.encoder_folder(encoder)).dimension
        self._index_vectors(dimension)
        gone = [key for article_id, key in self._live.items() if article_id not in keep]
        before = self._present.published.generation if self._present else self._replaced
        with connection.transaction():
            self._clear_left([self._left[article_id] for article_id in taken])
            if self._present is None or self._present.encoder.files != encoder.files:
                keep_encoder(connection, encoder, self.encoder_folder(encoder))
            connection.execute(
                "UPDATE pullquote.articles SET gone = %s WHERE article = ANY(%s)",
                [before + 1, gone],
            )
            row = connection.execute(
                f"INSERT INTO pullquote.generations SELECT %(generation)s, {_NOW}, now(),"  # noqa: S608
                " %(made_by)s, %(analysis)s, %(encoder)s, %(dimension)s, %(last)s, count(*),"
                " coalesce(sum(passages), 0), coalesce(sum(quotations), 0),"
                " coalesce(sum(words), 0) FROM pullquote.articles WHERE gone IS NULL"
                " RETURNING generation, articles, passages, quotations",
                {
                    "generation": before + 1,
                    "made_by": version_of_this(),
                    "analysis": analysis,
                    "encoder": encoder_record(encoder),
                    "dimension": dimension,
                    "last": self._written,
                },
            ).fetchone()
        assert row is not None  # noqa: S101 - it returns what it inserts
        if self._anew:
            drop_replaced(connection)
            connection.execute("COMMIT")
            self._anew = False
        self._last = self._written
        self._clear_outdated()
        for table in _TABLES:
            # Index-only scans need the first, and good plans the second.
            kind = "ANALYZE" if table == "vectors" else "VACUUM (ANALYZE)"
            connection.execute(f"{kind} pullquote.{table}".encode())
        return Published(*row)

    @property
    def _connection(self) -> psycopg.Connection[Any]:
        assert self._open is not None, "not inside `building`"  # noqa: S101
        return self._open

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (
            *(pg.InsufficientPrivilege, pg.ReadOnlySqlTransaction, pg.DiskFull, pg.OutOfMemory),
        ) as error:
            raise UnwritableIndex(self.place, first_line(error)) from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise StoreUnreachable(self.place, first_line(error)) from error

    def _lock(self, wait_s: float) -> None:
        until = time.monotonic() + wait_s
        connection = self._connection
        name = f"pullquote: process {os.getpid()} on {socket.gethostname()}"[:63]
        connection.execute("SELECT set_config('application_name', %s, false)", [name])
        while True:
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
            if row is not None and row[0]:
                return
            if time.monotonic() >= until:
                raise BuildLocked(self.place, self._holder())
            time.sleep(0.05)

    def _holder(self) -> str:
        row = self._connection.execute(
            "SELECT application_name, date_trunc('second', backend_start)::text"
            " FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory'"
            " AND granted AND (classid::bigint << 32) + objid::bigint = %s",
            [LOCK],
        ).fetchone()
        if row is None or not row[0]:
            return "another process"
        return f"{str(row[0]).removeprefix('pullquote: ')} since {row[1]}"

    def _make_ready(self) -> None:
        if not self._ready and not is_there(self._connection):
            # Tables without a generation are as good as none to a reader.
            with self._connection.transaction():
                replace_schema(self._connection, self._address)
            self._ready = True
        if not self._ready:
            # What is a transaction elsewhere is from here on a savepoint of this one.
            self._connection.execute("BEGIN")
            self._anew = True
            self._replaced = self._last_number()
            replace_schema(self._connection, self._address)
            self._ready = True

    def _last_number(self) -> int:
        """The last generation's, in tables of another version; 0 where they do not tell."""
        with contextlib.suppress(psycopg.errors.Error), self._connection.transaction():
            row = self._connection.execute(
                "SELECT max(generation)::int FROM pullquote.generations"
            ).fetchone()
            return (row and row[0]) or 0
        return 0

    def _give_up(self) -> None:
        """Take back what would be in the way of what was there; the next build has the rest."""
        if self._anew:
            self._connection.execute("ROLLBACK")

    def _unfinished(self) -> tuple[EncoderEntry, str] | None:
        """What the rows of a build that did not end are worked out with."""
        there = self._connection.execute("SELECT to_regclass('pullquote.unfinished')").fetchone()
        if not self._ready or there is None or there[0] is None:
            return None
        row = self._connection.execute(
            "SELECT encoder, analysis FROM pullquote.unfinished"
        ).fetchone()
        try:
            return (read_encoder(row[0]), row[1]) if row else None
        except (ValueError, KeyError, TypeError):
            return None

    def _note(self, encoder: EncoderEntry, analysis: str) -> None:
        """Say what the rows are worked out with, for who goes on if this build does not end."""
        if not self._noted:
            self._connection.execute(UNFINISHED)
            self._connection.execute("DELETE FROM pullquote.unfinished")
            self._connection.execute(
                "INSERT INTO pullquote.unfinished VALUES (%s, %s)",
                [encoder_record(encoder), analysis],
            )
            self._noted = True

    def _clear_left(self, taken: list[int]) -> None:
        """Remove what a build that did not end has written, but for what is taken over."""
        for table in _TABLES:
            self._connection.execute(
                f"DELETE FROM pullquote.{table} WHERE article > %s AND article <= %s"  # noqa: S608
                " AND article <> ALL (%s)".encode(),
                [self._last, self._before, taken],
            )
        self._connection.execute("DROP TABLE IF EXISTS pullquote.unfinished")

    def _write(self, batch: list[Analysed], known_terms: set[str]) -> None:
        connection = self._connection
        numbered = list(enumerate(batch, self._written + 1))
        postings: list[tuple[int, str, int, int, int]] = []
        words = []
        for key, analysed in numbered:
            total = 0
            for number, passage in enumerate(analysed.passages):
                counts = Counter(terms_of(passage.span.text))
                length = sum(counts.values())
                total += length
                postings += ((key, key_of(t), number, n, length) for t, n in counts.items())
            words.append(total)
        cursor = connection.cursor()
        with cursor.copy(
            "COPY pullquote.articles (article, id, digest, quotations, passages, words, dated,"
            " record, content, sentences, parts, speech) FROM STDIN"
        ) as copy:
            for (key, analysed), total in zip(numbered, words, strict=True):
                copy.write_row(_article_row(key, analysed, total))
        _write_people(cursor, numbered)
        with cursor.copy("COPY pullquote.vectors FROM STDIN") as copy:
            for key, analysed in numbered:
                for number, vector in enumerate(analysed.vectors):
                    text = "[" + ",".join(map(str, vector.tolist())) + "]"
                    copy.write_row((key, number, text))
        with cursor.copy("COPY pullquote.postings FROM STDIN") as copy:
            for row in postings:
                copy.write_row(row)
        fresh = {term for _, term, *_ in postings if len(term) <= LONGEST} - known_terms
        known_terms |= fresh
        connection.execute(
            "INSERT INTO pullquote.terms SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING",
            [sorted(fresh)],
        )
        self._written += len(batch)

    def _index_vectors(self, dimension: int) -> None:
        """Have HNSW for vectors where comparing all of them would take too long."""
        row = self._connection.execute(
            "SELECT coalesce(sum(passages), 0) FROM pullquote.articles WHERE gone IS NULL"
        ).fetchone()
        if row is not None and row[0] > EXACT_UP_TO:
            self._connection.execute(HNSW.format(dimension=int(dimension)).encode())

    def _clear_unpublished(self) -> None:
        if self._ready:
            with self._connection.transaction():
                for table in _TABLES:
                    self._connection.execute(
                        f"DELETE FROM pullquote.{table} WHERE article > %s".encode(),  # noqa: S608
                        [self._last],
                    )

    def _clear_outdated(self) -> None:
        """Remove what only generations need that nobody reads any more."""
        connection = self._connection
        with connection.transaction():
            connection.execute(
                "DELETE FROM pullquote.generations g USING pullquote.generations next"
                " WHERE next.generation = g.generation + 1"
                " AND next.published < now() - make_interval(secs => %s)"
                " AND g.generation < (SELECT max(generation) - 1 FROM pullquote.generations)",
                [KEPT_S],
            )
            row = connection.execute("SELECT min(generation) FROM pullquote.generations").fetchone()
            oldest = row[0] if row else 0
            for table in _TABLES:
                connection.execute(
                    f"DELETE FROM pullquote.{table} WHERE article IN"  # noqa: S608
                    " (SELECT article FROM pullquote.articles WHERE gone <= %s)".encode(),
                    [oldest],
                )
            connection.execute(
                "DELETE FROM pullquote.encoder_files WHERE encoder NOT IN"
                " (SELECT encoder::json->>'id' FROM pullquote.generations)"
            )


def _write_people(cursor: psycopg.Cursor[Any], numbered: list[tuple[int, Analysed]]) -> None:
    people = {key: tuple(people_of(analysed.quotations, key)) for key, analysed in numbered}
    with cursor.copy("COPY pullquote.people FROM STDIN") as copy:
        for key, those in people.items():
            for one in those:
                row = (dump_speaker(one.speaker), list(one.said), list(one.unsaid))
                copy.write_row((key, one.speaker.person, *row))
    with cursor.copy("COPY pullquote.names FROM STDIN") as copy:
        for key, analysed in numbered:
            for name, person in _names(analysed.article, people[key]):
                copy.write_row((key, key_of(name), person))


def _names(article: Article, people: Iterable[Appearance]) -> Iterator[tuple[str, str]]:
    """The keys under which an article is listed, and those of each person that it names."""
    for name in keys_of_article(Heading.of(article)):
        yield name, ""
    for one in people:
        for name in keys_of(one.speaker):
            yield name, one.speaker.person


def _article_row(key: int, analysed: Analysed, words: int) -> tuple[Any, ...]:
    places = {(s.start, s.end): n for n, s in enumerate(analysed.sentences)}
    parts = []
    for passage in analysed.passages:
        first, last = passage.sentences[0], passage.sentences[-1]
        parts += [places[first.start, first.end], places[last.start, last.end] + 1]
    return (
        key,
        analysed.article.id,
        analysed.digest,
        sum(quotation.is_listed for quotation in analysed.quotations),
        len(analysed.passages),
        words,
        date_of(Heading.of(analysed.article)),
        article_record(analysed.article, analysed.digest),
        analysed.article.text.encode(),
        [offset for s in analysed.sentences for offset in (s.start, s.end)],
        parts,
        json.dumps([quotation_record(q) for q in analysed.quotations]).encode(),
    )
