"""The bot under load: 60 questions at once, then a steady stream, over real sockets.

    python benchmarks/discord_load.py [--minutes N] [--rate N] [--burst N] [--index DIR]
    python benchmarks/discord_load.py --servers N        what each server costs in memory

The bot is `pullquote run` in its own process, with its answering process behind it; Discord
is the one of tests/fake_discord.py on 127.0.0.1, without its checks of every body, which
would take more of the machine than the bot does. Every question is another person's and
another text, so that neither cooldowns nor the cache take part (but in the burst that says
so). What the bot is like is read from its own metrics page; memory growth compares the
median of the steady part's first fifth with that of its last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]

import aiohttp  # noqa: E402
import fake_payloads as payloads  # noqa: E402
from fake_discord import ME, FakeDiscord  # noqa: E402
from measuring import RESULTS, build, keep, machine  # noqa: E402
from prometheus_client.parser import text_string_to_metric_families  # noqa: E402
from wire import BotProcess, Wire  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

QUESTIONS = (
    "What did Kuleba say about {n} things?",
    "Who said that Ukraine must first win the war, {n}?",
    "What must Ukraine do before joining the Alliance, {n}?",
    "What was signed at the G7 summit {n}?",
    "What did Blinken say in speech {n}?",
    "how do I bake bread {n}",
)
EVERY = 5.0
"""Seconds between two looks at the metrics."""
LONGEST = 60.0
"""Seconds after which a question counts as never answered."""
TARGETS = {
    "burst: slowest acknowledgement (s)": 1.0,
    "burst: left without a word": 0,
    "identical burst: left without a word": 0,
    "steady: left without a word": 0,
    "steady: slowest acknowledgement (s)": 1.0,
    "steady: worst loop lag (ms)": 100.0,
    "steady: memory growth, bot (%)": 5.0,
    "steady: memory growth, answers (%)": 5.0,
}


@dataclass
class Asked:
    """What came of the questions of one part."""

    acknowledged: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    busy: int = 0
    unheard: int = 0

    def note(self, one: Any, took: float | None) -> None:
        """Count one question; `took` is None if it was never answered."""
        if one.acknowledged is not None:
            self.acknowledged.append(one.acknowledged - one.created)
        if took is None or one.acknowledged is None:
            self.unheard += 1
        elif "try again in" in json.dumps(one.reply):
            self.busy += 1
        else:
            self.answered.append(took)

    def figures(self, part: str) -> dict[str, float]:
        """What is reported of it."""
        return {
            f"{part}: answered": len(self.answered),
            f"{part}: told busy": self.busy,
            f"{part}: left without a word": self.unheard,
            f"{part}: slowest acknowledgement (s)": max(self.acknowledged, default=LONGEST),
            f"{part}: median answer (s)": statistics.median(self.answered or [LONGEST]),
            f"{part}: slowest answer (s)": max(self.answered, default=LONGEST),
        }


async def put(discord: FakeDiscord, question: str, asked: Asked) -> None:
    """Ask one question, and wait until it is answered."""
    started = time.monotonic()
    one = await discord.slash("ask", question=question)
    try:
        await discord.until(lambda: one.answered, seconds=LONGEST)
        took = time.monotonic() - started
    except TimeoutError:
        took = None
    asked.note(one, took)
    discord.interactions.pop(one.token, None)


async def burst(discord: FakeDiscord, questions: Sequence[str]) -> Asked:
    """Ask them all at once."""
    asked = Asked()
    await asyncio.gather(*(put(discord, question, asked) for question in questions))
    return asked


@dataclass
class Look:
    """The bot's own figures at one moment."""

    lag: float
    bot: float
    answers: float
    servers: float = 0.0


