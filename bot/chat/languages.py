"""Languages: the commands' names and descriptions as Discord shows them in a reader's own.

The translations are gettext catalogues, `locale/LANGUAGE/LC_MESSAGES/pullquote.po`; the
`.mo` beside each is what is read (CONTRIBUTING.md says how one is made). Discord picks the
language by the reader's settings and shows English where there is none.
"""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from discord import Locale, app_commands
from discord.app_commands import TranslationContextLocation as Where

if TYPE_CHECKING:
    from discord.app_commands import TranslationContextTypes, locale_str

CATALOGUES = Path(__file__).parent / "locale"
DOMAIN = "pullquote"
LANGUAGES = {
    Locale.german: "de",
    Locale.french: "fr",
    Locale.ukrainian: "uk",
}
"""Discord's locales that have a catalogue, and its folder's name."""

NAMES = {
    Where.command_name: "command",
    Where.group_name: "command",
    Where.parameter_name: "option",
    Where.choice_name: "choice",
}
"""The contexts of what is a name: "article" as an option may be another word than elsewhere."""


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The translations into a language. Raises `OSError` if they are not installed."""
    return gettext.translation(DOMAIN, CATALOGUES, languages=[language])


class Translator(app_commands.Translator):
    """What discord.py asks for each text of a command in each of Discord's locales."""

    async def translate(
        self, string: locale_str, locale: Locale, context: TranslationContextTypes
    ) -> str | None:
        """The text in that language; None leaves Discord with the English one."""
        language = LANGUAGES.get(locale)
        if language is None:
            return None
        found = catalogue(language)
        name = NAMES.get(context.location)
        said = found.pgettext(name, string.message) if name else found.gettext(string.message)
        return None if said == string.message else said
