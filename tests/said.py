"""All texts that the bot says on Discord, gathered from its source: none can be forgotten."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bot.chat
from bot.chat import texts
from bot.chat.cogs import forms, guide

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

CHAT = Path(bot.chat.__file__).parent
MODULES = {"texts": texts, "forms": forms, "guide": guide}
ELSEWHERE = {
    # read in a terminal
    "LOGIN_REFUSED",
    "LOGIN_REFUSED_NOTE",
    "NO_INTENT",
    "NO_INTENT_NOTE",
    "SHARDS_REFUSED",
    "SHARDS_REFUSED_NOTE",
    "UNREACHABLE",
    "UNREACHABLE_NOTE",
    # one for all servers: beside the bot's name
    "STATUS",
    # names, translated as such
    "MENU_CHECK",
    "MENU_ASK",
}
"""What of texts.py is said to nobody in particular."""

Text = tuple[str, str | None]
"""A text, and its plural if it counts something."""


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(CHAT.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def all_texts() -> list[Text]:
    found = [(text, None) for module in MODULES.values() for text in _constants(module)]
    return list(dict.fromkeys([*found, *_literals()]))


def constant_names(module: ModuleType) -> list[str]:
    """The constants of a module that are texts, or hold some."""
    tree = ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))
    names = [
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    ]
    elsewhere = ELSEWHERE if module is texts else ()
    return [one for one in names if one not in elsewhere and [*_strings(getattr(module, one))]]


def _constants(module: ModuleType) -> Iterator[str]:
    for name in constant_names(module):
        yield from _strings(getattr(module, name))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from [value] if value else []
    elif isinstance(value, dict | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)


def _literals() -> Iterator[Text]:
    """What stands in calls of `say` and `say_n` themselves."""
    for _, tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            given = [one.value for one in node.args if isinstance(one, ast.Constant)]
            if node.func.id == "say":
                yield from ((text, None) for text in given)
            elif node.func.id == "say_n":
                one, many, *_ = given
                yield one, many
