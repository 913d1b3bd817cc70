"""The commands in the languages that readers have set."""

from __future__ import annotations

import io
import re
from gettext import GNUTranslations
from typing import TYPE_CHECKING, Any

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from discord_world import world

from bot.chat.languages import CATALOGUES, DOMAIN, LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

OWNERS = {"reload", "rebuild"}
NAME = re.compile(r"[-_'\w]{1,32}")


async def _commands() -> list[dict[str, Any]]:
    async with world() as w:
        (told,) = [r for r in w.env.http_requests if r.path.endswith("/commands") and r.json]
        return list(told.json)


def _named(commands: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for command in commands:
        yield command
        yield from command.get("options", ())


async def test_every_command_and_option_is_named_and_described_in_every_language() -> None:
    wanted = {locale.value for locale in LANGUAGES}
    for one in _named(await _commands()):
        if one.get("description"):
            assert set(one["description_localizations"]) == wanted, one["name"]
        missing = wanted - set(one["name_localizations"])
        # A word that is the same in both ("collections" in French) is not sent.
        assert one["name"] in OWNERS or len(missing) <= 1, one["name"]


async def test_translated_names_are_such_as_discord_takes() -> None:
    for command in await _commands():
        menu = command["type"] != 1
        for one in _named([command]):
            for said in one["name_localizations"].values():
                assert (len(said) <= 32) if menu else (NAME.fullmatch(said) and said.islower())
            for said in (one.get("description_localizations") or {}).values():
                assert 1 <= len(said) <= 100


async def test_no_two_commands_or_options_of_one_have_the_same_name_in_a_language() -> None:
    commands = await _commands()
    for locale in LANGUAGES:
        for together in (commands, *(command.get("options", []) for command in commands)):
            names = [
                (one["type"], one["name_localizations"].get(locale.value, one["name"]))
                for one in together
            ]
            assert len(set(names)) == len(names)


@pytest.mark.parametrize("language", LANGUAGES.values())
def test_what_is_read_is_compiled_from_the_catalogue_that_people_edit(language: str) -> None:
    folder = CATALOGUES / language / "LC_MESSAGES"
    with (folder / f"{DOMAIN}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    made = io.BytesIO()
    write_mo(made, catalogue)

    assert all(message.string and not message.fuzzy for message in catalogue if message.id)
    assert _said(folder.joinpath(f"{DOMAIN}.mo").read_bytes()) == _said(made.getvalue())


def _said(compiled: bytes) -> dict[str, str]:
    """The messages; Babel writes the time into the header of a catalogue that names none."""
    messages = dict(GNUTranslations(io.BytesIO(compiled))._catalog)
    del messages[""]
    return messages
