"""The bot on the wire: a database that is locked, gone or broken keeps nobody from an answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from discord_cards import cards_of
from fake_discord import FakeDiscord
from wire import BotProcess, Wire, link_index

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTIONS = ("What did Kuleba say?", "What did Kuleba say about NATO?", "Who is Zaphod Beeblebrox?")


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another process that writes, and does not come to an end."""
    holder = sqlite3.connect(file, isolation_level=None)
    try:
        holder.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        holder.close()


@pytest_asyncio.fixture(loop_scope="module")
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as one:
        yield one
        assert one.broken == []


def remove(file: Path) -> None:
    for one in file.parent.glob(f"{file.name}*"):
        one.unlink()


async def everybody_is_answered(discord: FakeDiscord) -> None:
    for question in QUESTIONS:
        one = await discord.slash("ask", question=question)
        await discord.until(lambda one=one: one.answered, seconds=6)
        assert one.acknowledged - one.created < 3
        assert cards_of(one.reply)


async def said(bot: BotProcess, words: str, times: int = 1) -> None:
    async with asyncio.timeout(10):
        while bot.log.count(words) < times:  # noqa: ASYNC110 - another process's log
            await asyncio.sleep(0.05)


async def test_a_database_that_is_locked_or_taken_away_while_it_runs_is_done_without(
    discord: FakeDiscord, sample_folder: Path, tmp_path: Path
) -> None:
    bot = BotProcess(discord, link_index(sample_folder, tmp_path), tmp_path / "home")
    file = tmp_path / "discord.sqlite3"
    async with Wire(discord, bot):
        await everybody_is_answered(discord)
        with locked(file):
            await everybody_is_answered(discord)
        remove(file)
        await everybody_is_answered(discord)
        file.unlink(missing_ok=True)
        file.mkdir()
        await said(bot, "The database cannot be used")
        await everybody_is_answered(discord)
        assert await bot.stop() == 0

    assert "Traceback" not in bot.log


@pytest.mark.parametrize("how", ["locked", "no database", "a folder"])
async def test_a_database_that_cannot_be_opened_at_first_is_done_without(
    discord: FakeDiscord, sample_folder: Path, tmp_path: Path, how: str
) -> None:
    bot = BotProcess(discord, link_index(sample_folder, tmp_path), tmp_path / "home")
    file = tmp_path / "discord.sqlite3"
    if how == "no database":
        file.write_text(json.dumps({"not": "a database"}) * 100, encoding="ascii")
    if how == "a folder":
        file.mkdir()
    with locked(file) if how == "locked" else contextlib.nullcontext():
        async with Wire(discord, bot):
            await everybody_is_answered(discord)
            assert await bot.stop() == 0

    assert bot.log.count("The database cannot be used") == 1
    assert "Traceback" not in bot.log
