"""Telling Discord which commands there are, only when they have changed.

Discord counts how often an application does this, so it is not done at each start and
never from `on_ready`, which comes again with every reconnect. What Discord was last told
is noted as a hash in a file; where that cannot be kept, each start tells it again.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord

from bot.chat import delivery

if TYPE_CHECKING:
    from pathlib import Path

    from discord import app_commands

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Registration:
    """Where the note is kept, and the server that gets the commands at once (None: all do)."""

    note: Path
    guild: int | None = None

    async def register(self, tree: app_commands.CommandTree[Any]) -> bool:
        """Tell Discord the commands if they have changed; whether it was told.

        A refusal is logged and does not keep the bot from answering.
        """
        guild = discord.Object(self.guild) if self.guild is not None else None
        if guild is not None:
            tree.copy_global_to(guild=guild)
        digest = await self._digest(tree, guild)
        if self._noted() == digest:
            return False
        try:
            await tree.sync(guild=guild)
        except delivery.UNDELIVERED as error:
            log.error("Discord did not take the commands: %s", error)  # noqa: TRY400
            return False
        self._keep(digest)
        log.info("Told Discord the commands.")
        return True

    async def _digest(
        self, tree: app_commands.CommandTree[Any], guild: discord.abc.Snowflake | None
    ) -> str:
        commands = sorted(
            [await _payload(command, tree) for command in tree.get_commands(guild=guild)],
            key=lambda command: (command["type"], command["name"]),
        )
        told = [tree.client.application_id, self.guild, commands]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def _noted(self) -> str | None:
        try:
            return self.note.read_text(encoding="ascii").strip()
        except (OSError, UnicodeError):
            return None

    def _keep(self, digest: str) -> None:
        beside = self.note.with_suffix(".new")
        try:
            self.note.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(digest + "\n", encoding="ascii")
            beside.replace(self.note)
        except OSError as error:
            log.info("Could not note that Discord knows the commands: %s", error)


async def _payload(
    command: app_commands.Command[Any, ..., Any] | app_commands.ContextMenu | app_commands.Group,
    tree: app_commands.CommandTree[Any],
) -> dict[str, Any]:
    """A command as Discord is told of it, in all languages that the tree can translate to."""
    if tree.translator is None:
        return command.to_dict(tree)
    return await command.get_translated_payload(tree, tree.translator)
