"""/quotes: what people are quoted as saying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from bot.chat import texts
from bot.chat.cogs.options import Name, Topic, complete_article, complete_speaker, narrow
from bot.chat.render import LISTED, render_quotes
from bot.chat.replies import answer_command

if TYPE_CHECKING:
    import discord

    from bot.chat.cards import Page
    from bot.chat.client import PullquoteBot


class QuotesCog(commands.Cog):
    """Lists quotations."""

    def __init__(self, bot: PullquoteBot) -> None:
        self.bot = bot

    @app_commands.command(name="quotes", description=texts.QUOTES)
    @app_commands.describe(
        speaker=texts.QUOTES_SPEAKER, article=texts.ARTICLE, about=texts.QUOTES_ABOUT
    )
    @app_commands.autocomplete(speaker=complete_speaker, article=complete_article)
    async def quotes(
        self,
        interaction: discord.Interaction[PullquoteBot],
        speaker: Name | None = None,
        article: str | None = None,
        about: Topic | None = None,
    ) -> None:
        """List quotations by speaker."""
        answers, scope = self.bot.answers, self.bot.scope_at(interaction)

        async def work() -> tuple[Page, ...]:
            seen = await narrow(answers, scope, article)
            found = await answers.quotes(speaker=speaker, about=about, scope=seen, most=LISTED + 1)
            return render_quotes(found, speaker=speaker)

        await answer_command(interaction, work)


async def setup(bot: PullquoteBot) -> None:
    """Add the cog; discord.py calls this when the extension is loaded."""
    await bot.add_cog(QuotesCog(bot))
