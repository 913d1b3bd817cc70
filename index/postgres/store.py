"""The store in PostgreSQL: a generation read from whichever server can be asked.

Scores are the folder's to the last digit: the database finds the candidates, and the counts
and vectors of those few are scored here by the same arithmetic. What is read of a generation
never changes, so what was read once is kept. After each read it is made sure that the
generation is still there, for a build that removes rows removes their generation with them.
"""

from __future__ import annotations

import itertools
import json
import math
import threading
from collections import Counter, OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from index.article import Span
from index.embedding import OnnxEmbedder, Precision
from index.errors import DamagedIndex, NoIndex, OutdatedStore, UnknownArticle
from index.passages import Passage
from index.people import gather_voices, same_person
from index.postgres.connections import Address, Behind, Connections
from index.postgres.encoders import fetch_encoder, read_encoder
from index.postgres.schema import check_schema
from index.postgres.terms import key_of
from index.roll import read_speaker
from index.scope import EVERYTHING, Scope
from index.segment import Analysed, read_article, read_quotation
from index.store import Candidate, round_cosine
from index.words import K1, B, terms_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    import psycopg
    from numpy.typing import NDArray
    from pydantic import SecretStr

    from index.article import Article
    from index.manifest import EncoderEntry
    from index.speech import Quotation, Speaker, Voice

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

EXACT_UP_TO = 20_000
"""Passages in scope up to which every one is compared: docs/postgresql.md has the times."""
EF_SEARCH = 200
"""What HNSW looks at before it is content (40 by default): docs/postgresql.md has the recall."""
RARE_UP_TO = 5_000
"""Passages of a question's rarest terms that are scored before it is seen if others can win."""
_ARTICLES_KEPT = 512
_SCOPES_KEPT = 64
_WORDS_KEPT = 4096
_TOGETHER = 64
"""Articles that are fetched in one read, where many are."""
_IDS_TOGETHER = 5000

_VISIBLE = """article <= %(last)s AND NOT EXISTS (
    SELECT FROM pullquote.articles gone WHERE gone.gone <= %(generation)s
    AND gone.article = {table}.article)"""
_IN = "article = ANY(%(keys)s)"
_GAIN = "gain * count / (count + %(k1)s * (1 - %(b)s + %(b)s * length / %(size)s))"
_SCORED = f"""
SELECT article, number, sum({_GAIN}) AS score
FROM unnest(%(terms)s::text[], %(gains)s::float8[]) AS q(term, gain)
JOIN pullquote.postings p USING (term) WHERE p.{{where}} GROUP BY article, number"""  # noqa: S608
_PRUNED = f"""
WITH rare AS MATERIALIZED ({_SCORED}),
least AS (SELECT score FROM rare ORDER BY score DESC OFFSET %(limit)s - 1 LIMIT 1)
SELECT article, number, rare.score + coalesce((
    SELECT sum({_GAIN})
    FROM unnest(%(common)s::text[], %(common_gains)s::float8[]) AS q(term, gain)
    JOIN pullquote.postings p USING (term)
    WHERE p.article = rare.article AND p.number = rare.number), 0) AS score
FROM rare, least WHERE least.score > %(most)s AND rare.score >= least.score - %(most)s
ORDER BY 3 DESC, 1, 2 LIMIT %(limit)s"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class _Generation:
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
class _Loaded:
    """An article with what is worked out about it."""

    article: Article
    sentences: tuple[Span, ...]
    parts: tuple[tuple[int, int], ...]
    quotations: tuple[Quotation, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a scope sees: its articles (None: all of the generation), passages and words."""

    keys: tuple[int, ...] | None
    passages: int
    words: int


