"""The bot: what it listens to, what it may mention (nobody), and how it starts and stops.

It asks for no privileged intent: Discord delivers the text of a message that mentions the
bot, and of a direct message, without one. It keeps no member list and no messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat import faults, texts
from bot.chat.choices import Shelf
from bot.chat.registration import Registration
from bot.chat.worker import Worker
from index.scope import EVERYTHING

if TYPE_CHECKING:
    from bot.answers.service import AnswerService
    from config.settings import Settings
    from index.scope import Scope

log = logging.getLogger(__name__)

discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # no voice, no warnings

COGS = ("ask", "quotes", "summary", "check")
DRAIN = 5.0
"""Seconds that questions under way are given at the end; service managers wait 10."""
CLOSE = 1.0
"""Seconds that the connection is given after that."""


class Tree(app_commands.CommandTree["PullquoteBot"]):
    """The commands, in servers and in direct messages; what goes wrong goes to `faults`."""

    def __init__(self, client: PullquoteBot) -> None:
        super().__init__(
            client,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True),
        )

    async def on_error(
        self,
        interaction: discord.Interaction[PullquoteBot],
        error: app_commands.AppCommandError,
        /,
    ) -> None:
        """Tell the asker."""
        await faults.tell(interaction, error)


class PullquoteBot(commands.AutoShardedBot):
    """Answers on Discord from a service, through a worker; both are handed in.

    `registration` says how Discord is told of the commands; None leaves it to somebody else.
    Further options go to discord.py (`shard_count`).
    """

    def __init__(
        self,
        service: AnswerService,
        worker: Worker,
        *,
        registration: Registration | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            tree_cls=Tree,
            help_command=None,
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            activity=discord.CustomActivity(texts.STATUS),
            **options,
        )
        self.service = service
        self.worker = worker
        self.shelf = Shelf(())
        self._registration = registration

    async def setup_hook(self) -> None:
        """Load the commands, and the names that are offered while one types."""
        for cog in COGS:
            await self.load_extension(f"bot.chat.cogs.{cog}")
        self.shelf = Shelf.of(await self.worker.run(self.service.articles))
        if self._registration is not None:
            await self._registration.register(self.tree)

    def scope_in(self, guild: discord.abc.Snowflake | None) -> Scope:  # noqa: ARG002
        """The articles that may be seen in a server, or (None) in a direct message."""
        return EVERYTHING

    async def on_message(self, message: discord.Message, /) -> None:
        """Leave messages to the cog that answers mentions: there are no prefix commands."""

    async def on_ready(self) -> None:
        """Say so in the log; this comes again after a reconnect, so nothing else is done here."""
        log.info("Ready on %d servers.", len(self.guilds))


def run(settings: Settings, service: AnswerService) -> None:
    """Serve on Discord until SIGTERM or SIGINT, then finish what is under way.

    The settings hold a token. Raises `faults.CannotStart`.
    """
    try:
        asyncio.run(_serve(settings, service))
    except Exception as error:
        reason = faults.cannot_start(error)
        if reason is None:
            raise
        raise reason from error


async def _serve(settings: Settings, service: AnswerService) -> None:
    options = settings.discord
    worker = Worker(queue=options.queue, patience=options.timeout_s)
    registration = (
        Registration(settings.index.folder.parent / "discord-commands.sha256", options.guild)
        if options.sync == "auto"
        else None
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    token = options.token.get_secret_value() if options.token else ""
    async with PullquoteBot(service, worker, registration=registration) as bot:
        await serve_until(bot, token, stop)


async def serve_until(bot: PullquoteBot, token: str, stop: asyncio.Event) -> None:
    """Serve until the event is set; then let what is under way be answered, and close."""
    serving = asyncio.create_task(bot.start(token))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not serving.done():
        log.info("Stopping.")
        await bot.worker.stop(patience=DRAIN)
        await bot.close()
        # A login that hangs does not notice that the bot is closed.
        await asyncio.wait({serving}, timeout=CLOSE)
        serving.cancel()
    stopping.cancel()
    await asyncio.wait({serving})
    if not serving.cancelled():
        serving.result()
