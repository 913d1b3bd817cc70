"""/ask, and the same question put by mentioning the bot or in a direct message."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.answers.answer import NoAnswer
from bot.chat import texts
from bot.chat.buttons import keepable
from bot.chat.cogs.options import Question, complete_article, narrow
from bot.chat.replies import answer_command, answer_message, say

if TYPE_CHECKING:
    from bot.answers.answer import Reply
    from bot.chat.buttons import Keepable
    from bot.chat.client import PullquoteBot
    from bot.chat.render import Page


class AskCog(commands.Cog):
    """Answers questions."""

    def __init__(self, bot: PullquoteBot) -> None:
        self.bot = bot

    @app_commands.command(name="ask", description=texts.ASK)
    @app_commands.describe(
        question=texts.ASK_QUESTION, article=texts.ARTICLE, private=texts.ASK_PRIVATE
    )
    @app_commands.autocomplete(article=complete_article)
    async def ask(
        self,
        interaction: discord.Interaction[PullquoteBot],
        question: Question,
        article: str | None = None,
        private: bool | None = None,  # noqa: FBT001 - Discord passes it by name
    ) -> None:
        """Answer in the articles' own words."""
        answers, scope = self.bot.answers, self.bot.scope_at(interaction)

        async def work() -> Keepable | tuple[Page, ...]:
            reply = await answers.ask(question, scope=narrow(answers, scope, article))
            self._note(reply, interaction.guild_id, interaction.user.id)
            return keepable(reply)

        await answer_command(interaction, work, private=private)

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

        async def work() -> Keepable | tuple[Page, ...]:
            reply = await answers.ask(question, scope=scope)
            self._note(reply, server, message.author.id)
            return keepable(reply)

        await answer_message(self.bot, message, work)

    def _note(self, reply: Reply, server: int | None, asker: int) -> None:
        """Have a refusal counted, as an event of its own: no reply waits for the database."""
        if isinstance(reply, NoAnswer):
            self.bot.dispatch("refusal", reply, server, asker)

    @commands.Cog.listener()
    async def on_refusal(self, refusal: NoAnswer, server: int | None, asker: int) -> None:
        """Count what could not be answered, for /stats."""
        await self.bot.feedback.refused(server, refusal.reason, refusal.question, asker)

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
    await bot.add_cog(AskCog(bot))
