"""The word index: postings on disk, scored by BM25 over just the rows that may be seen.

What is stored are counts, not scores. A score needs how rare a word is, and that is
worked out at question time within the asker's scope and over all segments: segments can
then be merged or lose articles without being written again, and an article outside the
scope cannot be noticed by how it shifts the others' ranks. (This is why a library that
stores finished scores, bm25s, is a test's yardstick here and not a dependency.)
"""

from __future__ import annotations

import heapq
import itertools
import math
import re
import threading
import unicodedata
from array import array
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from index.mapped import ArrayWriter, Records, RecordsWriter, open_array, write_array

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

K1 = 1.2
B = 0.5
"""Saturation and length weight: in the ranges that Robertson and Zaragoza, "The Probabilistic
Relevance Framework" (2009), found good; sentences are alike in length, so B is at the low end."""

FEW: Final = 50_000
"""Postings of a question up to which all rows are scored: nothing is gained by leaving any out."""
FEW_ROWS: Final = 4096
"""Visible rows up to which the terms are looked up in each, instead of going through postings."""
_PLACES_KEPT: Final = 4096
"""Terms whose places are kept: questions share most of their words, and each takes a search."""
_SLACK: Final = 1e-4
"""By how much sums in another order may differ, as a share: far more than they do."""

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
    """Collects the words of rows 0, 1, 2, ... and writes them as postings.

    In memory it takes 8 bytes for each word and row that holds it.
    """

    def __init__(self) -> None:
        self._terms: dict[str, int] = {}
        self._numbers = array("i")
        self._counts = array("i")
        self._lengths = array("i")
        self._distinct = array("i")

    def add(self, text: str) -> None:
        """Add the next row."""
        counts = Counter(terms_of(text))
        self._lengths.append(sum(counts.values()))
        self._distinct.append(len(counts))
        for term, count in counts.items():
            self._numbers.append(self._terms.setdefault(term, len(self._terms)))
            self._counts.append(count)

    def write(self, folder: Path) -> None:
        """Write the index's files into `folder`."""
        names = sorted(self._terms)
        with RecordsWriter(folder, "terms") as terms:
            for name in names:
                terms.add(name.encode())
        places = np.empty(len(names), dtype=np.int32)
        places[[self._terms[name] for name in names]] = np.arange(len(names), dtype=np.int32)
        numbers = places[np.frombuffer(self._numbers, dtype=np.int32)]
        order = np.argsort(numbers, kind="stable")
        rows = np.repeat(np.arange(len(self._lengths), dtype=np.int32), self._distinct)
        counts = np.frombuffer(self._counts, dtype=np.int32)
        starts = np.concatenate([[0], np.cumsum(np.bincount(numbers, minlength=len(names)))])
        most = np.zeros(len(names), dtype=np.int32)
        np.maximum.at(most, numbers, counts)
        write_array(folder, "term_starts", starts.astype(np.int64))
        write_array(folder, "term_rows", rows[order])
        narrow = np.uint8 if not len(counts) or counts.max() <= np.iinfo(np.uint8).max else np.int32
        write_array(folder, "term_counts", counts[order].astype(narrow))
        write_array(folder, "term_most", most)
        write_array(folder, "row_lengths", np.frombuffer(self._lengths, dtype=np.int32))


def merge_words(folder: Path, parts: Sequence[tuple[Words, NDArray[np.int32]]]) -> None:
    """Write several segments' postings as one's, term by term.

    With each part goes the new row of each of its rows, ascending over the parts; -1 is left out.
    """
    wide = np.result_type(np.uint8, *(words.counts_kind for words, _ in parts))
    starts = array("q", [0])
    most = array("i")
    with (
        RecordsWriter(folder, "terms") as terms,
        ArrayWriter(folder, "term_rows", np.int32) as kept_rows,
        ArrayWriter(folder, "term_counts", wide) as kept_counts,
        ArrayWriter(folder, "row_lengths", np.int32) as lengths,
    ):
        for words, places in parts:
            lengths.add(words.lengths[places >= 0])
        listed = (words.listed(number) for number, (words, _) in enumerate(parts))
        for term, same in itertools.groupby(heapq.merge(*listed), key=itemgetter(0)):
            held = 0
            for _, number, place in same:
                words, places = parts[number]
                rows, counts = words.at(place)
                rows = places[rows]
                live = rows >= 0
                kept_rows.add(rows[live])
                kept_counts.add(counts[live])
                held = max(held, int(counts[live].max(initial=0)))
            if held:
                terms.add(term)
                starts.append(len(kept_rows))
                most.append(held)
    write_array(folder, "term_starts", np.frombuffer(starts, dtype=np.int64))
    write_array(folder, "term_most", np.frombuffer(most, dtype=np.int32))


