"""bot/chat/gateway.py: taking turns, shard ranges, and events that cannot be read."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from bot.chat import gateway
from bot.chat.gateway import Turns, guard, shard_range
from config.settings import DiscordSettings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "IDENTIFY_EVERY", 0.1)


async def seconds(*turns: tuple[Turns, int]) -> float:
    began = time.monotonic()
    await asyncio.gather(*(turn.wait(shard) for turn, shard in turns))
    return time.monotonic() - began


async def test_those_who_share_a_folder_take_turns(tmp_path: Path) -> None:
    one, another = Turns(tmp_path, 7), Turns(tmp_path, 7)

    assert 0.2 <= await seconds((one, 0), (another, 1), (one, 2)) < 2


async def test_as_many_as_discord_allows_go_at_once(tmp_path: Path) -> None:
    turns = Turns(tmp_path, 7, concurrency=16)

    assert await seconds(*((turns, shard) for shard in range(16))) < 0.1


async def test_two_bots_do_not_wait_for_each_other(tmp_path: Path) -> None:
    assert await seconds((Turns(tmp_path, 7), 0), (Turns(tmp_path, 8), 0)) < 0.1


async def test_where_no_file_can_be_kept_a_process_takes_turns_with_itself(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")
    turns = Turns(tmp_path / "file", 7)

    assert 0.1 <= await seconds((turns, 0), (turns, 1)) < 2


@pytest.mark.parametrize("noted", ["", "soon", "99999999999.0", "nan"])
async def test_a_note_that_cannot_be_right_holds_nobody_up(tmp_path: Path, noted: str) -> None:
    (tmp_path / "discord-identify-7-0").write_text(noted, encoding="ascii")

    assert await seconds((Turns(tmp_path, 7), 0)) < 0.1


@pytest.mark.parametrize(
    ("written", "shards"),
    [(None, (None, None)), ("0/1", ((0,), 1)), ("2/4", ((2,), 4)), ("0-3/8", ((0, 1, 2, 3), 8))],
)
def test_a_range_of_shards_is_read(written, shards) -> None:
    assert shard_range(DiscordSettings(shards=written).shards) == shards


@pytest.mark.parametrize(
    "written", ["", "8/8", "3-1/8", "0-8/8", "0-3", "a-b/c", "0-3/8/9", "-1/4"]
)
def test_a_range_that_is_none_is_refused(written) -> None:
    with pytest.raises(ValueError, match="shards"):
        DiscordSettings(shards=written)


def test_what_a_session_cannot_be_without_is_not_passed_over() -> None:
    def parse(_: object) -> None:
        raise KeyError("guilds")

    parsers = {"READY": parse, "GUILD_CREATE": parse}
    guard(parsers)

    parsers["GUILD_CREATE"]({})
    with pytest.raises(KeyError):
        parsers["READY"]({})
