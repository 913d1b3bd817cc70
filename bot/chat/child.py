"""What runs in the process that answers: read a call, do it, write what came of it.

It is started by `process.Process`, and lives as long as the pipe from the bot: however the
bot ends, the pipe closes, and this process ends with it, in the middle of a call too. A
call that takes too long ends it as well, by a clock that needs no cooperation from
whatever hangs, with a traceback of where it hung on stderr.

Nothing of Discord is imported here, and nothing reads or prints on the pipe but this.
"""

from __future__ import annotations

import faulthandler
import os
import queue
import signal
import sys
import threading
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from bot.chat.frames import HEADER, Receiver, Sender
from index.article import Article
from index.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.answers.catalogue import Catalogue
    from config.settings import Settings


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame to the process. `limit` and `opening` are the seconds allowed."""

    settings: Settings
    limit: float
    opening: float


@dataclass(frozen=True, slots=True)
class Call:
    """A method of the service to call."""

    method: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ready:
    """The first frame back, once the index is open."""

    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class Done:
    """What a call gave."""

    value: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """What it raised, or why the index could not be opened; `trace` is for the log."""

    error: BaseException
    trace: str


class Remote(Exception):
    """What another process raised, as text: its own traceback, or what cannot be sent whole."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}" if self.args else ""


def serve(open_service: Callable[[Settings], Any]) -> NoReturn:
    """Answer calls on stdin and stdout until stdin closes."""
    leave_signals_to_the_bot()
    calls, out = take_pipe()
    receiver, sender = Receiver(), Sender({Article: lambda article: article.id})

    def send(value: Ready | Done | Failed) -> None:
        try:
            frame = sender.dump(value)
        except Exception as error:  # noqa: BLE001 - whatever cannot be pickled
            told = value.trace if isinstance(value, Failed) else repr(error)
            frame = sender.dump(Failed(Remote(told), told))
        try:
            out.write(frame)
            out.flush()
        except OSError:  # the bot has gone
            os._exit(0)

    hello: Hello = receiver.load(calls.get())
    faulthandler.dump_traceback_later(hello.opening, exit=True)
    try:
        set_up_child_logs(hello.settings)
        service = open_service(hello.settings)
        catalogue = service.catalogue()
    except Exception as error:  # noqa: BLE001 - the bot tells it
        send(failed(error))
        sys.stderr.flush()
        os._exit(0)
    faulthandler.cancel_dump_traceback_later()
    send(Ready(catalogue))
    del catalogue
    while True:
        frame = calls.get()
        faulthandler.dump_traceback_later(hello.limit, exit=True)
        try:
            call: Call = receiver.load(frame)
            result: Done | Failed = Done(
                getattr(service, call.method)(*call.arguments, **call.options)
            )
        except Exception as error:  # noqa: BLE001 - the bot tells it
            result = failed(error)
        send(result)
        faulthandler.cancel_dump_traceback_later()
        del result


def failed(error: Exception) -> Failed:
    """What went wrong, with a traceback where that is for our log."""
    mendable = isinstance(error, CorpusError)
    return Failed(error, "" if mendable else "".join(traceback.format_exception(error)))


def leave_signals_to_the_bot() -> None:
    """Ctrl-C and a service manager's SIGTERM reach every process; the bot drains, then ends us."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if (number := getattr(signal, name, None)) is not None:
            signal.signal(number, signal.SIG_IGN)


def take_pipe() -> tuple[queue.SimpleQueue[bytes], BinaryIO]:
    """The frames that come in, and where ours go; whatever prints from now on, prints on stderr."""
    calls: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)

    def read() -> None:
        while True:
            header = incoming.read(HEADER.size)
            if len(header) < HEADER.size:
                os._exit(0)
            (size,) = HEADER.unpack(header)
            frame = incoming.read(size)
            if len(frame) < size:
                os._exit(0)
            calls.put(frame)

    threading.Thread(target=read, name="pipe", daemon=True).start()
    return calls, outgoing


def set_up_child_logs(settings: Settings) -> None:
    """Log as the bot does, to the same stderr."""
    from config.logs import set_up_logs  # noqa: PLC0415

    set_up_logs(settings.logs)