class Words:
    """One segment's postings, memory-mapped."""

    def __init__(self, folder: Path) -> None:
        self._terms = Records(folder, "terms")
        self._starts = open_array(folder, "term_starts", np.int64)
        self._rows = open_array(folder, "term_rows", np.int32)
        self._counts = open_array(folder, "term_counts", np.uint8, np.int32)
        self._most = open_array(folder, "term_most", np.int32)
        self.lengths = open_array(folder, "row_lengths", np.int32)
        if not len(self._terms) == len(self._most) == len(self._starts) - 1 or not (
            len(self._rows) == len(self._counts) == int(self._starts[-1])
        ):
            raise ValueError("its files do not hold the same terms")
        self._place = lru_cache(_PLACES_KEPT)(self._terms.find_sorted)

    @property
    def counts_kind(self) -> Any:
        """The dtype that the counts are kept in."""
        return self._counts.dtype

    def beginning(self, start: str, *, most: int) -> list[str]:
        """The terms that begin so, ascending; none where there are more than `most`."""
        first, last = self._terms.range_sorted(start.encode())
        if last - first > most:
            return []
        return [term.decode() for term in self._terms.between(first, last)]

    def listed(self, number: int) -> Iterator[tuple[bytes, int, int]]:
        """Every term, ascending, with the number given and its place."""
        for first in range(0, len(self._terms), FEW_ROWS):
            last = min(first + FEW_ROWS, len(self._terms))
            for place, term in enumerate(self._terms.between(first, last), first):
                yield term, number, place

    def at(self, place: int) -> tuple[NDArray[np.int32], NDArray[Any]]:
        """The postings of the term at a place. Raises ValueError where they cannot be its own."""
        start, end = self._starts[place : place + 2].tolist()
        # As plain arrays: each slice of a mapped one costs several times as much.
        rows = np.asarray(self._rows)[start:end]
        # Each term has some, and a rare one, which decides most, is soon looked through.
        if not 0 <= start < end <= len(self._rows) or (
            len(rows) <= FEW_ROWS and (rows[1:] <= rows[:-1]).any()
        ):
            raise ValueError("the rows of a word have been changed since they were written")
        return rows, np.asarray(self._counts)[start:end]

    def postings(self, term: str) -> tuple[NDArray[np.int32], NDArray[Any]]:
        """The rows that hold the term, ascending, and how often each does."""
        place = self._place(term.encode())
        if place is None:
            return self._rows[:0], self._counts[:0]
        return self.at(place)

    def most(self, term: str) -> int:
        """How often the term stands in one row at most; 0 where it is not known."""
        place = self._place(term.encode())
        return 0 if place is None else int(self._most[place])


class Sight:
    """What an asker may see of some segments, worked out once for many questions.

    `visible` says for each segment which rows they may see; nothing else is ever counted.
    """

    def __init__(self, segments: Sequence[Words], visible: Sequence[NDArray[np.bool_]]) -> None:
        self.segments = tuple(segments)
        self.visible = tuple(visible)
        self.seen = tuple(int(np.count_nonzero(mask)) for mask in visible)
        self.total = sum(self.seen)
        words = sum(int(s.lengths[m].sum()) for s, m in zip(segments, visible, strict=True))
        self.size = words / self.total if self.total else 0.0
        self._holding: dict[str, int] = {}

    def is_whole(self, place: int) -> bool:
        """Whether every row of a segment may be seen."""
        return self.seen[place] == len(self.visible[place])

    def rows(self, place: int) -> NDArray[np.int64]:
        """The rows of a segment that may be seen."""
        rows: NDArray[np.int64] = np.flatnonzero(self.visible[place])
        return rows

    def holding(self, term: str, postings: Sequence[NDArray[np.int32]]) -> int:
        """How many rows in sight hold a term of these postings."""
        if (known := self._holding.get(term)) is not None:
            return known
        found = 0
        for place, rows in enumerate(postings):
            if self.is_whole(place):
                found += len(rows)
            elif self.seen[place] <= FEW_ROWS:
                found += int(np.count_nonzero(look_up(rows, self.rows(place))[1]))
            else:
                found += int(np.count_nonzero(self.visible[place][rows]))
        # A common word is dear to count, and there are few of them.
        if sum(map(len, postings)) > FEW:
            self._holding[term] = found
        return found


