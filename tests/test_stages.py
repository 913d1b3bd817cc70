"""benchmarks/stages.py: its clocks stand around functions that are there."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest


@pytest.mark.parametrize("name", ["ASK", "REBUILD"])
def test_every_function_that_is_timed_is_there(monkeypatch, name):
    # The benchmarks are scripts, and import what lies beside them.
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    stages = importlib.import_module("stages")
    timed = getattr(stages, name)
    clocks = stages.Clocks()
    with clocks.on(timed):
        pass

    assert sum(map(len, timed.values())) > len(timed)
    assert not clocks.seconds
