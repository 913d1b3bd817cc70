"""bot/chat/cogs/check.py: verdicts on quotes."""

from __future__ import annotations

import pytest
from discord_cards import cards_of
from discord_markdown import quoted_text, read, styles_of
from discord_world import WAR, world

from bot.answers.answer import Verdict
from bot.chat import texts

QUOTE = "First they gotta win this war"


@pytest.mark.parametrize(
    ("quote", "speaker", "verdict"),
    [
        (f"“{QUOTE}”", "John Kirby", Verdict.VERBATIM),
        (QUOTE, None, Verdict.VERBATIM),
        (QUOTE, "Kuleba", Verdict.WRONG_SPEAKER),
        ("First they must win this war on", None, Verdict.ALTERED),
        ("The moon is cheese", None, Verdict.NOT_FOUND),
    ],
)
async def test_each_verdict_is_the_title_of_its_reply(quote, speaker, verdict) -> None:
    async with world() as w:
        options = {} if speaker is None else {"speaker": speaker}
        result = await w.alice.slash(w.channel, "check", quote=quote, **options)

    head, *found = cards_of(result.response)
    assert head.title == texts.VERDICTS[verdict]
    if verdict is not Verdict.NOT_FOUND:
        assert quoted_text(found[0].text) == WAR
        assert "**John Kirby**" in found[0].text


async def test_what_differs_is_shown_word_by_word() -> None:
    async with world() as w:
        result = await w.alice.slash(w.channel, "check", quote="First they must win this war on")

    line = next(
        line
        for line in read(cards_of(result.response)[0].text)
        if line.text.startswith(texts.CHANGES.partition("{")[0])
    )
    struck = [piece.text for piece in line.pieces if "strike" in piece.styles]
    bold = [piece.text for piece in line.pieces if "bold" in piece.styles]
    assert struck == ["must", "on"]
    assert bold == ["gotta"]


async def test_a_quote_that_is_not_found_is_not_called_never_said() -> None:
    async with world() as w:
        result = await w.alice.slash(w.channel, "check", quote="The moon is cheese")

    card = cards_of(result.response)[0]
    assert "in these articles" in card.title
    assert "never" not in f"{card.title} {card.text}".casefold()


async def test_nothing_in_a_checked_quote_comes_alive() -> None:
    quote = (
        "@everyone [First](https://evil.example) ||they|| `must win` <@1>\n# this war" + " x" * 900
    )
    async with world() as w:
        result = await w.alice.slash(w.channel, "check", quote=quote, speaker="**Kirby** <@&1>")

    described = cards_of(result.response)[0].text
    assert styles_of(described, quoted=False) <= {"bold", "strike"}
