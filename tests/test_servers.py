"""bot/chat/servers.py, database.py, shown.py, feedback.py: what the bot keeps, or goes without."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import sqlite3
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat import database
from bot.chat.database import Unavailable, UnusableAddress
from bot.chat.feedback import Entry, export_csv
from bot.chat.servers import (
    CLOSED,
    DEFAULTS,
    Servers,
    ServerSettings,
    Shelves,
    settings_from,
    settings_json,
)
from bot.chat.shown import CitedPlace
from bot.chat.state import State
from index.scope import EVERYTHING, Scope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

IDS = ("press/1", "press/2", "court/1", "city/1")
SHELVES = {"press": ("press/*",), "court": ("court/*",), "first": ("*/1",)}
PLACE = CitedPlace("press/1", "0" * 64, 3, 9, ((4, 6),), "press/1:3")

names = st.frozensets(st.sampled_from([*SHELVES, "gone"]))
channel_ids = st.frozensets(st.integers(1, 2**63 - 1), max_size=3)
any_settings = st.builds(
    ServerSettings,
    channels=channel_ids,
    private=st.booleans(),
    cooldown=st.tuples(st.integers(0, 1000), st.integers(1, 3600).map(float)),
    collections=st.none() | names,
    channel_collections=st.dictionaries(st.integers(1, 9), names, max_size=3).map(
        lambda held: tuple(sorted(held.items()))
    ),
    keep_questions=st.booleans(),
)


def make(address: Path | str | None, **options: object) -> State:
    return State.of(
        str(address) if address else None,
        shelves=Shelves(SHELVES, ("press",), lambda: IDS),
        **options,
    )


@asynccontextmanager
async def opened(address: Path | str | None, **options: object) -> AsyncIterator[State]:
    state = make(address, **options)
    await state.servers.load()
    try:
        yield state
    finally:
        await state.database.close()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once after a failure, and do not wait long for a lock."""
    monkeypatch.setattr(database, "AGAIN", 0.0)
    monkeypatch.setattr(database, "LOCK_WAIT", 0.1)


async def keep(state: State, *, question: str | None = "why?", asker: int = 7) -> str:
    return await state.shown.keep(
        kind="answer",
        question=question,
        asker=asker,
        guild_id=1,
        channel_id=2,
        private=False,
        citations=[PLACE],
    )


@given(any_settings)
def test_settings_come_back_as_they_were_kept(settings: ServerSettings) -> None:
    assert settings_from(settings_json(settings)) == settings


@given(any_settings, st.integers(1, 9), st.none() | st.integers(1, 9))
def test_a_channel_and_its_threads_never_see_more_than_their_server(
    settings: ServerSettings, channel: int, parent: int | None
) -> None:
    state = make(None)
    state.servers._settings[1] = settings
    seen = state.servers.scope(guild_id=1, channel_id=channel, parent_id=parent)
    chosen = [settings.collections, settings.in_channel(channel), settings.in_channel(parent)]
    for article_id in IDS:
        allowed = all(
            one is None
            or any(state.servers.shelves.of(frozenset({n})).allows(article_id) for n in one)
            for one in chosen
        )
        assert seen.allows(article_id) == allowed


async def test_where_the_bot_is_not_only_what_is_public_is_seen() -> None:
    servers = make(None).servers
    press = Scope(frozenset({"press/1", "press/2"}))
    assert servers.scope(guild_id=1, channel_id=2) == EVERYTHING
    assert servers.scope(guild_id=1, channel_id=2, present=False) == press
    assert servers.scope(guild_id=None, channel_id=2) == press
    assert make(None).servers.of(None) == DEFAULTS
    without = Servers(database.Database(None))
    assert without.scope(guild_id=None, channel_id=2) == EVERYTHING
    assert without.scope(guild_id=None, channel_id=2, present=False) == Scope(frozenset())


async def test_a_new_state_of_the_index_changes_what_a_collection_holds() -> None:
    ids = ["press/1"]
    held = [frozenset(ids)]
    shelves = Shelves(SHELVES, (), lambda: held[0])
    assert shelves.of(frozenset({"press"})).ids == {"press/1"}
    held[0] = frozenset({"press/2", "court/1"})
    assert shelves.of(frozenset({"press"})).ids == {"press/2"}