class _Kept(Generic[K, V]):
    """The values that were used last, by key."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._values.clear()


class PostgresStore:
    """An open generation, a `Store`. Get one by `PostgresStore.open`."""

    def __init__(self, connections: Connections, generation: _Generation) -> None:
        self._connections = connections
        self._generation = generation
        self._loaded: _Kept[int, _Loaded] = _Kept(_ARTICLES_KEPT)
        self._keys: _Kept[str, int] = _Kept(_WORDS_KEPT)
        self._holding: _Kept[tuple[Scope, str], int] = _Kept(_WORDS_KEPT)
        self._seen = lru_cache(_SCOPES_KEPT)(self._read_seen)
        self._first = lru_cache(_SCOPES_KEPT)(self._read_first)
        self._ids_page = lru_cache(2)(self._read_ids)
        self._with_term = lru_cache(_WORDS_KEPT)(self._read_with_term)
        self._beginning = lru_cache(_SCOPES_KEPT)(self._read_beginning)
        self._people = lru_cache(8)(self._read_people)
        self._same_people = lru_cache(_SCOPES_KEPT)(self._read_same_people)
        self.voices = lru_cache(_SCOPES_KEPT)(self._voices)

    @classmethod
    def open(cls, url: SecretStr) -> PostgresStore:
        """Open the present generation.

        Raises `NoIndex`, `IncompatibleIndex` and `StoreUnreachable`.
        """
        address = Address(url)
        connections = Connections(address)

        def read(connection: psycopg.Connection[Any]) -> _Generation:
            check_schema(connection, address)
            found = read_generation(connection, address)
            if found is None:
                raise NoIndex(address.shown)
            return found

        return cls(connections, connections.run(read))

    @property
    def generation(self) -> int:
        """Counts up with every build that was published."""
        return self._generation.number

    @property
    def built(self) -> str:
        """When, in ISO 8601, UTC."""
        return self._generation.built

    @property
    def encoder(self) -> EncoderEntry:
        """The encoder that made the vectors."""
        return self._generation.encoder

    @property
    def place(self) -> str:
        """The address, less its password."""
        return self._connections.address.shown

    def open_embedder(self) -> OnnxEmbedder:
        """The encoder that made the vectors. Raises `DamagedIndex` if it cannot be loaded."""
        entry = self.encoder
        folder = self._read(lambda connection: fetch_encoder(connection, entry, self.place))
        try:
            return OnnxEmbedder(folder, Precision(entry.precision))
        except Exception as error:  # ONNX Runtime's and tokenizers' own have no common base
            raise DamagedIndex(self.place, f"its encoder does not load ({error})") from error

    def article_ids(self, scope: Scope = EVERYTHING) -> Iterator[str]:
        """The ids of the articles in scope, in ascending order."""
        page = self._first(scope)
        while page:
            yield from page
            if scope.ids is not None or len(page) < _IDS_TOGETHER:
                return
            page = self._ids_page(page[-1])

    def articles(self, scope: Scope = EVERYTHING) -> Iterator[Article]:
        """The articles in scope, by id in ascending order."""
        ids = list(self.article_ids(scope))
        for start in range(0, len(ids), _TOGETHER):
            some = ids[start : start + _TOGETHER]
            keys = self._find_all(some)
            yield from (one.article for one in self._load([keys[i] for i in some]))

    def article(self, article_id: str) -> Article:
        """The article. Raises `UnknownArticle`."""
        return self._of(article_id).article

    def sentences(self, article_id: str) -> tuple[Span, ...]:
        """The article's sentences. Raises `UnknownArticle`."""
        return self._of(article_id).sentences

    def quotations(self, article_id: str) -> tuple[Quotation, ...]:
        """The article's quotations, in its order. Raises `UnknownArticle`."""
        return self._of(article_id).quotations

    def vectors(self, article_id: str) -> NDArray[np.float32]:
        """The vectors of the article's passages, a row each. Raises `UnknownArticle`."""
        rows = self.ask(
            "SELECT vector_send(embedding) FROM pullquote.vectors WHERE article = %(key)s"
            " ORDER BY number",
            key=self._find(article_id),
        )
        found = np.empty((len(rows), self._generation.dimension), dtype=np.float32)
        for place, (sent,) in enumerate(rows):
            found[place] = _vector(sent)
        return found

    def counts(self) -> tuple[int, int, int]:
        """How many articles, passages and quotations the generation holds."""
        held = self._generation
        return held.articles, held.passages, held.quotations

    def candidates(
        self, query: str, vector: NDArray[np.float32], scope: Scope, limit: int
    ) -> list[Candidate]:
        """The `limit` passages in scope nearest in meaning, and in words."""
        seen = self._seen(scope)
        if not seen.passages:
            return []
        weights = Counter(terms_of(query))
        rarity = self._rarity(tuple(weights), scope, seen)
        gains = {term: weights[term] * rarity[term] for term in weights if term in rarity}

        holding = {term: self._holding.get((scope, term)) or 0 for term in gains}

        def read(connection: psycopg.Connection[Any]) -> tuple[list[Any], list[Any]]:
            keys = {
                *self._nearest(connection, vector, seen, limit),
                *self._sharing(connection, gains, holding, seen, limit),
            }
            where: dict[str, list[Any]] = {
                "a": [a for a, _ in keys],
                "n": [n for _, n in keys],
                "terms": [key_of(term) for term in gains],
            }
            vectors = connection.execute(
                "SELECT article, number, vector_send(embedding) FROM"
                " unnest(%(a)s::bigint[], %(n)s::int[]) AS k(article, number)"
                " JOIN pullquote.vectors USING (article, number)", where, binary=True,
            ).fetchall()  # fmt: skip
            counted = connection.execute(
                "SELECT article, number, term, count, length FROM"
                " unnest(%(a)s::bigint[], %(n)s::int[]) AS k(article, number)"
                " JOIN pullquote.postings USING (article, number) WHERE term = ANY(%(terms)s)",
                where, binary=True,
            ).fetchall()  # fmt: skip
            return vectors, counted

        vectors, counted = self._read(read)
        words = _score(gains, counted, seen)
        return [
            Candidate((a, n), round_cosine(_vector(sent), vector), words.get((a, n), 0.0))
            for a, n, sent in vectors
        ]

    def passages_at(self, keys: Sequence[tuple[int, int]]) -> list[tuple[Passage, int]]:
        """The passages of candidates, each with its number in its article."""
        articles = list(dict.fromkeys(article for article, _ in keys))
        loaded = dict(zip(articles, self._load(articles), strict=True))
        return [(self._passage(loaded[article], number), number) for article, number in keys]

    def passages_with(self, term: str, scope: Scope, limit: int) -> Iterator[Passage]:
        """The first `limit` passages in scope that hold a term."""
        for passage, _ in self.passages_at(self._with_term(term, scope, limit)):
            yield passage

    def knows(self, term: str, scope: Scope) -> bool:
        """Whether a passage in scope holds the term."""
        return bool(self._with_term(term, scope, 1))

    def terms_beginning(self, start: str, *, most: int) -> Iterator[str]:
        """The terms that begin so; none where there are more than `most`."""
        yield from self._beginning(start, most)

    def articles_holding(self, terms: Collection[str], scope: Scope) -> Iterator[Article]:
        """The articles in scope in which every term stands somewhere."""
        seen = self._seen(scope)
        if not terms or not seen.passages:
            return
        rarity = self._rarity(tuple(terms), scope, seen)
        if len(rarity) < len(terms):
            return
        rarest, *others = sorted(terms, key=lambda term: -rarity[term])
        also = "".join(
            f" AND EXISTS (SELECT FROM pullquote.postings o WHERE o.article = p.article"
            f" AND o.term = %(term{n})s)"
            for n, _ in enumerate(others)
        )
        rows = self.ask(
            "SELECT DISTINCT p.article FROM pullquote.postings p WHERE p.term = %(rarest)s AND"  # noqa: S608
            f" p.{_where(seen, 'p')}{also} ORDER BY p.article",
            rarest=key_of(rarest),
            **{f"term{n}": key_of(term) for n, term in enumerate(others)},
            keys=_listed(seen),
        )
        for start in range(0, len(rows), _TOGETHER):
            some = [int(row[0]) for row in rows[start : start + _TOGETHER]]
            yield from (one.article for one in self._load(some))

    def articles_sharing(self, terms: Collection[str], least: int, scope: Scope) -> list[str]:
        """The ids of the articles in scope that hold at least so many of the terms."""
        seen = self._seen(scope)
        if not terms or not seen.passages:
            return []
        rows = self.ask(
            "SELECT a.id FROM pullquote.articles a JOIN (SELECT p.article FROM"  # noqa: S608
            " pullquote.postings p WHERE p.term = ANY(%(terms)s) AND"
            f" p.{_where(seen, 'p')} GROUP BY p.article HAVING count(DISTINCT p.term)"
            " >= %(least)s) held USING (article)",
            terms=[key_of(term) for term in set(terms)],
            least=least,
            keys=_listed(seen),
        )
        return sorted(article_id for (article_id,) in rows)

    def known_as(self, person: str, scope: Scope) -> str:
        """The id that whom an article calls by surname only has in the others; else the same."""
        return self._same_people(scope).get(person, person)

    def articles_with(self, persons: Collection[str], scope: Scope) -> list[str]:
        """The ids of the articles in scope in which one of these is given words."""
        found = (
            article_id
            for article_id, speaker, _, _ in self._people(scope)
            if self.known_as(speaker.person, scope) in persons
        )
        return sorted(set(found))

    def voices_called(
        self,
        keys: tuple[str, ...],  # noqa: ARG002 - the database has no table of them
        scope: Scope,
        min_confidence: float = 0.0,
    ) -> tuple[Voice, ...]:
        """All the voices: they are kept once they have been read."""
        return self.voices(scope, min_confidence)

    def speaking(
        self, scope: Scope = EVERYTHING, min_confidence: float = 0.0
    ) -> Iterator[tuple[str, Speaker, int]]:
        """Every person in every article in scope: its id, who, and how often surely quoted."""
        for article_id, speaker, sure, _ in self._people(scope):
            yield article_id, speaker, sum(one >= min_confidence for one in sure)

    def digest(self, article_id: str) -> str:
        """The digest that the article was written with."""
        ((digest,),) = self.ask(
            "SELECT digest FROM pullquote.articles WHERE article = %(key)s",
            key=self._find(article_id),
        )
        return str(digest)

    def read(self, article_id: str) -> Analysed:
        """All that was written about an article."""
        loaded = self._of(article_id)
        return Analysed(
            article=loaded.article,
            digest=self.digest(article_id),
            sentences=loaded.sentences,
            passages=tuple(self._passage(loaded, n) for n in range(len(loaded.parts))),
            quotations=loaded.quotations,
            vectors=self.vectors(article_id),
        )

    def postings(self, article_id: str) -> list[tuple[int, str, int, int]]:
        """The article's terms: passage, term, how often, and how many words the passage has."""
        return self.ask(
            "SELECT number, term, count, length FROM pullquote.postings WHERE article = %(key)s",
            key=self._find(article_id),
        )

    def close(self) -> None:
        """Let go of what is kept, and of the connections."""
        for kept in (
            *(self._loaded.clear, self._keys.clear, self._holding.clear, self._seen.cache_clear),
            *(self._first.cache_clear, self._ids_page.cache_clear, self._with_term.cache_clear),
            *(self._beginning.cache_clear, self._people.cache_clear),
            *(self._same_people.cache_clear, self.voices.cache_clear),
        ):
            kept()
        self._connections.close()

    def _read(self, read: Callable[[psycopg.Connection[Any]], T]) -> T:
        """Read from a server that has the generation. Raises `OutdatedStore` where none has."""

        def whole(connection: psycopg.Connection[Any]) -> T:
            found = read(connection)
            row = connection.execute(
                "SELECT max(generation), bool_or(generation = %s AND built = %s)"
                " FROM pullquote.generations",
                [self.generation, self.built],
            ).fetchone()
            newest, held = row or (None, None)
            if held:
                return found
            if newest is None or newest < self.generation:
                raise Behind(f"it has not got generation {self.generation} yet")
            raise OutdatedStore(self.place, self.generation)

        return self._connections.run(whole)

    def ask(self, query: str, **values: Any) -> list[Any]:
        """All rows of one query, read-only, which may name the generation and its last article."""
        values |= {"last": self._generation.last, "generation": self.generation}
        return self._read(
            lambda connection: connection.execute(query.encode(), values, binary=True).fetchall()
        )

    def _read_seen(self, scope: Scope) -> _Seen:
        held = self._generation
        if scope.ids is None:
            return _Seen(None, held.passages, held.words)
        rows = self.ask(
            "SELECT article, id, passages, words FROM pullquote.articles a"  # noqa: S608
            f" WHERE id = ANY(%(ids)s) AND a.{_VISIBLE.format(table='a')} ORDER BY article",
            ids=_storable(scope.ids),
        )
        for article, article_id, *_ in rows:
            self._keys.put(article_id, article)
        return _Seen(
            tuple(int(row[0]) for row in rows), sum(r[2] for r in rows), sum(r[3] for r in rows)
        )

    def _read_first(self, scope: Scope) -> tuple[str, ...]:
        if scope.ids is None:
            return self._read_ids("")
        return tuple(sorted(self._find_all(scope.ids)))

    def _read_ids(self, after: str) -> tuple[str, ...]:
        rows = self.ask(
            "SELECT id FROM pullquote.articles a WHERE id > %(after)s AND"  # noqa: S608
            f" a.{_VISIBLE.format(table='a')} ORDER BY id LIMIT {_IDS_TOGETHER}",
            after=after,
        )
        return tuple(row[0] for row in rows)

    def _find(self, article_id: str) -> int:
        try:
            return self._find_all([article_id])[article_id]
        except KeyError:
            raise UnknownArticle(article_id) from None

    def _find_all(self, ids: Collection[str]) -> dict[str, int]:
        """The articles of these ids that there are."""
        found = {i: key for i in ids if (key := self._keys.get(i)) is not None}
        if unknown := _storable(i for i in ids if i not in found):
            rows = self.ask(
                "SELECT id, article FROM pullquote.articles a WHERE id = ANY(%(ids)s) AND"  # noqa: S608
                f" a.{_VISIBLE.format(table='a')}",
                ids=unknown,
            )
            for article_id, key in rows:
                self._keys.put(article_id, key)
                found[article_id] = key
        return found

    def _of(self, article_id: str) -> _Loaded:
        return self._load([self._find(article_id)])[0]

    def _load(self, keys: Sequence[int]) -> list[_Loaded]:
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
        try:
            return [found[key] for key in keys]
        except KeyError as error:
            raise DamagedIndex(self.place, f"article {error} is missing") from error

    def _understand(
        self, key: int, record: bytes, content: bytes, ends: list[int], parts: list[int],
        speech: bytes,
    ) -> _Loaded:  # fmt: skip
        try:
            article = read_article(record, content)
            sentences = tuple(
                Span(article, a, b) for a, b in zip(ends[::2], ends[1::2], strict=True)
            )
            quotations = tuple(read_quotation(one, article) for one in json.loads(speech))
            return _Loaded(
                article, sentences, tuple(zip(parts[::2], parts[1::2], strict=True)), quotations
            )
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise DamagedIndex(self.place, f"article {key}: {error}") from error

    def _passage(self, loaded: _Loaded, number: int) -> Passage:
        first, last = loaded.parts[number]
        return Passage.of(loaded.sentences[first:last])

    def _rarity(self, terms: tuple[str, ...], scope: Scope, seen: _Seen) -> dict[str, float]:
        """How rare each term is in scope (of those that stand there), as `index.words` has it."""
        found = {term: n for term in terms if (n := self._holding.get((scope, term))) is not None}
        if unknown := {key_of(term): term for term in terms if term not in found}:
            rows = self.ask(
                "SELECT term, count(*) FROM pullquote.postings p WHERE term = ANY(%(terms)s) AND"  # noqa: S608
                f" p.{_where(seen, 'p')} GROUP BY term",
                terms=list(unknown),
                keys=_listed(seen),
            )
            counted = dict(rows)
            for key, term in unknown.items():
                found[term] = int(counted.get(key, 0))
                self._holding.put((scope, term), found[term])
        total = seen.passages
        return {
            term: math.log(1 + (total - found[term] + 0.5) / (found[term] + 0.5))
            for term in terms
            if found[term]
        }

    def _nearest(
        self,
        connection: psycopg.Connection[Any],
        vector: NDArray[np.float32],
        seen: _Seen,
        limit: int,
    ) -> list[tuple[int, int]]:
        """The passages nearest in meaning: all compared, or by HNSW where there are very many."""
        values = {
            "vector": "[" + ",".join(map(str, vector.tolist())) + "]",
            "limit": limit,
            "keys": _listed(seen),
            "last": self._generation.last,
            "generation": self.generation,
        }
        where = f"v.{_where(seen, 'v')}"
        # Added to, the distance is not what the index orders by, and every row is compared.
        exact = (
            "SELECT article, number FROM pullquote.vectors v"  # noqa: S608
            f" WHERE {where} ORDER BY (embedding <#> %(vector)s::vector) + 0, article, number"
            " LIMIT %(limit)s"
        )
        if seen.passages <= EXACT_UP_TO:
            return connection.execute(exact.encode(), values, binary=True).fetchall()
        with connection.transaction():
            connection.execute(f"SET LOCAL hnsw.ef_search = {max(EF_SEARCH, limit)}".encode())
            connection.execute("SET LOCAL hnsw.iterative_scan = strict_order")
            size = self._generation.dimension
            near = (
                f"SELECT article, number FROM pullquote.vectors v WHERE {where}"  # noqa: S608
                f" AND vector_dims(embedding) = {size}"
                f" ORDER BY embedding::vector({size}) <#> %(vector)s::vector LIMIT %(limit)s"
            )
            found = connection.execute(near.encode(), values, binary=True).fetchall()
        if len(found) < limit:  # the scan gave up before it had met enough of the scope
            return connection.execute(exact.encode(), values, binary=True).fetchall()
        return found

    def _sharing(
        self,
        connection: psycopg.Connection[Any],
        gains: Mapping[str, float],
        holding: Mapping[str, int],
        seen: _Seen,
        limit: int,
    ) -> list[tuple[int, int]]:
        """The passages with the best BM25.

        Where the rare terms alone lift enough passages above all that the common ones could
        give, only those have their common terms looked up.
        """
        if not gains:
            return []
        values: dict[str, Any] = {
            "k1": K1,
            "b": B,
            "size": seen.words / seen.passages,
            "limit": limit,
            "keys": _listed(seen),
            "last": self._generation.last,
            "generation": self.generation,
        }
        rare, common = _split(holding, RARE_UP_TO)
        if common:
            pruned = values | {
                "terms": [key_of(term) for term in rare],
                "gains": [gains[term] for term in rare],
                "common": [key_of(term) for term in common],
                "common_gains": [gains[term] for term in common],
                "most": sum(gains[term] for term in common),
            }
            query = _PRUNED.format(where=_where(seen, "p")).encode()
            if rows := connection.execute(query, pruned, binary=True).fetchall():
                return [(article, number) for article, number, _ in rows]
        values |= {"terms": [key_of(term) for term in gains], "gains": list(gains.values())}
        query = (
            f"{_SCORED.format(where=_where(seen, 'p'))}"
            " ORDER BY score DESC, article, number LIMIT %(limit)s"
        ).encode()
        rows = connection.execute(query, values, binary=True).fetchall()
        return [(article, number) for article, number, _ in rows]

    def _read_with_term(self, term: str, scope: Scope, limit: int) -> tuple[tuple[int, int], ...]:
        seen = self._seen(scope)
        rows = self.ask(
            "SELECT article, number FROM pullquote.postings p WHERE term = %(term)s AND"  # noqa: S608
            f" p.{_where(seen, 'p')} ORDER BY article, number LIMIT %(limit)s",
            term=key_of(term),
            limit=limit,
            keys=_listed(seen),
        )
        return tuple(rows)

    def _read_beginning(self, start: str, most: int) -> tuple[str, ...]:
        rows = self.ask(
            "SELECT term FROM pullquote.terms WHERE term >= %(start)s AND term < %(end)s"
            " LIMIT %(most)s",
            start=start,
            end=start[:-1] + chr(ord(start[-1]) + 1),
            most=most + 1,
        )
        return () if len(rows) > most else tuple(row[0] for row in rows)

    def _read_people(
        self, scope: Scope
    ) -> tuple[tuple[str, Speaker, tuple[float, ...], tuple[float, ...]], ...]:
        seen = self._seen(scope)
        rows = self.ask(
            "SELECT a.id, p.record FROM pullquote.people p JOIN pullquote.articles a"  # noqa: S608
            f" USING (article) WHERE p.{_where(seen, 'p')} ORDER BY p.person, p.article",
            keys=_listed(seen),
        )
        found = []
        for article_id, record in rows:
            read = json.loads(record)
            speaker = read_speaker(read["speaker"])
            found.append((article_id, speaker, tuple(read["confidences"]), tuple(read["unsaid"])))
        return tuple(found)

    def _read_same_people(self, scope: Scope) -> Mapping[str, str]:
        return same_person(speaker.person for _, speaker, _, _ in self._people(scope))

    def _voices(self, scope: Scope, min_confidence: float = 0.0) -> tuple[Voice, ...]:
        """Who speaks in the articles in scope; see `index.people.gather_voices`."""
        silent = frozenset(
            (article_id, speaker.person)
            for article_id, speaker, _, unsaid in self._people(scope)
            if any(sure >= min_confidence for sure in unsaid)
        )
        return gather_voices(self.speaking(scope, min_confidence), silent=silent)


