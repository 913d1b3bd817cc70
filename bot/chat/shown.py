"""What was shown, so that the buttons below it work for as long as it is kept.

A button's custom id holds a token that nobody can guess, and the token names a row: places
in articles, never their text. A row says what was shown and to whom, not what may be seen
now: whoever acts on it takes `Shown.within` the scope of the place where the button was
pressed. While the database cannot be used, rows are in memory and end with the process.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import delete, insert, select, update

from bot.chat.database import Unavailable
from bot.chat.tables import answers
from index.sentences import split_sentences
from index.speech import Speech

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement, Row

    from bot.answers.answer import Citation
    from bot.chat.database import Database
    from bot.chat.servers import Servers
    from index.article import Article
    from index.scope import Scope
    from index.speech import Quotation

log = logging.getLogger(__name__)

Kind = Literal["answer", "quotes", "check", "summary", "refusal"]

TOKEN_BYTES = 15
TOKEN = re.compile(r"[A-Za-z0-9_-]{20}")
IN_MEMORY = 2_000
"""Rows kept in memory while the database cannot be used; one takes about a kilobyte."""
PAGES = 31
"""Pages of one message that are told apart; a row has a bit for each that was shared."""
FEWEST = 500
"""Expired rows that are tidied up at once, so that a write stays short."""


@dataclass(frozen=True, slots=True)
class CitedPlace:
    """Where a citation stands; `sha256` is of the article's text when it was cited.

    `sentence` is the hash of the words themselves, by which they are found again in another
    text of the article, and `said` where the speech stands that they were cited for, with the
    hash of `whose` it was; they are None in rows that an earlier version kept. `moved` says
    that the words were found again.
    """

    article_id: str
    sha256: str
    start: int
    end: int
    answers: tuple[tuple[int, int], ...] = ()
    quotation: str | None = None
    speech: Speech | None = None
    """How the words were said to stand there: two quotations in one citation may make it mixed."""
    sentence: str | None = None
    said: tuple[int, int] | None = None
    whose: str | None = None
    moved: bool = False

    @classmethod
    def of(cls, citation: Citation) -> CitedPlace:
        """Note where a citation stands."""
        span, quotation = citation.span, citation.quotation
        return cls(
            span.article.id,
            text_hash(span.article),
            span.start,
            span.end,
            tuple((part.start, part.end) for part in citation.answers),
            quotation.id if quotation else None,
            quotation.speech if quotation else None,
            _hash(span.text),
            (quotation.content.start, quotation.content.end) if quotation else None,
            _whose(quotation) if quotation else None,
        )

    def moved_to(self, article: Article) -> CitedPlace | None:
        """Where the same words stand in a text that has changed; None if nowhere for certain.

        They have to be whole sentences there, character for character; of several such
        places the one nearest to where they were cited counts, if there is a nearest.
        """
        if self.sentence is None:
            return None
        length, text = self.end - self.start, article.text
        sentences = split_sentences(article)
        ends = {sentence.end for sentence in sentences}
        found = sorted(
            (abs(sentence.start - self.start), sentence.start)
            for sentence in sentences
            if sentence.start + length in ends
            and _hash(text[sentence.start : sentence.start + length]) == self.sentence
        )
        if not found or (len(found) > 1 and found[0][0] == found[1][0]):
            return None
        by = found[0][1] - self.start
        return replace(
            self,
            sha256=text_hash(article),
            start=self.start + by,
            end=self.end + by,
            answers=tuple((start + by, end + by) for start, end in self.answers),
            said=(self.said[0] + by, self.said[1] + by) if self.said else None,
            moved=True,
        )

    def is_for(self, quotation: Quotation) -> bool:
        """Whether it is the speech that the words were cited for."""
        if self.moved:  # ids count the speech of a text, so they are another text's
            place = quotation.content.start, quotation.content.end
            return (self.said, self.whose) == (place, _whose(quotation))
        return quotation.id == self.quotation


def text_hash(article: Article) -> str:
    """The SHA-256 of an article's text, by which it is seen whether it has changed since."""
    return _hash(article.text)


