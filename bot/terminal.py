"""The terminal: values laid out as text, with the newspaper's words behind a bar.

A line is broken only at a blank and nothing of what was printed is left out or added;
where the output is no terminal, lines are not broken at all. Characters that steer a
terminal are shown as signs (see `printable`), so neither an article nor a question can.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.answers.answer import (
    About,
    Answer,
    Attribution,
    FactKind,
    Reason,
    Summary,
    Verdict,
)
from bot.answers.links import link_to
from config.report import DEFAULT, written
from index.speech import Speech, Stance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TextIO

    from bot.answers.answer import Check, Citation, Difference, NoAnswer, Reply
    from index.article import Article, Span
    from index.speech import Quotation, Speaker, Voice

T = TypeVar("T")

WIDEST = 100
"""Columns above which prose is no easier to read."""
NARROWEST = 24

SPEECH = {
    Speech.DIRECT: "their words",
    Speech.MIXED: "their words in part",
    Speech.INDIRECT: "the reporter’s paraphrase",
    Speech.NARRATION: "the paper’s own account",
}
STANCE = {
    Stance.SAID: "",
    Stance.DENIED: "denied",
    Stance.ASKED: "asked",
    Stance.UNSAID: "not said",
    Stance.HELD: "not their words",
}
UNCLEAR = "speaker not clear"

REASONS = {
    Reason.NOT_A_QUESTION: "That is nothing that the articles can answer.",
    Reason.WHICH_ARTICLE: "There are several articles; say which one (pullquote articles).",
    Reason.NO_ARTICLES: "There are no articles to search.",
    Reason.NOTHING_CLOSE: "The articles do not answer this.",
    Reason.NOT_SURE: "Nothing printed in the articles surely answers this.",
    Reason.UNKNOWN_NAME: "{about} does not appear in the articles.",
    Reason.NOT_QUOTED: "The articles quote nothing that {about} said.",
    Reason.SILENT_ON_TOPIC: "They are quoted in the articles, but not on {about}.",
    Reason.UNCLEAR_REFERENCE: "It is not clear what {about} refers to. Ask it in full.",
}
SOMEBODY = {
    Reason.UNKNOWN_NAME: "A name in the question",
    Reason.NOT_QUOTED: "this person",
    Reason.SILENT_ON_TOPIC: "this",
    Reason.UNCLEAR_REFERENCE: "a word of the question",
}
EXAMPLES = "You could ask:"
UNKNOWN_FACTS = {
    FactKind.AUTHOR: "who wrote it",
    FactKind.PUBLISHED: "when it was published",
    FactKind.PUBLISHER: "which paper it is from",
    FactKind.TITLE: "what its title is",
    FactKind.LINK: "where it can be read",
}
UNKNOWN_FACT = "The article's source does not say {what}."
SHOWING = "Showing results for “{question}”"
TURNS = "The article goes on:"
NEAREST = "Nearest, but not an answer:"

VERDICTS = {
    Verdict.VERBATIM: ("green", "✓ Printed word for word."),
    Verdict.ALTERED: ("yellow", "≠ Not word for word: what is printed differs."),
    Verdict.WRONG_SPEAKER: ("yellow", "≠ Printed, but not as the words of {speaker}."),
    Verdict.TRUNCATED: ("yellow", "… Cut short: what is left out changes what it says."),
    Verdict.SPLICED: ("yellow", "… Put together from separate places."),
    Verdict.NOT_FOUND: (
        "red",
        "✗ Not in these articles. It may well have been said and printed elsewhere.",
    ),
}
ATTRIBUTIONS = {
    Attribution.CONFIRMED: "They are the words of {speaker}.",
    Attribution.NOT_CLEAR: "Whose words they are is not clear from what is printed.",
}
CLOSEST = "The closest that is printed:"
CHANGES = "What differs, [-not printed-] {+printed+}:"

_CONTROLS: dict[int, int | str] = {
    **{code: 0x2400 + code for code in range(0x20)},
    **dict.fromkeys(map(ord, "\t\n\v\f\r\x85\u2028\u2029"), " "),
    0x7F: 0x2421,
    **dict.fromkeys((c for c in range(0x80, 0xA0) if c != 0x85), "\ufffd"),
    **dict.fromkeys((0x202D, 0x202E), "\ufffd"),  # they turn the order of letters round
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
}


def printable(text: str) -> str:
    r"""Show the characters that steer a terminal as signs, one for one: lengths stay.

    >>> printable("a\x1b[31mb\nc")
    'a␛[31mb c'
    """
    return text.translate(_CONTROLS)


def open_console(stream: TextIO) -> Console:
    """Make the console that everything is shown on; colours only on a terminal."""
    return Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)


def show_reply(console: Console, reply: Reply) -> None:
    """Lay out whatever a question led to."""
    if isinstance(reply, About):
        show_about(console, reply)
    elif isinstance(reply, Summary):
        show_summary(console, reply)
    else:
        show_answer(console, reply)


def show_about(console: Console, about: About) -> None:
    """Lay out what the source says of an article, a line a fact; none of it is its text."""
    for fact in about.facts:
        if fact.value is None:
            _prose(console, Text(UNKNOWN_FACT.format(what=UNKNOWN_FACTS[fact.kind]), "yellow"))
        else:
            _prose(console, Text(f"{fact.kind.label}: {printable(str(fact.value))}"))


def show_answer(console: Console, result: Answer | NoAnswer) -> None:
    """Lay out what the articles answer, or why they do not and what came nearest."""
    if result.showing is not None:
        _prose(console, Text(SHOWING.format(question=printable(result.showing)), "dim"))
        console.print()
    if isinstance(result, Answer):
        _show_citations(console, result.citations)
        return
    about = printable(result.about) if result.about else SOMEBODY.get(result.reason, "")
    if result.about and result.reason is Reason.UNCLEAR_REFERENCE:
        about = f"“{about}”"
    _prose(console, Text(REASONS[result.reason].format(about=about), "yellow"))
    if result.examples:
        console.print(Text(EXAMPLES, "dim"))
    for example in result.examples:
        console.print(Text(f"  {printable(example)}", "dim"))
    if result.nearest:
        console.print()
        console.print(Text(NEAREST, "dim"))
        console.print()
        _show_citations(console, result.nearest, style="dim")


def show_answers(console: Console, results: Sequence[Reply]) -> None:
    """Lay out the replies one after the other, where there are several each under its question."""
    for number, result in enumerate(results):
        if number:
            console.print()
        if len(results) > 1 and not isinstance(result, Summary):
            _prose(console, Text(printable(result.question), "bold"))
            console.print()
        show_reply(console, result)


def show_quotes(
    console: Console,
    quotations: Iterable[Quotation],
    is_clear: Callable[[Quotation], bool],
    *,
    speaker: str | None = None,
    about: str | None = None,
) -> None:
    """Lay out quotations under their speakers; those whose speaker is not clear come last."""
    voices: dict[str, list[Quotation]] = {}
    unclear: list[Quotation] = []
    for quotation in quotations:
        if quotation.speaker is not None and is_clear(quotation):
            voices.setdefault(quotation.speaker.person, []).append(quotation)
        else:
            unclear.append(quotation)
    groups = [*voices.values(), *([unclear] if unclear else [])]
    if not groups:
        by = f" by {printable(speaker)}" if speaker else ""
        on = f" about {printable(about)}" if about else ""
        _prose(console, Text(f"The articles quote nothing{by}{on}.", "yellow"))
    for number, quoted in enumerate(groups):
        if number:
            console.print()
        _prose(console, _heading(None if quoted is unclear else quoted[0].speaker))
        for context, same in groupby(quoted, lambda q: (q.context, _kind(q), q.through)):
            span, kind, through = context
            console.print()
            parts = [part for quotation in same for part in quotation.parts]
            _show_span(console, span, parts, [kind, *_relayed(through)])


def show_check(console: Console, check: Check, *, quoted: bool = False) -> None:
    """Lay out the verdict on a quote, what differs, and what is printed.

    With `quoted`, the quote stands above, for where there are several.
    """
    if quoted:
        claim = f"“{check.quote}”" + (f" ({check.speaker})" if check.speaker else "")
        _prose(console, Text(printable(claim)))
    style, verdict = VERDICTS[check.verdict]
    speaker = printable(check.speaker or "that speaker")
    _prose(console, Text(verdict.format(speaker=speaker), f"bold {style}"))
    confirms = check.attribution is Attribution.CONFIRMED
    # "They" would be read as the altered quote.
    if (check.verdict is Verdict.VERBATIM or not confirms) and (
        note := ATTRIBUTIONS.get(check.attribution)
    ):
        _prose(console, Text(note.format(speaker=speaker)))
    if check.differences:
        console.print()
        console.print(Text(CHANGES, "dim"))
        console.print()
        for step in check.differences:
            _prose(console, _step(step), indent="  ")
    if check.found:
        console.print()
        if check.verdict is Verdict.NOT_FOUND:
            console.print(Text(CLOSEST, "dim"))
            console.print()
        _show_citations(console, check.found)


def show_summary(console: Console, summary: Summary) -> None:
    """Lay out the sentences that carry an article, in its order."""
    _prose(console, _article_line(summary.article))
    for citation in summary.sentences:
        console.print()
        _show_span(console, citation.span, (), _said_by(citation), source=False)
    if summary.voices:
        console.print()
        quoted = ", ".join(f"{v.speaker.name} ({v.quotations})" for v in summary.voices)
        _prose(console, Text(printable(f"Quoted in it: {quoted}"), "dim"))
    if not summary.sentences:
        console.print(Text("No sentence of it could stand for the whole.", "yellow"))


def show_articles(console: Console, articles: Sequence[Article]) -> None:
    """Lay out the articles as a table; columns that no article fills are left out."""
    columns: dict[str, Callable[[Article], str]] = {
        "id": lambda article: article.id,
        "title": lambda article: article.title or "",
        "publisher": lambda article: article.publisher or "",
        "published": lambda article: article.published or "",
        "paragraphs": lambda article: str(len(article.blocks)),
    }
    show_table(console, columns, articles)


def show_article(console: Console, article: Article) -> None:
    """Lay out one article: what is known of it, its paragraphs, and the related stories."""
    _prose(console, _article_line(article))
    for label, value in (
        ("id", article.id),
        ("author", article.author),
        ("address", article.url),
    ):
        if value and value != (article.title or article.id):
            _prose(console, Text(f"{label} {printable(value)}", "dim"))
    for paragraph in article.paragraphs:
        console.print()
        _barred(console, Text(printable(paragraph.span.text)), number=f"{paragraph.number:>3}")
    for related in article.related:
        console.print()
        console.print(Text("Related story, no part of this article:", "yellow"))
        _barred(console, Text(printable(related.text), "dim"), style="dim")


def show_speakers(console: Console, voices: Sequence[Voice]) -> None:
    """Lay out who is quoted, how often and where, as a table."""
    columns: dict[str, Callable[[Voice], str]] = {
        "name": lambda voice: voice.speaker.name,
        "quotations": lambda voice: str(voice.quotations),
        "also called": lambda voice: ", ".join(voice.speaker.aliases),
        "described as": lambda voice: "; ".join(voice.speaker.roles),
        "in": lambda voice: ", ".join(f"{where} ({count})" for where, count in voice.articles),
    }
    show_table(console, columns, voices)


def show_facts(console: Console, facts: dict[str, str]) -> None:
    """Lay out names and values, one pair a line."""
    widest = max(map(cell_len, facts), default=0)
    for name, value in facts.items():
        console.print(Text.assemble((f"{name:<{widest}}  ", "dim"), printable(value)))


def show_settings(console: Console, settings: Sequence[dict[str, Any]]) -> None:
    """Lay out the settings group by group; those that are not defaults stand out."""
    widest = max(len(setting["name"]) for setting in settings)
    group = ""
    for setting in settings:
        if group and group != setting["name"].partition(".")[0]:
            console.print()
        group = setting["name"].partition(".")[0]
        given = setting["source"] != DEFAULT
        line = Text.assemble(
            (f"{setting['name']:<{widest}}  ", "" if given else "dim"),
            (printable(written(setting["value"])), "bold" if given else ""),
        )
        if given:
            line.append(f"  ({printable(setting['source'])})", "green")
        console.print(line)


def wrap(text: Text, width: int | None) -> list[Text]:
    """Break a text at blanks into lines of at most `width` columns (None: not at all).

    The blanks at a break are left at the line's end; a word wider than a line gets one
    of its own, which the terminal breaks where it must.
    """
    if width is None:
        return [text]
    breaks: list[int] = []
    column = 0
    for word in re.finditer(r"[^ ]+ *", text.plain):
        size = cell_len(word.group().rstrip(" "))
        if column and column + size > width:
            breaks.append(word.start())
            column = 0
        column += cell_len(word.group())
    return list(text.divide(breaks))


def _show_citations(console: Console, citations: Sequence[Citation], *, style: str = "") -> None:
    for place, citation in enumerate(citations, start=1):
        if place > 1:
            console.print()
        _show_span(
            console,
            citation.span,
            citation.answers,
            _said_by(citation),
            style=style,
            number=str(place) if len(citations) > 1 else " ",
        )
        if citation.goes_on:
            console.print(Text(f"  {TURNS}", "dim"))
            _show_span(console, citation.goes_on, (), (), style=style, source=False)


def _said_by(citation: Citation) -> list[str]:
    """Who said it and how: `Dmytro Kuleba`, `their words`."""
    quotation = citation.quotation
    if quotation is None:
        return [SPEECH[Speech.NARRATION]]
    speaker = citation.speaker
    return [
        speaker.name if speaker else UNCLEAR,
        _kind(quotation),
        *_relayed(quotation.through),
    ]


def _kind(quotation: Quotation) -> str:
    """How the words stand there: `their words`, or `denied` where a denial is all there is."""
    stance = STANCE[quotation.stance]
    if not stance:
        return SPEECH[quotation.speech]
    indirect = quotation.speech is Speech.INDIRECT
    return stance if indirect else f"{SPEECH[quotation.speech]}, {stance}"


def _relayed(through: Sequence[Speaker]) -> list[str]:
    """Through whom the words came, where they did not come from the speaker."""
    return [f"relayed by {', '.join(speaker.name for speaker in through)}"] if through else []


def _show_span(
    console: Console,
    span: Span,
    answers: Sequence[Span],
    said_by: Sequence[str],
    *,
    style: str = "",
    number: str = " ",
    source: bool = True,
) -> None:
    """A stretch of an article behind its bar, `answers` in bold, and below it where it stands."""
    text = Text(printable(span.text), style)
    for answer in answers:
        start, end = max(answer.start, span.start), min(answer.end, span.end)
        text.stylize("bold not dim", start - span.start, max(start, end) - span.start)
    _barred(console, text, style=style or "cyan", number=number)
    article = span.article
    facts = [*said_by, f"paragraph {span.paragraph}"]
    if source:
        facts += filter(None, (article.title or article.id, article.publisher, article.published))
    indent = " " * (len(number) + 1)
    line = Text(style="dim")
    for place, fact in enumerate(facts):
        line.append(" · " if place else "")
        line.append(printable(fact), "not dim" if not place and not style else "")
    _prose(console, line, indent=indent)
    if source and (link := link_to(span)):
        console.print(Text(indent + printable(link), "dim"))


def _barred(console: Console, text: Text, *, style: str = "cyan", number: str = " ") -> None:
    for place, line in enumerate(wrap(text, _width(console, len(number) + 3))):
        start = " " * len(number) if place else number
        console.print(Text.assemble((start, "dim"), " ", ("│ ", style), line))


def _prose(console: Console, text: Text, *, indent: str = "") -> None:
    for line in wrap(text, _width(console, len(indent))):
        console.print(Text(indent).append_text(line))


def _width(console: Console, used: int) -> int | None:
    if not console.is_terminal:
        return None
    return max(NARROWEST, min(console.width, WIDEST)) - used


def _heading(speaker: Speaker | None) -> Text:
    if speaker is None:
        return Text(UNCLEAR.capitalize(), "bold yellow")
    heading = Text(printable(speaker.name), "bold")
    if speaker.roles:
        heading.append(f"  {printable(speaker.roles[0])}", "not bold dim")
    return heading


def _article_line(article: Article) -> Text:
    facts = (article.title or article.id, article.publisher, article.published)
    first, *others = (printable(fact) for fact in facts if fact)
    return Text(first, "bold").append("".join(f" · {fact}" for fact in others), "not bold dim")


def _step(step: Difference) -> Text:
    """Lay out one difference, readable without colours: `[-must-] {+gotta+}`."""
    parts: list[tuple[str, str]] = []
    if step.claimed is not None:
        parts.append((f"[-{printable(step.claimed)}-]", "red"))
    if step.printed is not None:
        parts.append((f"{{+{printable(step.printed.text)}+}}", "bold green"))
    return Text(" ").join(Text(words, style) for words, style in parts)


def show_table(console: Console, columns: dict[str, Callable[[T], str]], rows: Sequence[T]) -> None:
    """Lay out one row a value; in a pipe with tabs, every column, and no heading."""
    filled = {name: cell for name, cell in columns.items() if any(map(cell, rows))}
    if not console.is_terminal:
        for row in rows:
            # Not by the console, which would make blanks of the tabs.
            console.file.write("\t".join(printable(cell(row)) for cell in columns.values()) + "\n")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in filled:
        table.add_column(
            name,
            justify="right" if name == "paragraphs" else "left",
            overflow="fold",
            no_wrap=name == "published",
        )
    for row in rows:
        table.add_row(*(Text(printable(cell(row))) for cell in filled.values()))
    console.print(table, soft_wrap=False)
