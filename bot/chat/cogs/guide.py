"""The words and pages of /articles, /help and /status: what is there, and how to ask for it.

Pure functions over what is in memory and in scope; the caller narrows, nothing here does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat import texts
from bot.chat.cards import Card, Field, Item
from bot.chat.markdown import escape, label, link, shorten, size
from bot.chat.render import ANSWERED, DECLINED, NAME, TITLE, _date

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.answers.catalogue import Listed
    from bot.chat.cards import Page
    from bot.chat.status import Status

ARTICLES = "The articles that can be asked about here, newest first"
ARTICLES_FIND = "Only those whose title, paper or id holds this"
HELP = "What can be asked here, and what the bot reads and keeps"
STATUS = "How the bot is: its index, its articles, how fast it answers"
NONE_HERE = "There are no articles to ask about here."
NONE_FOUND = "No article here goes by that. `/articles` alone lists them all."
KEPT = (
    "I read what is sent to me: commands, mentions and direct messages. I keep none of them; "
    "that a question found no answer is counted, its words only where the server keeps questions. "
    "`/forget-me` deletes what is kept of you."
)
COMMANDS = (
    "`/ask` a question · `/quotes` who said what · `/summary` an article’s main sentences · "
    "`/check` whether a quote is printed · `/articles` what there is"
)
ON_PAGE = 8
"""Articles on a page: as many as a phone shows without much scrolling."""
ROOM = 3400
MOST = 200
"""Articles that are listed; more are leafed through by nobody, but found by a word."""


def articles_pages(
    found: Sequence[Listed], quoted: Mapping[str, int], *, narrowed: bool
) -> tuple[Page, ...]:
    """List articles, newest first, those without a date last; `quoted` counts by id."""
    if not found:
        said = NONE_FOUND if narrowed else NONE_HERE
        return ((Card((Item(said),), DECLINED),),)
    ordered = sorted(found, key=_when, reverse=True)
    head = "1 article" if len(found) == 1 else f"{len(found):,} articles"
    if len(found) > MOST:
        head += f", the newest {MOST} of them; find others by a word"
    lines = [_line(one, quoted.get(one.id, 0)) for one in ordered[:MOST]]
    return tuple((Card((Item("\n".join(run)),), ANSWERED, title=head),) for run in _runs(lines))


def help_page(articles: Sequence[Listed], speaker: str | None) -> Page:
    """Say what can be asked; the examples name what is in scope."""
    said = (
        "I reply with the sentence that was printed, who said it and where it stands; "
        "where the articles do not answer, I say so."
    )
    if articles:
        who = escape(label(speaker, NAME)) if speaker else None
        asked = [f"What did {who} say?"] if who else []
        asked += ["Who wrote it?", "When was it published?"] if len(articles) == 1 else []
        if len(articles) > 1:
            asked.append(f"What is “{_title(max(articles, key=_when))}” about?")
        first = Field("For example", "\n".join(f"- {one}" for one in asked), inline=False)
    else:
        first = Field("Articles", NONE_HERE, inline=False)
    fields = (
        first,
        Field("Commands", COMMANDS, inline=False),
        Field("What I read and keep", KEPT, inline=False),
    )
    return (Card((Item(said),), ANSWERED, title="Ask about the articles here", fields=fields),)


def status_page(status: Status, shards: int) -> Page:
    """Lay out how the bot is."""
    built = f"<t:{int(status.built.timestamp())}:R>" if status.built else "not known"
    lines = (
        ("Articles here", f"{status.articles:,}"),
        ("Index", f"generation {status.generation}, built {built}"),
        ("Answering", "yes" if status.answering else "not at the moment"),
        ("Waiting", str(status.waiting)),
        ("An answer takes", _seconds(status.answer)),
        ("To Discord and back", _seconds(status.gateway)),
        ("Shards", str(shards)),
        ("Version", status.version),
    )
    colour = ANSWERED if status.answering else DECLINED
    fields = tuple(Field(name, value) for name, value in lines)
    return (Card((), colour, title="Status", fields=fields),)


def _seconds(measured: float | None) -> str:
    if measured is None:
        return "not measured yet"
    return f"{measured * 1000:.0f} ms" if measured < 1 else f"{measured:.1f} s"


def _when(article: Listed) -> str:
    """The date as it sorts; "" where there is none that can be read."""
    return article.published or "" if _date(article.published) else ""


def _title(article: Listed) -> str:
    named = article.title if article.title and article.title.strip() else article.id
    return escape(shorten(label(named, TITLE), TITLE))


def _line(article: Listed, quoted: int) -> str:
    parts = [f"**{_title(article)}**"]
    if article.publisher and article.publisher.strip():
        parts.append(escape(label(article.publisher, NAME)))
    if when := _date(article.published):
        parts.append(when)
    if quoted:
        parts.append("1 attributed quote" if quoted == 1 else f"{quoted:,} attributed quotes")
    if opened := link(texts.OPEN_ARTICLE, article.url):
        parts.append(opened)
    return "- " + " · ".join(parts)


def _runs(lines: Sequence[str]) -> Iterator[list[str]]:
    """The lines in runs that fit a page."""
    run: list[str] = []
    for line in lines:
        if run and (len(run) == ON_PAGE or sum(map(size, run)) + size(line) > ROOM):
            yield run
            run = []
        run.append(line)
    yield run
