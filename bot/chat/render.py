"""From what can be said to pages that fit Discord's limits.

Pure functions: a value goes in, pages come out, a page being the cards of one message.
What the newspaper prints stands in block quotes and nothing else does; what a person typed
stands in a heading, which is plain text, or is escaped.

A message's limits are kept by construction: each quote gets `QUOTE` characters, what is put
under it is of bounded parts (escaped, they take no more), and pages are packed in `cards`.
"""

from __future__ import annotations

from dataclasses import replace
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
from bot.chat.cards import Card, Item, capital, item_size, pages
from bot.chat.languages import number, say
from bot.chat.markdown import block_quote, bounded, cut, escape, label, link, size, typed
from index.article import join
from index.speech import Quotation, Speech

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.answers.answer import Check, Difference, Reply
    from bot.chat.cards import Page
    from index.article import Article, Span
    from index.speech import Speaker

QUOTE = 1700
"""Room for one stretch of quotation; the rest of a card is for what is put under it."""
ITEM = 3100
"""Room for a stretch with all that: who (500), where and when (300), and a link (570)."""
LISTING = 2800
"""Room for several of one article's, beside a title (130) and a footer (750)."""
DATE = 30
NAME = 100
TITLE = 120
RELAYED = 3
ITEMS = 5
"""Quotations on a page: as many as a phone shows without much scrolling."""
LISTED = 200
"""Quotations that are leafed through; more are found by a name, an article or a topic."""
QUESTION = 250
CLAIM = 900
VOICES = 5  # names in a summary's footer
CHANGES = 1200
FACT = 200

CHECKED = 10
"""Quotes of one message that are checked: a page each, and a message may hold a thousand."""

QUOTE_MARKS = "“”„‟«»\"' \n\t"

ANSWERED = discord.Colour(0x3B6EA5)
DECLINED = discord.Colour(0x8A8F98)
GENUINE = discord.Colour(0x2E8B57)
DOUBTFUL = discord.Colour(0xC77C11)


def render_reply(reply: Reply) -> tuple[Page, ...]:
    """Whatever a question led to."""
    if isinstance(reply, About):
        return render_about(reply)
    return render_summary(reply) if isinstance(reply, Summary) else render_answer(reply)


def render_replies(replies: Sequence[Reply]) -> tuple[Page, ...]:
    """What several questions of one message led to, in their order."""
    if len(replies) == 1:
        return render_reply(replies[0])
    return pages([card for one in replies for page in render_reply(one) for card in page])


def render_about(about: About) -> tuple[Page, ...]:
    """What is known of an article itself, a line a fact: not in block quotes, as it is no print."""
    lines = []
    for fact in about.facts:
        if fact.value is None:
            value = say(texts.NOT_TOLD)
        elif fact.kind is FactKind.LINK:
            value = link(say(texts.OPEN_ARTICLE), str(fact.value)) or say(texts.NOT_TOLD)
        elif fact.kind is FactKind.PUBLISHED:
            value = _date(str(fact.value)) or _label(str(fact.value))
        elif isinstance(fact.value, int):
            value = number(fact.value)
        else:
            value = _label(fact.value, FACT)
        lines.append(say(texts.FACT, name=say(texts.FACTS[fact.kind]), value=value))
    heading = bounded(typed, about.question, QUESTION) or say(texts.QUESTION)
    return ((Card((Item("\n".join(lines)),), ANSWERED, heading=heading),),)


def render_answer(answer: Answer | NoAnswer) -> tuple[Page, ...]:
    """What the articles answer; or why they don't, with the nearest sentence marked as that."""
    if isinstance(answer, NoAnswer):
        return pages([_refusal(answer), *_nearest(answer.nearest[:1])])
    cards = [
        Card((item,), ANSWERED)
        for citation in answer.citations
        for item in _items(citation, several=_several(answer.citations))
    ]
    return pages([replace(cards[0], heading=_asked(answer)), *cards[1:]])


def render_nearest(citations: Sequence[Citation]) -> tuple[Page, ...]:
    """Sentences that came nearest to a question, marked as no answers to it."""
    return pages(_nearest(citations))


