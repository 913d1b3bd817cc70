"""Asking the bot that runs on this machine how it is, over its health pages."""

from __future__ import annotations

import http.client

from index.errors import CorpusError

PATIENCE = 5.0


class NoHealthPort(CorpusError):
    """No port is set on which the bot could be asked."""

    def __init__(self) -> None:
        super().__init__("The bot has no health port, so it cannot be asked how it is.")
        self.add_note("Give it one and start it again:    PULLQUOTE_DISCORD__HEALTH_PORT=8687")


class BotSilent(CorpusError):
    """Nothing answers on the port."""

    def __init__(self, host: str, port: int, problem: str) -> None:
        super().__init__(f"No bot answers on {host}:{port}: {problem}.")
        self.add_note("Start it:    pullquote run")


def ask_bot(host: str, port: int | None, *, ready: bool) -> tuple[bool, str]:
    """Whether the bot is well, and what it says of itself. Raises `NoHealthPort`, `BotSilent`."""
    if not port:
        raise NoHealthPort
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - to ask, not serve
    connection = http.client.HTTPConnection(near, port, timeout=PATIENCE)
    try:
        connection.request("GET", "/readyz" if ready else "/healthz")
        reply = connection.getresponse()
        return reply.status == http.client.OK, reply.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        problem = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise BotSilent(near, port, str(problem).lower()) from error
    finally:
        connection.close()
