"""Every text of the bot's, in every language: there, with its placeholders, marks and limits."""

from __future__ import annotations

import ast
import re
from collections import Counter
from string import Formatter
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from said import MODULES, all_texts, constant_names, trees

from bot.answers.answer import FactKind, Reason, Verdict
from bot.chat import texts
from bot.chat.cogs import forms
from bot.chat.languages import (
    CATALOGUES,
    DOMAIN,
    ENGLISH,
    LANGUAGES,
    OWN_NAMES,
    catalogue,
    current,
    language_of,
    number,
    say,
    say_n,
    speaking,
)

if TYPE_CHECKING:
    from said import Text

TEXTS = all_texts()
TRANSLATED = sorted(LANGUAGES.values())
SHOWN_WITHOUT = {
    "faults.py",  # says what its table gives
    "buttons.py",  # a refusal is said where it is shown, a label where the button is made
    "settings.py",  # names of settings are said by forms.py
}
COMMANDS = re.compile(r"(?<![\w/])/([^\W\d_][\w-]*)")


def forms_of(text: Text, language: str) -> list[str]:
    """What a text is in a language, in each of its grammatical numbers."""
    one, many = text
    known = catalogue(language)._catalog  # type: ignore[attr-defined]
    if many is None:
        return [known[one]] if one in known else []
    return [said for key, said in known.items() if isinstance(key, tuple) and key[0] == one]


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_and_none_that_is_no_longer_said_is_kept(language: str) -> None:
    wanted = {one if many is None else (one, many) for one, many in TEXTS}
    with (CATALOGUES / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        there = {message.id for message in read_po(file) if message.id and not message.context}

    assert not wanted - there, "to be translated"
    assert not there - wanted, "said nowhere"


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_placeholders_and_the_markdown_of_its_text(language: str) -> None:
    for text in TEXTS:
        for said in forms_of(text, language):
            assert said.strip() == said != "", text
            assert placeholders(said) == placeholders(text[0]), text
            assert marks(said) == marks(text[0]), text


def placeholders(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def marks(text: str) -> Counter[str]:
    """Bold, struck, code, the lines, and the emoji that a text begins with."""
    found = Counter(re.findall(r"\*\*|\*|~~|`|\n|[✅✏👥✂🧩🔍⚠→]", text))
    typed = [code for code in text.split("`")[1::2] if not code.startswith("/")]
    return found + Counter(typed)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_command_is_called_by_the_name_that_its_reader_sees(language: str) -> None:
    names = catalogue(language)
    for text in TEXTS:
        named = [names.pgettext("command", name) for name in COMMANDS.findall(text[0])]
        for said in forms_of(text, language):
            assert COMMANDS.findall(said) == named, text


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_plural_form_of_a_language_is_translated(language: str) -> None:
    numbers = {catalogue(language).plural(count) for count in range(1000)}  # type: ignore[attr-defined]
    counted = [text for text in TEXTS if text[1] is not None]
    assert counted
    for text in counted:
        assert len(forms_of(text, language)) == len(numbers), text


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 стаття"),
        (2, "2 статті"),
        (5, "5 статей"),
        (11, "11 статей"),
        (21, "21 стаття"),
        (112, "112 статей"),
        (1003, "1\N{NO-BREAK SPACE}003 статті"),
    ],
)
def test_ukrainian_counts_in_three_forms(count: int, said: str) -> None:
    with speaking("uk"):
        assert say_n("{count} article", "{count} articles", count) == said


def test_french_counts_nothing_and_one_in_the_singular() -> None:
    with speaking("fr"):
        assert say_n("{count} article", "{count} articles", 0) == "0 article"
        assert say_n("{count} article", "{count} articles", 2) == "2 articles"


@pytest.mark.parametrize("language", OWN_NAMES)
@pytest.mark.parametrize("value", [0, 7, 999, 1000, 12345, 1234567])
def test_numbers_are_written_as_readers_of_a_language_write_them(value: int, language: str) -> None:
    with speaking(language):
        assert number(value) == format_decimal(value, locale=language)
        assert number(value + 0.5, 1) == format_decimal(value + 0.5, "#,##0.0", locale=language)


def test_whoever_reads_another_language_reads_english() -> None:
    assert language_of("pt-BR") == language_of("en-GB") == language_of(None) == ENGLISH
    assert [language_of(locale) for locale in LANGUAGES] == list(LANGUAGES.values())


def test_a_language_is_spoken_within_its_block_only() -> None:
    with speaking("fr"):
        with speaking("de"):
            assert say(texts.NEXT) == "Weiter"
        assert current() == "fr"
    assert say(texts.NEXT) == "Next"


def test_every_text_that_is_shown_is_said_in_a_language() -> None:
    """A constant that is shown by itself would be English for everybody."""
    for path, tree in trees():
        parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        for node in ast.walk(tree):
            if path.name not in SHOWN_WITHOUT and _is_text(node):
                assert _is_said(node, parents), f"{path.name}:{node.lineno}"  # type: ignore[attr-defined]


def _is_text(node: ast.AST) -> bool:
    """Whether it is one of `texts.SOMETHING` that is shown (a command's words go to Discord)."""
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in MODULES
        and node.attr in constant_names(MODULES[node.value.id])
    )


def _is_said(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    while node in parents:
        node = parents[node]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if name in {"say", "command", "describe", "len", "Refused"}:
                return True  # a refused press says its text where it is shown (buttons.py)
        if isinstance(node, ast.Assign):  # chosen first, said below
            names = {target.id for target in node.targets if isinstance(target, ast.Name)}
            return bool(names & {"form", "stance"})
        if isinstance(node, ast.stmt):
            return False
    return False


@pytest.mark.parametrize("language", OWN_NAMES)
def test_what_was_asked_is_read_from_a_heading_of_any_language(language: str) -> None:
    with speaking(language):
        understood = say(texts.SHOWING, question="who said “so”?")
        unnamed = say(texts.QUESTION)

    assert texts.asked_in(understood) == ("", "who said “so”?")
    assert texts.asked_in(unnamed) == ("", None)
    assert texts.asked_in("what  did she say?") == ("what  did she say?", None)


def test_no_kind_of_value_is_without_its_words() -> None:
    assert set(texts.FACTS) == set(FactKind)
    assert set(texts.VERDICTS) == set(Verdict)
    assert set(texts._REASONS) == set(forms.REASONS) == set(Reason)


@pytest.mark.parametrize("language", OWN_NAMES)
def test_texts_fit_where_discord_shows_them(language: str) -> None:
    with speaking(language):
        for name in constant_names(texts):
            on_button = name.startswith("BUTTON_") and name != "BUTTON_GONE"
            if on_button or name in {"PREVIOUS", "NEXT"}:
                assert len(say(getattr(texts, name))) <= 80
        for label in (forms.PRIVATE, forms.KEEP, forms.STYLE, forms.COOLDOWN, forms.RESET_SURE):
            for state in (forms.ON, forms.OFF, *forms.STYLES.values()):
                assert len(forms.labelled(label, state)) <= 80
        for hint in (
            forms.CHANNELS_HINT,
            forms.ASK_CHANNELS_HINT,
            forms.COLLECTIONS_HINT,
            forms.LANGUAGE_HINT,
        ):
            assert len(say(hint)) <= 150
        for option in (forms.EVERYTHING, *(forms.language(None, one) for one in OWN_NAMES)):
            assert len(say(option)) <= 100
        for title in (forms.COOLDOWN, forms.USES, forms.SECONDS):
            assert len(say(title)) <= 45
        assert len(texts.page(10_000, 10_000)) <= 80
