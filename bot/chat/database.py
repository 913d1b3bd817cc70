"""The database of the Discord side, and going on without it.

Nobody who asks waits for it for long, and nobody ever sees its errors: work that it cannot
do raises `Unavailable`, which servers.py, shown.py and feedback.py each turn into going on
from memory. One warning is logged when it goes, one line when it is back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from filelock import FileLock, Timeout
from sqlalchemy import event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from index.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from sqlalchemy import Connection
    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds that one piece of work may take: an answer may be waiting for it."""
LOCK_WAIT = 1.0
"""Seconds that SQLite waits for another process to finish writing."""
MIGRATION = 30.0
"""Seconds that a process waits for another one that is migrating."""
AGAIN = 2.0
"""Seconds from a failure until it is tried again; meanwhile nobody waits for it."""
ADVISORY = 0x70756C6C
"""The number of PostgreSQL's lock under which migrations run."""
MODE = 0o600

T = TypeVar("T")


class Unavailable(CorpusError):
    """The database cannot be used now."""

    def __init__(self) -> None:
        super().__init__("What the bot keeps cannot be reached at the moment. Try again later.")


class UnusableAddress(CorpusError):
    """The setting `discord.database` names nothing that can be used."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"discord.database cannot be used: {problem}.")
        self.add_note("SQLite:      a file's path, or sqlite:////folder/discord.sqlite3")
        self.add_note(
            'PostgreSQL:  postgresql://user:password@host/name, with "pullquote[postgres]"'
        )


class Database:
    """Runs work in transactions. An `address` of None is none: all work is `Unavailable`.

    `address` is a file's path, or a URL of SQLite or PostgreSQL. Raises `UnusableAddress`.
    """

    def __init__(self, address: str | None) -> None:
        self._url = None if address is None else _url_of(address)
        self._file = _file_of(self._url)
        self._engine: AsyncEngine | None = None
        self._seen: tuple[int, int] | None = None
        self._opening = asyncio.Lock()
        self._failed: dict[bool, float] = {}
        """When reading (False) or writing (True) failed last, while it does."""

    @property
    def there(self) -> bool:
        """Whether there is one at all, be it in trouble."""
        return self._url is not None

    @property
    def troubled(self) -> bool:
        """Whether the last piece of work failed."""
        return bool(self._failed)

    async def read(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Do work that changes nothing. Raises `Unavailable`."""
        return await self._run(work, writes=False)

    async def write(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Do work in one transaction, all of it or nothing. Raises `Unavailable`."""
        return await self._run(work, writes=True)

    async def close(self) -> None:
        """Let go of it."""
        engine, self._engine = self._engine, None
        if engine is not None:
            with contextlib.suppress(SQLAlchemyError, OSError, sqlite3.Error, TimeoutError):
                await asyncio.wait_for(engine.dispose(), PATIENCE)

    async def _run(self, work: Callable[[AsyncConnection], Awaitable[T]], *, writes: bool) -> T:
        url = self._url
        if url is None:
            raise Unavailable
        since = self._failed.get(writes, self._failed.get(False))
        if since is not None and time.monotonic() - since < AGAIN:
            raise Unavailable
        try:
            engine = await self._open(url)
            async with asyncio.timeout(PATIENCE), _transaction(engine) as connection:
                done = await work(connection)
        except (SQLAlchemyError, OSError, sqlite3.Error, TimeoutError) as error:
            self._note_failure(error, writes=writes)
            raise Unavailable from error
        self._note_success(writes=writes)
        return done

    async def _open(self, url: URL) -> AsyncEngine:
        """Open it, migrated; also when its file was taken away or another put in its place."""
        if self._engine is not None and self._seen == _identity(self._file):
            return self._engine
        async with self._opening:
            if self._engine is not None and self._seen == _identity(self._file):
                return self._engine
            await self.close()
            if self._file is not None:
                await asyncio.to_thread(_make_file, self._file)
            seen = _identity(self._file)  # before it is opened: one put there since is another
            engine = _engine_of(url)
            try:
                await _migrate(engine, self._file)
            except BaseException:
                await engine.dispose()
                raise
            self._engine, self._seen = engine, seen
            return engine

    def _note_failure(self, error: Exception, *, writes: bool) -> None:
        if not self._failed:
            log.warning(
                "The database cannot be used (%s); answering goes on without it, with what is "
                "in memory.",
                _plainly(error),
            )
        self._failed[writes] = time.monotonic()

    def _note_success(self, *, writes: bool) -> None:
        if writes:
            came_back, self._failed = bool(self._failed), {}
        else:
            came_back = self._failed.pop(False, None) is not None and not self._failed
        if came_back:
            log.info("The database is used again.")


def _plainly(error: BaseException) -> str:
    """What is wrong, in one line that holds no address, statement or value."""
    cause = getattr(error, "orig", None) or error
    said = str(cause).strip().partition("\n")[0] or type(cause).__name__
    return said[:200]


def _url_of(address: str) -> URL:
    if "://" not in address:
        return make_url("sqlite+aiosqlite://").set(database=str(Path(address).expanduser()))
    try:
        url = make_url(address)
        kind = url.get_backend_name()
    except ArgumentError as error:
        raise UnusableAddress("it is no address") from error
    if kind == "sqlite":
        if not url.database:
            raise UnusableAddress("it names no file")
        return url.set(drivername="sqlite+aiosqlite")
    if kind in ("postgresql", "postgres"):
        try:
            import asyncpg  # type: ignore[import-untyped,unused-ignore]  # noqa: F401, PLC0415
        except ImportError as error:
            raise UnusableAddress('PostgreSQL needs the extra "postgres"') from error
        return url.set(drivername="postgresql+asyncpg")
    raise UnusableAddress(f"{kind} is neither SQLite nor PostgreSQL")


def _file_of(url: URL | None) -> Path | None:
    if url is None or not url.drivername.startswith("sqlite") or not url.database:
        return None
    return Path(url.database.removeprefix("file:"))


def _identity(file: Path | None) -> tuple[int, int] | None:
    """Which file a path means now; None for no file."""
    if file is None:
        return None
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _make_file(file: Path) -> None:
    """Make an empty file that only its owner may read; SQLite gives its other files the mode."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, MODE))


def _engine_of(url: URL) -> AsyncEngine:
    if not url.drivername.startswith("sqlite"):
        return create_async_engine(
            url,
            pool_pre_ping=True,
            pool_size=4,
            pool_timeout=PATIENCE,
            connect_args={"timeout": PATIENCE, "command_timeout": PATIENCE},
        )
    engine = create_async_engine(
        url, pool_size=2, pool_timeout=PATIENCE, connect_args={"timeout": LOCK_WAIT}
    )

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        # Readers do not wait for a writer; a failure of power loses the last moments at most.
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    return engine


@contextlib.asynccontextmanager
async def _transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with engine.begin() as connection:
        yield connection


async def _migrate(engine: AsyncEngine, file: Path | None) -> None:
    """Bring the tables up to date; of several processes that start together, one does it."""
    try:
        if file is None:
            async with asyncio.timeout(MIGRATION), engine.begin() as connection:
                await connection.execute(
                    text("SELECT pg_advisory_xact_lock(:number)"), {"number": ADVISORY}
                )
                await connection.run_sync(_upgrade)
            return
        lock = FileLock(f"{file}.lock", mode=MODE, thread_local=False)
        await asyncio.to_thread(lock.acquire, timeout=MIGRATION)
        try:
            async with engine.begin() as connection:
                await connection.run_sync(_upgrade)
        finally:
            lock.release()
    except (CommandError, Timeout) as error:
        raise OSError(f"its tables cannot be brought up to date: {_plainly(error)}") from error


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option(
        "script_location", str(Path(__file__).parent / "migrations").replace("%", "%%")
    )
    config.attributes["connection"] = connection
    logging.getLogger("alembic").setLevel(logging.WARNING)
    command.upgrade(config, "head")
