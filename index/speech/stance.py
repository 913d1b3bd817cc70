"""How a source stands to reported words: said, denied, asked, or not said at all.

Attribution finds a speaker, a cue and words for "The mayor did not say whether the city
would pay" too. What the cue's grammar tells of those words is settled here, once, when the
index is built, so that every list, count and check agrees on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.speech import lexicon
from index.speech.grammar import is_speech_verb
from index.speech.quotation import Speech, Stance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.speech.grammar import Token

_NEGATIONS = {"not", "n't", "n’t", "never", "neither", "nor", "hardly", "cannot"}
_NOBODY = {"nobody", "none", "neither", "no"}
_ONLY = {"only", "just", "merely", "simply"}
_QUESTION_WORDS = {"whether", "if", "why", "how", "who", "whom", "what", "when", "where", "which"}
_SAY = {"say", "tell", "write", "state", "call"}
_STEPS = 6


def stance_of(cue: Token | None, speech: Speech, first_word: str) -> Stance:
    """How the source stands to the content that `cue` marks and that begins with `first_word`.

    Words between quotation marks that are a sentence of their own were said, even beside a
    denial ("She denied it: “…”"), but for a cue that is itself negated.
    """
    if cue is None:
        return Stance.SAID
    lemma, first = cue.lemma_.lower(), first_word.lower()
    if speech is Speech.DIRECT:
        # "She did not answer: “Next question.”" is hers; "She never said “No.”" is not.
        return Stance.UNSAID if lemma in _SAY and _is_unsaid(cue) else Stance.SAID
    if speech is Speech.MIXED and not is_speech_verb(cue) and cue.pos_ != "NOUN":
        return Stance.SAID
    stance = Stance.SAID
    if _is_unsaid(cue) or lemma in lexicon.DECLINING_VERBS:
        stance = Stance.UNSAID
    elif lemma in lexicon.DENYING_VERBS or _is_denied_noun(cue):
        stance = Stance.DENIED
    elif lemma in lexicon.ASKING_VERBS and first in _QUESTION_WORDS:
        stance = Stance.ASKED
    elif first in {"whether", "if"}:
        # "Will decide whether" and "discussed if" leave it open: nothing is said to be so.
        stance = Stance.UNSAID
    return stance


def _is_denied_noun(cue: Token) -> bool:
    """Whether a noun's content is denied, as in "rejected the notion that"."""
    if cue.pos_ != "NOUN":
        return False
    return cue.dep_ == "dobj" and cue.head.lemma_.lower() in lexicon.DENYING_VERBS


def _is_unsaid(cue: Token) -> bool:
    """Whether the cue is negated, or something that somebody declines, fails or avoids to do."""
    if _is_negated(cue):
        return True
    for verb, dep in _governors(cue):
        if verb.lemma_.lower() in lexicon.DECLINING_VERBS or _is_negated(verb):
            return True
        if dep == "pcomp" and verb.lower_ in {"without", "of", "from"}:
            short = verb.head.lemma_.lower()
            return verb.lower_ == "without" or short in {"stop", "short", "refrain", "shy", "keep"}
    return False


def _governors(cue: Token) -> Iterator[tuple[Token, str]]:
    """The words that an infinitive, a gerund or a second verb depends on, nearest first.

    "He did not confirm or deny it" negates both verbs; "did not wait and said" only the first.
    """
    token = cue
    for _ in range(_STEPS):
        head, dep = token.head, token.dep_
        if head.i == token.i:
            return
        shared = dep == "conj" and any(c.lower_ in {"or", "nor"} for c in head.children)
        if not (dep in {"xcomp", "pcomp"} or shared):
            return
        if dep == "xcomp" and _has_subject(token):
            return
        yield head, dep
        token = head


def _has_subject(verb: Token) -> bool:
    return any(child.dep_ in {"nsubj", "nsubjpass"} for child in verb.children)


def _is_negated(verb: Token) -> bool:
    doc = verb.doc
    for child in verb.children:
        if child.dep_ == "neg" or child.lower_ in _NEGATIONS:
            after = doc[child.i + 1].lower_ if child.i + 1 < len(doc) else ""
            if after not in _ONLY and child.i < verb.i:
                return True
        if child.dep_ in {"nsubj", "nsubjpass"} and (
            child.lower_ in _NOBODY
            or any(c.dep_ == "det" and c.lower_ in _NOBODY for c in child.lefts)
        ):
            return True
    return False
