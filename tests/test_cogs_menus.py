"""bot/chat/cogs/menus.py: what one can do with any message."""

from __future__ import annotations

from types import SimpleNamespace

import discord
import pytest
from discord_cards import cards_of, labels_of
from discord_markdown import quoted_text, styles_of
from discord_world import MEMBER, WAR, world

from bot.answers.answer import Verdict
from bot.chat import texts
from bot.chat.messages import plain, quoted_in, texts_of
from bot.chat.render import CHECKED
from index.scope import EVERYTHING

QUOTE = "First they gotta win this war"


async def choose(w, name, text, *, sender=None):
    """Send a message, and choose an entry of its menu."""
    await (sender or w.alice).send(w.channel, text)
    return await w.alice.context_menu(w.channel, name, w.channel.last_message)


async def test_both_menus_can_be_installed_by_a_person_and_used_anywhere() -> None:
    async with world() as w:
        told = next(r.json for r in w.sent if r.path.endswith("/commands"))
        menus = {one["name"]: one for one in told if one["type"] == 3}
        await w.bot.unload_extension("bot.chat.cogs.menus")
        left = w.bot.tree.get_commands(type=discord.AppCommandType.message)

    assert set(menus) == {texts.MENU_CHECK, texts.MENU_ASK}
    assert all(set(one["contexts"]) == {0, 1, 2} for one in menus.values())
    assert all(set(one["integration_types"]) == {0, 1} for one in menus.values())
    assert all(len(name) <= 32 for name in menus)
    assert not left


async def test_a_quote_in_a_message_is_checked_for_whoever_chose_it_alone(service) -> None:
    async with world(service) as w:
        result = await choose(w, texts.MENU_CHECK, f"lol, Kirby said “{QUOTE}”, really?")

    head, found = cards_of(result.response)
    assert result.ephemeral
    assert head.title == texts.VERDICTS[Verdict.VERBATIM]
    assert texts.said_to_be("Kirby") in head.text
    assert quoted_text(found.text) == WAR


async def test_several_quotes_are_leafed_through_and_so_many_at_most(service) -> None:
    two = f"Kuleba: “Ukraine deserves to be a member of NATO”. Kuleba: “{QUOTE}”"
    async with world(service) as w:
        result = await choose(w, texts.MENU_CHECK, two)
        first = cards_of(result.response)[0].title
        after = await w.alice.click(result.response, label=texts.NEXT)
        second = cards_of(after.response)[0].title
        many = await choose(w, texts.MENU_CHECK, "“war”, " * 240)
        labels = labels_of(many.response)

    assert first == texts.VERDICTS[Verdict.VERBATIM]
    assert second == texts.VERDICTS[Verdict.WRONG_SPEAKER]
    assert labels[1].endswith(f"of {CHECKED + 1}")


async def test_a_message_without_quotation_marks_is_one_quote(service) -> None:
    async with world(service) as w:
        bare = await choose(w, texts.MENU_CHECK, f"**{QUOTE}**")
        block = await choose(w, texts.MENU_CHECK, f"> {QUOTE}\nis that so?")
        other = await choose(w, texts.MENU_CHECK, "the moon is cheese " * 100)

    printed = texts.VERDICTS[Verdict.VERBATIM]
    assert [cards_of(r.response)[0].title for r in (bare, block)] == [printed, printed]
    assert cards_of(other.response)[0].title == texts.VERDICTS[Verdict.NOT_FOUND]


async def test_an_answer_of_ours_can_be_checked(service) -> None:
    async with world(service) as w:
        await w.alice.slash(w.channel, "ask", question="what did Kuleba say?")
        result = await w.alice.context_menu(w.channel, texts.MENU_CHECK, w.channel.last_message)

    assert cards_of(result.response)[0].title == texts.VERDICTS[Verdict.VERBATIM]


async def test_of_an_answer_of_ours_only_the_print_is_looked_at_forwarded_or_not() -> None:
    async with world() as w:
        await w.alice.slash(w.channel, "ask", question="what did Kuleba say?")
        answer = w.channel.last_message
    forwarded = SimpleNamespace(content="", embeds=[], components=[], message_snapshots=[answer])

    for message in (answer, forwarded):
        (said,) = texts_of(message)
        assert said.startswith(f"> {MEMBER[:40]}")
        assert "Paragraph" not in said


