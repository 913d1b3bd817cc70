"""From a question to its reply: the one path that commands and mentions take.

Discord waits three seconds for a sign of life, so the deferral (or the typing) comes
before any work; the work is done elsewhere (`bot.answers`), its value rendered here; a
reply that needs leafing gets buttons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.chat import delivery, faults
from bot.chat.views import Pager

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    import discord

    from bot.chat.client import PullquoteBot
    from bot.chat.render import Page


async def answer_command(
    interaction: discord.Interaction[PullquoteBot],
    work: Callable[[], Awaitable[Sequence[Page]]],
    *,
    private: bool | None = None,
) -> None:
    """Defer, work, and put the pages in the deferral's place.

    `private`: for the asker alone; None: as the server has set.
    """
    if private is None:
        private = interaction.client.servers.is_private(interaction.guild_id)
    await delivery.defer(interaction, private=private)
    pages = await work()
    view = _pager(pages, interaction.user.id)
    extra: dict[str, Any] = {} if view is None else {"view": view}
    sent = await delivery.put(interaction, private=private, embeds=pages[0], **extra)
    if view is not None and sent is not None:
        view.edit = sent.edit


async def answer_message(
    message: discord.Message, work: Callable[[], Awaitable[Sequence[Page]]]
) -> discord.Message | None:
    """Type, work, and reply with the pages; what goes wrong is said in plain text.

    Gives the reply, where there is one that is no such text.
    """
    reference = message.to_reference(fail_if_not_exists=False)
    try:
        async with delivery.typing(message.channel):
            pages = await work()
        view = _pager(pages, message.author.id)
        extra: dict[str, Any] = {} if view is None else {"view": view}
        sent = await delivery.post(message.channel, reference=reference, embeds=pages[0], **extra)
        if view is not None and sent is not None:
            view.edit = sent.edit
    except Exception as error:  # noqa: BLE001 - faults.py tells bugs from hiccups
        await faults.tell_channel(message.channel, error, reference=reference, asker=message.author)
        return None
    return sent


async def say(message: discord.Message, text: str) -> None:
    """Reply with a text of ours."""
    reference = message.to_reference(fail_if_not_exists=False)
    try:
        await delivery.post(message.channel, reference=reference, content=text)
    except delivery.UNDELIVERED as error:
        await faults.tell_channel(message.channel, error, reference=reference, asker=message.author)


def _pager(pages: Sequence[Page], owner: int) -> Pager | None:
    return Pager(pages, owner=owner) if len(pages) > 1 else None