def _nearest(citations: Sequence[Citation]) -> list[Card]:
    return [
        Card(
            (next(_items(citation, several=_several(citations), bold=False)),),
            DECLINED,
            title=say(texts.NEAREST),
        )
        for citation in citations
    ]


def _asked(answer: Answer | NoAnswer) -> str:
    """What was asked, or how it was understood where that is something else."""
    if answer.showing is not None:
        room = QUESTION - len(say(texts.SHOWING))
        return say(texts.SHOWING, question=bounded(typed, answer.showing, room))
    return bounded(typed, answer.question, QUESTION) or say(texts.QUESTION)


def _refusal(answer: NoAnswer) -> Card:
    about = _typed(answer.about) if answer.about else None
    said = texts.refusal(answer.reason, about or None, [f"*{_label(e)}*" for e in answer.examples])
    return Card((Item(said),), DECLINED, heading=_asked(answer))


def render_quotes(
    quotations: Sequence[Quotation], *, speaker: str | None = None
) -> tuple[Page, ...]:
    """Quotations by speaker, those with none last, a few on a page; of more than `LISTED` so many.

    It is said above them that they are not all.
    """
    if not quotations:
        named = f"**{_typed(speaker)}**" if speaker and speaker.strip() else None
        return (_note(texts.no_quotes(named)),)
    listed = quotations[:LISTED]
    several = len({q.context.article.id for q in listed}) > 1
    cards: list[Card] = []
    for person, theirs in _by_speaker(listed).items():
        items = [
            item
            for said in _by_context(theirs)
            for item in _items(_as_citation(said), several=several, named=False, alone=False)
        ]
        name = _label(theirs[0].speaker.name) if theirs[0].speaker else say(texts.UNCLEAR)
        for at, few in enumerate(_few(items)):
            title = texts.more_by(name) if at and person else name
            cards.append(Card(few, ANSWERED, title=title))
    if len(quotations) > len(listed):
        cards[0] = replace(cards[0], heading=say(texts.LATEST, count=number(LISTED)))
    return pages(cards, weigh=lambda card: len(card.items), most=ITEMS)


def render_check(check: Check) -> tuple[Page, ...]:
    """The verdict on a quote, the word-by-word difference, and what is printed."""
    verdict = check.verdict
    colour = {Verdict.VERBATIM: GENUINE, Verdict.NOT_FOUND: DECLINED}.get(verdict, DOUBTFUL)
    head = Card((Item(_verdict(check)),), colour, title=say(texts.VERDICTS[verdict]))
    cards = [
        Card((item,), colour)
        for citation in _joined(check.found)
        for item in _items(citation, several=_several(check.found))
    ]
    if cards:
        if verdict is Verdict.NOT_FOUND:
            cards[0] = replace(cards[0], title=say(texts.CLOSEST))
        else:
            cards[0] = replace(cards[0], heading=say(texts.PRINTED))
    return pages([head, *cards])


def render_checks(checks: Sequence[Check]) -> tuple[Page, ...]:
    """The verdicts on the quotes of a message, and whether it has more than are shown."""
    found = [page for check in checks[:CHECKED] for page in render_check(check)]
    if len(checks) > CHECKED:
        found.append(_note(texts.only_first(CHECKED)))
    return tuple(found)


def _joined(citations: Sequence[Citation]) -> Iterator[Citation]:
    """The citations, those of which the same is to be said of the same sentences as one."""
    groups: dict[tuple[object, ...], list[Citation]] = {}
    for citation in citations:
        said = citation.quotation
        how = (said.speaker, said.stance, said.through) if said else ()
        groups.setdefault((citation.span, citation.goes_on, *how), []).append(citation)
    for first, *more in groups.values():
        if not more:
            yield first
            continue
        marked = {part for citation in (first, *more) for part in citation.answers}
        quotation = first.quotation
        if quotation is not None and any(one.speech is not first.speech for one in more):
            quotation = replace(quotation, speech=Speech.MIXED)
        answers = tuple(sorted(marked, key=lambda part: (part.start, part.end)))
        yield replace(first, answers=answers, quotation=quotation)


