"""The people of a folder's segments: counted and put in order by arrays, read by name.

Who is quoted how often in a scope is counted once, over all appearances, in arrays: some
milliseconds for a million. What a keystroke or a page shows is then cut from that order,
and nobody else is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from index.names import surname_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from index.people import Appearance
    from index.register import By
    from index.scope import Scope
    from index.segment import Segment
    from index.speech import Speaker

    Rows = tuple[NDArray[np.bool_], ...]

_SCOPES_KEPT = 64
"""Scopes whose order is kept; one takes 4 bytes a person who speaks there."""


@dataclass(frozen=True, slots=True)
class _Everybody:
    """All people of the segments, each with one number, by id in ascending order.

    `numbers` has them by segment and place there. `families` is as in `index.roll`.
    """

    ids: Sequence[bytes] | None
    numbers: tuple[NDArray[np.int32], ...]
    families: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class _Order:
    """Who is a voice in a scope, by number, most quoted first; the first `quoted` have said sth.

    Whom it calls by a surname only (`bare`) is who bears it as a full name there (`full`).
    """

    voices: NDArray[np.int32]
    quoted: int
    bare: NDArray[np.int32]
    full: NDArray[np.int32]


class FolderPeople:
    """The people of segments, `People` of a register."""

    def __init__(
        self,
        segments: Sequence[Segment],
        rows: Callable[[Scope], Rows],
        reading: Callable[[str], AbstractContextManager[None]],
    ) -> None:
        """`rows` says which articles a scope sees; `reading` tells of what cannot be read."""
        self._segments = segments
        self._rows = rows
        self._reading = reading
        self._heard = lru_cache(_SCOPES_KEPT)(self._hear)
        self._order = lru_cache(_SCOPES_KEPT)(self._rank)

    def clear(self) -> None:
        """Let go of what is kept."""
        self._heard.cache_clear()
        self._order.cache_clear()

    def called(self, keys: tuple[str, ...], scope: Scope) -> set[str]:
        """The ids of those under one of the keys who are in an article in scope."""
        with self._reading("its people"):
            return {
                person
                for key in keys
                for segment, heard in zip(self._segments, self._heard(scope), strict=True)
                for person in segment.roll.called(key, heard)
            }

    def appearances(
        self, scope: Scope, persons: Collection[str] | None = None
    ) -> Iterator[tuple[str, Appearance]]:
        """Everybody (or these) in every article in scope, with the article's id."""
        with self._reading("its people"):
            for segment, rows in zip(self._segments, self._rows(scope), strict=True):
                if persons is None:
                    places = segment.roll.within(rows).tolist()
                else:
                    places = [p for one in persons for p in segment.roll.places(one, rows)]
                for seen in segment.roll.read(places):
                    yield segment.id_of(seen.row), seen

    def articles_of(self, persons: Collection[str], scope: Scope) -> Iterator[str]:
        """The ids of the articles in scope that these are in."""
        with self._reading("its people"):
            for segment, rows in zip(self._segments, self._rows(scope), strict=True):
                for person in persons:
                    for row in segment.roll.rows[segment.roll.places(person, rows)].tolist():
                        yield segment.id_of(row)

    def forms(
        self, persons: Collection[str], scope: Scope, sure: float
    ) -> Iterator[tuple[Speaker, int]]:
        """How the articles in scope name these; see `Roll.forms`."""
        with self._reading("its people"):
            for segment, rows in zip(self._segments, self._rows(scope), strict=True):
                for person in persons:
                    yield from segment.roll.forms(person, rows, sure)

    def ranked(
        self, scope: Scope, sure: float, words: tuple[str, ...], by: By, first: int, most: int
    ) -> list[str]:
        """The ids of those who are voices, most quoted first; see `People.ranked`."""
        with self._reading("its people"):
            order = self._order(scope, sure)
            voices = order.voices
            if words:
                voices = voices[self._with_words(order, words, by)[voices]]
            return [self._person(one) for one in voices[first : first + most].tolist()]

    def counts(self, scope: Scope, sure: float) -> tuple[int, int]:
        """How many people are voices in the articles in scope, and how many of them are quoted."""
        with self._reading("its people"):
            order = self._order(scope, sure)
            return len(order.voices), order.quoted

    @cached_property
    def _everybody(self) -> _Everybody:
        rolls = [segment.roll for segment in self._segments]
        if len(rolls) == 1:
            (roll,) = rolls
            return _Everybody(None, (np.arange(roll.persons, dtype=np.int32),), roll.families)
        held = [roll.every_person() for roll in rolls]
        ids = sorted(set().union(*held))
        places = {person: number for number, person in enumerate(ids)}
        surnames = (surname_of(person.decode()) for person in ids)
        families = [-1 if one is None else places.get(one.encode(), -1) for one in surnames]
        return _Everybody(
            ids,
            tuple(np.asarray([places[one] for one in some], dtype=np.int32) for some in held),
            np.asarray(families, dtype=np.int32),
        )

    def _person(self, number: int) -> str:
        ids = self._everybody.ids
        return self._segments[0].roll.person(number) if ids is None else ids[number].decode()

    def _hear(self, scope: Scope) -> tuple[NDArray[np.bool_], ...]:
        """For each segment, which of its people are in an article in scope."""
        return tuple(
            segment.roll.heard(rows)
            for segment, rows in zip(self._segments, self._rows(scope), strict=True)
        )

    def _rank(self, scope: Scope, sure: float) -> _Order:
        everybody = self._everybody
        families = everybody.families
        said = np.zeros(len(families), dtype=np.int64)
        silent, heard = np.zeros_like(said, dtype=np.bool_), np.zeros_like(said, dtype=np.bool_)
        for segment, numbers, rows, here in zip(
            self._segments, everybody.numbers, self._rows(scope), self._heard(scope), strict=True
        ):
            roll = segment.roll
            counts, denied = roll.counted(sure)
            seen = rows[roll.rows]
            said[numbers] += roll.sum_of(np.where(seen, counts, 0))
            silent[numbers] |= roll.any_of(seen & denied)
            heard[numbers] |= here
        full = np.flatnonzero(heard & (families >= 0))
        bare = families[full]
        alone = np.bincount(bare, minlength=len(families))[bare] == 1
        full, bare = full[alone], bare[alone]
        for counted in (said, silent):
            counted[full] += counted[bare]
            counted[bare] = 0
        voices = np.flatnonzero((said > 0) | silent)
        voices = voices[np.lexsort((voices, -said[voices]))]
        quoted = int((said > 0).sum())
        return _Order(voices.astype(np.int32), quoted, bare.astype(np.int32), full.astype(np.int32))

    def _with_words(self, order: _Order, words: tuple[str, ...], by: By) -> NDArray[np.bool_]:
        """For each number, whether they have each word in a name or role, the last unfinished."""
        everybody = self._everybody
        found = np.ones(len(everybody.families), dtype=np.bool_)
        for place, word in enumerate(words):
            here = np.zeros_like(found)
            for segment, numbers in zip(self._segments, everybody.numbers, strict=True):
                names = segment.roll.names
                find = names.beginning if place == len(words) - 1 else names.under
                here[numbers[find(f"{by}:{word}")]] = True
            here[order.full[here[order.bare]]] = True
            found &= here
        return found
