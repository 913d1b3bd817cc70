"""From a question to its reply: the one path that commands and mentions take.

Discord waits three seconds for a sign of life, so the deferral (or the typing) comes
before any work; the work is done elsewhere (`bot.answers`), its value rendered here; a
reply that needs leafing gets buttons. What all may read is said in the server's language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat import delivery, faults
from bot.chat.buttons import Place, note_sent, ready
from bot.chat.languages import speak

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    import discord

    from bot.chat.buttons import Keepable
    from bot.chat.cards import Page
    from bot.chat.client import PullquoteBot


async def answer_command(
    interaction: discord.Interaction[PullquoteBot],
    work: Callable[[], Awaitable[Keepable | Sequence[Page]]],
    *,
    private: bool | None = None,
) -> discord.Message | None:
    """Defer, work, and put the pages in the deferral's place.

    `private`: for the asker alone; None: as the server has set. Gives the message that
    stands there for everybody, if there is one.
    """
    if private is None:
        private = interaction.client.servers.is_private(interaction.guild_id)
    await delivery.defer(interaction, private=private)
    if not private:
        speak(interaction.client.readers.everybody(interaction))
    place = Place(
        interaction.user.id,
        interaction.guild_id,
        interaction.channel_id,
        private,
        interaction.client.seen_at(interaction),
        alone=interaction.context.dm_channel,
    )
    shown = await work()
    message, token = await ready(interaction.client, shown, place)
    sent = await delivery.put(interaction, private=private, **message.options)
    message.sent(sent)
    await note_sent(interaction.client, token, sent)
    return None if private else sent


async def answer_message(
    bot: PullquoteBot,
    message: discord.Message,
    work: Callable[[], Awaitable[Keepable | Sequence[Page]]],
) -> discord.Message | None:
    """Type, work, and reply with the pages; what goes wrong is said in plain text.

    Gives the reply, where there is one that is no such text.
    """
    guild_id = message.guild.id if message.guild is not None else None
    asker, channel, seen = message.author.id, message.channel.id, bot.seen_at(message)
    alone = message.guild is None
    place = Place(asker, guild_id, channel, private=False, seen=seen, alone=alone)
    reference = message.to_reference(fail_if_not_exists=False)
    embeds = bot.servers.of(guild_id).style == "embeds"
    try:
        async with delivery.typing(message.channel):
            shown = await work()
            reply, token = await ready(bot, shown, place)
        sent = await delivery.post(message.channel, reference=reference, **reply.options)
        reply.sent(sent)
        await note_sent(bot, token, sent)
    except Exception as error:  # noqa: BLE001 - faults.py tells bugs from hiccups
        await faults.tell_channel(
            message.channel, error, reference=reference, asker=message.author, embeds=embeds
        )
        return None
    return sent


async def tell(message: discord.Message, text: str) -> None:
    """Reply with a text of ours."""
    reference = message.to_reference(fail_if_not_exists=False)
    try:
        await delivery.post(message.channel, reference=reference, content=text)
    except delivery.UNDELIVERED as error:
        await faults.tell_channel(message.channel, error, reference=reference, asker=message.author)