def _note(said: str) -> Page:
    """A text of ours, alone."""
    return (Card((Item(said),), DECLINED),)


def _verdict(check: Check) -> str:
    speaker = _typed(check.speaker) if check.speaker else None
    claim = _typed(check.quote.strip(QUOTE_MARKS), CLAIM)
    lines = [say(texts.YOUR_QUOTE, quote=claim)]
    if speaker:
        lines.append(texts.said_to_be(speaker))
    if note := texts.verdict_note(check.verdict, speaker):
        lines += ["", note]
    wrong = check.attribution is Attribution.ANOTHERS
    if speaker and wrong and check.verdict is not Verdict.WRONG_SPEAKER:
        lines += ["", say(texts.NOT_THEIRS, speaker=speaker)]
    if check.attribution is Attribution.NOT_CLEAR:
        lines += ["", say(texts.WHOSE_NOT_CLEAR)]
    if check.verdict is not Verdict.VERBATIM and (changes := _changes(check.differences)):
        lines += ["", say(texts.CHANGES, changes=changes)]
    return "\n".join(lines)


def _changes(differences: Sequence[Difference]) -> str:
    """The differences on one line: what was claimed, and what is printed in its place."""
    shown: list[str] = []
    room = CHANGES
    for step in differences:
        claimed = _typed(step.claimed) if step.claimed else ""
        printed = _label(step.printed.text) if step.printed else ""
        if claimed and printed:
            text = say(texts.CHANGED, claimed=claimed, printed=printed)
        elif claimed or printed:
            form = texts.NOT_PRINTED if claimed else texts.LEFT_OUT
            text = say(form, words=claimed or printed)
        else:
            continue
        if size(text) >= room:
            return " · ".join([*shown, "…"])
        room -= size(text) + 3
        shown.append(text)
    return " · ".join(shown)


def render_summary(summary: Summary) -> tuple[Page, ...]:
    """The sentences that carry an article, in its order."""
    title = _label(summary.article.title or say(texts.UNTITLED), TITLE)
    items = [
        item
        for citation in summary.sentences
        for item in _items(citation, several=False, alone=False)
    ]
    if not items:
        return ((Card((Item(say(texts.NO_SUMMARY)),), DECLINED, title=title),),)
    known = [*_known(summary.article.publisher), say(texts.SUMMARY_OF)]
    if summary.voices:
        names = [
            f"{bounded(label, v.speaker.name, NAME)} ({number(v.quotations)})"
            for v in summary.voices[:VOICES]
        ]
        known.append(say(texts.QUOTED_IN, names=", ".join(names)))
    footer = " · ".join(known)
    cards = [
        Card(few, ANSWERED, title=title, footer=footer) for few in _few(items, most=len(items))
    ]
    if when := _date(summary.article.published):
        cards[0] = replace(cards[0], items=(Item(when), *cards[0].items))
    return tuple((card,) for card in cards)


def render_context(citations: Sequence[Citation]) -> tuple[Page, ...]:
    """The paragraphs around each citation, as printed, its sentences in bold.

    Paragraphs that several stand in are shown once. No speaker is named: others may speak there.
    """
    windows: list[tuple[Span, list[Span]]] = []
    for citation in citations:
        around = _paragraphs_around(citation.span)
        for at, (window, marked) in enumerate(windows):
            if window.overlaps(around):
                windows[at] = join((window, around)), [*marked, citation.span]
                break
        else:
            windows.append((around, [citation.span]))
    several = _several(citations)
    cards = []
    for window, marked in windows:
        place = _place(marked[0], several=several)
        page = link(say(texts.OPEN), link_to(marked[0])) or ""
        for stretch in (stretches := cut(window, QUOTE, bold=marked)):
            quoted = block_quote(stretch, bold=marked)
            last = stretch is stretches[-1]
            below = {"opened": page} if last else {"whose": say(texts.GOES_ON)}
            cards.append(Card((Item(quoted, place=place, **below),), ANSWERED))
    return pages(cards)


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
) -> Iterator[Item]:
    """The citation in stretches that fit, what is said of it under the last of them.

    One that is not `alone` has others of its article beside it, and no footer of its own.
    """
    marked = citation.answers if bold else ()
    place = _place(citation.span, several=several) if alone else ""
    stretches = cut(citation.span, QUOTE, bold=marked)
    for stretch in stretches:
        quoted = block_quote(stretch, bold=marked)
        if stretch is not stretches[-1]:
            yield Item(quoted, say(texts.GOES_ON), place)
            continue
        item = Item(
            quoted,
            " · ".join(_said(citation, named=named, alone=alone)),
            place,
            " · ".join(_opened(citation.span, alone=alone)),
        )
        if citation.goes_on:
            yield from _with_turn(item, citation.goes_on, several=several)
        else:
            yield item


