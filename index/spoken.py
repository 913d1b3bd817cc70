"""Spoken: in which passages each quotation of a segment stands.

A word of a quotation is a word of one of its passages: the postings then say, without any
article being read, in which quotations so many of some words can stand at all. A quotation a
row, ascending by its first passage, which no article shares with another.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

import numpy as np

from index.mapped import ArrayWriter, open_array

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from index.passages import Passage
    from index.speech import Quotation

FIRST = "spoken_first"
LAST = "spoken_last"


def spoken_in(
    passages: Sequence[Passage], quotations: Iterable[Quotation]
) -> list[tuple[int, int]]:
    """Of each quotation of an article its first and its last passage, as numbers; ascending.

    A topic's words are looked for in its sentences, a saying's in its words alone; these lie in
    those, but where a parser's sentences and the quotation marks disagree.
    """
    starts = [passage.span.start for passage in passages]
    ends = [passage.span.end for passage in passages]
    found = []
    for quotation in quotations:
        spans = (quotation.context, quotation.content)
        first = bisect_right(ends, min(span.start for span in spans))
        last = bisect_left(starts, max(span.end for span in spans)) - 1
        found.append((first, max(first, last)))
    return sorted(found)


def write_spoken(folder: Path, parts: Iterable[NDArray[np.int32]]) -> None:
    """Write the table from its rows, piece by piece: each of shape (quotations, 2)."""
    with (
        ArrayWriter(folder, FIRST, np.int32) as first,
        ArrayWriter(folder, LAST, np.int32) as last,
    ):
        for rows in parts:
            first.add(rows[:, 0])
            last.add(rows[:, 1])


class Spoken:
    """A segment's table, memory-mapped. Raises ValueError where its files don't agree."""

    def __init__(self, folder: Path) -> None:
        self.first: NDArray[np.int32] = open_array(folder, FIRST, np.int32)
        self.last: NDArray[np.int32] = open_array(folder, LAST, np.int32)
        if len(self.first) != len(self.last):
            raise ValueError(f"{FIRST}.npy and {LAST}.npy are not of the same quotations")

    def __len__(self) -> int:
        return len(self.first)

    @property
    def arrays(self) -> dict[str, NDArray[np.int32]]:
        """Its files, by name."""
        return {FIRST: self.first, LAST: self.last}

    def moved(self, places: NDArray[np.int32]) -> NDArray[np.int32]:
        """Its rows with each passage's new row, less those whose passages have none (-1)."""
        rows = np.column_stack([places[self.first], places[self.last]])
        return rows[rows[:, 0] >= 0]

    def between(
        self, first: NDArray[np.int32], last: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The first and last passages of the quotations of articles.

        Given are each article's first passage and the one after its last; ascending.
        """
        start, end = np.searchsorted(self.first, first), np.searchsorted(self.first, last)
        sizes = end - start
        rows = np.repeat(start - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
        return self.first[rows], self.last[rows]
