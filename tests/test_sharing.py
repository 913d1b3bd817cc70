"""bot/chat/verdicts.py, and sharing: what was shown to one person goes to the channel, once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord_cards import above, buttons_of, cards_of, labels_of
from discord_world import (
    MEMBER,
    Newsroom,
    article_of,
    brought_by_a_person,
    leave,
    sample,
    world,
)
from sqlalchemy import text
from test_readers import reading

from bot.answers.answer import Verdict
from bot.chat import texts
from bot.chat.buttons import Below
from bot.chat.client import PullquoteBot
from bot.chat.languages import say, speaking
from bot.chat.render import CHECKED, render_checks
from bot.chat.servers import STYLES, Shelves
from bot.chat.state import State
from bot.chat.views import message_of
from index.scope import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.chat.servers import Style

QUOTE = "First they gotta win this war"
ALTERED = "First they must win this war on"
ASKED = "what did Kuleba say?"


def kept_in(folder: Path) -> Callable[[Any], State]:
    return lambda _: State.of(str(folder / "kept.sqlite3"))


async def checked(w: Any, quote: str = QUOTE) -> Any:
    """Check the quote in a message from its menu."""
    await w.alice.send(w.channel, f"“{quote}”")
    return await w.alice.context_menu(w.channel, texts.MENU_CHECK, w.channel.last_message)


def shared_in(w: Any) -> list[Any]:
    return [one for one in w.channel.history() if above(one).startswith("Shared by")]


def token_of(result: Any) -> str:
    (found,) = [b for b in buttons_of(result.response) if b["label"] == texts.BUTTON_SHARE]
    token: str = found["custom_id"].rpartition(":")[2]
    return token


async def post_with_button(w: Any, token: str, quote: str, style: Style = "components") -> Any:
    """A message of the bot's that looks like the verdict on a quote, with a button."""
    (page,) = render_checks(w.service.check_message(f"“{quote}”"))
    lasting: Any = Below("share", token)  # type: ignore[arg-type]
    seen = (1, "", EVERYTHING)
    options = message_of([page], style, owner=0, seen=seen, lasting=[lasting]).options
    return await w.bot.get_channel(w.channel.id).send(**options)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("quote", [QUOTE, ALTERED, "@everyone the moon is **cheese**"])
async def test_a_verdict_is_shared_exactly_as_it_was_shown_and_pings_nobody(
    quote: str, style: Style
) -> None:
    async with world() as w:
        await w.bot.servers.change(w.channel.guild.id, style=style)
        verdict = await checked(w, quote)
        assert verdict.ephemeral
        assert labels_of(verdict.response) == [texts.BUTTON_SHARE]
        pressed = await w.alice.click(verdict.response, label=texts.BUTTON_SHARE)
        (shared,) = shared_in(w)
        sent = next(r.json for r in w.sent if '"Shared by' in json.dumps(r.json))

    assert cards_of(shared) == cards_of(verdict.response)
    assert bool(shared.embeds) is (style == "embeds")
    assert above(shared) == r"Shared by \@alice"
    assert labels_of(shared) == []
    assert sent["allowed_mentions"]["parse"] == []
    assert sent["nonce"]
    (button,) = buttons_of(pressed.response)
    assert button["disabled"]


async def test_a_verdict_is_shared_once() -> None:
    async with world() as w:
        verdict = await checked(w)
        custom = f"pq:share:{token_of(verdict)}"
        copy = await post_with_button(w, token_of(verdict), QUOTE)
        await w.alice.click(verdict.response, label=texts.BUTTON_SHARE)
        again = await w.alice.click(copy, custom_id=custom)

        assert len(shared_in(w)) == 1
        assert again.followups[-1].content == texts.SHARED_BEFORE


async def test_of_two_presses_at_one_time_one_shares(tmp_path: Path) -> None:
    state = kept_in(tmp_path)(None)
    async with state.kept():
        one: dict[str, Any] = {"asker": 1, "guild_id": 2, "channel_id": 3, "private": True}
        token = await state.shown.keep(kind="check", question=None, citations=(), **one)
        took = await asyncio.gather(*(state.shown.take(token, page % 2) for page in range(8)))
        await state.shown.give_back(token, 1)
        again = [await state.shown.take(token, page) for page in (0, 1, 40)]

    assert sorted(took) == [False] * 6 + [True] * 2
    assert again == [False, True, True]


