"""`index`: build, add, remove, merge, compact, status, verify."""

from __future__ import annotations

import contextlib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.common import (
    console,
    counted,
    index_option,
    json_option,
    place_name,
    print_json,
    read_settings,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from config.settings import Settings
    from index.analysts import Analyst, Job
    from index.build import BuildReport
    from index.manifest import PartEntry

# ruff: noqa: FBT001

sources_help = """
    A SOURCE is a file (.txt, .md, .html, .json, .jsonl) or a folder of such files. What cannot
    be read is named on stderr, the rest is built all the same, and the exit code is then 1.
"""


ray_option = click.option(
    "--ray",
    "cluster",
    metavar="HOST:PORT",
    help="Have the articles worked out by the Ray cluster of that head node (docs/scaling.md).",
)


def _part(_context: object, _option: object, written: str | None) -> PartEntry | None:
    if written is None:
        return None
    from index.manifest import PartEntry  # noqa: PLC0415

    found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", written)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise click.BadParameter(f"{written!r} is not I/N with I from 1 to N, for example 1/4.")
    return PartEntry(int(found[1]), int(found[2]))


@click.group()
def index() -> None:
    """Build the index of your articles, change it, and look after it."""


@index.command(epilog=" ".join(sources_help.split()))
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option(
    "--part",
    metavar="I/N",
    callback=_part,
    help="Only part I of N of the articles, to be joined by `index merge`.",
)
@ray_option
@index_option
def build(
    sources: tuple[str, ...], part: PartEntry | None, cluster: str | None, folder: Path | None
) -> int:
    """Make the index of exactly these SOURCEs; with none, of the sample article.

    Unchanged articles are not worked out again. Until the new index is whole, the old one
    answers.
    """
    settings = read_settings(folder).settings
    from bot.cli.bars import bars  # noqa: PLC0415
    from index.build import build_index  # noqa: PLC0415
    from index.priority import stand_back  # noqa: PLC0415

    stand_back(settings.index.niceness)
    place = settings.index.place if part is None else _folder_of(settings)
    with _analyst(cluster) as analyst, bars() as progress:
        report = build_index(
            sources, place, settings, part=part, analyst=analyst, progress=progress
        )
    return _tell(report, settings)


@index.command(epilog=" ".join(sources_help.split()))
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@ray_option
@index_option
def add(sources: tuple[str, ...], cluster: str | None, folder: Path | None) -> int:
    """Add the articles of these SOURCEs, in place of older ones of the same id."""
    settings = read_settings(folder).settings
    from bot.cli.bars import bars  # noqa: PLC0415
    from index.build import add_to_index  # noqa: PLC0415
    from index.priority import stand_back  # noqa: PLC0415

    stand_back(settings.index.niceness)
    with _analyst(cluster) as analyst, bars() as progress:
        report = add_to_index(
            sources, settings.index.place, settings, analyst=analyst, progress=progress
        )
    return _tell(report, settings)


@index.command()
@click.argument("article_ids", nargs=-1, required=True, metavar="ID...")
@index_option
def remove(article_ids: tuple[str, ...], folder: Path | None) -> int:
    """Take articles out of the index: all that are named, or none."""
    settings = read_settings(folder).settings
    from index.build import remove_from_index  # noqa: PLC0415

    report = remove_from_index(article_ids, settings.index.place, settings)
    return _tell(report, settings)


@index.command()
@index_option
def compact(folder: Path | None) -> None:
    """Merge small segments, and drop what was removed, while the index is used.

    A build does this by itself after it has published. No answer waits for it, and no build or
    removal does; killed at any moment, it leaves the index as it was.
    """
    settings = read_settings(folder).settings
    from bot.cli.bars import bars  # noqa: PLC0415
    from index.compact import compact_index  # noqa: PLC0415

    with bars() as progress:
        manifest = compact_index(_folder_of(settings), settings, progress=progress)
    if manifest is None:
        click.echo("There is nothing to merge.")
        return
    click.echo(
        f"Merged into {counted(len(manifest.segments), 'segment')} "
        f"(generation {manifest.generation})."
    )


@index.command()
@click.argument(
    "parts", nargs=-1, required=True, metavar="PART...", type=click.Path(path_type=Path)
)
@index_option
def merge(parts: tuple[Path, ...], folder: Path | None) -> int:
    """Make the index of exactly these PARTs, folders that `index build --part` made.

    Nothing is parsed or embedded again. Until the new index is whole, the old one answers.
    """
    settings = read_settings(folder).settings
    from bot.cli.bars import bars  # noqa: PLC0415
    from index.merge import merge_parts  # noqa: PLC0415

    with bars() as progress:
        report = merge_parts(parts, _folder_of(settings), settings, progress=progress)
    return _tell(report, settings)


@index.command()
@json_option
@index_option
def status(as_json: bool, folder: Path | None) -> None:
    """Show what the index holds, and how it was made."""
    settings = read_settings(folder).settings
    from bot.answers.schema import status_json  # noqa: PLC0415
    from bot.terminal import show_facts  # noqa: PLC0415
    from index.verify import index_status  # noqa: PLC0415

    found = status_json(index_status(settings.index.place))
    if as_json:
        print_json(found)
        return
    del found["schema"]
    facts = {
        name: f"{value:,}" if isinstance(value, int) else str(value)
        for name, value in found.items()
    }
    show_facts(console(), facts)


@index.command()
@json_option
@index_option
def verify(as_json: bool, folder: Path | None) -> int:
    """Check every file, offset and vector of the index; the exit code is 1 if one is wrong."""
    settings = read_settings(folder).settings
    from bot.answers.schema import verify_json  # noqa: PLC0415
    from index.verify import verify_index  # noqa: PLC0415

    problems = verify_index(settings.index.place)
    if as_json:
        print_json(verify_json(problems))
    elif problems:
        for problem in problems:
            click.echo(problem)
        told = f" --index {settings.index.folder}" if isinstance(settings.index.place, Path) else ""
        click.echo(f"Build it again:    pullquote index build ARTICLES{told}", err=True)
    else:
        click.echo(f"The index in {place_name(settings)} is whole.")
    return 1 if problems else 0


@contextlib.contextmanager
def _analyst(cluster: str | None) -> Iterator[Callable[[Job], Analyst]]:
    """Whoever works the articles out: this machine, or the cluster."""
    if cluster is None:
        from index.analysts import LocalAnalyst  # noqa: PLC0415

        yield LocalAnalyst
        return
    from index.cluster import ray_cluster  # noqa: PLC0415

    # Ray prints on stdout that a node has died, be it before this build; that is for the answer.
    with contextlib.redirect_stdout(sys.stderr), ray_cluster(cluster) as analyst:
        yield analyst


def _folder_of(settings: Settings) -> Path:
    """The folder of the index, for what is not done in a database."""
    if settings.index.place is not settings.index.folder:
        raise click.UsageError(
            "The settings name a database (index.url); this is for folders: give --index FOLDER."
        )
    return settings.index.folder


def _tell(report: BuildReport, settings: Settings) -> int:
    from bot.terminal import printable  # noqa: PLC0415

    for problem in report.problems:
        click.secho(f"pullquote: {printable(str(problem))}", err=True, fg="red")
    reused = f", {report.reused:,} of them unchanged" if report.reused else ""
    click.echo(
        f"{counted(report.articles, 'article')}{reused}, {counted(report.passages, 'passage')}, "
        f"{counted(report.quotations, 'quotation')} in {place_name(settings)} "
        f"(generation {report.generation}, {report.seconds:.1f} s)."
    )
    if report.problems:
        left_out = counted(len(report.problems), "source")
        click.secho(f"pullquote: {left_out} left out, named above.", err=True, fg="red")
    return 1 if report.problems else 0
