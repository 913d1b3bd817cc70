"""Whose words a quoted stretch is: the cue beside it and the cue's source.

Rules in order of trust: a verb of speech that governs the stretch; "according to"; a
noun of speech with its owner; any other verb with a subject; and, where the sentence
has none of these, the speaker carried over from the words around it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.speech import lexicon
from index.speech.grammar import (
    climb,
    is_speech_verb,
    is_verb,
    owner_of,
    subject_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.speech.grammar import Page, Token
    from index.speech.marks import Stretch

_OBJECT_SIDE = {"nsubj", "nsubjpass", "csubj"}


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody's claim to a stretch: `source` in page `page`, by the words `cue`, on what grounds.

    `through` are the sources of the verbs of speech further up, innermost first.
    """

    page: int
    source: Token
    cue: Token | None
    how: str
    through: tuple[Token, ...] = ()


def claim_in_sentence(page: Page, number: int, place: int, stretch: Stretch) -> Claim | None:
    """Who is said, in the stretch's own sentence, to have spoken it (`place` is the page's)."""
    if number in page.fragments:
        anchor, inside = _fragment_anchor(page, number)
    else:
        anchor = next(page.doc[i] for i, n in page.stand_ins.items() if n == number)
        inside = (anchor.i, anchor.i + 1)
    claim = _governing_verb(page, place, anchor, inside)
    if claim is None and number not in page.fragments:
        claim = _beside(page, place, anchor)
    if claim is None:
        claim = _according_to(page, place, anchor)
    if claim is None:
        claim = _noun_of_speech(page, place, anchor)
    if claim is None:
        claim = _any_verb(page, place, anchor, inside, whole=number not in page.fragments)
    return claim


def _fragment_anchor(page: Page, number: int) -> tuple[Token, tuple[int, int]]:
    first, last = page.fragments[number]
    for i in range(first, last):
        token = page.doc[i]
        if not first <= token.head.i < last or token.head.i == i:
            if token.is_punct and i + 1 < last:
                continue
            return token, (first, last)
    return page.doc[first], (first, last)


def _governing_verb(page: Page, place: int, anchor: Token, inside: tuple[int, int]) -> Claim | None:
    """The nearest verb of speech above the stretch, when the stretch is not its subject."""
    found: Claim | None = None
    through: list[Token] = []
    for head, dep in climb(anchor):
        if inside[0] <= head.i < inside[1] or not is_speech_verb(head) or page.is_quoted(head.i):
            continue
        if dep in _OBJECT_SIDE and not _inverted(anchor, head):
            continue
        source = subject_of(head)
        if source is None or inside[0] <= source.i < inside[1]:
            source = _after_verb(page, head)
        if source is None:
            continue
        if found is None:
            found = Claim(place, source, head, "verb")
        elif source.i != found.source.i:
            through.append(source)
    return replace(found, through=tuple(through)) if found else None


def _inverted(anchor: Token, head: Token) -> bool:
    """Whether the stretch was only mistaken for the subject, in "Yes," said the mayor."""
    return anchor.head.i == head.i and anchor.i < head.i


def _after_verb(page: Page, verb: Token) -> Token | None:
    """The source behind an inverted verb that the parser took for its object."""
    for child in verb.rights:
        if child.dep_ in {"dobj", "attr", "oprd", "dep", "npadvmod"} and child.pos_ in {
            "PROPN",
            "NOUN",
            "PRON",
        }:
            if child.i - verb.i <= 8 and not page.is_quoted(child.i):
                return child
    return None


def _beside(page: Page, place: int, anchor: Token) -> Claim | None:
    """The verb of speech next to a whole stretch, whatever the parser made of the sentence."""
    sentence = anchor.sent
    best: tuple[int, Token, Token] | None = None
    for token in sentence:
        if not is_speech_verb(token) or page.is_quoted(token.i) or token.tag_ in {"VB", "VBN"}:
            continue
        if token.dep_ in {"relcl", "amod"}:
            continue
        source = subject_of(token) or _after_verb(page, token)
        if source is None or source.i in page.stand_ins:
            continue
        distance = abs(token.i - anchor.i)
        if best is None or distance < best[0]:
            best = (distance, token, source)
    return Claim(place, best[2], best[1], "beside") if best else None


