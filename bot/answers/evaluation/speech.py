"""Speech: quotations found against quotations marked, and whose they are said to be.

- A found stretch is *matched* with a marked one where, quotation marks, blanks and
  punctuation at their ends aside, they share 80% of the longer one; one to one, the best
  overlap first. What is found on a stretch that is marked as ignored counts neither way.
- The *speaker* is right for a person where a name in the speaker given ends in the same
  last name, and no first name says that it is another of the article's people; for an
  organisation or a description where the head word is the same; and wherever it is what
  the article itself calls the speaker there, pronouns aside. Marked quotations without a
  speaker who can be told are left out.
- *Joint*: matched, with the right speaker.

Only quoted words count, not the reporter's paraphrase.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.answers.evaluation.marks import Mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.answers.evaluation.rows import MarkedSpeech, Said

MATCHED = 0.8
"""The part of the longer stretch that two share where they are the same quotation."""

_EDGES = "“”\"„‟«»‘’'`″ \t\r\n\xa0.,;:!?—–-…"
_PARTS = re.compile(r"[,;:&—–]| - |\band\b")
_TAIL = re.compile(
    r"\b(?:who|whom|which|that|of|for|at|from|in|on|with|to|by|whose|during|after|before|as)\b"
)
_DETERMINERS = frozenset("the a an this that its their his her our my".split())
_SUFFIXES = frozenset("jr sr ii iii iv".split())
_PRONOUNS = frozenset(
    "he she they i we who it him her his their you which that my our your me us them himself "
    "herself themselves one its hers".split()
)


@dataclass(frozen=True, slots=True)
class Found:
    """A quotation as found, by offsets into the document; None for a speaker not clear."""

    start: int
    end: int
    speaker: str | None
    confidence: float


@dataclass(frozen=True, slots=True)
class SpeechFigures:
    """The figures of a set of articles; shares are 0..1."""

    articles: int
    marked: int
    found: int
    span_f1: float
    speaker_accuracy: float | None
    joint_f1: float


@dataclass(frozen=True, slots=True)
class Judged:
    """One article: the counts that the figures are made of, and a mark a matched speaker."""

    marked: int
    nameless: int
    found: int
    matched: int
    matched_nameless: int
    speakers: tuple[Mark, ...]


def judge(gold: MarkedSpeech, found: Sequence[Found]) -> Judged:
    """Compare what was found in one article with what is marked in it."""
    text = gold.document.text
    marked = [_core(text, said.start, said.end) for said in gold.said]
    stretches = _each_once(text, found)
    pairs = []
    for i, (start, end, one) in enumerate(stretches):
        for j, (first, last) in enumerate(marked):
            shared = (min(end, last) - max(start, first)) / max(end - start, last - first, 1)
            if shared >= MATCHED:
                ok = is_speaker(one.speaker, gold.said[j], gold.people)
                pairs.append((-shared, not ok, i, j))
    matched: dict[int, int] = {}
    for _, _, i, j in sorted(pairs):
        if i not in matched and j not in matched.values():
            matched[i] = j
    counted = sum(
        i in matched or not _is_ignored(text, start, end, gold.ignored)
        for i, (start, end, _) in enumerate(stretches)
    )
    speakers = tuple(
        Mark(
            f"{gold.document.id}:{gold.said[j].start}",
            answerable=True,
            answered=stretches[i][2].speaker is not None,
            score=stretches[i][2].confidence,
            first=is_speaker(stretches[i][2].speaker, gold.said[j], gold.people),
        )
        for i, j in sorted(matched.items())
        if gold.said[j].speakers
    )
    return Judged(
        marked=len(marked),
        nameless=sum(not said.speakers for said in gold.said),
        found=counted,
        matched=len(matched),
        matched_nameless=len(matched) - len(speakers),
        speakers=speakers,
    )


def speech_figures(judged: Sequence[Judged]) -> SpeechFigures:
    """The figures of a set of articles."""
    marked, found = sum(one.marked for one in judged), sum(one.found for one in judged)
    matched = sum(one.matched for one in judged)
    nameless = sum(one.nameless for one in judged)
    extra = sum(one.matched_nameless for one in judged)
    marks = [mark for one in judged for mark in one.speakers]
    right = sum(mark.first for mark in marks)
    return SpeechFigures(
        articles=len(judged),
        marked=marked,
        found=found,
        span_f1=_f1(matched, found, marked),
        speaker_accuracy=right / len(marks) if marks else None,
        joint_f1=_f1(right, found - extra, marked - nameless),
    )


def is_speaker(given: str | None, gold: Said, people: Iterable[str] = ()) -> bool:
    """Whether the speaker given is the one marked."""
    if not given or _fold(given) in _PRONOUNS:
        return False
    if _fold(given) in {_fold(name) for name in (gold.printed, *gold.speakers) if name}:
        return True
    if not gold.person:
        head = _head(given)
        return bool(head) and head in {_head(name) for name in gold.speakers}
    return any(_is_person(given, name, people) for name in gold.speakers)


def _is_person(given: str, name: str, people: Iterable[str]) -> bool:
    wanted = _fold(name).split()
    if not wanted or _last(wanted) in _PRONOUNS:
        return False
    others = [parts for parts in (_fold(other).split() for other in people) if parts != wanted]
    namesakes = [parts for parts in others if _last(parts) == _last(wanted)]
    rivals = [parts for parts in namesakes if not _same_first(parts[0], wanted[0])]
    for words in _chunks(given):
        if _last(words) != _last(wanted):
            continue
        if ("jr" in words) != ("jr" in wanted) and ("jr" in words or len(rivals) < len(namesakes)):
            continue
        names = [word for word in words if word not in _SUFFIXES]
        first = names[-2] if len(names) > 1 else None
        another = any(first in rival for rival in rivals)
        if first is None or first in wanted or not another:
            return True
    return False


def _same_first(one: str, other: str) -> bool:
    """Whether two first names may be one person's: Don and Donald, but not Bill and William."""
    return one == other or (len(one) > 2 and one[:3] == other[:3])


