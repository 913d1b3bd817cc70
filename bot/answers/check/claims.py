"""Quotes with their claimed speakers, out of a pasted message.

What stands between quotation marks is a quote, in whatever style the message was typed;
the name beside it is who is said to have said it: “...,” Kuleba said / Kuleba: “...” /
“...” – Kuleba. Names that the index knows are taken anywhere near the marks, others only
in those places, where nothing but a speaker can stand. A pronoun names nobody.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from index.speech import Speaker

# Opening and closing marks; those that may also be apostrophes must stand at a word's edge.
_QUOTED = re.compile(
    r"""“(?P<a>[^“”]+)”|„(?P<b>[^„“”]+)[“”]|«\s*(?P<c>[^«»]+?)\s*»|»(?P<d>[^«»]+)«
    |"(?P<e>[^"“”]+)"|[“"](?P<f>[^“”"]+)["”]
    |(?<!\w)‘(?P<g>(?:[^‘’\n]|’(?=\w))+)’(?!\w)|(?<!\w)'(?P<h>(?:[^'\n]|'(?=\w))+)'(?!\w)
    |‹(?P<i>[^‹›]+)›|「(?P<j>[^「」]+)」""",
    re.VERBOSE,
)
_SAID = (
    r"(?:said|says|say|told|tells|added|adds|stated|states|announced|claimed|claims|argued|argues"
    r"|insisted|wrote|writes|tweeted|posted|replied|asked|warned|warns|declared|explained|noted"
    r"|according\s+to|by|from|per|quoting)"
)
_NAME = (
    r"(?:[A-Z][\w’'.-]*(?:\s+(?:(?:of|the|de|von|van|al|bin|da|der|la)\s+)?[A-Z][\w’'.-]*){0,5})"
)
_AFTER = re.compile(
    rf"^[\s,]*(?:(?:[-–—―~]|\()\s*(?P<dash>{_NAME})|{_SAID}\s+(?P<said>{_NAME})"
    rf"|(?P<name>{_NAME})\s+(?:\w+\s+)?{_SAID}\b)"
)
_BEFORE = re.compile(
    rf"(?:(?P<colon>{_NAME})(?:\s*\([^)]*\))?\s*(?:{_SAID}\s*)?[:,]\s*"
    rf"|(?P<name>{_NAME})\s+(?:\w+\s+)?{_SAID}\b[^.!?“”\"]*"
    rf"|{_SAID}\s+(?P<said>{_NAME})\s*[:,]\s*)$"
)
_PRONOUNS = frozenset(
    "he she they it i we you who this that his her their according by from and but so then".split()
)
# Capitalised at the head of a sentence, and part of no name.
_HEADS = frozenset(
    """did does do has had have is was when while then and but as yesterday today so because
    after before if once later also however meanwhile why how where what the""".split()
)
# A name farther from the marks than this belongs to something else.
_NEAR = 60


@dataclass(frozen=True, slots=True)
class Claim:
    """A quote as it stands in a message, and who is said to have said it (None: nobody)."""

    quote: str
    speaker: str | None
    start: int
    end: int


_ELLIPSIS = re.compile(r"…|\.\s?\.[.\s]*")
_CAPITAL = re.compile(r"\[(\w)\](?=\w)")
_MOST_PIECES = 6


def split_pieces(quote: str) -> tuple[str, ...]:
    """The parts of a quote between its ellipses, `[T]he` as `The`; the whole where none has words.

    >>> split_pieces("[W]e will stay … until June.")
    ('We will stay', 'until June.')
    """
    whole = _CAPITAL.sub(r"\1", quote)
    pieces = (piece.strip() for piece in _ELLIPSIS.split(whole, _MOST_PIECES - 1))
    return tuple(piece for piece in pieces if words_of(piece)) or (whole,)


def split_claims(message: str, speakers: Sequence[Speaker]) -> tuple[Claim, ...]:
    """Find every quote of a message with its claimed speaker; none, where nothing is quoted."""
    names = _names(speakers)
    matches = [match for match in _QUOTED.finditer(message) if _is_quote(match)]
    claims = []
    for at, match in enumerate(matches):
        floor = matches[at - 1].end() if at else 0
        ceiling = matches[at + 1].start() if at + 1 < len(matches) else len(message)
        # A line is read on its own; a quote's own line break does not matter.
        before = message[floor : match.start()].rpartition("\n\n")[2]
        after = message[match.end() : ceiling].partition("\n\n")[0]
        speaker = _speaker(before, after, names, is_last=at + 1 == len(matches))
        start, end = match.span(match.lastgroup or 0)
        claims.append(Claim(message[start:end].strip(), speaker, start, end))
    return tuple(claims)


def _is_quote(match: re.Match[str]) -> bool:
    words = match.group(match.lastgroup or 0)
    return any(char.isalnum() for char in words)


def _plain(text: str) -> str:
    """Without accents and case, one character for each, so that offsets stay."""
    return "".join((unicodedata.normalize("NFD", char)[0].lower() or char)[0] for char in text)


def _names(speakers: Sequence[Speaker]) -> re.Pattern[str] | None:
    known = {
        _plain(name)
        for speaker in speakers
        for name in (speaker.name, *speaker.aliases, speaker.name.split()[-1])
        if len(name) > 1 and name[:1].isupper() and name.lower() not in _PRONOUNS
    }
    if not known:
        return None
    longest_first = sorted(known, key=lambda name: (-len(name), name))
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)")


def _speaker(
    before: str, after: str, names: re.Pattern[str] | None, *, is_last: bool
) -> str | None:
    """The name beside a quote: in a speaker's place, else the nearest that the index knows."""
    after_line, line_breaks, _ = after.partition("\n")
    if not after_line.strip() and line_breaks:
        # A signature on the line below.
        after_line = after.lstrip("\n").partition("\n")[0]
        after_line = after_line if after_line[:1] in "-–—―~" else ""
    for placed in (_AFTER.match(after_line), _BEFORE.search(before)):
        if placed and (name := _placed(placed)):
            return name
    if names is None:
        return None
    near = [
        (distance, name)
        for distance, name in (
            *_near_before(before, names),
            *_near_after(after_line, names, is_last=is_last),
        )
        if distance <= _NEAR
    ]
    return min(near)[1] if near else None


def _placed(match: re.Match[str]) -> str | None:
    name = next((group for group in match.groupdict().values() if group), "")
    name = re.sub(r"['’]s$", "", name.rstrip(".,:’'"))
    words = name.split()
    while words and words[0].lower() in _HEADS:
        del words[0]
    return None if not words or words[0].lower() in _PRONOUNS else " ".join(words)


def _near_before(before: str, names: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    sentence = re.split(r"[.!?]\s+(?=[A-Z])|\n", before)[-1]
    for match in names.finditer(_plain(sentence)):
        yield len(sentence) - match.end(), sentence[match.start() : match.end()]


def _near_after(after: str, names: re.Pattern[str], *, is_last: bool) -> Iterator[tuple[int, str]]:
    sentence = re.split(r"[.!?;](?:\s+|$)", after)[0]
    if not is_last and re.search(r"(?:^|\s)and\s", sentence):
        sentence = re.split(r"(?:^|\s)and\s", sentence)[0]
    for match in names.finditer(_plain(sentence)):
        yield match.start(), sentence[match.start() : match.end()]
