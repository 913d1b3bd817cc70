"""Messages as they are sent: pages in a server's style, with buttons under them.

A message of components holds neither text nor embeds beside them, and stays one: whatever
changes it lays all of it out again. Pages that one message cannot hold are leafed through.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord

from bot.chat import delivery, faults, texts
from bot.chat.cards import containers, embeds
from bot.chat.languages import current, say, speaking

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.chat.cards import Page
    from bot.chat.client import Seen
    from bot.chat.servers import Style

    _View = discord.ui.View | discord.ui.LayoutView
    _Rows = Sequence[Sequence[discord.ui.Button[Any]]]

KEPT = 600.0
"""Seconds without a click until the buttons go; an interaction can be edited for 900."""


@dataclass(frozen=True, slots=True)
class Message:
    """What to hand to whatever sends, by name; with a `pager`, it can be leafed through."""

    options: dict[str, Any]
    pager: Pager | None = None

    def sent(self, message: discord.Message | None) -> None:
        """Note what it became."""
        if self.pager is not None and message is not None:
            self.pager.edit = message.edit


def message_of(
    pages: Sequence[Page],
    style: Style,
    *,
    owner: int,
    seen: Seen,
    lasting: Sequence[discord.ui.Button[Any]] = (),
    above: str | None = None,
) -> Message:
    """The first of the pages as a message, with buttons to leaf if there are several.

    `owner` may leaf, as long as `seen` is what can be seen. `lasting` are buttons that nobody
    here listens to, and that stay. `above` is a line of ours over the page.
    """
    if len(pages) > 1:
        pager = Pager(pages, style, owner=owner, seen=seen, lasting=lasting, above=above)
        return Message(pager.first(), pager)
    return Message(_options(pages[0], _view_for(style), [lasting], above, first=True))


def anew(message: discord.Message, above: str) -> dict[str, Any]:
    """What to send to show again what a message of ours shows, with a line over it."""
    if not message.flags.components_v2:
        return {"content": above, "embeds": message.embeds}
    view = discord.ui.LayoutView.from_message(message, timeout=None)
    shown = [item for item in view.children if not isinstance(item, discord.ui.ActionRow)]
    view.clear_items()
    for item in (discord.ui.TextDisplay[Any](above), *shown):
        view.add_item(item)
    return {"view": view}


def without_buttons(message: discord.Message) -> dict[str, Any]:
    """How to change a message of ours so that there are no buttons under it."""
    if not message.flags.components_v2:
        return {"view": None}
    view = discord.ui.LayoutView.from_message(message, timeout=None)
    for item in view.children:
        if isinstance(item, discord.ui.ActionRow):
            view.remove_item(item)
    return {"view": view}


def _view_for(style: Style) -> _View:
    """One that nobody listens to."""
    if style == "embeds":
        return discord.ui.View(timeout=None)
    return discord.ui.LayoutView(timeout=None)


def _options(
    page: Page, view: _View, rows: _Rows, above: str | None, *, first: bool
) -> dict[str, Any]:
    """What to send, or to change a message to; `view` is filled anew."""
    view.clear_items()
    if isinstance(view, discord.ui.LayoutView):
        if above:
            view.add_item(discord.ui.TextDisplay(above))
        for container in containers(page):
            view.add_item(container)
        for row in rows:
            if row:
                view.add_item(discord.ui.ActionRow(*row))
        return {"view": view}
    for number, row in enumerate(rows):
        for button in row:
            button.row = number
            view.add_item(button)
    options: dict[str, Any] = {"embeds": embeds(page)}
    if view.children or not first:
        options["view"] = view
    if above and first:
        options["content"] = above
    return options


class Pager:
    """Leafs through pages for the one who asked, and takes its buttons away when it expires.

    It keeps to the language in which it was made, whoever leafs. `seen` is what could be seen
    when the pages were made: none is turned to once that is another (an article was withdrawn,
    or may not be seen there any more).
    `edit` changes the message that the pager stands under; it is set once that is sent.
    """

    def __init__(
        self,
        pages: Sequence[Page],
        style: Style,
        *,
        owner: int,
        seen: Seen,
        lasting: Sequence[discord.ui.Button[Any]] = (),
        above: str | None = None,
    ) -> None:
        self.edit: Callable[..., Awaitable[Any]] | None = None
        self._pages = tuple(pages)
        self._style: Style = style
        self._owner = owner
        self._seen = seen
        self._lasting = tuple(lasting)
        self._above = above
        self._language = current()
        self._at = 0
        self._previous = _Leaf(self, -1, say(texts.PREVIOUS), "◀️")
        self._place: discord.ui.Button[Any] = discord.ui.Button(disabled=True)
        self._next = _Leaf(self, 1, say(texts.NEXT), "▶️")
        self.view: _View = _Buttons(self) if style == "embeds" else _Layout(self)

    def first(self) -> dict[str, Any]:
        """The first page, to be sent."""
        return self._shown(first=True)

    async def may_leaf(self, interaction: discord.Interaction[Any]) -> bool:
        """Turn away whoever did not ask, and everybody once the pages are of other articles."""
        if interaction.user.id != self._owner:
            await delivery.whisper(interaction, content=say(texts.NOT_YOURS))
            return False
        if interaction.client.seen_at(interaction) != self._seen:
            await delivery.whisper(interaction, content=say(texts.OUTDATED_PAGES))
            return False
        return True

    async def leaf(self, interaction: discord.Interaction[Any], by: int) -> None:
        """Show another page."""
        self._at = max(0, min(self._at + by, len(self._pages) - 1))
        self.edit = interaction.edit_original_response
        await delivery.update(interaction, **self._shown(first=False))

    async def expire(self) -> None:
        """Take the buttons away, all but those that last."""
        if self.edit is None:
            return
        page, view = self._pages[self._at], _view_for(self._style)
        with speaking(self._language):
            left = _options(page, view, [self._lasting], self._above, first=False)
        with contextlib.suppress(*delivery.UNDELIVERED):
            await self.edit(view=left["view"] if left["view"].children else None)

    def _shown(self, *, first: bool) -> dict[str, Any]:
        self._previous.disabled = self._at == 0
        self._next.disabled = self._at == len(self._pages) - 1
        rows = [[self._previous, self._place, self._next], self._lasting]
        page = self._pages[self._at]
        with speaking(self._language):
            self._place.label = texts.page(self._at + 1, len(self._pages))
            return _options(page, self.view, rows, self._above, first=first)


class _Leaf(discord.ui.Button[Any]):
    """Shows the page before, or the page after."""

    def __init__(self, pager: Pager, by: int, label: str, emoji: str) -> None:
        super().__init__(label=label, emoji=emoji)
        self._pager = pager
        self._by = by

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show it."""
        await self._pager.leaf(interaction, self._by)


class _Leafing:
    """What discord.py asks of a view, in either style."""

    pager: Pager

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Turn away who may not."""
        return await self.pager.may_leaf(interaction)

    async def on_timeout(self) -> None:
        """Take the buttons away, all but those that last."""
        await self.pager.expire()

    async def on_error(
        self, interaction: discord.Interaction[Any], error: Exception, _: discord.ui.Item[Any], /
    ) -> None:
        """Tell whoever clicked."""
        await faults.tell(interaction, error)


class _Buttons(_Leafing, discord.ui.View):
    """Under embeds."""

    def __init__(self, pager: Pager) -> None:
        super().__init__(timeout=KEPT)
        self.pager = pager


class _Layout(_Leafing, discord.ui.LayoutView):
    """Around components."""

    def __init__(self, pager: Pager) -> None:
        super().__init__(timeout=KEPT)
        self.pager = pager
