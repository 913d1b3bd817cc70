"""Whom a typed name means, among the speakers that the asker may see.

Names are compared word by word, folded (case and accents), with titles left aside; a
surname alone is enough, and may mean several people. Nothing is matched by likeness.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.words import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.speech import Speaker

# What is typed around a name and tells nobody from anybody.
_TITLES = frozenset(
    "the a an mr mrs ms miss mx dr prof professor sir dame lord lady president prime minister "
    "secretary senator sen representative rep governor gov general gen colonel captain "
    "chancellor mayor judge justice king queen prince princess pope foreign".split()
)


def find_speakers(typed: str, speakers: Sequence[Speaker]) -> tuple[Speaker, ...]:
    """The speakers whom a typed name, surname or role may mean, in the order given.

    A name is preferred to a role: "Blinken" is looked for among the roles ("US Secretary
    of State") only when nobody is called so. Empty when nobody is meant.
    """
    words = words_of(typed)
    telling = [word for word in words if word not in _TITLES]
    if telling:
        by_name = tuple(s for s in speakers if any(_holds(n, telling) for n in names_of(s)))
        if by_name:
            return by_name
    words = [word for word in words if word not in ("the", "a", "an")]
    if not words:
        return ()
    return tuple(s for s in speakers if any(_holds(role, words) for role in s.roles))


def names_of(speaker: Speaker) -> tuple[str, ...]:
    """Every name that the speaker goes by, the fullest first."""
    return (speaker.name, *speaker.aliases)


def complete_speakers(typed: str, speakers: Sequence[Speaker], limit: int) -> tuple[Speaker, ...]:
    """Speakers one of whose names has a word that begins as typed, in the order given.

    Whole words must stand there as typed; only the last may be unfinished.
    """
    words = words_of(typed)
    if not words:
        return tuple(speakers[:limit])
    found = (s for s in speakers if any(_begins(name, words) for name in names_of(s)))
    return tuple(speaker for speaker, _ in zip(found, range(limit), strict=False))


def _holds(name: str, words: list[str]) -> bool:
    return set(words) <= set(words_of(name))


def _begins(name: str, words: list[str]) -> bool:
    held = words_of(name)
    return set(words[:-1]) <= set(held) and any(word.startswith(words[-1]) for word in held)
