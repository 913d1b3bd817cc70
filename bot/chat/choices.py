"""What is offered while somebody types an option, within Discord's 25 choices of 100 characters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from discord.app_commands import Choice

from bot.answers.people import names_of
from bot.chat.markdown import shorten, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from index.scope import Scope
    from index.speech import Speaker

MOST = 25
ROOM = 100


class Named(Protocol):
    """What an article is named by: an `Article`, or the `Listed` of one."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def text(self) -> str:
        """Its text, or the beginning of it."""

    @property
    def title(self) -> str | None:
        """Its headline."""

    @property
    def publisher(self) -> str | None:
        """The paper."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The articles' names, held in memory so that a keystroke reads no disk."""

    names: tuple[tuple[str, str], ...]
    """Each article's id, and the name under which it is offered."""
    folded: tuple[tuple[str, str], ...] = field(repr=False)
    """The same in lower case: a keystroke looks at all of them."""

    @classmethod
    def of(cls, articles: Iterable[Named]) -> Shelf:
        """Note the names of articles; one without a title goes by its id and its first words.

        An id that is too long for Discord to hand back is not offered.
        """
        names = tuple(
            (article.id, _name(article)) for article in articles if size(article.id) <= ROOM
        )
        return cls(names, tuple((i.casefold(), name.casefold()) for i, name in names))

    def choices(self, typed: str, scope: Scope) -> list[Choice[str]]:
        """The articles in scope whose name or id holds what is typed; those it begins first."""
        found = self._holding(typed, scope)
        return [Choice(name=name, value=article_id) for _, article_id, name in found[:MOST]]

    def meant(self, typed: str, scope: Scope) -> str:
        """The id of the one article that would be offered; what was typed if there is no one.

        Discord lets people send what they have typed without choosing from the list.
        """
        found = self._holding(typed, scope) if typed.strip() else []
        return found[0][1] if len(found) == 1 else typed

    def _holding(self, typed: str, scope: Scope) -> list[tuple[bool, str, str]]:
        wanted = " ".join(typed.casefold().split())
        found = [
            (not folded_name.startswith(wanted), article_id, name)
            for (article_id, name), (folded_id, folded_name) in zip(
                self.names, self.folded, strict=True
            )
            if (wanted in folded_name or wanted in folded_id) and scope.allows(article_id)
        ]
        found.sort(key=lambda entry: entry[0])
        return found


def speaker_choices(speakers: Iterable[Speaker], typed: str) -> list[Choice[str]]:
    """Speakers by their fullest name, with the name that was typed where it is another.

    One whose fullest name Discord would not take goes by the fullest that it takes.
    """
    named: dict[str, tuple[str, ...]] = {}
    for speaker in speakers:
        fit = [name for name in names_of(speaker) if name.strip() and size(name) <= ROOM]
        if fit:
            named.setdefault(fit[0], tuple(fit[1:]))
    return [
        Choice(name=_with_alias(name, others, typed), value=name)
        for name, others in [*named.items()][:MOST]
    ]


def _with_alias(name: str, others: Iterable[str], typed: str) -> str:
    wanted = typed.strip().casefold()
    if wanted and wanted not in name.casefold():
        for other in others:
            both = f"{name} ({other})"
            if wanted in other.casefold() and size(both) <= ROOM:
                return both
    return name


def _name(article: Named) -> str:
    return shorten(" — ".join(_parts(article)), ROOM) or shorten(article.id, ROOM)


def _parts(article: Named) -> Iterator[str]:
    if article.title and article.title.strip():
        yield article.title
        if article.publisher:
            yield article.publisher
    else:
        yield article.id
        yield article.text[: 2 * ROOM]