async def test_a_message_without_words_has_no_quote() -> None:
    async with world() as w:
        foxes = await choose(w, texts.MENU_CHECK, "🦊🦊 —")
        shown = w.bot.get_partial_messageable(w.channel.id)
        await shown.send(embed=discord.Embed(title="a picture"))
        picture = await w.alice.context_menu(w.channel, texts.MENU_CHECK, w.channel.last_message)

    assert foxes.ephemeral
    assert foxes.response.content == texts.NO_WORDS
    assert picture.response.content == texts.NO_TEXT


async def test_a_message_is_asked_as_a_question_and_answered_alone() -> None:
    async with world() as w:
        bob = w.env.guild.add_member(w.env.create_user("bob"))
        text = f"{w.bot.user.mention} **what** did Kuleba say, {bob.mention}?"
        await bob.send(w.channel, text.replace(w.bot.user.mention, ""))
        result = await w.alice.context_menu(w.channel, texts.MENU_ASK, w.channel.last_message)

    assert result.ephemeral
    assert quoted_text(cards_of(result.response)[0].text) == MEMBER
    assert w.service.asked == [("what did Kuleba say, @bob?", EVERYTHING)]


async def test_a_refused_message_is_counted_like_a_refused_question() -> None:
    counted = []
    async with world() as w:

        async def on_refusal(*event) -> None:
            counted.append(event)

        w.bot.add_listener(on_refusal)
        result = await choose(w, texts.MENU_ASK, "how do I bake bread?")

    assert "surely answers" in cards_of(result.response)[0].text
    assert [(e[0].question, e[2]) for e in counted] == [("how do I bake bread?", w.alice.id)]


async def test_what_is_no_question_of_a_persons_says_so() -> None:
    async with world() as w:
        robot = w.env.guild.add_member(w.env.create_user("robot", bot=True))
        bots = await choose(w, texts.MENU_ASK, "what did Kuleba say?", sender=robot)
        empty = await choose(w, texts.MENU_ASK, "**  **")

    assert bots.response.content == texts.A_BOTS_MESSAGE
    assert empty.response.content == texts.NOTHING_ASKED
    assert w.service.asked == []


async def test_a_message_too_long_for_a_question_says_how_long_one_may_be(service) -> None:
    async with world(service) as w:
        result = await choose(w, texts.MENU_ASK, "why did Kuleba say so? " * 80)
        assert len(w.env.errors) == 1

    assert result.ephemeral
    assert "at most 500 are taken" in result.response.content


async def test_nothing_in_a_message_comes_alive() -> None:
    hostile = "@everyone [Kuleba](https://evil.example) “<@1> # must win” ||x|| `y` \\*"
    async with world() as w:
        asked = await choose(w, texts.MENU_ASK, hostile)
        checked = await choose(w, texts.MENU_CHECK, hostile)

    for result in (asked, checked):
        described = cards_of(result.response)[0].text
        assert not styles_of(described, quoted=False) & {"mention", "url", "link", "code"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("**bold** _it_ __u__ ~~s~~ ||spoiler|| `code`", "bold it u s spoiler code"),
        ("snake_case 2 \\* 3", "snake_case 2 * 3"),
        ("> quoted\n# head\n-# small", "quoted\nhead\nsmall"),
        ("see [the story](https://news.example/a_(b)) now", "see the story now"),
        ("see [the story](<https://news.example/a>) now", "see the story now"),
        ("<:fox:123456789012345678> <t:1700000000:R> <@7> and <@8>", "@ann and"),
    ],
)
def test_markdown_is_taken_away(text, said) -> None:
    assert plain(text, {7: "@ann"}) == said


def test_block_quotes_are_what_is_quoted_where_nothing_else_is() -> None:
    assert quoted_in(["> one\n> two\nno\n>>> three\nfour"]) == ("one\ntwo", "three\nfour")
    assert quoted_in(["> he said “one”\nno"]) == ("he said “one”\nno",)
    assert quoted_in(["…", "> —"]) == ()
