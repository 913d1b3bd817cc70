"""Logs: lines for a person on a terminal, JSON elsewhere; always on stderr.

The text of a question is logged only as `extra={"question": text}`, never inside a message;
here it is taken out again unless the settings ask for it. A message is one line whatever
stands in it, so that nobody who asks can write a line of their own into the log.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

    from config.settings import LogsSettings

OURS = ("bot", "config", "index")
"""The loggers that `level` speaks of; of other libraries' we want warnings only."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"
_COLOURS = {"WARNING": "\x1b[33m", "ERROR": "\x1b[31m", "CRITICAL": "\x1b[31m"}


def set_up_logs(settings: LogsSettings, stream: TextIO | None = None) -> logging.Handler:
    """Send all logs to `stream` (stderr); called once, in place of what was set up before."""
    stream = stream or sys.stderr
    human = settings.format == "human" or (settings.format == "auto" and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(HumanFormatter(colours=stream.isatty()) if human else _json_formatter())
    if not settings.questions:
        handler.addFilter(_without_question)
    level = settings.level.upper()
    others = max(logging.getLevelName(level), logging.WARNING)
    logging.basicConfig(handlers=[handler], level=others, force=True)
    logging.captureWarnings(capture=True)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    # Of Discord's connection a person who runs the bot wants to know, but not each packet.
    logging.getLogger("discord").setLevel(max(logging.getLevelName(level), logging.INFO))
    return handler


class HumanFormatter(logging.Formatter):
    """`12:30:05 warning  bot.chat: message  key=value`, with the traceback below."""

    def __init__(self, *, colours: bool) -> None:
        super().__init__()
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        r"""Lay out one record; what steers a terminal is shown as `\x1b`."""
        at = time.strftime("%H:%M:%S", time.localtime(record.created))
        extras = "".join(f"  {key}={value}" for key, value in _extras(record).items())
        level = f"{record.levelname.lower():<8}"
        message = f"{record.name}: {record.getMessage()}{extras}".translate(_CONTROLS)
        if self._colours:
            colour = _COLOURS.get(record.levelname, _DIM)
            at, level = f"{_DIM}{at}{_PLAIN}", f"{colour}{level}{_PLAIN}"
        line = f"{at} {level} {message}"
        if record.exc_info:
            trace = self.formatException(record.exc_info).splitlines()
            line += "".join(f"\n    {part.translate(_CONTROLS)}" for part in trace)
        return line


def _json_formatter() -> logging.Formatter:
    from pythonjsonlogger.json import JsonFormatter  # noqa: PLC0415  only where it is used

    return JsonFormatter(
        ["levelname", "name", "message"],
        rename_fields={"levelname": "level", "name": "logger", "exc_info": "traceback"},
        timestamp=True,
        json_ensure_ascii=False,
    )


def _extras(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}


def _without_question(record: logging.LogRecord) -> bool:
    vars(record).pop("question", None)
    return True