@dataclass(frozen=True, slots=True)
class _Term:
    """A question's term: what it counts for, its postings in each segment, and its most there."""

    factor: float
    postings: tuple[tuple[NDArray[np.int32], NDArray[Any]], ...]
    most: tuple[int, ...]


class Scorer:
    """BM25 of one question within one sight."""

    def __init__(self, sight: Sight, query: str) -> None:
        self._sight = sight
        self._terms: list[_Term] = []
        self._every: dict[int, NDArray[np.float32]] = {}
        for term, weight in Counter(terms_of(query)).items() if sight.total else ():
            postings = tuple(segment.postings(term) for segment in sight.segments)
            holding = sight.holding(term, [rows for rows, _ in postings])
            if holding:
                rarity = math.log(1 + (sight.total - holding + 0.5) / (holding + 0.5))
                most = tuple(segment.most(term) for segment in sight.segments)
                self._terms.append(_Term(weight * rarity, postings, most))

    def score(self, place: int, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The scores of some rows of a segment, all of which have to be in sight."""
        if (every := self._every.get(place)) is not None:
            return every[rows]
        scores = np.zeros(len(rows), dtype=np.float32)
        for term in self._terms:
            held, counts = term.postings[place]
            at, found = look_up(held, rows)
            scores[found] += self._part(term.factor, place, rows[found], counts[at[found]])
        return scores

    def score_all(self, place: int) -> NDArray[np.float32]:
        """The scores of all rows of a segment; 0 where one is not in sight or shares no word."""
        if (every := self._every.get(place)) is not None:
            return every
        scores = np.zeros(len(self._sight.visible[place]), dtype=np.float32)
        if self._terms:
            seen = [self._seen(term, place) for term in self._terms]
            rows = np.concatenate([held for held, _ in seen])
            factors = np.repeat([term.factor for term in self._terms], [len(r) for r, _ in seen])
            parts = self._part(factors, place, rows, np.concatenate([held for _, held in seen]))
            start = 0
            for held, _ in seen:
                scores[held] += parts[start : start + len(held)]
                start += len(held)
        self._every[place] = scores
        return scores

    def best(self, limit: int) -> list[tuple[int, int]]:
        """The segments and rows of the `limit` best that share a word, best first."""
        found: list[tuple[float, int, int]] = []
        for place in range(len(self._sight.segments)):
            least = found[-1][0] if len(found) >= limit else 0.0
            rows = self._promising(place, limit, least)
            scores = self.score(place, rows)
            # Only what may be among them is sorted.
            rows, scores = _at_least(_last_of_best(scores, limit), rows, scores)
            order = np.argsort(-scores, kind="stable")[:limit]
            found += zip(
                scores[order].tolist(), itertools.repeat(place), rows[order].tolist(), strict=False
            )
            found.sort(key=lambda one: (-one[0], one[1], one[2]))
            del found[limit:]
        return [(place, row) for score, place, row in found if score > 0]

    def _promising(self, place: int, limit: int, least: float) -> NDArray[np.int64]:
        """Rows of a segment among which its share of the best is sure to be.

        MaxScore, a term at a time: the rarest come first, and as soon as all that is left
        could not lift a new row above `limit` others, only rows found already are gone on with.
        """
        small = len(self._sight.visible[place]) <= FEW_ROWS
        if self._sight.seen[place] <= FEW_ROWS and not small:
            return self._sight.rows(place)
        terms = sorted(self._terms, key=lambda term: -term.factor)
        if small or sum(len(term.postings[place][0]) for term in terms) <= FEW:
            every = self.score_all(place)
            sharing = np.flatnonzero(every)
            least = max(least, _last_of_best(every[sharing], limit)) * (1 - _SLACK)
            return _at_least(least, sharing, every[sharing])[0]
        bounds = [self._bound(term, place) for term in terms]
        left = [sum(bounds[n:]) for n in range(len(terms) + 1)]
        scores = np.zeros(len(self._sight.visible[place]), dtype=np.float32)
        done = 0
        while done < len(terms) and left[done] * (1 + _SLACK) >= least:
            seen, counts = self._seen(terms[done], place)
            now = scores[seen]
            now += self._about(terms[done].factor, place, seen, counts)
            scores[seen] = now
            # Only what lies above the least so far can raise it.
            least = max(least, _last_of_best(now[now > least], limit) * (1 - _SLACK))
            done += 1
        # A row that shares no word is none of them, whatever the others have.
        rows: NDArray[np.int64] = np.flatnonzero(
            scores > max(0.0, (least - left[done]) * (1 - _SLACK))
        )
        found = scores[rows]
        for number in range(done, len(terms)):
            held, counts = terms[number].postings[place]
            at, here = look_up(held, rows)
            found[here] += self._part(terms[number].factor, place, rows[here], counts[at[here]])
            least = max(least, _last_of_best(found, limit) * (1 - _SLACK))
            stays = found >= (least - left[number + 1]) * (1 - _SLACK)
            rows, found = rows[stays], found[stays]
        return rows

    def _seen(self, term: _Term, place: int) -> tuple[NDArray[np.int32], NDArray[Any]]:
        rows, counts = term.postings[place]
        if self._sight.is_whole(place):
            return rows, counts
        seen = self._sight.visible[place][rows]
        return rows[seen], counts[seen]

    def _part(
        self,
        factors: float | NDArray[np.float64],
        place: int,
        rows: NDArray[Any],
        counts: NDArray[Any],
    ) -> NDArray[np.float64]:
        lengths = np.asarray(self._sight.segments[place].lengths)[rows]
        length = K1 * (1 - B + B * lengths / self._sight.size)
        part: NDArray[np.float64] = factors * counts / (counts + length)
        return part

    def _about(
        self, factor: float, place: int, rows: NDArray[Any], counts: NDArray[Any]
    ) -> NDArray[np.float32]:
        """`_part` in half the digits, which take half the time: `_SLACK` allows for the rest.

        Whoever changes one changes both.
        """
        weighed: NDArray[np.float32] = np.asarray(self._sight.segments[place].lengths)[rows].astype(
            np.float32
        )
        weighed *= np.float32(K1 * B / self._sight.size)
        weighed += np.float32(K1 * (1 - B))
        weighed += counts
        np.divide(counts, weighed, out=weighed, dtype=np.float32)
        weighed *= np.float32(factor)
        return weighed

    def _bound(self, term: _Term, place: int) -> float:
        """What the term can add to a row at most: a row is no shorter than the term is often."""
        most = term.most[place]
        if not most:
            return 0.0
        return term.factor * most / (most + K1 * (1 - B + B * most / self._sight.size))


def look_up(held: NDArray[np.int32], rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Where rows (ascending, for speed, or not) stand among those held, and which do at all."""
    if not len(held):
        return np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.bool_)
    # Of one dtype: numpy would else convert all that is held.
    at = np.searchsorted(held, rows.astype(held.dtype))
    at[at == len(held)] = 0
    return at, held[at] == rows


def _at_least(
    least: float, rows: NDArray[np.int64], scores: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    stays = scores >= np.float32(least)
    return rows[stays], scores[stays]


def _last_of_best(scores: NDArray[np.float32], limit: int) -> float:
    if len(scores) < limit:
        return 0.0
    return float(np.partition(scores, len(scores) - limit)[len(scores) - limit])


def score_rows(
    segments: Sequence[Words], visible: Sequence[NDArray[np.bool_]], query: str
) -> list[NDArray[np.float32]]:
    """BM25 of every row of every segment; 0 where a row is not visible or shares no word.

    `visible` says for each segment which rows the asker may see; nothing else is counted.
    """
    scorer = Scorer(Sight(segments, visible), query)
    return [scorer.score_all(place) for place in range(len(segments))]
