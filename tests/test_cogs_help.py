"""bot/chat/cogs/help.py: what there is, what can be asked and how the bot is, within scope."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from discord_cards import cards_of
from discord_world import Newsroom, sample, world

from bot.answers.about import read_about
from bot.answers.answer import FactKind
from bot.chat import texts
from bot.chat.cogs import guide
from bot.chat.servers import Shelves
from bot.chat.state import State

HOSTILE = sample(
    title="**Old** [free](https://evil.example) @everyone", published="2020-01-01", publisher="Post"
)


def known(count: int = 3) -> Newsroom:
    new = [
        sample(article_id=f"new{n}", title=f"Fresh story {n}", published=f"2024-01-{n + 1:02}")
        for n in range(count - 1)
    ]
    return Newsroom((HOSTILE, *new))


async def test_articles_are_listed_newest_first_and_titles_stay_plain_text() -> None:
    async with world(known()) as w:
        result = await w.alice.slash(w.channel, "articles")

    said = cards_of(result.response)[0].text
    assert said.index("Fresh story 1") < said.index("Fresh story 0") < said.index("Old")
    assert "\\[free\\]" in said
    assert "\\@everyone" in said
    assert "<t:1577880000:D>" in said


async def test_many_articles_are_leafed_through_and_found_by_a_word() -> None:
    async with world(known(20)) as w:
        whole = await w.alice.slash(w.channel, "articles")
        one = await w.alice.slash(w.channel, "articles", find="  OLD ")
        none = await w.alice.slash(w.channel, "articles", find="nowhere")
        await w.alice.click(whole.response, label=texts.NEXT)

    assert cards_of(whole.response)[0].title == "20 articles"
    assert cards_of(one.response)[0].title == "1 article"
    assert cards_of(none.response)[0].text == guide.NONE_FOUND


async def test_help_names_a_speaker_who_is_there_and_is_for_the_asker_alone() -> None:
    async with world(known()) as w:
        result = await w.alice.slash(w.channel, "help")

    assert result.ephemeral
    assert "What did John Kirby say?" in cards_of(result.response)[0].text


async def test_what_help_suggests_of_a_single_article_is_a_question_about_it() -> None:
    async with world() as w:
        result = await w.alice.slash(w.channel, "help")

    said = cards_of(result.response)[0].text
    _, *questions = re.findall(r"^- (.+\?)$", said, re.MULTILINE)
    assert [read_about(one).kind for one in questions] == [FactKind.AUTHOR, FactKind.PUBLISHED]


async def test_status_counts_the_articles_and_is_for_the_asker_alone() -> None:
    async with world(known()) as w:
        result = await w.alice.slash(w.channel, "status")

    said = cards_of(result.response)[0].text.split("\n")
    assert result.ephemeral
    assert "**Articles here:** 3" in said
    assert "**Index:** generation 1, built <t:1767225600:R>" in said
    assert "**Answering:** yes" in said


@pytest.mark.parametrize("command", ["articles", "help", "status"])
@pytest.mark.parametrize(
    ("chosen", "seen", "hidden"),
    [("new", "Fresh", ("Old", "Kirby", "Post")), ("nothing", "", ("Fresh", "Old", "Kirby"))],
)
async def test_what_a_server_may_not_see_is_named_by_none_of_them(
    command: str, chosen: str, seen: str, hidden: tuple[str, ...]
) -> None:
    def state(answers: Any) -> State:
        shelves = Shelves({"new": ("new*",), "nothing": ("z",)}, (), lambda: answers.ids)
        return State.of(None, shelves=shelves)

    async with world(known(), state=state) as w:
        await w.bot.servers.change(w.channel.guild.id, collections=frozenset({chosen}))
        before = len(w.env.http_requests)
        await w.alice.slash(w.channel, command)
        said = json.dumps([request.json for request in w.env.http_requests[before:]], default=str)

    assert not [name for name in hidden if name in said]
    if command != "status":
        assert (seen or guide.NONE_HERE) in said
    else:
        assert f"**Articles here:** {2 if seen else 0}\\n" in said
