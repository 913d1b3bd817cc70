"""Rows: what is read of a generation, by the articles that a scope sees, and kept.

What is read never changes, so what was read once is kept. After each read it is made sure
that the generation is still there, for a build that removes rows removes their generation
with them.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from index.article import Span
from index.errors import DamagedIndex, NoIndex, OutdatedStore, UnknownArticle
from index.generations import is_behind
from index.passages import Passage
from index.postgres.connections import Behind, is_standby
from index.postgres.encoders import read_encoder
from index.postgres.schema import explained
from index.scope import EVERYTHING, Scope
from index.segment import read_article, read_quotation

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    import psycopg
    from numpy.typing import NDArray

    from index.article import Article
    from index.manifest import EncoderEntry
    from index.postgres.connections import Address, Connections
    from index.speech import Quotation

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

_SAMPLE = "sample"
"""The sample article's id (index/sample/article.json)."""

_ARTICLES_KEPT = 512
_SCOPES_KEPT = 64
_KEYS_KEPT = 4096
_TOGETHER = 256
"""Articles that are fetched in one read, where many are; fewer than are kept."""
_IDS_TOGETHER = 5000

VISIBLE = """article <= %(last)s AND NOT EXISTS (
    SELECT FROM pullquote.articles gone WHERE gone.gone <= %(generation)s
    AND gone.article = {table}.article)"""
IN = "article = ANY(%(keys)s)"


@dataclass(frozen=True, slots=True)
class Generation:
    """What a generation says of itself; `last` is the number of its last article."""

    number: int
    built: str
    encoder: EncoderEntry
    dimension: int
    last: int
    articles: int
    passages: int
    quotations: int
    words: int
    made_by: str
    analysis: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """An article with what is worked out about it."""

    article: Article
    sentences: tuple[Span, ...]
    parts: tuple[tuple[int, int], ...]
    quotations: tuple[Quotation, ...]

    def passage(self, number: int) -> Passage:
        """The passage of this number, from 0."""
        first, last = self.parts[number]
        return Passage.of(self.sentences[first:last])


@dataclass(frozen=True, slots=True)
class Seen:
    """What a scope sees: its articles (None: all of the generation), passages and words."""

    keys: tuple[int, ...] | None
    passages: int
    words: int


