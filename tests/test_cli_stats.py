"""bot/cli/stats.py: counting reads, and makes nothing."""

import json

import pytest
from click.testing import CliRunner

from bot.cli.stats import stats


@pytest.mark.parametrize("options", [[], ["--json"], ["--export", "json"]])
def test_reading_counts_where_nothing_is_kept_says_so_and_makes_no_file(tmp_path, options):
    ran = CliRunner().invoke(stats, [*options, "--index", str(tmp_path / "index")])

    assert ran.exit_code == 0, ran.output
    assert "Nothing is kept yet" in ran.stderr
    assert list(tmp_path.iterdir()) == []
    if options == ["--json"]:
        assert json.loads(ran.stdout)["shown"] == 0
