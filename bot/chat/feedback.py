"""What people thought of the answers, and what could not be answered.

Counts by default; the text of a question, and who put it, only where the server has opted
in. Everything goes after the time that the settings give, or when its person asks for it.
"""

from __future__ import annotations

import csv
import io
import secrets
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, true, update

from bot.chat.database import Unavailable
from bot.chat.shown import storable
from bot.chat.tables import answers, helpful, refusals

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.chat.database import Database
    from bot.chat.servers import Servers
    from bot.chat.shown import ShownAnswers

LISTED = 20
"""Questions that `stats` shows; all are in the export."""
LONGEST = 500
NO_ANSWERS = ("refusal", "check")
"""Kinds of kept rows that are no answers: refusals are counted by their reasons, and of verdicts
only the private ones have a row."""


@dataclass(frozen=True, slots=True)
class Stats:
    """What there was in the time that is kept. Reasons are counted, the most frequent first."""

    since: datetime
    shown: int
    helpful: int
    not_helpful: int
    refused: tuple[tuple[str, int], ...]
    questions: tuple[str, ...]
    """The latest that were refused, where the server keeps questions."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the export: `what` is shown, helpful, not_helpful or refused."""

    at: str
    what: str
    detail: str
    question: str | None


class Feedback:
    """Counts. `now` gives the time in seconds since 1970."""

    def __init__(
        self,
        database: Database,
        servers: Servers,
        shown: ShownAnswers,
        *,
        kept_for: timedelta = timedelta(days=30),
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._servers = servers
        self._shown = shown
        self._kept_for = kept_for
        self._now = now

    async def helpful(self, token: str, user: int, yes: bool) -> bool:  # noqa: FBT001
        """Note what somebody thought of what was shown, once; whether it was noted."""
        shown = await self._shown.find(token)
        if shown is None:
            return False
        values = {"yes": yes, "at": self._now()}

        async def note(connection: AsyncConnection) -> None:
            one = (helpful.c.token == token) & (helpful.c.user_id == user)
            changed = await connection.execute(update(helpful).where(one).values(**values))
            if not changed.rowcount:
                named = {"token": token, "user_id": user, "guild_id": shown.guild_id}
                await connection.execute(insert(helpful).values(**named, **values))

        try:
            await self._database.write(note)
        except Unavailable:
            return False
        return True

    async def refused(
        self, guild_id: int | None, reason: str, question: str | None, user: int | None = None
    ) -> None:
        """Count a refusal; the question and who put it only where the server keeps questions."""
        kept = question is not None and self._servers.of(guild_id).keep_questions
        values = {
            "id": secrets.token_hex(16),
            "guild_id": guild_id,
            "reason": str(reason)[:40],
            "question": storable(question[:LONGEST]) if kept and question else None,
            "user_id": user if kept else None,
            "at": self._now(),
        }
        try:
            await self._database.write(lambda c: c.execute(insert(refusals).values(**values)))
        except Unavailable:
            return

    async def stats(self, guild_id: int | None = None) -> Stats:
        """The counts of one server, or (None) of all places. Raises `Unavailable`."""
        return await self._database.read(lambda c: self._stats(c, guild_id))

    async def export(self, guild_id: int | None = None) -> tuple[Entry, ...]:
        """All that is kept of a server (None: of all), in order, naming nobody.

        Raises `Unavailable`.
        """
        return await self._database.read(lambda c: _entries(c, guild_id))

    async def forget(self, user_id: int) -> int:
        """Delete all rows of a person's at once; how many those were. Raises `Unavailable`."""

        async def clear(connection: AsyncConnection) -> int:
            gone = 0
            for whose in (answers.c.asker, helpful.c.user_id, refusals.c.user_id):
                done = await connection.execute(delete(whose.table).where(whose == user_id))
                gone += done.rowcount
            return gone

        count = await self._database.write(clear) if self._database.there else 0
        return count + self._shown.forget_in_memory(user_id)

    async def tidy(self, now: datetime | None = None) -> int:
        """Delete what is older than it is to be kept; how many rows. This never raises."""
        before = (now.timestamp() if now else self._now()) - self._kept_for.total_seconds()

        async def clear(connection: AsyncConnection) -> int:
            gone = 0
            for table in (helpful, refusals):
                done = await connection.execute(delete(table).where(table.c.at < before))
                gone += done.rowcount
            return gone

        try:
            return await self._database.write(clear)
        except Unavailable:
            return 0

    async def _stats(self, connection: AsyncConnection, guild_id: int | None) -> Stats:
        async def count(table: Table, *which: ColumnElement[bool]) -> int:
            counted = select(func.count()).select_from(table).where(_of(table, guild_id), *which)
            return int(await connection.scalar(counted) or 0)

        ours = _of(refusals, guild_id)
        number = func.count()
        reasons = await connection.execute(
            select(refusals.c.reason, number)
            .where(ours)
            .group_by(refusals.c.reason)
            .order_by(number.desc(), refusals.c.reason)
        )
        asked = await connection.scalars(
            select(refusals.c.question)
            .where(ours, refusals.c.question.is_not(None))
            .order_by(refusals.c.at.desc())
            .limit(LISTED)
        )
        return Stats(
            since=datetime.fromtimestamp(self._now(), UTC) - self._kept_for,
            shown=await count(answers, answers.c.kind.not_in(NO_ANSWERS)),
            helpful=await count(helpful, helpful.c.yes.is_(True)),
            not_helpful=await count(helpful, helpful.c.yes.is_(False)),
            refused=tuple((reason, counted) for reason, counted in reasons),
            questions=tuple(question for question in asked if question is not None),
        )


async def _entries(connection: AsyncConnection, guild_id: int | None) -> tuple[Entry, ...]:
    answered = _of(answers, guild_id) & answers.c.kind.not_in(NO_ANSWERS)
    given = await connection.execute(select(answers).where(answered))
    found = [(row.created, "shown", row.kind, row.question) for row in given]
    votes = await connection.execute(select(helpful).where(_of(helpful, guild_id)))
    found += [(row.at, "helpful" if row.yes else "not_helpful", "", None) for row in votes]
    refused = await connection.execute(select(refusals).where(_of(refusals, guild_id)))
    found += [(row.at, "refused", row.reason, row.question) for row in refused]
    found.sort(key=lambda one: one[0])
    return tuple(
        Entry(datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"), *rest)
        for at, *rest in found
    )


def _of(table: Table, guild_id: int | None) -> ColumnElement[bool]:
    return true() if guild_id is None else table.c.guild_id == guild_id


def stats_json(stats: Stats) -> dict[str, Any]:
    """`stats` as `pullquote stats --json` prints it."""
    return {
        "schema": "pullquote/stats/1",
        "since": stats.since.isoformat(timespec="seconds"),
        "shown": stats.shown,
        "helpful": stats.helpful,
        "not_helpful": stats.not_helpful,
        "refused": [{"reason": reason, "count": count} for reason, count in stats.refused],
        "questions": list(stats.questions),
    }


def export_json(entries: tuple[Entry, ...]) -> dict[str, Any]:
    """Lay out the export as JSON."""
    return {"schema": "pullquote/feedback/1", "entries": [asdict(entry) for entry in entries]}


def export_csv(entries: tuple[Entry, ...]) -> str:
    """Lay out the export as CSV; what a spreadsheet would take for a formula gets a quote mark."""
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(("at", "what", "detail", "question"))
    for entry in entries:
        question = entry.question or ""
        if question.lstrip()[:1] in {"=", "+", "-", "@"} and question:
            question = "'" + question
        rows.writerow((entry.at, entry.what, entry.detail, question))
    return out.getvalue()
