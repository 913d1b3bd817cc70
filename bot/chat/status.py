"""What `/status` says, as a value: how the bot is, for somebody who may see these articles."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from bot.chat.metrics import built_at
from index.scope import EVERYTHING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.chat.client import PullquoteBot
    from index.scope import Scope


@dataclass(frozen=True, slots=True)
class Status:
    """How the bot is. `articles` counts those in scope; times are in seconds.

    `gateway` is from a heartbeat to Discord and back, `answer` what an answer took lately
    (the median); None where nothing was measured yet.
    """

    generation: int
    built: datetime | None
    articles: int
    gateway: float | None
    answer: float | None
    waiting: int
    answering: bool
    servers: int
    uptime: float
    restarts: int
    version: str


def read_status(
    bot: PullquoteBot, *, scope: Scope = EVERYTHING, shard: int | None = None
) -> Status:
    """How the bot is now, on one shard's connection or on all; reads memory only."""
    answers, metrics = bot.answers, bot.metrics
    measured = [
        seconds
        for number, seconds in bot.latencies
        if math.isfinite(seconds) and shard in {None, number}
    ]
    return Status(
        generation=answers.generation,
        built=built_at(answers.catalogue.built),
        articles=len(answers.ids if scope.ids is None else scope.ids & answers.ids),
        gateway=max(measured, default=None),
        answer=metrics.usual,
        waiting=answers.engine.length,
        answering=answers.engine.ready,
        servers=len(bot.guilds),
        uptime=time.time() - metrics.started,
        restarts=answers.engine.restarts,
        version=_version(),
    )


def _version() -> str:
    try:
        return version("pullquote")
    except PackageNotFoundError:
        return "unknown"