async def test_what_is_set_outlasts_the_process_and_only_its_owner_can_read_it(
    tmp_path: Path,
) -> None:
    file = tmp_path / "data" / "kept.sqlite3"
    async with opened(file) as state:
        await state.servers.change(1, private=True, collections=frozenset({"press"}))
        await state.servers.change(1, keep_questions=True)
        assert state.servers.is_kept(1)
        modes = {one.name: one.stat().st_mode & 0o777 for one in file.parent.iterdir()}
        token = await keep(state)
        await state.shown.take(token, 1)

    assert set(modes.values()) == {0o600}
    assert len(modes) > 2  # the log and the shared memory beside it
    async with opened(file) as state:
        assert state.servers.of(1) == ServerSettings(
            private=True, collections=frozenset({"press"}), keep_questions=True
        )
        found = await state.shown.find(token)
        assert found is not None
        assert (found.citations, found.page, found.question) == ((PLACE,), 2, "why?")


async def test_processes_that_share_a_database_see_each_others_changes(tmp_path: Path) -> None:
    file = tmp_path / "kept.sqlite3"
    async with opened(file) as one, opened(file) as other:
        await asyncio.gather(
            one.servers.change(1, private=True), other.servers.change(1, channels=frozenset({5}))
        )
        await asyncio.gather(one.servers.load(), other.servers.load())
        both = ServerSettings(private=True, channels=frozenset({5}))
        assert (one.servers.of(1), other.servers.of(1)) == (both, both)


async def test_processes_that_start_together_make_the_tables_once(tmp_path: Path) -> None:
    states = [make(tmp_path / "kept.sqlite3") for _ in range(4)]
    await asyncio.gather(*(state.servers.load() for state in states))
    await asyncio.gather(*(s.servers.change(n, private=True) for n, s in enumerate(states, 1)))
    await states[0].servers.load()
    assert all(states[0].servers.of(n).private for n in range(1, 5))
    for state in states:
        assert state.servers._revision >= 0
        await state.database.close()


async def test_the_question_is_kept_only_where_the_server_has_opted_in(tmp_path: Path) -> None:
    file = tmp_path / "kept.sqlite3"
    async with opened(file) as state:
        await keep(state, question="a secret")
        await state.feedback.refused(1, "not_sure", "a secret", 7)
        assert (await state.feedback.stats(1)).questions == ()
        before = file.read_bytes() + (tmp_path / "kept.sqlite3-wal").read_bytes()
        await state.servers.change(1, keep_questions=True)
        await state.feedback.refused(1, "not_sure", "not a secret", 7)
        assert (await state.feedback.stats(1)).questions == ("not a secret",)
    assert b"a secret" not in before


async def test_a_person_is_forgotten_at_once_and_told_how_much_that_was(tmp_path: Path) -> None:
    async with opened(tmp_path / "kept.sqlite3") as state:
        await state.servers.change(1, keep_questions=True)
        mine, theirs = await keep(state, asker=7), await keep(state, asker=8)
        assert await state.feedback.helpful(theirs, 7, yes=True)
        assert await state.feedback.helpful(theirs, 7, yes=False)  # changed their mind
        await state.feedback.refused(1, "not_sure", "mine", 7)
        await state.feedback.refused(1, "not_sure", "theirs", 8)

        assert await state.feedback.forget(7) == 3
        assert await state.feedback.forget(7) == 0
        assert await state.shown.find(mine) is None
        assert await state.shown.find(theirs) is not None
        stats = await state.feedback.stats(1)
    assert (stats.shown, stats.not_helpful, stats.questions) == (1, 0, ("theirs",))


async def test_what_is_old_is_deleted_and_its_message_named(tmp_path: Path) -> None:
    async with opened(tmp_path / "kept.sqlite3", kept_for=timedelta(days=3)) as state:
        token = await keep(state)
        await keep(state)
        await state.shown.sent(token, channel_id=20, message_id=30)
        await state.feedback.helpful(token, 7, yes=True)
        assert await state.shown.tidy() == ()
        later = datetime.now(UTC) + timedelta(days=4)
        assert await state.shown.tidy(later) == ((20, 30),)
        assert await state.feedback.tidy(later) == 1
        assert await state.feedback.export(1) == ()


async def test_a_server_counts_only_what_is_its_own(tmp_path: Path) -> None:
    async with opened(tmp_path / "kept.sqlite3") as state:
        await keep(state)
        await state.feedback.refused(2, "not_sure", None)
        assert [(await state.feedback.stats(n)).shown for n in (1, 2, None)] == [1, 0, 1]
        assert [entry.what for entry in await state.feedback.export(2)] == ["refused"]


