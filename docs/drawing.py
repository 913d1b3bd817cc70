"""From a message as Discord stores it (its JSON) to a page as Discord's phone app shows it.

Components V2 (containers, texts, separators, sections, rows of buttons, selects) and embeds;
texts by the rules in tests/discord_markdown.py. Measures and colours are close to Discord's,
not taken from its code: a drawing, not a photograph of its client.
"""

from __future__ import annotations

import html
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from discord_markdown import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from discord_markdown import Line, Piece

    Json = dict[str, Any]

THEMES = {
    "dark": {
        "page": "#1a1a1e", "card": "#242429", "edge": "#39393f", "text": "#dfe0e2",
        "strong": "#fbfbfb", "faint": "#9a9ba3", "bar": "#5a5b63", "link": "#7bb0f5",
        "button": "#35353b", "buttontext": "#f2f2f3", "pill": "#303038", "field": "#202025",
        "mention": "#3c4270", "mentiontext": "#c9cdfb", "accent": "#5865f2", "own": "#20212c",
    },
    "light": {
        "page": "#fbfbfb", "card": "#ffffff", "edge": "#dcdce0", "text": "#2f3035",
        "strong": "#0b0b0c", "faint": "#63646c", "bar": "#c0c1c7", "link": "#2a5fd0",
        "button": "#e9e9ec", "buttontext": "#2f3035", "pill": "#ececf0", "field": "#f4f4f6",
        "mention": "#dfe1fb", "mentiontext": "#4450c9", "accent": "#5865f2", "own": "#f1f2fd",
    },
}  # fmt: skip
STYLE = """
* { box-sizing: border-box; margin: 0 }
body { background: %(page)s; color: %(text)s; width: %(width)dpx;
  font: 16px/1.375 "gg sans", "Noto Sans", "Helvetica Neue", "Liberation Sans", Arial,
    "Noto Color Emoji", sans-serif }
.scene { padding: 12px 0 14px; min-height: 170px }
.entry { padding: 4px 16px }
.entry + .entry { margin-top: 10px }
.own { background: %(own)s; box-shadow: inset 3px 0 0 %(accent)s }
.over { color: %(faint)s; font-size: 14px; margin: 2px 0 4px 20px; padding-left: 40px;
  position: relative; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.over::before { content: ""; position: absolute; left: 0; top: 50%%; width: 32px; height: 9px;
  border: 2px solid %(bar)s; border-right: 0; border-bottom: 0; border-top-left-radius: 7px }
.over b { color: %(text)s; font-weight: 600 }
.over i { font-style: normal; color: %(link)s; font-weight: 500 }
.message { display: flex; gap: 12px }
.avatar { flex: 0 0 40px; height: 40px; border-radius: 50%%; background: #3b6ea5; color: #fff;
  font: 700 34px/58px Georgia, "DejaVu Serif", "Noto Serif", serif; text-align: center }
.person { font: 600 18px/40px "Noto Sans", sans-serif; background: #8a5a9e }
.body { flex: 1; min-width: 0 }
.who { color: %(strong)s; font-weight: 600; line-height: 1.3; margin-bottom: 2px }
.tag { background: #5865f2; color: #fff; font-size: 10px; font-weight: 600; padding: 1px 5px;
  border-radius: 4px; vertical-align: 2px; margin-left: 4px }
.text { overflow-wrap: break-word }
.line { white-space: pre-wrap; min-height: 1.375em }
.small { color: %(faint)s; font-size: 13px; line-height: 1.4; white-space: pre-wrap }
.h1, .h2, .h3 { color: %(strong)s; font-weight: 700; line-height: 1.3; margin: 6px 0 4px }
.h1 { font-size: 24px } .h2 { font-size: 20px } .h3 { font-size: 17px }
.text > .h1:first-child, .text > .h2:first-child, .text > .h3:first-child { margin-top: 0 }
.quote { border-left: 4px solid %(bar)s; border-radius: 4px; padding: 0 0 0 12px; margin: 2px 0 }
.item { padding-left: 20px; position: relative; white-space: pre-wrap }
.item::before { content: "•"; position: absolute; left: 6px }
.text b { font-weight: 700; color: %(strong)s }
.small b { color: inherit; font-weight: 600 }
s { opacity: .75 }
a { color: %(link)s; text-decoration: none }
time { background: %(pill)s; border-radius: 3px; padding: 0 2px }
code { background: %(pill)s; border: 1px solid %(edge)s; border-radius: 4px; padding: 0 3px;
  font: 85%% "Noto Sans Mono", "DejaVu Sans Mono", monospace; white-space: pre-wrap }
pre { background: %(field)s; border: 1px solid %(edge)s; border-radius: 4px; padding: 6px 8px;
  font: 13px/1.4 "Noto Sans Mono", "DejaVu Sans Mono", monospace; white-space: pre-wrap }
.mention { background: %(mention)s; color: %(mentiontext)s; border-radius: 3px; padding: 0 2px;
  font-weight: 500 }
.part { margin-top: 8px }
.part:first-child { margin-top: 2px }
.container { background: %(card)s; border: 1px solid %(edge)s; border-radius: 8px;
  padding: 12px 14px; position: relative; overflow: hidden }
.accent { padding-left: 17px }
.accent::before { content: ""; position: absolute; left: 0; top: 0; bottom: 0; width: 4px;
  background: var(--accent) }
.container > * + * { margin-top: 8px }
hr { border: 0; border-top: 1px solid %(edge)s }
.container > hr.large { margin: 16px 0 }
.section { display: flex; gap: 12px; align-items: flex-start }
.section > :first-child { flex: 1; min-width: 0 }
.row { display: flex; flex-wrap: wrap; gap: 8px }
.button { background: %(button)s; color: %(buttontext)s; border: 1px solid %(edge)s;
  border-radius: 8px; padding: 5px 12px; font-size: 14px; font-weight: 500; line-height: 22px;
  display: inline-flex; gap: 6px; align-items: center; max-width: 100%% }
.primary, .success, .danger { color: #fff; border-color: transparent }
.primary { background: #5865f2 } .success { background: #248045 } .danger { background: #c9323b }
.off { opacity: .5 }
.select { flex: 1; border: 1px solid %(edge)s; background: %(field)s; border-radius: 8px;
  padding: 8px 12px; font-size: 15px; display: flex; justify-content: space-between; gap: 8px }
.select .hint { color: %(faint)s }
.embed { background: %(card)s; border: 1px solid %(edge)s; border-left: 4px solid %(bar)s;
  border-radius: 4px; padding: 8px 14px 12px 12px; font-size: 14px; max-width: 516px }
.author { font-weight: 600; font-size: 14px; color: %(strong)s; margin-top: 4px }
.title { font-weight: 600; font-size: 16px; color: %(strong)s; margin-top: 4px }
.description, .field { margin-top: 8px }
.field > .name { font-weight: 600; color: %(strong)s }
.footer { color: %(faint)s; font-size: 12px; margin-top: 8px }
.only { color: %(faint)s; font-size: 12.5px; margin-top: 6px; display: flex; gap: 5px;
  align-items: center }
.only svg { flex: none }
"""
EYE = (
    '<svg width=15 height=15 viewBox="0 0 24 24" fill=none stroke=currentColor stroke-width=2.2>'
    '<path d="M1.5 12S5 5 12 5s10.5 7 10.5 7S19 19 12 19 1.5 12 1.5 12z"/>'
    "<circle cx=12 cy=12 r=3 fill=currentColor /></svg>"
)
OUT = (
    '<svg width=13 height=13 viewBox="0 0 24 24" fill=none stroke=currentColor stroke-width=2.4>'
    '<path d="M14 4h6v6M20 4l-9 9M10 5H4v15h15v-6"/></svg>'
)
EPHEMERAL = 1 << 6
BUTTONS = {1: "primary", 2: "", 3: "success", 4: "danger", 5: ""}
LINK = 5
UNITS = (("day", 86400), ("hour", 3600), ("minute", 60))
_MENTIONED = re.compile(r"<(@[!&]?|#)(\d+)>")
_STYLED = (("bold", "b"), ("italic", "em"), ("strike", "s"), ("underline", "u"), ("code", "code"))


