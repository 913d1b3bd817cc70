"""Register: who is who in the articles in scope, whatever the store keeps its people in.

A person is whoever the articles in scope make them: two that an asker may see can tell that
"Obi" is Ada Obi, and a third that they may not see does not. So people are put together
anew for each scope, and only from what lies in it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, Protocol

from index.names import is_begun, key_for_surname, surname_of
from index.people import gather_speaker, gather_voices

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from index.people import Appearance
    from index.scope import Scope
    from index.speech import Speaker, Voice

_SCOPES_KEPT = 64
"""Scopes whose people are kept."""
_NAMES_KEPT = 1024
"""Names whose bearers are kept, as they were asked for."""

By = Literal["p", "r"]
"""By which words people are looked up: of their names, or of their roles (see `index.names`)."""


class People(Protocol):
    """What a store gives of the people in its articles."""

    def called(self, keys: tuple[str, ...], scope: Scope) -> set[str]:
        """The ids of those under one of the keys who are in an article in scope."""

    def appearances(
        self, scope: Scope, persons: Collection[str] | None = None
    ) -> Iterator[tuple[str, Appearance]]:
        """Everybody (or these) in every article in scope, with the article's id."""

    def articles_of(self, persons: Collection[str], scope: Scope) -> Iterator[str]:
        """The ids of the articles in scope that these are in."""

    def forms(
        self, persons: Collection[str], scope: Scope, sure: float
    ) -> Iterator[tuple[Speaker, int]]:
        """How the articles in scope name these; see `Roll.forms`."""

    def ranked(
        self, scope: Scope, sure: float, words: tuple[str, ...], by: By, first: int, most: int
    ) -> list[str]:
        """The ids of those who are voices, most quoted first: so many, from a place on (from 0).

        With words, at least those of them whose names have them, the last one unfinished.
        """

    def counts(self, scope: Scope, sure: float) -> tuple[int, int]:
        """How many people are voices in the articles in scope, and how many of them are quoted."""


class Register:
    """The look-ups that `Store` has of people, by what a store gives of them."""

    def __init__(self, people: People) -> None:
        self._people = people
        # The caches are the register's own: a method's cache would keep every store alive.
        self._known_as = lru_cache(_NAMES_KEPT)(self._read_known_as)
        self.voices = lru_cache(_SCOPES_KEPT)(self._voices)
        self.voices_called = lru_cache(_NAMES_KEPT)(self._voices_called)
        self.most_quoted = lru_cache(_SCOPES_KEPT)(self._most_quoted)
        self.begun = lru_cache(_NAMES_KEPT)(self._begun)

    def clear(self) -> None:
        """Let go of what is kept."""
        for kept in (
            *(self._known_as, self.voices, self.voices_called),
            *(self.most_quoted, self.begun),
        ):
            kept.cache_clear()

    def known_as(self, person: str, scope: Scope) -> str:
        """The id that whom an article calls by surname only has in the others; else the same."""
        return person if "-" in person else self._known_as(person, scope)

    def articles_with(self, persons: Collection[str], scope: Scope) -> list[str]:
        """The ids of the articles in scope, ascending, in which one of these is given words."""
        return sorted(set(self._people.articles_of(self._with_bare(persons, scope), scope)))

    def counts(self, scope: Scope, min_confidence: float) -> tuple[int, int]:
        """How many people are voices in the articles in scope, and how many of them are quoted."""
        return self._people.counts(scope, min_confidence)

    def _voices(self, scope: Scope, min_confidence: float = 0.0) -> tuple[Voice, ...]:
        return gather_voices(self._people.appearances(scope), min_confidence)

    def _voices_called(
        self, keys: tuple[str, ...], scope: Scope, min_confidence: float = 0.0
    ) -> tuple[Voice, ...]:
        called = self._people.called(keys, scope)
        return self._gather({self.known_as(one, scope) for one in called}, scope, min_confidence)

    def _most_quoted(
        self, scope: Scope, min_confidence: float, first: int, most: int
    ) -> tuple[Voice, ...]:
        persons = self._people.ranked(scope, min_confidence, (), "p", first, most)
        return self._gather(persons, scope, min_confidence)

    def _begun(
        self, words: tuple[str, ...], scope: Scope, min_confidence: float, most: int
    ) -> tuple[Speaker, ...]:
        found: dict[str, Speaker] = {}
        ways: tuple[By, ...] = ("p", "r") if words else ("p",)
        for by in ways:
            for speaker in self._in_order(words, by, scope, min_confidence, most):
                # What a table finds too many of: two words that stand in two names of one person.
                if not words or is_begun(speaker, words, by=by):
                    found.setdefault(speaker.person, speaker)
                if len(found) == most:
                    return tuple(found.values())
        return tuple(found.values())

    def _in_order(
        self, words: tuple[str, ...], by: By, scope: Scope, sure: float, at_once: int
    ) -> Iterator[Speaker]:
        first = 0
        while persons := self._people.ranked(scope, sure, words, by, first, at_once):
            first += len(persons)
            same = self._with_bare(persons, scope)
            forms: dict[str, list[tuple[Speaker, int]]] = {person: [] for person in persons}
            for speaker, most in self._people.forms(sorted(same), scope, sure):
                forms[same[speaker.person]].append((speaker, most))
            yield from (gather_speaker(known, who) for who, known in forms.items() if known)
            if len(persons) < at_once:
                return

    def _gather(
        self, persons: Iterable[str], scope: Scope, min_confidence: float
    ) -> tuple[Voice, ...]:
        same = self._with_bare(persons, scope)
        seen = self._people.appearances(scope, sorted(same))
        return gather_voices(seen, min_confidence, same=same)

    def _with_bare(self, persons: Iterable[str], scope: Scope) -> dict[str, str]:
        """These, with whoever is called by a surname only that is theirs: to whose it is."""
        found = {person: person for person in persons}
        for person in tuple(found):
            bare = surname_of(person)
            if bare is not None and self.known_as(bare, scope) == person:
                found[bare] = person
        return found

    def _read_known_as(self, person: str, scope: Scope) -> str:
        full = self._people.called((key_for_surname(person),), scope)
        return next(iter(full)) if len(full) == 1 else person
