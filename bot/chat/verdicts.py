"""Sharing a verdict on a quote exactly as it was shown, without keeping what was typed.

A row keeps no text, and the quote cannot be checked again without it. What is shared is
therefore taken from our own message, as Discord hands it over with the click; the row says
which articles the verdict was made from, and what the pages say, as hashes. Where the
articles are not the same any more, nothing is shared: "not in these articles" would then be
said of others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from bot.chat.cards import containers, embeds

if TYPE_CHECKING:
    import discord

    from bot.chat.answers import Answers
    from bot.chat.cards import Page
    from bot.chat.servers import Style
    from bot.chat.shown import Shown
    from index.scope import Scope

_SAID = frozenset({"title", "description", "name", "value", "text", "content"})
"""Under which keys the words of an embed or a component stand, in Discord's own form."""
_ACTION_ROW = 1


def edition(answers: Answers, scope: Scope) -> str:
    """A name for the articles that are seen now: this generation of the index, in this scope."""
    held = answers.catalogue
    seen = None if scope.ids is None else sorted(scope.ids & answers.ids)
    return sha256(json.dumps([held.generation, held.built, seen]).encode()).hexdigest()


def page_hash(page: Page, style: Style) -> str:
    """The hash of what a page says, laid out in a style."""
    if style == "embeds":
        return _hash(embed.to_dict() for embed in embeds(page))
    return _hash(container.to_component_dict() for container in containers(page))


def page_of(shown: Shown, message: discord.Message | None) -> int | None:
    """Which page of what was shown a message is; None if it is none of them."""
    if message is None:
        return None
    embedded = [embed.to_dict() for embed in message.embeds]
    said = _hash([*embedded, *(part.to_dict() for part in message.components)])
    return shown.pages.index(said) if said in shown.pages else None


def _hash(parts: Iterable[Any]) -> str:
    """Letters and digits alone: Discord trims blanks and may write other marks in another way."""
    said = ("".join(filter(str.isalnum, text)) for text in _words(list(parts)))
    return sha256("\n".join(filter(None, said)).encode("utf-8", "replace")).hexdigest()


def _words(part: Any) -> Iterator[str]:
    """The words in embeds and components, in order, those on buttons left out."""
    if isinstance(part, list):
        for one in part:
            yield from _words(one)
    elif isinstance(part, Mapping) and part.get("type") != _ACTION_ROW:
        for key in sorted(part):
            if isinstance(part[key], str):
                if key in _SAID:
                    yield part[key]
            else:
                yield from _words(part[key])