@pytest.mark.parametrize("style", STYLES)
async def test_a_verdict_is_shared_after_a_restart_and_nothing_that_was_typed_is_kept(
    tmp_path: Path, style: Style
) -> None:
    async with world(state=kept_in(tmp_path)) as w:
        await w.bot.servers.load()
        await w.bot.servers.change(w.channel.guild.id, style=style)
        verdict = await checked(w, "The moon is purest gorgonzola")
        async with w.bot.shown._database._engine.connect() as connection:
            rows = (await connection.execute(text("SELECT * FROM answers"))).all()
        await w.bot.shown._database.close()
        again = PullquoteBot(w.bot.answers, state=kept_in(tmp_path)(None), shard_count=1)
        await w.env.restart_bot(again)
        await w.alice.click(verdict.response, label=texts.BUTTON_SHARE)
        (shared,) = shared_in(w)
        await again.shown._database.close()

    assert len(rows) == 1
    assert "gorgonzola" not in str(rows)
    assert cards_of(shared) == cards_of(verdict.response)


@pytest.mark.parametrize("style", STYLES)
async def test_what_is_not_the_verdict_that_was_shown_is_not_shared(style: Style) -> None:
    async with world() as w:
        await w.bot.servers.change(w.channel.guild.id, style=style)
        verdict = await checked(w, ALTERED)
        token = token_of(verdict)
        other = await post_with_button(w, token, QUOTE, style)
        same = await post_with_button(w, token, ALTERED, style)
        pressed = await w.alice.click(other, custom_id=f"pq:share:{token}")

        assert pressed.followups[-1].content == texts.BUTTON_GONE
        assert shared_in(w) == []
        await w.alice.click(same, custom_id=f"pq:share:{token}")
        assert len(shared_in(w)) == 1


async def test_a_verdict_is_shared_in_the_language_in_which_it_was_shown() -> None:
    """Exactly what its asker saw; who brought it is said in the server's language."""
    async with world() as w:
        with reading(w, "uk", server="de"):
            verdict = await checked(w)
            (button,) = buttons_of(verdict.response)
            await w.alice.click(verdict.response, custom_id=button["custom_id"])
        shared = w.channel.last_message
        with speaking("uk"):
            title = say(texts.VERDICTS[Verdict.VERBATIM])
        with speaking("de"):
            line = texts.shared_by("alice").split("alice", maxsplit=1)[0]

    assert cards_of(shared) == cards_of(verdict.response)
    assert cards_of(shared)[0].title == title
    assert above(shared).startswith(line)
    assert not line.startswith("Shared")


async def test_a_verdict_belongs_to_who_asked_for_it() -> None:
    async with world() as w:
        bob = w.env.guild.add_member(w.env.create_user("bob"))
        verdict = await checked(w)
        message = await post_with_button(w, token_of(verdict), QUOTE)
        pressed = await bob.click(message, custom_id=f"pq:share:{token_of(verdict)}")

        assert pressed.followups[-1].content == texts.BUTTON_GONE
        assert shared_in(w) == []


async def test_a_verdict_on_articles_that_are_others_now_is_not_shared() -> None:
    """A quote that was not in the articles may be in what has been published since."""
    service = Newsroom()
    async with world(service) as w:
        verdict = await checked(w, "the moon is cheese")
        catalogue = service.catalogue
        service.catalogue = lambda: replace(catalogue(), generation=2)  # type: ignore[method-assign]
        await w.bot.answers.reload()
        pressed = await w.alice.click(verdict.response, label=texts.BUTTON_SHARE)

        assert pressed.followups[-1].content == texts.OTHER_ARTICLES
        assert shared_in(w) == []


async def test_a_verdict_on_more_or_fewer_articles_than_are_seen_now_is_not_shared() -> None:
    def state(answers: Any) -> State:
        shelves = Shelves({"one": ("sample",), "two": ("other",)}, (), lambda: answers.ids)
        return State.of(None, shelves=shelves)

    service = Newsroom((sample(), article_of("Something else.", "other")))
    async with world(service, state=state) as w:
        verdict = await checked(w)
        await w.bot.servers.change(w.channel.guild.id, collections=frozenset({"two"}))
        pressed = await w.alice.click(verdict.response, label=texts.BUTTON_SHARE)
        assert pressed.followups[-1].content == texts.OTHER_ARTICLES
        assert shared_in(w) == []
        await w.bot.servers.change(w.channel.guild.id, collections=None)
        await w.alice.click(verdict.response, label=texts.BUTTON_SHARE)
        assert len(shared_in(w)) == 1


