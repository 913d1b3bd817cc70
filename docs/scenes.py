"""What there are pictures of: every reply of the bot, and how it comes about."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from stage import Held, harbour, sample

from bot.chat import texts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from drawing import Shown
    from stage import Stage

KULEBA = "what did Kuleba say?"
KIRBY = "what did Kirby say?"
NOWHERE = "What did Kirby say about Paris?"
PRINTED = "First they gotta win this war"
CHANGED = "First they must win this war"


@dataclass(frozen=True, slots=True)
class Scene:
    """A reply to be drawn: the command it replies to ("": a message), what it shows, and how."""

    command: str
    caption: str
    play: Callable[[Stage], Awaitable[list[Shown]]]
    service: Callable[[], Any] = sample
    queue: int = 16


def _slash(command: str, **options: Any) -> Callable[[Stage], Awaitable[list[Shown]]]:
    async def play(stage: Stage) -> list[Shown]:
        return await stage.slash(command, **options)

    return play


def _mention(text: str) -> Callable[[Stage], Awaitable[list[Shown]]]:
    async def play(stage: Stage) -> list[Shown]:
        return await stage.mentions(text)

    return play


def _chosen(entry: str, text: str) -> Callable[[Stage], Awaitable[list[Shown]]]:
    async def play(stage: Stage) -> list[Shown]:
        return await stage.chooses(entry, text)

    return play


def _pressed(label: str, command: str, **options: Any) -> Callable[[Stage], Awaitable[list[Shown]]]:
    async def play(stage: Stage) -> list[Shown]:
        (shown,) = await stage.slash(command, **options)
        return await stage.press(shown, label)

    return play


def _in(
    locale: str, command: str, named: str, **options: Any
) -> Callable[[Stage], Awaitable[list[Shown]]]:
    async def play(stage: Stage) -> list[Shown]:
        parsers = stage.w.bot._connection.parsers  # noqa: SLF001 - simcord speaks English
        parse = parsers["INTERACTION_CREATE"]
        told = {"locale": locale, "guild_locale": locale}
        parsers["INTERACTION_CREATE"] = lambda data: parse(data | told)
        (shown,) = await stage.slash(command, **options)
        return [replace(shown, used=f"/{named}")]

    return play


async def _embeds(stage: Stage) -> list[Shown]:
    await stage.set(style="embeds")
    return await stage.slash("ask", question=KULEBA)


async def _embeds_check(stage: Stage) -> list[Shown]:
    await stage.set(style="embeds")
    return await stage.slash("check", quote=CHANGED)


async def _shared(stage: Stage) -> list[Shown]:
    (private,) = await stage.slash("ask", question=KULEBA, private=True)
    await stage.press(private, texts.BUTTON_SHARE)
    return [stage.shown(stage.w.channel.last_message)]


async def _shared_verdict(stage: Stage) -> list[Shown]:
    said = f"Blinken said it plainly: “{CHANGED}”"
    _, private = await stage.chooses(texts.MENU_CHECK, said)
    await stage.press(private, texts.BUTTON_SHARE)
    return [stage.shown(stage.w.channel.last_message)]


async def _follow_up(stage: Stage) -> list[Shown]:
    _, first = await stage.mentions(KULEBA)
    return await stage.says("and what about Blinken?", to=first, by=stage.bob)


async def _settings(stage: Stage) -> list[Shown]:
    boss = stage.person("Alice", manage_guild=True)
    return await stage.slash("settings", by=boss)


async def _stats(stage: Stage) -> list[Shown]:
    boss = stage.person("Alice", manage_guild=True)
    await stage.set(keep_questions=True)
    (first,) = await stage.slash("ask", question=KULEBA)
    await stage.press(first, texts.BUTTON_HELPFUL)
    await stage.slash("ask", question=KIRBY, by=stage.bob)
    await stage.slash("ask", question=NOWHERE)
    await stage.slash("ask", question="What did Zelensky say?", by=stage.bob)
    await asyncio.sleep(0.2)  # refusals are counted beside the replies
    return await stage.slash("stats", by=boss)


async def _forget_me(stage: Stage) -> list[Shown]:
    (first,) = await stage.slash("ask", question=KULEBA)
    await stage.press(first, texts.BUTTON_HELPFUL)
    return await stage.slash("forget-me")


async def _cooldown(stage: Stage) -> list[Shown]:
    for _ in range(5):
        await stage.slash("ask", question=KULEBA)
    return await stage.refused("ask", question=KULEBA)


async def _only_in(stage: Stage) -> list[Shown]:
    other = stage.w.channel.guild.create_text_channel("ask-the-paper")
    await stage.set(channels=frozenset({other.id}))
    (shown,) = await stage.refused("ask", question=KULEBA)
    return [replace(shown, names={**shown.names, str(other.id): "#ask-the-paper"})]


async def _reload(stage: Stage) -> list[Shown]:
    boss = stage.person("Alice", administrator=True)
    stage.w.bot.owner_ids = {boss.id}
    return await stage.slash("reload", by=boss)


async def _busy(stage: Stage) -> list[Shown]:
    holding = asyncio.create_task(stage.w.bot.answers.ask("Kuleba, before?"))
    await asyncio.sleep(0.01)
    threading.Timer(0.3, stage.w.service.released.set).start()
    shown = await stage.refused("ask", question=KULEBA)
    await holding
    return shown


SCENES = {
    "ask": Scene(
        "ask",
        "`/ask question:what did Kuleba say?` The printed sentence, the words that answer in "
        "bold; whose words they are, how they stand there, and where.",
        _slash("ask", question=KULEBA),
    ),
    "ask-linked": Scene(
        "ask",
        "Where the article's title, paper, day and address are known, they are shown, and the "
        "sentence can be opened on the paper's page (an article made up for this).",
        _slash("ask", question="What did Lund say about the ferry?"),
        harbour,
    ),
    "ask-turn": Scene(
        "ask",
        "Where the next sentence turns the sense of the one that answers, it is shown with it, "
        "as printed.",
        _slash("ask", question="What did Dahl say about the repair?"),
        harbour,
    ),
    "ask-several": Scene(
        "ask",
        "Several sentences answer: the best three, and *More* for the rest "
        "(with `answers.top` at 6).",
        _slash("ask", question=KIRBY),
        partial(sample, 6),
    ),
    "more": Scene(
        "ask",
        "*More*, pressed under that: the next best, to the asker alone.",
        _pressed(texts.BUTTON_MORE, "ask", question=KIRBY),
        partial(sample, 6),
    ),
    "context": Scene(
        "ask",
        "*Context*, pressed under an answer: the paragraphs around the sentence, which is in bold.",
        _pressed(texts.BUTTON_CONTEXT, "ask", question=KULEBA),
    ),
    "ask-private": Scene(
        "ask",
        "`private:True`, or a server whose replies are private: an answer that can be shared.",
        _slash("ask", question=KULEBA, private=True),
    ),
    "shared": Scene("ask", "That answer, shared: once, with the asker's name, no ping.", _shared),
    "several": Scene(
        "ask",
        "Several questions at once, each answered, in order.",
        _slash("ask", question="What did Kuleba say? And what did Blinken say about the summit?"),
    ),
    "misspelt": Scene(
        "ask",
        "A name that is misspelt (*Kulebba*): the heading says which question is answered.",
        _slash("ask", question="What did Kulebba say about NATO?"),
    ),
    "about": Scene(
        "ask",
        "A question about an article itself: what its source says is no print, and stands in no "
        "block quote.",
        _slash("ask", question="Who wrote the article about the swing bridge?"),
        harbour,
    ),
    "mention": Scene("", "A question in a message that mentions the bot.", _mention(KULEBA)),
    "follow-up": Scene(
        "",
        "A reply to an answer goes on from it; over the answer stands how it was understood.",
        _follow_up,
    ),
    "refusal": Scene(
        "ask",
        "Nothing answers: why not, and a button for the nearest sentence, which would be taken "
        "for the answer if it stood there for all to see.",
        _slash("ask", question=NOWHERE),
    ),
    "nearest": Scene(
        "ask",
        "*Nearest sentence*, pressed: to whoever presses, and marked as no answer.",
        _pressed(texts.BUTTON_NEAREST, "ask", question=NOWHERE),
    ),
    "refusal-private": Scene(
        "ask",
        "The same refusal to the asker alone shows the nearest sentence at once.",
        _slash("ask", question=NOWHERE, private=True),
    ),
    "unknown-name": Scene(
        "ask",
        "Somebody who is not in the articles.",
        _slash("ask", question="What did Zelensky say?"),
    ),
    "not-a-question": Scene("", "A message that asks nothing.", _mention("good morning!")),
    "hint": Scene("", "A mention and nothing else.", _mention("")),
    "helpful": Scene(
        "ask",
        "*Helpful*, pressed under an answer.",
        _pressed(texts.BUTTON_HELPFUL, "ask", question=KULEBA),
    ),
    "quotes": Scene(
        "quotes",
        "`/quotes`: everybody's, by speaker, a page at a time.",
        _slash("quotes"),
    ),
    "quotes-next": Scene(
        "quotes",
        "Its next page: who speaks is not always plain, and then it says so.",
        _pressed(texts.NEXT, "quotes"),
    ),
    "quotes-speaker": Scene(
        "quotes",
        "`/quotes speaker:Blinken`.",
        _slash("quotes", speaker="Blinken"),
    ),
    "check-verbatim": Scene(
        "check",
        f"`/check quote:{PRINTED}` Printed word for word.",
        _slash("check", quote=PRINTED),
    ),
    "check": Scene(
        "check",
        f"`/check quote:{CHANGED}` One word is another.",
        _slash("check", quote=CHANGED),
    ),
    "check-wrong-speaker": Scene(
        "check",
        f"`/check quote:{PRINTED} speaker:Antony Blinken` Printed, but another said it.",
        _slash("check", quote=PRINTED, speaker="Antony Blinken"),
    ),
    "check-spliced": Scene(
        "check",
        "Put together from words that do not stand next to each other.",
        _slash(
            "check",
            quote="Ukraine deserves to be a member of NATO sooner rather than later",
        ),
    ),
    "check-cut": Scene(
        "check",
        "Cut short: what was left out is what the words depend on.",
        _slash("check", quote="We will pay the new rent"),
        harbour,
    ),
    "check-turn": Scene(
        "check",
        "Printed word for word, and turned by what is printed next.",
        _slash("check", quote="The repair will cost the town nothing"),
        harbour,
    ),
    "check-not-found": Scene(
        "check",
        "Not in these articles; which does not mean that it was never said.",
        _slash("check", quote="We will fight on the beaches"),
    ),
    "menu-check": Scene(
        texts.MENU_CHECK,
        "*Apps > Check this quote* on a message of Bob's, told to whoever chose it alone.",
        _chosen(texts.MENU_CHECK, f"Blinken said it plainly: “{CHANGED}”"),
    ),
    "verdict-shared": Scene(
        texts.MENU_CHECK, "That verdict, shared with the channel.", _shared_verdict
    ),
    "menu-ask": Scene(
        texts.MENU_ASK,
        "*Apps > Ask about this* on a message of Bob's.",
        _chosen(texts.MENU_ASK, "So what did Blinken say about the summit?"),
    ),
    "summary": Scene(
        "summary",
        "`/summary`: the sentences that carry the article, in its order.",
        _slash("summary"),
    ),
    "articles": Scene(
        "articles", "`/articles`: what can be asked about here.", _slash("articles"), harbour
    ),
    "help": Scene(
        "help",
        "`/help`: what can be asked, with examples that these articles answer.",
        _slash("help"),
    ),
    "status": Scene(
        "status",
        "`/status` (in a simulation, where nothing takes any time).",
        _slash("status"),
    ),
    "settings": Scene(
        "settings",
        "`/settings`, for moderators: what is set, and a form that saves each change at once.",
        _settings,
    ),
    "stats": Scene(
        "stats",
        "`/stats`, for moderators; the words of questions only where the server keeps them.",
        _stats,
    ),
    "forget-me": Scene(
        "forget-me",
        "`/forget-me`: what was kept of whoever asks is gone, in all servers.",
        _forget_me,
    ),
    "reload": Scene("reload", "`/reload`, for the bot's owners.", _reload),
    "busy": Scene("ask", "Too many questions are waiting.", _busy, Held, queue=1),
    "cooldown": Scene("ask", "Too many questions by one person.", _cooldown),
    "only-in": Scene("ask", "A server that answers in other channels only.", _only_in),
    "german": Scene(
        "check",
        "`/prüfen` on a German server: what the bot says is in German, what the article says is as "
        "printed.",
        _in("de", "check", "prüfen", quote=CHANGED),
    ),
    "ukrainian": Scene(
        "ask",
        "`/запитати` on a Ukrainian one.",
        _in("uk", "ask", "запитати", question=KULEBA),
    ),
    "embeds-ask": Scene(
        "ask", "An answer where a server has chosen embeds instead of cards.", _embeds
    ),
    "embeds-check": Scene("check", "A verdict as embeds.", _embeds_check),
}
CHAPTERS = {
    "ask": "Answers",
    "mention": "In messages",
    "refusal": "Where nothing answers",
    "quotes": "Quotations",
    "check-verbatim": "Is this quote printed?",
    "menu-check": "On the menu of a message",
    "summary": "What there is",
    "settings": "For moderators and owners",
    "busy": "When something is in the way",
    "german": "In the reader's language",
    "embeds-ask": "As embeds",
}
"""Where the page of pictures has its headings: the first scene under each."""
