"""One process that answers, as the bot sees it: started, asked, and certainly ended.

A plain subprocess with frames on its pipes, and not `multiprocessing`: it starts alike on
every system (a fresh interpreter, so no thread or lock of the bot is copied), needs no
guard in whoever's main module this is, starts no helper process, and asyncio waits for
its pipes without a thread. That it has ended shows as the end of a pipe, at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from bot.chat.child import Call, Done, Failed, Hello, Look, Looked, Ready, Remote
from bot.chat.frames import HEADER, Receiver, Sender
from config.settings import PREFIX
from index.errors import CorpusError
from index.scope import Scope

if TYPE_CHECKING:
    from bot.answers.catalogue import Catalogue
    from config.settings import Settings

OPENER = "bot.bootstrap:open_warm"
SECRET = f"{PREFIX}DISCORD__TOKEN"
OPENING = 120.0
"""Seconds that opening an index may take; a large one on a slow disk needs some."""
REAPING = 1.0
"""Seconds from the end of its pipe until one that is ending by itself must have ended."""
CLOSING = 2.0
"""Seconds that a process is given to end by itself once it has been told to."""
LARGE = 2**18
"""Bytes from which a frame is read in a thread, so that the event loop goes on."""
_PATHS = "import importlib, json, sys; sys.path[:] = json.loads(sys.argv[1]); "
MAIN = (
    "module, name = sys.argv[2].split(':'); "
    "from bot.chat.child import serve; serve(lambda settings: "
    "getattr(importlib.import_module(module), name)(settings))"
)


async def spawn(main: str, *arguments: str) -> asyncio.subprocess.Process:
    """A fresh interpreter that runs `main` with our modules at hand, on two pipes."""
    environment = {k: v for k, v in os.environ.items() if k.upper() != SECRET}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PATHS + main, json.dumps(sys.path), *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
        start_new_session=os.name == "posix",  # a terminal's Ctrl-C is the bot's
    )


def without_secrets(settings: Settings) -> Settings:
    """The settings less Discord's token, which another process has no need of."""
    discord = settings.discord.model_copy(update={"token": None})
    return settings.model_copy(update={"discord": discord})


class Lost(Exception):
    """The process ended before it had answered."""


