"""What is offered while somebody types an option, within Discord's 25 choices of 100 characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord.app_commands import Choice

from bot.answers.people import names_of
from bot.chat.markdown import shorten, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from index.article import Heading
    from index.speech import Speaker

MOST = 25
ROOM = 100


def article_choices(articles: Iterable[Heading]) -> list[Choice[str]]:
    """Articles by title and paper; one without a title goes by its id and its first words.

    An id that is too long for Discord to hand back is not offered.
    """
    return [
        Choice(name=_name(article), value=article.id)
        for article in articles
        if size(article.id) <= ROOM
    ][:MOST]


def speaker_choices(speakers: Iterable[Speaker], typed: str) -> list[Choice[str]]:
    """Speakers by their fullest name, with the name or role that was typed where it is another.

    One whose fullest name Discord would not take goes by the fullest that it takes.
    """
    named: dict[str, tuple[str, ...]] = {}
    for speaker in speakers:
        fit = [name for name in names_of(speaker) if name.strip() and size(name) <= ROOM]
        if fit:
            named.setdefault(fit[0], (*fit[1:], *speaker.roles))
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


def _name(article: Heading) -> str:
    return shorten(" — ".join(_parts(article)), ROOM) or shorten(article.id, ROOM)


def _parts(article: Heading) -> Iterator[str]:
    if article.title and article.title.strip():
        yield article.title
        if article.publisher:
            yield article.publisher
    else:
        yield article.id
        yield article.text[: 2 * ROOM]
