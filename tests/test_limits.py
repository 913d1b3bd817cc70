"""bot/chat/limits.py: how often somebody may ask, and that everybody is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord_world import Newsroom, world
from hypothesis import given
from hypothesis import strategies as st

from bot.chat import limits, texts
from bot.chat.limits import Cooldowns

if TYPE_CHECKING:
    import pytest


def test_five_in_thirty_seconds_and_the_sixth_hears_how_long_to_wait() -> None:
    cooldowns = Cooldowns()
    taken = [cooldowns.take(user=1, server=7, now=float(n)) for n in range(5)]

    assert taken == [None] * 5
    assert cooldowns.take(user=1, server=7, now=5.0) == 25.0
    assert cooldowns.take(user=1, server=7, now=29.5) == 0.5
    assert cooldowns.take(user=1, server=7, now=30.0) is None
    assert cooldowns.take(user=1, server=7, now=30.5) == 0.5
    assert cooldowns.turned_away == 3


def test_one_persons_haste_is_nobody_elses_and_no_other_servers() -> None:
    cooldowns = Cooldowns(lambda _: (1, 10.0))

    assert cooldowns.take(user=1, server=7, now=0.0) is None
    assert cooldowns.take(user=1, server=7, now=1.0) == 9.0
    assert cooldowns.take(user=2, server=7, now=1.0) is None
    assert cooldowns.take(user=1, server=8, now=1.0) is None
    assert cooldowns.take(user=1, server=None, now=1.0) is None


def test_each_server_sets_its_own_rate_and_none_is_none() -> None:
    cooldowns = Cooldowns(lambda server: {7: (2, 10.0), 8: (0, 10.0)}.get(server, (1, 5.0)))

    assert [cooldowns.take(user=1, server=7, now=0.0) for _ in range(3)] == [None, None, 10.0]
    assert [cooldowns.take(user=1, server=8, now=0.0) for _ in range(9)] == [None] * 9
    assert [cooldowns.take(user=1, server=None, now=0.0) for _ in range(2)] == [None, 5.0]


def test_a_server_as_a_whole_has_its_limit_and_who_is_turned_away_uses_nothing_up() -> None:
    cooldowns = Cooldowns(per_server=(3, 10.0))
    assert [cooldowns.take(user=n, server=7, now=float(n)) for n in range(3)] == [None] * 3
    assert cooldowns.take(user=9, server=7, now=4.0) == 6.0
    assert cooldowns.take(user=9, server=8, now=4.0) is None
    assert cooldowns.take(user=9, server=7, now=10.0) is None


def test_it_keeps_no_more_people_in_mind_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REMEMBERED", 10)
    cooldowns = Cooldowns()
    for user in range(100):
        cooldowns.take(user=user, server=None, now=0.0)

    assert len(cooldowns._uses) == 10
    cooldowns.take(user=1, server=None, now=31.0)
    assert len(cooldowns._uses) == 1


@given(st.lists(st.floats(0, 20), max_size=60), st.integers(1, 6), st.floats(1, 30))
def test_no_period_ever_holds_more_uses_than_the_rate(steps, most, period) -> None:
    cooldowns = Cooldowns(lambda _: (most, period))
    now, taken = 0.0, []
    for step in steps:
        now += step / 10
        wait = cooldowns.take(user=1, server=None, now=now)
        if wait is None:
            taken.append(now)
        else:
            assert 0 < wait <= period + 1e-6
    for start in taken:
        assert sum(start <= at < start + period * 0.999999 for at in taken) <= most


async def test_whoever_asks_too_fast_is_told_privately_and_nothing_is_worked_out() -> None:
    service = Newsroom()
    async with world(service) as w:
        results = [
            await w.alice.slash(w.channel, "ask", question=f"Kuleba, {n}?") for n in range(6)
        ]
        choices = await w.alice.autocomplete(w.channel, "ask", "article", "", question="x")
        await w.alice.send(w.channel, f"{w.bot.user.mention} Kuleba, at last?")
        said = w.channel.last_message.content
        assert len(w.env.errors) == 1

    told = results[-1].response.content
    assert results[-1].ephemeral
    assert told.startswith("You ask faster than I may answer here. Please try again in ")
    assert said.startswith("You ask faster than I may answer here.")
    assert len(service.asked) == 5
    assert choices  # what is offered while typing is not counted


def test_seconds_are_said_whole_and_never_too_few() -> None:
    assert "in 1 second." in texts.cooling(0.2)
    assert "in 13 seconds." in texts.busy(12.01)
