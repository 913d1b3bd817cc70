"""Names: the articles and speakers of one generation, ready to be offered while one types.

Everything that takes long for a large index is done before a generation is taken up, in a
thread: the event loop must not wait for it. Who speaks within a scope that nobody has used
yet is worked out when it is first asked for; in a large index in a thread as well, and the
first keystroke is then offered nobody.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

from bot.answers.people import complete_speakers
from bot.chat.choices import Shelf
from index.scope import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.answers.catalogue import Catalogue
    from index.scope import Scope
    from index.speech import Speaker, Voice

SCOPES = 64
"""Scopes whose speakers are kept worked out."""
AT_ONCE = 4000
"""Speakers of articles up to which they are put together on the event loop: 20 ms."""


class Names:
    """Made of a catalogue; `scopes` are worked out at once."""

    def __init__(self, catalogue: Catalogue, scopes: Iterable[Scope] = ()) -> None:
        self.catalogue = catalogue
        self.shelf = Shelf.of(catalogue.articles)
        self.ids = frozenset(article.id for article in catalogue.articles)
        self._voices: OrderedDict[Scope, tuple[Voice, ...]] = OrderedDict()
        self._coming: dict[Scope, asyncio.Task[tuple[Voice, ...]]] = {}
        for scope in (EVERYTHING, *scopes):
            self._voices[scope] = catalogue.voices(scope)

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Those that were in use lately."""
        return tuple(self._voices)

    async def voices(self, scope: Scope) -> tuple[Voice, ...]:
        """Who is quoted how often and where, most quoted first."""
        known = self._known(scope)
        return known if known is not None else await asyncio.shield(self._work_out(scope))

    def speakers(self, typed: str, scope: Scope, limit: int) -> tuple[Speaker, ...]:
        """Speakers known by what is typed, most quoted first; no waiting."""
        known = self._known(scope)
        if known is None:
            self._work_out(scope)
            return ()
        return complete_speakers(typed, [voice.speaker for voice in known], limit)

    def _known(self, scope: Scope) -> tuple[Voice, ...] | None:
        if scope not in self._voices:
            if len(self.catalogue.speaking) > AT_ONCE:
                return None
            self._keep(scope, self.catalogue.voices(scope))
        self._voices.move_to_end(scope)
        return self._voices[scope]

    def _work_out(self, scope: Scope) -> asyncio.Task[tuple[Voice, ...]]:
        if scope not in self._coming:
            self._coming[scope] = asyncio.create_task(self._in_a_thread(scope))
        return self._coming[scope]

    async def _in_a_thread(self, scope: Scope) -> tuple[Voice, ...]:
        try:
            voices = await asyncio.to_thread(self.catalogue.voices, scope)
        finally:
            del self._coming[scope]
        self._keep(scope, voices)
        return voices

    def _keep(self, scope: Scope, voices: tuple[Voice, ...]) -> None:
        self._voices[scope] = voices
        while len(self._voices) > SCOPES:
            self._voices.popitem(last=False)
