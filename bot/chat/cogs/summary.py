"""/summary: the sentences that carry an article."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from bot.chat import texts
from bot.chat.cogs.options import Sentences, complete_article
from bot.chat.render import render_summary
from bot.chat.replies import answer_command

if TYPE_CHECKING:
    import discord

    from bot.chat.client import PullquoteBot
    from bot.chat.render import Page


class SummaryCog(commands.Cog):
    """Shows what an article comes down to, in its own sentences."""

    def __init__(self, bot: PullquoteBot) -> None:
        self.bot = bot

    @app_commands.command(name="summary", description=texts.SUMMARY)
    @app_commands.describe(article=texts.ARTICLE, sentences=texts.SUMMARY_LENGTH)
    @app_commands.autocomplete(article=complete_article)
    async def summary(
        self,
        interaction: discord.Interaction[PullquoteBot],
        article: str | None = None,
        sentences: Sentences = 3,
    ) -> None:
        """Show an article's main sentences; with a single article there is nothing to choose."""
        answers, scope = self.bot.answers, self.bot.scope_at(interaction)

        async def work() -> tuple[Page, ...]:
            return render_summary(await answers.summary(article, scope=scope, sentences=sentences))

        await answer_command(interaction, work)


async def setup(bot: PullquoteBot) -> None:
    """Add the cog; discord.py calls this when the extension is loaded."""
    await bot.add_cog(SummaryCog(bot))
