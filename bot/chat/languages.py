"""Languages: what the bot itself says, as each reader has set Discord.

Every text is written in English where it is used (texts.py and its like) and looked up here
when it is laid out, with `say`. The translations are gettext catalogues,
`locale/LANGUAGE/LC_MESSAGES/pullquote.po`; the `.mo` beside each is what is read
(CONTRIBUTING.md says how one is made). What the articles say is never translated.

Whose language it is, is decided where an event comes in (`readers.py`); everything that is
done because of that event says its texts in it. `speaking` is for what somebody else reads.
"""

from __future__ import annotations

import gettext
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from discord import Locale, app_commands
from discord.app_commands import TranslationContextLocation as Where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discord.app_commands import TranslationContextTypes, locale_str

CATALOGUES = Path(__file__).parent / "locale"
DOMAIN = "pullquote"
ENGLISH = "en"
"""The language of the texts themselves, and of readers of any that there is no catalogue of."""
LANGUAGES = {
    Locale.german: "de",
    Locale.french: "fr",
    Locale.ukrainian: "uk",
}
"""Discord's locales that have a catalogue, and its folder's name."""
OWN_NAMES = {ENGLISH: "English", "de": "Deutsch", "fr": "Français", "uk": "Українська"}
"""What each language is called in itself."""
_OF_LOCALE = {locale.value: language for locale, language in LANGUAGES.items()}

NAMES = {
    Where.command_name: "command",
    Where.group_name: "command",
    Where.parameter_name: "option",
    Where.choice_name: "choice",
}
"""The contexts of what is a name: "article" as an option may be another word than elsewhere."""

_SEPARATORS = {
    ENGLISH: (",", "."),
    "de": (".", ","),
    "fr": ("\N{NARROW NO-BREAK SPACE}", ","),
    "uk": ("\N{NO-BREAK SPACE}", ","),
}
"""What stands between thousands, and before decimals."""

_current: ContextVar[str] = ContextVar("language", default=ENGLISH)


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The translations into a language. Raises `OSError` if they are not installed."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, CATALOGUES, languages=[language])


def language_of(locale: Locale | str | None) -> str:
    """The language of what is read by somebody (or by a server) that Discord shows in a locale."""
    return _OF_LOCALE.get(str(locale), ENGLISH)


def current() -> str:
    """The language in which texts are said now."""
    return _current.get()


def speak(language: str) -> None:
    """Say everything from here on, in the course of this event, in a language."""
    _current.set(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say what is said within, and in the tasks that are begun within, in a language."""
    before = _current.set(language)
    try:
        yield
    finally:
        _current.reset(before)


def say(text: str, **values: Any) -> str:
    """Say one of our texts in the current language, with the values of its placeholders."""
    said = catalogue(current()).gettext(text) if text else text
    return said.format(**values) if values else said


def in_every(text: str) -> tuple[str, ...]:
    """One of our texts in all languages, its placeholders as they are."""
    return tuple(catalogue(language).gettext(text) for language in OWN_NAMES)


def say_n(one: str, many: str, count: int, **values: Any) -> str:
    """Say a text about so many of something, in the form that the language has for the number."""
    said = catalogue(current()).ngettext(one, many, count)
    return said.format(count=number(count), **values)


def number(value: float, digits: int = 0) -> str:
    """A number as it is written in the current language."""
    thousands, point = _SEPARATORS[current()]
    whole, _, decimals = f"{value:,.{digits}f}".partition(".")
    written = whole.replace(",", thousands)
    return f"{written}{point}{decimals}" if decimals else written


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
