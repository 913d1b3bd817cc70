"""Search: a question and a scope to hits, best first.

Meaning (the nearest vectors) and words (BM25) each propose candidates among the passages
that the asker may see; both scores are known for every candidate, and are fused by a
weighted sum. Nothing outside the scope is looked at, so nothing is filtered afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.passages import Passage
from index.words import score_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.scope import Scope
    from index.store import Store


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that may answer.

    `cosine` is that of the vectors (-1..1), `words` the BM25 score (0 and up), `score` the
    two fused (0..1 of what the best candidate could have; for ordering only). `number` is
    its place among its article's passages, from 0.
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
    visible = store.visible(scope)
    words = score_rows([segment.words for segment in store.segments], visible, query)
    candidates: list[tuple[int, int, float, float]] = []
    for place, segment in enumerate(store.segments):
        rows, _ = segment.vectors.search(vector, limit, visible[place])
        scores = words[place]
        sharing = np.flatnonzero(scores)
        by_words = sharing[np.argsort(-scores[sharing], kind="stable")[:limit]]
        for row in dict.fromkeys([*rows.tolist(), *by_words.tolist()]):
            cosine = _cosine(segment.vectors.rows(row, row + 1)[0], vector)
            candidates.append((place, row, cosine, float(scores[row])))
    if not candidates:
        return ()
    most = max(words for *_, words in candidates) or 1.0
    total = dense_weight + words_weight

    def fused(candidate: tuple[int, int, float, float]) -> float:
        _, _, cosine, words = candidate
        return (dense_weight * max(0.0, cosine) + words_weight * words / most) / total

    candidates.sort(key=lambda found: (-fused(found), found[0], found[1]))
    # Ties are broken by article, so that a question has the same answer however many
    # segments hold the articles.
    least = fused(candidates[:limit][-1])
    hits = [_hit(store, found, score) for found in candidates if (score := fused(found)) >= least]
    hits.sort(key=lambda hit: (-hit.score, hit.passage.span.article.id, hit.number))
    return tuple(hits[:limit])


def _cosine(stored: NDArray[np.float32], vector: NDArray[np.float32]) -> float:
    """The cosine of two unit vectors, to the digits that do not hang on the order of adding.

    FAISS adds in another order when it searches within a scope; the last digits then differ.
    """
    return round(float(np.dot(stored.astype(np.float64), vector.astype(np.float64))), 6)


def _hit(store: Store, candidate: tuple[int, int, float, float], score: float) -> Hit:
    place, row, cosine, words = candidate
    segment = store.segments[place]
    article_row, first, last = segment.place_of(row)
    article = store.article_at(place, article_row)
    sentences = segment.sentences(article_row, article)[first:last]
    start, _ = segment.passage_rows(article_row)
    return Hit(Passage.of(sentences), score, cosine, words, row - start)
