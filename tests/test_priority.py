"""A build stands back, as far as it is told and no less than it did."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "nice"), reason="the system knows no niceness")


@pytest.mark.parametrize(("before", "asked", "after"), [(0, 10, 10), (0, 0, 0), (12, 10, 12)])
def test_a_process_stands_back_at_least_as_far_as_asked(before, asked, after):
    code = (
        "import os; from index.priority import stand_back\n"
        f"os.nice({before}); stand_back({asked}); print(os.nice(0))"
    )
    start = os.nice(0)
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert int(found.stdout) == min(19, max(start + before, asked))
    assert start or int(found.stdout) == after


def test_a_build_from_the_command_line_stands_back(tmp_path):
    code = (
        "import os, sys, index.build\n"
        "index.build.build_index = lambda *_, **__: sys.exit(f'at {os.nice(0)}')\n"
        "from bot.cli import main\n"
        "sys.argv = ['pullquote', 'index', 'build', 'article.txt']\n"
        "main()"
    )
    environment = {**os.environ, "PULLQUOTE_INDEX__NICENESS": "7"}
    found = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        env={**environment, "PULLQUOTE_INDEX__FOLDER": str(tmp_path)},
    )

    assert f"at {max(7, os.nice(0))}" in found.stderr
