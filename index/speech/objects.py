"""What a verb of speech or attitude takes without a clause, and whether that was said.

Verbs that make words of a noun ("announced a ban"), judgements with what they say of their
object ("accused them of lying"), and the sentence that a cue breaks into. The rest is held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.speech import lexicon
from index.speech.content import trim, with_what_follows, without_reporters

if TYPE_CHECKING:
    from index.speech.grammar import Page, Token

_NEAR = 3


def object_of(
    page: Page, verb: Token, lemma: str, source: Token
) -> tuple[tuple[int, int], bool] | None:
    """What a verb takes without a clause, and whether that was said.

    "Announced a ban" and "called it a mess" were; "praised the crew" was not.
    """
    if _is_mere_circumstance(verb):
        return None
    for child in verb.rights:
        span: tuple[int, int] | None = None
        last: int | None = None
        said = False
        if child.dep_ == "prep" and child.i - verb.i <= _NEAR:
            said = child.lower_ in lexicon.SAID_OF.get(lemma, ())
            objects = [c for c in child.children if c.dep_ in {"pobj", "pcomp"}]
            if objects and (said or child.lower_ in lexicon.HELD_OF.get(lemma, ())):
                last = with_what_follows(verb, child.right_edge.i)
                span = trim(page, objects[0].left_edge.i, last, verb, source)
        elif child.dep_ == "dobj" and child.i not in page.stand_ins:
            last = _judged(verb, child) if lemma in lexicon.JUDGEMENTS else None
            said = last is not None or lemma in lexicon.MAKING_WORDS_OF
            if last is None and child.pos_ != "PRON" and lemma not in lexicon.NO_OBJECT:
                last = with_what_follows(verb, child.right_edge.i)
            if last is not None:
                span = trim(page, child.left_edge.i, last, verb, source)
        if span is not None:
            return span, said
    return None


def _judged(verb: Token, judged: Token) -> int | None:
    """The end of what a judgement says of its object: "as", "of" or "for", or a predicate."""
    end = 0
    for child in verb.rights:
        if child.i <= judged.i:
            continue
        if child.dep_ == "oprd" or (child.dep_ == "prep" and child.lower_ in {"as", "of", "for"}):
            end = child.right_edge.i
    for child in judged.rights:
        if child.dep_ == "prep" and child.lower_ in {"as", "for"} and child.right_edge.i > judged.i:
            end = max(end, child.right_edge.i)
    return without_reporters(verb, end) if end else None


def words_around(page: Page, verb: Token, source: Token) -> tuple[tuple[int, int], ...]:
    """The sentence that a cue breaks into, as in "Otherwise, she said, the wall will fall"."""
    said = verb.head
    before = trim(page, said.left_edge.i, verb.left_edge.i - 1, verb, source)
    after = trim(page, verb.right_edge.i + 1, said.right_edge.i, verb, source)
    if before is not None and after is not None and before[1] - before[0] < 1:
        return (after,)
    return tuple(part for part in (before, after) if part is not None)


def _is_mere_circumstance(verb: Token) -> bool:
    """Whether a verb only tells when or what for: "since announcing his bid", "to call a vote"."""
    if verb.dep_ == "pcomp":
        return True
    helpers = {c.lower_ for c in verb.lefts if c.dep_ == "aux"}
    if verb.tag_ == "VB" and "to" in helpers:
        return verb.lemma_.lower() not in lexicon.SPEECH_VERBS
    return bool(helpers & {"will", "would", "could", "should", "may", "might", "can", "’ll", "'ll"})
