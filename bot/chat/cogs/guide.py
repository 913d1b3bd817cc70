"""The words and pages of /articles, /help and /status: what is there, and how to ask for it.

Pure functions over what is in memory and in scope; the caller narrows, nothing here does. As
in texts.py: a constant is English, and is said through `languages.say` by whoever shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat import texts
from bot.chat.cards import SMALL, Card, Field, Item
from bot.chat.languages import number, say, say_n
from bot.chat.markdown import escape, label, link, shorten, size
from bot.chat.render import ANSWERED, DECLINED, NAME, TITLE, _date

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.answers.catalogue import Shelf
    from bot.chat.cards import Page
    from bot.chat.status import Status
    from index.article import Heading

ARTICLES = "The articles that can be asked about here, newest first"
ARTICLES_FIND = "Only those with words that begin like this, in title, paper or id"
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
    "- `/ask` a question\n- `/quotes` who said what\n- `/summary` an article’s main sentences\n"
    "- `/check` whether a quote is printed\n- `/articles` what there is"
)
_NEWEST = "{articles}, the newest {count} of them; find others by a word"
_INTRODUCTION = (
    "I reply with the sentence that was printed, who said it and where it stands; "
    "where the articles do not answer, I say so."
)
ON_PAGE = 8
"""Articles on a page: as many as a phone shows without much scrolling."""
ROOM = 3400
MOST = 200
"""Articles that are listed; more are leafed through by nobody, but found by a word."""


def articles_pages(shelf: Shelf, *, narrowed: bool) -> tuple[Page, ...]:
    """List articles, newest first, those without a date last, with how often each quotes."""
    if not shelf.count:
        said = say(NONE_FOUND) if narrowed else say(NONE_HERE)
        return ((Card((Item(said),), DECLINED),),)
    head = say_n("{count} article", "{count} articles", shelf.count)
    if shelf.count > len(shelf.headings):
        head = say(_NEWEST, articles=head, count=number(len(shelf.headings)))
    lines = list(map(_line, shelf.headings, shelf.quoted))
    return tuple((Card((Item("\n".join(run)),), ANSWERED, title=head),) for run in _runs(lines))


def help_page(shelf: Shelf, speaker: str | None) -> Page:
    """Say what can be asked; the examples name what is in scope."""
    if shelf.count:
        who = escape(label(speaker, NAME)) if speaker else None
        # Questions are put in the language of the articles.
        asked = [f"What did {who} say?"] if who else []
        if shelf.count == 1:
            asked += ["Who wrote this article?", "When was this article published?"]
        if shelf.count > 1:
            asked.append(f"What is “{_title(shelf.headings[0])}” about?")
        examples = "\n".join(f"- {one}" for one in asked)
        first = Field(say("For example"), examples, inline=False)
    else:
        first = Field(say("Articles"), say(NONE_HERE), inline=False)
    fields = (
        first,
        Field(say("Commands"), say(COMMANDS), inline=False),
        Field(say("What I read and keep"), say(KEPT), inline=False),
    )
    title = say("Ask about the articles here")
    return (Card((Item(say(_INTRODUCTION)),), ANSWERED, title=title, fields=fields),)


def status_page(status: Status, shards: int) -> Page:
    """Lay out how the bot is."""
    built = f"<t:{int(status.built.timestamp())}:R>" if status.built else None
    generation = str(status.generation)
    lines = (
        (say("Articles here"), number(status.articles)),
        (
            say("Index"),
            say("generation {number}, built {when}", number=generation, when=built)
            if built
            else say("generation {number}, not known when built", number=generation),
        ),
        (say("Answering"), say("yes") if status.answering else say("not at the moment")),
        (say("Waiting"), number(status.waiting)),
        (say("An answer takes"), _seconds(status.answer)),
        (say("To Discord and back"), _seconds(status.gateway)),
        (say("Shards"), number(shards)),
        (say("Version"), status.version),
    )
    colour = ANSWERED if status.answering else DECLINED
    fields = tuple(Field(name, value) for name, value in lines)
    return (Card((), colour, title=say("Status"), fields=fields),)


def _seconds(measured: float | None) -> str:
    if measured is None:
        return say("not measured yet")
    if measured < 1:
        return say("{time} ms", time=number(measured * 1000))
    return say("{time} s", time=number(measured, 1))


def _title(article: Heading) -> str:
    named = article.title if article.title and article.title.strip() else article.id
    return escape(shorten(label(named, TITLE), TITLE))


def _line(article: Heading, quoted: int) -> str:
    """The title, and small under it what else is known."""
    parts = []
    if article.publisher and article.publisher.strip():
        parts.append(escape(label(article.publisher, NAME)))
    if when := _date(article.published):
        parts.append(when)
    if quoted:
        parts.append(say_n("{count} attributed quote", "{count} attributed quotes", quoted))
    if opened := link(say(texts.OPEN_ARTICLE), article.url):
        parts.append(opened)
    title = f"**{_title(article)}**"
    return f"{title}\n{SMALL}{' · '.join(parts)}" if parts else title


def _runs(lines: Sequence[str]) -> Iterator[list[str]]:
    """The lines in runs that fit a page."""
    run: list[str] = []
    for line in lines:
        if run and (len(run) == ON_PAGE or sum(map(size, run)) + size(line) > ROOM):
            yield run
            run = []
        run.append(line)
    yield run
