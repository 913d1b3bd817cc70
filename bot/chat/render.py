"""From what can be said to messages that fit Discord's limits.

Pure functions: a value goes in, pages come out, a page being the embeds of one message.
What the newspaper prints stands in block quotes and nothing else does; what a person typed
stands in the author's line, which Discord shows as plain text, or is escaped.

A message's limits are kept by construction: each quote gets `QUOTE` of a description's
4096, what is put under it is of bounded parts, and pages are packed up to 6000 in all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from itertools import groupby
from typing import TYPE_CHECKING

import discord

from bot.answers.answer import (
    About,
    Answer,
    Attribution,
    Citation,
    FactKind,
    NoAnswer,
    Summary,
    Verdict,
)
from bot.answers.links import link_to
from bot.chat import texts
from bot.chat.markdown import block_quote, cut, escape, label, link, size, typed
from index.article import join
from index.speech import Quotation, Speech

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bot.answers.answer import Check, Difference, Reply
    from index.article import Article, Span
    from index.speech import Speaker

Page = tuple[discord.Embed, ...]

TITLE = 256
DESCRIPTION = 4096
MESSAGE = 6000
EMBEDS = 10

QUOTE = 2400
"""Room for one stretch of quotation; the rest of a description is for what is put under it."""
DATE = 30
NAME = 100
RELAYED = 3
ITEMS = 5
"""Quotations on a page: as many as a phone shows without much scrolling."""
QUESTION = 250
CLAIM = 700
VOICES = 5  # names in a summary's footer
CHANGES = 1600

CHECKED = 10
"""Quotes of one message that are checked: a page each, and a message may hold a thousand."""

QUOTE_MARKS = "“”„‟«»\"' \n\t"

ANSWERED = discord.Colour(0x3B6EA5)
DECLINED = discord.Colour(0x8A8F98)
GENUINE = discord.Colour(0x2E8B57)
DOUBTFUL = discord.Colour(0xC77C11)


@dataclass(frozen=True, slots=True)
class _Item:
    """One stretch of print with what is said under it; `text` fits a description."""

    text: str
    footer: str


def render_reply(reply: Reply) -> tuple[Page, ...]:
    """Whatever a question led to."""
    if isinstance(reply, About):
        return render_about(reply)
    return render_summary(reply) if isinstance(reply, Summary) else render_answer(reply)


def render_replies(replies: Sequence[Reply]) -> tuple[Page, ...]:
    """What several questions of one message led to, in their order."""
    if len(replies) == 1:
        return render_reply(replies[0])
    return _pages([embed for one in replies for page in render_reply(one) for embed in page])


def render_about(about: About) -> tuple[Page, ...]:
    """What is known of an article itself, a line a fact: not in block quotes, as it is no print."""
    lines = []
    for fact in about.facts:
        if fact.value is None:
            value = texts.NOT_TOLD
        elif fact.kind is FactKind.LINK:
            value = link(texts.OPEN_ARTICLE, str(fact.value)) or texts.NOT_TOLD
        elif fact.kind is FactKind.PUBLISHED:
            value = _date(str(fact.value)) or escape(label(str(fact.value), NAME))
        else:
            value = escape(label(str(fact.value), TITLE))
        lines.append(f"**{fact.kind.label}:** {value}")
    embed = discord.Embed(description="\n".join(lines), colour=ANSWERED)
    embed.set_author(name=typed(about.question, QUESTION) or texts.QUESTION)
    return ((embed,),)


def render_answer(answer: Answer | NoAnswer) -> tuple[Page, ...]:
    """What the articles answer; or why they don't, with the nearest sentence marked as that."""
    if isinstance(answer, NoAnswer):
        return (_refusal(answer),)
    embeds = [
        _embed(item, ANSWERED)
        for citation in answer.citations
        for item in _items(citation, several=_several(answer.citations))
    ]
    embeds[0].set_author(name=_asked(answer))
    return _pages(embeds)


def _asked(answer: Answer | NoAnswer) -> str:
    """What was asked, or how it was understood where that is something else."""
    if answer.showing is not None:
        return texts.SHOWING.format(question=typed(answer.showing, QUESTION - len(texts.SHOWING)))
    return typed(answer.question, QUESTION) or texts.QUESTION


def _refusal(answer: NoAnswer) -> Page:
    about = escape(typed(answer.about, NAME)) if answer.about else None
    refused = discord.Embed(
        description=texts.refusal(
            answer.reason, about or None, [f"*{escape(label(e, NAME))}*" for e in answer.examples]
        ),
        colour=DECLINED,
    ).set_author(name=_asked(answer))
    if not answer.nearest:
        return (refused,)
    nearest = next(_items(answer.nearest[0], several=False, bold=False))
    return (
        refused,
        _embed(nearest, DECLINED).set_author(name=texts.NEAREST),
    )