class Kept(Generic[K, V]):
    """The values that were used last, by key."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """The value, which is used by that; None where it is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        """Keep a value, and let go of the one that was not used for longest."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)

    def clear(self) -> None:
        """Let go of all."""
        with self._lock:
            self._values.clear()


class Rows:
    """The rows of one generation. Safe to use from several threads."""

    def __init__(self, connections: Connections, generation: Generation) -> None:
        self.generation = generation
        self._connections = connections
        self._place = connections.address.shown
        self._loaded: Kept[int, Loaded] = Kept(_ARTICLES_KEPT)
        self._keys: Kept[str, int] = Kept(_KEYS_KEPT)
        self.seen = lru_cache(_SCOPES_KEPT)(self._read_seen)
        self._first = lru_cache(_SCOPES_KEPT)(self._read_first)
        self._ids_page = lru_cache(2)(self._read_ids)

    def read(self, read: Callable[[psycopg.Connection[Any]], T]) -> T:
        """Read from a server that has the generation. Raises `OutdatedStore` where none has."""
        held = self.generation

        def whole(connection: psycopg.Connection[Any]) -> T:
            try:
                with explained(connection, self._connections.address):
                    found = read(connection)
                    row = connection.execute(
                        "SELECT generation, built, EXISTS (SELECT FROM pullquote.generations"
                        " WHERE generation = %s AND built = %s)"
                        " FROM pullquote.generations ORDER BY generation DESC LIMIT 1",
                        [held.number, held.built],
                    ).fetchone()
            except NoIndex:
                if is_standby(connection):
                    raise Behind(f"it has not got generation {held.number} yet") from None
                raise
            if row is None or (
                is_standby(connection) and is_behind((row[0], row[1]), (held.number, held.built))
            ):
                raise Behind(f"it has not got generation {held.number} yet")
            if not row[2]:
                raise OutdatedStore(self._place, held.number)
            return found

        return self._connections.run(whole)

    def ask(self, query: str, **values: Any) -> list[Any]:
        """All rows of one query, read-only, which may name the generation and its last article."""
        values |= {"last": self.generation.last, "generation": self.generation.number}
        return self.read(
            lambda connection: connection.execute(query.encode(), values, binary=True).fetchall()
        )

    def article_ids(self, scope: Scope = EVERYTHING) -> Iterator[str]:
        """The ids of the articles in scope, in ascending order."""
        page = self._first(scope)
        while page:
            yield from page
            if scope.ids is not None or len(page) < _IDS_TOGETHER:
                return
            page = self._ids_page(page[-1])

    def find(self, article_id: str) -> int:
        """The article's key. Raises `UnknownArticle`."""
        try:
            return self.find_all([article_id])[article_id]
        except KeyError:
            raise UnknownArticle(article_id) from None

    def find_all(self, ids: Collection[str]) -> dict[str, int]:
        """The keys of those of these ids that there are."""
        found = {i: key for i in ids if (key := self._keys.get(i)) is not None}
        if unknown := storable(i for i in ids if i not in found):
            rows = self.ask(
                "SELECT id, article FROM pullquote.articles a WHERE id = ANY(%(ids)s) AND"  # noqa: S608
                f" a.{VISIBLE.format(table='a')}",
                ids=unknown,
            )
            for article_id, key in rows:
                self._keys.put(article_id, key)
                found[article_id] = key
        return found

    def of(self, article_id: str) -> Loaded:
        """The article. Raises `UnknownArticle`."""
        return self.load([self.find(article_id)])[0]

    def load(self, keys: Sequence[int]) -> list[Loaded]:
        """The articles of these keys, in their order."""
        found = {key: one for key in keys if (one := self._loaded.get(key)) is not None}
        if missing := [key for key in keys if key not in found]:
            rows = self.ask(
                "SELECT article, record, content, sentences, parts, speech"
                " FROM pullquote.articles WHERE article = ANY(%(keys)s)",
                keys=missing,
            )
            for key, *columns in rows:
                found[key] = self._understand(key, *columns)
                self._loaded.put(key, found[key])
                self._keys.put(found[key].article.id, key)
        try:
            return [found[key] for key in keys]
        except KeyError as error:
            raise DamagedIndex(self._place, f"article {error} is missing") from error

    def load_each(self, keys: Sequence[int]) -> Iterator[Loaded]:
        """The same where there are many: not all of them at once."""
        for start in range(0, len(keys), _TOGETHER):
            yield from self.load(keys[start : start + _TOGETHER])

    def read_ahead(self, ids: Iterable[str]) -> Iterator[str]:
        """The same ids, each once its article has been fetched, many in one read."""
        names = iter(ids)
        while some := list(islice(names, _TOGETHER)):
            found = self.find_all(some)
            self.load([found[name] for name in some if name in found])
            yield from some

    def clear(self) -> None:
        """Let go of what is kept."""
        for kept in (
            *(self._loaded.clear, self._keys.clear, self.seen.cache_clear),
            *(self._first.cache_clear, self._ids_page.cache_clear),
        ):
            kept()

    def _read_seen(self, scope: Scope) -> Seen:
        held = self.generation
        if scope.ids is None:
            return Seen(None, held.passages, held.words)
        rows = self.ask(
            "SELECT article, id, passages, words FROM pullquote.articles a"  # noqa: S608
            f" WHERE id = ANY(%(ids)s) AND a.{VISIBLE.format(table='a')} ORDER BY article",
            ids=storable(scope.ids),
        )
        for article, article_id, *_ in rows:
            self._keys.put(article_id, article)
        return Seen(
            tuple(int(row[0]) for row in rows), sum(r[2] for r in rows), sum(r[3] for r in rows)
        )

    def _read_first(self, scope: Scope) -> tuple[str, ...]:
        if scope.ids is None:
            return self._read_ids("")
        return tuple(sorted(self.find_all(scope.ids)))

    def _read_ids(self, after: str) -> tuple[str, ...]:
        rows = self.ask(
            "SELECT id FROM pullquote.articles a WHERE id > %(after)s AND"  # noqa: S608
            f" a.{VISIBLE.format(table='a')} ORDER BY id LIMIT {_IDS_TOGETHER}",
            after=after,
        )
        return tuple(row[0] for row in rows)

    def _understand(
        self, key: int, record: bytes, content: bytes, ends: list[int], parts: list[int],
        speech: bytes,
    ) -> Loaded:  # fmt: skip
        try:
            article = read_article(record, content)
            sentences = tuple(
                Span(article, a, b) for a, b in zip(ends[::2], ends[1::2], strict=True)
            )
            quotations = tuple(read_quotation(one, article) for one in json.loads(speech))
            return Loaded(
                article, sentences, tuple(zip(parts[::2], parts[1::2], strict=True)), quotations
            )
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise DamagedIndex(self._place, f"article {key}: {error}") from error


def read_generation(connection: psycopg.Connection[Any], address: Address) -> Generation | None:
    """The present generation, or None where there is none."""
    row = connection.execute(
        "SELECT generation, built, encoder, dimension, last, articles, passages, quotations,"
        " words, made_by, analysis FROM pullquote.generations ORDER BY generation DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    number, built, encoder, *others = row
    try:
        return Generation(number, built, read_encoder(encoder), *others)
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedIndex(address.shown, f"its encoder's record: {error}") from error


def no_index(connection: psycopg.Connection[Any], address: Address) -> NoIndex:
    """What is so where there is no generation: nothing, or a build that has not ended.

    What is left of the sample article's own build is nothing to go on from.
    """
    row = connection.execute(
        "SELECT to_regclass('pullquote.unfinished') IS NOT NULL AND EXISTS"
        " (SELECT 1 FROM pullquote.articles WHERE id <> %s)",
        [_SAMPLE],
    ).fetchone()
    return NoIndex(address.shown, unfinished=bool(row and row[0]))


def where(seen: Seen, table: str) -> str:
    """The condition on a table's articles (named after the table) that a scope sees them."""
    return VISIBLE.format(table=table) if seen.keys is None else IN


def listed(seen: Seen) -> list[int]:
    """The keys that `where` asks for."""
    return list(seen.keys or ())


def storable(ids: Iterator[str] | Collection[str]) -> list[str]:
    """The ids that an article can have: PostgreSQL knows neither NUL nor half characters."""
    return [article_id for article_id in ids if _is_text(article_id)]


def _is_text(article_id: str) -> bool:
    try:
        article_id.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in article_id


def read_vector(sent: bytes) -> NDArray[np.float32]:
    """A vector as pgvector sends it: two short numbers, then the values."""
    return np.frombuffer(sent, dtype=">f4", offset=4).astype(np.float32)
