"""A small newsroom for the Discord tests: the sample article, a service over it, a bot.

The service's values are cut from the sample article by hand, so that these tests need no
index; they are about what the Discord side makes of values, not about finding answers.
"""

from __future__ import annotations

import os
import re
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import simcord
from discord_api import check_requests

from bot.answers.answer import (
    Answer,
    Check,
    Citation,
    Difference,
    NoAnswer,
    Reason,
    Summary,
    Verdict,
)
from bot.answers.catalogue import Catalogue, Shelf
from bot.answers.talk import Exchange, Turn
from bot.chat.answers import Answers, Inside
from bot.chat.client import PullquoteBot
from bot.chat.registration import Registration
from index.article import Article, Heading, Span
from index.errors import UnknownArticle
from index.names import keys_of_article
from index.scope import EVERYTHING, Scope
from index.speech import Quotation, Speaker, Speech
from index.titles import date_of
from index.words import words_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

SAMPLE = Path(__file__).parents[1] / "index" / "sample" / "article.txt"

KULEBA = Speaker("Dmytro Kuleba", "p1", ("Kuleba",), ("Ukrainian counterpart",))
KIRBY = Speaker("John Kirby", "p2", ("Kirby", "He"))
BLINKEN = Speaker("Antony Blinken", "p3", ("Blinken",))


def article_of(text: str, article_id: str = "sample", **known: Any) -> Article:
    """An article whose paragraphs are the text's blocks."""
    blocks = tuple((m.start(), m.end()) for m in re.finditer(r"\S[^\n]*(?:\n[^\n]+)*", text))
    return Article(article_id, text, blocks or ((0, len(text)),), **known)


def sample(**known: Any) -> Article:
    return article_of(SAMPLE.read_text(encoding="utf-8"), **known)


def find(article: Article, words: str) -> Span:
    """The first place where the words stand."""
    start = article.text.index(words)
    return Span(article, start, start + len(words))


def said(
    article: Article,
    sentence: str,
    *parts: str,
    speaker: Speaker | None,
    speech: Speech = Speech.DIRECT,
    **more: Any,
) -> Quotation:
    return Quotation(
        f"{article.id}:{article.text.index(sentence)}",
        speech,
        tuple(find(article, part) for part in parts),
        find(article, sentence),
        speaker,
        0.9 if speaker else 0.2,
        **more,
    )


MEMBER = (
    "Regarding NATO membership, Kuleba in his turn said, “Ukraine deserves to be a member of NATO” "
    "and that this should happen “sooner rather than later.”"
)
HELP = (
    "Kirby added that this bilateral security agreement would help Ukraine defend itself while "
    "working on the necessary prerequisites for NATO membership."
)
REQUIREMENT = (
    "He said that both the Alliance and the United States have discussed this requirement, adding "
    "that President Joe Biden believes NATO membership is in Ukraine’s future."
)
WAR = "“First they gotta win this war,” Kirby said."
BORDER = (
    "Kirby also highlighted that even after the war, Ukraine will face a significant security "
    "threat due to its long border with Russia."
)
BRIDGE = (
    "Speaking at the biannual NATO summit, Blinken said that the purpose of the assembly was "
    "“to help build a bridge to that membership and to create a clear pathway for Ukraine moving "
    "forward.”"
)