def render_quotes(
    quotations: Sequence[Quotation], *, speaker: str | None = None
) -> tuple[Page, ...]:
    """Quotations by speaker, those with none last, a few on a page."""
    if not quotations:
        named = f"**{escape(typed(speaker, NAME))}**" if speaker and speaker.strip() else None
        return ((discord.Embed(description=texts.no_quotes(named), colour=DECLINED),),)
    several = len({q.context.article.id for q in quotations}) > 1
    pages: list[Page] = []
    for person, theirs in _by_speaker(quotations).items():
        items = [
            item
            for said in _by_context(theirs)
            for item in _items(_as_citation(said), several=several, named=False, alone=False)
        ]
        name = label(theirs[0].speaker.name, NAME) if theirs[0].speaker else texts.UNCLEAR
        for number, few in enumerate(_few(items)):
            title = texts.more_by(name) if number and person else name
            pages.append((_listing(escape(title), few, ANSWERED),))
    return _join_pages(pages)


def render_check(check: Check) -> tuple[Page, ...]:
    """The verdict on a quote, the word-by-word difference, and what is printed."""
    verdict = check.verdict
    head = discord.Embed(
        title=texts.VERDICTS[verdict],
        description=_verdict(check),
        colour={Verdict.VERBATIM: GENUINE, Verdict.NOT_FOUND: DECLINED}.get(verdict, DOUBTFUL),
    )
    embeds = [
        _embed(item, head.colour or DECLINED)
        for citation in check.found
        for item in _items(citation, several=_several(check.found))
    ]
    if embeds:
        near = verdict is Verdict.NOT_FOUND
        embeds[0].set_author(name=texts.CLOSEST if near else texts.PRINTED)
    return _pages([head, *embeds])


def render_checks(checks: Sequence[Check]) -> tuple[Page, ...]:
    """The verdicts on the quotes of a message, and whether it has more than are shown."""
    pages = [page for check in checks[:CHECKED] for page in render_check(check)]
    if len(checks) > CHECKED:
        more = discord.Embed(description=texts.only_first(CHECKED), colour=DECLINED)
        pages.append((more,))
    return tuple(pages)


def _verdict(check: Check) -> str:
    speaker = escape(typed(check.speaker, NAME)) if check.speaker else None
    claim = escape(typed(check.quote.strip(QUOTE_MARKS), CLAIM))
    lines = [f"{texts.YOUR_QUOTE}: “{claim}”"]
    if speaker:
        lines.append(texts.said_to_be(speaker))
    if note := texts.verdict_note(check.verdict, speaker):
        lines += ["", note]
    if check.attribution is Attribution.NOT_CLEAR:
        lines += ["", texts.WHOSE_NOT_CLEAR]
    if check.verdict is not Verdict.VERBATIM and (changes := _changes(check.differences)):
        lines += ["", f"{texts.CHANGES}: {changes}"]
    return "\n".join(lines)


def _changes(differences: Sequence[Difference]) -> str:
    """The differences on one line: what was claimed, and what is printed in its place."""
    shown: list[str] = []
    room = CHANGES
    for step in differences:
        claimed = escape(typed(step.claimed, NAME)) if step.claimed else ""
        printed = escape(label(step.printed.text, NAME)) if step.printed else ""
        if claimed and printed:
            text = texts.CHANGED.format(claimed=claimed, printed=printed)
        elif claimed or printed:
            form = texts.NOT_PRINTED if claimed else texts.LEFT_OUT
            text = form.format(words=claimed or printed)
        else:
            continue
        if size(text) >= room:
            return " · ".join([*shown, "…"])
        room -= size(text) + 3
        shown.append(text)
    return " · ".join(shown)


