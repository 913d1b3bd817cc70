"""A page read for checking: its words, who says them, and what stands around a cut.

An *utterance* is what one person says in one go: the stretches of a quotation that the
reporter interrupts (“A,” she said, “B”) and nothing between them. Two quoted fragments
with the reporter's own clause between them (“A” and that it would be “B”) are two.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.answers.check.cuts import Token, lost_after, lost_before
from bot.answers.check.locate import Stream
from bot.answers.check.words import Words, read_words
from index.article import Span, join
from index.speech import Speech

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.answers.page import Page
    from index.speech import Quotation

_QUOTED = (Speech.DIRECT, Speech.MIXED)
_MARKS = "\"“”„‟«»‹›‘’'"
_PAUSES = ",.;:!?…—–-"
_SENTENCE_END = re.compile(r"[.!?]")
# The longest abbreviation that a full stop follows in mid-sentence ("Mrs.", "Sgt.").
_ABBREVIATION = 3
# A clause is read no farther than this from a cut, so that a page in one line stays cheap.
_CONTEXT = 60


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words that one person says in one go, as places in the page."""

    quotation: Quotation
    ids: tuple[int, ...]

    def holds(self, ids: Sequence[int]) -> bool:
        """Whether all these words are part of it."""
        return all(self._has(place) for place in ids)

    def touches(self, ids: Sequence[int]) -> bool:
        """Whether any of these words is part of it."""
        return any(self._has(place) for place in ids)

    def _has(self, place: int) -> bool:
        at = bisect.bisect_left(self.ids, place)
        return at < len(self.ids) and self.ids[at] == place


