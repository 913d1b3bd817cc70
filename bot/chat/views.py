"""Buttons under an answer: leafing through pages that one message cannot hold."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import discord

from bot.chat import delivery, faults, texts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.chat.client import Seen
    from bot.chat.render import Page

KEPT = 600.0
"""Seconds without a click until the buttons go; an interaction can be edited for 900."""


class Pager(discord.ui.View):
    """Leafs through pages for the one who asked, and takes its buttons away when it expires.

    `seen` is what could be seen when the pages were made: none is turned to once that is
    another (an article was withdrawn, or may not be seen there any more).
    `lasting` are buttons that nobody here listens to, and that stay when it expires.
    `edit` changes the message that the pager stands under; it is set once that is sent.
    """

    def __init__(
        self,
        pages: Sequence[Page],
        *,
        owner: int,
        seen: Seen,
        lasting: Sequence[discord.ui.Button[Any]] = (),
    ) -> None:
        super().__init__(timeout=KEPT)
        self._lasting = tuple(lasting)
        for button in lasting:
            self.add_item(button)
        self.edit: Callable[..., Awaitable[Any]] | None = None
        self._pages = tuple(pages)
        self._owner = owner
        self._seen = seen
        self._at = 0
        self._label()

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Turn away whoever did not ask, and everybody once the pages are of other articles."""
        if interaction.user.id != self._owner:
            await delivery.whisper(interaction, content=texts.NOT_YOURS)
            return False
        if interaction.client.seen_at(interaction) != self._seen:
            await delivery.whisper(interaction, content=texts.OUTDATED_PAGES)
            return False
        return True

    async def on_timeout(self) -> None:
        """Take the buttons away, all but those that last."""
        if self.edit is None:
            return
        rest = discord.ui.View(timeout=None) if self._lasting else None
        for button in self._lasting:
            self.remove_item(button)
            if rest is not None:
                rest.add_item(button)
        with contextlib.suppress(*delivery.UNDELIVERED):
            await self.edit(view=rest)

    async def on_error(
        self, interaction: discord.Interaction[Any], error: Exception, _: discord.ui.Item[Any], /
    ) -> None:
        """Tell whoever clicked."""
        await faults.tell(interaction, error)

    @discord.ui.button(label=texts.PREVIOUS, emoji="◀️")
    async def previous(
        self, interaction: discord.Interaction[Any], _: discord.ui.Button[Pager]
    ) -> None:
        """Show the page before."""
        await self._show(interaction, self._at - 1)

    @discord.ui.button(disabled=True)
    async def place(self, _: discord.Interaction[Any], __: discord.ui.Button[Pager]) -> None:
        """Say which page this is; never clicked."""

    @discord.ui.button(label=texts.NEXT, emoji="▶️")
    async def following(
        self, interaction: discord.Interaction[Any], _: discord.ui.Button[Pager]
    ) -> None:
        """Show the page after."""
        await self._show(interaction, self._at + 1)

    async def _show(self, interaction: discord.Interaction[Any], page: int) -> None:
        self._at = max(0, min(page, len(self._pages) - 1))
        self._label()
        self.edit = interaction.edit_original_response
        await delivery.update(interaction, embeds=self._pages[self._at], view=self)

    def _label(self) -> None:
        self.place.label = texts.page(self._at + 1, len(self._pages))
        self.previous.disabled = self._at == 0
        self.following.disabled = self._at == len(self._pages) - 1
