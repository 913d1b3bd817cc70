"""Catalogue: what one generation holds by name, small enough to be kept in memory.

The Discord side offers articles and speakers while somebody types, which must read no
disk and wait for no question. A speaker is put together from the articles in scope alone,
as the store does it, so that no alias shows itself from an article that may not be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.answers.people import complete_speakers
from index.people import gather_voices
from index.scope import EVERYTHING

if TYPE_CHECKING:
    from index.scope import Scope
    from index.speech import Speaker, Voice

OPENING = 200
"""Characters of an article's text that are kept, to name one that has no title."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An article as it is named in a list; `text` is the beginning of its text, no more."""

    id: str
    text: str = ""
    title: str | None = None
    url: str | None = None
    publisher: str | None = None
    author: str | None = None
    published: str | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The articles of a generation by id, and who is surely quoted how often in each.

    `built` is in ISO 8601, UTC ("" where it is not known).
    """

    generation: int = 0
    built: str = ""
    articles: tuple[Listed, ...] = ()
    speaking: tuple[tuple[str, Speaker, int], ...] = ()
    """Article id, speaker as named there, quotations there (0: only less sure ones)."""

    def voices(self, scope: Scope = EVERYTHING) -> tuple[Voice, ...]:
        """Who is quoted how often and where in the articles in scope, most quoted first."""
        return gather_voices(one for one in self.speaking if scope.allows(one[0]))

    def speakers(
        self, typed: str = "", *, scope: Scope = EVERYTHING, limit: int = 25
    ) -> tuple[Speaker, ...]:
        """Speakers to choose from as a name is typed, under any name, most quoted first."""
        known = tuple(voice.speaker for voice in self.voices(scope))
        return complete_speakers(typed, known, limit)
