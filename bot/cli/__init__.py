"""The command line: `pullquote`, and `python -m bot`.

Answers go to stdout; progress, logs and errors go to stderr. Exit codes: 0 (also when the
articles do not answer), 1 for something that a person can mend, 2 for a wrong call, 130
for Ctrl-C. So that `--help` appears at once, nothing but click is imported before a
command runs.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

import click

from bot.cli.articles import articles, check, quotes, speakers, summary
from bot.cli.ask import ask
from bot.cli.chat import chat
from bot.cli.evaluate import evaluate
from bot.cli.indexing import index
from bot.cli.machine import config, health, run
from bot.cli.stats import stats

if TYPE_CHECKING:
    from collections.abc import Sequence

OK, MENDABLE, USAGE, INTERRUPTED = 0, 1, 2, 130
_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Settings and where they come from: pullquote config",
)
@click.version_option(package_name="pullquote", message="%(prog)s %(version)s")
def pullquote() -> None:
    """Answers questions about news articles in the article's own words.

    The answer is the sentence that the newspaper printed, who said it and where it stands.
    Without an index of your own, `ask` answers from the sample article.
    """


COMMANDS = (
    ask,
    chat,
    quotes,
    check,
    summary,
    speakers,
    articles,
    index,
    run,
    health,
    stats,
    config,
)
for command in COMMANDS:
    pullquote.add_command(command)
pullquote.add_command(evaluate)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A lone surrogate comes out as \udc80: readable, and right inside JSON.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = _run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:  # whoever read our output has gone
        code = MENDABLE
    except OSError as error:  # a full disk behind stdout
        _explain(error)
        code = MENDABLE
    if code == MENDABLE:
        for stream in filter(None, (sys.stdout, sys.stderr)):  # None: closed from the start
            if _cannot_be_written(stream):
                # Python would complain once more when it flushes at exit.
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = pullquote.main(arguments, prog_name="pullquote", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("Stopped.", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:
        if not _mendable(error):
            raise
        _explain(error)
        return MENDABLE
    return code if isinstance(code, int) else OK


def _mendable(error: Exception) -> bool:
    from config.loading import SettingsError  # noqa: PLC0415  not before it is needed
    from index.errors import CorpusError  # noqa: PLC0415

    # An OSError with a file's name is about that file: no permission, a full disk. Without one
    # it is about what was open already, most often stdout.
    about_files = isinstance(error, OSError) and (
        error.filename is not None or error.errno in _UNWRITABLE
    )
    return about_files or isinstance(error, CorpusError | SettingsError)


def _explain(error: Exception) -> None:
    from bot.terminal import printable  # noqa: PLC0415

    text = str(error)
    if isinstance(error, OSError):
        text = f"{error.filename}: {error.strerror}"
        if error.filename is None:
            text = f"Not everything could be written ({error.strerror})."
    with contextlib.suppress(OSError):  # nor can stderr be written: the exit code says it all
        for line in text.splitlines():
            click.secho(f"pullquote: {printable(line)}", err=True, fg="red")
        for note in getattr(error, "__notes__", ()):
            click.echo("\n".join(printable(line) for line in note.splitlines()), err=True)


def _cannot_be_written(stream: TextIO) -> bool:
    try:
        stream.flush()
    except OSError:
        return True
    except ValueError:  # closed
        return False
    return False