def _with_turn(item: Item, after: Span, *, several: bool) -> Iterator[Item]:
    """A citation as shown, with what turns its sense: under it, or where it is long by itself."""
    first, *more = (f"{say(texts.TURNS)}\n{block_quote(part)}" for part in cut(after, QUOTE))
    turned = replace(item, turn=first)
    if not more and item_size(turned) <= ITEM:
        yield turned
        return
    yield item
    for part in (first, *more):
        yield Item(part, place=_place(after, several=several))


def _said(citation: Citation, *, named: bool, alone: bool) -> Iterator[str]:
    """Whose words they are, and how they stand there."""
    yield from _whose(citation, named=named)
    if alone and citation.speech is Speech.NARRATION:
        yield say(texts.NARRATOR)
    if citation.quotation and citation.quotation.through:
        relays = citation.quotation.through[:RELAYED]
        yield texts.relayed(", ".join(map(_name, relays)))


def _opened(span: Span, *, alone: bool) -> Iterator[str]:
    """When they were printed (or in which paragraph), and where they can be opened."""
    if not alone:
        yield texts.paragraph(span.paragraph)
    elif when := _date(span.article.published):
        yield when
    if page := link(say(texts.OPEN), link_to(span)):
        yield page


def _whose(citation: Citation, *, named: bool) -> Iterator[str]:
    kind = citation.speech
    if kind is Speech.NARRATION:
        return
    if named:
        yield f"**{_name(citation.speaker) if citation.speaker else say(texts.UNCLEAR)}**"
    stance = texts.STANCE.get(citation.quotation.stance) if citation.quotation else None
    if stance is None or kind is not Speech.INDIRECT:
        yield say((texts.SPEECH if citation.speaker else texts.SPEECH_BY_NOBODY)[kind])
    if stance is not None:
        yield say(stance)


def _name(speaker: Speaker) -> str:
    return _label(speaker.name)


def _label(text: str, room: int = NAME) -> str:
    """A name or a title, escaped."""
    return escape(bounded(label, text, room))


def _typed(text: str, room: int = NAME) -> str:
    """What somebody typed, escaped."""
    return escape(bounded(typed, text, room))


def _place(span: Span, *, several: bool) -> str:
    """Where the words stand; the article's id only where it has no title and is one of several."""
    origin = list(_origin(span.article))
    if several and not span.article.title:
        origin.insert(0, bounded(label, span.article.id, NAME))
    return capital(" · ".join([texts.paragraph(span.paragraph), *origin]))


def _origin(article: Article) -> Iterator[str]:
    """Title and publisher, as far as they are known, for a footer (plain text)."""
    yield from _known(article.title)
    yield from _known(article.publisher)


def _known(text: str | None) -> Iterator[str]:
    if text and text.strip():
        yield bounded(label, text, TITLE)


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


def _few(items: Sequence[Item], *, most: int = ITEMS) -> Iterator[tuple[Item, ...]]:
    """The items in runs that fit one card, with a title, a date and a footer."""
    run: list[Item] = []
    room = LISTING - DATE
    for item in items:
        needed = item_size(item) + 2
        if run and (needed > room or len(run) == most):
            yield tuple(run)
            run, room = [], LISTING - DATE
        run.append(item)
        room -= needed
    if run:
        yield tuple(run)
