"""What the commands take, and what is offered while one types it, within 25."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from discord_cards import cards_of
from discord_world import KIRBY, MEMBER, Newsroom, article_of, sample, world
from hypothesis import given
from hypothesis import strategies as st

from bot.answers.people import find_speakers, names_of
from bot.chat import texts
from bot.chat.choices import article_choices, speaker_choices
from bot.chat.cogs.options import which
from bot.chat.markdown import size
from bot.chat.process import Lost
from bot.chat.servers import Shelves
from bot.chat.state import State
from bot.chat.worker import Busy, Stopping, TooSlow
from index.article import Heading
from index.errors import NoIndex, UnknownArticle
from index.names import is_begun
from index.scope import EVERYTHING, Scope
from index.speech import Speaker
from index.words import words_of

if TYPE_CHECKING:
    from bot.answers.service import AnswerService

TAKEN = {
    "ask": {"question": True, "article": False, "private": False},
    "quotes": {"speaker": False, "article": False, "about": False},
    "summary": {"article": False, "length": False, "sentences": False},
    "check": {"quote": True, "speaker": False},
    "articles": {"find": False},
    "help": {},
    "status": {},
    "forget-me": {},
}
OFFERED = [("ask", "article"), ("quotes", "article"), ("summary", "article")]
NAMED = [("quotes", "speaker"), ("check", "speaker")]
NEEDED = {"ask": {"question": "?"}, "check": {"quote": "x"}}

words = st.text("abcdefg ’é-.", min_size=1, max_size=14).filter(lambda t: any(map(str.isalpha, t)))
people = st.builds(
    Speaker, words.map(str.title), st.uuids().map(str), st.lists(words, max_size=3).map(tuple)
)


def begun(typed: str, known: list[Speaker]) -> list[Speaker]:
    """Whoever has a name that begins as typed."""
    held = words_of(typed)
    return [one for one in known if not held or is_begun(one, held, by="p")]


async def test_each_command_takes_what_the_docs_say_and_offers_articles_and_speakers() -> None:
    async with world() as w:
        told = next(r.json for r in w.sent if r.path.endswith("/commands"))

    options = {one["name"]: one.get("options", []) for one in told}
    for name, taken in TAKEN.items():
        assert {one["name"]: one.get("required", False) for one in options[name]} == taken
    offering = {(n, one["name"]) for n in TAKEN for one in options[n] if one.get("autocomplete")}
    assert offering == {*OFFERED, *NAMED}
    (lengths,) = [one["choices"] for one in options["summary"] if one["name"] == "length"]
    values = [choice["value"] for choice in lengths]
    assert len(values) == 3
    assert all(one < other for one, other in pairwise(values))


@pytest.mark.parametrize(("command", "option"), OFFERED)
async def test_articles_are_offered_by_title_and_id_at_most_25_without_asking_anybody(
    command: str, option: str
) -> None:
    many = [article_of("Text.", f"a{n}", title=f"Story {n} " + "🦊" * 80) for n in range(60)]
    service = Newsroom((sample(title="On NATO"), *many))
    needed = NEEDED.get(command, {})
    async with world(service) as w:
        service.before = pytest.fail  # whatever is asked now
        every = await w.alice.autocomplete(w.channel, command, option, "story", **needed)
        one = await w.alice.autocomplete(w.channel, command, option, "nato", **needed)
        by_id = await w.alice.autocomplete(w.channel, command, option, "a59", **needed)
        await w.alice.slash(w.channel, "help")

    assert len(every) == 25
    assert all(size(choice["name"]) <= 100 for choice in every)
    assert [choice["value"] for choice in one] == ["sample"]
    assert [choice["value"] for choice in by_id] == ["a59"]


@pytest.mark.parametrize(("command", "option"), NAMED)
@pytest.mark.parametrize("typed", ["", "kul", "DMYTRO", "Kuleba", "dmytro k"])
async def test_speakers_are_offered_under_any_of_their_names(
    command: str, option: str, typed: str
) -> None:
    async with world() as w:
        needed = NEEDED.get(command, {})
        offered = await w.alice.autocomplete(w.channel, command, option, typed, **needed)
        await w.alice.slash(w.channel, "help")

    assert "Dmytro Kuleba" in [choice["value"] for choice in offered]
    assert typed == "" or len(offered) == 1


@pytest.mark.parametrize("trouble", [Busy(1.0), TooSlow(), Lost(), Stopping(), NoIndex(Path("x"))])
async def test_whoever_types_is_offered_nothing_where_names_cannot_be_looked_up(
    trouble: Exception,
) -> None:
    async def look(*_: Any, **__: Any) -> None:
        raise trouble

    async with world() as w:
        w.bot.answers.engine.look = look
        speakers = await w.alice.autocomplete(w.channel, "quotes", "speaker", "kul")
        articles = await w.alice.autocomplete(w.channel, "quotes", "article", "s")
        assert not w.env.errors

    assert speakers == articles == []


@given(st.lists(people, min_size=1, max_size=40), st.data())
def test_whoever_is_known_by_a_name_is_offered_under_it_and_found_by_what_is_offered(
    known: list[Speaker], data: Any
) -> None:
    wanted = data.draw(st.sampled_from(known))
    name = data.draw(st.sampled_from(names_of(wanted)))
    typed = name[: data.draw(st.integers(1, len(name)))]
    every = begun(typed, known)
    offered = speaker_choices(every[:25], typed)

    assert wanted in every or not any(map(str.isalpha, typed))
    assert len(offered) <= 25
    assert all(0 < size(one.name) <= 100 and 0 < size(one.value) <= 100 for one in offered)
    if wanted in every[:25]:
        values = [one.value for one in offered]
        assert any(value in names_of(wanted) for value in values)


def test_a_name_too_long_for_discord_is_offered_under_a_shorter_one() -> None:
    long = Speaker("Deputy " * 20 + "Lee", "p", ("x" * 200, "Ann Lee", "Lee"))
    nobody = Speaker("y" * 101, "q")

    (only,) = speaker_choices([long, nobody], "le")
    assert (only.name, only.value) == ("Ann Lee", "Ann Lee")


async def test_everybody_offered_is_found_by_the_name_that_is_handed_back(
    service: AnswerService,
) -> None:
    everybody = [voice.speaker for voice in service.voices()]
    for speaker in everybody:
        for name in names_of(speaker):
            for choice in speaker_choices(begun(name, everybody)[:25], name):
                assert find_speakers(choice.value, everybody), choice
            assert speaker in find_speakers(name, everybody), name
    assert KIRBY.name in [speaker.name for speaker in everybody]


@pytest.mark.parametrize("command", ["ask", "quotes", "summary"])
async def test_an_article_that_was_typed_and_not_chosen_is_found_if_only_one_is_meant(
    command: str,
) -> None:
    more = [article_of("Ports.", f"p{n}", title=f"Ports {n}") for n in range(2)]
    needed = {"ask": {"question": "What did Kuleba say?"}}.get(command, {})
    async with world(Newsroom((sample(title="Kuleba on NATO"), *more))) as w:
        found = await w.alice.slash(w.channel, command, article="kuleba ON nato", **needed)
        assert not w.env.errors
        two = await w.alice.slash(w.channel, command, article="ports", **needed)
        assert len(w.env.errors) == 1

    assert cards_of(found.response)
    assert two.response.content == texts.NO_SUCH_ARTICLE


async def test_a_title_that_is_typed_finds_nothing_that_may_not_be_seen() -> None:
    def state(answers: Any) -> State:
        return State.of(None, shelves=Shelves({"open": ("sample",)}, (), lambda: answers.ids))

    hidden = article_of("Ports.", "hidden", title="Secret ports")
    async with world(Newsroom((sample(), hidden)), state=state) as w:
        await w.bot.servers.change(w.channel.guild.id, collections=frozenset({"open"}))
        typed = [
            await w.alice.slash(w.channel, "summary", article=one)
            for one in ("secret ports", "hidden", "no such thing")
        ]
        assert len(w.env.errors) == 3
        answers, only = w.bot.answers, Scope(frozenset({"sample"}))
        assert await which(answers, EVERYTHING, "secret") == "hidden"
        for scope, one in ((only, "secret"), (only, "hidden"), (only, " "), (only, "🙂")):
            with pytest.raises(UnknownArticle):
                await which(answers, scope, one)

    assert {one.response.content for one in typed} == {texts.NO_SUCH_ARTICLE}


def test_articles_are_offered_by_title_or_id_and_an_id_too_long_for_discord_is_not() -> None:
    named = article_of("Text.", "a1", title="Ports", publisher="Post")
    bare = article_of("They met.", "a2", title=" ")
    long = article_of("Text.", "x" * 101, title="Long")

    headings = map(Heading.of, (named, long, bare))
    offered = [(one.name, one.value) for one in article_choices(headings)]
    assert offered == [("Ports — Post", "a1"), ("a2 — They met.", "a2")]


def test_whoever_is_offered_for_a_role_is_offered_with_it() -> None:
    mayor = Speaker("Ada Obi", "ada-obi", ("Obi",), ("the mayor of Port Lowe",))

    assert [one.name for one in speaker_choices([mayor], "mayor")] == [
        "Ada Obi (the mayor of Port Lowe)"
    ]
    assert [one.name for one in speaker_choices([mayor], "ob")] == ["Ada Obi"]


@pytest.mark.parametrize("private", [True, False])
async def test_whether_an_answer_is_private_is_the_askers_to_say(*, private: bool) -> None:
    async with world() as w:
        await w.bot.servers.change(w.channel.guild.id, private=not private)
        result = await w.alice.slash(
            w.channel, "ask", question="what did Kuleba say?", article="sample", private=private
        )

    assert result.ephemeral is private
    assert MEMBER[:20] in cards_of(result.response)[0].text


async def test_status_says_generation_articles_age_and_how_long_answers_and_discord_take() -> None:
    async with world() as w:
        await w.alice.slash(w.channel, "ask", question="what did Kuleba say?")
        result = await w.alice.slash(w.channel, "status")

    said = cards_of(result.response)[0].text
    assert "**Index:** generation 1, built <t:1767225600:R>" in said
    assert "**Articles here:** 1\n" in said
    assert re.search(r"\*\*An answer takes:\*\* \d+ ms", said)
    assert "**To Discord and back:**" in said
