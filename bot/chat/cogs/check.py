"""/check: whether a quote stands in the articles, word for word, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from bot.chat import texts
from bot.chat.buttons import keepable_checks
from bot.chat.cogs.options import Name, Quote, complete_speaker
from bot.chat.render import CHECKED
from bot.chat.replies import answer_command
from bot.chat.verdicts import edition

if TYPE_CHECKING:
    import discord

    from bot.answers.answer import Check
    from bot.chat.buttons import Keepable
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

        async def work() -> Keepable:
            made_from = edition(answers, scope)
            checks: tuple[Check, ...]
            if speaker is not None:
                checks = (await answers.check(quote, speaker=speaker, scope=scope),)
            else:
                checks = await answers.check_message(quote, scope=scope, most=CHECKED + 1)
            return keepable_checks(checks, made_from)

        await answer_command(interaction, work)


async def setup(bot: PullquoteBot) -> None:
    """Add the cog; discord.py calls this when the extension is loaded."""
    await bot.add_cog(CheckCog(bot))
