"""bot/chat/cogs/owner.py and rebuild.py: what owners may do, with a real build in its process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord_cards import cards_of
from discord_world import Newsroom, world

from bot.bootstrap import open_service
from bot.chat import texts
from bot.chat.cogs.owner import RebuildCog
from bot.chat.process import CannotOpen
from bot.chat.rebuild import Step, can_rebuild, rebuild
from config.settings import DiscordSettings
from index.build import NothingToIndex
from index.errors import DamagedIndex

if TYPE_CHECKING:
    from pathlib import Path

    from config.settings import Settings


def building_from(settings: Settings, *sources: Path) -> Settings:
    discord = DiscordSettings(rebuild_from=sources, token="secret")  # noqa: S106
    return settings.model_copy(update={"discord": discord})


class Changing(Newsroom):
    """A newsroom whose index can be found damaged."""

    damaged = False

    def catalogue(self) -> Any:
        if self.damaged:
            raise DamagedIndex(self.folder, "it is cut short")
        return super().catalogue()


def boss(w: Any) -> Any:
    """A member to whom Discord shows the commands for administrators."""
    role = w.env.guild.create_role("boss", permissions=discord.Permissions(administrator=True))
    return w.env.guild.add_member(w.env.create_user("boss"), roles=[role])


async def test_only_owners_may_reload_and_others_are_told() -> None:
    async with world() as w:
        eve = boss(w)
        w.bot.owner_ids = {w.alice.id}
        turned_away = await eve.slash(w.channel, "reload")
        w.bot.owner_ids = {eve.id}
        done = await eve.slash(w.channel, "reload")
        assert len(w.env.errors) == 1

    assert turned_away.response.content == texts.NOT_ALLOWED
    assert turned_away.ephemeral
    assert done.response.content == texts.in_use(1, 1, another=False)
    assert done.ephemeral


async def test_an_index_that_cannot_be_taken_up_is_told_in_its_words(tmp_path: Path) -> None:
    service = Changing()
    service.folder = tmp_path
    async with world(service) as w:
        owner = boss(w)
        w.bot.owner_ids = {owner.id}
        service.damaged = True
        told = await owner.slash(w.channel, "reload")
        answer = await w.alice.slash(w.channel, "ask", question="Kuleba?")

    assert "it is cut short" in told.response.content
    assert "go on answering" in told.response.content
    assert cards_of(answer.response)


def test_there_is_no_rebuild_without_sources(settings: Settings, tmp_path: Path) -> None:
    assert not can_rebuild(settings)
    assert can_rebuild(building_from(settings, tmp_path))


async def test_a_rebuild_says_how_far_it_is_and_publishes_a_generation(
    settings: Settings, tmp_path: Path
) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "court.txt").write_text("The court met on Monday.\n\nIt rained.", encoding="utf-8")
    (articles / "bad.json").write_text("{", encoding="utf-8")
    before = open_service(settings).store.generation
    told: list[Step] = []
    report = await rebuild(building_from(settings, articles), told.append)

    assert report.generation == before + 1
    assert report.articles == 1
    assert "bad.json" in str(report.problems[0])
    assert any(step.done for step in told)
    assert [a.id for a in open_service(settings).articles()] == ["court"]


async def test_a_rebuild_that_fails_leaves_the_index_and_says_why(
    settings: Settings, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    generation = open_service(settings).store.generation
    with pytest.raises(NothingToIndex):
        await rebuild(building_from(settings, empty), lambda _: None)

    assert open_service(settings).store.generation == generation


async def test_a_rebuild_that_is_given_up_ends_its_process(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.chat.rebuild._MAIN", "import time; time.sleep(60)")
    task = asyncio.create_task(rebuild(building_from(settings, tmp_path), lambda _: None))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    monkeypatch.setattr("bot.chat.rebuild._MAIN", "sys.exit(9)")
    with pytest.raises(CannotOpen, match="exit code 9 while it built"):
        await rebuild(building_from(settings, tmp_path), lambda _: None)


async def test_the_command_builds_once_at_a_time_and_reports(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "port.txt").write_text("The port is open again.", encoding="utf-8")
    async with world() as w:
        w.bot.owner_ids = {w.alice.id}
        cog = RebuildCog(w.bot, building_from(settings, tmp_path / "articles"))
        said: list[str] = []

        class Answered:
            """The owner's interaction, as far as a report needs it."""

            async def edit_original_response(self, *, content: str) -> None:
                said.append(content)

        from bot.chat.cogs.owner import _Report  # noqa: PLC0415

        await _Report(Answered(), cog._settings).follow(w.bot)

    assert "1 article" in said[-1]
    assert "It took" in said[-1]
