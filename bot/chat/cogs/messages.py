"""Questions in messages: by mentioning the bot, replying to it, or writing to it alone."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from discord.ext import commands

from bot.answers.answer import NoAnswer
from bot.chat import texts
from bot.chat.render import render_reply
from bot.chat.replies import answer_message, say

if TYPE_CHECKING:
    import discord

    from bot.chat.client import PullquoteBot
    from bot.chat.render import Page


class MessagesCog(commands.Cog):
    """Listens to messages, and answers those that are for the bot."""

    def __init__(self, bot: PullquoteBot) -> None:
        self.bot = bot

    @commands.Cog.listener("on_message")
    async def answer_mention(self, message: discord.Message) -> None:
        """Answer whoever mentions the bot, replies to it with a ping, or writes to it alone."""
        if not self._is_for_me(message):
            return
        question = self._question(message)
        if not question:
            await say(message, texts.HINT)
            return
        if (elsewhere := self.bot.elsewhere(message)) is not None:
            await say(message, texts.only_in(elsewhere))
            return
        server = message.guild.id if message.guild is not None else None
        wait = self.bot.cooldowns.take(user=message.author.id, server=server, now=time.monotonic())
        if wait is not None:
            await say(message, texts.cooling(wait))
            return
        answers, scope = self.bot.answers, self.bot.scope_at(message)

        async def work() -> tuple[Page, ...]:
            reply = await answers.ask(question, scope=scope)
            if isinstance(reply, NoAnswer):  # counted by the cog of /ask
                self.bot.dispatch("refusal", reply, server, message.author.id)
            return render_reply(reply)

        await answer_message(message, work)

    def _is_for_me(self, message: discord.Message) -> bool:
        if message.author.bot or message.webhook_id is not None or message.is_system():
            return False
        return message.guild is None or self.bot.user in message.mentions

    def _question(self, message: discord.Message) -> str:
        """What was asked: the text without the bot's mention, other people's by their name."""
        names = {user.id: f"@{user.display_name}" for user in message.mentions}
        if self.bot.user is not None:
            names[self.bot.user.id] = " "
        text = re.sub(
            r"<@!?(\d+)>", lambda found: names.get(int(found[1]), found[0]), message.content
        )
        return text.strip()


async def setup(bot: PullquoteBot) -> None:
    """Add the cog; discord.py calls this when the extension is loaded."""
    await bot.add_cog(MessagesCog(bot))
