"""The real service, with questions that make its process hang, die or be slow; run in a child."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

from bot.answers.service import AnswerService
from bot.bootstrap import open_service

if TYPE_CHECKING:
    from config.settings import Settings


class Unruly(AnswerService):
    """Does to its process what the question says, then answers as ever."""

    def ask(self, question: str, **options: Any) -> Any:  # noqa: C901 - a list
        what, _, much = question.partition(" ")
        if what == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "exit":
            sys.exit(3)
        if what == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        if what == "sleep":
            time.sleep(float(much))
        if what == "spin":  # hangs inside one call of C, which lets no other thread run
            re.match(r"(a+)+$", "a" * 60 + "b")
        if what == "print":
            print(much * 1000)  # noqa: T201 - what a careless library does
        if what == "timeout":
            raise TimeoutError("the service's own")
        if what == "odd":
            raise type("Odd", (Exception,), {})("cannot be sent")
        if what == "pid":
            return os.getpid()
        if what == "unsent":
            return lambda: None
        return super().ask(question, **options)

    def speakers(self, typed: str = "", **options: Any) -> Any:
        what, _, much = typed.partition(" ")
        if what == "hang":
            time.sleep(3600)
        if what == "sleep":
            time.sleep(float(much))
        return super().speakers(typed, **options)


def open_unruly(settings: Settings) -> AnswerService:
    """As `open_service`; a file `die` beside the index ends the process instead."""
    if (settings.index.folder / "die").exists():
        os._exit(7)
    service = open_service(settings)
    service.__class__ = Unruly
    return service