class Reading:
    """A page with its words; `number` is its place among the pages that are read."""

    def __init__(self, page: Page, number: int) -> None:
        self.page = page
        self.number = number
        self.words: Words = read_words(page.article.text)

    @cached_property
    def utterances(self) -> tuple[Utterance, ...]:
        """Everything that is said in it, quoted speech before paraphrase, short before long."""
        found = [utterance for q in self.page.quotations for utterance in self._utterances(q)]
        merged: list[Utterance] = []
        for utterance in found:
            if merged and self._continues(merged[-1], utterance):
                before = merged.pop()
                merged.append(Utterance(before.quotation, before.ids + utterance.ids))
            else:
                merged.append(utterance)
        return tuple(sorted(merged, key=lambda u: (u.quotation.speech not in _QUOTED, len(u.ids))))

    @cached_property
    def streams(self) -> tuple[Stream, ...]:
        """The orders in which it may be copied."""
        interrupted = (u.ids for u in self.utterances if u.ids[-1] - u.ids[0] >= len(u.ids))
        whole = range(len(self.words))
        return tuple(Stream(self.number, self.words, ids) for ids in (whole, *interrupted))

    @cached_property
    def wholes(self) -> frozenset[tuple[str, ...]]:
        """What stands between two quotation marks, of any length."""
        return frozenset(
            tuple(self.words.keys[place] for place in self.words.within(part.start, part.end))
            for quotation in self.page.quotations
            if quotation.speech in _QUOTED
            for part in quotation.parts
        )

    def utterance_of(self, ids: Sequence[int]) -> Utterance | None:
        """The utterance that all these words are part of."""
        return next((u for u in self.utterances if u.holds(ids)), None)

    def touched(self, ids: Sequence[int]) -> tuple[Utterance, ...]:
        """Every quoted utterance that some of these words are part of."""
        return tuple(u for u in self.utterances if u.quotation.speech in _QUOTED and u.touches(ids))

    def span(self, first: int, last: int) -> Span:
        """From the beginning of one word to the end of another."""
        return Span(self.page.article, self.words.starts[first], self.words.ends[last])

    def sentences(self, first: int, last: int) -> Span:
        """The whole sentences that two words stand in, and all between."""
        cut = self.span(first, last)
        sentences = self.page.sentences
        at = max(0, self._sentence_at(cut.start))
        hit = []
        while at < len(sentences) and sentences[at].start < cut.end:
            if sentences[at].overlaps(cut):
                hit.append(sentences[at])
            at += 1
        if not hit:
            article = self.page.article
            return article.paragraph_at(cut.start).span if article.blocks else cut
        return join((*hit, cut))

    def is_marked(self, place: int) -> bool:
        """Whether a word stands between quotation marks, whatever was made of them."""
        at = self.words.starts[place]
        paragraph = self.page.article.paragraph_at(at).span if self.page.article.blocks else None
        before = self.page.article.text[paragraph.start if paragraph else 0 : at]
        opened = max(before.rfind(mark) for mark in "“„«") > max(map(before.rfind, "”»"))
        return opened or before.count('"') % 2 == 1

    def lost_by_cut(self, ids: Sequence[int], utterance: Utterance | None) -> Span | None:
        """The words that make a condition or a negation of these, and were left out."""
        words = self.words
        if words.is_glued(ids[0]):
            return self.span(ids[0] - 1, ids[0] - 1)
        if words.is_glued(ids[-1] + 1):
            return self.span(ids[-1] + 1, ids[-1] + 1)
        quoted = utterance is not None and utterance.quotation.speech in _QUOTED
        host: Sequence[int] = utterance.ids if utterance and quoted else range(len(words))
        claim = self._tokens(ids)
        before = self._before(host, ids[0])
        rest, following = self._after(host, ids[-1])
        if lost := lost_after(claim, self._tokens(rest), self._tokens(following)):
            lost_ids = (*rest, *following)[:lost]
            return self.span(min(lost_ids), max(lost_ids))
        if lost := lost_before(self._tokens(before), claim):
            return self.span(before[-lost], before[-1])
        if quoted and self._is_fragment(host):
            return self._lost_around(claim, ids, before=before, rest=rest)
        return None

    def lost_question_mark(self, last: int) -> Span | None:
        """The question mark right after a word."""
        end = self.words.ends[last]
        tail = self.page.article.text[end : end + 4]
        at = tail.find("?")
        if at < 0 or any(c.isalnum() or c in ".!,;" for c in tail[:at]):
            return None
        return Span(self.page.article, end + at, end + at + 1)

    def _utterances(self, quotation: Quotation) -> list[Utterance]:
        groups: list[tuple[list[int], int]] = []
        for part in quotation.parts:
            ids = list(self.words.within(part.start, part.end))
            if not ids:
                continue
            if groups and self._is_interruption(groups[-1][1], part.start):
                groups[-1] = (groups[-1][0] + ids, part.end)
            else:
                groups.append((ids, part.end))
        return [Utterance(quotation, tuple(ids)) for ids, _ in groups]

    def _continues(self, one: Utterance, other: Utterance) -> bool:
        """Whether a quotation goes on with the one before, by the same speaker."""
        first, second = one.quotation, other.quotation
        if first.speech not in _QUOTED or second.speech not in _QUOTED or first is second:
            return False
        if first.speaker is None or second.speaker is None:
            return False
        end, start = first.content.end, second.content.start
        return (
            first.speaker.person == second.speaker.person
            and end <= start
            and first.content.paragraph == second.content.paragraph
            and self._is_interruption(end, start)
        )

    def _is_interruption(self, end: int, start: int) -> bool:
        """Whether the reporter only breaks in here, as in “A,” she said, “B”.

        Both sides then have a pause: a reporter who writes on (“A” and that it was “B”) has
        made a sentence of their own out of two fragments.
        """
        between = self.page.article.text[end:start]
        if not any(c.isalnum() for c in between):
            return True
        before = self.page.article.text[max(0, end - 1) : end]
        opening = between.rstrip().rstrip(_MARKS).rstrip()
        closing = between.lstrip().lstrip(_MARKS).lstrip()
        paused = before in _PAUSES or closing[:1] in _PAUSES
        return paused and (opening[-1:] in _PAUSES or "\n" in between[len(opening) :])

    def _sentence_at(self, offset: int) -> int:
        return bisect.bisect_right(self.page.sentences, offset, key=lambda s: s.start) - 1

    def _is_boundary(self, one: int, other: int) -> bool:
        """Whether a sentence ends between two words that follow each other in a stream."""
        words = self.words
        between = words.text[words.ends[one] : words.starts[other]]
        if other - one > 1:
            return between.rstrip(_MARKS + " \n\t\xa0")[-1:] in ".!?:"
        if "\n\n" in between or "\n\r\n" in between:
            return True
        if not _SENTENCE_END.search(words.gaps[other]):
            return False
        if self._sentence_at(words.starts[one]) != self._sentence_at(words.starts[other]):
            return True
        is_capital = words.text[words.starts[other]].isupper()
        return "." not in between or (is_capital and len(words.keys[one]) > _ABBREVIATION)

    def _before(self, host: Sequence[int], first: int) -> list[int]:
        at = bisect.bisect_left(host, first)
        ids: list[int] = []
        following = first
        while at > 0 and len(ids) < _CONTEXT and not self._is_boundary(host[at - 1], following):
            at -= 1
            following = host[at]
            ids.append(following)
        return ids[::-1]

    def _after(self, host: Sequence[int], last: int) -> tuple[list[int], list[int]]:
        """What follows in the same sentence, and the next sentence."""
        at = bisect.bisect_left(host, last) + 1
        parts: list[list[int]] = [[], []]
        part, before = 0, last
        while at < len(host) and len(parts[part]) < _CONTEXT:
            if self._is_boundary(before, host[at]):
                if part or parts[0]:
                    break
                part = 1
            before = host[at]
            parts[part].append(before)
            at += 1
        return parts[0], parts[1]

    def _is_fragment(self, host: Sequence[int]) -> bool:
        """Whether an utterance is part of the reporter's sentence, not one of its own."""
        return not self.words.text[self.words.starts[host[0]]].isupper()

    def _lost_around(
        self, claim: Sequence[Token], ids: Sequence[int], *, before: list[int], rest: list[int]
    ) -> Span | None:
        """What the reporter's own words around a quoted fragment take back or make conditional."""
        page = range(len(self.words))
        if not before:
            outside = self._before(page, ids[0])
            if lost := lost_before(self._tokens(outside), claim, fragment=True):
                return self.span(outside[-lost], outside[-1])
        if not rest:
            outside, _ = self._after(page, ids[-1])
            if lost := lost_after(claim, self._tokens(outside), (), fragment=True):
                return self.span(outside[0], outside[lost - 1])
        return None

    def _tokens(self, ids: Sequence[int]) -> list[Token]:
        words = self.words
        tokens = []
        for before, place in pairwise((None, *ids)):
            assert place is not None  # noqa: S101 - only the first of all is None
            gap = words.gaps[place]
            if before is not None and place - before > 1:
                gap = ","
            tokens.append(Token(words.keys[place], gap, place))
        return tokens
