"""How far reported words run: from the tokens that a cue governs to the content's two ends.

The parser hangs what follows a reported clause on whatever verb is near, so the ends are
set here by what such a phrase means: a further deed of the speaker's ("said it was late and
refused to stay") ends the content, a condition or a second "that" goes on with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.speech.grammar import (
    dangling_join,
    has_subject,
    is_finite,
    is_speech_verb,
    next_deed,
)

if TYPE_CHECKING:
    from index.speech.grammar import Page, Token

# Clauses behind a comma that are the speaker's; "while" and "though" begin the reporter's.
_CONDITIONS = {"if", "unless", "because", "until", "so", "lest", "provided", "whether"}
_REPORTERS = {"while", "as", "after", "when", "before", "though", "although", "whereas"}
_DASHES = {"—", "–", "-", "--", ";"}


def clause_ends(cue: Token, clause: Token) -> tuple[int, int]:
    """First and last token of a reported clause or infinitive, as far as it is reported."""
    first, last = clause.left_edge.i, clause.right_edge.i
    if clause.i < cue.i:
        return first, last
    return first, with_what_follows(cue, without_reporters(clause, last))


def without_reporters(clause: Token, last: int) -> int:
    """The end of a clause, less what the parser hangs on it that is the reporter's again."""
    doc = clause.doc
    deed = next_deed(clause)
    if deed is not None:
        joins = [c.i for c in clause.rights if c.dep_ == "cc" and c.i < deed.i]
        last = min(last, (joins[-1] if joins else deed.left_edge.i) - 1)
    join = dangling_join(clause)
    if join is not None:
        last = min(last, join.i - 1)
    for child in clause.rights:
        behind_comma = child.left_edge.i > 0 and doc[child.left_edge.i - 1].text == ","
        if child.dep_ == "advcl" and child.tag_ == "VBG" and is_speech_verb(child) and behind_comma:
            last = min(last, child.left_edge.i - 1)
        if child.dep_ == "conj" and has_subject(child) and not _is_marked(child):
            joins = [c.i for c in clause.rights if c.dep_ == "cc" and c.i < child.i]
            at = joins[-1] if joins else child.left_edge.i
            if at > 0 and doc[at - 1].text in _DASHES:
                last = min(last, at - 1)
    for token in clause.subtree:
        # "... of lying while doctors warned of an outbreak": somebody else speaks already.
        if token.dep_ == "advcl" and clause.i < token.i <= last and is_speech_verb(token):
            marks = {c.lower_ for c in token.lefts if c.dep_ in {"mark", "advmod"}}
            if marks & _REPORTERS and has_subject(token):
                last = min(last, token.left_edge.i - 1)
    return int(last)


def with_what_follows(cue: Token, last: int) -> int:
    """The end of a content, with the phrases behind it that the parser hangs on the cue itself."""
    for child in cue.rights:
        edge = child.left_edge.i
        if child.i <= last:
            continue
        if edge == last + 2 and cue.doc[last + 1].text == "," and _is_condition(child):
            last = child.right_edge.i
            continue
        if edge != last + 1:
            continue
        if child.dep_ in {"prep", "oprd", "acomp", "xcomp", "attr", "dobj"} or (
            child.dep_ == "advcl" and not is_speech_verb(child) and child.tag_ != "VBG"
        ):
            last = child.right_edge.i
        else:
            break
    return int(last)


def _is_condition(clause: Token) -> bool:
    marks = {c.lower_ for c in clause.lefts if c.dep_ in {"mark", "advmod"}}
    return clause.dep_ == "advcl" and bool(marks & _CONDITIONS) and is_finite(clause)


def _is_marked(clause: Token) -> bool:
    return any(c.dep_ == "mark" for c in clause.lefts)


def trim(page: Page, first: int, last: int, cue: Token, source: Token) -> tuple[int, int] | None:
    """The content without marks at its ends; None where it is no content of its own.

    What holds words between quotation marks is left to them: they are the better evidence.
    """
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
    while last >= first and (doc[last].is_punct or doc[last].is_space or doc[last].dep_ == "cc"):
        last -= 1
    if last < first or (last == first and doc[first].pos_ not in {"NOUN", "PROPN"}):
        return None
    if any(page.is_quoted(place) for place in range(first, last + 1)):
        return None
    return first, last
