"""Merging: several segments written as one, from what they say.

Texts and records are copied, postings are joined term by term and vectors are added in
chunks; nothing is parsed or embedded again. Memory is bounded by some bytes an article,
passage and sentence, and by a chunk of vectors, however large the segments are.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from index.mapped import ArrayWriter, Records, RecordsWriter, open_array, write_array
from index.roll import RollWriter
from index.spoken import write_spoken
from index.titles import TitlesWriter
from index.vectors import write_vectors
from index.words import merge_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from index.people import Appearance
    from index.segment import Segment

_AT_ONCE = 1024
"""Records that are read at one go."""


@dataclass(frozen=True, slots=True)
class Merged:
    """How much a merged segment holds."""

    articles: int
    passages: int
    quotations: int


@dataclass(frozen=True, slots=True)
class _Part:
    """A segment, which of its articles stay, and the new row of each article and passage (-1)."""

    segment: Segment
    live: NDArray[np.bool_]
    articles: NDArray[np.int32]
    passages: NDArray[np.int32]


def merge_segments(
    folder: Path, segments: Sequence[tuple[Segment, NDArray[np.bool_]]], dimension: int
) -> Merged:
    """Write segments, each less the articles that are not live, into an empty folder."""
    parts = _parts(segments)
    for name in ("articles", "texts", "speech"):
        with RecordsWriter(folder, name) as kept:
            for part in parts:
                for record in _records(part, name):
                    kept.add(record)
    _merge_ids(folder, parts)
    quotations = _merge_rows(folder, parts)
    with RollWriter(folder) as roll:
        for one in heapq.merge(*map(_people, parts), key=lambda o: (o.speaker.person, o.row)):
            roll.add(one)
    _merge_titles(folder, parts)
    write_spoken(folder, (part.segment.spoken.moved(part.passages) for part in parts))
    merge_words(folder, [(part.segment.words, part.passages) for part in parts])
    passages = sum(int((part.passages >= 0).sum()) for part in parts)
    write_vectors(folder, _Joined(parts, dimension).take, passages, dimension)
    return Merged(sum(int(part.live.sum()) for part in parts), passages, quotations)


def _parts(segments: Sequence[tuple[Segment, NDArray[np.bool_]]]) -> list[_Part]:
    parts = []
    articles = passages = 0
    for segment, live in segments:
        seen = segment.visible(live)
        parts.append(_Part(segment, live, _numbered(live, articles), _numbered(seen, passages)))
        articles += int(live.sum())
        passages += int(seen.sum())
    return parts


def _numbered(stays: NDArray[np.bool_], first: int) -> NDArray[np.int32]:
    """A number from `first` on for each row that stays, -1 for the others."""
    return np.where(stays, first + np.cumsum(stays) - 1, -1).astype(np.int32)


def _records(part: _Part, name: str) -> Iterator[bytes]:
    records = Records(part.segment.folder, name)
    for first in range(0, len(records), _AT_ONCE):
        last = min(first + _AT_ONCE, len(records))
        for record, stays in zip(records.between(first, last), part.live[first:last], strict=True):
            if stays:
                yield record


def _merge_ids(folder: Path, parts: Sequence[_Part]) -> None:
    def listed(part: _Part) -> Iterator[tuple[bytes, int]]:
        for article_id, row in part.segment.ids():
            if part.live[row]:
                yield article_id.encode(), int(part.articles[row])

    with (
        RecordsWriter(folder, "ids") as ids,
        ArrayWriter(folder, "id_rows", np.int32) as rows,
    ):
        for article_id, row in heapq.merge(*map(listed, parts)):
            ids.add(article_id)
            rows.add([row])


def _merge_rows(folder: Path, parts: Sequence[_Part]) -> int:
    """Write the ranges, sentences and passages; returns how many quotations are listed."""
    ranges: list[NDArray[np.int64]] = [np.empty((0, 5), dtype=np.int64)]
    first_sentence = first_passage = 0
    with (
        ArrayWriter(folder, "sentences", np.int64, columns=2) as sentences,
        ArrayWriter(folder, "passages", np.int64, columns=3) as passages,
    ):
        for part in parts:
            old = np.array(open_array(part.segment.folder, "ranges"))
            new = old[part.live]
            for columns, first in (((0, 1), first_sentence), ((2, 3), first_passage)):
                ends = first + np.cumsum(new[:, columns[1]] - new[:, columns[0]])
                sizes = new[:, columns[1]] - new[:, columns[0]]
                new[:, columns[0]], new[:, columns[1]] = ends - sizes, ends
            ranges.append(new)
            moved = np.zeros(len(old), dtype=np.int64)
            moved[part.live] = new[:, 0] - old[part.live, 0]
            stays = np.repeat(part.live, old[:, 1] - old[:, 0])
            sentences.add(open_array(part.segment.folder, "sentences")[stays])
            held = np.array(open_array(part.segment.folder, "passages")[part.passages >= 0])
            held[:, 1:] += moved[held[:, 0], None]
            held[:, 0] = part.articles[held[:, 0]]
            passages.add(held)
            first_sentence, first_passage = len(sentences), len(passages)
    joined = np.concatenate(ranges)
    write_array(folder, "ranges", joined)
    return int(joined[:, 4].sum())


def _people(part: _Part) -> Iterator[Appearance]:
    for one in part.segment.roll.all():
        if part.live[one.row]:
            yield replace(one, row=int(part.articles[one.row]))


def _merge_titles(folder: Path, parts: Sequence[_Part]) -> None:
    titles = TitlesWriter(folder)
    for part in parts:
        for row in np.flatnonzero(part.live).tolist():
            titles.add(part.segment.heading(row))
    titles.close()


class _Joined:
    """The vectors of several segments under their new rows."""

    def __init__(self, parts: Sequence[_Part], dimension: int) -> None:
        self._parts = parts
        self._dimension = dimension
        self._old = [np.flatnonzero(part.passages >= 0) for part in parts]
        self._ends = np.cumsum([len(old) for old in self._old])

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of these new rows."""
        vectors = np.empty((len(rows), self._dimension), dtype=np.float32)
        of = np.searchsorted(self._ends, rows, side="right")
        for number, (part, old) in enumerate(zip(self._parts, self._old, strict=True)):
            mine = of == number
            if mine.any():
                first = self._ends[number] - len(old)
                vectors[mine] = part.segment.vectors.take(old[rows[mine] - first])
        return vectors
