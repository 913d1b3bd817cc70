"""Whom a typed name means, among the speakers that the asker may see.

A surname alone is enough, and may mean several people; a first name that is another's
rules somebody out (see `bot.answers.check.names`). Nothing is matched by likeness.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.answers.check.names import Match, match_name
from index.names import ARTICLES
from index.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from index.speech import Speaker

# What says whether somebody is "he" or "she"; English, and no list of first names.
_ROLES = {
    "he": frozenset(
        "mr sir lord king prince duke father brother son husband spokesman chairman congressman "
        "councilman businessman policeman fireman actor man boy".split()
    ),
    "she": frozenset(
        "mrs ms miss dame lady queen princess duchess mother sister daughter wife spokeswoman "
        "chairwoman congresswoman councilwoman businesswoman policewoman actress woman girl".split()
    ),
}


def find_speakers(typed: str, speakers: Sequence[Speaker]) -> tuple[Speaker, ...]:
    """The speakers whom a typed name, surname or role may mean, in the order given.

    A name is preferred to a role: "White House" is looked for among the roles ("White
    House spokesperson") only when nobody is called so. Empty when nobody is meant.
    """
    return find_by_name(typed, speakers) or find_by_role(typed, speakers)


def find_by_name(typed: str, speakers: Sequence[Speaker]) -> tuple[Speaker, ...]:
    """The speakers who may be called so; an article alone ("the") calls nobody."""
    if not set(words_of(typed)) - ARTICLES:
        return ()
    return tuple(s for s in speakers if match_name(typed, s) is Match.YES)


def find_by_role(typed: str, speakers: Sequence[Speaker]) -> tuple[Speaker, ...]:
    """The speakers one of whose roles holds every word that was typed, but for articles."""
    words = set(words_of(typed)) - ARTICLES
    if not words:
        return ()
    return tuple(s for s in speakers if any(words <= set(words_of(role)) for role in s.roles))


def names_of(speaker: Speaker) -> tuple[str, ...]:
    """Every name that the speaker goes by, the fullest first."""
    return (speaker.name, *speaker.aliases)


def pronoun_for(mentions: Iterable[str], speakers: Iterable[Speaker]) -> str | None:
    """Give "he" or "she", by how the articles call somebody and what they are; None if unclear."""
    said = {text.lower() for text in mentions} & {"he", "she"}
    words = {word for s in speakers for text in (*names_of(s), *s.roles) for word in words_of(text)}
    said |= {pronoun for pronoun, ones in _ROLES.items() if words & ones}
    return said.pop() if len(said) == 1 else None