def render_summary(summary: Summary) -> tuple[Page, ...]:
    """The sentences that carry an article, in its order."""
    title = escape(label(summary.article.title or texts.UNTITLED, TITLE // 2))
    items = [
        item
        for citation in summary.sentences
        for item in _items(citation, several=False, alone=False)
    ]
    if not items:
        embed = discord.Embed(title=title, description=texts.NO_SUMMARY, colour=DECLINED)
        return ((embed,),)
    known = [*_known(summary.article.publisher), texts.SUMMARY_OF]
    if summary.voices:
        names = [f"{label(v.speaker.name, NAME)} ({v.quotations})" for v in summary.voices[:VOICES]]
        known.append(texts.QUOTED_IN.format(names=", ".join(names)))
    pages = [(_listing(title, few, ANSWERED),) for few in _few(items, most=len(items))]
    for (embed,) in pages:
        embed.set_footer(text=" · ".join(known))
    if when := _date(summary.article.published):
        pages[0][0].description = f"{when}\n\n{pages[0][0].description}"
    return tuple(pages)


def render_context(citations: Sequence[Citation]) -> tuple[Page, ...]:
    """The paragraphs around each citation, as printed, its sentences in bold.

    Paragraphs that several stand in are shown once. No speaker is named: others may speak there.
    """
    windows: list[tuple[Span, list[Span]]] = []
    for citation in citations:
        around = _paragraphs_around(citation.span)
        for number, (window, marked) in enumerate(windows):
            if window.overlaps(around):
                windows[number] = join((window, around)), [*marked, citation.span]
                break
        else:
            windows.append((around, [citation.span]))
    several = _several(citations)
    embeds = []
    for window, marked in windows:
        place = _place(marked[0], several=several)
        page = link(texts.OPEN, link_to(marked[0]))
        for stretch in (stretches := cut(window, QUOTE, bold=marked)):
            below = (page or "") if stretch is stretches[-1] else texts.GOES_ON
            quoted = block_quote(stretch, bold=marked)
            embeds.append(_embed(_Item(f"{quoted}\n{below}".rstrip("\n"), place), ANSWERED))
    return _pages(embeds)


def _paragraphs_around(span: Span) -> Span:
    """The paragraphs that a span stands in, one more before them, and one after."""
    paragraphs = span.article.paragraphs
    first = max(0, span.paragraph - 2)
    last = span.article.paragraph_at(span.end - 1).number
    return join((paragraphs[first].span, span, paragraphs[min(last, len(paragraphs) - 1)].span))


def _items(
    citation: Citation,
    *,
    several: bool,
    bold: bool = True,
    named: bool = True,
    alone: bool = True,
) -> Iterator[_Item]:
    """The citation in stretches that fit, what is said of it under the last of them.

    One that is not `alone` has others of its article beside it, and no footer of its own.
    """
    marked = citation.answers if bold else ()
    stretches = cut(citation.span, QUOTE, bold=marked)
    for stretch in stretches:
        quoted = block_quote(stretch, bold=marked)
        last = stretch is stretches[-1]
        below = _attribution(citation, named=named, alone=alone) if last else texts.GOES_ON
        text, place = f"{quoted}\n{below}", _place(citation.span, several=several)
        if last and citation.goes_on:
            yield from _with_turn(text, citation.goes_on, place, several=several)
        else:
            yield _Item(text, place)


def _with_turn(text: str, after: Span, place: str, *, several: bool) -> Iterator[_Item]:
    """A citation as shown, with what turns its sense: under it, or where it is long by itself."""
    first, *more = (f"{texts.TURNS}\n{block_quote(part)}" for part in cut(after, QUOTE))
    if not more and size(text) + size(first) + 1 <= DESCRIPTION:
        yield _Item(f"{text}\n{first}", place)
        return
    yield _Item(text, place)
    for part in (first, *more):
        yield _Item(part, _place(after, several=several))


def _attribution(citation: Citation, *, named: bool, alone: bool) -> str:
    """Whose words they are, how they stand there, when and where they were printed."""
    parts = list(_whose(citation, named=named))
    if alone and citation.speech is Speech.NARRATION:
        parts.append(texts.NARRATOR)
    if citation.quotation and citation.quotation.through:
        relays = citation.quotation.through[:RELAYED]
        parts.append(texts.relayed(", ".join(map(_name, relays))))
    if alone and (when := _date(citation.span.article.published)):
        parts.append(when)
    if not alone:
        parts.append(texts.paragraph(citation.span.paragraph))
    if page := link(texts.OPEN, link_to(citation.span)):
        parts.append(page)
    return _capital(" · ".join(parts))


def _whose(citation: Citation, *, named: bool) -> Iterator[str]:
    kind = citation.speech
    if kind is Speech.NARRATION:
        return
    if named:
        yield f"**{_name(citation.speaker) if citation.speaker else texts.UNCLEAR}**"
    stance = texts.STANCE.get(citation.quotation.stance) if citation.quotation else None
    if stance is None or kind is not Speech.INDIRECT:
        yield texts.SPEECH[kind] if citation.speaker else texts.SPEECH_BY_NOBODY[kind]
    if stance is not None:
        yield stance


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _name(speaker: Speaker) -> str:
    return escape(label(speaker.name, NAME))


def _place(span: Span, *, several: bool) -> str:
    """Where the words stand; the article's id only where it has no title and is one of several."""
    origin = list(_origin(span.article))
    if several and not span.article.title:
        origin.insert(0, label(span.article.id, NAME))
    return _capital(" · ".join([texts.paragraph(span.paragraph), *origin]))


def _origin(article: Article) -> Iterator[str]:
    """Title and publisher, as far as they are known, for a footer (plain text)."""
    yield from _known(article.title)
    yield from _known(article.publisher)


def _known(text: str | None) -> Iterator[str]:
    if text and text.strip():
        yield label(text, TITLE)


def _date(published: str | None) -> str | None:
    """The date as Discord shows it to each reader in their own way; None if there is none.

    A bare date is taken at noon UTC, which is that same day nearly everywhere.
    """
    try:
        moment = datetime.fromisoformat(published or "")
        if "T" not in (published or "") and " " not in (published or ""):
            moment = datetime.combine(moment.date(), time(12))
        stamp = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None
    return f"<t:{stamp}:D>"


def _several(citations: Sequence[Citation]) -> bool:
    return len({citation.span.article.id for citation in citations}) > 1


def _by_speaker(quotations: Sequence[Quotation]) -> dict[str | None, list[Quotation]]:
    """The quotations of each person, in the order in which they first speak; nobody's last."""
    groups: dict[str | None, list[Quotation]] = {}
    for quotation in quotations:
        person = quotation.speaker.person if quotation.speaker else None
        groups.setdefault(person, []).append(quotation)
    if None in groups:
        groups[None] = groups.pop(None)
    return groups


def _by_context(quotations: Sequence[Quotation]) -> Iterator[tuple[Quotation, ...]]:
    """What one person says in the same sentences, together, and apart what they deny there."""

    def place(quotation: Quotation) -> tuple[str, int, int, str]:
        context = quotation.context
        return (context.article.id, context.start, context.end, quotation.stance)

    for _, said in groupby(quotations, key=place):
        yield tuple(said)


def _as_citation(said: tuple[Quotation, ...]) -> Citation:
    """The sentences of one person's words, the quoted ones (no paraphrase) as the answers."""
    kinds = {quotation.speech for quotation in said}
    first = said[0] if len(kinds) == 1 else replace(said[0], speech=Speech.MIXED)
    quoted = (q for q in said if q.speech in {Speech.DIRECT, Speech.MIXED})
    parts = sorted((part for q in quoted for part in q.parts), key=lambda part: part.start)
    inside = tuple(part for part in parts if first.context.overlaps(part))
    return Citation(first.context, first.confidence, inside, first)


def _few(items: Sequence[_Item], *, most: int = ITEMS) -> Iterator[list[_Item]]:
    """The items in runs that fit one description."""
    run: list[_Item] = []
    room = DESCRIPTION - DATE
    for item in items:
        needed = size(item.text) + 2
        if run and (needed > room or len(run) == most):
            yield run
            run, room = [], DESCRIPTION - DATE
        run.append(item)
        room -= needed
    if run:
        yield run


def _listing(title: str, items: Sequence[_Item], colour: discord.Colour) -> discord.Embed:
    return discord.Embed(
        title=title, description="\n\n".join(item.text for item in items), colour=colour
    )


def _embed(item: _Item, colour: discord.Colour) -> discord.Embed:
    return discord.Embed(description=item.text, colour=colour).set_footer(text=item.footer)


def _join_pages(pages: Sequence[Page]) -> tuple[Page, ...]:
    """Short pages together, as long as a page holds no more than `ITEMS` quotations."""
    return _pages(
        [embed for page in pages for embed in page],
        weigh=lambda embed: (embed.description or "").count("\n\n") + 1,
        most=ITEMS,
    )


def _pages(
    embeds: Sequence[discord.Embed],
    *,
    weigh: Callable[[discord.Embed], int] = lambda _: 1,
    most: int = EMBEDS,
) -> tuple[Page, ...]:
    """The embeds in order, in as few messages as hold them."""
    pages: list[Page] = []
    page: list[discord.Embed] = []
    room, weight = MESSAGE, 0
    for embed in embeds:
        needed = embed_size(embed)
        if page and (needed > room or weight + weigh(embed) > most):
            pages.append(tuple(page))
            page, room, weight = [], MESSAGE, 0
        page.append(embed)
        room -= needed
        weight += weigh(embed)
    return (*pages, tuple(page))


def embed_size(embed: discord.Embed) -> int:
    """How much of a message's 6000 an embed takes."""
    parts = [embed.title, embed.description, embed.footer.text, embed.author.name]
    parts += [text for field in embed.fields for text in (field.name, field.value)]
    return sum(size(part) for part in parts if part)
