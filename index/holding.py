"""Holding: which articles and passages of a segment hold all, or so many, of some terms.

The rarest terms come first: what holds those is soon known, and the common ones are only
looked for there. Postings and the articles' passages both ascend, so that an article holds a
term where one posting lies between its first passage and its last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from index.segment import Segment


def articles_holding(
    segment: Segment, seen: NDArray[np.bool_], terms: Collection[str], least: int
) -> NDArray[np.int64]:
    """The rows of the articles that hold at least so many (1 or more) of the terms, ascending.

    `seen` says which passages may be seen; of an article all may be, or none.
    """
    postings = _rarest_first(segment, terms)
    if not 1 <= least <= len(postings):
        return np.empty(0, dtype=np.int64)
    # Who holds none of these does not hold enough of all.
    telling = len(postings) - least + 1
    held = np.zeros(len(segment), dtype=np.int32)
    for passages in postings[:telling]:
        held[segment.article_rows(passages[seen[passages]])] += 1
    rows = np.flatnonzero(held)
    counts = held[rows]
    for left, passages in zip(range(least - 2, -1, -1), postings[telling:], strict=True):
        first, last = segment.passages_of(rows)
        counts = counts + (np.searchsorted(passages, first) < np.searchsorted(passages, last))
        rows, counts = rows[counts + left >= least], counts[counts + left >= least]
    return rows


def passages_holding(
    segment: Segment, seen: NDArray[np.bool_], terms: Collection[str]
) -> NDArray[np.int32]:
    """The rows of the passages that hold every term, ascending."""
    rarest, *others = _rarest_first(segment, terms) or [np.empty(0, dtype=np.int32)]
    rows: NDArray[np.int32] = rarest[seen[rarest]]
    for passages in others:
        if not len(rows):
            break
        at = np.searchsorted(passages, rows)
        at[at == len(passages)] = 0
        rows = rows[passages[at] == rows]
    return rows


def _rarest_first(segment: Segment, terms: Collection[str]) -> list[NDArray[Any]]:
    return sorted((segment.words.postings(term)[0] for term in set(terms)), key=len)
