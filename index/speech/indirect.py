"""Indirect speech: clauses and phrases that the reporter puts in somebody's mouth.

The content is what the cue governs: its clause, its infinitive, what it is about. A
clause that holds quoted words is left to them, because they are the better evidence.
"""

# ruff: noqa: C901, PLR0912, PLR2004
# (weights and distances are read where they stand; a rule is one function, however many cases)
from __future__ import annotations

from typing import TYPE_CHECKING

from index.speech import lexicon
from index.speech.attribution import Claim
from index.speech.grammar import is_speech_verb, is_verb, owner_of, subject_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.speech.grammar import Page, Token

_CLAUSES = {"ccomp", "xcomp"}
_ATTITUDES = frozenset(
    """think believe feel hope expect fear worry doubt want know consider wish suspect oppose
    favor favour reject welcome dismiss agree decide learn realize understand
    intend plan prefer view see regard embrace defend promote refuse decline
    threaten attempt talk speak discuss address show find push""".split()  # noqa: SIM905
)
_NOT_ABOUT = frozenset(
    """say tell continue begin read write sign ask laugh cry hold lay text tape chime press back
    post email signal find reason figure rule convince greet sing shoot text sell learn know see
    feel think view decide attack want plan show find talk speak push""".split()  # noqa: SIM905
)
_ABOUT = {"of", "about", "for", "against", "on", "to", "with", "over", "that"}
_EMPTY = {"it", "this", "that", "there", "what", "which", "who", "one"}


def find_indirect(page: Page, place: int) -> Iterator[tuple[int, int, Claim]]:
    """First and last token of each indirect content of a page, with who is said to have said it."""
    for token in page.doc:
        if page.is_quoted(token.i) or token.lemma_.lower() in {"continue", "begin", "comment"}:
            continue
        if is_speech_verb(token) or (is_verb(token) and token.lemma_.lower() in _ATTITUDES):
            yield from _of_verb(page, place, token)
        elif token.lower_ == "according":
            yield from _according_to(page, place, token)
        elif token.pos_ == "NOUN" and token.lemma_.lower() in lexicon.SPEECH_NOUNS:
            yield from _of_noun(page, place, token)


def _of_verb(page: Page, place: int, verb: Token) -> Iterator[tuple[int, int, Claim]]:
    source = subject_of(verb)
    if source is None or source.lower_ in _EMPTY or page.is_quoted(source.i):
        return
    if verb.dep_ in {"amod", "compound"}:
        return
    claim = Claim(place, source, verb, "verb")
    found = False
    for child in verb.children:
        if child.dep_ in _CLAUSES or (child.dep_ == "advcl" and child.i < verb.i and _bare(child)):
            first, last = child.left_edge.i, child.right_edge.i
            objects = [
                c
                for c in verb.children
                if c.dep_ in {"dobj", "dative"} and verb.i < c.i < first and child.dep_ == "xcomp"
            ]
            asked = [
                p
                for c in verb.children
                if c.dep_ == "prep" and verb.i < c.i < first
                for p in c.children
                if p.dep_ == "pobj"
            ]
            if objects:
                first = objects[0].left_edge.i
            elif asked and child.dep_ == "xcomp":
                first = asked[0].left_edge.i
            if child.i > verb.i:
                last = _with_what_follows(verb, _without_next_verb(child, last))
            span = _trim(page, first, last, verb, source)
            if span:
                found = True
                yield *span, claim
    if found:
        return
    for child in verb.rights:
        span = None
        if child.dep_ == "dobj" and verb.lemma_.lower() not in _NOT_ABOUT:
            if child.i in page.stand_ins or child.pos_ == "PRON":
                continue
            last = _with_what_follows(verb, child.right_edge.i)
            span = _trim(page, child.left_edge.i, last, verb, source)
        elif child.dep_ == "prep" and child.lower_ in _ABOUT and _talks(verb):
            objects = [c for c in child.children if c.dep_ in {"pobj", "pcomp"}]
            if (
                objects
                and child.i - verb.i <= 2
                and verb.lemma_.lower() not in {"say", "tell", "write"}
            ):
                span = _trim(page, objects[0].left_edge.i, child.right_edge.i, verb, source)
        if span:
            yield *span, claim
            return


