r"""How Discord reads the Markdown of a message's texts, as far as the bot uses it.

After its client's rules (github.com/discord/simple-markdown and what it does in practice):
a backslash takes the meaning from a mark that follows; then links, bold, strike-through,
emphasis, code, timestamps; block quotes line by line. Whatever is live comes out as a
`Piece` with that style, so that a test can see that only the bot's own marks are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_RULES = (
    ("escape", re.compile(r"\\([^0-9A-Za-z\s])")),
    ("mention", re.compile(r"<(?:@[!&]?|#|/[^:\n]{1,100}:|a?:\w+:)\d+>|<id:\w+>|@everyone|@here")),
    ("time", re.compile(r"<t:(-?\d+)(?::[tTdDfFR])?>")),
    ("angled", re.compile(r"<(?:https?://|mailto:|tel:)[^ >]+>")),
    ("link", re.compile(r"\[((?:\[[^\]]*\]|\\.|[^\\\[\]])+)\]\(\s*<?(\S*?)>?\)")),
    ("url", re.compile(r"(?:https?|discord|steam)://[^\s<]*[^<.,:;\"')\]\s]")),
    ("bold", re.compile(r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)")),
    ("underline", re.compile(r"__((?:\\[\s\S]|[^\\])+?)__(?!_)")),
    ("italic", re.compile(r"\*(?=\S)((?:\*\*|\\[\s\S]|[^\*\\])+?)\*(?!\*)")),
    ("italic", re.compile(r"\b_((?:__|\\[\s\S]|[^\\_])+?)_\b")),
    ("strike", re.compile(r"~~((?:\\[\s\S]|[^\\])+?)~~")),
    ("spoiler", re.compile(r"\|\|([\s\S]+?)\|\|")),
    ("code", re.compile(r"(`+)([\s\S]*?[^`])\1(?!`)")),
)
_HEAD = re.compile(r"(#{1,3}|-#) +(?=\S)")
_BULLET = re.compile(r" *(?:[*+-]|\d+\.) +(?=\S)")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text with the styles that it is shown in."""

    text: str
    styles: frozenset[str] = frozenset()
    url: str | None = None


@dataclass(slots=True)
class Line:
    """One line: whether it stands in a block quote, and what it begins as."""

    quoted: bool
    kind: str
    pieces: list[Piece] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


def read(description: str) -> list[Line]:
    """The lines of a description, as they are shown."""
    lines = []
    for raw in description.split("\n"):
        quoted = raw.startswith("> ")
        text = raw[2:] if quoted else raw
        kind = "text"
        if found := _HEAD.match(text):
            kind = "small" if found[1] == "-#" else "heading"
            text = text[found.end() :]
        elif found := _BULLET.match(text):
            kind, text = "list", text[found.end() :]
        lines.append(Line(quoted, kind, list(_inline(text, frozenset()))))
    return lines


def quoted_text(description: str) -> str:
    """The text of a description's first run of quoted lines."""
    lines = read(description)
    count = next((place for place, line in enumerate(lines) if not line.quoted), len(lines))
    return "\n".join(line.text for line in lines[:count])


def styles_of(description: str, *, quoted: bool) -> set[str]:
    """All styles that occur in quoted lines (or in the others)."""
    found = set()
    for line in read(description):
        if line.quoted is quoted:
            found |= {style for piece in line.pieces for style in piece.styles}
            found |= {line.kind} - {"text"}
    return found


def _inline(text: str, styles: frozenset[str], url: str | None = None) -> list[Piece]:
    pieces: list[Piece] = []
    plain = ""
    at = 0
    while at < len(text):
        name, found = next(
            ((name, found) for name, rule in _RULES if (found := rule.match(text, at))), ("", None)
        )
        if found is None:
            plain += text[at]
            at += 1
            continue
        at = found.end()
        if name == "escape":
            plain += found[1]
            continue
        if plain:
            pieces.append(Piece(plain, styles, url))
            plain = ""
        inner = styles | {name}
        if name == "link":
            pieces += _inline(found[1], inner, found[2])
        elif name in {"mention", "time", "angled", "url"}:
            pieces.append(Piece(found[0], inner, url))
        else:
            pieces += _inline(found[found.lastindex or 0], inner, url)
    if plain:
        pieces.append(Piece(plain, styles, url))
    return pieces
