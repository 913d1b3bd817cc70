"""/summary: the sentences that carry an article."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from bot.chat import texts
from bot.chat.cogs.options import Sentences, complete_article, which
from bot.chat.render import render_summary
from bot.chat.replies import answer_command

if TYPE_CHECKING:
    import discord

    from bot.chat.cards import Page
    from bot.chat.client import PullquoteBot


LENGTHS = (("short", 300), ("medium", 600), ("long", 1200))
"""Characters: a post elsewhere, a screen of a phone, two of them."""


class SummaryCog(commands.Cog):
    """Shows what an article comes down to, in its own sentences."""

    def __init__(self, bot: PullquoteBot) -> None:
        self.bot = bot

    @app_commands.command(name="summary", description=texts.SUMMARY)
    @app_commands.describe(
        article=texts.ARTICLE, length=texts.SUMMARY_LENGTH, sentences=texts.SUMMARY_SENTENCES
    )
    @app_commands.choices(
        length=[
            app_commands.Choice(name=texts.summary_length(name, chars), value=chars)
            for name, chars in LENGTHS
        ]
    )
    @app_commands.autocomplete(article=complete_article)
    async def summary(
        self,
        interaction: discord.Interaction[PullquoteBot],
        article: str | None = None,
        length: int | None = None,
        sentences: Sentences | None = None,
    ) -> None:
        """Show an article's main sentences; with a single article there is nothing to choose.

        Where `length` (in characters) and `sentences` are given, both are kept to.
        """
        answers, scope = self.bot.answers, self.bot.scope_at(interaction)

        async def work() -> tuple[Page, ...]:
            named = None if article is None else await which(answers, scope, article)
            summary = await answers.summary(named, scope=scope, sentences=sentences, chars=length)
            return render_summary(summary)

        await answer_command(interaction, work)


async def setup(bot: PullquoteBot) -> None:
    """Add the cog; discord.py calls this when the extension is loaded."""
    await bot.add_cog(SummaryCog(bot))
