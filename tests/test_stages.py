"""benchmarks/stages.py: its clocks stand around functions that are there."""

from __future__ import annotations

import pytest

from benchmarks.stages import ASK, REBUILD, Clocks


@pytest.mark.parametrize("stages", [ASK, REBUILD], ids=["ask", "rebuild"])
def test_every_function_that_is_timed_is_there(stages):
    clocks = Clocks()
    with clocks.on(stages):
        pass

    assert sum(map(len, stages.values())) > len(stages)
    assert not clocks.seconds
