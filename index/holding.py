"""Holding: which articles, passages and quotations of a segment hold so many of some terms.

The rarest terms come first: what holds those is soon known, and the common ones are only
looked for there. Postings and the articles' passages both ascend, so that an article (or a
quotation) holds a term where one posting lies between its first passage and its last.
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
        counts = counts + _hold(passages, *segment.passages_of(rows))
        stays = counts + left >= least
        rows, counts = rows[stays], counts[stays]
    return rows


def articles_quoting(
    segment: Segment, seen: NDArray[np.bool_], terms: Collection[str], least: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows of the articles in which a quotation can hold at least so many of the terms.

    Ascending, each with how many it can hold at most: so many stand in the passages that one
    quotation lies in, in its sentences if not in its words.
    """
    postings = _rarest_first(segment, terms)
    within = segment.passages_of(articles_holding(segment, seen, terms, least))
    first, last = segment.spoken.between(*within)
    counts = np.zeros(len(first), dtype=np.int64)
    for left, passages in zip(range(len(postings) - 1, -1, -1), postings, strict=True):
        counts = counts + _hold(passages, first, last + np.int32(1))
        stays = counts + left >= least
        first, last, counts = first[stays], last[stays], counts[stays]
    rows = segment.articles_of(first)
    begins = np.flatnonzero(np.diff(rows, prepend=-1))
    if not len(rows):
        return rows, counts
    return rows[begins], np.maximum.reduceat(counts, begins)


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


def _hold(
    passages: NDArray[np.int32], first: NDArray[np.int32], last: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Whether one of the passages of a term is from `first` on and before `last`."""
    held: NDArray[np.bool_] = np.searchsorted(passages, first) < np.searchsorted(passages, last)
    return held


def _rarest_first(segment: Segment, terms: Collection[str]) -> list[NDArray[Any]]:
    return sorted((segment.words.postings(term)[0] for term in set(terms)), key=len)
