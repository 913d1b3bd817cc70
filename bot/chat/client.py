"""The bot: what it listens to, what it may mention (nobody), and how it starts and stops.

It asks for no privileged intent, unless `message_content` is set (for ask channels): Discord
delivers the text of a message that mentions the bot, and of a direct message, without one. It
keeps no member list and no messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from bot.chat import delivery, faults, gateway, texts
from bot.chat.buttons import AnswerButton
from bot.chat.gateway import Turns
from bot.chat.languages import Translator
from bot.chat.limits import PER_SERVER, Cooldowns, CoolingDown, NotHere
from bot.chat.metrics import Metrics
from bot.chat.readers import Readers
from bot.chat.registration import Registration
from bot.chat.state import State
from bot.chat.talks import Talks
from bot.chat.views import without_buttons

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from bot.chat.answers import Answers
    from config.settings import DiscordSettings, Settings
    from index.scope import Scope

log = logging.getLogger(__name__)

discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # no voice, no warnings

COGS = (
    "ask",
    "messages",
    "quotes",
    "summary",
    "check",
    "menus",
    "help",
    "settings",
    "stats",
    "owner",
)
LONGEST_LIMIT = 60.0
"""Seconds: who would have to wait longer for a rate limit is told that it did not work."""
DRAIN = 4.0
"""Seconds that questions under way are given at the end; service managers wait 10, and closing
takes 4 where nobody answers: the process, the network, Discord."""
CLOSE = 1.0
"""Seconds that the connection is given after that."""
HANDLERS = ("CommandTree-invoker", "discord-ui-", "discord.py: on_message")
"""How the names of discord.py's tasks begin that answer somebody."""


Seen = tuple[int, str, "Scope"]
"""A generation of the index (its number, when it was built), and the articles seen of it."""


class Tree(app_commands.CommandTree["PullquoteBot"]):
    """The commands, on a server or for a person, wherever they are; what goes wrong: `faults`.

    A command that needs the bot itself to be there says so by `allowed_installs`.
    """

    def __init__(self, client: PullquoteBot) -> None:
        super().__init__(
            client,
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=True, private_channel=True
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        )

    async def interaction_check(self, interaction: discord.Interaction[PullquoteBot], /) -> bool:
        """Turn away whoever asks elsewhere or too often, before anything else is done."""
        command = interaction.command
        if interaction.type is discord.InteractionType.autocomplete or (
            command is not None and command.extras.get("free")
        ):
            return True
        if (elsewhere := self.client.elsewhere(interaction)) is not None:
            raise NotHere(elsewhere)
        wait = self.client.cooldowns.take(
            user=interaction.user.id, server=interaction.guild_id, now=time.monotonic()
        )
        if wait is not None:
            raise CoolingDown(wait)
        return True

    async def on_error(
        self,
        interaction: discord.Interaction[PullquoteBot],
        error: app_commands.AppCommandError,
        /,
    ) -> None:
        """Tell the asker."""
        await faults.tell(interaction, error)