@dataclass
class Newsroom:
    """Answers like the service, from values cut by hand. `before` runs before each call."""

    known: tuple[Article, ...] = field(default_factory=lambda: (sample(),))
    before: Callable[[str], None] = lambda _: None
    asked: list[tuple[str, Scope]] = field(default_factory=list)

    def ask(
        self, question: str, *, scope: Scope = EVERYTHING, top: int = 3, history: Any = ()
    ) -> Answer | NoAnswer:
        self.before(question)
        self.asked.append((question, scope))
        article = self.known[0]
        if "Kuleba" not in question:
            return NoAnswer(question, 0.1, Reason.NOT_SURE, (self._narration(),))
        quotation = self.kuleba()
        return Answer(
            question, 0.9, (Citation(find(article, MEMBER), 0.9, quotation.parts, quotation),)
        )

    def converse(self, question: str, *, scope: Scope = EVERYTHING, history: Any = ()) -> Exchange:
        reply = self.ask(question, scope=scope, history=history)
        return Exchange((reply,), (Turn(question, ("Dmytro Kuleba",)),))

    def kuleba(self) -> Quotation:
        return said(
            self.known[0],
            MEMBER,
            "Ukraine deserves to be a member of NATO",
            "sooner rather than later.",
            speaker=KULEBA,
            speech=Speech.MIXED,
        )

    def _narration(self) -> Citation:
        return Citation(find(self.known[0], HELP), 0.3)

    def quotes(
        self,
        *,
        speaker: str | None = None,
        scope: Scope = EVERYTHING,
        speech: Any = (),
        most: int | None = None,
    ) -> tuple[Quotation, ...]:
        article = self.known[0]
        everything = (
            said(
                article,
                REQUIREMENT,
                "both the Alliance and the United States have discussed this requirement",
                speaker=None,
                speech=Speech.INDIRECT,
            ),
            said(article, WAR, "First they gotta win this war,", speaker=KIRBY),
            said(
                article,
                BORDER,
                "even after the war, Ukraine will face a significant security threat due to its "
                "long border with Russia",
                speaker=KIRBY,
                speech=Speech.INDIRECT,
            ),
            said(
                article,
                BRIDGE,
                "to help build a bridge to that membership and to create a clear pathway for "
                "Ukraine moving forward.",
                speaker=BLINKEN,
                speech=Speech.MIXED,
            ),
            self.kuleba(),
        )
        names = [s.name for s in self.speakers(speaker or "")]
        return tuple(
            q
            for q in everything
            if scope.allows(article.id)
            and (speaker is None or (q.speaker is not None and q.speaker.name in names))
        )

    def check_message(
        self, message: str, *, scope: Scope = EVERYTHING, most: int | None = None
    ) -> tuple[Check, ...]:
        return (self.check(message, scope=scope),)

    def check(self, quote: str, *, speaker: str | None = None, scope: Scope = EVERYTHING) -> Check:
        article = self.known[0]
        words = "First they gotta win this war,"
        quotation = said(article, WAR, words, speaker=KIRBY)
        found = (Citation(find(article, WAR), 1.0, (find(article, words),), quotation),)
        if quote.strip("“”") == "First they gotta win this war":
            wrong = speaker not in {None, "Kirby", "John Kirby"}
            verdict = Verdict.WRONG_SPEAKER if wrong else Verdict.VERBATIM
            return Check(quote, speaker, verdict, found)
        if "must win" in quote:
            steps = (Difference("must", find(article, "gotta")), Difference("on", None))
            return Check(quote, speaker, Verdict.ALTERED, found, steps)
        return Check(quote, speaker, Verdict.NOT_FOUND)

    def summary(
        self,
        article_id: str | None,
        *,
        scope: Scope = EVERYTHING,
        sentences: int | None = None,
        chars: int | None = None,
    ) -> Summary:
        article = self.article(article_id or "sample", scope=scope)
        spans = [paragraph.span for paragraph in article.paragraphs[: sentences or 3]]
        return Summary(article, tuple(Citation(span, 0.5) for span in spans))

    def articles(self, scope: Scope = EVERYTHING) -> tuple[Article, ...]:
        return tuple(article for article in self.known if scope.allows(article.id))

    def article(self, article_id: str, *, scope: Scope = EVERYTHING) -> Article:
        for article in self.articles(scope):
            if article.id == article_id:
                return article
        raise UnknownArticle(article_id)

    def quoted(self, article_id: str, *, scope: Scope = EVERYTHING) -> tuple[Quotation, ...]:
        return self.quotes(scope=scope) if self.article(article_id, scope=scope) else ()

    def speakers(
        self, typed: str = "", *, scope: Scope = EVERYTHING, limit: int = 25
    ) -> tuple[Speaker, ...]:
        wanted = typed.casefold()
        return tuple(
            speaker
            for speaker in (KIRBY, BLINKEN, KULEBA)
            if any(map(scope.allows, [article.id for article in self.known[:1]]))
            and any(wanted in name.casefold() for name in (speaker.name, *speaker.aliases))
        )[:limit]

    def most_quoted(self, *, scope: Scope = EVERYTHING, limit: int = 1) -> tuple[Speaker, ...]:
        return self.speakers(scope=scope, limit=limit)

    def headings(
        self, typed: str = "", *, scope: Scope = EVERYTHING, limit: int = 25
    ) -> tuple[Heading, ...]:
        words = words_of(typed)
        found = (
            one
            for one in map(Heading.of, self.articles(scope))
            if not typed.strip() or (words and self._goes_by(one, words))
        )
        return tuple(sorted(found, key=lambda one: one.id))[:limit]

    def newest(self, typed: str = "", *, scope: Scope = EVERYTHING, limit: int = 200) -> Shelf:
        found = self.headings(typed, scope=scope, limit=len(self.known))
        found = tuple(sorted(found, key=date_of, reverse=True))
        return Shelf(len(found), found[:limit], tuple(3 for _ in found[:limit]))

    def _goes_by(self, one: Heading, words: list[str]) -> bool:
        held = [key[2:] for key in keys_of_article(one) if key.startswith("t:")]
        return set(words[:-1]) <= set(held) and any(w.startswith(words[-1]) for w in held)

    def catalogue(self) -> Catalogue:
        ids = frozenset(article.id for article in self.known)
        return Catalogue(1, "2026-01-01T00:00:00+00:00", ids)


