"""What runs in the process that answers: read a call, do it, write what came of it.

It is started by `process.Process`, and lives as long as the pipe from the bot: however the
bot ends, the pipe closes, and this process ends with it, in the middle of a call too. A
call that takes too long ends it as well, by a clock that needs no cooperation from
whatever hangs, with a traceback of where it hung on stderr. Looks (names, while somebody
types) have a thread of their own, so that they wait for no question.

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
from functools import partial
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
class Look:
    """A call that is made beside the others; `number` tells what came of it from the rest."""

    number: int
    call: Call


@dataclass(frozen=True, slots=True)
class Ready:
    """The first frame back, once the index is open."""

    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class Done:
    """What a call gave."""

    value: Any


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of the look of this number."""

    number: int
    came: Done | Failed


@dataclass(frozen=True, slots=True)
class Failed:
    """What it raised, or why the index could not be opened; `trace` is for the log."""

    error: BaseException
    trace: str


class Remote(Exception):
    """What another process raised, as text: its own traceback, or what cannot be sent whole."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}" if self.args else ""


class _Outgoing:
    """The pipe to the bot: one frame at a time, for they are read in the order they are made in."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._sender = Sender({Article: lambda article: article.id})
        self._turn = threading.Lock()

    def send(self, value: Ready | Done | Failed | Looked) -> None:
        """Send a value, or that it cannot be sent."""
        with self._turn:
            frame = _framed(self._sender, value)
            try:
                self._out.write(frame)
                self._out.flush()
            except OSError:  # the bot has gone
                os._exit(0)


def serve(open_service: Callable[[Settings], Any]) -> NoReturn:
    """Answer calls on stdin and stdout until stdin closes."""
    leave_signals_to_the_bot()
    frames, out = take_pipe()
    receiver, send = Receiver(), _Outgoing(out).send
    hello: Hello = receiver.load(frames.get())
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
    calls: queue.SimpleQueue[Call] = queue.SimpleQueue()
    looks: queue.SimpleQueue[Look] = queue.SimpleQueue()
    for work in (
        partial(_sort, frames, receiver, calls, looks),
        partial(_look, service, looks, send),
    ):
        threading.Thread(target=work, daemon=True).start()
    while True:
        call = calls.get()
        faulthandler.dump_traceback_later(hello.limit, exit=True)
        send(_made(service, call))
        faulthandler.cancel_dump_traceback_later()


def _sort(
    frames: queue.SimpleQueue[bytes],
    receiver: Receiver,
    calls: queue.SimpleQueue[Call],
    looks: queue.SimpleQueue[Look],
) -> None:
    """Read frames in their order, and put each where it is waited for.

    One that cannot be read ends the process: it may have been a call or a look, and told as the
    outcome of either it could leave everybody after it with somebody else's answer.
    """
    while True:
        try:
            value: Call | Look = receiver.load(frames.get())
        except Exception:  # noqa: BLE001 - whatever unpickling raises
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        if isinstance(value, Look):
            looks.put(value)
        else:
            calls.put(value)


def _look(service: Any, looks: queue.SimpleQueue[Look], send: Callable[[Looked], None]) -> NoReturn:
    """Make the looks, one after the other."""
    while True:
        one = looks.get()
        send(Looked(one.number, _made(service, one.call)))


def _made(service: Any, call: Call) -> Done | Failed:
    """What comes of a call."""
    try:
        return Done(getattr(service, call.method)(*call.arguments, **call.options))
    except Exception as error:  # noqa: BLE001 - the bot tells it
        return failed(error)


def _framed(sender: Sender, value: Ready | Done | Failed | Looked) -> bytes:
    """The value as a frame; or as one that says that it cannot be sent."""
    try:
        return sender.dump(value)
    except Exception as error:  # noqa: BLE001 - whatever cannot be pickled
        came = value.came if isinstance(value, Looked) else value
        told = came.trace if isinstance(came, Failed) else repr(error)
        instead = Failed(Remote(told), told)
        return sender.dump(Looked(value.number, instead) if isinstance(value, Looked) else instead)


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
