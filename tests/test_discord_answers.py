"""The whole way on the sample article: from a command on Discord through the real service."""

from __future__ import annotations

import pytest
from discord_cards import cards_of
from discord_markdown import quoted_text, read
from discord_world import MEMBER, SAMPLE, WAR, world

from bot.answers.answer import Verdict
from bot.chat import texts

PAGE = SAMPLE.read_text(encoding="utf-8")


def quoted_lines(cards):
    return [line.text for card in cards for line in read(card.text) if line.quoted if line.text]


@pytest.mark.parametrize("mentioned", [False, True])
async def test_kuleba_answers_in_his_own_words(service, mentioned):
    question = "what did Kuleba say?"
    async with world(service) as w:
        if mentioned:
            await w.alice.send(w.channel, f"{w.bot.user.mention} {question}")
            (card,) = cards_of(w.channel.last_message)
        else:
            result = await w.alice.slash(w.channel, "ask", question=question)
            (card,) = cards_of(result.response)

    assert quoted_text(card.text) == MEMBER
    assert "**Ukraine deserves to be a member of NATO**" in card.text
    assert "**sooner rather than later" in card.text
    assert "**Dmytro Kuleba**" in card.text


@pytest.mark.parametrize(
    "question", ["What did Zelensky say?", "Who won the 2024 US election?", "how do I bake bread"]
)
async def test_what_the_article_does_not_answer_is_declined_with_a_reason(service, question):
    async with world(service) as w:
        result = await w.alice.slash(w.channel, "ask", question=question, private=True)

    refused, *nearest = cards_of(result.response)
    assert not quoted_lines([refused])
    assert refused.text
    assert all(card.title == texts.NEAREST for card in nearest)


async def test_quotes_of_everybody_are_printed_and_none_stands_twice(service):
    async with world(service) as w:
        result = await w.alice.slash(w.channel, "quotes")

    lines = quoted_lines(cards_of(result.response))
    assert WAR in lines
    assert all(line in PAGE for line in lines)
    assert len(set(lines)) == len(lines)


async def test_speakers_are_offered_under_a_name_that_the_article_uses(service):
    async with world(service) as w:
        offered = await w.alice.autocomplete(w.channel, "quotes", "speaker", "kul")
        result = await w.alice.slash(w.channel, "quotes", speaker=offered[0]["value"])

    assert [choice["name"] for choice in offered] == ["Dmytro Kuleba"]
    assert quoted_lines(cards_of(result.response)) == [MEMBER]


@pytest.mark.parametrize(
    ("quote", "speaker", "verdict"),
    [
        ("“First they gotta win this war”", "Kirby", Verdict.VERBATIM),
        ("First they must win this war", None, Verdict.ALTERED),
        ("Ukraine deserves to be a member of NATO", "Kirby", Verdict.WRONG_SPEAKER),
        ("The moon is made of cheese", None, Verdict.NOT_FOUND),
    ],
)
async def test_a_check_gives_its_verdict(service, quote, speaker, verdict):
    async with world(service) as w:
        options = {"speaker": speaker} if speaker else {}
        result = await w.alice.slash(w.channel, "check", quote=quote, **options)

    head, *found = cards_of(result.response)
    assert head.title == texts.VERDICTS[verdict]
    assert all(line in PAGE for line in quoted_lines(found))


async def test_a_summary_is_made_of_printed_sentences_in_their_order(service):
    async with world(service) as w:
        result = await w.alice.slash(w.channel, "summary", sentences=3)

    places = [PAGE.index(line) for line in quoted_lines(cards_of(result.response))]
    assert len(places) == 3
    assert places == sorted(places)


async def test_the_only_article_is_offered_by_its_id_and_first_words(service):
    async with world(service) as w:
        offered = await w.alice.autocomplete(w.channel, "ask", "article", "", question="x")

    assert [choice["value"] for choice in offered] == ["sample"]
    assert offered[0]["name"].startswith("sample — Ukraine must first win the war")
