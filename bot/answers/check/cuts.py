"""What a cut leaves out: a condition or a negation that the quoted words depend on.

"I would resign" is not what was said by one who said "I would resign only if the court
rules so", nor is "support it" by one who does "not support it". Most partial quotes lose
nothing of the kind, and crying wolf over those would make the warning worthless. So the
words around a cut are read clause by clause: a marker counts when it governs the clause
that was cut, and the reading stops where another clause begins. No parser is at hand when
a quote is checked; the lists are closed classes of English grammar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Token:
    """A word beside a cut: its key, the marks before it, and its place in the page."""

    key: str
    gap: str
    place: int


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Conditions and reservations that may follow what they limit.
_CONDITIONS = _set("if unless provided providing until till except excepting barring lest")
_LONG_CONDITIONS = tuple(
    tuple(phrase.split())
    for phrase in (
        "only if", "only when", "only after", "only once", "only because", "only with",
        "as long as", "so long as", "on condition", "on the condition", "in the event",
        "in case", "subject to", "apart from", "other than", "with the exception",
        "assuming that", "but only", "but not", "but never",
    )
)  # fmt: skip
_RESERVATIONS = _set("but however though although yet")
# Conditions only of something that is still to come ("I will resign once it is over").
_TIMES = (("once",), ("when",), ("as", "soon", "as"), ("assuming",), ("without",))
_NEGATIONS = _set(
    """not never no nor neither none nobody nothing nowhere cannot without hardly scarcely barely
    rarely seldom"""
)
_NEAR_NEGATIONS = _set("almost nearly")
# Verbs and adjectives that deny what follows them.
_DENIALS = _set(
    """deny denies denied denying doubt doubts doubted refuse refuses refused refusing fail fails
    failed failing unable unlikely impossible untrue false myth hoax lie wrong decline declines
    declined reject rejects rejected rejecting"""
)
_ASKING = _set(
    """ask asks asked asking wonder wonders wondered wondering see know knows knew sure tell told
    decide decided doubt doubts question questioned check unclear find say uncertain"""
)
_FUTURE = _set("will would shall should could might may can 'll 'd wo won't wouldn't couldn't")
# Where another clause begins, and what was said before the cut no longer governs it.
_OPENERS = _set(
    """who whom whose which what where why how when while whereas because since so and but or
    although though as than then"""
)
_STANCE = (
    "if you ask", "if you look", "if you like", "if you will", "if i may", "if i'm honest",
    "if i am honest", "if anything", "if need be", "if you want to know", "if you think about",
    "if you remember", "if not", "if possible",
)  # fmt: skip
# Between a negation and the cut these carry it along: it denies what comes after them.
_LIGHT = _set(
    """a an the any all some that to be been being am is are was were have has had do does did
    will would can could should may might must shall ever really very so quite just even still yet
    at it this there such much of even actually entirely completely simply exactly necessarily
    currently always
    think thinks thought believe believes believed say says said saying mean means meant want wants
    wanted expect expects expected know known see seen need needs needed going plan plans intend
    intends agree agrees suggest suggests suggesting claim claims accept accepts consider
    allow let seem seems appear appears feel feels find found true evidence way sign reason
    i we you he she they anyone anybody one his her their our my your its""",
)
_SUBJECTS = _set("i we you he she it they there this that who everyone nobody")
_FINITE = _set(
    """am is are was were be has have had do does did will would can could shall should may might
    must cannot i'm i've i'll i'd we're we've we'll we'd you're he's she's it's they're they've
    they'll that's there's"""
)
_QUESTION_WORDS = _set(
    """who whom whose which what where why how when is are am was were do does did has have had
    will would can could shall should may might must isn't aren't don't doesn't didn't won't
    wouldn't can't couldn't shouldn't hasn't haven't"""
)
_SCALES = _set("percent per million billion trillion thousand hundred bn mn m k tn")
_PAUSES = frozenset(",;:.!?-()")
# "not only", "no doubt" and "why not", "or not" deny nothing.
_AFTER_IDLE = _set("only just doubt matter merely question")
_BEFORE_IDLE = _set("why or whether")
# How far a condition may stand from what it limits, in words.
_REACH = 12
_BUT_REACH = 6
_NEGATION_REACH = 8
_NOUN_REACH = 3


