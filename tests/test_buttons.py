"""bot/chat/buttons.py: the buttons under answers, pressed on a real bot."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from discord_cards import above, buttons_of, cards_of, labels_of
from discord_markdown import quoted_text
from discord_world import (
    HELP,
    KIRBY,
    MEMBER,
    SAMPLE,
    WAR,
    Newsroom,
    article_of,
    find,
    sample,
    world,
)

from bot.answers.answer import Answer, Citation
from bot.bootstrap import open_service
from bot.chat import texts
from bot.chat.buttons import SHOWN, AnswerButton, Below, Keepable, Place, keepable, ready
from bot.chat.cards import Card, Item
from bot.chat.client import PullquoteBot
from bot.chat.recall import recall
from bot.chat.render import ANSWERED, render_answer
from bot.chat.servers import STYLES, Shelves
from bot.chat.shown import CitedPlace, ShownAnswers
from bot.chat.state import State
from bot.chat.views import message_of
from index.build import build_index
from index.scope import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.chat.servers import Style
    from bot.chat.shown import Kind
    from config.settings import Settings
    from index.article import Article

ASKED = "what did Kuleba say?"
SEEN = (1, "2026-01-01T00:00:00+00:00", EVERYTHING)
"""What can be seen of the newsroom."""


class Fuller(Newsroom):
    """Answers with more than is shown at once."""

    def ask(self, question: str, **options: Any) -> Any:
        reply = super().ask(question, **options)
        if not isinstance(reply, Answer):
            return reply
        spans = [paragraph.span for paragraph in self.known[0].paragraphs[:4]]
        further = [Citation(span, 0.5) for span in spans]
        return replace(reply, citations=(*reply.citations, *further))


def said(result: Any) -> str:
    """All that a press led to: its text and its cards."""
    return "\n".join([above(result.response), *(c.text for c in cards_of(result.response))])


async def press_forged(
    w: Any, who: Any, channel: Any, act: str, token: str, *, style: Style = "components"
) -> Any:
    """Press a button of a message of the bot's that carries somebody else's token."""
    page = (Card((Item("forged"),), ANSWERED),)
    below: Any = Below(act, token)  # type: ignore[arg-type]
    options = message_of([page], style, owner=0, seen=SEEN, lasting=[below]).options
    message = await w.bot.get_channel(channel.id).send(**options)
    return await who.click(message, custom_id=f"pq:{act}:{token}")


async def kept(
    w: Any, *, asker: int, private: bool = False, cited: Any = None, kind: Kind = "answer"
) -> str:
    place = cited or CitedPlace.of(Citation(find(w.service.known[0], HELP), 0.5))
    token: str = await w.bot.shown.keep(
        kind=kind,
        question=None,
        asker=asker,
        guild_id=w.channel.guild.id,
        channel_id=w.channel.id,
        private=private,
        citations=[place],
    )
    return token


async def test_the_paragraphs_around_are_shown_as_printed_to_whoever_presses() -> None:
    async with world() as w:
        bob = w.env.guild.add_member(w.env.create_user("bob"))
        answer = await w.alice.slash(w.channel, "ask", question=ASKED)
        assert labels_of(answer.response) == ["Context", "Helpful", "Not helpful"]
        context = await bob.click(answer.response.message, label="Context")

    (card,) = cards_of(context.response)
    shown = quoted_text(card.text)
    assert context.ephemeral
    assert len(shown) > len(MEMBER)
    assert MEMBER in shown
    assert shown in sample().text
    assert f"**{MEMBER.split('“')[0]}" in card.text


async def test_a_mention_gets_the_buttons() -> None:
    async with world() as w:
        await w.alice.send(w.channel, f"{w.bot.user.mention} {ASKED}")
        context = await w.alice.click(w.channel.last_message, label="Context")
        await w.alice.send_dm(ASKED)
        alone = await w.alice.user.click(w.alice.user.dm_channel.last_message, label="Context")

    assert MEMBER in quoted_text(cards_of(context.response)[0].text)
    assert MEMBER in quoted_text(cards_of(alone.response)[0].text)


@pytest.mark.parametrize("style", STYLES)
async def test_more_shows_the_rest_to_the_asker_alone(style: Style) -> None:
    async with world(Fuller()) as w:
        await w.bot.servers.change(w.channel.guild.id, style=style)
        bob = w.env.guild.add_member(w.env.create_user("bob"))
        answer = await w.alice.slash(w.channel, "ask", question=ASKED)
        more = await w.alice.click(answer.response.message, label="More")
        others = await bob.click(answer.response.message, label="More")

    paragraphs = [p.span.text for p in sample().paragraphs[:4]]
    assert len(cards_of(answer.response)) == SHOWN
    assert [quoted_text(c.text) for c in cards_of(more.response)] == paragraphs[2:]
    assert more.ephemeral
    assert "More" not in labels_of(more.response)
    assert cards_of(more.response)[0].heading == ASKED
    assert others.response.content == texts.NOT_YOURS


@pytest.mark.parametrize("style", STYLES)
async def test_a_private_answer_is_shared_once_and_pings_nobody(style: Style) -> None:
    async with world() as w:
        await w.bot.servers.change(w.channel.guild.id, style=style)
        user = w.env.create_user("mallory", global_name="@everyone *x*")
        mallory = w.env.guild.add_member(user)
        answer = await mallory.slash(w.channel, "ask", question=ASKED, private=True)
        assert "Share" in labels_of(answer.response)
        await mallory.click(answer.response, label="Share")
        shared = w.channel.last_message
        (button,) = [b for b in buttons_of(answer.response) if b["label"] == "Share"]
        token = button["custom_id"].rpartition(":")[2]
        again = await press_forged(w, mallory, w.channel, "share", token, style=style)
        context = await w.alice.click(shared, label="Context")

    assert above(shared) == r"Shared by \@\@everyone \*x\*"
    assert cards_of(shared)[0].heading == ASKED
    assert quoted_text(cards_of(shared)[0].text) == MEMBER
    assert bool(shared.embeds) is (style == "embeds")
    assert button["disabled"]
    assert "Share" not in labels_of(shared)
    assert again.followups[-1].content == texts.SHARED_BEFORE
    assert MEMBER in quoted_text(cards_of(context.response)[0].text)


async def test_where_it_may_not_post_the_one_who_shares_is_told() -> None:
    async with world() as w:
        answer = await w.alice.slash(w.channel, "ask", question=ASKED, private=True)
        here = f"/channels/{w.channel.id}/messages"
        w.env.inject_error("POST", here, status=403, code=50013, times=1)
        pressed = await w.alice.click(answer.response, label="Share")
        assert pressed.followups[-1].content == texts.CANNOT_SHARE
        assert quoted_text(cards_of(answer.response)[0].text) == MEMBER
        await w.alice.click(answer.response, label="Share")
        assert quoted_text(cards_of(w.channel.last_message)[0].text) == MEMBER


async def test_changing_ones_mind_on_whether_it_helped_counts_once(tmp_path: Path) -> None:
    def state(_: Any) -> State:
        return State.of(str(tmp_path / "kept.sqlite3"))

    async with world(state=state) as w:
        answer = await w.alice.slash(w.channel, "ask", question=ASKED)
        thanked = await w.alice.click(answer.response.message, label="Helpful")
        await w.alice.click(answer.response.message, label="Not helpful")
        stats = await w.bot.feedback.stats(w.channel.guild.id)
        await w.bot.shown._database.close()

    assert thanked.response.content == texts.THANKS
    assert thanked.ephemeral
    assert (stats.helpful, stats.not_helpful) == (0, 1)


@pytest.mark.parametrize("style", STYLES)
async def test_buttons_work_after_a_restart(tmp_path: Path, style: Style) -> None:
    def state(_: Any) -> State:
        return State.of(str(tmp_path / "kept.sqlite3"))

    async with world(Fuller(), state=state) as w:
        told = (await w.bot.answers.ask(ASKED)).citations[0]
        token = await kept(w, asker=w.alice.id, private=True, cited=CitedPlace.of(told))
        unanswered = await kept(w, asker=w.alice.id, kind="refusal")
        where = (w.channel.guild.id, w.channel.id, w.alice.id)
        await w.bot.servers.change(w.channel.guild.id, style=style)
        await w.alice.slash(w.channel, "ask", question=ASKED)
        await w.bot.shown._database.close()
    async with world(Fuller(), state=state) as w:
        assert where == (w.channel.guild.id, w.channel.id, w.alice.id)
        await w.bot.servers.load()
        assert w.bot.servers.of(w.channel.guild.id).style == style
        context = await press_forged(w, w.alice, w.channel, "context", token, style=style)
        await press_forged(w, w.alice, w.channel, "share", token, style=style)
        noted = await press_forged(w, w.alice, w.channel, "yes", token, style=style)
        near = await press_forged(w, w.alice, w.channel, "nearest", unanswered, style=style)
        shared = next(m for m in w.channel.history() if above(m).startswith("Shared by"))
        await w.bot.shown._database.close()

    assert MEMBER in quoted_text(cards_of(context.response)[0].text)
    assert quoted_text(cards_of(shared)[0].text) == MEMBER
    assert "**Dmytro Kuleba** · their words where quoted" in cards_of(shared)[0].text
    assert noted.response.content == texts.THANKS
    assert quoted_text(cards_of(near.response)[0].text) == HELP


@pytest.mark.parametrize("style", STYLES)
async def test_a_message_sent_before_a_restart_has_working_buttons(
    tmp_path: Path, style: Style
) -> None:
    def state(_: Any) -> State:
        return State.of(str(tmp_path / "kept.sqlite3"))

    async with world(state=state) as w:
        await w.bot.servers.load()
        await w.bot.servers.change(w.channel.guild.id, style=style)
        answer = await w.alice.slash(w.channel, "ask", question=ASKED)
        refused = await w.alice.slash(w.channel, "ask", question="how do I bake bread")
        await w.bot.shown._database.close()
        again = PullquoteBot(w.bot.answers, state=state(None), shard_count=1)
        await w.env.restart_bot(again)
        context = await w.alice.click(answer.response.message, label="Context")
        near = await w.alice.click(refused.response.message, label=texts.BUTTON_NEAREST)
        await again.shown._database.close()

    assert MEMBER in quoted_text(cards_of(context.response)[0].text)
    assert quoted_text(cards_of(near.response)[0].text) == HELP


@pytest.mark.parametrize("style", STYLES)
async def test_a_refusal_that_others_see_offers_the_nearest_sentence_to_whoever_presses(
    style: Style,
) -> None:
    async with world() as w:
        await w.bot.servers.change(w.channel.guild.id, style=style)
        bob = w.env.guild.add_member(w.env.create_user("bob"))
        result = await w.alice.slash(w.channel, "ask", question="how do I bake bread")
        near = await bob.click(result.response.message, label=texts.BUTTON_NEAREST)
        await w.alice.send(w.channel, f"{w.bot.user.mention} how do I bake bread")
        mentioned = w.channel.last_message

    for message in (result.response, mentioned):
        (refused,) = cards_of(message)
        assert "surely answers" in refused.text
        assert labels_of(message) == [texts.BUTTON_NEAREST]
    (card,) = cards_of(near.response)
    assert near.ephemeral
    assert card.title == texts.NEAREST
    assert quoted_text(card.text) == HELP
    assert labels_of(near.response) == []


class Unsure(Newsroom):
    """Answers one of two questions."""

    def converse(self, question: str, **options: Any) -> Any:
        replies = tuple(self.ask(one) for one in (ASKED, "how do I bake bread"))
        return replace(super().converse(question, **options), replies=replies)


async def test_a_refused_question_among_several_offers_the_nearest_sentence_too() -> None:
    async with world(Unsure()) as w:
        public = await w.alice.slash(w.channel, "ask", question=ASKED)
        near = await w.alice.click(public.response.message, label=texts.BUTTON_NEAREST)
        private = await w.alice.slash(w.channel, "ask", question=ASKED, private=True)

    assert [card.heading for card in cards_of(public.response)] == [ASKED, "how do I bake bread"]
    assert [quoted_text(card.text) for card in cards_of(near.response)] == [HELP]
    assert cards_of(private.response)[-1].title == texts.NEAREST
    assert labels_of(private.response) == []


async def test_refusals_are_no_answers_in_what_is_counted(tmp_path: Path) -> None:
    def state(_: Any) -> State:
        return State.of(str(tmp_path / "kept.sqlite3"))

    async with world(state=state) as w:
        guild = w.channel.guild.id
        await w.bot.servers.load()
        await w.alice.slash(w.channel, "ask", question="how do I bake bread")
        await w.alice.slash(w.channel, "ask", question=ASKED)
        stats = await w.bot.feedback.stats(guild)
        shown = [one for one in await w.bot.feedback.export(guild) if one.what == "shown"]
        rows = await w.bot.feedback.forget(w.alice.id)
        await w.bot.shown._database.close()

    assert rows == 2
    assert stats.shown == len(shown) == 1


@pytest.mark.parametrize("act", ["context", "more", "yes", "no", "nearest"])
async def test_what_belongs_elsewhere_is_refused_like_what_is_unknown(act: str) -> None:
    async with world() as w:
        bob = w.env.guild.add_member(w.env.create_user("bob"))
        other = w.env.create_guild()
        elsewhere = other.create_text_channel("elsewhere")
        alice_there = other.add_member(w.alice.user)
        beside = w.channel.guild.create_text_channel("beside")
        kind: Kind = "refusal" if act == "nearest" else "answer"
        hers = await kept(w, asker=w.alice.id, private=True, kind=kind)
        public = await kept(w, asker=w.alice.id, kind=kind)
        other_kind = await kept(
            w, asker=w.alice.id, kind="answer" if kind != "answer" else "refusal"
        )
        verdict = await kept(w, asker=w.alice.id, private=True, kind="check")
        await w.bot.servers.change(w.channel.guild.id, cooldown=(0, 0.0))
        tried = [
            await press_forged(w, w.alice, w.channel, act, "A" * 20),
            await press_forged(w, bob, w.channel, act, hers),
            await press_forged(w, alice_there, elsewhere, act, public),
            await press_forged(w, w.alice, beside, act, public),
            await press_forged(w, w.alice, w.channel, act, other_kind),
            await press_forged(w, w.alice, w.channel, act, verdict),
        ]

    assert {said(one) for one in tried} == {texts.BUTTON_GONE}
    assert all(one.ephemeral for one in tried)


@pytest.mark.parametrize("bad", ["pq:context:short", "pq:drop:" + "A" * 20, "pq:yes:" + "/" * 20])
def test_other_custom_ids_are_not_ours(bad: str) -> None:
    assert AnswerButton.__discord_ui_compiled_template__.fullmatch(bad) is None


async def test_an_expired_answer_is_refused() -> None:
    async with world() as w:
        answer = await w.alice.slash(w.channel, "ask", question=ASKED)
        w.bot.shown._now = lambda: datetime(2100, 1, 1, tzinfo=UTC).timestamp()
        late = await w.alice.click(answer.response.message, label="Context")

    assert late.response.content == texts.BUTTON_GONE


class Moved(Newsroom):
    """Says who speaks in whatever its article is now, as an index built anew does."""

    def quoted(self, article_id: str, *, scope: Any = EVERYTHING) -> Any:
        self.article(article_id, scope=scope)
        return (replace(self.kuleba(), id="anew"),) if MEMBER in self.known[0].text else ()


async def publish(w: Any, *articles: Any) -> None:
    w.service.known = articles
    await w.bot.answers.reload()
    w.bot.answers.cache.clear()


@pytest.mark.parametrize("style", STYLES)
async def test_a_sentence_that_still_stands_in_a_changed_article_is_opened_and_marked(
    style: Style,
) -> None:
    note = "Corrected on Monday: a date was wrong.\n\n"
    async with world(Moved()) as w:
        await w.bot.servers.change(w.channel.guild.id, style=style)
        answer = await w.alice.slash(w.channel, "ask", question=ASKED)
        private = await w.alice.slash(w.channel, "ask", question=ASKED, private=True)
        await publish(w, article_of(note + sample().text, title="Now"))
        context = await w.alice.click(answer.response.message, label="Context")
        await w.alice.click(private.response, label="Share")
        shared = next(m for m in w.channel.history() if above(m).startswith("Shared by"))
        again = await w.alice.click(shared, label="Context")

    assert above(context.response) == texts.STILL_STANDS
    assert MEMBER in quoted_text(cards_of(context.response)[0].text)
    assert above(shared).endswith(f"\n{texts.STILL_STANDS}")
    assert quoted_text(cards_of(shared)[0].text) == MEMBER
    assert "**Dmytro Kuleba** · their words where quoted" in cards_of(shared)[0].text
    assert "**Ukraine deserves to be a member of NATO**" in cards_of(shared)[0].text
    assert above(again.response) == ""  # the shared answer is of the article as it is now


async def test_more_of_a_changed_article_is_marked_too_and_what_is_gone_is_named() -> None:
    class Most(Fuller, Moved):
        """Both."""

    paragraphs = [one.span.text for one in sample().paragraphs]
    async with world(Most()) as w:
        answer = await w.alice.slash(w.channel, "ask", question=ASKED)
        rest = [paragraphs[0], "Another.", paragraphs[2], "One more.", *paragraphs[4:]]
        await publish(w, article_of("\n\n".join(rest)))
        more = await w.alice.click(answer.response.message, label="More")

    assert above(more.response) == f"{texts.STILL_STANDS}\n{texts.SOME_CHANGED}"
    assert [quoted_text(c.text) for c in cards_of(more.response)] == [paragraphs[2]]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("deserves to be a member", "does not deserve to be a member"),
        ("Kuleba in his turn said", "Blinken in his turn said"),
        ("“sooner rather than later.”", "“sooner rather than later”."),
        ("“sooner rather than later.”", "“sooner rather than later,” or never."),
        (MEMBER, f"It is not true that {MEMBER}"),
    ],
)
async def test_a_sentence_that_has_changed_is_not_shown(old: str, new: str) -> None:
    async with world(Moved()) as w:
        answer = await w.alice.slash(w.channel, "ask", question=ASKED)
        text = sample().text.replace(old, new)
        assert text != sample().text
        await publish(w, article_of(text))
        changed = await w.alice.click(answer.response.message, label="Context")

    assert said(changed) == texts.ARTICLE_CHANGED


async def test_a_sentence_whose_speech_is_not_found_any_more_is_not_shown_as_the_papers() -> None:
    class Mute(Newsroom):
        def quoted(self, article_id: str, **_: Any) -> Any:
            return ()

    async with world(Mute()) as w:
        answer = await w.alice.slash(w.channel, "ask", question=ASKED)
        await publish(w, article_of("Corrected.\n\n" + sample().text))
        changed = await w.alice.click(answer.response.message, label="Context")

    assert said(changed) == texts.ARTICLE_CHANGED


async def test_a_sentence_that_is_given_to_somebody_else_by_now_is_not_shown() -> None:
    class Corrected(Newsroom):
        def quoted(self, article_id: str, **_: Any) -> Any:
            return (replace(self.kuleba(), id=article_id, speaker=KIRBY),)

    async with world(Corrected()) as w:
        answer = await w.alice.slash(w.channel, "ask", question=ASKED)
        await publish(w, article_of("Corrected.\n\n" + sample().text))
        changed = await w.alice.click(answer.response.message, label="Context")

    assert said(changed) == texts.ARTICLE_CHANGED


async def test_a_withdrawn_article_is_not_shown_though_another_prints_the_sentence() -> None:
    async with world(Moved()) as w:
        answer = await w.alice.slash(w.channel, "ask", question=ASKED)
        await publish(w, article_of(sample().text, "another"))
        gone = await w.alice.click(answer.response.message, label="Context")

    assert said(gone) == texts.ARTICLE_GONE


async def test_a_sentence_of_a_row_that_an_earlier_version_kept_is_refused_once_changed() -> None:
    async with world() as w:
        place = CitedPlace.of(Citation(find(w.service.known[0], HELP), 0.5))
        old = replace(place, sentence=None, said=None)
        tokens = [await kept(w, asker=w.alice.id, cited=one) for one in (old, place)]
        before = [await press_forged(w, w.alice, w.channel, "context", one) for one in tokens]
        await w.bot.servers.change(w.channel.guild.id, cooldown=(0, 0.0))
        await publish(w, article_of("Corrected.\n\n" + sample().text))
        after = [await press_forged(w, w.alice, w.channel, "context", one) for one in tokens]

    assert all(HELP in quoted_text(cards_of(one.response)[0].text) for one in before)
    assert said(after[0]) == texts.ARTICLE_CHANGED
    assert HELP in quoted_text(cards_of(after[1].response)[0].text)


@pytest.mark.parametrize("style", STYLES)
async def test_what_has_changed_since_is_told_over_the_rest(style: Style) -> None:
    other = article_of("Ports reopened.", "ports")
    service = Newsroom((sample(), other))
    async with world(service) as w:
        await w.bot.servers.change(w.channel.guild.id, style=style)
        token = await w.bot.shown.keep(
            kind="answer",
            question=None,
            asker=w.alice.id,
            guild_id=w.channel.guild.id,
            channel_id=w.channel.id,
            private=False,
            citations=[
                CitedPlace.of(Citation(find(sample(), HELP), 0.5)),
                CitedPlace.of(Citation(find(other, "Ports reopened."), 0.5)),
            ],
        )
        service.known = (sample(), article_of("Corrected. Ports have reopened.", "ports"))
        await w.bot.answers.reload()
        context = await press_forged(w, w.alice, w.channel, "context", token, style=style)

    (card,) = cards_of(context.response)
    assert above(context.response) == texts.SOME_CHANGED
    assert HELP in quoted_text(card.text)


async def test_a_press_too_many_hears_when_to_try_again() -> None:
    async with world() as w:
        answer = await w.alice.slash(w.channel, "ask", question=ASKED)
        await w.bot.servers.change(w.channel.guild.id, cooldown=(2, 30.0))
        await w.alice.click(answer.response.message, label="Context")
        cooled = await w.alice.click(answer.response.message, label="Context")
        helped = await w.alice.click(answer.response.message, label="Helpful")

    assert "too often" in cooled.response.content or "faster" in cooled.response.content
    assert helped.response.content in {texts.THANKS, texts.NOT_NOTED}


async def test_a_slow_database_holds_no_answer_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.chat.buttons.WITHIN", 0.05)

    class Stuck(ShownAnswers):
        async def keep(self, **_: Any) -> str:
            await asyncio.Event().wait()
            raise AssertionError("unreachable")

    state = State.of()
    stuck = Stuck(state.database, state.servers)
    bot: Any = SimpleNamespace(shown=stuck, servers=state.servers)
    reply = Newsroom().ask(ASKED)
    shown = keepable(reply)

    message, token = await ready(bot, shown, Place(1, 2, 3, private=False, seen=SEEN))
    assert token is None
    assert isinstance(shown, Keepable)
    parts = {"components": message.options["view"].to_components()}
    assert quoted_text(cards_of(parts)[0].text) == MEMBER
    assert labels_of(parts) == []


@pytest.mark.parametrize("style", STYLES)
async def test_leafing_ends_and_the_lasting_buttons_and_the_page_stay(style: Style) -> None:
    pages = [(Card((Item(text),), ANSWERED),) for text in ("one", "two")]
    async with world() as w:
        token = "A" * 20
        message = message_of(
            pages, style, owner=w.alice.id, seen=SEEN, lasting=[Below("yes", token)], above="ours"
        )
        message.sent(await w.bot.get_channel(w.channel.id).send(**message.options))
        first = w.channel.last_message
        await w.alice.click(first, label=texts.NEXT)
        leafed = w.channel.last_message
        await w.env.advance_time(601)
        left = w.channel.last_message
        answer = await w.alice.slash(w.channel, "ask", question=ASKED)
        context = await w.alice.click(answer.response.message, label="Context")

    assert len(labels_of(first)) == len(labels_of(leafed)) == 4
    assert [card.text for card in cards_of(first)] == ["one"]
    assert [card.text for card in cards_of(leafed)] == ["two"]
    assert [card.text for card in cards_of(left)] == ["two"]
    assert above(leafed) == above(left) == "ours"
    assert [b["custom_id"] for b in buttons_of(left)] == [f"pq:yes:{token}"]
    assert MEMBER in quoted_text(cards_of(context.response)[0].text)


class LongAnswer(Newsroom):
    """Answers with a quotation that no one message holds."""

    def __init__(self) -> None:
        super().__init__((article_of("Kuleba said a lot. " * 400),))

    def ask(self, question: str, **_: Any) -> Any:
        return Answer(question, 0.9, (Citation(self.known[0].paragraphs[0].span, 0.9),))


@pytest.mark.parametrize("style", STYLES)
async def test_a_long_answer_is_leafed_through_above_its_buttons(style: Style) -> None:
    async with world(LongAnswer()) as w:
        await w.bot.servers.change(w.channel.guild.id, style=style)
        result = await w.alice.slash(w.channel, "ask", question=ASKED)
        await w.alice.click(result.response, label=texts.NEXT)
        first, second = result.response, w.channel.last_message
        helped = await w.alice.click(second, label="Helpful")

    assert cards_of(first)[0].text != ""
    assert labels_of(second)[3:] == ["Context", "Helpful", "Not helpful"]
    assert helped.response.content == texts.NOT_NOTED


@pytest.mark.parametrize("style", STYLES)
async def test_the_buttons_of_an_answer_go_when_its_time_is_over(style: Style) -> None:
    async with world() as w:
        await w.bot.servers.change(w.channel.guild.id, style=style)
        await w.alice.send(w.channel, f"{w.bot.user.mention} {ASKED}")
        before = w.channel.last_message
        places = await w.bot.shown.tidy(datetime(2100, 1, 1, tzinfo=UTC))
        await w.bot.clear_buttons(places)
        after = w.channel.last_message

    assert len(labels_of(before)) == 3
    assert labels_of(after) == []
    assert quoted_text(cards_of(after)[0].text) == MEMBER


@pytest.mark.parametrize(("style", "left"), [("embeds", 0), ("components", 3)])
async def test_without_leave_to_read_the_history_only_components_keep_buttons(
    style: Style, left: int
) -> None:
    async with world() as w:
        await w.bot.servers.change(w.channel.guild.id, style=style)
        await w.alice.send(w.channel, f"{w.bot.user.mention} {ASKED}")
        w.env.inject_error("GET", "/channels/*/messages/*", status=403, code=50001, times=None)
        await w.bot.clear_buttons(await w.bot.shown.tidy(datetime(2100, 1, 1, tzinfo=UTC)))

    assert len(labels_of(w.channel.last_message)) == left
    assert quoted_text(cards_of(w.channel.last_message)[0].text) == MEMBER


MARKS = {"a": "Abelard", "b": "Bertrand", "c": "Cressida"}
COLLECTIONS = {"one": ("a",), "two": ("b",), "three": ("c", "a"), "none": ("z",)}


async def test_no_press_shows_what_its_place_may_not_see_now(
    tmp_path: Path, tiny_settings: Callable[[Path], Settings]
) -> None:
    """A real index; rows cite everything, servers' settings change between presses."""
    for key, name in MARKS.items():
        text = f"{name} Moore met the board.\n\n“{name} stays open,” said {name} Moore."
        (tmp_path / f"{key}.txt").write_text(text, encoding="utf-8")
    chosen = tiny_settings(tmp_path / "index")
    build_index([tmp_path / f"{key}.txt" for key in MARKS], tmp_path / "index", chosen)
    service = open_service(chosen)
    articles = service.articles()
    ids = {a.id: next(k for k, name in MARKS.items() if name in a.text) for a in articles}
    patterns = {
        collection: tuple(i for i, key in ids.items() if key in keys)
        for collection, keys in COLLECTIONS.items()
    }
    seeded = random.Random(5)  # noqa: S311

    def state(answers: Any) -> State:
        return State.of(None, shelves=Shelves(patterns, (), lambda: answers.ids))

    async with world(service, state=state) as w:
        guild = w.channel.guild.id
        shown_at_all = 0
        for _ in range(20):
            cited = seeded.sample(articles, seeded.randint(1, len(articles)))
            private = seeded.random() < 0.5
            token = await w.bot.shown.keep(
                kind="answer",
                question=None,
                asker=w.alice.id,
                guild_id=guild,
                channel_id=w.channel.id,
                private=private,
                citations=[CitedPlace.of(_cited(a)) for a in cited] * seeded.choice([1, 4]),
            )
            names = seeded.choice([None, *([name] for name in COLLECTIONS)])
            narrower = seeded.choice([None, *([name] for name in COLLECTIONS)])
            narrowed = () if narrower is None else ((w.channel.id, frozenset(narrower)),)
            await w.bot.servers.change(
                guild,
                collections=None if names is None else frozenset(names),
                channel_collections=narrowed,
                cooldown=(0, 0.0),
            )
            allowed = set(MARKS)
            for limit in (names, narrower):
                if limit is not None:
                    allowed &= set(COLLECTIONS[limit[0]])
            before = len(w.env.http_requests)
            await press_forged(w, w.alice, w.channel, "context", token)
            await press_forged(w, w.alice, w.channel, "more", token)
            if private:
                await press_forged(w, w.alice, w.channel, "share", token)
            near = await kept(
                w, asker=w.alice.id, kind="refusal", cited=CitedPlace.of(_cited(cited[0]))
            )
            await press_forged(w, w.alice, w.channel, "nearest", near)
            sent = str([r.json for r in w.env.http_requests[before:]])
            for key, name in MARKS.items():
                assert key in allowed or name not in sent, (key, names, narrower)
                shown_at_all += name in sent
        assert shown_at_all > 5


