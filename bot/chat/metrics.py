"""Metrics: what an operator watches, in Prometheus' names and format.

What happens is counted as it happens; what simply is (the queue, the generation) is looked
up when somebody asks. Every name is in docs/grafana.json or could be; none holds a
question, a name of a person, or an id of a server.
"""

from __future__ import annotations

import os
import time
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import aiohttp
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from bot.answers.answer import NoAnswer
from bot.chat.lag import Lag
from bot.chat.process import Lost
from bot.chat.worker import Busy, Stopping, TooSlow
from index.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.metrics_core import Metric

    from bot.chat.client import PullquoteBot

disable_created_metrics()  # type: ignore[no-untyped-call] # a series more for each, used by nobody
CONTENT_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)
LAGS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
RECENT = 100
"""Answers that the usual time of an answer is taken from."""

_ERRORS: tuple[tuple[type[BaseException], str], ...] = (
    (Busy, "busy"),
    (TooSlow, "too_slow"),
    (Lost, "lost"),
    (Stopping, "stopping"),
    (CorpusError, "mendable"),
)


class Metrics:
    """The figures of one bot, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.started = time.time()
        self.seconds = Histogram(
            "pullquote_answer_seconds",
            "Seconds from a question's arrival at the queue to its value, by what was asked for.",
            ["method"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.asked = Counter(
            "pullquote_questions_total",
            "What was asked for, and what came of it.",
            ["method", "outcome"],
            registry=self.registry,
        )
        self.refusals = Counter(
            "pullquote_refusals_total",
            "Questions that were not answered, by reason.",
            ["reason"],
            registry=self.registry,
        )
        self.lag = Histogram(
            "pullquote_loop_lag_seconds",
            "How much later than asked the event loop woke a sleeper.",
            buckets=LAGS,
            registry=self.registry,
        )
        self.gateway = Counter(
            "pullquote_gateway_events_total",
            "Connections to Discord's gateway made, lost and resumed.",
            ["event"],
            registry=self.registry,
        )
        self.requests = Counter(
            "pullquote_discord_requests_total",
            "Requests to Discord's API, by the status of the reply (error: there was none).",
            ["status"],
            registry=self.registry,
        )
        self.limited = Counter(
            "pullquote_discord_rate_limited_total",
            "Replies 429, by what Discord says is limited.",
            ["scope"],
            registry=self.registry,
        )
        self.loop = Lag(self.lag.observe)
        self._recent: deque[float] = deque(maxlen=RECENT)
        ProcessCollector(registry=self.registry)

    @property
    def usual(self) -> float | None:
        """The seconds that an answer took lately (the median); None before the first."""
        return median(self._recent) if self._recent else None

    def note(self, method: str, seconds: float, came: Any) -> None:
        """Count what came of a call of `Answers`: a value, or an exception."""
        self.seconds.labels(method).observe(seconds)
        outcome = "answered"
        if isinstance(came, NoAnswer):
            outcome = "refused"
            self.refusals.labels(came.reason.value).inc()
        elif isinstance(came, BaseException):
            outcome = next((name for kind, name in _ERRORS if isinstance(came, kind)), "error")
            self.refusals.labels(outcome).inc()
        else:
            self._recent.append(seconds)
        self.asked.labels(method, outcome).inc()

    def trace(self) -> aiohttp.TraceConfig:
        """What discord.py is given to have its requests counted."""
        traced = aiohttp.TraceConfig()

        async def ended(_: Any, __: Any, told: aiohttp.TraceRequestEndParams) -> None:
            self.requests.labels(str(told.response.status)).inc()
            if told.response.status == 429:
                scope = told.response.headers.get("X-RateLimit-Scope", "unknown")
                known = scope in {"user", "global", "shared"}
                self.limited.labels(scope if known else "unknown").inc()

        async def failed(_: Any, __: Any, ___: aiohttp.TraceRequestExceptionParams) -> None:
            self.requests.labels("error").inc()

        traced.on_request_end.append(ended)
        traced.on_request_exception.append(failed)
        return traced

    def watch(self, bot: PullquoteBot) -> None:
        """Show what this bot is like, too."""
        self.registry.register(_Bot(bot))

    def text(self) -> bytes:
        """All of it, in Prometheus' text format."""
        return generate_latest(self.registry)


class _Bot(Collector):
    """What is looked up when somebody asks."""

    def __init__(self, bot: PullquoteBot) -> None:
        self._bot = bot

    def collect(self) -> Iterable[Metric]:
        """The figures as they are now."""
        answers, engine = self._bot.answers, self._bot.answers.engine
        yield _gauge(
            "pullquote_ready", "Whether a question would be answered.", is_ready(self._bot)
        )
        yield _gauge(
            "pullquote_queue_length", "Questions that wait or are worked on.", engine.length
        )
        yield _gauge("pullquote_queue_capacity", "How many may.", engine.capacity)
        yield _counter(
            "pullquote_worker_restarts", "Processes that answer, started anew.", engine.restarts
        )
        yield _gauge("pullquote_index_generation", "The generation in use.", answers.generation)
        yield _gauge("pullquote_index_articles", "Articles in it.", len(answers.ids))
        if (built := built_at(answers.catalogue.built)) is not None:
            age = (datetime.now(UTC) - built).total_seconds()
            yield _gauge("pullquote_index_age_seconds", "Seconds since it was built.", age)
        reloads = CounterMetricFamily(
            "pullquote_index_reloads", "Generations taken up, or not.", labels=["result"]
        )
        reloads.add_metric(["taken_up"], engine.reloads)
        reloads.add_metric(["failed"], engine.failed_reloads)
        yield reloads
        cache = CounterMetricFamily(
            "pullquote_cache_lookups",
            "Questions whose answer was known, under way, or worked out.",
            labels=["result"],
        )
        for result in ("hits", "joined", "misses"):
            cache.add_metric([result], getattr(answers.cache, result))
        yield cache
        yield _counter(
            "pullquote_cooldowns", "Questions turned away for coming too fast.",
            self._bot.cooldowns.turned_away,
        )  # fmt: skip
        latency = GaugeMetricFamily(
            "pullquote_gateway_latency_seconds",
            "From a heartbeat to its acknowledgement.",
            labels=["shard"],
        )
        for shard, seconds in self._bot.latencies:
            latency.add_metric([str(shard)], seconds)
        yield latency
        yield _gauge("pullquote_servers", "Servers that the bot is in.", len(self._bot.guilds))
        worst = self._bot.metrics.loop.worst
        yield _gauge("pullquote_loop_lag_worst_seconds", "The worst of the last minute.", worst)
        memory = GaugeMetricFamily(
            "pullquote_memory_bytes", "Resident memory, by process.", labels=["process"]
        )
        for process, pid in (("bot", os.getpid()), ("answers", engine.pid)):
            if pid is not None and (held := resident(pid)) is not None:
                memory.add_metric([process], held)
        yield memory


def is_ready(bot: PullquoteBot) -> bool:
    """Whether a question that is asked now would be answered."""
    return bot.is_ready() and not bot.is_closed() and bot.answers.engine.ready


def built_at(built: str) -> datetime | None:
    """When a generation was made; None where that is not known."""
    try:
        moment = datetime.fromisoformat(built)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def resident(pid: int) -> int | None:
    """The memory that a process holds, in bytes; None where the system (unlike Linux) is silent."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return None


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, value=float(value))


def _counter(name: str, says: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(name, says, value=float(value))
