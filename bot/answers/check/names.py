"""Whether a claimed speaker is the one whom the article names.

People type names as they remember them: a surname, a title before it, no accents. Two
people of one surname are kept apart by their first names; a surname alone fits either.
A near miss in spelling (Zelensky, Zelenskiy) is neither yes nor no: nobody is told that a
claim is wrong because of how a name is transliterated.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from index.names import TITLES, bare_name, tokens_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from index.speech import Speaker


class Match(Enum):
    """How a typed name compares with a speaker's names."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


# Short forms that are no beginning of the name they stand for; English usage, not a name list.
_SHORT_FORMS = (
    {"bill", "will", "william", "billy"}, {"bob", "rob", "robert", "bobby"}, {"joe", "joseph"},
    {"jim", "james", "jimmy"}, {"dick", "rick", "richard"}, {"ted", "edward", "theodore", "ed"},
    {"liz", "beth", "elizabeth", "betty"}, {"kate", "katherine", "catherine", "kathy", "cathy"},
    {"jack", "john", "johnny"}, {"mike", "michael", "mick"}, {"tony", "anthony", "antony"},
    {"peggy", "margaret", "maggie"}, {"chuck", "charles", "charlie"}, {"harry", "henry", "harold"},
    {"larry", "lawrence", "laurence"}, {"nick", "nicholas", "nicolas"}, {"bernie", "bernard"},
    {"andy", "andrew", "drew"}, {"jeff", "jeffrey", "geoffrey", "geoff"}, {"tom", "thomas"},
    {"steve", "stephen", "steven"}, {"debbie", "deborah"}, {"sue", "susan"}, {"becky", "rebecca"},
)  # fmt: skip
_NEARLY = 80


def match_name(claimed: str, speaker: Speaker, aliases: Iterable[str] = ()) -> Match:
    """Compare a typed name with a speaker's; `aliases` are names known from other articles."""
    typed = tokens_of(claimed)
    bare = bare_name(typed)
    known = [tokens_of(name) for name in (speaker.name, *speaker.aliases, *aliases)]
    roles = [tokens_of(role) for role in speaker.roles]
    if not typed:
        return Match.UNSURE
    if any(typed == name or _ends_with(name, typed) for name in known):
        return Match.YES
    # A role and a name ("spokesman Jones") is settled by the name, below.
    is_role = _is_role(claimed, typed)
    if is_role and any(_ends_with(role, typed) or _ends_with(typed, role) for role in roles):
        return Match.YES
    if not bare or is_role:
        return Match.UNSURE
    # "Clinton" beside "Bill Clinton" says nothing more about whom it means.
    bares = [bare_name(name) for name in known]
    surnames = {name[-1] for name in bares if len(name) > 1}
    bares = [name for name in bares if len(name) != 1 or name[0] not in surnames]
    described = {word for role in roles for word in role} | TITLES
    return max(
        (_compare(bare, typed, name, described) for name in bares),
        key=(Match.NO, Match.UNSURE, Match.YES).index,
    )


def _is_role(claimed: str, typed: list[str]) -> bool:
    """Whether what was typed describes somebody and names nobody."""
    return typed[-1] in TITLES or (
        claimed.strip().casefold().startswith(("the ", "a ", "an ", "his ", "her ", "their "))
        and claimed == claimed.lower()
    )


def _ends_with(whole: list[str], part: list[str]) -> bool:
    return bool(part) and whole[-len(part) :] == part


def _compare(  # noqa: C901, PLR0911 - one line for each way of writing a name
    bare: list[str], typed: list[str], name: list[str], described: set[str]
) -> Match:
    if not name:
        return Match.NO
    if bare == name:
        return Match.YES
    if len(bare) == 1:
        if bare[0] in {name[-1], name[0]}:
            return Match.YES
        near = any(fuzz.ratio(bare[0], word) >= _NEARLY for word in (name[-1], name[0]))
        return Match.UNSURE if near else Match.NO
    # A description before the name ("White House spokesperson John Kirby").
    if len(name) > 1 and _ends_with(typed, name):
        return Match.YES
    if len(name) == 1:
        if not _ends_with(bare, name):
            return Match.UNSURE if fuzz.ratio(bare[-1], name[-1]) >= _NEARLY else Match.NO
        # Only a surname is known: a first name is then neither confirmed nor denied.
        return Match.YES if set(bare[:-1]) <= described else Match.UNSURE
    if bare[-1] != name[-1]:
        near = fuzz.ratio(bare[-1], name[-1]) >= _NEARLY and _same_first(bare[0], name[0])
        return Match.UNSURE if near else Match.NO
    if _same_first(bare[0], name[0]) or any(_same_first(word, name[0]) for word in bare[:-1]):
        return Match.YES
    if set(bare[:-1]) <= described:
        return Match.YES
    return Match.UNSURE if fuzz.ratio(bare[0], name[0]) >= _NEARLY else Match.NO


def _same_first(one: str, other: str) -> bool:
    """Whether two first names may be one person's: equal, an initial, or a short form."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if long.startswith(short) and (len(short) == 1 or len(short) > 2):
        return True
    return any(one in forms and other in forms for forms in _SHORT_FORMS)
