"""/articles, /help and /status: what may be asked from this place, waiting for no question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from bot.chat.cogs import guide
from bot.chat.cogs.options import Topic  # noqa: TC001 - discord.py reads it
from bot.chat.replies import answer_command
from bot.chat.status import read_status

if TYPE_CHECKING:
    import discord

    from bot.chat.cards import Page
    from bot.chat.client import PullquoteBot


class HelpCog(commands.Cog):
    """Shows what is there; nothing that the place may not see."""

    def __init__(self, bot: PullquoteBot) -> None:
        self.bot = bot

    @app_commands.command(name="articles", description=guide.ARTICLES)
    @app_commands.describe(find=guide.ARTICLES_FIND)
    async def articles(
        self, interaction: discord.Interaction[PullquoteBot], find: Topic | None = None
    ) -> None:
        """List the articles in scope."""
        scope = self.bot.scope_at(interaction)

        async def work() -> tuple[Page, ...]:
            shelf = await self.bot.answers.newest(find or "", scope=scope, limit=guide.MOST)
            return guide.articles_pages(shelf, narrowed=find is not None)

        await answer_command(interaction, work)

    @app_commands.command(name="help", description=guide.HELP, extras={"free": True})
    async def help(self, interaction: discord.Interaction[PullquoteBot]) -> None:
        """Say what can be asked, to the asker alone."""
        scope = self.bot.scope_at(interaction)

        async def work() -> tuple[Page, ...]:
            answers = self.bot.answers
            speaker = await answers.most_quoted(scope=scope)
            shelf = await answers.newest(scope=scope, limit=1)
            return (guide.help_page(shelf, speaker.name if speaker else None),)

        await answer_command(interaction, work, private=True)

    @app_commands.command(name="status", description=guide.STATUS, extras={"free": True})
    async def status(self, interaction: discord.Interaction[PullquoteBot]) -> None:
        """Say how the bot is, to the asker alone."""
        scope = self.bot.scope_at(interaction)

        async def work() -> tuple[Page, ...]:
            status = read_status(self.bot, scope=scope)
            return (guide.status_page(status, self.bot.shard_count or 1),)

        await answer_command(interaction, work, private=True)


async def setup(bot: PullquoteBot) -> None:
    """Add the cog; discord.py calls this when the extension is loaded."""
    await bot.add_cog(HelpCog(bot))