class PullquoteBot(commands.AutoShardedBot):
    """Answers on Discord; what it answers from is handed in, started and stopped elsewhere.

    `settings` are what `/rebuild` needs; without them there is none. `registration` says how
    Discord is told of the commands; None leaves it to somebody else.
    Further options go to discord.py (`shard_count`).
    """

    def __init__(
        self,
        answers: Answers,
        *,
        cooldowns: Cooldowns | None = None,
        settings: Settings | None = None,
        registration: Registration | None = None,
        state: State | None = None,
        turns: Turns | None = None,
        message_content: bool = False,
        **options: Any,
    ) -> None:
        self.metrics = Metrics()
        self.settings = settings
        super().__init__(
            command_prefix=commands.when_mentioned,
            tree_cls=Tree,
            help_command=None,
            intents=discord.Intents(
                guilds=True,
                guild_messages=True,
                dm_messages=True,
                message_content=message_content,
            ),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            activity=discord.CustomActivity(texts.STATUS),
            max_ratelimit_timeout=LONGEST_LIMIT,
            **({"http_trace": self.metrics.trace()} | options),
        )
        self.answers = answers
        state = state or State.of()
        self.servers, self.shown, self.feedback = state.servers, state.shown, state.feedback
        self.cooldowns = cooldowns or Cooldowns(lambda guild: self.servers.of(guild).cooldown)
        self.readers = Readers(self.servers, self.get_guild)
        self.talks = Talks()
        answers.note = self.metrics.note
        self.metrics.watch(self)
        self._registration = registration
        self._turns = turns or Turns()
        self.readers.listen(self._connection.parsers)
        gateway.guard(self._connection.parsers)

    async def setup_hook(self) -> None:
        """Load the commands, and tell Discord of them."""
        if self.servers.have_ask_channels and not self.intents.message_content:
            log.warning(
                "Servers have chosen ask channels, but the bot may not read what is written there: "
                "set PULLQUOTE_DISCORD__MESSAGE_CONTENT=true, and allow the Message Content "
                "Intent on the application's page."
            )
        self.add_dynamic_items(AnswerButton)
        for cog in COGS:
            await self.load_extension(f"bot.chat.cogs.{cog}")
        await self.tree.set_translator(Translator())
        if self._registration is not None:
            await self._registration.register(self.tree)

    async def launch_shards(self) -> None:
        """Connect, as many shards as it serves, once Discord allows it and can be reached."""
        shards, self._turns.concurrency = await gateway.allowed_starts(self)
        self._turns.application = self.application_id or 0
        self.shard_count = self.shard_count or shards
        await gateway.reach(self, DiscordWebSocket.DEFAULT_GATEWAY)
        await super().launch_shards()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:  # noqa: ARG002
        """Wait for this shard's turn; discord.py waits 5 s for any but the first."""
        await self._turns.wait(shard_id or 0)

    def scope_at(self, place: discord.Interaction[Any] | discord.Message) -> Scope:
        """The articles that may be seen where a command, a click or a message comes from.

        In a thread they are those of its channel; where the bot itself is not, the public ones.
        """
        channel = place.channel
        if isinstance(place, discord.Interaction):
            guild, ours = place.guild_id, place.context.dm_channel
        else:
            guild, ours = place.guild.id if place.guild is not None else None, True
        if guild is not None:
            # Of a place that Discord does not describe, we cannot tell what it is narrowed to.
            described = isinstance(channel, discord.abc.GuildChannel | discord.Thread)
            narrowed = bool(self.servers.of(guild).channel_collections)
            ours = self.is_in(guild) and (described or not narrowed)
        return self.servers.scope(
            guild_id=guild,
            channel_id=channel.id if channel is not None else None,
            parent_id=getattr(channel, "parent_id", None),
            present=ours,
        )

    def seen_at(self, place: discord.Interaction[Any] | discord.Message) -> Seen:
        """What may be seen there now: as long as it is the same, what was shown may be shown."""
        held = self.answers.catalogue
        return held.generation, held.built, self.scope_at(place)

    def is_in(self, guild_id: int | None) -> bool:
        """Whether the bot itself is on a server; not, where somebody has only brought the app."""
        return guild_id is not None and self.get_guild(guild_id) is not None

    def elsewhere(self, place: discord.Interaction[Any] | discord.Message) -> frozenset[int] | None:
        """The channels that a server has chosen to be answered in, where this is none of them.

        A server that the bot has left has chosen nothing any more.
        """
        if isinstance(place, discord.Interaction):
            guild_id = place.guild_id
        else:
            guild_id = place.guild.id if place.guild is not None else None
        channel = place.channel
        here = (getattr(channel, "id", None), getattr(channel, "parent_id", None))
        if not self.is_in(guild_id) or self.servers.answers_in(guild_id, here):
            return None
        chosen = self.servers.of(guild_id)
        return chosen.channels | chosen.ask_channels

    async def clear_buttons(self, messages: tuple[tuple[int, int], ...]) -> None:
        """Take the buttons away from answers whose time is over; those that are gone are.

        Without leave to read the history, those of components stay, and do nothing.
        """
        for channel_id, message_id in messages:
            channel = self.get_partial_messageable(channel_id)
            with contextlib.suppress(*delivery.UNDELIVERED):
                try:
                    message = await channel.fetch_message(message_id)
                except discord.Forbidden:
                    await channel.get_partial_message(message_id).edit(view=None)
                else:
                    await message.edit(**without_buttons(message))

    async def on_message(self, message: discord.Message, /) -> None:
        """Leave messages to the cog that answers them: there are no prefix commands."""

    async def on_shard_connect(self, _: int) -> None:
        """Count it."""
        self.metrics.gateway.labels("connect").inc()

    async def on_shard_disconnect(self, _: int) -> None:
        """Count it."""
        self.metrics.gateway.labels("disconnect").inc()

    async def on_shard_resumed(self, _: int) -> None:
        """Count it."""
        self.metrics.gateway.labels("resume").inc()

    async def on_ready(self) -> None:
        """Say so in the log; this comes again after a reconnect, so nothing else is done here."""
        log.info("Ready on %d servers.", len(self.guilds))