@dataclass(frozen=True, slots=True)
class Shown:
    """A message, and what Discord writes over it.

    `used` is the command that it replies to, `replied` the message; `names` says what
    mentions are shown as, by their ids.
    """

    message: Json
    used: str | None = None
    replied: Json | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    by: str = "Alice"


def document(scenes: Iterable[str], *, theme: str, width: int) -> str:
    """Scenes as an HTML page, one under the other."""
    style = STYLE % {**THEMES[theme], "width": width}
    return f"<!doctype html><meta charset=utf-8><style>{style}</style>{''.join(scenes)}"


def scene_html(shown: Iterable[Shown]) -> str:
    """Messages as they follow each other in a channel."""
    return f"<div class=scene>{''.join(map(_entry, shown))}</div>"


def _entry(shown: Shown) -> str:
    message = shown.message
    own = bool((message.get("flags") or 0) & EPHEMERAL)
    text = _Text(shown.names)
    body = [_who(message["author"])]
    if message.get("content"):
        body.append(f"<div class=text>{text.block(message['content'])}</div>")
    body += [f"<div class=part>{_embed(one, text)}</div>" for one in message.get("embeds") or []]
    body += [f"<div class=part>{component(one, text)}</div>" for one in message["components"]]
    if own:
        only = "<span>Only you can see this · <a>Dismiss message</a></span>"
        body.append(f"<div class=only>{EYE}{only}</div>")
    return (
        f'<div class="entry {"own" if own else ""}">{_over(shown, text)}<div class=message>'
        f"{_avatar(message['author'])}<div class=body>{''.join(body)}</div></div></div>"
    )


