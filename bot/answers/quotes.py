"""From quotations to citations: what somebody said, and who said something.

Quotations of one speaker in one sentence are cited together: the sentence once, with
all the words in it that are theirs marked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.answers.abstain import telling_terms
from bot.answers.answer import Citation
from index.speech import Quotation, Speech
from index.words import terms_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from index.article import Span
    from index.search import Hit


def cite_quotations(
    quotations: Iterable[Quotation], score: float, *, by_meaning: dict[str, float] | None = None
) -> tuple[Citation, ...]:
    """One citation a sentence and speaker; where one shows another's sentences, the two are one.

    In order: quoted words, paraphrase, what was not said; each as printed. `by_meaning` gives
    scores by quotation id; those orders then come first, and `score` is what the others get.
    """
    groups: dict[tuple[str, int, int, str], list[Quotation]] = {}
    for quotation in quotations:
        context = quotation.context
        person = quotation.speaker.person if quotation.speaker else ""
        key = (context.article.id, context.start, context.end, person)
        groups.setdefault(key, []).append(quotation)
    known = by_meaning or {}
    citations = _join(
        _cite(group, max(known.get(q.id, score * q.confidence) for q in group))
        for group in groups.values()
    )
    citations.sort(
        key=lambda c: (
            -round(c.score, 6) if known else 0,
            c.quotation is not None and not c.quotation.is_said,
            c.speech is Speech.INDIRECT,
            c.span.article.id,
            c.span.start,
        )
    )
    return tuple(citations)


def _join(citations: Iterable[Citation]) -> list[Citation]:
    """The citations, each inside the widest one of the same speaker that shows its sentences."""
    # By article, where alone one can show another: there may be thousands.
    joined: dict[str, list[Citation]] = {}
    for citation in sorted(citations, key=lambda c: c.span.start - c.span.end):
        others = joined.setdefault(citation.span.article.id, [])
        wider = next((n for n, c in enumerate(others) if _shows(c, citation)), None)
        if wider is None:
            others.append(citation)
        else:
            others[wider] = _together(others[wider], citation)
    return [citation for some in joined.values() for citation in some]


def _shows(wider: Citation, citation: Citation) -> bool:
    same = wider.speaker and citation.speaker and wider.speaker.person == citation.speaker.person
    return bool(same) and wider.span.covers(citation.span)


def _together(wider: Citation, citation: Citation) -> Citation:
    first, other = wider.quotation, citation.quotation
    if first and other and not first.is_said:
        first, other = other, first
    if first and other and other.is_said and first.speech is not other.speech:
        first = replace(first, speech=Speech.MIXED)
    return Citation(
        span=wider.span,
        score=max(wider.score, citation.score),
        answers=_apart(sorted(wider.answers + citation.answers, key=lambda part: part.start)),
        quotation=first,
    )


def _cite(group: Sequence[Quotation], score: float) -> Citation:
    said = [q for q in group if q.is_said]
    quoted = [q for q in said if q.speech is not Speech.INDIRECT]
    spoken = quoted or said or group
    parts = sorted((part for q in spoken for part in q.parts), key=lambda part: part.start)
    return Citation(
        span=group[0].context,
        score=min(1.0, score),
        answers=_apart(parts) if said else (),
        quotation=spoken[0],
    )


def _apart(parts: Sequence[Span]) -> tuple[Span, ...]:
    """The parts that do not lie inside one another."""
    apart: list[Span] = []
    for part in parts:
        if not apart or part.start >= apart[-1].end:
            apart.append(part)
    return tuple(apart)


def quotation_at(
    span: Span, quotations: Sequence[Quotation], answers: Sequence[Span] = ()
) -> Quotation | None:
    """The quotation that a passage is cited for, if any.

    Only what is listed as somebody's counts; where they withheld their words, or nothing is
    said to have been said, the passage is the reporter's. It is the innermost around the
    answer, else the one that holds most of the passage, else what one speaker alone is quoted
    with in it (as mixed speech, the rest being the reporter's). None where nobody's words are
    in it, or several people's in narration.
    """
    listed = [q for q in quotations if q.is_listed]
    for wanted in answers:
        around = [q for q in listed if any(p.covers(wanted) for p in q.parts)]
        if around:
            return min(around, key=lambda q: q.content.end - q.content.start)
    size = span.end - span.start
    shares = [(_shared(span, q) / size, q) for q in listed]
    share, best = max(shares, key=lambda pair: pair[0], default=(0.0, None))
    if share >= MOSTLY:
        return best
    inside = [q for q in listed if q.speech is not Speech.INDIRECT and _shared(span, q)]
    if len({q.speaker.person if q.speaker else None for q in inside}) != 1:
        return None
    return replace(inside[0], speech=Speech.MIXED)


ABOUT_WORDS = 0.5
"""The part of a topic's telling words that say on their own that a sentence is about it."""
ABOUT_MEANING = 0.45
"""The cosine from which a sentence with fewer of them is about it."""
MOSTLY = 0.4
"""The part of a passage that has to be somebody's words for the whole to be cited as theirs."""


def _shared(span: Span, quotation: Quotation) -> int:
    return sum(
        max(0, min(span.end, part.end) - max(span.start, part.start))
        for part in quotation.parts
        if part.article.id == span.article.id
    )


def shared_words(quotation: Quotation, topic: str) -> float:
    """The part of a topic's telling words that the quotation's own words hold (0..1)."""
    telling = telling_terms(topic)
    if not telling:
        return 0.0
    held = {term for part in quotation.parts for term in terms_of(part.text)}
    return sum(term in held for term in telling) / len(telling)


def fit_of(quotation: Quotation, topic: str, meaning: float) -> float:
    """How well a quotation, in its sentence, fits a topic (0..1); 0 where it is not about it.

    It is about it by enough of the topic's telling words, or by some of them and its
    meaning; either then makes up for what the other lacks.
    """
    telling = telling_terms(topic)
    if not telling:
        return 1.0
    held = set(terms_of(quotation.context.text))
    shared = sum(term in held for term in telling) / len(telling)
    if shared >= ABOUT_WORDS or (shared > 0 and meaning >= ABOUT_MEANING):
        return 1 - (1 - shared) * (1 - meaning)
    return 0.0


def score_by_hits(quotations: Iterable[Quotation], hits: Iterable[Hit]) -> dict[str, float]:
    """For each quotation, how well the best passage that it shares words with matches."""
    found: dict[str, float] = {}
    known = list(hits)
    for quotation in quotations:
        scores = [
            max(0.0, hit.cosine)
            for hit in known
            if any(hit.passage.span.overlaps(part) for part in quotation.parts)
            or hit.passage.span.overlaps(quotation.context)
        ]
        if scores:
            found[quotation.id] = max(scores)
    return found