def lost_after(
    claim: Sequence[Token],
    rest: Sequence[Token],
    following: Sequence[Token],
    *,
    fragment: bool = False,
) -> int:
    """How many words from `rest` on the cut at the end loses, 0 when it loses none that matters.

    `rest` is what follows in the same sentence, `following` the next sentence of the same
    utterance; the count runs on into it ("I would. But only if ..."). Of a `fragment` that
    the reporter quotes, `rest` is the reporter's own: its "but" is a new thought, its "if" is not.
    """
    if fragment:
        keys = [token.key for token in rest]
        limits = rest and keys[0] not in _RESERVATIONS
        limits = limits and (keys[0] in _CONDITIONS or _opens_condition(keys))
        return len(rest) if limits and not _is_idle_condition([claim[-1].key], keys) else 0
    if rest:
        if rest[0].key in _SCALES and claim[-1].key[-1:].isdigit() and not rest[0].gap:
            return len(rest)
        if _limits_at_once(claim, rest) or _limits_later(claim, rest):
            return len(rest)
        return 0
    keys = [token.key for token in following[:3]]
    opening = keys[1:] if keys[:1] and keys[0] in {"but", "and", "or", "though"} else keys
    short = opening[:1] in (["unless"], ["except"], ["provided"]) or opening[:2] in (
        ["only", "if"],
        ["only", "when"],
        ["not", "if"],
        ["not", "unless"],
        ["not", "until"],
    )
    if keys[:1] == ["but"] and opening[:1] in (["only"], ["not"], ["never"], ["if"]):
        short = True
    return len(following) if short else 0


def lost_before(before: Sequence[Token], claim: Sequence[Token], *, fragment: bool = False) -> int:
    """How many words at the end of `before` the cut at the beginning loses, 0 for none.

    Of a `fragment` that the reporter quotes, `before` is the reporter's own.
    """
    return _negated(before, claim) or (0 if fragment else _conditioned(before, claim))


def is_lost_question(claim: Sequence[Token]) -> bool:
    """Whether the words, without their question mark, read as a statement."""
    clause = _last_clause(claim)
    return not any(token.key in _QUESTION_WORDS for token in clause[:2])


def _limits_at_once(  # noqa: PLR0911 - one line for each kind of word
    claim: Sequence[Token], rest: Sequence[Token]
) -> bool:
    """Whether the very next words limit what was quoted."""
    keys = [token.key for token in rest]
    first, gap = keys[0], rest[0].gap
    clause = _last_clause(claim)
    negated = any(_is_negation(token.key) for token in clause)
    if any(tuple(keys[: len(phrase)]) == phrase for phrase in _LONG_CONDITIONS):
        return True
    if first in _CONDITIONS:
        return not _is_idle_condition([token.key for token in claim], keys)
    if first in _RESERVATIONS:
        # "not only X but Y", "not X but Y": the first half is whole without the second.
        contrast = (first == "but" and not gap and negated) or (first == "yet" and not gap)
        return not (contrast or any(token.key == "only" for token in clause))
    if first in {"not", "never", "only"}:
        return first != "only" or not gap
    if first in {"no", "nothing", "nobody", "none", "hardly", "barely"}:
        return not gap and keys[1:2] not in (["matter"], ["doubt"])
    if first == "because":
        return negated
    return _is_awaited(clause, keys, negated=negated)


def _limits_later(claim: Sequence[Token], rest: Sequence[Token]) -> bool:
    """Whether a condition farther on in the clause limits what was quoted."""
    if not _is_clause(claim):
        return False
    before = [token.key for token in claim]
    keys = [token.key for token in rest]
    for at, token in enumerate(rest[:_REACH]):
        if ";" in token.gap or ":" in token.gap:
            return False
        if token.key == "but" and token.gap and at <= _BUT_REACH:
            return True
        if at and token.key in _OPENERS and not _opens_condition(keys[at:]):
            return False
        if at and (token.key in _CONDITIONS or _opens_condition(keys[at:])):
            return not _is_idle_condition(before + keys[:at], keys[at:])
    return False


def _opens_condition(keys: Sequence[str]) -> bool:
    return any(tuple(keys[: len(phrase)]) == phrase for phrase in _LONG_CONDITIONS)


def _is_idle_condition(before: Sequence[str], keys: Sequence[str]) -> bool:
    """Whether an "if" states no condition: "even if", "as if", "asked if", "if anything"."""
    if keys[0] != "if":
        return keys[0] in {"until", "till"} and keys[1:2] in (["now"], ["recently"])
    if before and (before[-1] in {"even", "as", "what", "or"} or before[-1] in _ASKING):
        return True
    return any(" ".join(keys[:5]).startswith(phrase) for phrase in _STANCE)


