"""Pages before they are laid out: cards, which become either components or embeds.

A card says what there is to be read; how large, how small and where is decided here, once
for each style. A server chooses the style; what is said is the same in both.

The limits of both are kept by whoever makes cards (`render`): a card fits `TEXT` of the 4000
characters that components may show, and `PAGE` of them fit 40 components, buttons included.
What fits there fits embeds as well: it is never longer in an embed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import discord

from bot.chat import texts
from bot.chat.languages import say
from bot.chat.markdown import escape, size, unescape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

TEXT = 3800
"""Characters of a message's cards; Discord allows 4000, the rest is for a line above them."""
PAGE = 8
"""Cards of a message: a heading, a text and a line between them each, with 10 for buttons."""
QUESTION_ID = 1000
"""The component that says what was asked, by which a button finds it again."""

SMALL = "-# "


@dataclass(frozen=True, slots=True)
class Item:
    """One stretch of print, or a text of ours, and what is said under it.

    All is Markdown but `place`, which is plain: where the words stand. `whose` they are,
    when they were printed and where they are `opened`; `turn` is what turns their sense.
    """

    text: str
    whose: str = ""
    place: str = ""
    opened: str = ""
    turn: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A short fact with its name."""

    name: str
    value: str
    inline: bool = True


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown together. `heading` and `footer` are plain, the rest is Markdown."""

    items: tuple[Item, ...]
    colour: discord.Colour
    heading: str = ""
    title: str = ""
    footer: str = ""
    fields: tuple[Field, ...] = ()


Page = tuple[Card, ...]
"""What one message shows."""


def pages(
    cards: Sequence[Card], *, weigh: Callable[[Card], int] = lambda _: 1, most: int = PAGE
) -> tuple[Page, ...]:
    """The cards in order, in as few messages as hold them."""
    found: list[Page] = []
    page: list[Card] = []
    room, weight = TEXT, 0
    for card in cards:
        needed = card_size(card)
        full = len(page) == PAGE or needed > room or weight + weigh(card) > most
        if page and full:
            found.append(tuple(page))
            page, room, weight = [], TEXT, 0
        page.append(card)
        room -= needed
        weight += weigh(card)
    return (*found, tuple(page))


def card_size(card: Card) -> int:
    """How much of a message's characters a card takes."""
    return sum(map(size, displays(card)))


def item_size(item: Item) -> int:
    """How much of them an item takes."""
    return size(_item_text(item))


# As components.


def displays(card: Card) -> tuple[str, ...]:
    """The texts of a card: its heading, if it has one, and everything else."""
    body = "\n".join(_body(card)).removeprefix("\n")
    return (f"{SMALL}{escape(card.heading)}", body) if card.heading else (body,)


def _body(card: Card) -> Iterator[str]:
    if card.title:
        yield f"### {card.title}"
    if card.items:
        yield "\n\n".join(map(_item_text, card.items))
    for field in card.fields:
        yield (
            say(texts.FACT, name=field.name, value=field.value) if field.inline else _headed(field)
        )
    if card.footer:
        yield f"\n{SMALL}{escape(card.footer)}"


def _headed(field: Field) -> str:
    return f"\n**{field.name}**\n{field.value}"


def _item_text(item: Item) -> str:
    """The print as large as a message's text, who said it under it, and small where it stands."""
    if item.place:
        lines = [item.text, capital(item.whose), item.turn]
        small = [escape(item.place), item.opened]
    else:
        lines = [item.text, item.turn]
        small = [item.whose, item.opened]
    below = capital(" · ".join(filter(None, small)))
    return "\n".join(filter(None, [*lines, f"{SMALL}{below}" if below else ""]))


def containers(page: Page) -> list[discord.ui.Container[Any]]:
    """The cards as components: those of one colour in one container, with lines between."""
    found: list[discord.ui.Container[Any]] = []
    asked: int | None = QUESTION_ID
    for colour, cards in groupby(page, key=lambda card: card.colour):
        held: discord.ui.Container[Any] = discord.ui.Container(accent_colour=colour)
        for card in cards:
            if held.children:
                held.add_item(_line(large=bool(card.heading)))
            *heading, body = displays(card)
            for text in heading:
                held.add_item(discord.ui.TextDisplay(text, id=asked))
                asked = None
            held.add_item(discord.ui.TextDisplay(body))
        found.append(held)
    return found


def heading_of(message: discord.Message) -> str | None:
    """The first heading of a message of ours, in either style: what was asked."""
    if message.embeds:
        return message.embeds[0].author.name
    for component in _walk(message.components):
        if isinstance(component, discord.TextDisplay) and component.id == QUESTION_ID:
            return unescape(component.content.removeprefix(SMALL))
    return None


def _walk(components: Iterable[discord.Component]) -> Iterator[discord.Component]:
    for component in components:
        yield component
        yield from _walk(getattr(component, "children", ()))


def _line(*, large: bool) -> discord.ui.Separator[Any]:
    spacing = discord.SeparatorSpacing.large if large else discord.SeparatorSpacing.small
    return discord.ui.Separator(spacing=spacing)


# As embeds.


def embeds(page: Page) -> list[discord.Embed]:
    """The cards as embeds, one each."""
    return [_embed(card) for card in page]


def _embed(card: Card) -> discord.Embed:
    shown = "\n\n".join(map(_described, card.items))
    embed = discord.Embed(title=card.title or None, description=shown or None, colour=card.colour)
    if card.heading:
        embed.set_author(name=card.heading)
    for field in card.fields:
        embed.add_field(name=field.name, value=field.value, inline=field.inline)
    if footer := card.footer or next((item.place for item in card.items if item.place), ""):
        embed.set_footer(text=footer)
    return embed


def _described(item: Item) -> str:
    below = capital(" · ".join(filter(None, [item.whose, item.opened])))
    return "\n".join(filter(None, [item.text, below, item.turn]))


def capital(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]
