"""Searching: the passages nearest in meaning and in words, and which hold a term.

Scores are the folder's to the last digit: the database finds the candidates, and the counts
and vectors of those few are scored here by the same arithmetic.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from index.postgres.rows import Kept, Seen, listed, read_vector, where
from index.postgres.terms import key_of
from index.store import Candidate, round_cosine
from index.words import K1, B, terms_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import psycopg
    from numpy.typing import NDArray

    from index.postgres.rows import Rows
    from index.scope import Scope

EXACT_UP_TO = 20_000
"""Passages in scope up to which every one is compared: docs/postgresql.md has the times."""
EF_SEARCH = 200
"""What HNSW looks at before it is content (40 by default): docs/postgresql.md has the recall."""
RARE_UP_TO = 5_000
"""Passages of a question's rarest terms that are scored before it is seen if others can win."""
_SCOPES_KEPT = 64
_WORDS_KEPT = 4096
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


class Searching:
    """Searches one generation."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._holding: Kept[tuple[Scope, str], int] = Kept(_WORDS_KEPT)
        self.with_term = lru_cache(_WORDS_KEPT)(self._read_with_term)
        self.beginning = lru_cache(_SCOPES_KEPT)(self._read_beginning)

    def candidates(
        self, query: str, vector: NDArray[np.float32], scope: Scope, limit: int
    ) -> list[Candidate]:
        """The `limit` passages in scope nearest in meaning, and in words."""
        seen = self._rows.seen(scope)
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
            wanted: dict[str, list[Any]] = {
                "a": [a for a, _ in keys],
                "n": [n for _, n in keys],
                "terms": [key_of(term) for term in gains],
            }
            vectors = connection.execute(
                "SELECT article, number, vector_send(embedding) FROM"
                " unnest(%(a)s::bigint[], %(n)s::int[]) AS k(article, number)"
                " JOIN pullquote.vectors USING (article, number)", wanted, binary=True,
            ).fetchall()  # fmt: skip
            counted = connection.execute(
                "SELECT article, number, term, count, length FROM"
                " unnest(%(a)s::bigint[], %(n)s::int[]) AS k(article, number)"
                " JOIN pullquote.postings USING (article, number) WHERE term = ANY(%(terms)s)",
                wanted, binary=True,
            ).fetchall()  # fmt: skip
            return vectors, counted

        vectors, counted = self._rows.read(read)
        words = _score(gains, counted, seen)
        return [
            Candidate((a, n), round_cosine(read_vector(sent), vector), words.get((a, n), 0.0))
            for a, n, sent in vectors
        ]

    def articles_holding(self, terms: Collection[str], scope: Scope) -> list[int]:
        """The keys of the articles in scope in which every term stands somewhere."""
        seen = self._rows.seen(scope)
        if not seen.passages or not (order := self._rarest_first(terms, scope, seen)):
            return []
        rarest, *others = order
        also = "".join(
            f" AND EXISTS (SELECT FROM pullquote.postings o WHERE o.article = p.article"
            f" AND o.term = %(term{n})s)"
            for n, _ in enumerate(others)
        )
        rows = self._rows.ask(
            "SELECT DISTINCT p.article FROM pullquote.postings p WHERE p.term = %(rarest)s AND"  # noqa: S608
            f" p.{where(seen, 'p')}{also} ORDER BY p.article",
            rarest=key_of(rarest),
            **{f"term{n}": key_of(term) for n, term in enumerate(others)},
            keys=listed(seen),
        )
        return [int(row[0]) for row in rows]

    def passages_holding(
        self, terms: Sequence[str], scope: Scope, limit: int
    ) -> list[tuple[int, int]]:
        """The shortest passages in scope that hold every term."""
        seen = self._rows.seen(scope)
        if not seen.passages or not (order := self._rarest_first(terms, scope, seen)):
            return []
        rarest, *others = order
        held = "rare"
        if others:
            # Joined, and not counted for each: else all words of its article are gone through.
            held = (
                "(SELECT article, number, rare.length FROM rare JOIN pullquote.postings o USING"
                " (article, number) WHERE o.term = ANY(%(others)s)"
                " GROUP BY article, number, rare.length HAVING count(*) = %(count)s) held"
            )
        rows = self._rows.ask(
            "WITH rare AS MATERIALIZED (SELECT article, number, length FROM"  # noqa: S608
            f" pullquote.postings p WHERE term = %(rarest)s AND length >= %(least)s"
            f" AND p.{where(seen, 'p')})"
            f" SELECT article, number FROM {held} JOIN pullquote.articles a USING (article)"
            " ORDER BY length, a.id, number LIMIT %(limit)s",
            rarest=key_of(rarest),
            others=[key_of(term) for term in others],
            count=len(others),
            least=len(terms),
            keys=listed(seen),
            limit=limit,
        )
        return [(int(article), int(number)) for article, number in rows]

    def articles_quoting(
        self, terms: Collection[str], least: int, scope: Scope
    ) -> list[tuple[str, int]]:
        """The ids of the articles in scope that quote and hold `least` of the terms, with these."""
        seen = self._rows.seen(scope)
        if not terms or not seen.passages:
            return []
        rows = self._rows.ask(
            "SELECT a.id, held.terms FROM pullquote.articles a JOIN (SELECT p.article,"  # noqa: S608
            " count(DISTINCT p.term) AS terms FROM pullquote.postings p"
            f" WHERE p.term = ANY(%(terms)s) AND p.{where(seen, 'p')} GROUP BY p.article"
            " HAVING count(DISTINCT p.term) >= %(least)s) held USING (article)"
            " WHERE a.quotations > 0",
            terms=[key_of(term) for term in set(terms)],
            least=least,
            keys=listed(seen),
        )
        return sorted((article_id, int(count)) for article_id, count in rows)

    def clear(self) -> None:
        """Let go of what is kept."""
        for kept in (self._holding.clear, self.with_term.cache_clear, self.beginning.cache_clear):
            kept()

    def _rarest_first(self, terms: Iterable[str], scope: Scope, seen: Seen) -> list[str]:
        """The terms, each once, the rarest first; none where one of them does not stand there."""
        each = tuple(dict.fromkeys(terms))
        rarity = self._rarity(each, scope, seen)
        return sorted(rarity, key=lambda term: -rarity[term]) if len(rarity) == len(each) else []

    def _rarity(self, terms: tuple[str, ...], scope: Scope, seen: Seen) -> dict[str, float]:
        """How rare each term is in scope (of those that stand there), as `index.words` has it."""
        found = {term: n for term in terms if (n := self._holding.get((scope, term))) is not None}
        if unknown := {key_of(term): term for term in terms if term not in found}:
            rows = self._rows.ask(
                "SELECT term, count(*) FROM pullquote.postings p WHERE term = ANY(%(terms)s) AND"  # noqa: S608
                f" p.{where(seen, 'p')} GROUP BY term",
                terms=list(unknown),
                keys=listed(seen),
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
        seen: Seen,
        limit: int,
    ) -> list[tuple[int, int]]:
        """The passages nearest in meaning: all compared, or by HNSW where there are very many."""
        values = {
            "vector": "[" + ",".join(map(str, vector.tolist())) + "]",
            "limit": limit,
            "keys": listed(seen),
            "last": self._rows.generation.last,
            "generation": self._rows.generation.number,
        }
        visible = f"v.{where(seen, 'v')}"
        # Added to, the distance is not what the index orders by, and every row is compared.
        exact = (
            "SELECT article, number FROM pullquote.vectors v"  # noqa: S608
            f" WHERE {visible} ORDER BY (embedding <#> %(vector)s::vector) + 0, article, number"
            " LIMIT %(limit)s"
        )
        if seen.passages <= EXACT_UP_TO:
            return connection.execute(exact.encode(), values, binary=True).fetchall()
        with connection.transaction():
            connection.execute(f"SET LOCAL hnsw.ef_search = {max(EF_SEARCH, limit)}".encode())
            connection.execute("SET LOCAL hnsw.iterative_scan = strict_order")
            size = self._rows.generation.dimension
            near = (
                f"SELECT article, number FROM pullquote.vectors v WHERE {visible}"  # noqa: S608
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
        seen: Seen,
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
            "keys": listed(seen),
            "last": self._rows.generation.last,
            "generation": self._rows.generation.number,
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
            query = _PRUNED.format(where=where(seen, "p")).encode()
            if rows := connection.execute(query, pruned, binary=True).fetchall():
                return [(article, number) for article, number, _ in rows]
        values |= {"terms": [key_of(term) for term in gains], "gains": list(gains.values())}
        query = (
            f"{_SCORED.format(where=where(seen, 'p'))}"
            " ORDER BY score DESC, article, number LIMIT %(limit)s"
        ).encode()
        rows = connection.execute(query, values, binary=True).fetchall()
        return [(article, number) for article, number, _ in rows]

    def _read_with_term(self, term: str, scope: Scope, limit: int) -> tuple[tuple[int, int], ...]:
        seen = self._rows.seen(scope)
        rows = self._rows.ask(
            "SELECT article, number FROM pullquote.postings p WHERE term = %(term)s AND"  # noqa: S608
            f" p.{where(seen, 'p')} ORDER BY article, number LIMIT %(limit)s",
            term=key_of(term),
            limit=limit,
            keys=listed(seen),
        )
        return tuple(rows)

    def _read_beginning(self, start: str, most: int) -> tuple[str, ...]:
        rows = self._rows.ask(
            "SELECT term FROM pullquote.terms WHERE term >= %(start)s AND term < %(end)s"
            " LIMIT %(most)s",
            start=start,
            end=start[:-1] + chr(ord(start[-1]) + 1),
            most=most + 1,
        )
        return () if len(rows) > most else tuple(row[0] for row in rows)


def _split(holding: Mapping[str, int], most: int) -> tuple[list[str], list[str]]:
    """The rarest terms, which `most` passages hold in all (at least one term), and the others."""
    order = sorted(holding, key=lambda term: holding[term])
    held = list(itertools.accumulate(holding[term] for term in order))
    count = max(1, sum(total <= most for total in held))
    return order[:count], order[count:]


def _score(
    gains: Mapping[str, float], counted: Sequence[Any], seen: Seen
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
