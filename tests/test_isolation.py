"""Isolation: an article that a place may not see is reached from there by nothing.

Each article has a title, a speaker and a word of its own, so that whatever leaks is seen in
what the bot sends. The index, the service and the bot are real; servers, channels,
collections and what is done there are made up by hypothesis.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord_cards import labels_of
from discord_world import world
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
            "mention",
            "goes_on",
            "nearest",
        ]
    ),
    marks,
    st.sampled_from(["news", "other", "thread", "dm"]),
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
        places = {"news": w.channel, "other": narrow, "thread": thread}
        named: set[str] = set()  # by the asker, in talks that may be gone on with
        for deed, mark, where in done:
            if where == "dm":
                allowed = _of(public)
            else:
                allowed = _of(server)
                if where != "news":
                    allowed &= _of(channel)
            before = len(w.env.http_requests)
            if where == "dm":
                await _do_alone(w, deed, mark)
            else:
                await _do(w, places[where], deed, mark)
            said = json.dumps(
                [r.json for r in w.env.http_requests[before:]], ensure_ascii=False, default=str
            )
            # What was asked is said again: that is the asker's own.
            typed = {MARKS[mark]} | (named if deed == "goes_on" else set())
            named |= {MARKS[mark]} if deed in ("ask", "ask_in", "mention") else set()
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


async def _do_alone(w: Any, deed: str, mark: str) -> None:
    if deed == "mention":
        await w.alice.send_dm(f"What did {MARKS[mark]} Moore say?")
    elif deed == "goes_on":
        await w.alice.send_dm(f"and what about the {TOPICS[mark]}?")


async def _do(w: Any, place: Any, deed: str, mark: str) -> None:
    name, topic = f"{MARKS[mark]} Moore", TOPICS[mark]
    if deed == "ask":
        await w.alice.slash(place, "ask", question=f"What did {name} say about the {topic}?")
    elif deed == "ask_in":
        await w.alice.slash(place, "ask", question=f"Will the {topic} close?", article=mark)
    elif deed == "quotes":
        await w.alice.slash(place, "quotes")
    elif deed == "quotes_of":
        await w.alice.slash(place, "quotes", speaker=name, article=mark)
    elif deed == "summary":
        await w.alice.slash(place, "summary", article=mark)
    elif deed == "check":
        await w.alice.slash(place, "check", quote=f"the {topic} will not close before")
    elif deed == "speakers":
        await w.alice.autocomplete(place, "quotes", "speaker", "moore")
    elif deed == "articles":
        await w.alice.autocomplete(place, "summary", "article", topic)
    else:
        await _talk(w, place, deed, mark)


async def _talk(w: Any, place: Any, deed: str, mark: str) -> None:
    topic = TOPICS[mark]
    if deed == "goes_on":
        await w.alice.send(place, f"<@{w.bot.user.id}> and what about the {topic}?")
    elif deed == "mention":
        await w.alice.send(place, f"<@{w.bot.user.id}> what did {MARKS[mark]} Moore say?")
    else:
        shown = await w.alice.slash(place, "ask", question=f"Who painted the {topic} green?")
        if texts.BUTTON_NEAREST in labels_of(shown.response):
            await w.alice.click(shown.response.message, label=texts.BUTTON_NEAREST)


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
