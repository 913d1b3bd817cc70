"""bot/chat/buttons.py: the buttons under answers, pressed on a real bot."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord_markdown import quoted_text
from discord_world import HELP, MEMBER, SAMPLE, WAR, Newsroom, article_of, find, sample, world

from bot.answers.answer import Answer, Citation
from bot.bootstrap import open_service
from bot.chat import texts
from bot.chat.buttons import SHOWN, AnswerButton, Below, Keepable, Place, keepable, recall, view_of
from bot.chat.render import render_answer
from bot.chat.servers import Shelves
from bot.chat.shown import CitedPlace, ShownAnswers
from bot.chat.state import State
from bot.chat.views import Pager
from index.build import build_index
from index.scope import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from config.settings import Settings

ASKED = "what did Kuleba say?"
SEEN = (1, "", EVERYTHING)


class Fuller(Newsroom):
    """Answers with more than is shown at once."""

    def ask(self, question: str, **options: Any) -> Any:
        reply = super().ask(question, **options)
        if not isinstance(reply, Answer):
            return reply
        spans = [paragraph.span for paragraph in self.known[0].paragraphs[:4]]
        further = [Citation(span, 0.5) for span in spans]
        return replace(reply, citations=(*reply.citations, *further))


def labels(message: Any) -> list[str]:
    return [button["label"] for row in message.components for button in row["components"]]


def said(result: Any) -> str:
    """All that a press led to: its text and its embeds."""
    response = result.response
    return "\n".join([response.content, *(e.description or "" for e in response.embeds)])


async def press_forged(w: Any, who: Any, channel: Any, act: str, token: str) -> Any:
    """Press a button of a message of the bot's that carries somebody else's token."""
    view = discord.ui.View(timeout=None)
    view.add_item(Below(act, token))  # type: ignore[arg-type]
    message = await w.bot.get_channel(channel.id).send("forged", view=view)
    return await who.click(message, custom_id=f"pq:{act}:{token}")


async def kept(w: Any, *, asker: int, private: bool = False, cited: Any = None) -> str:
    article = w.service.known[0]
    place = cited or CitedPlace.of(Citation(find(article, HELP), 0.5))
    token: str = await w.bot.shown.keep(
        kind="answer",
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
        assert labels(answer.response) == ["Context", "Helpful", "Not helpful"]
        context = await bob.click(answer.response.message, label="Context")

    (embed,) = context.response.embeds
    shown = quoted_text(embed.description)
    assert context.ephemeral
    assert len(shown) > len(MEMBER)
    assert MEMBER in shown
    assert shown in sample().text
    assert f"**{MEMBER.split('“')[0]}" in embed.description


async def test_a_mention_gets_the_buttons_and_a_refusal_none() -> None:
    async with world() as w:
        await w.alice.send(w.channel, f"{w.bot.user.mention} {ASKED}")
        context = await w.alice.click(w.channel.last_message, label="Context")
        await w.alice.send_dm(ASKED)
        alone = await w.alice.user.click(w.alice.user.dm_channel.last_message, label="Context")
        refused = await w.alice.slash(w.channel, "ask", question="how do I bake bread")

    assert MEMBER in quoted_text(context.response.embeds[0].description)
    assert MEMBER in quoted_text(alone.response.embeds[0].description)
    assert refused.response.components == []


async def test_more_shows_the_rest_to_the_asker_alone() -> None:
    async with world(Fuller()) as w:
        bob = w.env.guild.add_member(w.env.create_user("bob"))
        answer = await w.alice.slash(w.channel, "ask", question=ASKED)
        more = await w.alice.click(answer.response.message, label="More")
        others = await bob.click(answer.response.message, label="More")

    paragraphs = [p.span.text for p in sample().paragraphs[:4]]
    assert len(answer.response.embeds) == SHOWN
    assert [quoted_text(e.description) for e in more.response.embeds] == paragraphs[2:]
    assert more.ephemeral
    assert "More" not in labels(more.response)
    assert more.response.embeds[0].author.name == ASKED
    assert others.response.content == texts.NOT_YOURS


async def test_a_private_answer_is_shared_once_and_pings_nobody() -> None:
    async with world() as w:
        user = w.env.create_user("mallory", global_name="@everyone *x*")
        mallory = w.env.guild.add_member(user)
        answer = await mallory.slash(w.channel, "ask", question=ASKED, private=True)
        assert "Share" in labels(answer.response)
        await mallory.click(answer.response, label="Share")
        shared = w.channel.last_message
        (button,) = [
            b
            for row in answer.response.components
            for b in row["components"]
            if b["label"] == "Share"
        ]
        token = button["custom_id"].rpartition(":")[2]
        again = await press_forged(w, mallory, w.channel, "share", token)
        context = await w.alice.click(shared, label="Context")

    assert shared.content == r"Shared by \@\@everyone \*x\*"
    assert quoted_text(shared.embeds[0].description) == MEMBER
    assert button["disabled"]
    assert "Share" not in [b.label for row in shared.components for b in row.children]
    assert again.followups[-1].content == texts.SHARED_BEFORE
    assert MEMBER in quoted_text(context.response.embeds[0].description)


async def test_where_it_may_not_post_the_one_who_shares_is_told() -> None:
    async with world() as w:
        answer = await w.alice.slash(w.channel, "ask", question=ASKED, private=True)
        here = f"/channels/{w.channel.id}/messages"
        w.env.inject_error("POST", here, status=403, code=50013, times=1)
        pressed = await w.alice.click(answer.response, label="Share")
        assert pressed.followups[-1].content == texts.CANNOT_SHARE
        assert quoted_text(answer.response.embeds[0].description) == MEMBER
        await w.alice.click(answer.response, label="Share")
        assert quoted_text(w.channel.last_message.embeds[0].description) == MEMBER


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


async def test_buttons_work_after_a_restart(tmp_path: Path) -> None:
    def state(_: Any) -> State:
        return State.of(str(tmp_path / "kept.sqlite3"))

    async with world(Fuller(), state=state) as w:
        told = (await w.bot.answers.ask(ASKED)).citations[0]
        token = await kept(w, asker=w.alice.id, private=True, cited=CitedPlace.of(told))
        where = (w.channel.guild.id, w.channel.id, w.alice.id)
        await w.alice.slash(w.channel, "ask", question=ASKED)
        await w.bot.shown._database.close()
    async with world(Fuller(), state=state) as w:
        assert where == (w.channel.guild.id, w.channel.id, w.alice.id)
        context = await press_forged(w, w.alice, w.channel, "context", token)
        await press_forged(w, w.alice, w.channel, "share", token)
        noted = await press_forged(w, w.alice, w.channel, "yes", token)
        shared = next(m for m in w.channel.history() if m.content.startswith("Shared by"))
        await w.bot.shown._database.close()

    assert MEMBER in quoted_text(context.response.embeds[0].description)
    assert quoted_text(shared.embeds[0].description) == MEMBER
    assert "**Dmytro Kuleba** · their words where quoted" in shared.embeds[0].description
    assert noted.response.content == texts.THANKS


@pytest.mark.parametrize("act", ["context", "more", "yes", "no"])
async def test_what_belongs_elsewhere_is_refused_like_what_is_unknown(act: str) -> None:
    async with world() as w:
        bob = w.env.guild.add_member(w.env.create_user("bob"))
        other = w.env.create_guild()
        elsewhere = other.create_text_channel("elsewhere")
        alice_there = other.add_member(w.alice.user)
        beside = w.channel.guild.create_text_channel("beside")
        hers = await kept(w, asker=w.alice.id, private=True)
        public = await kept(w, asker=w.alice.id)
        tried = [
            await press_forged(w, w.alice, w.channel, act, "A" * 20),
            await press_forged(w, bob, w.channel, act, hers),
            await press_forged(w, alice_there, elsewhere, act, public),
            await press_forged(w, w.alice, beside, act, public),
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


async def test_a_sentence_that_still_stands_in_a_changed_article_is_opened_and_marked() -> None:
    note = "Corrected on Monday: a date was wrong.\n\n"
    async with world(Moved()) as w:
        answer = await w.alice.slash(w.channel, "ask", question=ASKED)
        private = await w.alice.slash(w.channel, "ask", question=ASKED, private=True)
        await publish(w, article_of(note + sample().text, title="Now"))
        context = await w.alice.click(answer.response.message, label="Context")
        await w.alice.click(private.response, label="Share")
        shared = next(m for m in w.channel.history() if m.content.startswith("Shared by"))
        again = await w.alice.click(shared, label="Context")

    assert context.response.content == texts.STILL_STANDS
    assert MEMBER in quoted_text(context.response.embeds[0].description)
    assert shared.content.endswith(f"\n{texts.STILL_STANDS}")
    assert quoted_text(shared.embeds[0].description) == MEMBER
    assert "**Dmytro Kuleba** · their words where quoted" in shared.embeds[0].description
    assert "**Ukraine deserves to be a member of NATO**" in shared.embeds[0].description
    assert again.response.content == ""  # the shared answer is of the article as it is now


async def test_more_of_a_changed_article_is_marked_too_and_what_is_gone_is_named() -> None:
    class Most(Fuller, Moved):
        """Both."""

    paragraphs = [one.span.text for one in sample().paragraphs]
    async with world(Most()) as w:
        answer = await w.alice.slash(w.channel, "ask", question=ASKED)
        rest = [paragraphs[0], "Another.", paragraphs[2], "One more.", *paragraphs[4:]]
        await publish(w, article_of("\n\n".join(rest)))
        more = await w.alice.click(answer.response.message, label="More")

    assert more.response.content == f"{texts.STILL_STANDS}\n{texts.SOME_CHANGED}"
    assert [quoted_text(e.description) for e in more.response.embeds] == [paragraphs[2]]


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

    assert all(HELP in quoted_text(one.response.embeds[0].description) for one in before)
    assert said(after[0]) == texts.ARTICLE_CHANGED
    assert HELP in quoted_text(after[1].response.embeds[0].description)


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
    bot: Any = SimpleNamespace(shown=Stuck(state.database, state.servers))
    reply = Newsroom().ask(ASKED)
    shown = keepable(reply)

    assert await view_of(bot, shown, Place(1, 2, 3, private=False, seen=SEEN)) == (None, None)
    assert isinstance(shown, Keepable)
    assert quoted_text(shown.pages[0][0].description or "") == MEMBER


async def test_leafing_ends_and_the_lasting_buttons_stay() -> None:
    edits: list[Any] = []

    async def edit(**message: Any) -> None:
        edits.append(message["view"])

    async with world() as w:
        page = (discord.Embed(description="x"),)
        pager = Pager([page, page], owner=1, seen=SEEN, lasting=[Below("yes", "A" * 20)])
        assert [len(row["components"]) for row in pager.to_components()] == [3, 1]
        pager.edit = edit
        await pager.on_timeout()
        assert [b.custom_id for b in edits[0].children] == ["pq:yes:" + "A" * 20]
        answer = await w.alice.slash(w.channel, "ask", question=ASKED)
        w.bot._connection._view_store.remove_view(pager)
        context = await w.alice.click(answer.response.message, label="Context")

    assert MEMBER in quoted_text(context.response.embeds[0].description)


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
                citations=[CitedPlace.of(Citation(a.paragraphs[1].span, 1.0)) for a in cited]
                * seeded.choice([1, 4]),
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
            sent = str([r.json for r in w.env.http_requests[before:]])
            for key, name in MARKS.items():
                assert key in allowed or name not in sent, (key, names, narrower)
                shown_at_all += name in sent
        assert shown_at_all > 5


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
            assert [[e.to_dict() for e in page] for page in again] == [
                [e.to_dict() for e in page] for page in first
            ]


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
