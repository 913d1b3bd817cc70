"""Whether a quote is in the articles, word for word, and by whom.

From the quote's words to a `Check`, in order: where they stand word for word (and whether
the cut or the claimed speaker is wrong there); whether they are true pieces joined; what
printed words they are most like. A likeness decides what is shown, never the verdict.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from bot.answers.answer import Attribution, Check, Citation, Difference, Verdict
from bot.answers.check.cuts import Token, is_lost_question
from bot.answers.check.locate import Stretch, align, cover, find
from bot.answers.check.names import Match, match_name
from bot.answers.check.reading import Reading
from bot.answers.check.words import Words, read_words
from index.article import Span
from index.errors import CorpusError
from index.speech import Speech

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.answers.check.locate import Alignment, Stream
    from bot.answers.check.reading import Utterance
    from bot.answers.page import Page
    from index.speech import Quotation

LONGEST_QUOTE = 4000
# Least agreement at which a quote is shown beside printed words as altered. Set on the gold
# checks: every altered one is above .6 there, every invented one below .5.
_FLOOR = 0.6
_MOST_FOUND = 5
_ELLIPSIS = re.compile(r"…|\.\s?\.")
# Words too common to say that two sentences are the same one.
_COMMON = frozenset(
    """a an the and or but of to in on at by for with from as is are was were be been it its he she
    they we i you his her their our that this these those not no do does did have has had will
    would can could said says say""".split()
)


class UncheckableQuote(CorpusError):
    """What was given as a quote is too long, or holds no words."""


@dataclass(frozen=True, slots=True)
class _Finding:
    """One place where the words stand, and what is to be said about it."""

    reading: Reading
    ids: tuple[int, ...]
    quotation: Quotation | None
    attribution: Attribution
    lost: Span | None = None
    changed: tuple[Difference, ...] = ()

    @property
    def rank(self) -> int:
        """How well it speaks for the claim, best first."""
        if self.changed:
            return 10
        whole = self.lost is None
        spoken = self.quotation is not None and self.quotation.speech is not Speech.NARRATION
        match self.attribution:
            case Attribution.NOT_ASKED:
                quoted = spoken and self.quotation.speech is not Speech.INDIRECT  # type: ignore[union-attr]
                order = [(quoted, whole), (spoken, whole), (quoted, True), (spoken, True)]
                return next((i for i, fit in enumerate(order) if all(fit)), 4 if whole else 5)
            case Attribution.CONFIRMED:
                return 0 if whole else 2
            case Attribution.NOT_CLEAR:
                return (1 if spoken else 3) if whole else 4
            case Attribution.ANOTHERS:
                return 5 if whole else 6


def check_quote(
    quote: str, speaker: str | None, pages: Sequence[Page], *, min_confidence: float
) -> Check:
    """Compare a quote, and who is said to have said it, with what the pages print.

    An attribution below `min_confidence` is not clear: it confirms nothing and refutes
    nothing, and the quotation is cited without its speaker. Raises `UncheckableQuote`.
    """
    if len(quote) > LONGEST_QUOTE:
        error = UncheckableQuote(f"The quote has {len(quote):,} characters, too many to check.")
        error.add_note(f"Check at most {LONGEST_QUOTE:,} characters at a time.")
        raise error
    words = read_words(re.sub(r"\[(\w)\](?=\w)", r"\1", quote))
    if not len(words):
        error = UncheckableQuote("There are no words in the quote.")
        error.add_note("Give the words to look for, as they were quoted to you.")
        raise error
    claimed = speaker.strip() or None if speaker else None
    return _Checker(quote, words, claimed, pages, min_confidence).check()


class _Checker:
    """One quote against some pages."""

    def __init__(
        self,
        quote: str,
        words: Words,
        speaker: str | None,
        pages: Sequence[Page],
        min_confidence: float,
    ) -> None:
        self.quote = quote
        self.words = words
        self.speaker = speaker
        self.min_confidence = min_confidence
        self.readings = [Reading(page, number) for number, page in enumerate(pages)]
        self.streams: list[Stream] = [s for reading in self.readings for s in reading.streams]
        self.aliases: dict[str, set[str]] = {}
        for page in pages:
            for quotation in page.quotations:
                if who := quotation.speaker:
                    self.aliases.setdefault(who.person, set()).update((who.name, *who.aliases))

    def check(self) -> Check:
        keys = self.words.keys
        if stretches := find(keys, self.streams):
            return self._verbatim(stretches)
        if pieces := self._elided():
            return self._joined(pieces, elided=True)
        wholes = frozenset().union(*(reading.wholes for reading in self.readings))
        if pieces := cover(keys, self.streams, wholes):
            return self._joined(pieces, elided=False)
        return self._altered(align(keys, self.streams))

    def _verbatim(self, stretches: Sequence[Stretch]) -> Check:
        findings = sorted(map(self._finding, stretches), key=lambda finding: finding.rank)
        best = findings[0]
        differences = best.changed
        if best.changed:
            verdict = Verdict.ALTERED
        elif best.attribution is Attribution.ANOTHERS:
            verdict = Verdict.WRONG_SPEAKER
        elif best.lost:
            verdict = Verdict.TRUNCATED
            differences = (Difference(None, best.lost),)
        else:
            verdict = Verdict.VERBATIM
        found = [f for f in findings if bool(f.changed) == bool(best.changed)]
        return self._result(verdict, found, differences, best.attribution)

    def _joined(self, pieces: Sequence[tuple[str, ...]], *, elided: bool) -> Check:
        """Pieces that each stand somewhere: left-out words of one sentence, or a splice."""
        chosen = self._choose(pieces)
        findings = [self._finding(stretch) for stretch in chosen]
        left_out = [self._between(one, other) for one, other in pairwise(findings)]
        differences = tuple(Difference(None, span) for span in left_out if span)
        one_sentence = all(self._is_one_sentence(a, b) for a, b in pairwise(findings))
        verdict = Verdict.ALTERED if one_sentence and not elided else Verdict.SPLICED
        attributions = {finding.attribution for finding in findings}
        attribution = next(
            kind
            for kind in (
                Attribution.ANOTHERS,
                Attribution.NOT_CLEAR,
                Attribution.CONFIRMED,
                Attribution.NOT_ASKED,
            )
            if kind in attributions
        )
        return self._result(verdict, findings, differences, attribution)

    def _altered(self, alignment: Alignment | None) -> Check:
        if alignment is None or not self._is_like(alignment):
            attribution = Attribution.NOT_CLEAR if self.speaker else Attribution.NOT_ASKED
            return Check(self.quote, self.speaker, Verdict.NOT_FOUND, attribution=attribution)
        reading = self.readings[alignment.page]
        steps = self._within_speech(alignment, reading)
        ids = tuple(place for _, place in steps if place is not None)
        finding = self._finding(Stretch(alignment.page, ids))
        differences = tuple(self._differences(steps, reading))
        return self._result(
            Verdict.ALTERED, [finding], differences, finding.attribution, alignment.agreement
        )

    def _result(
        self,
        verdict: Verdict,
        findings: Sequence[_Finding],
        differences: tuple[Difference, ...],
        attribution: Attribution,
        score: float = 1.0,
    ) -> Check:
        found = dict.fromkeys(self._cite(finding, score) for finding in findings[:_MOST_FOUND])
        return Check(self.quote, self.speaker, verdict, tuple(found), differences, attribution)

    def _cite(self, finding: _Finding, score: float) -> Citation:
        reading, quotation = finding.reading, finding.quotation
        if quotation and not self._is_clear(quotation):
            quotation = replace(quotation, speaker=None)
        runs = Stretch(reading.number, finding.ids).runs
        answers = tuple(reading.span(first, last) for first, last in sorted(runs))
        span = reading.sentences(min(finding.ids), max(finding.ids))
        return Citation(span, round(score, 4), answers, quotation)

    # Where the words stand, and whose they are.

    def _finding(self, stretch: Stretch) -> _Finding:
        reading = self.readings[stretch.page]
        utterance = reading.utterance_of(stretch.ids)
        attribution = self._attribution(reading, stretch.ids, utterance)
        changed = tuple(self._changed_marks(reading, stretch.ids))
        lost = None
        if not changed and len(stretch.ids) == len(self.words):
            lost = reading.lost_by_cut(stretch.ids, utterance) or self._lost_question(
                reading, stretch.ids
            )
        quotation = utterance.quotation if utterance else None
        return _Finding(reading, stretch.ids, quotation, attribution, lost, changed)

    def _is_clear(self, quotation: Quotation) -> bool:
        return quotation.speaker is not None and quotation.confidence >= self.min_confidence

    def _attribution(
        self, reading: Reading, ids: tuple[int, ...], utterance: Utterance | None
    ) -> Attribution:
        if self.speaker is None:
            return Attribution.NOT_ASKED
        if utterance is not None:
            return self._compare(utterance.quotation)
        touched = [self._compare(u.quotation) for u in reading.touched(ids)]
        if touched:
            # The words run out of the quotation marks: partly speech, partly the reporter's.
            everyone_else = all(kind is Attribution.ANOTHERS for kind in touched)
            return Attribution.ANOTHERS if everyone_else else Attribution.NOT_CLEAR
        if reading.is_marked(ids[0]) or self._is_near(reading, ids):
            return Attribution.NOT_CLEAR
        return Attribution.ANOTHERS

    def _compare(self, quotation: Quotation) -> Attribution:
        if self.speaker is None or quotation.speaker is None or not self._is_clear(quotation):
            return Attribution.NOT_CLEAR
        aliases = self.aliases.get(quotation.speaker.person, ())
        match match_name(self.speaker, quotation.speaker, sorted(aliases)):
            case Match.YES:
                # Nobody is confirmed to have said what they denied, or asked about.
                return Attribution.CONFIRMED if quotation.is_said else Attribution.NOT_CLEAR
            case Match.NO:
                return Attribution.ANOTHERS
            case Match.UNSURE:
                return Attribution.NOT_CLEAR

    def _is_near(self, reading: Reading, ids: tuple[int, ...]) -> bool:
        """Whether narration may be the claimed speaker's after all: named or quoted right there."""
        sentence = reading.sentences(min(ids), max(ids))
        name = set(read_words(self.speaker or "").keys) - _COMMON
        named = {
            key.removesuffix("'s")
            for place in reading.words.within(sentence.start, sentence.end)
            for key in (reading.words.keys[place],)
        }
        return bool(name & named) or any(
            quotation.context.overlaps(sentence)
            and self._compare(quotation) is not Attribution.ANOTHERS
            for quotation in reading.page.quotations
        )

    # Marks between the words.

    def _changed_marks(self, reading: Reading, ids: tuple[int, ...]) -> list[Difference]:
        """Marks between or after the words that are not the printed ones."""
        if len(ids) != len(self.words):
            return []
        differences = []
        for place, (one, other) in enumerate(pairwise(ids), start=1):
            mine, printed = self.words.gaps[place], reading.words.gaps[other]
            if other - one == 1 and mine != printed:
                between = self._mark_span(reading, one, other)
                differences.append(Difference(mine or None, between if printed else None))
        tail = self.quote[self.words.ends[-1] :] if self.quote == self.words.text else ""
        end = reading.words.ends[ids[-1]]
        after = reading.words.text[end : end + 3]
        question = reading.lost_question_mark(ids[-1])
        if "?" in tail and not question:
            differences.append(Difference("?", None))
        elif "!" in tail and "!" not in after:
            differences.append(Difference("!", question))
        elif question and "." in tail and not _ELLIPSIS.search(tail):
            differences.append(Difference(".", question))
        return differences

    def _mark_span(self, reading: Reading, one: int, other: int) -> Span:
        words = reading.words
        start, end = words.ends[one], words.starts[other]
        between = words.text[start:end]
        start += len(between) - len(between.lstrip())
        end -= len(between) - len(between.rstrip())
        return Span(reading.page.article, start, max(end, start + 1))

    def _lost_question(self, reading: Reading, ids: tuple[int, ...]) -> Span | None:
        tail = self.words.text[self.words.ends[-1] :]
        question = reading.lost_question_mark(ids[-1])
        tokens = [
            Token(key, gap, 0) for key, gap in zip(self.words.keys, self.words.gaps, strict=True)
        ]
        if question and "?" not in tail and is_lost_question(tokens):
            return question
        return None

    # Pieces.

    def _elided(self) -> tuple[tuple[str, ...], ...]:
        """The pieces that the quote's own ellipses make, when each stands somewhere."""
        words = self.words
        pieces: list[list[str]] = [[]]
        for place, key in enumerate(words.keys):
            between = words.text[words.ends[place - 1] : words.starts[place]] if place else ""
            if _ELLIPSIS.search(between):
                pieces.append([])
            pieces[-1].append(key)
        if len(pieces) == 1:
            return ()
        whole = all(any(stream.holds(piece) for stream in self.streams) for piece in pieces)
        return tuple(tuple(piece) for piece in pieces) if whole else ()

    def _choose(self, pieces: Sequence[tuple[str, ...]]) -> list[Stretch]:
        """A place for each piece: near the others, in order, and in somebody's speech."""
        places = [find(piece, self.streams) for piece in pieces]
        pages = [{stretch.page for stretch in found} for found in places]
        home = max(
            range(len(self.readings)), key=lambda number: sum(number in page for page in pages)
        )
        chosen: list[Stretch] = []
        for found in places:
            at = chosen[-1].ids[-1] if chosen and chosen[-1].page == home else -1

            def distance(stretch: Stretch, at: int = at) -> tuple[bool, bool, bool, int]:
                reading = self.readings[stretch.page]
                away = stretch.page != home
                back = not away and stretch.ids[0] <= at
                silent = reading.utterance_of(stretch.ids) is None
                return away, silent, back, abs(stretch.ids[0] - at)

            chosen.append(min(found, key=distance))
        return chosen

    def _between(self, one: _Finding, other: _Finding) -> Span | None:
        """What is left out between two pieces that stand in one sentence or paragraph, in order."""
        last, first = one.ids[-1], other.ids[0]
        if one.reading is not other.reading or first - last < 2:
            return None
        span = one.reading.span(last + 1, first - 1)
        near = one.reading.span(last, last).paragraph == other.reading.span(first, first).paragraph
        return span if near else None

    def _is_one_sentence(self, one: _Finding, other: _Finding) -> bool:
        if one.reading is not other.reading or one.ids[-1] >= other.ids[0]:
            return False
        reading = one.reading
        both = (one.ids[-1], other.ids[0])
        marked = reading.touched(one.ids) or reading.touched(other.ids)
        if marked and reading.utterance_of(both) is None:
            return False
        sentence = reading.sentences(one.ids[-1], one.ids[-1])
        return sentence.covers(reading.span(other.ids[0], other.ids[0]))

    # Likeness.

    def _is_like(self, alignment: Alignment) -> bool:
        keys = self.words.keys
        printed = self.readings[alignment.page].words.keys
        same = [
            keys[mine]
            for mine, place in alignment.steps
            if mine is not None and place is not None and keys[mine] == printed[place]
        ]
        enough = len(same) >= 2 or (len(keys) <= 3 and len(same) == 1)
        return enough and bool(set(same) - _COMMON) and alignment.agreement >= _FLOOR

    def _within_speech(
        self, alignment: Alignment, reading: Reading
    ) -> list[tuple[int | None, int | None]]:
        """The steps without printed words beyond the utterance or sentence that is meant.

        A word that the quote adds before the opening mark is an addition; the reporter's word
        which happens to stand there is not what it was changed from.
        """
        keys, printed = self.words.keys, reading.words.keys
        core = [
            place
            for mine, place in alignment.steps
            if mine is not None and place is not None and keys[mine] == printed[place]
        ]
        home = reading.utterance_of(core)
        if home and home.quotation.speech is not Speech.INDIRECT:
            inside = list(home.ids)
        else:
            sentence = reading.sentences(core[0], core[-1])
            inside = list(reading.words.within(sentence.start, sentence.end))
        steps = [
            (mine, place if place is not None and inside[0] <= place <= inside[-1] else None)
            for mine, place in alignment.steps
        ]
        steps = [step for step in steps if step != (None, None)]
        closer = self._without_ties(steps, inside, printed)
        same_home = reading.utterance_of([at for _, at in closer if at is not None]) == home
        return closer if same_home else steps

    def _without_ties(
        self,
        steps: Sequence[tuple[int | None, int | None]],
        inside: Sequence[int],
        printed: Sequence[str],
    ) -> list[tuple[int | None, int | None]]:
        """The steps, or others that cost as much and say which printed words were left out.

        "the bill" for "the repair bill": to drop "bill" costs an alignment no more than to skip
        "repair". It looks no farther than the words `inside`.
        """
        ended = _met_beyond(steps, inside, self.words.keys, printed)
        begun = _met_beyond(ended[::-1], inside[::-1], self.words.keys, printed)
        return begun[::-1]

    def _differences(
        self, steps: Sequence[tuple[int | None, int | None]], reading: Reading
    ) -> list[Difference]:
        """Runs of steps that are not the same word, each as one difference."""
        keys, printed = self.words.keys, reading.words.keys
        differences: list[Difference] = []
        mine: list[int] = []
        theirs: list[int] = []

        def close() -> None:
            if mine or theirs:
                claimed = (
                    self.words.text[self.words.starts[mine[0]] : self.words.ends[mine[-1]]]
                    if mine
                    else None
                )
                differences.append(
                    Difference(claimed, reading.span(theirs[0], theirs[-1]) if theirs else None)
                )
            mine.clear()
            theirs.clear()

        for one, other in steps:
            if one is not None and other is not None and keys[one] == printed[other]:
                close()
                continue
            if one is not None:
                mine.append(one)
            if other is not None:
                theirs.append(other)
        close()
        return differences


def _met_beyond(
    steps: Sequence[tuple[int | None, int | None]],
    inside: Sequence[int],
    keys: Sequence[str],
    printed: Sequence[str],
) -> list[tuple[int | None, int | None]]:
    """The steps, whose last words of the quote are met if as many printed ones are passed over."""
    lost = list(takewhile(lambda step: step[1] is None, reversed(steps)))[::-1]
    met = list(steps[: len(steps) - len(lost)])
    if not lost or not met or met[-1][1] not in inside:
        return list(steps)
    at = inside.index(met[-1][1]) + 1
    beyond = inside[at + len(lost) : at + 2 * len(lost)]
    dropped = [mine for mine, _ in lost if mine is not None]
    if [printed[place] for place in beyond] != [keys[mine] for mine in dropped]:
        return list(steps)
    passed = inside[at : at + len(lost)]
    return [*met, *((None, place) for place in passed), *zip(dropped, beyond, strict=True)]