@dataclass
class World:
    """A server with a channel, somebody in it, and the bot."""

    env: Any
    bot: PullquoteBot
    service: Any
    channel: Any
    alice: Any

    @property
    def sent(self) -> list[Any]:
        """What the bot has sent so far."""
        return [request for request in self.env.http_requests if request.json is not None]


@asynccontextmanager
async def world(
    service: Any = None, *, queue: int = 16, patience: float = 20.0, **options: Any
) -> AsyncIterator[World]:
    """The bot at work; whatever it sent is checked against what Discord accepts, at the end."""
    service = service or Newsroom()
    state = options.pop("state", None)
    note = options.pop("note", Path(os.devnull) / "commands")  # cannot be kept
    answers = Answers(Inside(service, queue=queue, patience=patience))
    await answers.start()
    bot = PullquoteBot(
        answers,
        message_content=options.pop("message_content", False),
        registration=Registration(note),
        state=state(answers) if state is not None else None,
        shard_count=1,
    )
    async with simcord.run(bot, **options) as env:
        guild = env.create_guild()
        channel = guild.create_text_channel("news")
        alice = guild.add_member(env.create_user("alice"))
        yield World(env, bot, service, channel, alice)
        assert check_requests(env.http_requests) > 0
    await answers.stop(patience=1)


def leave(w: World, guild: Any) -> None:
    """Have the bot not be on a server: who asks there has brought the app themselves."""
    there = w.bot.get_guild(guild.id)
    assert there is not None
    w.bot._connection._remove_guild(there)


@contextmanager
def brought_by_a_person(context: int | None = None) -> Iterator[None]:
    """Let interactions say that a person has installed the app, as Discord then does.

    `context` is where they are: 2 for direct messages between people, groups among them.
    """
    from simcord import interactions  # noqa: PLC0415 - as the payloads are made there

    whole = interactions.base_payload

    def payload(backend: Any, **given: Any) -> Any:
        record, made = whole(backend, **given)
        made["authorizing_integration_owners"] = {"1": str(given["user_id"])}
        made["context"] = made["context"] if context is None else context
        return record, made

    interactions.base_payload = payload
    try:
        yield
    finally:
        interactions.base_payload = whole
