"""bot/chat/cogs/ask.py: /ask, mentions and direct messages."""

from __future__ import annotations

import asyncio
import threading

import pytest
from discord_cards import cards_of, labels_of
from discord_markdown import quoted_text, styles_of
from discord_world import BORDER, MEMBER, Newsroom, article_of, sample, world

from bot.chat import texts
from index.scope import EVERYTHING


async def test_ask_replies_with_the_printed_sentence_the_speaker_and_the_place() -> None:
    async with world() as w:
        result = await w.alice.slash(w.channel, "ask", question="what did Kuleba say?")
        callback = next(r.json for r in w.sent if r.path.endswith("/callback"))

    (card,) = cards_of(result.response)
    assert callback["type"] == 5
    assert not result.ephemeral
    assert quoted_text(card.text) == MEMBER
    assert "**Dmytro Kuleba**" in card.text
    assert "**Ukraine deserves to be a member of NATO**" in card.text
    assert card.heading == "what did Kuleba say?"
    assert card.footer.startswith("Paragraph ")


async def test_a_private_answer_is_for_the_asker_alone() -> None:
    async with world() as w:
        result = await w.alice.slash(
            w.channel, "ask", question="what did Kuleba say?", private=True
        )

    assert result.ephemeral
    assert result.response.ephemeral


async def test_a_refusal_gives_its_reason_and_marks_the_nearest_as_no_answer() -> None:
    async with world() as w:
        result = await w.alice.slash(w.channel, "ask", question="how do I bake bread", private=True)
        await w.alice.send_dm("how do I bake bread?")
        alone = w.alice.user.dm_channel.last_message

    for message in (result.response, alone):
        refused, nearest = cards_of(message)
        assert "surely answers" in refused.text
        assert nearest.title == texts.NEAREST
        assert "**" not in nearest.text.split("\n")[0]
        assert labels_of(message) == []


async def test_ask_searches_only_the_article_that_was_chosen() -> None:
    service = Newsroom((sample(), article_of("Ports reopened.", "ports", title="Ports")))
    async with world(service) as w:
        choices = await w.alice.autocomplete(w.channel, "ask", "article", "por", question="x")
        await w.alice.slash(w.channel, "ask", question="Kuleba?", article=choices[0]["value"])
        await w.alice.slash(w.channel, "ask", question="Kuleba?")

    assert [(c["name"], c["value"]) for c in choices] == [("Ports", "ports")]
    assert service.asked[0][1].ids == frozenset({"ports"})
    assert service.asked[1][1] == EVERYTHING


async def test_an_unknown_article_is_named_as_what_is_wrong_and_what_to_do() -> None:
    async with world() as w:
        result = await w.alice.slash(w.channel, "ask", question="Kuleba?", article="nowhere")
        assert len(w.env.errors) == 1

    assert result.response.content == texts.NO_SUCH_ARTICLE


@pytest.mark.parametrize(
    "text",
    ["{me} what did Kuleba say?", "what did Kuleba say? {me}", "{me}what did Kuleba say?"],
)
async def test_a_mention_is_answered_in_a_reply_that_pings_nobody(text) -> None:
    async with world() as w:
        await w.alice.send(w.channel, text.format(me=w.bot.user.mention))
        reply = w.channel.last_message
        sent = w.sent[-1].json

    assert w.service.asked == [("what did Kuleba say?", EVERYTHING)]
    assert quoted_text(cards_of(reply)[0].text) == MEMBER
    assert sent["allowed_mentions"]["parse"] == []
    assert not sent["allowed_mentions"].get("replied_user")
    assert sent["message_reference"]["fail_if_not_exists"] is False


async def test_a_mention_shows_that_it_is_typing_before_it_works() -> None:
    started = []
    service = Newsroom(before=lambda _: started.append(len(w.env.http_requests)))
    async with world(service) as w:
        await w.alice.send(w.channel, f"{w.bot.user.mention} Kuleba?")
        paths = [request.path for request in w.env.http_requests]

    assert any(path.endswith("/typing") for path in paths[: started[0]])


async def test_an_empty_mention_gets_a_hint() -> None:
    async with world() as w:
        await w.alice.send(w.channel, f" {w.bot.user.mention} ")

        assert w.channel.last_message.content == texts.HINT
        assert w.service.asked == []


async def test_it_stays_silent_when_nobody_speaks_to_it() -> None:
    async with world() as w:
        robot = w.env.guild.add_member(w.env.create_user("robot", bot=True))
        before = len(w.env.http_requests)
        await w.alice.send(w.channel, "what did Kuleba say?")
        await w.alice.send(w.channel, "@everyone what did Kuleba say?")
        await robot.send(w.channel, f"{w.bot.user.mention} what did Kuleba say?")
        await w.alice.slash(w.channel, "summary")  # its own messages are no questions either

        assert w.service.asked == []
        paths = [request.path for request in w.env.http_requests[before:]]
        assert not [path for path in paths if path.endswith(("/messages", "/typing"))]


