"""Where a quote stands: word for word, in pieces, or nearly.

Everything here is worked out on words (`read_words`); a `Stretch` is a run of words of one
page. A *stream* is the order in which a page may be copied: the whole article from
beginning to end, and each utterance without the reporter's interruption. Finding that a
quote nearly stands somewhere only says what to show beside it; it never makes it genuine.
"""

from __future__ import annotations

import bisect
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz import fuzz

from bot.answers.check.words import join_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.answers.check.words import Words

# A word repeated through a long page has no more to tell after this many places.
_MOST_PLACES = 64
# Below three words a piece stands somewhere in any long article by chance.
_SHORTEST_PIECE = 3
_MOST_PIECES = 6
# Two words closer than this are shown as one changed into the other ("Zelensky", "Zelenskyy").
_ALIKE = 75


@dataclass(frozen=True, eq=False)
class Stream:
    """Words of a page in an order in which they may be copied; `ids` are places in the page."""

    page: int
    words: Words
    ids: Sequence[int]

    @cached_property
    def keys(self) -> list[str]:
        """The words' keys, in this order."""
        return [self.words.keys[place] for place in self.ids]

    @cached_property
    def positions(self) -> dict[str, list[int]]:
        """Where each key stands in this order."""
        if len(self.ids) == len(self.words):
            return self.words.places
        positions: dict[str, list[int]] = {}
        for at, key in enumerate(self.keys):
            positions.setdefault(key, []).append(at)
        return positions

    @cached_property
    def _joined(self) -> tuple[str, list[int]]:
        if len(self.ids) == len(self.words):
            return self.words.joined
        return join_keys(self.keys)

    def holds(self, keys: Sequence[str]) -> bool:
        """Whether the words stand here, one after the other."""
        return f" {' '.join(keys)} " in self._joined[0]

    def places(self, keys: Sequence[str]) -> Iterator[tuple[int, ...]]:
        """Each place where the words stand, as places in the page."""
        joined, offsets = self._joined
        sought = f" {' '.join(keys)} "
        at = joined.find(sought)
        for _ in range(_MOST_PLACES):
            if at < 0:
                return
            first = bisect.bisect_left(offsets, at + 1)
            yield tuple(self.ids[first : first + len(keys)])
            at = joined.find(sought, at + 1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words of one page that stand for words of the quote; `ids` are in the quote's order."""

    page: int
    ids: tuple[int, ...]

    @property
    def runs(self) -> tuple[tuple[int, int], ...]:
        """The unbroken runs that it is made of, first and last word included."""
        runs = []
        for _, group in groupby(enumerate(self.ids), key=lambda pair: pair[1] - pair[0]):
            run = [place for _, place in group]
            runs.append((run[0], run[-1]))
        return tuple(runs)


@dataclass(frozen=True, slots=True)
class Alignment:
    """A quote beside the printed words it is most like.

    `steps` pair a place in the quote with one in the page, in order; None on one side
    means that the word is missing there. `agreement` is 0..1.
    """

    page: int
    steps: tuple[tuple[int | None, int | None], ...]
    agreement: float


def find(keys: Sequence[str], streams: Sequence[Stream]) -> tuple[Stretch, ...]:
    """Every place where the words stand, each once."""
    found = {(stream.page, ids): None for stream in streams for ids in stream.places(keys)}
    return tuple(Stretch(page, ids) for page, ids in found)


def cover(
    keys: Sequence[str], streams: Sequence[Stream], wholes: frozenset[tuple[str, ...]]
) -> tuple[tuple[str, ...], ...]:
    """The quote as pieces that each stand somewhere, longest first from its beginning.

    A piece has three words, or is one of `wholes` (what stands between two quotation marks).
    Empty when the quote is not made of such pieces, or of too many of them.
    """
    pieces: list[tuple[str, ...]] = []
    at = 0
    while at < len(keys):
        low, high = 0, len(keys) - at
        while low < high:
            middle = (low + high + 1) // 2
            sought = keys[at : at + middle]
            if any(stream.holds(sought) for stream in streams):
                low = middle
            else:
                high = middle - 1
        left = len(keys) - at - low
        if 0 < left < _SHORTEST_PIECE and low > _SHORTEST_PIECE + 1:
            # The last piece may have lost its first words to this one: give them back.
            give = _SHORTEST_PIECE - left
            tail = keys[at + low - give :]
            if any(stream.holds(tail) for stream in streams):
                low -= give
        piece = tuple(keys[at : at + low])
        if len(pieces) == _MOST_PIECES or (low < _SHORTEST_PIECE and piece not in wholes):
            return ()
        pieces.append(piece)
        at += low
    return tuple(pieces)


def align(keys: Sequence[str], streams: Sequence[Stream], *, tries: int = 3) -> Alignment | None:
    """The stretch of running text that the quote is most like, and how the two compare."""
    counts = Counter(keys)
    # Width: room for words that the quote leaves out, without letting it wander.
    width = len(keys) + len(keys) // 3 + 3
    windows = sorted(
        (window for stream in streams for window in _windows(counts, stream, width)),
        key=lambda window: -window[0],
    )
    found = [_compare(keys, stream, first, width) for _, first, stream in windows[:tries]]
    return max(found, key=lambda alignment: alignment.agreement, default=None)


def _windows(
    counts: Counter[str], stream: Stream, width: int
) -> Iterator[tuple[float, int, Stream]]:
    """The window of a stream that shares most words with the quote."""
    places = stream.positions
    weights = {key: 1.0 / (1.0 + np.log1p(len(places[key]))) for key in counts if key in places}
    hits = sorted((place, key) for key in weights for place in places[key])
    inside: Counter[str] = Counter()
    best, best_first, score, tail = 0.0, 0, 0.0, 0
    for place, key in hits:
        inside[key] += 1
        if inside[key] <= counts[key]:
            score += weights[key]
        while hits[tail][0] <= place - width:
            old = hits[tail][1]
            if inside[old] <= counts[old]:
                score -= weights[old]
            inside[old] -= 1
            tail += 1
        if score > best + 1e-9:
            best, best_first = score, hits[tail][0]
    if best:
        yield best, best_first, stream


def _compare(keys: Sequence[str], stream: Stream, first: int, width: int) -> Alignment:
    """Align the quote with the best part of a window, free to begin and end anywhere in it."""
    start = max(0, first - len(keys))
    window = stream.keys[start : first + width + len(keys)]
    rows, columns = len(keys), len(window)
    numbers = {key: number for number, key in enumerate(dict.fromkeys(window))}
    printed = np.array([numbers[key] for key in window])
    alike = {
        (key, other)
        for key in set(keys) - numbers.keys()
        for other in numbers
        if _are_alike(key, other)
    }
    # Edit distance, one row a word of the quote; a changed word costs less than another word.
    table = np.zeros((rows + 1, columns + 1), dtype=np.float32)
    steps = np.arange(columns + 1, dtype=np.float32)
    for row, key in enumerate(keys, start=1):
        change = np.where(printed == numbers.get(key, -1), 0.0, 1.5)
        for other in (other for left, other in alike if left == key):
            change[printed == numbers[other]] = 0.75
        best = table[row - 1] + 1
        best[1:] = np.minimum(best[1:], table[row - 1, :-1] + change)
        table[row] = np.minimum.accumulate(best - steps) + steps
    column = int(np.argmin(table[rows]))
    path: list[tuple[int | None, int | None]] = []
    row, score = rows, 0.0
    while row:
        here = table[row, column]
        cost = 1.5
        if column:
            key, other = keys[row - 1], window[column - 1]
            cost = 0.0 if key == other else 0.75 if (key, other) in alike else 1.5
        if column and np.isclose(here, table[row - 1, column - 1] + cost):
            row, column = row - 1, column - 1
            path.append((row, stream.ids[start + column]))
            score += 1.0 if not cost else 0.5 if cost < 1.0 else 0.0
        elif np.isclose(here, table[row - 1, column] + 1):
            row -= 1
            path.append((row, None))
        else:
            column -= 1
            path.append((None, stream.ids[start + column]))
    path.reverse()
    extent = sum(place is not None for _, place in path)
    return Alignment(stream.page, tuple(path), score / max(rows, extent))


def _are_alike(key: str, other: str) -> bool:
    """Whether one may be a slip for the other: nearly the same letters, or two numbers."""
    digits = any(c.isdigit() for c in key), any(c.isdigit() for c in other)
    if any(digits):
        return all(digits)
    return fuzz.ratio(key, other) >= _ALIKE