class CannotOpen(CorpusError):
    """The process could not be started, or ended while it opened the index."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"The process that answers could not be started: {problem}.")
        self.add_note("See which index is in force:    pullquote index status")


class Process:
    """A process that answers one call at a time, and looks beside. Get one by `Process.start`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._sender = Sender({Scope: lambda scope: scope})
        self._receiver = Receiver()
        self._answer: asyncio.Future[Ready | Done | Failed] | None = None
        self._looks: dict[int, asyncio.Future[Done | Failed]] = {}
        self._numbers = itertools.count()
        self.looking = 0
        """Looks that it has not answered yet, also those that nobody waits for any more."""
        self._looked = 0.0
        self._reading = asyncio.create_task(self._read())
        self.turn = asyncio.Lock()
        """Held by whoever calls, and by whoever waits for the last call to end."""
        self.started = time.monotonic()
        self.sent = self.received = 0
        self.catalogue: Catalogue

    @classmethod
    async def start(
        cls, settings: Settings, *, limit: float, opener: str = OPENER, opening: float = OPENING
    ) -> Process:
        """Start one, and wait until its index is open.

        `limit` are the seconds that a call may take; `opener` names the function that makes
        the service. Raises what that raises, and `CannotOpen`.
        """
        try:
            process = await spawn(MAIN, opener)
        except OSError as error:
            raise CannotOpen(error.strerror or str(error)) from error
        found = cls(process)
        try:
            async with asyncio.timeout(opening):
                ready = await found._ask(Hello(without_secrets(settings), limit, opening))
        except TimeoutError:
            await found.end()
            raise CannotOpen(f"it was not ready after {opening:.0f} s") from None
        except Lost:
            code = await found.end()
            raise CannotOpen(
                f"it ended with {how_it_ended(code)} while it opened the index"
            ) from None
        except BaseException:
            await found.end()
            raise
        if isinstance(ready, Failed):
            await found.end()
            raise raised(ready)
        assert isinstance(ready, Ready)  # noqa: S101 - what `child.serve` sends
        found.catalogue = ready.catalogue
        return found

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can still answer."""
        return not self._reading.done()

    @property
    def stuck(self) -> float:
        """For how many seconds no look has been answered, though some were to be."""
        return time.monotonic() - self._looked if self.looking else 0.0

    async def call(self, method: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """What the service's method gives, or raises. Raises `Lost` if the process ends."""
        async with self.turn:
            done = await self._ask(Call(method, arguments, options))
        if isinstance(done, Failed):
            raise raised(done)
        assert isinstance(done, Done)  # noqa: S101 - what `child.serve` sends
        return done.value

    async def look(self, method: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """The same, beside whatever is called: what is looked up waits for no question."""
        number = next(self._numbers)
        given = self._looks[number] = asyncio.get_running_loop().create_future()
        try:
            if not self.looking:
                self._looked = time.monotonic()
            self.looking += 1
            await self._send(Look(number, Call(method, arguments, options)))
            done = await given
        finally:
            del self._looks[number]
        if isinstance(done, Failed):
            raise raised(done)
        return done.value

    async def ended(self) -> str:
        """Wait until it has ended; how it did, in words."""
        await asyncio.wait({self._reading})
        return how_it_ended(await self.end())

    async def close(self) -> None:
        """Let a call under way end, then end the process."""
        async with self.turn:
            await self.end(CLOSING)

    async def end(self, patience: float = 0) -> int:
        """End it: by itself if it does so in time, by force if not; its exit code."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        if not self.alive:  # a kill now could take its exit code from whoever waits for it
            patience = max(patience, REAPING)
        if patience:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._process.wait()
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        code = await self._process.wait()
        await asyncio.wait({self._reading})
        return code

    async def _ask(self, value: Hello | Call) -> Ready | Done | Failed:
        self._answer = asyncio.get_running_loop().create_future()
        try:
            await self._send(value)
            return await self._answer
        finally:
            self._answer = None

    async def _send(self, value: Hello | Call | Look) -> None:
        stdin = self._process.stdin
        if not self.alive or stdin is None:
            raise Lost
        # Nothing is awaited between the two: frames are read in the order in which they are made.
        frame = self._sender.dump(value)
        self.sent += len(frame)
        with contextlib.suppress(ConnectionError):  # `_read` notices, too
            stdin.write(frame)
            await stdin.drain()

    async def _load(self, frame: bytes) -> Any:
        if len(frame) < LARGE:
            return self._receiver.load(frame)
        return await asyncio.to_thread(self._receiver.load, frame)

    async def _read(self) -> None:
        """Read frames until the pipe ends; whoever waits then is told so."""
        stdout = self._process.stdout
        try:
            while stdout is not None:
                (size,) = HEADER.unpack(await stdout.readexactly(HEADER.size))
                frame = await stdout.readexactly(size)
                self.received += size
                value = await self._load(frame)
                if isinstance(value, Looked):
                    self.looking -= 1
                    self._looked = time.monotonic()
                    given: asyncio.Future[Any] | None = self._looks.get(value.number)
                    value = value.came
                else:
                    given = self._answer
                if given is not None and not given.done():
                    given.set_result(value)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            for waiting in (self._answer, *self._looks.values()):
                if waiting is not None and not waiting.done():
                    waiting.set_exception(Lost())


def raised(failed: Failed) -> BaseException:
    """The error that a process told of, with its traceback there."""
    if failed.trace:
        failed.error.__cause__ = Remote(failed.trace)
    return failed.error


def how_it_ended(code: int) -> str:
    """An exit code in words."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"
