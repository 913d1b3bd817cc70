"""Building the index anew beside the running bot, in a process that is thrown away after.

A build needs torch and spaCy, and a gigabyte or two: none of that may stay in the bot. It
publishes as `pullquote index build` does, whole or not at all, under the same lock, so until
the new generation is there, and if it never is, the bot answers from the one that it has.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NoReturn

from bot.chat.child import (
    Failed,
    failed,
    leave_signals_to_the_bot,
    set_up_child_logs,
    take_pipe,
)
from bot.chat.frames import HEADER, Receiver, Sender
from bot.chat.process import CannotOpen, how_it_ended, raised, spawn, without_secrets
from index.priority import stand_back

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from config.settings import Settings
    from index.build import BuildReport

NEEDED = ("sentence_transformers", "spacy", "torch")
"""Modules of the extra `build`."""
_MAIN = "from bot.chat.rebuild import serve_build; serve_build()"


@dataclass(frozen=True, slots=True)
class Step:
    """How far a build is; `total` is None where nobody knows it."""

    stage: str
    done: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class _Built:
    report: BuildReport


def can_rebuild(settings: Settings) -> bool:
    """Whether there is something to build from, and what building needs."""
    return bool(settings.discord.rebuild_from) and all(find_spec(name) for name in NEEDED)


async def rebuild(settings: Settings, told: Callable[[Step], None]) -> BuildReport:
    """Make the index of `discord.rebuild_from`; `told` hears how far it is.

    Raises what `build_index` raises, and `CannotOpen` if the process ends before it.
    """
    try:
        process = await spawn(_MAIN)
    except OSError as error:
        raise CannotOpen(error.strerror or str(error)) from error
    assert process.stdin is not None  # noqa: S101 - they are pipes
    assert process.stdout is not None  # noqa: S101
    receiver = Receiver()
    try:
        process.stdin.write(Sender({}).dump(without_secrets(settings)))
        while True:
            (size,) = HEADER.unpack(await process.stdout.readexactly(HEADER.size))
            said: Step | _Built | Failed = receiver.load(await process.stdout.readexactly(size))
            if isinstance(said, Step):
                told(said)
            elif isinstance(said, Failed):
                raise raised(said)
            else:
                return said.report
    except (asyncio.IncompleteReadError, ConnectionError):
        code = await process.wait()
        raise CannotOpen(f"it ended with {how_it_ended(code)} while it built") from None
    finally:
        process.stdin.close()  # it ends at that, be it in the middle
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()


def serve_build() -> NoReturn:
    """What the process does."""
    leave_signals_to_the_bot()
    frames, out = take_pipe()
    settings: Settings = Receiver().load(frames.get())
    teller = _Teller(out)
    try:
        set_up_child_logs(settings)
        stand_back(settings.index.niceness)
        from index.build import build_index  # noqa: PLC0415 - heavy

        report = build_index(
            settings.discord.rebuild_from, settings.index.place, settings, progress=teller
        )
        teller.tell(_Built(report))
    except Exception as error:  # noqa: BLE001 - the bot tells it
        teller.tell(failed(error))
    sys.stderr.flush()
    os._exit(0)


class _Teller:
    """Listens to a build, and tells the bot."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._sender = Sender({})
        self._step = Step("")

    def stage(self, name: str, total: int | None = None) -> None:
        """A stage begins."""
        self._step = Step(name, 0, total)
        self.tell(self._step)

    def advance(self, steps: int = 1) -> None:
        """So many steps of it are done."""
        self._step = Step(self._step.stage, self._step.done + steps, self._step.total)
        self.tell(self._step)

    def skip(self, steps: int = 1) -> None:
        """So many had been done before."""
        self.advance(steps)

    def tell(self, said: Any) -> None:
        """Send one value."""
        self._out.write(self._sender.dump(said))
        self._out.flush()
