"""`run`, the Discord bot, `health`, how it is, and `config`, the settings in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.cli.common import console, index_option, json_option, print_json, read_settings

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@index_option
def run(folder: Path | None) -> None:
    """Run the Discord bot until it is stopped (Ctrl-C)."""
    settings = read_settings(folder).settings
    if settings.discord.token is None:
        from config.loading import SettingsError  # noqa: PLC0415

        error = SettingsError("The bot has no Discord token, so it cannot log in.")
        error.add_note(
            "Get one at https://discord.com/developers/applications (New Application, Bot, "
            "Reset Token)"
        )
        error.add_note("and set it:    PULLQUOTE_DISCORD__TOKEN=... (the environment or .env)")
        raise error
    from bot.chat import client  # noqa: PLC0415
    from bot.chat.answers import Answers  # noqa: PLC0415
    from bot.chat.supervisor import Supervisor  # noqa: PLC0415

    client.run(settings, Answers(Supervisor(settings)))


@click.command()
@click.option("--ready", is_flag=True, help="Also fail while a question would not be answered.")
def health(ready: bool) -> int:  # noqa: FBT001
    """Ask the bot that runs on this machine how it is; the exit code is 1 if it is not well.

    The bot must have been given a port: PULLQUOTE_DISCORD__HEALTH_PORT.
    """
    options = read_settings().settings.discord
    from bot.cli.asking import ask_bot  # noqa: PLC0415 - what speaks HTTP takes its time

    well, said = ask_bot(options.health_host, options.health_port, ready=ready)
    click.echo(said)
    return 0 if well else 1


@click.command()
@json_option
@index_option
def config(as_json: bool, folder: Path | None) -> None:  # noqa: FBT001
    """Show the settings in force, and where each came from.

    Secrets are masked.
    """
    loaded = read_settings(folder)
    from bot.terminal import show_settings  # noqa: PLC0415
    from config.report import settings_json  # noqa: PLC0415

    found = settings_json(loaded)
    if as_json:
        print_json(found)
    else:
        show_settings(console(), found["settings"])