def _without_next_verb(clause: Token, last: int) -> int:
    """The end of a clause, less a second verb that is the source's next deed.

    "She vowed to stay and praised the crew": the parser hangs "praised" on "stay".
    """
    for child in clause.rights:
        if child.dep_ == "advcl" and child.tag_ == "VBG" and is_speech_verb(child):
            last = min(last, child.left_edge.i - 1)
    subject = next((c for c in clause.children if c.dep_ in {"nsubj", "nsubjpass"}), None)
    if subject is not None and subject.lower_ not in {"he", "she"}:
        return last
    for child in clause.rights:
        if child.dep_ == "conj" and not any(
            c.dep_ in {"nsubj", "nsubjpass"} for c in child.children
        ):
            finite = child.tag_ in {"VBD", "VBZ"} or any(
                c.dep_ in {"aux", "auxpass"} and c.tag_ in {"VBD", "VBZ", "VBP", "MD"}
                for c in child.children
            )
            if finite:
                joins = [c.i for c in clause.rights if c.dep_ == "cc" and c.i < child.i]
                return int(joins[-1] if joins else child.left_edge.i) - 1
    return last


def _with_what_follows(verb: Token, last: int) -> int:
    """The end of a content, with the phrases behind it that the parser hangs on the cue itself."""
    for child in verb.rights:
        if child.left_edge.i != last + 1 or child.i <= last:
            continue
        if child.dep_ in {"prep", "oprd", "acomp", "xcomp", "attr", "dobj"} or (
            child.dep_ == "advcl" and not is_speech_verb(child) and child.tag_ != "VBG"
        ):
            last = child.right_edge.i
        else:
            break
    return int(last)


def _talks(verb: Token) -> bool:
    return is_speech_verb(verb) or verb.lemma_.lower() in {"talk", "speak", "push"}


def _bare(clause: Token) -> bool:
    """Whether a clause before its cue stands on its own, as in "The road is shut, she said"."""
    if not any(child.dep_ in {"nsubj", "nsubjpass", "expl"} for child in clause.children):
        return False
    return not any(
        child.dep_ in {"mark", "advmod"} and child.i < clause.i for child in clause.children
    )


def _of_noun(page: Page, place: int, noun: Token) -> Iterator[tuple[int, int, Claim]]:
    for child in noun.rights:
        if child.dep_ in {"acl", "ccomp"} and any(c.lower_ == "that" for c in child.children):
            source = owner_of(noun)
            if source is not None and source.lower_ not in _EMPTY:
                span = _trim(page, child.left_edge.i, child.right_edge.i, noun, source)
                if span:
                    yield *span, Claim(place, source, noun, "noun")


def _according_to(page: Page, place: int, cue: Token) -> Iterator[tuple[int, int, Claim]]:
    source = next(
        (s for c in cue.children if c.dep_ == "prep" for s in c.children if s.dep_ == "pobj"), None
    )
    if source is None:
        return
    sentence = cue.sent
    if cue.i - sentence.start <= 2:
        first, last = cue.right_edge.i + 1, sentence.end - 1
    else:
        first, last = sentence.start, cue.left_edge.i - 1
    span = _trim(page, first, last, cue, source)
    if span:
        yield *span, Claim(place, source, cue, "according")


def _trim(page: Page, first: int, last: int, cue: Token, source: Token) -> tuple[int, int] | None:
    """The content without marks at its ends; None where it is no content of its own."""
    doc = page.doc
    if first <= cue.i <= last:
        if cue.i - first > last - cue.i:
            last = cue.i - 1
        else:
            first = cue.i + 1
    if first <= source.i <= last:
        if source.i > cue.i:
            return None
        last = min(last, source.left_edge.i - 1)
    while first <= last and (doc[first].is_punct or doc[first].is_space):
        first += 1
    while last >= first and (doc[last].is_punct or doc[last].is_space):
        last -= 1
    if last < first or (last == first and doc[first].pos_ not in {"NOUN", "PROPN"}):
        return None
    if any(page.is_quoted(place) for place in range(first, last + 1)):
        return None
    return first, last
