"""The bot on the wire: thousands of servers, and what one of them costs."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import fake_payloads as payloads
import pytest
from fake_discord import ME, FakeDiscord
from wire import BotProcess, Wire, link_index

GUILDS = 5000
QUESTION = "What did Kuleba say?"
LIMIT_KIB = 60
"""Measured: 41 KiB a server of this size (CPython 3.11, 2026-11-24); half again is a fault."""


def middling(number: int) -> dict[str, Any]:
    """A server of 20 roles, 30 channels with three permissions of their own each, and 5 threads."""
    guild_id = payloads.snowflake(1_600_000_000 + number)
    channels = [
        {
            **payloads.Channel(f"channel-{n}", guild_id).payload(),
            "topic": "What this channel is for, in a sentence or two.",
            "permission_overwrites": [
                {"id": str(int(guild_id) + o), "type": 0, "allow": "1024", "deny": "2048"}
                for o in range(3)
            ],
        }
        for n in range(30)
    ]
    guild = payloads.guild(guild_id, ME, channels)
    guild["roles"] += [payloads.role(payloads.snowflake(), f"role {n}") for n in range(19)]
    guild["threads"] = [
        {
            "id": payloads.snowflake(),
            "guild_id": guild_id,
            "parent_id": channels[0]["id"],
            "owner_id": "1",
            "name": f"thread {n}",
            "type": 11,
            "last_message_id": None,
            "message_count": 3,
            "member_count": 3,
            "rate_limit_per_user": 0,
            "flags": 0,
            "thread_metadata": {
                "archived": False,
                "auto_archive_duration": 1440,
                "archive_timestamp": "2024-01-01T00:00:00+00:00",
                "locked": False,
            },
        }
        for n in range(5)
    ]
    return guild


def resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
@pytest.mark.parametrize("shards", [1, 4])
async def test_thousands_of_servers_cost_little_and_keep_nobody_waiting(
    sample_folder: Path,
    tmp_path: Path,
    shards: int,
    record_property: Any,
) -> None:
    index = link_index(sample_folder, tmp_path)
    async with FakeDiscord() as discord:
        discord.shards = shards
        discord.gateway.identify_every = 0.2
        bot = BotProcess(discord, index, tmp_path / "bot")
        async with Wire(discord, bot):
            await wait_for_log(bot, "Ready on 1 servers")
            empty = resident_kib(bot.process.pid)
            assert await bot.stop() == 0

        discord.other_guilds = [middling(n) for n in range(GUILDS)]
        size = len(json.dumps(discord.other_guilds[0]))
        began = time.monotonic()
        bot = BotProcess(discord, index, tmp_path / "full")
        async with Wire(discord, bot):
            slowest = await ask_until_ready(discord, bot)
            took = time.monotonic() - began
            each = (resident_kib(bot.process.pid) - empty) / GUILDS
            print(  # noqa: T201 - the figure is the point
                f"{shards} shards, {GUILDS} servers of {size} bytes: {each:.0f} KiB each; ready "
                f"after {took:.0f} s; slowest acknowledgement meanwhile {slowest:.2f} s"
            )
            record_property("kib_a_guild", each)
            one = await discord.slash("ask", question=QUESTION, session=mine(discord))
            await discord.until(lambda: one.answered)

    assert discord.broken == []
    assert each < LIMIT_KIB
    assert slowest < 3.0


def mine(discord: FakeDiscord) -> Any:
    """The session whose shard serves the server that is asked in."""
    return next(
        session
        for session in reversed(discord.gateway.sessions.values())
        if (int(discord.guild_id) >> 22) % session.shard[1] == session.shard[0]
    )


async def ask_until_ready(discord: FakeDiscord, bot: BotProcess) -> float:
    """Ask all the while that servers come in; the seconds that the slowest deferral took."""
    slowest = 0.0
    await wait_for_session(discord)
    while f"Ready on {GUILDS + 1} servers" not in bot.log:
        one = await discord.slash("ask", question=QUESTION, session=mine(discord))
        await discord.until(lambda one=one: one.answered, seconds=60)
        slowest = max(slowest, one.acknowledged - one.created)
        await asyncio.sleep(0.1)
    return slowest


async def wait_for_session(discord: FakeDiscord) -> None:
    def there() -> bool:
        return any(s.connection is not None for s in discord.gateway.sessions.values()) and bool(
            mine(discord).connection
        )

    await discord.until(there, seconds=60)


async def wait_for_log(bot: BotProcess, words: str) -> None:
    async with asyncio.timeout(60):
        while words not in bot.log:  # noqa: ASYNC110 - another process's log
            await asyncio.sleep(0.1)
