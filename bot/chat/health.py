"""Health: three pages on a port of this machine, for whatever looks after the bot.

`/healthz` says that the process is alive (its event loop turns; else nobody would answer);
restarting it would not help. `/readyz` says whether a question would be answered now, and
what is in the way. `/metrics` is for Prometheus. Nothing on them is secret, nothing can be
changed by them, and by default only this machine can see them.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.chat.metrics import CONTENT_TYPE
from index.errors import CorpusError

if TYPE_CHECKING:
    from bot.chat.client import PullquoteBot

log = logging.getLogger(__name__)

ALIVE, READY, METRICS = "/healthz", "/readyz", "/metrics"


class PortTaken(CorpusError):
    """The port of the health pages cannot be had."""

    def __init__(self, host: str, port: int, problem: str) -> None:
        super().__init__(f"The health pages cannot be served on {host}:{port}: {problem}.")
        self.add_note("Set another one:    PULLQUOTE_DISCORD__HEALTH_PORT=...")


class HealthPages:
    """The server of the pages."""

    def __init__(self, bot: PullquoteBot, *, host: str, port: int) -> None:
        self._bot = bot
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """The port that it listens on."""
        addresses = self._runner.addresses if self._runner is not None else []
        return int(addresses[0][1]) if addresses else self._port

    async def start(self) -> None:
        """Listen. Raises `PortTaken`."""
        app = web.Application()
        app.add_routes(
            [
                web.get(ALIVE, self._alive),
                web.get(READY, self._ready),
                web.get(METRICS, self._metrics),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self.stop()
            problem = (error.strerror or str(error)).lower()
            raise PortTaken(self._host, self._port, problem) from error
        log.info("Health pages on http://%s:%d%s", self._host, self.port, ALIVE)

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _alive(self, _: web.Request) -> web.Response:
        uptime = round(time.time() - self._bot.metrics.started, 1)
        return web.json_response({"alive": True, "uptime_s": uptime})

    async def _ready(self, _: web.Request) -> web.Response:
        said = in_the_way(self._bot)
        body: dict[str, Any] = {
            "ready": not said,
            "in_the_way": said,
            "generation": self._bot.answers.generation,
        }
        return web.json_response(body, status=503 if said else 200)

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=self._bot.metrics.text(), headers={"Content-Type": CONTENT_TYPE})


def in_the_way(bot: PullquoteBot) -> list[str]:
    """Why a question would not be answered now; empty if it would."""
    found = []
    if bot.is_closed():
        found.append("the bot is closing")
    elif not bot.is_ready():
        found.append("not connected to Discord")
    if not bot.answers.engine.ready:
        found.append("the process that answers is not there")
    return found
