"""Isolation: an article that a place may not see is reached from there by nothing.

Each article has a title, a speaker and a word of its own, so that whatever leaks is seen in
what the bot sends. The index, the service and the bot are real; servers, channels,
collections and what is done there are made up by hypothesis.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord_cards import buttons_of, labels_of
from discord_world import brought_by_a_person, leave, world
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.bootstrap import open_service
from bot.chat import texts
from bot.chat.cogs import forms
from bot.chat.servers import Shelves
from bot.chat.shown import CitedPlace
from bot.chat.state import State
from index.build import build_index

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.answers.service import AnswerService
    from config.settings import Settings

MARKS = {"a": "Abelard", "b": "Bertrand", "c": "Cressida"}
TOPICS = {"a": "harbour", "b": "bridge", "c": "school"}
COLLECTIONS = {"one": ("a.*", "a"), "two": ("b*",), "three": ("c*", "a*"), "none": ("z",)}

names = st.frozensets(st.sampled_from([*COLLECTIONS, "unknown"]), max_size=2)
narrowed = st.none() | names
marks = st.sampled_from(sorted(MARKS))
deeds = st.tuples(
    st.sampled_from(
        [
            "ask",
            "ask_in",
            "quotes",
            "quotes_of",
            "summary",
            "check",
            "speakers",
            "articles",
            "all_articles",
            "help",
            "status",
            "menu_check",
            "menu_ask",
            "context",
            "mention",
            "goes_on",
            "nearest",
        ]
    ),
    marks,
    st.sampled_from(["news", "other", "thread", "dm", "abroad", "group"]),
)


@pytest.fixture(scope="module")
def newsroom(
    tmp_path_factory: pytest.TempPathFactory, tiny_settings: Callable[[Path], Settings]
) -> AnswerService:
    folder = tmp_path_factory.mktemp("isolation")
    for key, name in MARKS.items():
        topic = TOPICS[key]
        page = {
            "id": key,
            "title": f"{name} and the {topic}",
            "text": f"The {topic} board met {name} Moore on Monday in the city of {name}.\n\n"
            f"“The {topic} of {name} will not close before June,” said {name} Moore.\n\n"
            f"{name} Moore said that the repair of the {topic} was paid by the council.",
        }
        (folder / f"{key}.json").write_text(json.dumps(page), encoding="utf-8")
    chosen = tiny_settings(folder / "index")
    build_index([folder], folder / "index", chosen)
    service = open_service(chosen)
    assert {article.id for article in service.articles()} == set(MARKS)
    return service


@settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a world takes seconds
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    server=narrowed,
    channel=narrowed,
    public=st.frozensets(st.sampled_from(sorted(COLLECTIONS)), max_size=1),
    done=st.lists(deeds, min_size=1, max_size=6),
)
def test_nothing_that_one_does_reaches_what_the_place_may_not_see(
    newsroom: AnswerService,
    server: frozenset[str] | None,
    channel: frozenset[str] | None,
    public: frozenset[str],
    done: list[tuple[str, str, str]],
) -> None:
    asyncio.run(_try(newsroom, server, channel, public, done))


async def _try(
    service: AnswerService,
    server: frozenset[str] | None,
    channel: frozenset[str] | None,
    public: frozenset[str],
    done: list[tuple[str, str, str]],
) -> None:
    def state(answers: Any) -> State:
        return State.of(None, shelves=Shelves(COLLECTIONS, public, lambda: answers.ids))

    async with world(service, state=state) as w:
        bot = w.bot
        other = w.env.create_guild()
        other.add_member(w.alice)
        narrow = w.channel.guild.create_text_channel("narrow")
        parent = bot.get_channel(narrow.id)
        assert isinstance(parent, discord.TextChannel)
        await parent.create_thread(name="talk", type=discord.ChannelType.public_thread)
        (thread,) = narrow.threads
        await bot.servers.change(
            w.channel.guild.id,
            collections=server,
            channel_collections=() if channel is None else ((narrow.id, channel),),
            cooldown=(0, 0.0),
        )
        await bot.servers.change(other.id, cooldown=(0, 0.0))
        far = w.env.create_guild()
        abroad = far.create_text_channel("abroad")
        places = {"news": w.channel, "other": narrow, "thread": thread, "abroad": abroad}
        people = {place.id: w.alice for place in places.values()}
        people[abroad.id] = far.add_member(w.alice.user)
        said_before = await _speak(places, people)
        await bot.servers.change(far.id, cooldown=(0, 0.0), channels=frozenset({1}))
        leave(w, far)
        named: set[str] = set()  # by the asker, in talks that may be gone on with
        for deed, mark, where in done:
            if where in {"dm", "abroad", "group"}:
                allowed = _of(public)
            else:
                allowed = _of(server)
                if where != "news":
                    allowed &= _of(channel)
            before = len(w.env.http_requests)
            if where in places:
                await _do(w, places[where], people[places[where].id], deed, mark, said_before)
            else:
                await _do_alone(w, deed, mark, group=where == "group")
            said = json.dumps(
                [r.json for r in w.env.http_requests[before:]], ensure_ascii=False, default=str
            )
            # What was asked is said again: that is the asker's own.
            typed = {MARKS[mark]} | (named if deed == "goes_on" else set())
            named |= {MARKS[mark]} if deed in ("ask", "ask_in", "mention", "context") else set()
            for key, name in MARKS.items():
                if key not in allowed:
                    assert f"will not close before June,” said {name}" not in said
                    assert f"The {TOPICS[key]} of" not in said
                    assert f"met {name}" not in said
                    assert name in typed or name not in said, (deed, where, key)
        assert all("There is no article" in str(error) for error in w.env.errors)


def _of(chosen: frozenset[str] | None) -> set[str]:
    """The articles of collections, worked out in another way than the bot does."""
    if chosen is None:
        return set(MARKS)
    begins = {"one": "a", "two": "b", "three": "ca"}
    return {key for name in chosen for key in begins.get(name, "")}


async def _speak(places: dict[str, Any], people: dict[int, Any]) -> dict[tuple[int, str], Any]:
    """Have something said of each article in each place, to choose from the menu of messages."""
    said = {}
    for place in places.values():
        for mark, name in MARKS.items():
            text = f"What did {name} Moore say? The {TOPICS[mark]} will not close before"
            await people[place.id].send(place, text)
            said[place.id, mark] = place.last_message
    return said


async def _do_alone(w: Any, deed: str, mark: str, *, group: bool) -> None:
    """What can be done in a direct message with the bot, or (`group`) with other people."""
    with brought_by_a_person(2) if group else contextlib.nullcontext():
        await _do_in_a_message(w, deed, mark, group=group)


async def _do_in_a_message(w: Any, deed: str, mark: str, *, group: bool) -> None:
    person, topic = w.alice.user, TOPICS[mark]
    if deed == "mention" and not group:
        await w.alice.send_dm(f"What did {MARKS[mark]} Moore say?")
    elif deed == "goes_on" and not group:
        await w.alice.send_dm(f"and what about the {topic}?")
    elif deed == "speakers":
        await person.autocomplete("check", "speaker", "moore", quote="x")
    elif deed == "articles":
        await person.autocomplete("ask", "article", topic, question="x")
    elif deed == "context":
        answer = await person.slash("ask", question=f"What did {MARKS[mark]} Moore say?")
        await _press(person, answer)
    elif deed == "nearest":
        await _press(person, await person.slash("ask", question=f"Who painted the {topic} green?"))
    elif deed in COMMANDS:
        name, options = COMMANDS[deed]
        filled = {key: value.format(**_words(mark)) for key, value in options.items()}
        await person.slash(name, **filled)


COMMANDS: dict[str, tuple[str, dict[str, str]]] = {
    "ask": ("ask", {"question": "What did {name} say about the {topic}?"}),
    "ask_in": ("ask", {"question": "Will the {topic} close?", "article": "{mark}"}),
    "quotes": ("quotes", {}),
    "quotes_of": ("quotes", {"speaker": "{name}", "article": "{mark}"}),
    "summary": ("summary", {"article": "{mark}"}),
    "check": ("check", {"quote": "the {topic} will not close before"}),
    "all_articles": ("articles", {}),
    "help": ("help", {}),
    "status": ("status", {}),
}


def _words(mark: str) -> dict[str, str]:
    return {"name": f"{MARKS[mark]} Moore", "topic": TOPICS[mark], "mark": mark}


async def _press(person: Any, answer: Any) -> None:
    message = answer.response
    for label in (texts.BUTTON_CONTEXT, texts.BUTTON_NEAREST):
        if label in labels_of(message):
            await person.click(message, label=label)


async def _do(w: Any, place: Any, alice: Any, deed: str, mark: str, said: Any) -> None:
    """What can be done in a channel, the bot there or not."""
    there = w.bot.is_in(place.guild.id)
    with contextlib.nullcontext() if there else brought_by_a_person():
        if there or deed not in {"mention", "goes_on"}:  # of which the bot is not told elsewhere
            await _do_in_a_channel(w, place, alice, deed, mark, said)


async def _do_in_a_channel(w: Any, place: Any, alice: Any, deed: str, mark: str, said: Any) -> None:
    name, topic = f"{MARKS[mark]} Moore", TOPICS[mark]
    if deed in COMMANDS:
        command, options = COMMANDS[deed]
        filled = {key: value.format(**_words(mark)) for key, value in options.items()}
        await alice.slash(place, command, **filled)
    elif deed == "context":
        await _press(alice, await alice.slash(place, "ask", question=f"What did {name} say?"))
    elif deed == "menu_check":
        await alice.context_menu(place, texts.MENU_CHECK, said[place.id, mark])
    elif deed == "menu_ask":
        await alice.context_menu(place, texts.MENU_ASK, said[place.id, mark])
    elif deed == "speakers":
        await alice.autocomplete(place, "quotes", "speaker", "moore")
    elif deed == "articles":
        await alice.autocomplete(place, "summary", "article", topic)
    elif deed == "nearest":
        question = f"Who painted the {topic} green?"
        await _press(alice, await alice.slash(place, "ask", question=question))
    elif deed == "goes_on":
        await alice.send(place, f"<@{w.bot.user.id}> and what about the {topic}?")
    else:
        await alice.send(place, f"<@{w.bot.user.id}> what did {name} say?")


@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(after=st.lists(st.tuples(narrowed, st.booleans()), min_size=1, max_size=3))
def test_leafing_on_shows_nothing_that_may_not_be_seen_by_then(
    newsroom: AnswerService, after: list[tuple[frozenset[str] | None, bool]]
) -> None:
    """Pages are made at once and shown one by one: settings may change in between."""

    def state(answers: Any) -> State:
        return State.of(None, shelves=Shelves(COLLECTIONS, (), lambda: answers.ids))

    async def act() -> None:
        async with world(newsroom, state=state) as w:
            servers, guild = w.bot.servers, w.channel.guild.id
            await servers.change(guild, cooldown=(0, 0.0))
            listed = await w.alice.slash(w.channel, "quotes")
            await w.alice.click(listed.response, label=texts.NEXT)
            await w.alice.click(listed.response, label=texts.PREVIOUS)
            for chosen, in_channel in after:
                if in_channel:
                    narrower = () if chosen is None else ((w.channel.id, chosen),)
                    await servers.change(guild, collections=None, channel_collections=narrower)
                else:
                    await servers.change(guild, collections=chosen, channel_collections=())
                before = len(w.env.http_requests)
                for label in (texts.NEXT, texts.PREVIOUS):
                    buttons = buttons_of(listed.response)
                    if any(b["label"] == label and not b.get("disabled") for b in buttons):
                        await w.alice.click(listed.response, label=label)
                sent = str([r.json for r in w.env.http_requests[before:]])
                for key, name in MARKS.items():
                    assert key in _of(chosen) or name not in sent
                assert sent != "[]"
                assert (texts.OUTDATED_PAGES in sent) == (chosen is not None)

    asyncio.run(act())


@given(
    cited=st.lists(marks, max_size=3),
    chosen=narrowed,
    same=st.booleans(),
)
def test_an_old_message_opens_only_what_its_own_server_may_see_now(
    cited: list[str], chosen: frozenset[str] | None, *, same: bool
) -> None:
    async def act() -> None:
        state = State.of(None, shelves=Shelves(COLLECTIONS, (), lambda: tuple(MARKS)))
        token = await state.shown.keep(
            kind="answer",
            question=None,
            asker=1,
            guild_id=5,
            channel_id=6,
            private=False,
            citations=[CitedPlace(key, "", 0, 1) for key in cited],
        )
        await state.servers.change(5, collections=chosen)
        shown = await state.shown.find(token)
        assert shown is not None
        guild = 5 if same else 7
        seen = shown.within(state.servers.scope(guild_id=guild, channel_id=6), guild_id=guild)
        if not same:
            assert seen is None
        else:
            assert seen is not None
            assert [p.article_id for p in seen.citations] == [c for c in cited if c in _of(chosen)]

    asyncio.run(act())


async def test_only_who_may_manage_a_server_opens_or_changes_its_settings(tmp_path: Path) -> None:
    def state(_: Any) -> State:
        return State.of(str(tmp_path / "kept.sqlite3"), shelves=Shelves(COLLECTIONS))

    async with world(state=state) as w:
        guild = w.channel.guild
        role = guild.create_role("mods", permissions=discord.Permissions(manage_guild=True))
        boss = guild.add_member(w.env.create_user("boss"), roles=[role])
        servers = w.bot.servers
        opened = await boss.slash(w.channel, "settings", collections="two")
        assert opened.ephemeral
        assert servers.of(guild.id).collections == {"two"}
        await boss.click(opened.response, label="Private: off")
        assert servers.of(guild.id).private
        for style in ("embeds", "components"):
            await boss.click(
                opened.response, label=f"Style: {forms.STYLES[servers.of(guild.id).style]}"
            )
            assert servers.of(guild.id).style == style
            fields = {field.name: field.value for field in opened.response.embeds[0].fields}
            assert fields[forms.STYLE] == forms.STYLE_WORDS[style]
        assert "saved" in opened.response.embeds[0].description
        offered = await boss.autocomplete(w.channel, "settings", "collections", "one, t")
        assert [one["value"] for one in offered] == ["one, three", "one, two"]
        await boss.slash(w.channel, "settings", collections="three", channel=w.channel)
        assert servers.of(guild.id).in_channel(w.channel.id) == {"three"}
        refused = await boss.slash(w.channel, "settings", collections="four")
        assert "no collection four" in refused.response.embeds[0].description
        await boss.click(refused.response, label="Reset")
        assert servers.of(guild.id).private
        await boss.click(refused.response, label="Really reset")
        assert not servers.of(guild.id).private
        assert servers.of(guild.id).collections == {"two"}
        assert servers.is_kept(guild.id)

        counted = await boss.slash(w.channel, "stats", file="csv")
        assert counted.ephemeral
        forgotten = await w.alice.slash(w.channel, "forget-me")
        assert "Nothing of you was kept" in forgotten.response.content
        await w.bot.shown._database.close()
