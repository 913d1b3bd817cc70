"""What a message on Discord says, as plain text: to be checked, or asked.

Discord's Markdown is taken away, a mention becomes the name, and what the newspaper's words
look like in an answer of ours (a block quote, escaped, partly bold) becomes those words again.
Every pattern here reads a text once, whatever it holds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import discord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_MARKUP = re.compile(
    r"""
      \\(?P<kept>[^\w\s])                                   # escaped: the mark itself
    | \[(?P<label>[^\[\]\n]*)\]\(<?https?://(?:[^\s()]|\([^\s()]*\))*\)  # a link: its words
    | <@!?(?P<user>\d{1,20})>                               # somebody: their name
    | <(?:@&|\#|a?:\w{1,32}:|/[^<>\n]{1,100}:|t:-?)\d{1,20}(?::[A-Za-z])?>
    | ^(?:>>>[ ]|>[ ]?|\#{1,3}[ ]|-\#[ ])                   # a quote, a heading
    | \*+ | ~~ | \|\| | `+
    | (?<![^\W_])_+ | _+(?![^\W_])                          # not those within a word
    """,
    re.VERBOSE | re.MULTILINE,
)
_QUOTATION_MARK = re.compile("[“”„«»‹›「」\"]|(?<!\\w)[‘'](?=\\w)")


def texts_of(message: discord.Message) -> tuple[str, ...]:
    """What a message says: its text, or else the first of these that has any.

    The message that it forwards, the texts of its components, the descriptions of its embeds.
    Empty for pictures, stickers and the like.
    """
    sources: tuple[Iterable[str | None], ...] = (
        (message.content,),
        (snapshot.content for snapshot in message.message_snapshots),
        _displayed(message.components),
        (embed.description for embed in message.embeds),
        (e.description for snapshot in message.message_snapshots for e in snapshot.embeds),
        (t for snapshot in message.message_snapshots for t in _displayed(snapshot.components)),
    )
    for source in sources:
        if found := tuple(text for text in source if text and text.strip()):
            return found
    return ()


def plain(text: str, names: Mapping[int, str] | None = None) -> str:
    """The text without Discord's Markdown; `names` are those of the people it mentions, by id."""

    def shown(match: re.Match[str]) -> str:
        if match["user"] is not None:
            return (names or {}).get(int(match["user"]), "")
        return match["kept"] or match["label"] or ""

    return _MARKUP.sub(shown, text).strip()


def quoted_in(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts to look for quotes in, plain.

    Where there is no quotation mark, block quotes are what is quoted, and nothing else; a text
    with neither is one quote as it stands.
    """
    found: list[str] = []
    for text in texts:
        blocks = () if _QUOTATION_MARK.search(text) else tuple(_block_quotes(text))
        found += [plain(block) for block in blocks] or [plain(text)]
    return tuple(text for text in found if any(c.isalnum() for c in text))


def question_in(message: discord.Message, *, me: discord.abc.User | None) -> str:
    """What a message asks, other people's mentions by their names, the bot's left out."""
    names = {user.id: f"@{user.display_name}" for user in message.mentions}
    if me is not None:
        names[me.id] = ""
    return "\n".join(filter(None, (plain(text, names) for text in texts_of(message))))


def _block_quotes(text: str) -> Iterator[str]:
    block: list[str] = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.startswith(">>> "):
            yield from ("\n".join(part) for part in (block, lines[number:]) if part)
            return
        if line.startswith("> "):
            block.append(line)
        elif block:
            yield "\n".join(block)
            block = []
    if block:
        yield "\n".join(block)


def _displayed(components: Iterable[discord.Component]) -> Iterator[str]:
    """The texts of components, whatever they stand in, without their small print."""
    for component in components:
        if isinstance(component, discord.TextDisplay):
            lines = component.content.split("\n")
            yield "\n".join(line for line in lines if not line.startswith("-# "))
        yield from _displayed(getattr(component, "children", ()))
