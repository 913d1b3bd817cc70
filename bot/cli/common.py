"""What the commands share: their common options, opening the articles, printing a value."""

from __future__ import annotations

import gc
import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from bot.answers.service import AnswerService
    from config.loading import Loaded
    from config.settings import Settings
    from index.scope import Scope

# New objects before Python looks for cycles among them, where 700 is its own choice.
FEW_COLLECTIONS = 100_000

index_option = click.option(
    "--index",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The folder of the index (else the setting index.folder).",
)
article_option = click.option("--article", "article_id", metavar="ID", help="Only this article.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/json.md).")


def read_settings(folder: Path | None = None) -> Loaded:
    """Read the settings, with `--index` above all other sources, and set up the logs."""
    from config.loading import load_settings  # noqa: PLC0415
    from config.logs import set_up_logs  # noqa: PLC0415

    loaded = load_settings({"index": {"folder": folder, "url": ""}} if folder else None)
    set_up_logs(loaded.settings.logs)
    for warning in loaded.warnings:
        click.secho(f"pullquote: {warning}", err=True, fg="yellow")
    return loaded


def open_articles(
    folder: Path | None, *, build_sample: bool = False, read_soon: bool = False
) -> tuple[Settings, AnswerService]:
    """Open the index; with `build_sample`, make the sample's first where there is none.

    With `read_soon` the reader is loaded meanwhile.
    """
    # What is imported and loaded stays: Python would look through it for cycles 160 times.
    if command := click.get_current_context(silent=True):  # none where a shell completes
        command.call_on_close(partial(_collect_as_before, gc.get_threshold()))
        gc.set_threshold(FEW_COLLECTIONS)
    from bot.bootstrap import open_service  # noqa: PLC0415
    from index.errors import NoIndex  # noqa: PLC0415

    settings = read_settings(folder).settings
    try:
        return settings, open_service(settings, read_soon=read_soon)
    except NoIndex as error:
        if not build_sample or error.unfinished:
            raise
    from bot.cli.bars import bars  # noqa: PLC0415

    click.echo(
        f"No index in {place_name(settings)} yet: building the sample article's first.",
        err=True,
    )
    with bars() as progress:
        return settings, open_service(settings, build_sample=True, progress=progress)


def _collect_as_before(threshold: tuple[int, int, int]) -> None:
    # All there is counts as old: at once looking through it is 45 ms, after the answer is there.
    gc.freeze()
    gc.unfreeze()
    gc.set_threshold(*threshold)


def place_name(settings: Settings) -> str:
    """Where the index is, for a person; of an address only that it is one."""
    index = settings.index
    return str(index.folder) if index.place is index.folder else "the database"


def scope_of(service: AnswerService, article_id: str | None) -> Scope:
    """Everything, or the one article. Raises `UnknownArticle`."""
    from index.scope import EVERYTHING  # noqa: PLC0415

    if article_id is None:
        return EVERYTHING
    return EVERYTHING.only(service.article(article_id).id)


def console() -> Console:
    """Make the console on stdout."""
    from bot.terminal import open_console  # noqa: PLC0415

    return open_console(sys.stdout)


def print_json(value: Mapping[str, Any], *, one_line: bool = False) -> None:
    """Print one object, at once."""
    text = json.dumps(value, ensure_ascii=False, indent=None if one_line else 2)
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def counted(number: int, noun: str) -> str:
    """Say how many: "1 article", "1,200 articles"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
