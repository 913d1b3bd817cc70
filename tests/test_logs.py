"""config/logs.py."""

import io
import json
import logging

import pytest

from config.logs import set_up_logs
from config.settings import LogsSettings


@pytest.fixture(autouse=True)
def logs_as_before():
    """Give the loggers back as they were."""
    root = logging.getLogger()
    kept = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("bot", "config", "index", "discord")}
    yield
    root.handlers[:], root.level = kept
    logging.captureWarnings(capture=False)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def logged(settings, stream=None, *, name="bot.x", level=logging.INFO, message="hello", **extra):
    stream = stream or io.StringIO()
    set_up_logs(settings, stream)
    logging.getLogger(name).log(level, message, extra=extra)
    return stream.getvalue()


def test_lines_are_json_where_there_is_no_terminal():
    line = json.loads(logged(LogsSettings(), guild=7))
    assert line.pop("timestamp")
    assert line == {"level": "INFO", "logger": "bot.x", "message": "hello", "guild": 7}


def test_lines_are_for_people_on_a_terminal():
    line = logged(LogsSettings(), Terminal(), guild=7)
    assert line.endswith("bot.x: hello  guild=7\n")
    assert "{" not in line


@pytest.mark.parametrize("form", ["human", "json"])
def test_a_question_is_logged_only_when_asked_for(form):
    assert "who paid" not in logged(LogsSettings(format=form), question="who paid?")
    assert "who paid" in logged(LogsSettings(format=form, questions=True), question="who paid?")


@pytest.mark.parametrize("form", ["human", "json"])
def test_nobody_can_write_a_line_or_steer_the_terminal_through_a_message(form):
    line = logged(LogsSettings(format=form), message="a\n12:00 error \x1b[2J\x9b", server="b\nc")
    assert line.count("\n") == 1
    assert "\x1b" not in line


def test_of_other_libraries_only_warnings_are_logged():
    assert logged(LogsSettings(level="debug"), name="bot.x", level=logging.DEBUG)
    assert not logged(LogsSettings(level="debug"), name="other", level=logging.INFO)
    assert logged(LogsSettings(level="debug"), name="other", level=logging.WARNING)
    assert not logged(LogsSettings(level="error"), name="other", level=logging.WARNING)


@pytest.mark.parametrize("form", ["human", "json"])
def test_a_traceback_is_logged(form):
    stream = io.StringIO()
    set_up_logs(LogsSettings(format=form), stream)
    try:
        int("nonsense")
    except ValueError:
        logging.getLogger("bot").exception("oh")
    assert "ValueError: invalid literal" in stream.getvalue()
