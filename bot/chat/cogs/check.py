"""/check: whether a quote stands in the articles, word for word, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from bot.chat import texts
from bot.chat.cogs.options import Name, Quote, complete_speaker
from bot.chat.render import CHECKED, render_check, render_checks
from bot.chat.replies import answer_command

if TYPE_CHECKING:
    import discord

    from bot.chat.cards import Page
    from bot.chat.client import PullquoteBot


class CheckCog(commands.Cog):
    """Checks quotes."""

    def __init__(self, bot: PullquoteBot) -> None:
        self.bot = bot

    @app_commands.command(name="check", description=texts.CHECK)
    @app_commands.describe(quote=texts.CHECK_QUOTE, speaker=texts.CHECK_SPEAKER)
    @app_commands.autocomplete(speaker=complete_speaker)
    async def check(
        self,
        interaction: discord.Interaction[PullquoteBot],
        quote: Quote,
        speaker: Name | None = None,
    ) -> None:
        """Look the quote up."""
        answers, scope = self.bot.answers, self.bot.scope_at(interaction)

        async def work() -> tuple[Page, ...]:
            if speaker is not None:
                return render_check(await answers.check(quote, speaker=speaker, scope=scope))
            checks = await answers.check_message(quote, scope=scope, most=CHECKED + 1)
            return render_checks(checks)

        await answer_command(interaction, work)


async def setup(bot: PullquoteBot) -> None:
    """Add the cog; discord.py calls this when the extension is loaded."""
    await bot.add_cog(CheckCog(bot))