def _over(shown: Shown, text: _Text) -> str:
    if shown.used is not None:
        return f"<div class=over><b>{_escape(shown.by)}</b> used <i>{_escape(shown.used)}</i></div>"
    if shown.replied is None:
        return ""
    said = shown.replied.get("content")
    begun = text.inline(said.split("\n")[0]) if said else "<em>Click to see message</em>"
    return f"<div class=over><b>@{_escape(_name(shown.replied['author']))}</b> {begun}</div>"


def _name(author: Json) -> str:
    return "Pullquote" if author.get("bot") else author.get("global_name") or author["username"]


def _who(author: Json) -> str:
    tag = "<span class=tag>APP</span>" if author.get("bot") else ""
    return f"<div class=who>{_escape(_name(author))}{tag}</div>"


def _avatar(author: Json) -> str:
    if author.get("bot"):
        return "<div class=avatar>“</div>"
    return f'<div class="avatar person">{_escape(_name(author)[:1])}</div>'


# Components.


def component(one: Json, text: _Text) -> str:
    """A component and what it holds."""
    return _COMPONENTS[one["type"]](one, text)


def _row(one: Json, text: _Text) -> str:
    return f"<div class=row>{_all(one, text)}</div>"


def _all(one: Json, text: _Text) -> str:
    return "".join(component(child, text) for child in one["components"])


def _button(one: Json, _: _Text) -> str:
    emoji = (one.get("emoji") or {}).get("name")
    parts = [f"<span>{_escape(part)}</span>" for part in (emoji, one.get("label")) if part]
    if one["style"] == LINK:
        parts.append(OUT)
    off = " off" if one.get("disabled") else ""
    return f'<span class="button {BUTTONS[one["style"]]}{off}">{"".join(parts)}</span>'


def _select(one: Json, text: _Text) -> str:
    chosen = [option["label"] for option in one.get("options") or [] if option.get("default")]
    chosen += [text.named(str(default["id"])) for default in one.get("default_values") or []]
    said = _escape(", ".join(chosen))
    hint = f"<span class=hint>{_escape(one.get('placeholder') or 'Make a selection')}</span>"
    return f"<div class=select><span>{said or hint}</span><span class=hint>⌄</span></div>"


def _section(one: Json, text: _Text) -> str:
    beside = component(one["accessory"], text)
    return f"<div class=section><div>{_all(one, text)}</div><div>{beside}</div></div>"


def _text_display(one: Json, text: _Text) -> str:
    return f"<div class=text>{text.block(one['content'])}</div>"


def _separator(one: Json, _: _Text) -> str:
    large = one.get("spacing") == 2
    hidden = "" if one.get("divider", True) else ' style="border-color: transparent"'
    return f'<hr class="{"large" if large else ""}"{hidden}>'


