"""Search: a question and a scope to hits, best first.

Meaning (the nearest vectors) and words (BM25) each propose candidates among the passages
that the asker may see; both scores are known for every candidate, and are fused by a
weighted sum. Nothing outside the scope is looked at, so nothing is filtered afterwards.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.passages import Passage
    from index.scope import Scope
    from index.store import Store


class Hit(NamedTuple):
    """A passage that may answer.

    `cosine` is that of the vectors (-1..1), `words` the BM25 score (0 and up), `score` the
    two fused (0..1 of what the best candidate could have; for ordering only). `number` is
    its place among its article's passages, from 0. A question makes fifty: hence a named tuple.
    """

    passage: Passage
    score: float
    cosine: float
    words: float
    number: int


def search(
    store: Store,
    query: str,
    vector: NDArray[np.float32],
    *,
    scope: Scope,
    limit: int,
    dense_weight: float,
    words_weight: float,
) -> tuple[Hit, ...]:
    """The `limit` best passages in scope, best first; none where the scope is empty.

    `vector` is the query's, by the store's own encoder: of shape (dimension,).
    """
    candidates = store.candidates(query, vector, scope, limit)
    if not candidates:
        return ()
    most = max(candidate.words for candidate in candidates) or 1.0
    total = dense_weight + words_weight

    fused = [
        ((dense_weight * max(0.0, one.cosine) + words_weight * one.words / most) / total, one)
        for one in candidates
    ]
    # Ties are broken by article, so that a question has the same answer wherever the
    # articles lie.
    fused.sort(key=itemgetter(0), reverse=True)
    least = fused[:limit][-1][0]
    best = [found for found in fused if found[0] >= least]
    passages = store.passages_at([candidate.key for _, candidate in best])
    hits = [
        Hit(passage, score, candidate.cosine, candidate.words, number)
        for (score, candidate), (passage, number) in zip(best, passages, strict=True)
    ]
    hits.sort(key=lambda hit: (-hit.score, hit.passage.span.article.id, hit.number))
    return tuple(hits[:limit])