def run(settings: Settings, answers: Answers) -> None:
    """Serve on Discord until SIGTERM or SIGINT, then finish what is under way.

    The settings hold a token. Raises `faults.CannotStart`.
    """
    try:
        asyncio.run(_serve(settings, answers))
    except Exception as error:
        reason = faults.cannot_start(error)
        if reason is None:
            raise
        raise reason from error


async def _serve(settings: Settings, answers: Answers) -> None:
    options = settings.discord
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
    state = State.from_settings(settings, lambda: answers.ids)
    cooldowns = Cooldowns(
        lambda guild: state.servers.of(guild).cooldown,
        per_server=(options.server_uses, PER_SERVER[1]),
    )
    try:
        if not await _before(stop, answers.start()):
            return
        mine, count = gateway.shard_range(options.shards)
        owners: dict[str, Any] = {"owner_ids": set(options.owners)} if options.owners else {}
        bot = PullquoteBot(
            answers,
            cooldowns=cooldowns,
            settings=settings,
            registration=registration,
            state=state,
            turns=Turns(settings.index.folder.parent),
            message_content=options.message_content,
            shard_ids=mine,
            shard_count=count,
            **owners,
        )
        async with state.kept(bot.clear_buttons), bot, _health(bot, options):
            await serve_until(bot, token, stop)
    finally:
        await answers.stop(patience=0)


async def _before(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do the work, unless it is time to stop before it is done; whether it is done."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if working.done():
        await working
        return not stop.is_set()
    working.cancel()
    await asyncio.wait({working}, timeout=CLOSE)
    return False


@contextlib.asynccontextmanager
async def _health(bot: PullquoteBot, options: DiscordSettings) -> AsyncIterator[None]:
    """The health pages, while the block runs, if a port is set."""
    if options.health_port is None:
        yield
        return
    from bot.chat.health import HealthPages  # noqa: PLC0415 - only where it is asked for

    pages = HealthPages(bot, host=options.health_host, port=options.health_port)
    await pages.start()
    try:
        yield
    finally:
        await pages.stop()


async def serve_until(bot: PullquoteBot, token: str, stop: asyncio.Event) -> None:
    """Serve until the event is set; then let what is under way be answered, and close."""
    bot.metrics.loop.start()
    serving = asyncio.create_task(bot.start(token))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not serving.done():
        log.info("Stopping.")
        until = time.monotonic() + DRAIN
        await bot.answers.stop(patience=DRAIN)
        if handlers := _handlers():  # what was found is yet to be sent
            await asyncio.wait(handlers, timeout=max(CLOSE, until - time.monotonic()))
        # Neither a login that hangs notices this, nor a gateway that has gone silent.
        closing = asyncio.create_task(bot.close())
        await asyncio.wait({closing, serving}, timeout=CLOSE)
        serving.cancel()
    stopping.cancel()
    bot.metrics.loop.stop()
    await asyncio.wait({serving})
    if not serving.cancelled():
        serving.result()


def _handlers() -> set[asyncio.Task[Any]]:
    """What is being done for somebody: discord.py makes a task of each command, click and event."""
    return {task for task in asyncio.all_tasks() if task.get_name().startswith(HANDLERS)}
