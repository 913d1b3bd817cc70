"""bot/chat/faults.py: what each exception becomes."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import discord
import pytest
from discord import app_commands
from discord_world import Newsroom, world

from bot.answers.service import SeveralArticles
from bot.chat import faults, texts
from bot.chat.worker import Busy, Stopping, TooSlow
from index.errors import CorpusError, DamagedIndex, StoreUnreachable, UnknownArticle


def refused(kind: type[discord.HTTPException], status: int) -> discord.HTTPException:
    return kind(SimpleNamespace(status=status, reason="no"), {"code": 0, "message": "no"})


def closed_with(code: int) -> discord.ConnectionClosed:
    return discord.ConnectionClosed(SimpleNamespace(close_code=code), shard_id=0)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Busy(2.2), texts.busy(3)),
        (TooSlow(), texts.TOO_SLOW),
        (Stopping(), texts.STOPPING),
        (UnknownArticle("x"), texts.NO_SUCH_ARTICLE),
        (StoreUnreachable("postgresql://h/n", "refused"), texts.UNREACHABLE),
        (SeveralArticles(3), texts.SAY_WHICH),
        (refused(discord.NotFound, 404), None),
        (refused(discord.Forbidden, 403), texts.FORBIDDEN),
        (refused(discord.HTTPException, 500), texts.OUR_BUG),
        (discord.RateLimited(3600.0), texts.OUR_BUG),
        (aiohttp.ServerDisconnectedError(), texts.OUR_BUG),
        (app_commands.CommandNotFound("x", []), texts.OUTDATED),
        (app_commands.CheckFailure(), texts.NOT_ALLOWED),
        (ZeroDivisionError(), texts.OUR_BUG),
    ],
)
def test_each_kind_of_exception_has_its_sentence(error, told) -> None:
    assert faults.explain(error) == told


def test_what_a_person_can_mend_is_said_with_its_remedy_and_escaped() -> None:
    error = CorpusError("The date *soon* is none.")
    error.add_note("Write it as 2024-06-25.")

    assert faults.explain(error) == "The date \\*soon\\* is none. Write it as 2024-06-25."


def test_folders_are_for_the_log_and_not_for_the_channel(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        told = faults.explain(DamagedIndex(Path("/srv/secret"), "a hole"))

    assert told == texts.INDEX_TROUBLE
    assert "/srv/secret" in caplog.text


def test_our_bugs_leave_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    try:
        _ = {}["missing"]
    except KeyError as error:
        faults.explain(error)

    assert caplog.records[-1].exc_info is not None
    assert "missing" in caplog.text


def _break(_: str) -> None:
    raise RuntimeError("a bug")


async def test_a_bug_in_a_command_is_apologised_for_in_the_deferrals_place() -> None:
    async with world(Newsroom(before=_break)) as w:
        result = await w.alice.slash(w.channel, "ask", question="Kuleba?")
        assert len(w.env.errors) == 1

    assert result.response.content == texts.OUR_BUG


async def test_a_bug_behind_a_mention_is_apologised_for_in_a_reply() -> None:
    async with world(Newsroom(before=_break)) as w:
        await w.alice.send(w.channel, f"{w.bot.user.mention} Kuleba?")

        assert w.channel.last_message.content == texts.OUR_BUG


@pytest.mark.parametrize(
    "error",
    [
        discord.LoginFailure("no"),
        discord.PrivilegedIntentsRequired(0),
        ConnectionRefusedError("refused"),
        aiohttp.ServerDisconnectedError(),
        refused(discord.DiscordServerError, 503),
        refused(discord.HTTPException, 429),
        discord.RateLimited(3600.0),
        *(closed_with(code) for code in (4004, 4010, 4011, 4014)),
    ],
)
def test_what_keeps_the_bot_from_starting_is_one_sentence_and_a_remedy(error) -> None:
    reason = faults.cannot_start(error)

    assert isinstance(reason, CorpusError)
    assert "\n" not in str(reason)
    assert len(reason.__notes__) == 1


def test_a_bug_at_start_is_not_explained_away() -> None:
    assert faults.cannot_start(KeyError("x")) is None
