"""The bot on the wire: an ordinary day. Its own process, real HTTP, a real websocket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from discord_cards import cards_of
from fake_discord import FakeDiscord
from wire import BotProcess, Wire, link_index

from bot.chat import texts

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


async def test_a_reply_to_an_answer_goes_on_from_it_and_one_without_words_is_left_alone(
    wire: Wire,
) -> None:
    channel = wire.discord.channel
    asked = await wire.discord.say(channel, "What did Kuleba say?")
    await wire.discord.until(lambda: channel.messages[-1] is not asked)
    answer = channel.messages[-1]
    await wire.answered("What did Blinken say?")  # by then the reply has been noted
    silent = await wire.discord.say(channel, "thanks", mention=False, reply_to=answer)
    more = await wire.discord.say(channel, "and what about Kirby?", reply_to=answer)
    await wire.discord.until(lambda: channel.messages[-1] is not more)
    one, two = wire.discord.sent("POST", r"/channels/\d+/messages")

    assert "What did Kirby say?" in cards_of(two.json)[0].heading
    assert two.json["message_reference"]["message_id"] == int(more["id"])
    assert int(silent["id"]) not in (
        sent.json["message_reference"]["message_id"] for sent in (one, two)
    )


async def test_its_role_is_its_mention_and_it_says_where_it_is_given_no_words(wire: Wire) -> None:
    channel = wire.discord.channel
    asked = await wire.discord.say(channel, "What did Kuleba say?", mention=False, role=True)
    await wire.discord.until(lambda: channel.messages[-1] is not asked)

    assert asked["content"] == ""
    assert channel.messages[-1]["content"] == texts.UNREAD


async def test_several_questions_in_a_message_are_one_reply(wire: Wire) -> None:
    channel = wire.discord.channel
    asked = await wire.discord.say(channel, "What did Kuleba say? What did Kirby say?")
    await wire.discord.until(lambda: channel.messages[-1] is not asked)
    (sent,) = wire.discord.sent("POST", r"/channels/\d+/messages")
    named = [card.heading for card in cards_of(sent.json) if card.heading]

    assert named == ["What did Kuleba say?", "What did Kirby say?"]
