"""Holding: which articles, passages and quotations of a segment hold so many of some terms.

The rarest terms come first: what holds those is soon known, and the common ones are only
looked for there. Postings and the articles' passages both ascend, so that an article (or a
quotation) holds a term where one posting lies between its first passage and its last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from index.words import look_up

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
    rare = len(postings) - least + 1
    held = np.zeros(len(segment), dtype=np.int64)
    for passages in postings[:rare]:
        held[segment.article_rows(passages[seen[passages]])] += 1
    rows = np.flatnonzero(held)
    kept, _ = _holding(postings[rare:], *segment.passages_of(rows), held[rows], least)
    return rows[kept]


def articles_quoting(
    segment: Segment, seen: NDArray[np.bool_], terms: Collection[str], least: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows of the articles in which a quotation can hold at least so many of the terms.

    Ascending, each with how many it can hold at most: so many stand in the passages that one
    quotation lies in, in its sentences if not in its words.
    """
    within = segment.passages_of(articles_holding(segment, seen, terms, least))
    first, last = segment.spoken.between(*within)
    none_yet = np.zeros(len(first), dtype=np.int64)
    postings = _rarest_first(segment, terms)
    kept, most = _holding(postings, first, last + np.int32(1), none_yet, least)
    rows = segment.articles_of(first[kept])
    if not len(rows):
        return rows, most
    begins = np.flatnonzero(np.diff(rows, prepend=-1))
    return rows[begins], np.maximum.reduceat(most, begins)


def passages_holding(
    segment: Segment, seen: NDArray[np.bool_], terms: Collection[str]
) -> NDArray[np.int32]:
    """The rows of the passages that hold every term, ascending; none where there is no term."""
    rarest, *others = _rarest_first(segment, terms) or [np.empty(0, dtype=np.int32)]
    rows: NDArray[np.int32] = rarest[seen[rarest]]
    for passages in others:
        rows = rows[look_up(passages, rows)[1]]
    return rows


def _rarest_first(segment: Segment, terms: Collection[str]) -> list[NDArray[Any]]:
    return sorted((segment.words.postings(term)[0] for term in set(terms)), key=len)


def _holding(
    postings: list[NDArray[Any]],
    first: NDArray[np.int32],
    last: NDArray[np.int32],
    counts: NDArray[np.int64],
    least: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which runs of passages hold at least so many terms, and how many; by number, ascending.

    Given are the terms' postings, each run's first passage and the one after its last, and how
    many other terms each is known to hold.
    """
    kept = np.arange(len(first))
    for number, passages in enumerate(postings, 1):
        counts = counts + (np.searchsorted(passages, first) < np.searchsorted(passages, last))
        # It may hold every term that is still to come.
        stays = counts + (len(postings) - number) >= least
        kept, first, last, counts = kept[stays], first[stays], last[stays], counts[stays]
    return kept, counts
