"""/ask; the same question put in a message is in messages.py."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.answers.answer import NoAnswer
from bot.chat import texts
from bot.chat.buttons import keepable
from bot.chat.cogs.options import Question, complete_article, narrow
from bot.chat.replies import answer_command
from bot.chat.talks import NONE

if TYPE_CHECKING:
    from bot.answers.answer import Reply
    from bot.answers.talk import Turn
    from bot.chat.buttons import Keepable
    from bot.chat.cards import Page
    from bot.chat.client import PullquoteBot


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
        answers, place = self.bot.answers, self.bot.scope_at(interaction)
        turns: tuple[Turn, ...] = ()

        async def work() -> Keepable | tuple[Page, ...]:
            nonlocal turns
            scope = await narrow(answers, place, article)
            exchange = await answers.converse(question, scope=scope)
            turns = exchange.turns
            for reply in exchange.replies:
                self._note(reply, interaction.guild_id, interaction.user.id)
            return keepable(*exchange.replies)

        shown = await answer_command(interaction, work, private=private)
        if shown is not None and turns:  # what was asked in private is not gone on with in public
            self.bot.talks.keep(
                turns,
                after=NONE,
                message=shown.id,
                channel=shown.channel.id,
                asker=interaction.user.id,
                scope=place,
                now=time.monotonic(),
            )

    def _note(self, reply: Reply, server: int | None, asker: int) -> None:
        """Have a refusal counted, as an event of its own: no reply waits for the database."""
        if isinstance(reply, NoAnswer):
            self.bot.dispatch("refusal", reply, server, asker)

    @commands.Cog.listener()
    async def on_refusal(self, refusal: NoAnswer, server: int | None, asker: int) -> None:
        """Count what could not be answered, for /stats."""
        await self.bot.feedback.refused(server, refusal.reason, refusal.question, asker)


async def setup(bot: PullquoteBot) -> None:
    """Add the cog; discord.py calls this when the extension is loaded."""
    await bot.add_cog(AskCog(bot))
