"""The bot's connections to the gateway: whose turn it is to begin one, and what must not end one.

Discord lets so many shards identify in five seconds (`max_concurrency`), and takes a
token away that begins a thousand sessions a day. Several processes that serve a bot by
shard range on one machine take turns by a file beside the index.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import discord
from filelock import FileLock
from filelock import Timeout as StillLocked

from bot.chat.delivery import CUT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import yarl
    from discord.ext import commands

log = logging.getLogger(__name__)

IDENTIFY_EVERY = 5.2
"""Seconds between two that begin: Discord's five, and a little for what travels faster."""
LONGEST = 60.0
"""The longest pause between two tries to reach the gateway, in seconds."""
VITAL = frozenset({"READY", "RESUMED"})
"""Without these there is no session, so what goes wrong in them is not passed over."""


@dataclass(slots=True)
class Turns:
    """Whose turn it is to identify, among all processes that share a folder (None: only here)."""

    folder: Path | None = None
    application: int = 0
    concurrency: int = 1
    _last: dict[int, float] = field(default_factory=dict)

    async def wait(self, shard_id: int) -> None:
        """Wait until this shard may identify, and take note that it does now."""
        key = shard_id % self.concurrency
        while True:
            pause = await asyncio.to_thread(self._take, key)
            if not pause:
                return
            await asyncio.sleep(pause)

    def _take(self, key: int) -> float:
        """Seconds until it is this key's turn; 0 if it is, and is noted to be taken."""
        if self.folder is None:
            return self._take_here(key)
        noted = self.folder / f"discord-identify-{self.application}-{key}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(noted.with_suffix(".lock"), timeout=1.0):
                pause = _pause(_read(noted), time.time())
                if not pause:
                    noted.write_text(repr(time.time()), encoding="ascii")
                return pause
        except StillLocked:
            return 0.1
        except OSError as error:
            log.info("Cannot take turns with other processes: %s", error)
            return self._take_here(key)

    def _take_here(self, key: int) -> float:
        pause = _pause(self._last.get(key, 0.0), time.time())
        if not pause:
            self._last[key] = time.time()
        return pause


def _pause(last: float, now: float) -> float:
    pause = last + IDENTIFY_EVERY - now
    # A clock that was set back would have us wait for hours.
    return pause if 0 < pause <= IDENTIFY_EVERY else 0.0


def _read(noted: Path) -> float:
    try:
        return float(noted.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0.0


async def allowed_starts(bot: commands.AutoShardedBot) -> tuple[int, int]:
    """How many shards Discord recommends, and how many may identify at once.

    Waits where no session may be begun now: to try all the same costs the bot its token.
    """
    tries = 0
    while True:
        try:
            shards, _, limit = await bot.http.get_bot_gateway()
        except (discord.GatewayNotFound, *CUT) as error:
            pause = min(LONGEST, 2.0**tries)
            tries += 1
            log.warning(
                "Discord does not say where to connect (%r); again in %.0f s.", error, pause
            )
            await asyncio.sleep(pause)
            continue
        needed = len(bot.shard_ids) if bot.shard_ids else bot.shard_count or shards
        if limit["remaining"] >= needed:
            return shards, max(1, limit["max_concurrency"])
        pause = limit["reset_after"] / 1000
        log.error(
            "Discord allows %d more connections, and %d are needed; waiting %.0f s.",
            limit["remaining"],
            needed,
            pause,
        )
        await asyncio.sleep(max(1.0, pause))


async def reach(bot: commands.AutoShardedBot, gateway: yarl.URL) -> None:
    """Wait until the gateway can be reached.

    discord.py waits too, but a call deeper each time: an hour of it ends the process.
    """
    pause = 1.0
    while not bot.is_closed():
        try:
            async with asyncio.timeout(LONGEST):
                connection = await bot.http.ws_connect(
                    str(gateway.with_query(v=10, encoding="json"))
                )
                await connection.close()
        except CUT as error:
            log.warning("Discord's gateway cannot be reached (%r); again in %.0f s.", error, pause)
        else:
            return
        await asyncio.sleep(pause)
        pause = min(LONGEST, 2 * pause)


def guard(parsers: dict[str, Callable[[Any], Any]]) -> None:
    """Let an event that discord.py cannot read be passed over; it would end the process."""
    for event, parse in parsers.items():
        if event not in VITAL:
            parsers[event] = _guarded(event, parse)


def _guarded(event: str, parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def parse_or_pass_over(data: Any) -> Any:
        try:
            return parse(data)
        except Exception:
            log.exception("Discord sent a %s that cannot be read; it is passed over.", event)
            return None

    return parse_or_pass_over


def shard_range(written: str | None) -> tuple[tuple[int, ...] | None, int | None]:
    """The shards of a process and how many there are in all, from `0-3/8`.

    >>> shard_range("0-3/8")
    ((0, 1, 2, 3), 8)
    >>> shard_range(None)
    (None, None)
    """
    if written is None:
        return None, None
    mine, _, count = written.partition("/")
    first, _, last = mine.partition("-")
    return tuple(range(int(first), int(last or first) + 1)), int(count)