async def look(session: aiohttp.ClientSession, port: int) -> Look:
    """Read the metrics page."""
    async with session.get(f"http://127.0.0.1:{port}/metrics") as reply:
        text = await reply.text()
    found = {
        (sample.name, sample.labels.get("process")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    return Look(
        found["pullquote_loop_lag_worst_seconds", None],
        found["pullquote_memory_bytes", "bot"],
        found.get(("pullquote_memory_bytes", "answers"), 0.0),
        found["pullquote_servers", None],
    )


async def steady(discord: FakeDiscord, port: int, *, minutes: float, rate: float) -> dict[str, Any]:
    """Ask at a steady rate, and look at the bot all the while."""
    asked, looks, tasks = Asked(), [], set()
    begun = time.monotonic()
    number = 0
    async with aiohttp.ClientSession() as session:
        while (now := time.monotonic()) < begun + 60 * minutes:
            if now >= begun + number / rate:
                question = QUESTIONS[number % len(QUESTIONS)].format(n=1000 + number)
                task = asyncio.create_task(put(discord, question, asked))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                number += 1
                del discord.requests[:-100], discord.channel.messages[:-100]
            if now >= begun + len(looks) * EVERY:
                looks.append(await look(session, port))
            await asyncio.sleep(0.005)
        await asyncio.gather(*tasks)
        looks.append(await look(session, port))
    fifth = max(1, len(looks) // 5)

    def growth(name: str) -> float:
        first = statistics.median(getattr(one, name) for one in looks[:fifth])
        last = statistics.median(getattr(one, name) for one in looks[-fifth:])
        return 100 * (last / first - 1)

    # The first looks' minute still holds what came before this part.
    own = [one.lag for at, one in enumerate(looks) if at * EVERY >= 60] or [looks[-1].lag]
    return {
        **asked.figures("steady"),
        "steady: questions": number,
        "steady: worst loop lag (ms)": 1000 * max(own),
        "steady: memory, bot (MB)": looks[-1].bot / 2**20,
        "steady: memory, answers (MB)": looks[-1].answers / 2**20,
        "steady: memory growth, bot (%)": growth("bot"),
        "steady: memory growth, answers (%)": growth("answers"),
        "looks": [(one.lag, one.bot, one.answers) for one in looks],
    }


async def measure(index: Path, home: Path, options: argparse.Namespace) -> dict[str, Any]:
    """All parts, against one bot."""
    async with FakeDiscord() as discord:
        discord._check = lambda _: None  # noqa: SLF001 - see the module's docstring
        port = options.port
        bot = BotProcess(discord, index, home, PULLQUOTE_DISCORD__HEALTH_PORT=str(port))
        async with Wire(discord, bot) as wire:
            await wire.answered("What did Kuleba say?")
            many = [QUESTIONS[n % len(QUESTIONS)].format(n=n) for n in range(options.burst)]
            figures = (await burst(discord, many)).figures("burst")
            same = ["What did Kirby say?"] * options.burst
            figures |= (await burst(discord, same)).figures("identical burst")
            figures |= await steady(discord, port, minutes=options.minutes, rate=options.rate)
            started = time.monotonic()
            figures["exit code"] = await bot.stop()
            figures["SIGTERM to its end (s)"] = time.monotonic() - started
        wrong = [line for line in bot.log.splitlines() if "error" in line or "Traceback" in line]
    figures["lines in the log that tell of errors"] = len(wrong)
    if wrong:
        print(*wrong[:10], sep="\n")
    return figures


def server(channels: int = 30, roles: int = 15) -> dict[str, Any]:
    """A server of some size, as the gateway tells of it."""
    guild_id = payloads.snowflake()
    listed = [payloads.Channel(f"channel-{n}", guild_id).payload() for n in range(channels)]
    made = payloads.guild(guild_id, ME, listed)
    made["roles"] += [payloads.role(payloads.snowflake(), f"role-{n}") for n in range(roles)]
    return made


async def measure_servers(index: Path, home: Path, options: argparse.Namespace) -> dict[str, Any]:
    """What the bot holds when it is in one server, and when it is in many."""
    held = {}
    lag = 0.0
    for count in (0, options.servers):
        async with FakeDiscord() as discord:
            discord.other_guilds = [server() for _ in range(count)]
            bot = BotProcess(discord, index, home, PULLQUOTE_DISCORD__HEALTH_PORT=str(options.port))
            async with Wire(discord, bot) as wire, aiohttp.ClientSession() as session:
                while (await look(session, options.port)).servers < count + 1:  # noqa: ASYNC110
                    await asyncio.sleep(0.2)
                await wire.answered("What did Kuleba say?")
                seen = await look(session, options.port)
                held[count], lag = seen.bot, seen.lag
                await bot.stop()
    grown = held[options.servers] - held[0]
    return {
        "servers: in one (MB)": held[0] / 2**20,
        f"servers: in {options.servers:,} more (MB)": held[options.servers] / 2**20,
        "servers: each (kB)": grown / options.servers / 1000,
        "servers: worst loop lag while they came in (ms)": 1000 * lag,
    }


def main() -> None:
    """Measure, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=5.0)
    parser.add_argument("--burst", type=int, default=60)
    parser.add_argument("--servers", type=int)
    parser.add_argument("--port", type=int, default=18687)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    before = machine()
    with tempfile.TemporaryDirectory() as scratch:
        index = options.index or Path(scratch) / "index"
        if options.index is None:
            build([], index)
        measuring = measure_servers if options.servers else measure
        figures = asyncio.run(measuring(index.absolute(), Path(scratch) / "home", options))
    for name, figure in figures.items():
        if name == "looks":
            continue
        met = ""
        if name in TARGETS:
            met = "   met" if figure <= TARGETS[name] else f"   MISSED ({TARGETS[name]:g})"
        print(f"{name:44}{figure:>12.3f}{met}")
    name = "discord_servers" if options.servers else "discord_load"
    asked = (
        f" --servers {options.servers}" if options.servers else f" --minutes {options.minutes:g}"
    )
    keep(
        options.json or RESULTS / f"{name}.json",
        f"python benchmarks/discord_load.py {asked}",
        before,
        {"figures": figures, "goals": TARGETS},
    )


if __name__ == "__main__":
    main()
