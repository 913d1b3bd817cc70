"""The bot on the wire: an ordinary day. Its own process, real HTTP, a real websocket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

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
        home = tmp_path_factory.mktemp("bot")
        bot = BotProcess(discord, link_index(sample_folder, home), home, FAKE_COMPRESSION="zlib")
        async with Wire(discord, bot) as wire:
            yield wire


@pytest_asyncio.fixture(loop_scope="module")
async def wire(shared: Wire) -> AsyncIterator[Wire]:
    yield shared
    shared.settle()


async def test_it_logs_in_tells_its_commands_and_connects(wire: Wire) -> None:
    told = wire.discord.sent("PUT")
    identify = wire.discord.gateway.identifies[0]

    assert [command["name"] for command in told[0].json][:1] == ["ask"]
    assert identify["shard"] == [0, 1]
    assert len(json.dumps(identify)) < 4096
    assert wire.discord.gateway.compressions[-1] == "zlib-stream"


async def test_a_command_is_acknowledged_and_its_answer_takes_the_deferrals_place(
    wire: Wire,
) -> None:
    one = await wire.answered("What did Kuleba say?")

    assert one.acknowledged - one.created < 1.0
    assert "NATO" in json.dumps(one.reply)
    assert len(one.replies) == 1


async def test_a_mention_is_answered_by_one_reply_with_an_enforced_nonce(wire: Wire) -> None:
    asked = await wire.discord.say(wire.discord.channel, "What did Kuleba say?")
    await wire.discord.until(lambda: wire.discord.channel.messages[-1] is not asked)
    (sent,) = wire.discord.sent("POST", r"/channels/\d+/messages")

    assert sent.json["enforce_nonce"]
    assert len(sent.json["nonce"]) <= 25
    assert sent.json["message_reference"]["message_id"] == int(asked["id"])
