"""The cards of a message, read back from its components or its embeds: what a person sees."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from discord_markdown import read

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPONENTS_V2 = 1 << 15
ROW, BUTTON, TEXT, SEPARATOR, CONTAINER = 1, 2, 10, 14, 17


@dataclass(frozen=True, slots=True)
class Seen:
    """A card as it is shown: `text` is Markdown, the others are plain."""

    text: str
    heading: str = ""
    title: str = ""
    footer: str = ""
    colour: int | None = None
    fields: dict[str, str] = field(default_factory=dict)


def cards_of(message: Any) -> list[Seen]:
    """The cards of a message, whoever gives it: discord.py, simcord or the wire."""
    shown = embeds_of(message)
    return list(map(_from_embed, shown)) if shown else list(_from_components(parts_of(message)))


def parts_of(message: Any) -> list[dict[str, Any]]:
    """The components of a message as Discord writes them."""
    parts = message["components"] if isinstance(message, dict) else message.components
    return [part if isinstance(part, dict) else part.to_dict() for part in parts]


def embeds_of(message: Any) -> list[dict[str, Any]]:
    """The embeds of a message as Discord writes them."""
    shown = message.get("embeds") or [] if isinstance(message, dict) else message.embeds
    return [one if isinstance(one, dict) else one.to_dict() for one in shown]


def walk(parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All components, whatever they stand in."""
    for part in parts:
        yield part
        yield from walk(part.get("components") or [])


def buttons_of(message: Any) -> list[dict[str, Any]]:
    """The buttons of a message, in their order."""
    return [part for part in walk(parts_of(message)) if part["type"] == BUTTON]


def labels_of(message: Any) -> list[str]:
    """What the buttons of a message say."""
    return [button.get("label") or "" for button in buttons_of(message)]


def above(message: Any) -> str:
    """The line of ours over the cards."""
    content = message["content"] if isinstance(message, dict) else message.content
    texts = [part["content"] for part in parts_of(message) if part["type"] == TEXT]
    assert not (content and texts)
    return content or "\n".join(texts)


def _from_embed(embed: dict[str, Any]) -> Seen:
    return Seen(
        embed.get("description") or "",
        (embed.get("author") or {}).get("name") or "",
        embed.get("title") or "",
        (embed.get("footer") or {}).get("text") or "",
        embed.get("color"),
        {one["name"]: one["value"] for one in embed.get("fields") or []},
    )


def _from_components(parts: list[dict[str, Any]]) -> Iterator[Seen]:
    for part in parts:
        if part["type"] != CONTAINER:
            continue
        texts: list[str] = []
        for child in [*part["components"], {"type": SEPARATOR}]:
            if child["type"] == TEXT:
                texts.append(child["content"])
            elif texts:
                yield _card(texts, part["accent_color"])
                texts = []


def _card(texts: list[str], colour: int | None) -> Seen:
    *heading, body = texts
    assert len(heading) <= 1
    lines = body.split("\n")
    title = _plain(lines.pop(0), "heading") if lines[0].startswith("### ") else ""
    small = lines[-1].startswith("-# ") if lines else False
    return Seen(
        "\n".join(lines),
        _plain(heading[0], "small") if heading else "",
        title,
        _plain(lines[-1], "small") if small else "",
        colour,
    )


def _plain(text: str, kind: str) -> str:
    (line,) = read(text)
    assert line.kind == kind
    return line.text
