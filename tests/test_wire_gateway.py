"""The bot on the wire: what a gateway does to a connection, and that nothing is lost by it."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from fake_discord import FakeDiscord
from wire import BotProcess, Wire, link_index

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(
    sample_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Wire]:
    async with FakeDiscord() as discord:
        discord.gateway.interval_ms = 150
        discord.gateway.identify_every = 0.2
        home = tmp_path_factory.mktemp("bot")
        bot = BotProcess(
            discord, link_index(sample_folder, home), home, FAKE_HEARTBEAT_TIMEOUT="0.8"
        )
        async with Wire(discord, bot) as wire:
            yield wire


@pytest_asyncio.fixture(loop_scope="module")
async def wire(shared: Wire) -> AsyncIterator[Wire]:
    yield shared
    shared.settle()


async def is_asked_while_away(wire: Wire) -> tuple[Any, Any]:
    """Somebody asks while the bot is not connected: by a message and by a command."""
    channel = wire.discord.add_channel("away")
    await wire.discord.gateway.dispatch("CHANNEL_CREATE", channel.payload())
    said = await wire.discord.say(channel, "What did Kuleba say?")
    one = await wire.discord.slash("ask", question="What did Kuleba say?")
    return channel, (said, one)


async def gets_its_answers(wire: Wire, channel: Any, asked: Any) -> None:
    said, one = asked
    await wire.discord.until(lambda: one.answered and channel.messages[-1] is not said)
    assert len(channel.messages) == 2
    assert len(one.replies) == 1


async def test_the_compression_is_the_one_that_the_library_can_do(wire: Wire) -> None:
    installed = importlib.util.find_spec("zstandard") is not None

    expected = "zstd-stream" if installed else "zlib-stream"
    assert wire.discord.gateway.compressions[-1] == expected


async def test_a_cut_wire_is_resumed_and_what_was_missed_is_answered_once(wire: Wire) -> None:
    gateway = wire.discord.gateway
    identified, resumed = len(gateway.identifies), len(gateway.resumes)
    at = gateway.session.sequence

    gateway.cut()
    asked = await is_asked_while_away(wire)
    await gets_its_answers(wire, *asked)

    assert len(gateway.identifies) == identified
    assert len(gateway.resumes) == resumed + 1
    assert gateway.resumes[-1]["seq"] == at
    assert gateway.resumes[-1]["session_id"] == gateway.session.id


@pytest.mark.parametrize("code", [1000, 1001, 4000, 4001, 4008])
async def test_a_gateway_that_says_goodbye_is_resumed(wire: Wire, code: int) -> None:
    gateway = wire.discord.gateway
    resumed = len(gateway.resumes)

    await gateway.close(code)
    asked = await is_asked_while_away(wire)
    await gets_its_answers(wire, *asked)

    assert len(gateway.resumes) == resumed + 1


async def test_op_7_is_followed_by_a_resume(wire: Wire) -> None:
    gateway = wire.discord.gateway
    resumed, closed = len(gateway.resumes), len(gateway.closed_with)

    await gateway.send(7)
    await wire.discord.until(lambda: len(gateway.resumes) == resumed + 1 and gateway.connected)
    await gets_its_answers(wire, *await is_asked_while_away(wire))

    assert gateway.closed_with[closed] not in {1000, 1001}  # these would end the session


async def test_op_9_with_a_session_that_is_still_good_is_followed_by_a_resume(wire: Wire) -> None:
    gateway = wire.discord.gateway
    resumed, identified = len(gateway.resumes), len(gateway.identifies)

    await gateway.send(9, True)  # noqa: FBT003 - the protocol's
    await wire.discord.until(lambda: len(gateway.resumes) == resumed + 1)
    await gets_its_answers(wire, *await is_asked_while_away(wire))

    assert len(gateway.identifies) == identified


async def test_op_9_with_a_session_that_is_gone_is_followed_by_a_new_one(wire: Wire) -> None:
    gateway = wire.discord.gateway
    before = gateway.session

    gateway.forget()
    await gateway.send(9, False)  # noqa: FBT003 - the protocol's
    await wire.discord.until(lambda: gateway.session is not before and gateway.connected)
    await gets_its_answers(wire, *await is_asked_while_away(wire))


async def test_a_session_that_cannot_be_resumed_is_begun_anew(wire: Wire) -> None:
    gateway = wire.discord.gateway
    before = gateway.session

    gateway.forget()
    gateway.cut()
    await wire.discord.until(lambda: gateway.session is not before and gateway.connected)
    await gets_its_answers(wire, *await is_asked_while_away(wire))

    assert gateway.too_fast == 0


async def test_a_connection_that_went_silent_is_left_and_resumed(wire: Wire) -> None:
    """A zombie: the wire is whole, but nothing is acknowledged any more."""
    gateway = wire.discord.gateway
    resumed, attempts = len(gateway.resumes), gateway.attempts

    gateway.acknowledging = False
    await wire.discord.until(lambda: gateway.attempts > attempts, seconds=5)
    gateway.acknowledging = True
    await wire.discord.until(lambda: len(gateway.resumes) > resumed)
    await gets_its_answers(wire, *await is_asked_while_away(wire))


async def test_a_gateway_that_is_away_for_a_while_is_found_again(wire: Wire) -> None:
    gateway = wire.discord.gateway
    attempts = gateway.attempts

    gateway.refusing = True
    gateway.cut()
    await wire.discord.until(lambda: gateway.attempts > attempts + 1)
    gateway.refusing = False
    await wire.discord.until(lambda: gateway.connected)
    await gets_its_answers(wire, *await is_asked_while_away(wire))


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("CHANNEL_CREATE", {"id": "1"}),
        ("MESSAGE_CREATE", {"id": None}),
        ("INTERACTION_CREATE", {}),
        ("GUILD_CREATE", {"id": "x"}),
        ("GUILD_ROLE_UPDATE", []),
        ("NEWS_OF_2031", {"what": "nobody knows"}),
    ],
)
async def test_an_event_that_cannot_be_read_is_passed_over(
    wire: Wire, event: str, data: Any
) -> None:
    await wire.discord.gateway.dispatch(event, data)
    identified = len(wire.discord.gateway.identifies)
    await gets_its_answers(wire, *await is_asked_while_away(wire))

    assert wire.bot.running
    assert len(wire.discord.gateway.identifies) == identified


async def test_an_event_that_comes_twice_after_a_resume_is_discords_to_avoid_and_ours_to_bear(
    wire: Wire,
) -> None:
    """A repeated interaction is refused by Discord; the first answer stays."""
    one = await wire.answered("What did Kuleba say?")
    event = next(d for _, t, d in reversed(wire.discord.gateway.session.events) if "token" in d)
    await wire.discord.gateway.dispatch("INTERACTION_CREATE", event)
    await wire.discord.until(lambda: len(wire.discord.sent("POST", "/interactions/.*")) == 2)
    await wire.answered("What did Kuleba say?")

    assert len(one.replies) == 1
    assert "NATO" in str(one.reply)