def read_generation(connection: psycopg.Connection[Any], address: Address) -> _Generation | None:
    """The present generation, or None where there is none."""
    row = connection.execute(
        "SELECT generation, built, encoder, dimension, last, articles, passages, quotations,"
        " words, made_by, analysis FROM pullquote.generations ORDER BY generation DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    number, built, encoder, *others = row
    try:
        return _Generation(number, built, read_encoder(encoder), *others)
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedIndex(address.shown, f"its encoder's record: {error}") from error


def _split(holding: Mapping[str, int], most: int) -> tuple[list[str], list[str]]:
    """The rarest terms, which `most` passages hold in all (at least one term), and the others."""
    order = sorted(holding, key=lambda term: holding[term])
    held = list(itertools.accumulate(holding[term] for term in order))
    count = max(1, sum(total <= most for total in held))
    return order[:count], order[count:]


def _where(seen: _Seen, table: str) -> str:
    return _VISIBLE.format(table=table) if seen.keys is None else _IN


def _listed(seen: _Seen) -> list[int]:
    return list(seen.keys or ())


def _storable(ids: Iterator[str] | Collection[str]) -> list[str]:
    """The ids that an article can have: PostgreSQL knows neither NUL nor half characters."""
    return [article_id for article_id in ids if _is_text(article_id)]


def _is_text(article_id: str) -> bool:
    try:
        article_id.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in article_id


def _vector(sent: bytes) -> NDArray[np.float32]:
    """A vector as pgvector sends it: two short numbers, then the values."""
    return np.frombuffer(sent, dtype=">f4", offset=4).astype(np.float32)


def _score(
    gains: Mapping[str, float], counted: Sequence[Any], seen: _Seen
) -> dict[tuple[int, int], float]:
    """BM25 of passages by the counts of their terms, rounded as `index.words` rounds."""
    size = seen.words / seen.passages
    by_term: dict[str, list[tuple[tuple[int, int], int, int]]] = {}
    for article, number, term, count, length in counted:
        by_term.setdefault(term, []).append(((article, number), count, length))
    scores: dict[tuple[int, int], np.float32] = {}
    for term, gain in gains.items():
        for place, count, length in by_term.get(key_of(term), ()):
            norm = K1 * (1 - B + B * length / size)
            # The folder keeps its sums in single precision.
            so_far = float(scores.get(place, 0.0))
            scores[place] = np.float32(so_far + gain * count / (count + norm))
    return {place: float(score) for place, score in scores.items()}