def _core(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    first = start + len(piece) - len(piece.lstrip(_EDGES))
    return first, max(first, start + len(piece.rstrip(_EDGES)))


def _each_once(text: str, found: Iterable[Found]) -> list[tuple[int, int, Found]]:
    kept: dict[tuple[int, int, str], tuple[int, int, Found]] = {}
    for one in found:
        start, end = _core(text, one.start, one.end)
        if start < end:
            kept.setdefault((start, end, (one.speaker or "").lower()), (start, end, one))
    return list(kept.values())


def _is_ignored(text: str, start: int, end: int, ignored: Iterable[tuple[int, int]]) -> bool:
    cores = (_core(text, *stretch) for stretch in ignored)
    return any(min(end, b) - max(start, a) >= (end - start) / 2 for a, b in cores)


def _fold(name: str) -> str:
    """The name in lower case, without accents, and without marks around its words."""
    plain = "".join(
        mark for mark in unicodedata.normalize("NFKD", name) if not unicodedata.combining(mark)
    )
    words = plain.lower().replace("’", "'").replace("‘", "'").split()
    return " ".join(filter(None, (word.strip(".,'!?\"“”") for word in words)))


def _chunks(speaker: str) -> list[list[str]]:
    """The names in a speaker's description: "Ann Lee, mayor of Bath" gives two."""
    plain = re.sub(r"\([^)]*\)?", " ", speaker).lower()
    chunks: list[list[str]] = []
    for part in _PARTS.split(plain):
        words = _fold(_TAIL.split(part)[0] or part).split()
        words = [word.removesuffix("'s").removesuffix("'") for word in words]
        if words and chunks and set(words) <= _SUFFIXES:
            chunks[-1] += words
        elif words:
            chunks.append(words)
    return chunks


def _head(speaker: str) -> str:
    chunks = _chunks(speaker)
    if not chunks:
        return ""
    return ([word for word in chunks[0] if word not in _DETERMINERS] or chunks[0])[-1]


def _last(words: Sequence[str]) -> str:
    names = [word for word in words if word not in _SUFFIXES]
    return names[-1] if names else ""


def _f1(matched: int, found: int, marked: int) -> float:
    return 2 * matched / (found + marked) if matched else 0.0
