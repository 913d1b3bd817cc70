"""Getting a finished message to Discord, once, whatever the network does meanwhile.

Two things make "once" possible. An edit can be repeated safely, so the answer to a command
takes the place of its deferral; a message to a channel carries a nonce that Discord checks,
so a repeat of one that did arrive is given the first again. What discord.py does not try
again itself (cut connections, 503, a 429 from in front of Discord) is tried again here.

A request to a channel is never cancelled: discord.py, cancelled while it waits for the global
rate limit to pass, would never let another request through. One that gets no answer is left
to itself; its nonce, or that it is an edit, keeps it from doing harm when it arrives late.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import discord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from discord.abc import Messageable

T = TypeVar("T")

log = logging.getLogger(__name__)

TRIES = 4
"""How often one request is made; discord.py makes five of each where Discord says 500 or 502."""
WITHIN = 45.0
"""Seconds from the first try after which none is begun; Discord knows a nonce for minutes."""
LONGEST = 20.0
"""The longest pause that we keep where no rate limiter of discord.py's keeps it, in seconds."""
SILENT = 30.0
"""Seconds without an answer after which a connection is taken to be dead; discord.py's own tries
take 25, aiohttp would wait 300."""
TYPING = 8.0
"""Seconds between two signs of typing; Discord shows each for ten."""

UNKNOWN_CHANNEL = 10003
UNKNOWN_MESSAGE = 10008
UNKNOWN_WEBHOOK = 10015
ALREADY_ACKNOWLEDGED = 40060
INVALID_TOKEN = 50027
NO_HISTORY = 160002
EXPIRED = frozenset({UNKNOWN_WEBHOOK, INVALID_TOKEN})
"""What Discord says of an interaction's token when its 15 minutes are over."""

CUT = (aiohttp.ClientError, OSError)
"""What a cut or silent connection raises; a timeout is an OSError."""
UNDELIVERED = (discord.DiscordException, *CUT)
"""Whatever keeps a message from arriving."""


async def defer(interaction: discord.Interaction[Any], *, private: bool) -> None:
    """Acknowledge a command, so that its answer can take its time; `private`: for the asker alone.

    Raises `discord.NotFound` where Discord has given the interaction up.
    """
    await _reply(lambda: interaction.response.defer(ephemeral=private, thinking=True))


async def hold(interaction: discord.Interaction[Any]) -> None:
    """Acknowledge a click whose message may be changed later, showing nothing meanwhile."""
    await _reply(interaction.response.defer)


async def update(interaction: discord.Interaction[Any], **message: Any) -> None:
    """Change the message whose button was clicked, as the first reply to the click."""
    await _reply(lambda: interaction.response.edit_message(**message))


async def whisper(interaction: discord.Interaction[Any], **message: Any) -> bool:
    """Say something to the asker alone, as the first reply to a command or a click.

    False where Discord has taken a reply before: this one, or a deferral that seemed to fail.
    """
    return await _reply(lambda: interaction.response.send_message(ephemeral=True, **message))


async def beside(interaction: discord.Interaction[Any], said: str) -> None:
    """Tell whoever used a command or a button, leaving what stands there as it is, if it can be."""
    try:
        await interaction.followup.send(said, ephemeral=True)
    except UNDELIVERED as error:
        log.info("Could not say what went wrong: %s", error)


async def put(
    interaction: discord.Interaction[Any], *, private: bool, **message: Any
) -> discord.Message | None:
    """Put a message in the place of a command's deferral; None where it can be put nowhere.

    Where Discord no longer takes it there, a public one goes to the channel, and a private
    one to the asker alone. Raises what is left of `UNDELIVERED` after the last try.
    """
    try:
        return await _persist(lambda: interaction.edit_original_response(**message), cancel=True)
    except discord.HTTPException as error:
        if error.code not in EXPIRED:
            if error.status == HTTPStatus.NOT_FOUND:
                log.info("What was to be answered is gone: %s", error)
                return None
            raise
    log.info("A command took longer than Discord waits; answering beside it.")
    if private:
        return await _tell_alone(interaction.user, message)
    try:
        return await post(_channel_of(interaction), **message)
    except (discord.Forbidden, discord.NotFound) as error:
        log.info("Discord does not allow it there: %s", error)
        return await _tell_alone(interaction.user, message)


async def post(
    channel: Messageable,
    *,
    reference: discord.MessageReference | discord.PartialMessage | None = None,
    **message: Any,
) -> discord.Message | None:
    """Send a message, never twice; None where the channel is gone.

    Raises what is left of `UNDELIVERED` after the last try: `discord.Forbidden` among them.
    """
    nonce = secrets.randbits(63)
    if reference is not None:
        message["reference"] = reference
    message = {name: value for name, value in message.items() if value is not None}
    try:
        try:
            return await _persist(lambda: channel.send(nonce=nonce, **message))
        except discord.HTTPException as error:
            if error.code != NO_HISTORY or reference is None:
                raise
        del message["reference"]
        return await _persist(lambda: channel.send(nonce=nonce, **message))
    except discord.NotFound as error:
        if error.code != UNKNOWN_CHANNEL:
            raise
        log.info("The channel to answer in is gone: %s", error)
        return None