def _according_to(page: Page, place: int, anchor: Token) -> Claim | None:
    for token in anchor.sent:
        if token.lower_ == "according":
            for child in token.children:
                if child.dep_ == "prep":
                    for source in child.children:
                        if source.dep_ == "pobj":
                            return Claim(place, source, token, "according")
    return None


def _noun_of_speech(page: Page, place: int, anchor: Token) -> Claim | None:
    for head, dep in climb(anchor):
        if is_verb(head) and dep in _OBJECT_SIDE:
            return None
        if head.pos_ == "NOUN" and head.lemma_.lower() in lexicon.SPEECH_NOUNS:
            source = owner_of(head)
            if source is not None and not page.is_quoted(source.i):
                return Claim(place, source, head, "noun")
    return None


def _any_verb(
    page: Page, place: int, anchor: Token, inside: tuple[int, int], *, whole: bool
) -> Claim | None:
    heads = [(anchor, "")] if not whole else []
    for head, dep in [*heads, *climb(anchor)]:
        if inside[0] <= head.i < inside[1] and not is_verb(head):
            continue
        if not (is_verb(head) or head.pos_ == "AUX") or dep in _OBJECT_SIDE:
            continue
        source = subject_of(head)
        if source is None or page.is_quoted(source.i) or source.tag_ in {"EX", "WP", "WDT"}:
            continue
        if source.lower_ in {"it", "this", "that", "there", "what", "which"}:
            continue
        return Claim(place, source, head, "weak")
    if whole:
        root = anchor.sent.root
        source = subject_of(root)
        if source is not None and source.i not in page.stand_ins:
            return Claim(place, source, root, "weak")
    return None


def stands_alone(page: Page, anchor_place: int) -> bool:
    """Whether the stand-in's sentence holds nothing but stand-ins."""
    return all(
        token.is_punct or token.is_space or token.i in page.stand_ins
        for token in page.doc[anchor_place].sent
    )


def subject_before(page: Page, place: int, before: int, first: int) -> Claim | None:
    """The subject of the last sentence of the reporter's between two places of a page."""
    sentences = [s for s in page.doc.sents if first <= s.start and s.end <= before]
    for sentence in reversed(sentences):
        if all(t.is_punct or t.is_space or t.i in page.stand_ins for t in sentence):
            continue
        source = subject_of(sentence.root)
        if source is None or source.i in page.stand_ins or source.tag_ in {"EX", "WP", "WDT"}:
            return None
        return Claim(place, source, sentence.root, "before")
    return None


def is_title_or_nickname(text: str, stretch: Stretch, block: tuple[int, int]) -> bool:
    """Whether the marks hold a work's title or a nickname, by the words at their sides."""
    content = text[stretch.start : stretch.end].rstrip(",.")
    words = content.split()
    before = text[max(block[0], stretch.outer_start - 60) : stretch.outer_start]
    after = text[stretch.outer_end : min(block[1], stretch.outer_end + 40)]
    if len(words) > 8 or content[-1:] in "?!":
        return False
    small = {
        "a",
        "an",
        "the",
        "of",
        "and",
        "to",
        "in",
        "on",
        "for",
        "with",
        "at",
        "by",
        "from",
        "or",
        "&",
        "vs",
    }
    titled = all(w[:1].isupper() or not w[:1].isalpha() or w.lower() in small for w in words)
    previous = before.split()[-2:] if before else []
    tail = (
        before[-1:].isspace()
        and before.rstrip()[-1:] not in {",", ":", "—", "–", "-"}
        and bool(before.strip())
    )
    if titled and tail and len(words) <= 3 and previous and previous[-1][:1].isupper():
        following = after.split()
        if (
            previous[-1].isalpha()
            and following
            and following[0][:1].isupper()
            and after[:1].isspace()
            and content[-1:].isalnum()
            and text[stretch.end - 1].isalnum()
        ):
            return True
    if not titled or not tail or not words[0][:1].isupper():
        return False
    last = previous[-1].lower().strip(",.") if previous else ""
    nearby = {w.strip(",.’'").lower() for w in before.split()[-4:]} | {
        w.strip(",.").lower() for w in after.split()[:2]
    }
    if last.endswith(("'s", "’s")) and len(words) > 1:
        return True
    if nearby & lexicon.WORK_NOUNS:
        return True
    return len(words) > 1 and last in {
        "on",
        "titled",
        "entitled",
        "of",
        "singing",
        "sang",
        "hosts",
        "host",
        "hosting",
    }
