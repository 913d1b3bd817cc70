"""The bot on the wire: how it starts where it cannot yet, how it ends, and who shares the work."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from fake_discord import FakeDiscord
from wire import BotProcess, Wire, link_index

from bot.chat import texts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    Start = Callable[..., BotProcess]

QUESTION = "What did Kuleba say?"
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as one:
        one.gateway.identify_every = 0.2
        yield one
        assert one.broken == []
        assert one.gateway.broken == []
        assert one.gateway.too_fast == 0


@pytest_asyncio.fixture(loop_scope="module")
async def make(discord: FakeDiscord, sample_folder: Path, tmp_path: Path) -> AsyncIterator[Start]:
    """Makes bots, to be started; whatever is left of them is ended."""
    made: list[BotProcess] = []
    index = link_index(sample_folder, tmp_path)

    def one(**env: str) -> BotProcess:
        made.append(BotProcess(discord, index, tmp_path / f"bot{len(made)}", **env))
        return made[-1]

    yield one
    for bot in made:
        bot.kill()
        await bot.process.wait()


def told(bot: BotProcess) -> list[str]:
    """What it says at its end; the lines of its log begin with the time."""
    return [line for line in bot.log.splitlines() if line and not line[0].isdigit()]


async def ask(discord: FakeDiscord, question: str = QUESTION) -> Any:
    one = await discord.slash("ask", question=question)
    await discord.until(lambda: one.answered)
    return one


async def test_a_gateway_that_is_away_at_first_is_waited_for(
    discord: FakeDiscord, make: Start
) -> None:
    bot = make()
    discord.gateway.refusing = True
    discord.fail("GET", "/gateway/bot", status=500, body={}, times=1)
    await bot.start()
    await discord.until(lambda: discord.gateway.attempts == 2)
    discord.gateway.refusing = False
    await Wire(discord, bot).connected()
    await ask(discord)

    assert "cannot be reached" in bot.log
    assert "Traceback" not in bot.log


@pytest.mark.parametrize(
    ("code", "sentence"),
    [(4004, texts.LOGIN_REFUSED), (4014, texts.NO_INTENT)],
)
async def test_what_the_gateway_refuses_for_good_is_one_clear_sentence(
    discord: FakeDiscord, make: Start, code: int, sentence: str
) -> None:
    bot = make()
    discord.gateway.close_after_identify = code
    await bot.start()

    assert await bot.ended() == 1
    assert len(discord.gateway.identifies) == 1
    assert told(bot)[0] == f"pullquote: {sentence}"
    assert len(told(bot)) == 2  # and what to do


@pytest.mark.parametrize("asked_for", [False, True])
async def test_only_who_asks_for_the_words_of_messages_can_be_refused_them(
    discord: FakeDiscord, make: Start, *, asked_for: bool
) -> None:
    message_content = 1 << 15
    bot = make(PULLQUOTE_DISCORD__MESSAGE_CONTENT=str(asked_for).lower())
    discord.gateway.forbidden_intents = message_content
    await bot.start()
    await discord.until(lambda: discord.gateway.identifies)
    (identify,) = discord.gateway.identifies

    assert bool(identify["intents"] & message_content) is asked_for
    if asked_for:
        assert await bot.ended() == 1
        assert told(bot)[0] == f"pullquote: {texts.NO_INTENT}"
        assert "PULLQUOTE_DISCORD__MESSAGE_CONTENT" in told(bot)[1]
    else:
        await ask(discord)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"status": 401, "body": {"message": "401: Unauthorized", "code": 0}}, texts.LOGIN_REFUSED),
        ({}, "Discord cannot be reached"),
    ],
)
async def test_a_login_that_fails_is_one_clear_sentence(
    discord: FakeDiscord, make: Start, how: dict[str, Any], sentence: str
) -> None:
    bot = make()
    discord.fail("GET", "/users/@me", times=None, **how)
    await bot.start()

    assert await bot.ended() == 1
    assert told(bot)[0].startswith(f"pullquote: {sentence}")
    assert len(told(bot)) == 2
    assert discord.gateway.attempts == 0


async def test_commands_that_discord_does_not_take_do_not_keep_it_from_answering(
    discord: FakeDiscord, make: Start
) -> None:
    bot = make()
    discord.fail("PUT", ".*", times=None)
    async with Wire(discord, bot):
        await ask(discord)


async def test_without_a_session_to_begin_it_waits_and_does_not_try(
    discord: FakeDiscord, make: Start
) -> None:
    bot = make()
    discord.starts_left = 0
    await bot.start()
    await discord.until(lambda: len(discord.sent("GET", "/gateway/bot")) == 2)
    assert discord.gateway.attempts == 0

    discord.starts_left = 1
    await Wire(discord, bot).connected()


async def test_sigterm_lets_what_is_under_way_be_answered_and_says_goodbye(
    discord: FakeDiscord, make: Start
) -> None:
    bot = make(FAKE_OPENER="unruly:open_unruly")
    async with Wire(discord, bot):
        late = {"status": 500, "body": {}}  # which discord.py tries again after a second
        one = await discord.slash("ask", question="sleep 0.5", fails=("PATCH", late))
        said = await discord.say(discord.channel, "sleep 0.51")
        await discord.until(lambda: one.acknowledged)
        began = time.monotonic()
        code = await bot.stop()

    assert code == 0
    assert time.monotonic() - began < 5
    assert one.answered
    assert discord.channel.messages[-1] is not said
    assert discord.gateway.closed_with[-1] == 1000
    assert "Traceback" not in bot.log


async def test_sigterm_ends_it_in_time_whoever_has_gone_silent(
    discord: FakeDiscord, make: Start
) -> None:
    """The gateway reads no more, an answer is not taken, and a question hangs."""
    bot = make(FAKE_OPENER="unruly:open_unruly")
    discord.gateway.interval_ms = 100
    async with Wire(discord, bot):
        discord.fail("PATCH", "/webhooks/.*", seconds=30.0, status=200, times=None)
        await discord.slash("ask", question=QUESTION)
        await discord.slash("ask", question="stop")
        discord.gateway.hearing.clear()
        await asyncio.sleep(0.3)
        began = time.monotonic()
        code = await bot.stop()
        discord.gateway.hearing.set()

    assert code == 0
    assert time.monotonic() - began < 9
    assert "Traceback" not in bot.log


async def test_sigterm_ends_it_while_it_waits_for_the_gateway(
    discord: FakeDiscord, make: Start
) -> None:
    bot = make()
    discord.gateway.refusing = True
    await bot.start()
    await discord.until(lambda: discord.gateway.attempts == 1)

    assert await bot.stop() == 0
    assert "Traceback" not in bot.log


async def test_a_kill_costs_nothing_but_the_connection(discord: FakeDiscord, make: Start) -> None:
    bot = make()
    await bot.start()
    await Wire(discord, bot).connected()
    await ask(discord)
    bot.kill()
    await bot.ended()
    await discord.until(lambda: not discord.gateway.connected)
    registered = len(discord.sent("PUT"))

    async with Wire(discord, bot):
        await ask(discord)
        assert len(discord.sent("PUT")) == registered
        assert await bot.stop() == 0


async def test_a_question_that_hangs_is_given_up_and_the_next_is_answered(
    discord: FakeDiscord, make: Start
) -> None:
    bot = make(FAKE_OPENER="unruly:open_unruly", PULLQUOTE_DISCORD__TIMEOUT_S="1")
    async with Wire(discord, bot):
        hung = await discord.slash("ask", question="stop")
        await discord.until(lambda: hung.acknowledged)
        behind = await discord.slash("ask", question=QUESTION)
        await discord.until(lambda: hung.answered and behind.answered)
        while bot.log.count("Answering from") < 2:  # noqa: ASYNC110 - another process's log
            await asyncio.sleep(0.05)
        after = await ask(discord)

    assert hung.reply["content"] == texts.TOO_SLOW
    assert behind.reply["content"] or "NATO" in json.dumps(behind.reply)
    assert "NATO" in json.dumps(after.reply)


async def test_processes_that_share_the_shards_take_turns(
    discord: FakeDiscord, make: Start
) -> None:
    """Eight shards in three processes, of which Discord lets two at once identify."""
    gateway = discord.gateway
    gateway.max_concurrency = 2
    gateway.identify_every = 0.35
    ranges = ("0-3/8", "4-6/8", "7/8")
    bots = [make(PULLQUOTE_DISCORD__SHARDS=r, FAKE_IDENTIFY_EVERY="0.4") for r in ranges]
    for bot in bots:
        await bot.start()
    await discord.until(lambda: len(gateway.sessions) == 8, seconds=30)

    assert sorted(i["shard"] for i in gateway.identifies) == [[n, 8] for n in range(8)]
    for key in range(2):
        times = [i["at"] for i in gateway.identifies if i["shard"][0] % 2 == key]
        assert all(b - a >= 0.35 for a, b in itertools.pairwise(times))
    mine = next(
        s for s in gateway.sessions.values() if s.shard[0] == int(discord.guild_id) >> 22 & 7
    )
    one = await discord.slash("ask", question=QUESTION, session=mine)
    await discord.until(lambda: one.answered)
    assert [await bot.stop() for bot in bots] == [0, 0, 0]
