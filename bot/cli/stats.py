"""`stats`: what was asked on Discord and how it went."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.common import index_option, json_option, print_json, read_settings

if TYPE_CHECKING:
    from bot.chat.feedback import Entry, Stats


@click.command()
@json_option
@click.option("--server", type=int, metavar="ID", help="Only of this server.")
@click.option(
    "--export",
    type=click.Choice(["json", "csv"]),
    help="Print everything that is kept, naming nobody, instead of counts.",
)
@index_option
def stats(as_json: bool, server: int | None, export: str | None, folder: Path | None) -> None:  # noqa: FBT001
    """Show what was asked on Discord, what was helpful, and why questions were refused."""
    settings = read_settings(folder).settings
    import asyncio  # noqa: PLC0415 - what reads the database takes its time

    from bot.chat.feedback import Stats, export_csv, export_json, stats_json  # noqa: PLC0415
    from bot.chat.state import State, address_of  # noqa: PLC0415

    address: str | None = address_of(settings)
    if address and "://" not in address and not Path(address).exists():
        # Reading makes no database: the bot makes its own when it first keeps something.
        click.echo("Nothing is kept yet: the bot has not run here.", err=True)
        if not (as_json or export):
            return
        address = None

    async def read() -> tuple[Stats, tuple[Entry, ...]]:
        if address is None:
            return Stats(datetime.now(UTC), 0, 0, 0, (), ()), ()
        state = State.from_settings(settings)
        try:
            entries = await state.feedback.export(server) if export else ()
            return await state.feedback.stats(server), entries
        finally:
            await state.database.close()

    found, entries = asyncio.run(read())
    if export == "csv":
        sys.stdout.write(export_csv(entries))
    elif export == "json":
        print_json(export_json(entries))
    elif as_json:
        print_json(stats_json(found))
    else:
        _show(found)


def _show(found: Stats) -> None:
    from bot.terminal import printable  # noqa: PLC0415

    click.echo(f"Since {found.since:%Y-%m-%d}")
    if found.shown:
        click.echo(f"Shown         {found.shown:>7,}")
        click.echo(f"Helpful       {found.helpful:>7,}")
        click.echo(f"Not helpful   {found.not_helpful:>7,}")
    click.echo(f"Not answered  {sum(count for _, count in found.refused):>7,}")
    for reason, count in found.refused:
        click.echo(f"  {reason.replace('_', ' '):<28}{count:>7,}")
    for question in found.questions:
        click.echo(f"  {printable(' '.join(question.split()))}")