@contextlib.asynccontextmanager
async def typing(channel: Messageable) -> AsyncIterator[None]:
    """Show that the bot is at work, as long as the block runs, if Discord lets it.

    Nothing waits for it: neither the work, nor the end of the block.
    """
    done = asyncio.Event()
    showing = asyncio.create_task(_show_typing(channel, done), name="typing")
    _TASKS.add(showing)
    showing.add_done_callback(_TASKS.discard)
    try:
        yield
    finally:
        done.set()


_TASKS: set[asyncio.Task[Any]] = set()
"""Held, since the event loop does not hold a task."""


async def _show_typing(channel: Messageable, done: asyncio.Event) -> None:
    while not done.is_set():
        try:
            await channel.typing()
        except UNDELIVERED as error:
            log.debug("Could not show typing: %s", error)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), TYPING)


def _channel_of(interaction: discord.Interaction[Any]) -> Messageable:
    """The channel of an interaction, known or not."""
    if interaction.channel_id is None:
        return interaction.user
    channel: Messageable = interaction.client.get_partial_messageable(
        interaction.channel_id, guild_id=interaction.guild_id
    )
    return channel


async def _reply(respond: Callable[[], Awaitable[Any]]) -> bool:
    """Give the first reply to an interaction; False where Discord has one, as it takes only one."""

    async def ask() -> bool:
        try:
            await respond()
        except discord.HTTPException as error:
            # Most likely an earlier try did arrive, and only what Discord said of it was lost.
            if error.code != ALREADY_ACKNOWLEDGED:
                raise
            return False
        return True

    return await _persist(ask, cancel=True)


async def _tell_alone(
    user: discord.User | discord.Member, message: dict[str, Any]
) -> discord.Message | None:
    try:
        return await post(user, **message)
    except discord.HTTPException as error:
        log.info("Could not answer %s alone either: %s", user.id, error)
        return None


async def _persist(ask: Callable[[], Awaitable[T]], *, cancel: bool = False) -> T:
    """Ask until it is done, or cannot be, or has been tried often enough.

    `cancel` says that a request that gets no answer may be cancelled: an interaction's, which
    knows no global rate limit, but has a lock that it would keep.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + WITHIN
    for tried in range(1, TRIES + 1):
        try:
            return await _answered(ask, cancel=cancel)
        except (*UNDELIVERED, KeyError, TypeError) as error:
            pause = _pause(error, tried)
            if pause is None or tried == TRIES or loop.time() + pause > until:
                raise
            log.info("Discord did not take a request (%s); again in %.1f s.", error, pause)
            await asyncio.sleep(pause)
    raise AssertionError("unreachable")


async def _answered(ask: Callable[[], Awaitable[T]], *, cancel: bool) -> T:
    """What the request gives. Raises `TimeoutError` where it gives nothing for long."""

    async def request() -> T:
        return await ask()

    asking = asyncio.create_task(request(), name="request")
    try:
        done, _ = await asyncio.wait({asking}, timeout=SILENT)
    except asyncio.CancelledError:
        asking.cancel()
        raise
    if done:
        return asking.result()
    if cancel:
        asking.cancel()
    _TASKS.add(asking)
    asking.add_done_callback(_forget)
    raise TimeoutError(f"no answer in {SILENT:g} s")


def _forget(asking: asyncio.Task[Any]) -> None:
    _TASKS.discard(asking)
    if not asking.cancelled() and (error := asking.exception()) is not None:
        log.info("A request that had been given up failed: %s", error)


def _pause(error: BaseException, tried: int) -> float | None:
    """Seconds until another try may help; None where none will."""
    if isinstance(error, CUT):
        return float(0.2 * 3 ** (tried - 1))  # the first at once: a deferral has three seconds
    if isinstance(error, KeyError | TypeError):
        return 1.0 if _is_odd_429(error) else None
    if not isinstance(error, discord.HTTPException):
        return None
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        return _asked_for(error)
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return float(tried)
    return None


def _asked_for(error: discord.HTTPException) -> float | None:
    """The pause that a 429 asks for, where it is not too long to keep; a second by default."""
    try:
        pause = float(error.response.headers.get("Retry-After", 1.0))
    except (AttributeError, ValueError):
        return 1.0
    return max(pause, 0.1) if pause <= LONGEST else None


def _is_odd_429(error: BaseException) -> bool:
    """Whether discord.py stumbled over a 429 whose body does not say how long to wait."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None or trace.tb_frame.f_code.co_name != "request":
        return False
    response = trace.tb_frame.f_locals.get("response")
    return getattr(response, "status", None) == HTTPStatus.TOO_MANY_REQUESTS