async def test_each_verdict_of_a_message_is_shared_once_as_one_leafs_to_it(service: Any) -> None:
    two = f"Kuleba: “Ukraine deserves to be a member of NATO”. Kuleba: “{QUOTE}”"
    async with world(service) as w:
        await w.bot.servers.change(w.channel.guild.id, cooldown=(0, 0.0))
        await w.alice.send(w.channel, two)
        target = w.channel.last_message
        verdicts = await w.alice.context_menu(w.channel, texts.MENU_CHECK, target)
        first = cards_of(verdicts.response)
        await w.alice.click(verdicts.response, label=texts.BUTTON_SHARE)
        await w.alice.click(verdicts.response, label=texts.NEXT)
        second = cards_of(verdicts.response)
        await w.alice.click(verdicts.response, label=texts.BUTTON_SHARE)
        again = await w.alice.click(verdicts.response, label=texts.BUTTON_SHARE)
        shared = [cards_of(one) for one in shared_in(w)]

    assert first != second
    assert shared in ([first, second], [second, first])
    assert again.followups[-1].content == texts.SHARED_BEFORE
    assert CHECKED < 30  # pages that are told apart


async def test_a_check_has_a_share_button_only_where_it_is_private() -> None:
    async with world() as w:
        public = await w.alice.slash(w.channel, "check", quote=QUOTE)
        await w.bot.servers.change(w.channel.guild.id, private=True)
        private = await w.alice.slash(w.channel, "check", quote=QUOTE, speaker="Kirby")
        alone = await w.alice.user.slash("check", quote=QUOTE)
        await w.alice.click(private.response, label=texts.BUTTON_SHARE)
        (shared,) = shared_in(w)

    assert labels_of(public.response) == []
    assert labels_of(alone.response) == []
    assert labels_of(private.response) == [texts.BUTTON_SHARE]
    assert cards_of(shared) == cards_of(private.response)


@pytest.mark.parametrize("menu", [True, False])
async def test_who_may_not_write_in_a_channel_has_nothing_posted_there(*, menu: bool) -> None:
    async with world() as w:
        bob = w.env.guild.add_member(w.env.create_user("bob"))
        w.channel = w.channel.guild.create_text_channel(
            "read-only", overwrites={w.alice: discord.PermissionOverwrite(send_messages=False)}
        )
        await bob.send(w.channel, f"Kirby said “{QUOTE}”")
        target = w.channel.last_message
        if menu:
            result = await w.alice.context_menu(w.channel, texts.MENU_CHECK, target)
        else:
            result = await w.alice.slash(w.channel, "ask", question=ASKED, private=True)
        pressed = await w.alice.click(result.response, label=texts.BUTTON_SHARE)

        assert pressed.followups[-1].content == texts.MAY_NOT_SHARE
        assert shared_in(w) == []


async def test_where_the_bot_is_not_nothing_can_be_shared_in_its_name() -> None:
    async with world() as w:
        await w.alice.send(w.channel, f"Kirby said “{QUOTE}”")
        target = w.channel.last_message
        before = await w.alice.slash(w.channel, "ask", question=ASKED, private=True)
        leave(w, w.channel.guild)
        with brought_by_a_person():
            asked = await w.alice.slash(w.channel, "ask", question=ASKED, private=True)
            verdict = await w.alice.context_menu(w.channel, texts.MENU_CHECK, target)
            pressed = await w.alice.click(before.response, label=texts.BUTTON_SHARE)
        with brought_by_a_person(2):
            alone = await w.alice.user.slash("check", quote=QUOTE)

        assert texts.BUTTON_CONTEXT in labels_of(asked.response)
        assert texts.BUTTON_SHARE not in labels_of(asked.response)
        assert labels_of(verdict.response) == []
        assert labels_of(alone.response) == []
        assert pressed.followups[-1].content == texts.BUTTON_GONE
        assert shared_in(w) == []
        assert MEMBER[:20] in cards_of(asked.response)[0].text