async def test_a_private_verdict_is_kept_for_its_button_and_counted_as_no_answer(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path / "kept.sqlite3") as state:
        await keep(state)
        where: dict[str, Any] = {"asker": 2, "guild_id": 1, "channel_id": 3, "private": True}
        token = await state.shown.keep(
            kind="check", question="x", citations=(), edition="e", pages=["p", "q"], **where
        )
        found = await state.shown.find(token)
        stats = await state.feedback.stats(1)
        entries = await state.feedback.export(1)
        forgotten = await state.feedback.forget(2)

    assert found is not None
    assert (found.edition, found.pages, found.citations) == ("e", ("p", "q"), ())
    assert found.question is None
    assert stats.shown == 1
    assert [entry.detail for entry in entries] == ["answer"]
    assert forgotten == 1


def test_a_spreadsheet_takes_no_question_for_a_formula() -> None:
    written = export_csv((Entry("2026", "refused", "not_sure", '=HYPERLINK("x")'),))
    assert written.splitlines()[1].endswith('"\'=HYPERLINK(""x"")"')


# What can happen to a database


def lock(file: Path) -> sqlite3.Connection:
    held = sqlite3.connect(file, isolation_level=None)
    held.execute("BEGIN EXCLUSIVE")
    return held


async def went_on(state: State) -> None:
    """Everything that somebody who asks would touch still works."""
    changed = await state.servers.change(1, private=True)
    assert changed.private
    assert not state.servers.is_kept(1)
    token = await keep(state)
    found = await state.shown.find(token)
    assert found is not None
    assert found.citations == (PLACE,)
    await state.shown.give_back(token)
    await state.feedback.refused(1, "not_sure", None)
    await state.feedback.tidy()
    await state.shown.tidy()


async def test_a_locked_database_is_done_without_and_used_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    file = tmp_path / "kept.sqlite3"
    async with opened(file) as state:
        with closing(lock(file)):
            await went_on(state)
            with pytest.raises(Unavailable):
                await state.feedback.forget(7)
        await state.servers.load()
        assert state.servers.is_kept(1)
    async with opened(file) as state:
        assert state.servers.of(1).private
    assert [r.levelname for r in caplog.records if r.name == database.__name__] == [
        "WARNING",
        "INFO",
    ]


async def test_a_read_only_database_is_read_and_done_without_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "kept.sqlite3"
    async with opened(file) as state:
        await state.servers.change(1, channels=frozenset({5}))
    async with opened(f"sqlite:///file:{file}?mode=ro&uri=true") as state:
        assert state.servers.of(1).channels == {5}
        await went_on(state)


async def test_a_full_disk_is_done_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from sqlalchemy import event  # noqa: PLC0415

    async with opened(tmp_path / "kept.sqlite3") as state:
        engine = state.database._engine
        assert engine is not None

        @event.listens_for(engine.sync_engine, "begin")
        def fill(connection: Any) -> None:
            connection.exec_driver_sql("PRAGMA max_page_count=1")  # as few as there are

        for _ in range(200):
            await keep(state)
        assert state.database.troubled
        assert len(state.shown._memory) > 0
    assert sum(r.levelname == "WARNING" for r in caplog.records) == 1


