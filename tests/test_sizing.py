"""benchmarks/sizing.py: the arithmetic of docs/scaling.md."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.sizing import (
    MACHINES,
    Assumed,
    Machine,
    Measured,
    servers_by_memory,
    servers_by_questions,
)

ROOT = Path(__file__).parents[1]


def test_the_tables_in_the_documentation_are_what_the_script_prints():
    printed = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "sizing.py")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    page = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
    shown = page.partition("made by benchmarks/sizing.py -->")[2].partition("<!-- to here")[0]

    assert shown.strip() == printed
    assert "10,000 servers" in printed


def test_a_core_serves_what_its_rate_says():
    measured = Measured(burst=60, burst_s=3.0, cores=2)  # ten a second and core
    assumed = Assumed(questions=3.6, peak=1.0, used=0.5)  # a thousandth a second and server

    assert servers_by_questions(Machine("one", 1, 1, 1), measured, assumed) == 5000
    assert servers_by_questions(Machine("half", 1, 1, 1, 0.5), measured, assumed) == 2500


def test_memory_is_what_the_processes_leave():
    measured = Measured(server_kib=1024, bot_mb=100, answers_mb=100)
    machine = Machine("one", 1, 2, 1)

    assert servers_by_memory(machine, measured, Assumed(memory=1.0)) == 1024 - 300
    assert servers_by_memory(machine, measured, Assumed(memory=0.2)) == 0


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name[:20])
def test_twice_the_questions_halve_what_is_served(machine):
    once = servers_by_questions(machine, Measured(), Assumed(questions=2))
    twice = servers_by_questions(machine, Measured(), Assumed(questions=4))
    assert abs(once - 2 * twice) <= 1
