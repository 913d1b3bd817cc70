"""From a question to its reply: the one path that commands and mentions take.

Discord waits three seconds for a sign of life, so the deferral (or the typing) comes
before any work; the work is done elsewhere (`bot.answers`), its value rendered here; a
reply that needs leafing gets buttons.
"""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any

import discord

from bot.chat import faults
from bot.chat.views import Pager

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.chat.client import PullquoteBot
    from bot.chat.render import Page

log = logging.getLogger(__name__)


async def answer_command(
    interaction: discord.Interaction[PullquoteBot],
    work: Callable[[], Awaitable[Sequence[Page]]],
    *,
    private: bool = False,
) -> None:
    """Defer, work, and put the pages in the deferral's place; `private`: for the asker alone."""
    await interaction.response.defer(ephemeral=private, thinking=True)
    pages = await work()
    view = _pager(pages, interaction.user.id)
    if view is None:
        await interaction.edit_original_response(embeds=pages[0])
    else:
        view.edit = interaction.edit_original_response
        await interaction.edit_original_response(embeds=pages[0], view=view)


async def answer_message(
    message: discord.Message, work: Callable[[], Awaitable[Sequence[Page]]]
) -> None:
    """Type, work, and reply with the pages; what goes wrong is said in plain text."""
    reference = message.to_reference(fail_if_not_exists=False)
    try:
        async with contextlib.AsyncExitStack() as typing:
            with contextlib.suppress(discord.HTTPException):  # a nicety; the reply is what counts
                await typing.enter_async_context(message.channel.typing())
            pages = await work()
        view = _pager(pages, message.author.id)
        extra: dict[str, Any] = {} if view is None else {"view": view}
        sent = await message.channel.send(embeds=pages[0], reference=reference, **extra)
        if view is not None:
            view.edit = sent.edit
    except Exception as error:  # noqa: BLE001 - faults.py tells bugs from hiccups
        await faults.tell_channel(message.channel, error, reference=reference)


async def say(message: discord.Message, text: str) -> None:
    """Reply with a text of ours."""
    reference = message.to_reference(fail_if_not_exists=False)
    try:
        await message.channel.send(text, reference=reference)
    except (discord.HTTPException, OSError) as error:
        log.info("Could not reply: %s", error)


def _pager(pages: Sequence[Page], owner: int) -> Pager | None:
    return Pager(pages, owner=owner) if len(pages) > 1 else None
