"""What the bot keeps, put together: one database, and what looks after it while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.chat.database import Database
from bot.chat.feedback import Feedback
from bot.chat.servers import Servers, Shelves
from bot.chat.shown import ShownAnswers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection

    from config.settings import Settings

log = logging.getLogger(__name__)

LOOK_EVERY = 2.0
"""Seconds between two looks at what other processes have changed; one reads a single number."""
TIDY_EVERY = 600.0
FILE = "discord.sqlite3"


@dataclass(frozen=True, slots=True)
class State:
    """What the bot keeps."""

    database: Database
    servers: Servers
    shown: ShownAnswers
    feedback: Feedback

    @classmethod
    def of(
        cls,
        address: str | None = None,
        *,
        shelves: Shelves | None = None,
        kept_for: timedelta = timedelta(days=30),
    ) -> State:
        """Put it together; without an address, all of it ends with the process."""
        database = Database(address)
        servers = Servers(database, shelves)
        shown = ShownAnswers(database, servers, kept_for=kept_for)
        return cls(database, servers, shown, Feedback(database, servers, shown, kept_for=kept_for))

    @classmethod
    def from_settings(cls, settings: Settings, ids: Callable[[], Collection[str]] = tuple) -> State:
        """Put it together as the settings say; `ids` are those of all articles, from memory."""
        options = settings.discord
        return cls.of(
            address_of(settings),
            shelves=Shelves(options.collections, options.public, ids),
            kept_for=timedelta(days=options.keep_days),
        )

    @contextlib.asynccontextmanager
    async def kept(
        self, expired: Callable[[tuple[tuple[int, int], ...]], Awaitable[None]] | None = None
    ) -> AsyncIterator[None]:
        """Read it, and look after it while the block runs.

        `expired` is told the channels and messages whose buttons no longer do anything.
        """
        await self.servers.load()
        looking = asyncio.create_task(_repeat(self.servers.load, LOOK_EVERY, wait=LOOK_EVERY))
        tidying = asyncio.create_task(_repeat(lambda: self._tidy(expired), TIDY_EVERY))
        try:
            yield
        finally:
            looking.cancel()
            tidying.cancel()
            await asyncio.wait({looking, tidying})
            await self.database.close()

    async def _tidy(
        self, expired: Callable[[tuple[tuple[int, int], ...]], Awaitable[None]] | None
    ) -> None:
        messages = await self.shown.tidy()
        await self.feedback.tidy()
        if expired is not None and messages:
            await expired(messages)


async def _repeat(work: Callable[[], Awaitable[None]], every: float, *, wait: float = 0.0) -> None:
    """Do it again and again, the first time after `wait` seconds, whatever goes wrong."""
    await asyncio.sleep(wait)
    while True:
        try:
            await work()
        except Exception:
            log.exception("Unexpected, while looking after what is kept")
        await asyncio.sleep(every)


def address_of(settings: Settings) -> str:
    """Where the database is: as the settings say, else a file beside the index."""
    named = settings.discord.database
    return named.get_secret_value() if named else str(settings.index.folder.parent / FILE)
