"""Understanding: whom a name means, and what was typed, put in full.

Names are looked up in the scope of whoever asks; what was asked before says who "he" is.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from bot.answers.answer import Answer, NoAnswer, Reason
from bot.answers.people import find_by_name, find_by_role, pronoun_for
from bot.answers.spelling import Names, Spelt
from bot.answers.talk import Cast, Meant, Turn, people_asked, put_in_full, split_names
from index.names import keys_for_name, keys_for_role
from index.words import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bot.answers.answer import Reply
    from index.scope import Scope
    from index.speech import Quotation, Speaker, Voice
    from index.store import Store

PRONOUNS_IN = 3
"""Articles of a speaker in which it is looked whether they are "he" or "she"."""
NOTHING_SAID = frozenset({Reason.NOT_A_QUESTION, Reason.UNCLEAR_REFERENCE})
"""After these a question harks back to what was asked before."""
_NAMES_KEPT = 1024
"""Names whose bearers are kept, as they were asked for."""
_SCOPES_KEPT = 64
"""Scopes whose names are kept."""


class Understanding:
    """Understands what is typed, by the names in an open store.

    `sure` is how sure an attribution must be for somebody to count as a speaker;
    `is_ordinary` tells a word of the language from a name.
    """

    def __init__(self, store: Store, *, sure: float, is_ordinary: Callable[[str], bool]) -> None:
        self._store = store
        self._sure = sure
        self._names = lru_cache(_SCOPES_KEPT)(
            lambda scope: Names(
                store,
                scope,
                called=lambda keys: speakers_of(self.voices_called(keys, scope)),
                is_ordinary=is_ordinary,
            )
        )
        self._found = lru_cache(_NAMES_KEPT)(self._look_up)

    def remember(self, results: Iterable[Reply], scope: Scope) -> tuple[Turn, ...]:
        """What of these answers the next question may hark back to, as a `history`."""
        return tuple(
            self._turn(result, scope)
            for result in results
            if isinstance(result, Answer)
            or (isinstance(result, NoAnswer) and result.reason not in NOTHING_SAID)
        )

    def _turn(self, result: Answer | NoAnswer, scope: Scope) -> Turn:
        question = result.showing or result.question
        citations = result.citations if isinstance(result, Answer) else ()
        people = people_asked(self._spell(question, scope).text, self._cast(scope))
        cited = {c.speaker.name for c in citations if c.speaker}
        if not people and len(cited) == 1:
            people = tuple(cited)
        return Turn(question, people, citations[0].span.article.id if citations else None)

    def understand(
        self, typed: str, scope: Scope, history: Sequence[str | Turn]
    ) -> tuple[Meant, bool]:
        """The question with its names as printed and put in full, and whether that changed it."""
        cast, turns = self._cast(scope), list[Turn]()
        for entry in history:
            if isinstance(entry, Turn):
                turns.append(entry)
                continue
            before = put_in_full(self._spell(encodable(entry), scope).text, turns, cast)
            if before.unclear is None:
                turns.append(Turn(before.text, people_asked(before.text, cast)))
        spelt = self._spell(typed, scope)
        meant = put_in_full(spelt.text, turns, cast)
        return meant, spelt.corrected or meant.text != " ".join(spelt.text.split())

    def _spell(self, typed: str, scope: Scope) -> Spelt:
        return self._names(scope).spell(typed)

    def _cast(self, scope: Scope) -> Cast:
        return Cast(
            find=lambda typed: tuple(speaker.name for speaker in self.find(typed, scope)),
            within=lambda text: tuple(s.name for s in self._names(scope).speakers_in(text)),
            pronoun=lambda name: self._pronoun(name, scope),
        )

    def _pronoun(self, name: str, scope: Scope) -> str | None:
        """The pronoun by which the articles call a speaker; None if by none, or by both."""
        people = self.find(name, scope)
        persons = {speaker.person for speaker in people}
        mentions = (
            quotation.mention.text
            for voice in self.voices_of(name, scope)
            for article_id, _ in voice.articles[:PRONOUNS_IN]
            for quotation in self._store.quotations(article_id)
            if quotation.mention is not None and self.person_of(quotation, scope) in persons
        )
        return pronoun_for(mentions, people)

    def person_of(self, quotation: Quotation, scope: Scope) -> str | None:
        """Whose words they are, by the id that the person has in all of the articles."""
        if quotation.speaker is None:
            return None
        return self._store.register.known_as(quotation.speaker.person, scope)

    def voices_called(self, keys: tuple[str, ...], scope: Scope) -> tuple[Voice, ...]:
        """At least those of the voices who are listed under one of the keys."""
        return self._store.register.voices_called(keys, scope, self._sure)

    def find(self, typed: str, scope: Scope) -> tuple[Speaker, ...]:
        """Whom a typed name or role means; several where it fits several, none where nobody."""
        return speakers_of(self.voices_of(typed, scope))

    def voices_of(self, typed: str, scope: Scope) -> tuple[Voice, ...]:
        """`find`, each with where they are quoted."""
        return self._found(typed, scope)

    def _look_up(self, typed: str, scope: Scope) -> tuple[Voice, ...]:
        ways = (
            (find_by_name, keys_for_name(typed)),
            (find_by_role, keys_for_role(words_of(typed))),
        )
        for find, keys in ways:
            voices = self.voices_called(keys, scope)
            persons = {speaker.person for speaker in find(typed, speakers_of(voices))}
            if persons:
                return tuple(voice for voice in voices if voice.speaker.person in persons)
        return ()

    def find_each(self, who: str, scope: Scope) -> tuple[Speaker, ...]:
        """Whom a name means, or each of the names that "and" joins; nobody if one is unknown."""
        if found := self.find(who, scope):
            return found
        each = [self.find(name, scope) for name in split_names(who)]
        return tuple(chain.from_iterable(each)) if all(each) else ()


def speakers_of(voices: Iterable[Voice]) -> tuple[Speaker, ...]:
    """Those whose voices they are."""
    return tuple(voice.speaker for voice in voices)


def encodable(typed: str) -> str:
    """What was typed, less the halves of characters that a terminal can hand over."""
    return typed.encode("utf-8", "replace").decode()
