"""The bot on the wire: used where it is not itself, and a verdict that is shared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import fake_payloads as payloads
import pytest
import pytest_asyncio
from discord_cards import above, buttons_of, cards_of
from fake_discord import FakeDiscord
from wire import BotProcess, Wire, link_index

from bot.answers.answer import Verdict
from bot.chat import texts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.asyncio(loop_scope="module")

GUILD, BETWEEN_PEOPLE = 0, 2


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["all", "none"])
async def shared(
    sample_folder: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[tuple[Wire, str]]:
    """A bot of whose articles all are public, or none."""
    public = ["news"] if request.param == "all" else []
    async with FakeDiscord() as discord:
        home = tmp_path_factory.mktemp("bot")
        bot = BotProcess(
            discord,
            link_index(sample_folder, home),
            home,
            PULLQUOTE_DISCORD__COLLECTIONS=json.dumps({"news": ["*"]}),
            PULLQUOTE_DISCORD__PUBLIC=json.dumps(public),
        )
        async with Wire(discord, bot) as wire:
            yield wire, request.param


@pytest_asyncio.fixture(loop_scope="module")
async def wire(shared: tuple[Wire, str]) -> AsyncIterator[tuple[Wire, str]]:
    yield shared
    shared[0].settle()


@pytest.mark.parametrize("context", [GUILD, BETWEEN_PEOPLE])
async def test_where_it_is_not_it_answers_from_what_is_public_alone(
    wire: tuple[Wire, str], context: int
) -> None:
    bot, public = wire
    if context == GUILD:
        channel = payloads.Channel("far", guild_id=payloads.snowflake())
        bot.discord.channels[channel.id] = channel
    else:
        channel = bot.discord.direct(bot.discord.somebody())
    far = await bot.answered("What did Kuleba say?", channel=channel, installed=context)
    here = await bot.answered("What did Kuleba say?")

    assert far.acknowledged - far.created < 1.0
    assert ("Ukraine deserves" in json.dumps(far.reply, ensure_ascii=False)) == (public == "all")
    assert "Ukraine deserves" in json.dumps(here.reply, ensure_ascii=False)
    assert not channel.messages or context == BETWEEN_PEOPLE


async def test_a_private_verdict_is_shared_as_it_was_shown_in_one_message_with_a_nonce(
    wire: tuple[Wire, str],
) -> None:
    discord = wire[0].discord
    alice = discord.somebody()
    words = {"content": "Kirby: “First they gotta win this war”"}
    said = payloads.message(discord.channel, alice, discord.now(), words)
    verdict = await discord.choose(texts.MENU_CHECK, said, by=alice)
    await discord.until(lambda: verdict.answered)
    (button,) = buttons_of(verdict.reply)
    before = len(discord.channel.messages)
    shown: dict[str, Any] = dict(verdict.reply)
    pressed = await discord.click(shown, button["custom_id"], by=alice)
    await discord.until(lambda: len(discord.channel.messages) > before)
    await discord.until(lambda: pressed.acknowledged)
    posted = discord.channel.messages[-1]
    (sent,) = discord.sent("POST", f"/.*channels/{discord.channel.id}/messages")

    assert cards_of(shown)[0].title == texts.VERDICTS[Verdict.VERBATIM]
    assert cards_of(posted) == cards_of(shown)
    assert above(posted).startswith("Shared by")
    assert sent.json["enforce_nonce"]
    assert verdict.reply["flags"] & 1 << 6
