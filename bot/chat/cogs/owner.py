"""/reload and /rebuild, for those who run the bot."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat import faults, texts
from bot.chat.languages import say
from bot.chat.rebuild import Step, can_rebuild, rebuild
from index.errors import CorpusError

if TYPE_CHECKING:
    from bot.chat.client import PullquoteBot
    from config.settings import Settings

log = logging.getLogger(__name__)

SHOWN_EVERY = 3.0
"""Seconds between two edits of the progress; Discord allows some five in five seconds."""


class NotAnOwner(app_commands.CheckFailure):
    """Somebody else than an owner asked for what is theirs."""


class OwnersOnly(commands.Cog):
    """Commands that nobody else may use; what they say is for the owner alone."""

    def __init__(self, bot: PullquoteBot) -> None:
        self.bot = bot

    async def interaction_check(  # type: ignore[override]
        self, interaction: discord.Interaction[PullquoteBot], /
    ) -> bool:
        """Let nobody in but the owners."""
        if await self.bot.is_owner(interaction.user):
            return True
        raise NotAnOwner


class ReloadCog(OwnersOnly):
    """Takes up what was built."""

    @app_commands.command(name="reload", description=texts.RELOAD, extras={"free": True})
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.default_permissions(administrator=True)
    async def reload(self, interaction: discord.Interaction[PullquoteBot]) -> None:
        """Open what is published, and answer from it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        answers = self.bot.answers
        try:
            another = await answers.reload()
        except CorpusError as error:
            said = texts.not_reloaded(_whole(error))
        else:
            articles = len(answers.ids)
            said = texts.in_use(answers.generation, articles, another=another)
        await interaction.edit_original_response(content=said)


class RebuildCog(OwnersOnly):
    """Builds the index anew."""

    def __init__(self, bot: PullquoteBot, settings: Settings) -> None:
        super().__init__(bot)
        self._settings = settings
        self._building = asyncio.Lock()

    @app_commands.command(name="rebuild", description=texts.REBUILD, extras={"free": True})
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.default_permissions(administrator=True)
    async def rebuild(self, interaction: discord.Interaction[PullquoteBot]) -> None:
        """Build, say how far it is, and answer from it."""
        if self._building.locked():
            await interaction.response.send_message(say(texts.BUILDING), ephemeral=True)
            return
        async with self._building:
            await interaction.response.defer(ephemeral=True, thinking=True)
            await _Report(interaction, self._settings).follow(self.bot)


class _Report:
    """The message in which a build says how far it is; a private one where Discord has let go."""

    def __init__(self, interaction: discord.Interaction[PullquoteBot], settings: Settings) -> None:
        self._interaction = interaction
        self._settings = settings
        self._shown = 0.0
        self._step = Step("")
        self._editing: asyncio.Task[None] | None = None

    async def follow(self, bot: PullquoteBot) -> None:
        """Build, and say how it went."""
        try:
            report = await rebuild(self._settings, self._told)
            await bot.answers.reload()
            said = texts.rebuilt(
                bot.answers.generation,
                report.articles,
                report.seconds,
                [str(problem) for problem in report.problems],
            )
        except CorpusError as error:
            log.error("A rebuild failed: %s", error)  # noqa: TRY400
            said = texts.not_rebuilt(_whole(error))
        except Exception as error:  # noqa: BLE001 - faults.py logs it
            said = faults.explain(error) or say(texts.OUR_BUG)
        if self._editing is not None:
            await asyncio.wait({self._editing})
        try:
            await self._interaction.edit_original_response(content=said)
        except discord.HTTPException:  # a build may outlive what Discord lets us answer
            with contextlib.suppress(discord.HTTPException):
                await self._interaction.user.send(said)

    def _told(self, step: Step) -> None:
        self._step = step
        now = time.monotonic()
        if now - self._shown >= SHOWN_EVERY and (self._editing is None or self._editing.done()):
            self._shown = now
            self._editing = asyncio.create_task(self._show())

    async def _show(self) -> None:
        step = self._step
        with contextlib.suppress(discord.HTTPException, OSError):
            await self._interaction.edit_original_response(
                content=texts.building(step.stage, step.done, step.total)
            )


def _whole(error: CorpusError) -> str:
    return "\n".join([str(error), *getattr(error, "__notes__", ())])


async def setup(bot: PullquoteBot) -> None:
    """Add the cogs that there is use for; discord.py calls this when the extension is loaded."""
    await bot.add_cog(ReloadCog(bot))
    if bot.settings is not None and can_rebuild(bot.settings):
        await bot.add_cog(RebuildCog(bot, bot.settings))