def _is_awaited(clause: Sequence[Token], keys: Sequence[str], *, negated: bool) -> bool:
    """Whether the next words say when or without what a future or denied thing would be so."""
    future = any(token.key in _FUTURE or token.key.endswith(("'ll", "'d")) for token in clause)
    for phrase in _TIMES:
        if tuple(keys[: len(phrase)]) == phrase:
            if phrase == ("without",):
                return negated
            return future
    return False


def _negated(before: Sequence[Token], claim: Sequence[Token]) -> int:
    """How far back stands a negation that governs the beginning of the quoted words."""
    starts_clause = _starts_clause(claim)
    carried = True
    for back, token in enumerate(reversed(before[-_NEGATION_REACH:]), start=1):
        key = token.key
        at = len(before) - back
        previous = before[at - 1].key if at else ""
        following = before[at + 1] if back > 1 else claim[0]
        if _PAUSES & set(following.gap):
            break
        if _is_negation(key):
            idle = following.key in _AFTER_IDLE or (key == "not" and previous in _BEFORE_IDLE)
            # "no credible [evidence]": whatever stands between belongs to the same noun.
            carried = carried or (key in {"no", "without"} and back <= _NOUN_REACH)
            return 0 if idle or not (carried or starts_clause) else back
        if (key in _DENIALS and carried) or (back <= 2 and _is_hedge(token, previous, claim, back)):
            return back
        if key in _OPENERS:
            break
        carried = carried and (key in _LIGHT or key.endswith(("ly", "'s")))
    return 0


def _is_hedge(token: Token, previous: str, claim: Sequence[Token], back: int) -> bool:
    """Whether a word right before the cut makes less of what follows: "almost", "only", "if"."""
    key = token.key
    if key in _CONDITIONS:
        return not (key == "if" and previous == "even")
    if back > 1:
        return False
    if key in _NEAR_NEGATIONS:
        return not claim[0].key[:1].isdigit()
    return key == "only" and previous not in {"the", "not", "an", "his", "her", "their", "my"}


def _conditioned(before: Sequence[Token], claim: Sequence[Token]) -> int:
    """How long a condition that opens the sentence is, when the quoted words follow from it."""
    keys = [token.key for token in before]
    at = 0
    while at < len(keys) and keys[at] in {"and", "but", "so", "well", "look", "yes", "no", "that"}:
        at += 1
    # The condition may stand after a reporting clause or a comma; find the last that opens one.
    starts = [at] + [i for i in range(at + 1, len(before)) if set(before[i].gap) & _PAUSES]
    for start in reversed(starts):
        rest = keys[start:]
        if rest[:1] in (["and"], ["but"], ["that"]):
            rest, start = rest[1:], start + 1  # noqa: PLW2901
        if not rest:
            continue
        governs = rest[0] in _CONDITIONS - {"until", "till", "except"} or _opens_condition(rest)
        if rest[0] in {"once", "when", "without", "until"} and _is_awaited(
            _first_clause(claim), ["once"], negated=False
        ):
            governs = True
        if governs and not _is_idle_condition(keys[:start], rest):
            # One comma ends the condition; after a second main clause it governs no longer.
            commas = sum(bool(set(token.gap) & _PAUSES) for token in before[start + 1 :])
            ends_here = bool(set(claim[0].gap) & set(",-")) or rest[-1:] == ["then"]
            near = commas <= 1 and len(rest) <= _REACH * 2
            if (ends_here and commas <= 1) or (near and _is_clause(claim)):
                return len(before) - start
    return 0


def _is_negation(key: str) -> bool:
    return key in _NEGATIONS or key.endswith("n't")


def _is_clause(claim: Sequence[Token]) -> bool:
    """Whether the words seem to say something, rather than name it."""
    return any(
        token.key in _FINITE or token.key.endswith(("n't", "'ll", "'re", "'ve")) for token in claim
    ) or (claim[0].key in _SUBJECTS and len(claim) > 1)


def _starts_clause(claim: Sequence[Token]) -> bool:
    """Whether the quoted words begin a clause of their own, subject and verb."""
    head = claim[:4]
    return claim[0].key in _SUBJECTS or any(token.key in _FINITE for token in head)


def _last_clause(claim: Sequence[Token]) -> Sequence[Token]:
    for at in range(len(claim) - 1, 0, -1):
        if set(claim[at].gap) & set(";:.!?"):
            return claim[at:]
    return claim


def _first_clause(claim: Sequence[Token]) -> Sequence[Token]:
    for at in range(1, len(claim)):
        if set(claim[at].gap) & set(",;:.!?"):
            return claim[:at]
    return claim