async def test_a_direct_message_needs_no_mention() -> None:
    async with world() as w:
        await w.alice.send_dm("what did Kuleba say?")

        assert quoted_text(cards_of(w.alice.user.dm_channel.last_message)[0].text) == MEMBER


async def test_other_peoples_mentions_reach_the_question_as_names() -> None:
    async with world() as w:
        bob = w.env.guild.add_member(w.env.create_user("bob"))
        await w.alice.send(w.channel, f"{w.bot.user.mention} did {bob.mention} meet Kuleba?")
        await w.alice.send(w.channel, f"{w.bot.user.mention} <@999999999999> Kuleba?")

    assert [question for question, _ in w.service.asked] == [
        "did @bob meet Kuleba?",
        "<@999999999999> Kuleba?",
    ]


async def test_where_embeds_were_chosen_and_are_not_allowed_it_says_what_it_needs() -> None:
    async with world() as w:
        await w.bot.servers.change(w.channel.guild.id, style="embeds")
        w.env.inject_error("POST", "/channels/*/messages", status=403, code=50013)
        await w.alice.send(w.channel, f"{w.bot.user.mention} Kuleba?")

        assert w.channel.last_message.content == texts.NEEDS_EMBEDS


async def test_where_it_may_not_write_it_says_so_to_the_asker_alone() -> None:
    async with world() as w:
        here = f"/channels/{w.channel.id}/messages"
        w.env.inject_error("POST", here, status=403, code=50013, times=None)
        await w.alice.send(w.channel, f"{w.bot.user.mention} Kuleba?")

        assert w.alice.user.dm_channel.last_message.content == texts.no_voice(w.channel.id)


async def test_where_it_may_write_nowhere_it_gives_up_quietly() -> None:
    async with world() as w:
        w.env.inject_error("POST", "/channels/*", status=403, code=50013, times=None)
        await w.alice.send(w.channel, f"{w.bot.user.mention} Kuleba?")
        await w.alice.send(w.channel, f"{w.bot.user.mention}")

        assert w.env.errors == []


async def test_an_asker_is_acknowledged_at_once_and_told_when_it_is_busy() -> None:
    release = threading.Event()
    service = Newsroom(before=lambda _: release.wait(5))
    async with world(service, queue=1) as w:
        timer = threading.Timer(0.3, release.set)
        holding = asyncio.create_task(w.bot.answers.ask("Kuleba, before?"))
        await asyncio.sleep(0.01)
        timer.start()
        result = await w.alice.slash(w.channel, "ask", question="Kuleba?")
        deferred_while_busy = any(r.path.endswith("/callback") for r in w.sent)
        await holding
        assert len(w.env.errors) == 1
        assert deferred_while_busy

    assert result.response.content == texts.busy(5)
    assert [question for question, _ in service.asked] == ["Kuleba, before?"]


HOSTILE = [
    "@everyone @here <@1> <@&2> <#3> Kuleba",
    "[Kuleba](https://evil.example) https://evil.example/x discord.gg/abc",
    "Kuleba \u202egnp.exe \u2066",
    "K\u0301\u0302\u0303\u0304\u0305\u0306\u0307uleba" * 20,
    "```Kuleba``` `x` **b** __u__ ||s|| ~~t~~ > q\n# h\n- l",
    "Kuleba " + "a" * 490,
    "Kuleba\x00\x07 </ask:1> <t:1:R> <:x:123456789012345678>",
]


@pytest.mark.parametrize("question", HOSTILE)
async def test_nothing_that_a_question_holds_comes_alive(question) -> None:
    async with world() as w:
        result = await w.alice.slash(w.channel, "ask", question=question[:500])
        await w.alice.send(w.channel, f"{w.bot.user.mention} {question * 3}"[:2000])
        cards = [*cards_of(result.response), *cards_of(w.channel.last_message)]

    assert len(cards) == 2
    for card in cards:
        assert not card.title
        assert not styles_of(card.text, quoted=False) & {"mention", "url", "link", "code"}
        assert not set("\u202e\u2066\x00\x07") & set(card.heading)
        assert len(card.heading) <= 256


async def test_four_thousand_characters_are_taken() -> None:
    async with world() as w:
        await w.alice.send_dm("Kuleba " + "why " * 490)
        reply = w.alice.user.dm_channel.last_message

    assert quoted_text(cards_of(reply)[0].text) == MEMBER
    assert cards_of(reply)[0].heading.endswith("…")


def test_the_texts_of_the_newsroom_are_printed() -> None:
    assert BORDER in sample().text
