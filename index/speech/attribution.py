"""Whose words a quoted stretch is: the cue beside it and the cue's source.

Rules in order of trust: a verb of speech that governs the stretch; "according to"; a
noun of speech with its owner; any other verb with a subject; and, where the sentence
has none of these, the speaker carried over from the words around it.
"""

# ruff: noqa: C901, PLR0911
# (weights and distances are read where they stand; a rule is one function, however many cases)
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.speech import lexicon
from index.speech.grammar import (
    climb,
    is_speech_verb,
    is_verb,
    owner_of,
    quoted_source,
    subject_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.speakers import Cast
    from index.speech.grammar import Page, Token
    from index.speech.marks import Stretch

_OBJECT_SIDE = {"nsubj", "nsubjpass", "csubj"}


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody's claim to a stretch: `source` in page `page`, by the words `cue`, on what grounds.

    `through` are the sources of the verbs of speech further up, innermost first; `rank`
    tells how far up the cue stands, `lead` how far the claim is ahead of another source's.
    """

    page: int
    source: Token
    cue: Token | None
    how: str
    through: tuple[Token, ...] = ()
    rank: int = 0
    lead: float = 3.0


_CORE_VERBS = frozenset(
    """say tell write add tweet retweet ask reply respond answer state announce call describe note
    read post testify declare quote explain argue insist""".split()
)
_NAME = 6
_ONLY_WHOLE = {"continue", "begin", "laugh", "chuckle", "hold", "find", "rule", "press", "attack"}


def claim_in_sentence(
    page: Page, number: int, place: int, cast: Cast, *, beside: bool = True
) -> Claim | None:
    """Who is said, in the stretch's own sentence, to have spoken it (`place` is the page's).

    Every word that could claim the stretch is weighed: what kind of word it is, how far
    above the stretch it stands, and whether its source can speak at all.
    """
    whole = number not in page.fragments
    if whole:
        anchor = next(page.doc[i] for i, n in page.stand_ins.items() if n == number)
        inside = (anchor.i, anchor.i + 1)
    else:
        anchor, inside = _fragment_anchor(page, number)
    claims = list(_claims_above(page, place, anchor, inside, whole=whole))
    if beside:
        claims.extend(_beside(page, place, anchor, inside, whole=whole))
    claims.extend(_according_to(page, place, anchor))
    claims.extend(_in_the_words_of(place, anchor, inside))
    scored = [(score + _can_speak(place, claim.source, cast), claim) for score, claim in claims]
    if not scored:
        return None
    best, claim = max(scored, key=lambda item: item[0])
    if best < 0.0:
        return None
    lead = min((best - s for s, c in scored if c.source.i != claim.source.i), default=3.0)
    outer = tuple(
        other.source
        for _, other in claims
        if claim.how == "verb"
        and other.how == "verb"
        and other.source.i != claim.source.i
        and other.rank > claim.rank
    )
    relayed = quoted_source(claim.cue, claim.source) if claim.cue is not None else None
    if relayed is not None and not page.is_quoted(relayed.i):
        return replace(claim, source=relayed, through=(claim.source,), lead=lead)
    return replace(claim, through=outer, lead=lead)


def _can_speak(place: int, source: Token, cast: Cast) -> float:
    referent = cast.referents.get((place, source.i))
    if referent is not None:
        return 0.9 if referent.how != "guess" else 0.7
    if source.lower_ in {"he", "she", "they", "who", "i", "we"}:
        return 0.7
    if source.pos_ == "PROPN":
        return 0.5
    noun = source.lemma_.lower()
    if noun in lexicon.PERSON_NOUNS or noun in lexicon.GROUP_NOUNS:
        return 0.3
    if source.pos_ == "PRON":
        return -0.8
    if source.tag_ == "NNS":
        return -0.2
    return -0.9


def _claims_above(
    page: Page, place: int, anchor: Token, inside: tuple[int, int], *, whole: bool
) -> Iterator[tuple[float, Claim]]:
    """Claims by the words that govern the stretch, nearest first."""
    chain = list(climb(anchor))
    if not whole:
        chain.insert(0, (anchor, ""))
    step_cost = 0.3 if whole else 0.12
    bonus = 0.0
    for step, (head, dep) in enumerate(chain):
        if page.is_quoted(head.i) and not (is_verb(head) and inside[0] <= head.i < inside[1]):
            continue
        rank = step
        lemma = head.lemma_.lower()
        cost = min(1.2, step_cost * step)
        quoted = inside[0] <= head.i < inside[1]
        if head.pos_ == "NOUN" and lemma in lexicon.SPEECH_NOUNS and not quoted:
            source = owner_of(head)
            if source is not None and not page.is_quoted(source.i) and dep not in _OBJECT_SIDE:
                yield 2.0 - cost, Claim(place, source, head, "noun", rank=rank)
            continue
        if not (is_verb(head) or head.pos_ == "AUX" or is_speech_verb(head)):
            continue
        if dep in _OBJECT_SIDE and not (whole and _inverted(anchor, head)):
            continue
        speaks = is_speech_verb(head) and not quoted and (whole or lemma not in _ONLY_WHOLE)
        if lemma in lexicon.FINDINGS and dep == "ccomp" and not quoted:
            speaks = True  # "found that the bridge was “the worst”"
        source = subject_of(head)
        if source is None or inside[0] <= source.i < inside[1] or source.i in page.stand_ins:
            source = _after_verb(page, head) if speaks and whole else None
        if source is None or page.is_quoted(source.i):
            continue
        if speaks:
            core = lemma in _CORE_VERBS
            aside = 0.6 if head.dep_ in {"relcl", "acl"} and not whole else 0.0
            yield (
                (3.0 if core else 2.2) - cost - aside + bonus,
                Claim(place, source, head, "verb", rank=rank),
            )
            bonus = (-1.0 if core else bonus) if whole else 0.5
        elif source.tag_ not in {"EX", "WP", "WDT"} and source.lower_ not in _EMPTY:
            thought = 0.4 if lemma in lexicon.THOUGHT_VERBS else 0.0
            yield 0.8 + thought - cost, Claim(place, source, head, "weak", rank=rank)


_AT_THE_MARKS = 5
_EMPTY = {"it", "this", "that", "there", "what", "which"}


def _fragment_anchor(page: Page, number: int) -> tuple[Token, tuple[int, int]]:
    first, last = page.fragments[number]
    for i in range(first, last):
        token = page.doc[i]
        if not first <= token.head.i < last or token.head.i == i:
            if token.is_punct and i + 1 < last:
                continue
            return token, (first, last)
    return page.doc[first], (first, last)


def _inverted(anchor: Token, head: Token) -> bool:
    """Whether the stretch was only mistaken for the subject, in "Yes," said the mayor."""
    return bool(anchor.head.i == head.i and anchor.i < head.i)


def _after_verb(page: Page, verb: Token) -> Token | None:
    """The source behind an inverted verb that the parser took for its object."""
    for child in verb.rights:
        inverted = child.dep_ in {"dobj", "attr", "oprd", "dep", "npadvmod"}
        named = child.pos_ in {"PROPN", "NOUN", "PRON"} and not page.is_quoted(child.i)
        if inverted and named and child.i - verb.i <= 8:
            return child
    return None


def _beside(
    page: Page, place: int, anchor: Token, inside: tuple[int, int], *, whole: bool
) -> Iterator[tuple[float, Claim]]:
    """Claims by verbs of speech of the sentence, whatever the parser made of it."""
    first = page.doc[inside[0]]
    for token in anchor.sent:
        if not is_speech_verb(token) or page.is_quoted(token.i):
            continue
        if (
            whole
            and 0 < anchor.i - token.i <= _AT_THE_MARKS
            and token.lemma_.lower() in _CORE_VERBS
        ):
            # "He said that she had told him, "Yes."": the nearer verb has the words.
            own = next((c for c in token.lefts if c.dep_ == "nsubj"), None)
            if own is not None and own.tag_ not in {"WP", "WDT"} and not page.is_quoted(own.i):
                yield 4.0, Claim(place, own, token, "verb")
                continue
        if token.tag_ in {"VB", "VBN"}:
            continue
        if token.dep_ in {"relcl", "amod"} or (not whole and token.lemma_.lower() in _ONLY_WHOLE):
            continue
        source = subject_of(token) or _after_verb(page, token)
        if source is None or source.i in page.stand_ins or page.is_quoted(source.i):
            continue
        distance = abs(token.i - first.i)
        score = (1.7 if whole else 0.9) - min(0.8, 0.03 * distance)
        yield score, Claim(place, source, token, "beside")
    if whole:
        yield from _noun_before(page, place, anchor)
        root = anchor.sent.root
        source = subject_of(root)
        if source is not None and source.i not in page.stand_ins and source.lower_ not in _EMPTY:
            yield 0.4, Claim(place, source, root, "weak")


def _noun_before(page: Page, place: int, anchor: Token) -> Iterator[tuple[float, Claim]]:
    """The claim of a noun of speech right before the marks: "after her comment that, “...”"."""
    for i in range(anchor.i - 1, max(anchor.sent.start, anchor.i - _AT_THE_MARKS) - 1, -1):
        noun = page.doc[i]
        if noun.pos_ == "NOUN" and noun.lemma_.lower() in lexicon.SPEECH_NOUNS:
            owner = next((c for c in noun.lefts if c.dep_ == "poss"), None)
            if owner is not None and not page.is_quoted(owner.i):
                yield 2.2, Claim(place, owner, noun, "noun")
            return
        if not (noun.is_punct or noun.lower_ == "that"):
            return


def _according_to(page: Page, place: int, anchor: Token) -> Iterator[tuple[float, Claim]]:
    for token in anchor.sent:
        if token.lower_ == "according":
            for child in token.children:
                if child.dep_ == "prep":
                    for source in child.children:
                        if source.dep_ == "pobj" and not page.is_quoted(source.i):
                            yield 2.3, Claim(place, source, token, "according")


def _in_the_words_of(
    place: int, anchor: Token, inside: tuple[int, int]
) -> Iterator[tuple[float, Claim]]:
    """Claims by "in her words" and "in the words of the judge"."""
    sentence = anchor.sent
    for token in sentence:
        if token.lower_ in {"words", "telling", "view"} and abs(token.i - inside[0]) < 12:
            # The parser loses the possessive that ends in a bare apostrophe ("in Lars’ words").
            named = (c for c in token.lefts if c.dep_ in {"nmod", "compound"})
            source = next((c for c in named if c.pos_ == "PROPN"), owner_of(token))
            for child in token.children:
                if child.lower_ == "of":
                    source = next((c for c in child.children if c.dep_ == "pobj"), source)
            if source is not None and token.dep_ == "pobj" and token.head.lower_ == "in":
                yield 3.0, Claim(place, source, token, "words")


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
        spoken = [t for t in sentence if is_speech_verb(t) and not page.is_quoted(t.i)]
        for verb in reversed(spoken):
            source = subject_of(verb)
            if source is not None and source.i not in page.stand_ins and verb.dep_ == "ROOT":
                return Claim(place, source, verb, "before")
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
    named = words[-1].lower().rstrip("!") in lexicon.NAMED_THINGS and 1 < len(words) <= _NAME
    if (
        named
        and before.split()[-1:]
        and before.split()[-1].lower() in {"the", "a", "its", "called"}
    ):
        return True
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
        w.strip(",.").lower() for w in after.split()[:4]
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
