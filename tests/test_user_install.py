"""The app as a person has installed it: in their messages, and where the bot itself is not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord_cards import cards_of
from discord_world import (
    MEMBER,
    Newsroom,
    article_of,
    brought_by_a_person,
    leave,
    sample,
    world,
)

from bot.chat import texts
from bot.chat.cogs import guide
from bot.chat.servers import Shelves
from bot.chat.state import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.chat.client import PullquoteBot

USED = ("ask", "quotes", "summary", "check", "articles", "help", "status", "forget-me")
OWN = {"settings", "stats", "reload", "rebuild"}
HIDDEN = "The mayor of Hidden resigned."


def state_of(*public: str) -> Callable[[Any], State]:
    """A state with the sample in one collection, the rest in another."""

    def state(answers: Any) -> State:
        shelves = Shelves({"open": ("sample",), "shut": ("hidden",)}, public, lambda: answers.ids)
        return State.of(None, shelves=shelves)

    return state


def newsroom() -> Newsroom:
    return Newsroom((sample(title="NATO"), article_of(HIDDEN, "hidden", title="Mayor of Hidden")))


async def abroad(w: Any) -> tuple[Any, Any]:
    """A channel of a server that the bot is not on, and alice there."""
    far = w.env.create_guild()
    channel = far.create_text_channel("far")
    alice = far.add_member(w.alice.user)
    await w.bot.servers.change(w.channel.guild.id, cooldown=(0, 0.0))
    await w.bot.servers.change(far.id, cooldown=(0, 0.0), channels=frozenset({7}))
    leave(w, far)
    return channel, alice


async def test_everything_that_is_asked_can_be_installed_by_a_person_and_used_anywhere() -> None:
    async with world() as w:
        told = next(r.json for r in w.sent if r.path.endswith("/commands"))

    by_name = {command["name"]: command for command in told}
    assert set(by_name) - OWN == {*USED, texts.MENU_CHECK, texts.MENU_ASK}
    for name, command in by_name.items():
        if name in OWN:
            assert command["integration_types"] == [0]
            assert 2 not in command["contexts"]
        else:
            assert sorted(command["integration_types"]) == [0, 1]
            assert sorted(command["contexts"]) == [0, 1, 2]


@pytest.mark.parametrize("group", [False, True])
async def test_every_command_answers_where_the_bot_is_not_from_what_is_public(group: bool) -> None:  # noqa: FBT001
    calls: dict[str, dict[str, Any]] = {
        "ask": {"question": "What did Kuleba say?", "article": "sample", "private": True},
        "quotes": {"speaker": "Kuleba", "article": "sample"},
        "summary": {"article": "sample", "length": 300},
        "check": {"quote": "First they gotta win this war", "speaker": "Kirby"},
        "articles": {},
        "help": {},
        "status": {},
        "forget-me": {},
    }
    async with world(newsroom(), state=state_of("open")) as w:
        channel, alice = await abroad(w)
        with brought_by_a_person(2 if group else None):
            for name, options in calls.items():
                if group:
                    result = await w.alice.user.slash(name, **options)
                else:
                    result = await alice.slash(channel, name, **options)
                assert cards_of(result.response) or name == "forget-me", name
        said = json.dumps([r.json for r in w.sent if "/commands" not in r.path], default=str)

    assert set(calls) == set(USED)
    assert "ports" not in said
    assert "Hidden" not in said
    assert MEMBER[:20] in said


async def test_where_nothing_is_public_nothing_is_offered_named_or_answered_abroad() -> None:
    async with world(newsroom(), state=state_of()) as w:
        channel, alice = await abroad(w)
        with brought_by_a_person():
            articles = await alice.autocomplete(channel, "summary", "article", "")
            speakers = await alice.autocomplete(channel, "quotes", "speaker", "")
            listed = await alice.slash(channel, "articles")
            named = await alice.slash(channel, "summary", article="sample")
        assert len(w.env.errors) == 1
        here = await w.alice.autocomplete(w.channel, "summary", "article", "")
        there = w.env.create_guild().create_text_channel("new")
        offered = await there.guild.add_member(w.alice.user).autocomplete(
            there, "quotes", "speaker", ""
        )

    assert (articles, speakers) == ([], [])
    assert cards_of(listed.response)[0].text == guide.NONE_HERE
    assert named.response.content == texts.NO_SUCH_ARTICLE
    assert len(here) == 2  # on a server that the bot is on, all of them
    assert offered


async def test_a_server_that_the_bot_has_left_no_longer_says_where_it_is_answered() -> None:
    async with world(newsroom(), state=state_of("open")) as w:
        channel, alice = await abroad(w)
        with brought_by_a_person():
            result = await alice.slash(channel, "ask", question="What did Kuleba say?")

    assert cards_of(result.response)


async def test_buttons_that_the_bot_could_not_take_away_in_the_end_are_not_tried() -> None:
    """A message elsewhere can be edited for 15 minutes; after that Discord would refuse it."""
    async with world(newsroom(), state=state_of("open")) as w:
        channel, alice = await abroad(w)
        await w.alice.slash(w.channel, "ask", question="What did Kuleba say?")
        with brought_by_a_person():
            asked = await alice.slash(channel, "ask", question="What did Kuleba say?")
        assert asked.response.components
        w.bot.shown._now = lambda: datetime(2100, 1, 1, tzinfo=UTC).timestamp()
        expired = await w.bot.shown.tidy()

    assert [place for place, _ in expired] == [w.channel.id]


async def test_a_button_pressed_after_the_bot_has_left_opens_only_what_is_public() -> None:
    async with world(newsroom(), state=state_of()) as w:
        answer = await w.alice.slash(w.channel, "ask", question="What did Kuleba say?")
        leave(w, w.channel.guild)
        with brought_by_a_person():
            context = await w.alice.click(answer.response.message, label=texts.BUTTON_CONTEXT)

    assert context.response.content == texts.ARTICLE_GONE


async def test_where_discord_does_not_say_what_kind_of_message_it_is_only_the_public_is_seen() -> (
    None
):
    async with world(newsroom(), state=state_of("open")) as w:
        await w.alice.send_dm("Kuleba?")
        made = discord.app_commands.AppCommandContext()
        bot: PullquoteBot = w.bot
        interaction = object.__new__(discord.Interaction)
        interaction.guild_id, interaction.channel, interaction.context = None, None, made
        scope = bot.scope_at(interaction)

    assert scope.ids == {"sample"}
