"""Cooldowns: how often one person, and everybody in one server together, may ask.

Commands are counted in one place, `client.Tree`, before they run (a command with
`extras={"free": True}` is not); a message is counted by whoever answers it.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from discord import app_commands

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Rate = tuple[int, float]
"""So many uses in so many seconds."""

PER_USER: Rate = (5, 30.0)
PER_SERVER: Rate = (300, 30.0)
"""Twice what one process answers steadily on a small machine (5 a second)."""
REMEMBERED = 10_000
"""People and servers that are kept in mind; of more, those who asked longest ago are let go."""


class CoolingDown(app_commands.AppCommandError):
    """Somebody asked too often; `retry_after` is in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"asked too often, {retry_after:.0f} s to wait")
        self.retry_after = retry_after


class NotHere(app_commands.AppCommandError):
    """The server has chosen other channels to be answered in."""

    def __init__(self, channels: frozenset[int]) -> None:
        super().__init__(f"answers only in {len(channels)} other channels here")
        self.channels = channels


class Cooldowns:
    """Counts uses. `per_user` says what a server has set (None: a direct message)."""

    def __init__(
        self,
        per_user: Callable[[int | None], Rate] = lambda _: PER_USER,
        *,
        per_server: Rate = PER_SERVER,
    ) -> None:
        self._per_user = per_user
        self._per_server = per_server
        self._uses: OrderedDict[Hashable, tuple[float, tuple[float, ...]]] = OrderedDict()
        """Until when somebody, or a server, is kept in mind, and when they asked; latest last."""
        self.turned_away = 0

    def take(self, *, user: int, server: int | None, now: float) -> float | None:
        """Count a use, or (counting nothing) the seconds until the next one is allowed.

        `now` is in seconds of any clock that does not go back.
        """
        rates: list[tuple[Hashable, Rate]] = [((user, server), self._per_user(server))]
        if server is not None:
            rates.append((server, self._per_server))
        wait = max(self._wait(key, rate, now) for key, rate in rates)
        if wait > 0:
            self.turned_away += 1
            return wait
        for key, (most, period) in rates:
            if most > 0 and period > 0:
                self._uses[key] = (now + period, (*self._asked(key), now)[-most:])
                self._uses.move_to_end(key)
        self._tidy(now)
        return None

    def _wait(self, key: Hashable, rate: Rate, now: float) -> float:
        most, period = rate
        if most <= 0 or period <= 0:  # no limit
            return 0.0
        uses = [at for at in self._asked(key) if at > now - period]
        return 0.0 if len(uses) < most else uses[len(uses) - most] + period - now

    def _asked(self, key: Hashable) -> tuple[float, ...]:
        return self._uses[key][1] if key in self._uses else ()

    def _tidy(self, now: float) -> None:
        """Let go of those whose period is over, and of the first where they are too many."""
        while self._uses:
            key, (until, _) = next(iter(self._uses.items()))
            if until > now and len(self._uses) <= REMEMBERED:
                break
            del self._uses[key]