@pytest.mark.parametrize(
    "content",
    [b"no database at all, but a file of some length" * 200, b"SQLite format 3\0" + b"\xff" * 4096],
)
async def test_a_corrupt_database_is_done_without_left_as_it_is_and_shows_only_what_is_public(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "kept.sqlite3"
    file.write_bytes(content)
    async with opened(file) as state:
        await went_on(state)
        assert state.servers.scope(guild_id=1, channel_id=2).ids == {"press/1", "press/2"}
    assert file.read_bytes() == content


async def test_a_database_that_is_taken_away_is_done_without_and_loses_nothing(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    file = folder / "kept.sqlite3"
    async with opened(file) as state:
        await state.servers.change(1, collections=frozenset({"court"}))
        shutil.rmtree(folder)
        folder.write_text("in its way")
        await went_on(state)
        assert state.servers.scope(guild_id=1, channel_id=2).ids == {"court/1"}
        folder.unlink()
        await state.servers.load()
        await state.servers.load()
        assert state.servers.is_kept(1)
        assert state.servers.of(1) == ServerSettings(private=True, collections=frozenset({"court"}))
    async with opened(file) as state:
        assert state.servers.of(1) == ServerSettings(private=True, collections=frozenset({"court"}))


async def test_a_file_that_is_replaced_while_it_is_opened_is_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kept" / "discord.sqlite3"
    migrate = database._migrate

    async def replaced_meanwhile(*arguments: Any) -> None:
        await migrate(*arguments)
        monkeypatch.undo()
        shutil.rmtree(file.parent)
        file.mkdir(parents=True)

    monkeypatch.setattr(database, "_migrate", replaced_meanwhile)
    async with opened(file) as state:
        await state.servers.load()
        assert state.database.troubled


async def test_what_another_process_changed_is_seen_after_an_unexpected_error_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "kept.sqlite3"
    monkeypatch.setattr("bot.chat.state.LOOK_EVERY", 0.01)
    state = make(file)
    async with opened(file) as another, state.kept():
        with monkeypatch.context() as broken:
            broken.setattr(database, "_identity", int)  # raises TypeError for a path
            async with asyncio.timeout(5):
                while "Unexpected" not in caplog.text:  # noqa: ASYNC110 - a task of its own
                    await asyncio.sleep(0.01)
        await another.servers.change(1, private=True)
        async with asyncio.timeout(5):
            while not state.servers.of(1).private:  # noqa: ASYNC110 - a task of its own
                await asyncio.sleep(0.01)


async def test_settings_that_cannot_be_read_widen_nothing(tmp_path: Path) -> None:
    file = tmp_path / "kept.sqlite3"
    async with opened(file) as state:
        await state.servers.change(1, collections=frozenset({"court"}))
    with closing(sqlite3.connect(file)) as held, held:
        held.execute("UPDATE servers SET settings = ?", (json.dumps({"collections": "court"}),))
    async with opened(file) as state:
        assert state.servers.of(1) == CLOSED
        assert state.servers.scope(guild_id=1, channel_id=2).ids == {"press/1", "press/2"}
        await state.servers.change(1, private=True)
        assert state.servers.of(1).collections == frozenset()


async def test_a_database_of_a_later_version_is_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "kept.sqlite3"
    async with opened(file):
        pass
    with closing(sqlite3.connect(file)) as held, held:
        held.execute("UPDATE alembic_version SET version_num = '9999'")
    async with opened(file) as state:
        await went_on(state)
    assert "brought up to date" in caplog.text


@pytest.mark.parametrize("address", ["mysql://h/x", "sqlite://", "://"])
def test_an_address_that_cannot_be_used_is_refused_in_a_sentence(address: str) -> None:
    with pytest.raises(UnusableAddress, match=r"^discord\.database cannot be used: .*\."):
        State.of(address)


@pytest.mark.parametrize(
    "token", ["", "x" * 20, "\0" * 20, "é" * 20, "x" * 5000, "'; DROP TABLE x"]
)
async def test_a_made_up_token_finds_nothing(tmp_path: Path, token: str) -> None:
    async with opened(tmp_path / "kept.sqlite3") as state:
        assert await state.shown.find(token) is None
        assert not state.database.troubled


async def test_a_question_of_broken_characters_is_kept_without_them(tmp_path: Path) -> None:
    async with opened(tmp_path / "kept.sqlite3") as state:
        await state.servers.change(1, keep_questions=True)
        await state.feedback.refused(1, "not_sure", "a\ud800b\0c", 7)
        token = await keep(state, question="a\ud800b\0c")
        found = await state.shown.find(token)
        assert found is not None
        assert found.question == "a?bc"
        assert (await state.feedback.stats(1)).questions == ("a?bc",)


def test_the_migrations_make_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415
    from alembic.migration import MigrationContext  # noqa: PLC0415
    from sqlalchemy import create_engine  # noqa: PLC0415

    from bot.chat.tables import metadata  # noqa: PLC0415

    engine = create_engine(f"sqlite:///{tmp_path / 'made.sqlite3'}")
    with engine.begin() as connection:
        database._upgrade(connection)
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert differences == []


@pytest.mark.skipif(
    not os.environ.get("PULLQUOTE_TEST_POSTGRES"), reason="no PostgreSQL to test on"
)
async def test_postgresql_keeps_the_same() -> None:
    address = os.environ["PULLQUOTE_TEST_POSTGRES"]
    async with opened(address) as one, opened(address) as other:
        await asyncio.gather(
            one.servers.change(1, private=True, keep_questions=True),
            other.servers.change(1, channels=frozenset({5})),
        )
        await asyncio.gather(one.servers.load(), other.servers.load())
        assert one.servers.of(1) == other.servers.of(1)
        assert one.servers.of(1).private
        assert one.servers.of(1).channels == {5}
        token = await keep(one)
        await one.shown.sent(token, channel_id=20, message_id=30)
        assert (await other.shown.find(token)) is not None
        assert await other.feedback.helpful(token, 7, yes=True)
        assert await one.feedback.helpful(token, 7, yes=False)
        await one.feedback.refused(1, "not_sure", "why\0?", 7)
        stats = await other.feedback.stats(1)
        assert (stats.not_helpful, stats.questions[0]) == (1, "why?")
        assert await one.feedback.forget(7) == 3
        await keep(one, asker=9)
        assert await one.shown.tidy(datetime.now(UTC) + timedelta(days=40)) == ()