def _container(one: Json, text: _Text) -> str:
    colour = one.get("accent_color")
    if colour is None:
        return f"<div class=container>{_all(one, text)}</div>"
    held = _all(one, text)
    return f'<div class="container accent" style="--accent:#{colour:06x}">{held}</div>'


_COMPONENTS: dict[int, Callable[[Json, _Text], str]] = {
    1: _row,
    2: _button,
    **dict.fromkeys((3, 5, 6, 7, 8), _select),
    9: _section,
    10: _text_display,
    14: _separator,
    17: _container,
}


def _embed(embed: Json, text: _Text) -> str:
    colour = embed.get("color")
    style = f' style="border-left-color:#{colour:06x}"' if colour is not None else ""
    parts = [f"<div class=embed{style}>"]
    if name := (embed.get("author") or {}).get("name"):
        parts.append(f"<div class=author>{_escape(name)}</div>")
    if embed.get("title"):
        parts.append(f"<div class=title>{text.inline(embed['title'])}</div>")
    if embed.get("description"):
        parts.append(f'<div class="text description">{text.block(embed["description"])}</div>')
    for one in embed.get("fields") or []:  # a phone puts even those that are inline in a column
        name, value = text.inline(one["name"]), text.block(one["value"])
        parts.append(f"<div class=field><div class=name>{name}</div>")
        parts.append(f"<div class=text>{value}</div></div>")
    if footer := (embed.get("footer") or {}).get("text"):
        parts.append(f"<div class=footer>{_escape(footer)}</div>")
    return "".join([*parts, "</div>"])


# Texts.


class _Text:
    """Draws Markdown; knows what mentions are shown as."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def named(self, number: str) -> str:
        """What something is called that is mentioned by its id."""
        return self._names.get(number, "#unknown")

    def block(self, markdown: str) -> str:
        """Lines, those of a block quote together behind its bar, code in its box."""
        pieces = re.split(r"```\n?(.*?)\n?```\n?", markdown.removesuffix("\n"), flags=re.DOTALL)
        return "".join(
            f"<pre>{_escape(piece)}</pre>" if number % 2 else self._lines(piece)
            for number, piece in enumerate(pieces)
            if piece
        )

    def inline(self, markdown: str) -> str:
        """One line, whatever it begins with."""
        (line,) = read(markdown.replace("\n", " "))
        return "".join(map(self._piece, line.pieces))

    def _lines(self, markdown: str) -> str:
        raw, lines = markdown.split("\n"), read(markdown)
        out = ""
        for place, line in enumerate(lines):
            before = lines[place - 1].quoted if place else False
            after = lines[place + 1].quoted if place + 1 < len(lines) else False
            out += "<div class=quote>" if line.quoted and not before else ""
            out += self._line(line, raw[place])
            out += "</div>" if line.quoted and not after else ""
        return out

    def _line(self, line: Line, raw: str) -> str:
        kind = {"text": "line", "list": "item", "small": "small"}.get(line.kind)
        if kind is None:
            kind = f"h{len(raw.removeprefix('> ').split(' ')[0])}"
        return f"<div class={kind}>{''.join(map(self._piece, line.pieces))}</div>"

    def _piece(self, piece: Piece) -> str:
        if "time" in piece.styles and (stamp := re.search(r"(-?\d+)(?::(\w))?", piece.text)):
            return f"<time>{_moment(int(stamp[1]), stamp[2])}</time>"
        if "mention" in piece.styles and (found := _MENTIONED.fullmatch(piece.text)):
            return f"<span class=mention>{_escape(self.named(found[2]))}</span>"
        text = _escape(piece.text)
        for style, tag in _STYLED:
            if style in piece.styles:
                text = f"<{tag}>{text}</{tag}>"
        return f"<a>{text}</a>" if piece.url or "url" in piece.styles else text


def _moment(stamp: int, form: str | None) -> str:
    if form != "R":
        day = datetime.fromtimestamp(stamp, UTC)
        return f"{day:%B} {day.day}, {day.year}"
    passed = int(time.time()) - stamp
    for unit, size in UNITS:
        if count := passed // size:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "a few seconds ago"  # the same picture, however long the index took


def _escape(text: str) -> str:
    return html.escape(text)
