"""What hardware serves how many servers: on paper, from measured costs. Prints the tables.

    python benchmarks/sizing.py [--load discord_load.json] [--questions N] [--peak N]

Nothing is run here. The costs are those that benchmarks/discord_load.py and the soak test of
tests/test_wire_guilds.py measured (docs/operations.md, docs/survival.md); `--load` takes
newer ones from the JSON that the former writes. What is assumed, and not measured, is in
`Assumed`, and stands above the table that comes out.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path

MIB = 2**20


@dataclass(frozen=True)
class Measured:
    """Costs, as measured on 24 and 26 November 2026 on two cores of a server (x86-64)."""

    server_kib: float = 41.0
    bot_mb: float = 121.0
    answers_mb: float = 178.0
    burst: int = 60
    burst_s: float = 2.6
    cores: int = 2

    @property
    def rate(self) -> float:
        """Questions a second and core, the bot's own work included."""
        return self.burst / self.burst_s / self.cores


@dataclass(frozen=True)
class Assumed:
    """What no benchmark of ours can know."""

    questions: float = 2.0
    """A server's questions in its busiest hour."""
    peak: float = 4.0
    """How many times that hour's mean the busiest seconds see."""
    used: float = 0.5
    """The share of a core that may be in use at that peak, so that no queue grows."""
    memory: float = 0.7
    """The share of a machine's memory that may be taken."""
    shard: int = 1000
    """Servers a shard: what Discord recommends; its limit is 2,500."""
    identify_s: float = 5.0
    """Seconds between two shards' identifying, at the least concurrency that Discord gives."""

    @property
    def rate(self) -> float:
        """Questions a second that one server asks at the peak."""
        return self.questions / 3600 * self.peak


@dataclass(frozen=True)
class Machine:
    """What there is to run on; `speed` is a core's, beside the measured one."""

    name: str
    machines: int
    cores: int
    gib: float
    speed: float = 1.0

    @property
    def processes(self) -> int:
        """Bots: each keeps two cores busy, since its answering process reads on two threads."""
        return self.machines * max(1, self.cores // 2)


MACHINES = (
    Machine(
        "a Raspberry-like board: 1 slow core (a quarter of the speed, assumed), 1 GiB",
        1,
        1,
        1,
        0.25,
    ),
    Machine("1 core, 1 GiB", 1, 1, 1),
    Machine("2 cores, 2 GiB", 1, 2, 2),
    Machine("4 cores, 4 GiB", 1, 4, 4),
    Machine("2 machines of 4 cores, 4 GiB each, and PostgreSQL on a third", 2, 4, 4),
    Machine("4 machines of 4 cores, 4 GiB each, and PostgreSQL on a fifth", 4, 4, 4),
)


def servers_by_questions(machine: Machine, measured: Measured, assumed: Assumed) -> int:
    """How many servers' questions its cores answer."""
    rate = machine.machines * machine.cores * machine.speed * measured.rate * assumed.used
    return int(rate / assumed.rate)


def servers_by_memory(machine: Machine, measured: Measured, assumed: Assumed) -> int:
    """How many servers fit beside the processes, while a new index is being taken up."""
    room = machine.machines * machine.gib * 1024 * assumed.memory
    each = measured.bot_mb + 2 * measured.answers_mb
    return max(0, int((room - machine.processes * each) * 1024 / measured.server_kib))


def machine_table(measured: Measured, assumed: Assumed) -> str:
    """A row a machine."""
    lines = [
        "| Hardware | bots | by questions | by memory | serves |",
        "|---|---|---|---|---|",
    ]
    for machine in MACHINES:
        asked = servers_by_questions(machine, measured, assumed)
        held = servers_by_memory(machine, measured, assumed)
        serves = math.floor(min(asked, held) / 100) * 100
        lines.append(
            f"| {machine.name} | {machine.processes} | {asked:,} | {held:,} | "
            f"**{serves:,} servers** |"
        )
    return "\n".join(lines)


def need_table(count: int, measured: Measured, assumed: Assumed) -> str:
    """What so many servers need."""
    rate = count * assumed.rate
    cores = rate / assumed.used / measured.rate
    bots = max(1, math.ceil(cores / 2))
    shards = math.ceil(count / assumed.shard)
    held = count * measured.server_kib / 1024
    base = bots * (measured.bot_mb + 2 * measured.answers_mb)
    rows = (
        ("questions a second, on the mean of the busiest hour", f"{rate / assumed.peak:.1f}"),
        ("questions a second, at the peak", f"{rate:.1f}"),
        ("cores for them", f"{cores:.1f}"),
        ("bots of two cores", f"{bots}"),
        ("memory for the servers, over all bots", f"{held:,.0f} MiB"),
        ("memory for the bots themselves, while an index is taken up", f"{base:,.0f} MiB"),
        ("shards", f"{shards}"),
        ("until the last has identified", f"{(shards - 1) * assumed.identify_s:.0f} s"),
    )
    lines = [f"| For {count:,} servers | computed |", "|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {value} |" for name, value in rows)])


def read_load(path: Path) -> Measured:
    """The costs in what discord_load.py wrote; a server's, which it measures apart, stays."""
    found = json.loads(path.read_text(encoding="utf-8"))
    figures = found["figures"]
    return Measured(
        bot_mb=figures["steady: memory, bot (MB)"],
        answers_mb=figures["steady: memory, answers (MB)"],
        burst=int(figures["burst: answered"]),
        burst_s=figures["burst: slowest answer (s)"],
        cores=found["machine"]["cores"],
    )


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--load", type=Path, help="what discord_load.py wrote")
    parser.add_argument("--questions", type=float, default=Assumed.questions)
    parser.add_argument("--peak", type=float, default=Assumed.peak)
    parser.add_argument("--servers", type=int, default=10_000)
    options = parser.parse_args()
    measured = read_load(options.load) if options.load else Measured()
    assumed = Assumed(questions=options.questions, peak=options.peak)
    print(
        machine_table(measured, assumed), need_table(options.servers, measured, assumed), sep="\n\n"
    )


if __name__ == "__main__":
    main()