def _whose(quotation: Quotation) -> str:
    return _hash(quotation.speaker.name if quotation.speaker else "")


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of ours. `question` is None where the server does not keep questions.

    `edition` names the articles that a verdict was made from (see `verdicts.py`), and `pages`
    are the hashes of what each of its pages says, in their order.
    """

    token: str
    kind: str
    question: str | None
    asker: int
    guild_id: int | None
    channel_id: int | None
    private: bool
    citations: tuple[CitedPlace, ...]
    page: int
    """A bit for each page that has been shared."""
    created: datetime
    expires: datetime
    edition: str | None = None
    pages: tuple[str, ...] = ()

    def within(self, scope: Scope, *, guild_id: int | None) -> Shown | None:
        """The same with only what the scope allows; None where it was shown in another place."""
        if guild_id != self.guild_id:
            return None
        allowed = tuple(place for place in self.citations if scope.allows(place.article_id))
        return replace(self, citations=allowed)


class ShownAnswers:
    """The answers table. `now` gives the time in seconds since 1970."""

    def __init__(
        self,
        database: Database,
        servers: Servers,
        *,
        kept_for: timedelta = timedelta(days=30),
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._servers = servers
        self._kept_for = kept_for
        self._now = now
        self._memory: OrderedDict[str, Shown] = OrderedDict()
        self._places: dict[str, tuple[int, int]] = {}

    async def keep(
        self,
        *,
        kind: Kind,
        question: str | None,
        asker: int,
        guild_id: int | None,
        channel_id: int | None,
        private: bool,
        citations: Sequence[CitedPlace],
        page: int = 0,
        edition: str | None = None,
        pages: Sequence[str] = (),
    ) -> str:
        """Keep what is about to be shown; the token that its buttons carry. This never raises.

        The question is kept only where the server has opted in.
        """
        created = datetime.fromtimestamp(self._now(), UTC)
        shown = Shown(
            secrets.token_urlsafe(TOKEN_BYTES),
            kind,
            storable(question) if self._servers.of(guild_id).keep_questions else None,
            asker,
            guild_id,
            channel_id,
            private,
            tuple(citations),
            page,
            created,
            created + self._kept_for,
            edition,
            tuple(pages),
        )
        try:
            await self._database.write(lambda c: c.execute(insert(answers).values(_row(shown))))
        except Unavailable:
            self._memory[shown.token] = shown
            while len(self._memory) > IN_MEMORY:
                token, _ = self._memory.popitem(last=False)
                self._places.pop(token, None)
        return shown.token

    async def find(self, token: str) -> Shown | None:
        """What a token names; None if there is none such, or it has expired."""
        if TOKEN.fullmatch(token) is None:
            return None
        shown = self._memory.get(token)
        if shown is None:
            try:
                row = await self._database.read(
                    lambda c: _first(c, select(answers).where(answers.c.token == token))
                )
            except Unavailable:
                return None
            shown = _shown(row)
        if shown is None or shown.expires.timestamp() <= self._now():
            return None
        return shown

    async def take(self, token: str, page: int = 0) -> bool:
        """Note that a page is shared; False if it has been, however many press at once.

        Raises `Unavailable`.
        """
        bit = _bit(page)
        if (shown := self._memory.get(token)) is not None:
            self._memory[token] = replace(shown, page=shown.page | bit)
            return not shown.page & bit
        free = (answers.c.token == token) & (answers.c.page.bitwise_and(bit) == 0)
        taken = update(answers).where(free).values(page=answers.c.page.bitwise_or(bit))
        rows = await self._database.write(lambda c: _all(c, taken.returning(answers.c.token)))
        return bool(rows)

    async def give_back(self, token: str, page: int = 0) -> None:
        """Note that a page could not be shared after all."""
        bit = _bit(page)
        if (shown := self._memory.get(token)) is not None:
            self._memory[token] = replace(shown, page=shown.page & ~bit)
            return
        await self._set(token, page=answers.c.page.bitwise_and(~bit))

    async def sent(self, token: str, *, channel_id: int, message_id: int) -> None:
        """Note which message it became, so that its buttons can be taken away in the end."""
        if token in self._memory:
            self._places[token] = channel_id, message_id
            return
        await self._set(token, message_channel_id=channel_id, message_id=message_id)

    async def tidy(self, now: datetime | None = None) -> tuple[tuple[int, int], ...]:
        """Delete what has expired; the channels and messages whose buttons may go, if known."""
        at = now.timestamp() if now is not None else self._now()
        gone = [t for t, shown in self._memory.items() if shown.expires.timestamp() <= at]
        for token in gone:
            del self._memory[token]
        places = [self._places.pop(token) for token in gone if token in self._places]
        some = select(answers.c.token).where(answers.c.expires <= at).limit(FEWEST)
        expired = delete(answers).where(answers.c.token.in_(some))
        where = (answers.c.message_channel_id, answers.c.message_id)
        try:
            rows = await self._database.write(lambda c: _all(c, expired.returning(*where)))
        except Unavailable:
            rows = []
        return (
            *places,
            *((row.message_channel_id, row.message_id) for row in rows if row.message_id),
        )

    def forget_in_memory(self, user_id: int) -> int:
        """Delete what somebody asked, as far as it is in memory; how many rows that were."""
        theirs = [token for token, shown in self._memory.items() if shown.asker == user_id]
        for token in theirs:
            del self._memory[token]
            self._places.pop(token, None)
        return len(theirs)

    async def _set(self, token: str, **values: Any) -> None:
        one: ColumnElement[bool] = answers.c.token == token
        try:
            await self._database.write(
                lambda c: c.execute(update(answers).where(one).values(**values))
            )
        except Unavailable:
            return


async def _first(connection: Any, statement: Any) -> Row[Any] | None:
    row: Row[Any] | None = (await connection.execute(statement)).first()
    return row


async def _all(connection: Any, statement: Any) -> list[Row[Any]]:
    return list((await connection.execute(statement)).all())


def _row(shown: Shown) -> dict[str, Any]:
    return {
        "token": shown.token,
        "kind": shown.kind,
        "question": shown.question,
        "asker": shown.asker,
        "guild_id": shown.guild_id,
        "channel_id": shown.channel_id,
        "private": shown.private,
        "citations": json.dumps(_written(shown)),
        "page": shown.page,
        "created": shown.created.timestamp(),
        "expires": shown.expires.timestamp(),
    }


def _bit(page: int) -> int:
    return 1 << min(page, PAGES - 1)


def _written(shown: Shown) -> Any:
    places = [
        [
            *(p.article_id, p.sha256, p.start, p.end, p.answers),
            *(p.quotation, p.speech, p.sentence, p.said, p.whose),
        ]
        for p in shown.citations
    ]
    if shown.edition is None:
        return places
    return {"places": places, "edition": shown.edition, "pages": shown.pages}


def storable(text: str | None) -> str | None:
    """A text less what no database takes: halves of characters, and zeros."""
    return None if text is None else text.encode("utf-8", "replace").decode().replace("\0", "")


def _shown(row: Row[Any] | None) -> Shown | None:
    if row is None:
        return None
    try:
        return _read(row)
    except (ValueError, TypeError):
        log.warning("A kept answer cannot be read; its buttons do nothing.")
        return None


def _read(row: Row[Any]) -> Shown:
    written = json.loads(row.citations)
    verdict = written if isinstance(written, dict) else {}
    return Shown(
        row.token,
        row.kind,
        row.question,
        row.asker,
        row.guild_id,
        row.channel_id,
        row.private,
        tuple(_place(*place) for place in verdict.get("places", written)),
        row.page,
        datetime.fromtimestamp(row.created, UTC),
        datetime.fromtimestamp(row.expires, UTC),
        verdict.get("edition"),
        tuple(verdict.get("pages", ())),
    )


def _place(
    article_id: str,
    sha256: str,
    start: int,
    end: int,
    parts: list[tuple[int, int]],
    quotation: str | None,
    speech: str | None,
    sentence: str | None = None,
    said: tuple[int, int] | None = None,
    whose: str | None = None,
) -> CitedPlace:
    return CitedPlace(
        article_id,
        sha256,
        start,
        end,
        tuple((s, e) for s, e in parts),
        quotation,
        Speech(speech) if speech else None,
        sentence,
        (said[0], said[1]) if said else None,
        whose,
    )
