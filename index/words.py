"""The word index: postings on disk, scored by BM25 over just the rows that may be seen.

What is stored are counts, not scores. A score needs how rare a word is, and that is
worked out at question time within the asker's scope and over all segments: segments can
then be merged or lose articles without being written again, and an article outside the
scope cannot be noticed by how it shifts the others' ranks. (This is why a library that
stores finished scores, bm25s, is a test's yardstick here and not a dependency.)
"""

from __future__ import annotations

import math
import re
import threading
import unicodedata
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from index.mapped import Records, RecordsWriter, open_array, write_array

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

K1 = 1.2
B = 0.5
"""Saturation and length weight: in the ranges that Robertson and Zaragoza, "The Probabilistic
Relevance Framework" (2009), found good; sentences are alike in length, so B is at the low end."""

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_APOSTROPHE = re.compile("[’‘ʼ＇`´′ʹ]")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_POSSESSIVE = re.compile(r"'s?$")
# What takes no room on the page: soft hyphen, zero-width characters, direction marks.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


_own = threading.local()


def _stemmer() -> Any:
    """This thread's stemmer: one may not be shared."""
    if not hasattr(_own, "stemmer"):
        import Stemmer  # noqa: PLC0415 - its caller may never need it

        _own.stemmer = Stemmer.Stemmer("english")
    return _own.stemmer


def fold_text(text: str) -> str:
    """A text as its words are compared: no case, accents or unseen marks, one apostrophe."""
    if text.isascii():
        return text.lower().replace("`", "'")
    folded = unicodedata.normalize("NFKD", _UNSEEN.sub("", text).casefold())
    return _APOSTROPHE.sub("'", _NOT_ASCII.sub(_without_accents, folded))


def _without_accents(match: re.Match[str]) -> str:
    return "".join(mark for mark in match[0] if not unicodedata.combining(mark))


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared: folded, in order, possessives dropped."""
    return [_POSSESSIVE.sub("", word) for word in _WORD.findall(fold_text(text))]


def stems_of(words: Sequence[str]) -> list[str]:
    """The stems of words, in order (Snowball, English)."""
    stems: list[str] = _stemmer().stemWords(words)
    return stems


def terms_of(text: str) -> list[str]:
    """The stems of a text's words, in order."""
    return stems_of(words_of(text))


class WordsWriter:
    """Collects the words of rows 0, 1, 2, ... and writes them as postings."""

    def __init__(self) -> None:
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._lengths: list[int] = []

    def add(self, text: str) -> None:
        """Add the next row."""
        counts = Counter(terms_of(text))
        row = len(self._lengths)
        self._lengths.append(sum(counts.values()))
        for term, count in counts.items():
            self._postings[term].append((row, count))

    def write(self, folder: Path) -> None:
        """Write the index's files into `folder`."""
        starts = [0]
        rows: list[int] = []
        counts: list[int] = []
        with RecordsWriter(folder, "terms") as terms:
            for term in sorted(self._postings):
                terms.add(term.encode())
                for row, count in self._postings[term]:
                    rows.append(row)
                    counts.append(count)
                starts.append(len(rows))
        write_array(folder, "term_starts", np.asarray(starts, dtype=np.int64))
        write_array(folder, "term_rows", np.asarray(rows, dtype=np.int32))
        write_array(folder, "term_counts", np.asarray(counts, dtype=np.int32))
        write_array(folder, "row_lengths", np.asarray(self._lengths, dtype=np.int32))


class Words:
    """One segment's postings, memory-mapped."""

    FILES = (
        *("terms.bin", "terms.at.npy", "term_starts.npy", "term_rows.npy"),
        *("term_counts.npy", "row_lengths.npy"),
    )

    def __init__(self, folder: Path) -> None:
        self._terms = Records(folder, "terms")
        self._starts = open_array(folder, "term_starts")
        self._rows = open_array(folder, "term_rows")
        self._counts = open_array(folder, "term_counts")
        self.lengths = open_array(folder, "row_lengths")

    def beginning(self, start: str, *, most: int) -> list[str]:
        """The terms that begin so, ascending; none where there are more than `most`."""
        first, last = self._terms.range_sorted(start.encode())
        if last - first > most:
            return []
        return [term.decode() for term in self._terms.between(first, last)]

    def postings(self, term: str) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The rows that hold the term, ascending, and how often each does."""
        place = self._terms.find_sorted(term.encode())
        if place is None:
            return self._rows[:0], self._counts[:0]
        start, end = self._starts[place], self._starts[place + 1]
        return self._rows[start:end], self._counts[start:end]


def score_rows(
    segments: Sequence[Words], visible: Sequence[NDArray[np.bool_]], query: str
) -> list[NDArray[np.float32]]:
    """BM25 of every row of every segment; 0 where a row is not visible or shares no word.

    `visible` says for each segment which rows the asker may see; nothing else is counted.
    """
    scores = [np.zeros(len(segment.lengths), dtype=np.float32) for segment in segments]
    total = sum(int(np.count_nonzero(mask)) for mask in visible)
    if not total:
        return scores
    size = sum(int(s.lengths[m].sum()) for s, m in zip(segments, visible, strict=True)) / total
    for term, weight in Counter(terms_of(query)).items():
        found = []
        for segment, mask in zip(segments, visible, strict=True):
            rows, counts = segment.postings(term)
            seen = mask[rows]
            found.append((rows[seen], counts[seen]))
        holding = sum(len(rows) for rows, _ in found)
        if not holding:
            continue
        rarity = math.log(1 + (total - holding + 0.5) / (holding + 0.5))
        for segment, score, (rows, counts) in zip(segments, scores, found, strict=True):
            length = K1 * (1 - B + B * segment.lengths[rows] / size)
            score[rows] += weight * rarity * counts / (counts + length)
    return scores