def _cited(article: Article) -> Citation:
    return Citation(article.paragraphs[1].span, 1.0)


async def test_what_is_recalled_names_the_speaker_and_kind_as_the_answer_did(
    tmp_path: Path, tiny_settings: Callable[[Path], Settings]
) -> None:
    chosen = tiny_settings(tmp_path / "index")
    build_index([SAMPLE], tmp_path / "index", chosen)
    service = open_service(chosen)
    asked = [f"what did {name} say?" for name in ("Kuleba", "Kirby", "Blinken", "Stoltenberg")]
    asked += ["who said this war must be won first?", "what did Kirby say about Russia?"]
    replies = [service.ask(question, top=8) for question in asked]
    answers = [reply for reply in replies if isinstance(reply, Answer)]
    assert len(answers) >= 3
    async with world(service) as w:
        await w.alice.send(w.channel, f"{w.bot.user.mention}")  # so that something was sent
        for answer in answers:
            places = [CitedPlace.of(citation) for citation in answer.citations]
            recalled, changed = await recall(w.bot, places, EVERYTHING)
            again = render_answer(replace(answer, citations=recalled))
            first = render_answer(answer)
            assert not changed
            assert again == first


async def test_what_turns_the_sense_is_shown_again_with_what_is_shared(
    tmp_path: Path, tiny_settings: Callable[[Path], Settings]
) -> None:
    page = (
        "The council met Ann Lee on Monday.\n\n“The harbour will reopen in June,” said Ann Lee. "
        "But the council has not voted on it yet."
    )
    (tmp_path / "a.txt").write_text(page, encoding="utf-8")
    chosen = tiny_settings(tmp_path / "index")
    build_index([tmp_path / "a.txt"], tmp_path / "index", chosen)
    service = open_service(chosen)
    answer = service.ask("what did Ann Lee say about the harbour?")
    assert isinstance(answer, Answer)
    assert answer.citations[0].goes_on is not None
    async with world(service) as w:
        await w.alice.send(w.channel, f"{w.bot.user.mention}")  # so that something was sent
        places = [CitedPlace.of(citation) for citation in answer.citations]
        recalled, _ = await recall(w.bot, places, EVERYTHING)

    assert [one.goes_on for one in recalled] == [one.goes_on for one in answer.citations]


def test_the_texts_are_of_the_sample() -> None:
    assert WAR in sample().text
