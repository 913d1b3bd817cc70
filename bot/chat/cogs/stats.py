"""/stats, for a server's moderators, and /forget-me, for anybody."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.cogs import forms
from bot.chat.cogs.settings import may_manage
from bot.chat.database import Unavailable
from bot.chat.feedback import export_csv, export_json
from bot.chat.languages import say

if TYPE_CHECKING:
    from bot.chat.client import PullquoteBot


class StatsCog(commands.Cog):
    """Shows counts, and deletes what is kept of somebody."""

    def __init__(self, bot: PullquoteBot) -> None:
        self.bot = bot

    @app_commands.command(name="stats", description=forms.STATS, extras={"free": True})
    @app_commands.describe(file=forms.STATS_FILE)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.default_permissions(manage_guild=True)
    async def stats(
        self,
        interaction: discord.Interaction[PullquoteBot],
        file: Literal["json", "csv"] | None = None,
    ) -> None:
        """Show this server's counts, to the moderator alone."""
        guild = interaction.guild_id
        if guild is None or not may_manage(interaction):
            await interaction.response.send_message(say(forms.NOT_A_MANAGER), ephemeral=True)
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        feedback = self.bot.feedback
        try:
            stats = await feedback.stats(guild)
            entries = await feedback.export(guild) if file else ()
        except Unavailable:
            await interaction.edit_original_response(content=say(forms.NO_STATS))
            return
        attachments = []
        if file:
            written = (
                export_csv(entries)
                if file == "csv"
                else json.dumps(export_json(entries), ensure_ascii=False, indent=1)
            )
            attachments = [discord.File(io.BytesIO(written.encode()), f"pullquote-stats.{file}")]
        page = forms.stats_page(stats, stats.refused)
        await interaction.edit_original_response(embed=page, attachments=attachments)

    @app_commands.command(name="forget-me", description=forms.FORGET, extras={"free": True})
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def forget_me(self, interaction: discord.Interaction[PullquoteBot]) -> None:
        """Delete what is kept of the asker, at once."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        talks = self.bot.talks.forget(interaction.user.id)
        self.bot.readers.forget(interaction.user.id)
        try:
            said = forms.forgotten(talks + await self.bot.feedback.forget(interaction.user.id))
        except Unavailable:
            said = say(forms.NOT_FORGOTTEN)
        await interaction.edit_original_response(content=said)


async def setup(bot: PullquoteBot) -> None:
    """Add the cog; discord.py calls this when the extension is loaded."""
    await bot.add_cog(StatsCog(bot))
