"""Sentence boundaries, as spans; a sentence never leaves its paragraph.

The rules are those of English newspaper prose, and our own because they measured better
there than the libraries (docs/decisions/sentences.md). A candidate is a mark that may end
a sentence, with the closing marks after it; what stands on its two sides decides. Every
look is bounded, so the time grows with the text's length and no faster.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from index.article import Article, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLOSERS: Final = "\"'”’»)\\]}"
_QUOTES: Final = "\"'“‘«"
# A mark that may end a sentence ("harder. ..." and ". . ." are one mark), the closing marks
# and footnote signs after it; then a blank. Or, where a page lost the blank ("done.He left"),
# a mark between a small letter and a capital. Or a mark of a script that writes no blank.
# Possessive, and never begun inside a run of marks, so that no text makes it try again.
_STOP = re.compile(
    rf"""
    [.!?…‽。！？؟۔।॥]
    (?:
        (?<=[.!?…‽]) (?<![.!?…‽].) [.!?…‽]*+ (?:[\ \xa0][.…]++(?!\w)){{0,8}}+
        [{_CLOSERS}]*+ (?:\[[^\[\]\n]{{1,30}}\]){{0,8}}+ (?=\s)
    |
        (?<=[a-z][a-z][.!?]) [{_CLOSERS}]*+ (?=[{_QUOTES}(]?[A-Z][a-z])
    |
        (?<=[a-z][\"”’\])][.!?]) (?=[{_QUOTES}]?[A-Z][a-z'’\ ])
    |
        (?<=[。！？؟۔।॥]) [。！？؟۔।॥]*+ [{_CLOSERS}」』]*+
    )
    """,
    re.VERBOSE,
)
_BEFORE: Final = 40  # characters looked at before a mark: no abbreviation is longer
_AFTER: Final = 90  # and after it: room for a name and its verb

_LAST = re.compile(r"[^\s\"'“”‘’(\[/—–-]+$")
_NEXT = re.compile(r"\s*([\"'“‘«(\[{¿¡\s—–-]*)(\S*)")
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Never the end of a sentence: a name or more of the sentence follows.
_TITLES: Final = _words(
    "Mr Mrs Ms Mx Messrs Mmes Dr Drs Prof Profs Rev Fr Sr Sra Srta Hon Gen Lt Col Sgt Maj Capt Cpl "
    "Pvt Pfc Spc Adm Cmdr Cdr Brig Insp Supt Det Gov Govs Sen Sens Rep Reps Pres Amb Atty Asst "
    "Assoc Dep Dir St Ste Ft Mt Msgr Treas Sec Const Ald Cllr Sir mr mrs ms dr prof "
    "vs v viz cf eg ie e.g i.e ca approx est lit op Op"
)
# The end only where what follows looks like a start.
_SHORTENED: Final = _words(
    "Inc Corp Co Ltd LLC Plc plc Bros Jr Sr jr Esq etc al Dept dept Univ Assn Ave Blvd Rd Hwy Ph.D "
    "PhD M.D Md a.m p.m A.M P.M am pm Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky Mass "
    "Mich Minn Miss Mo Mont Neb Nev Okla Ore Pa Tenn Tex Va Vt Wash Wis Wyo Ont Que Alta Sask "
    "oz lb lbs ft yd mi sq min max avg tel ext Intl Natl Gov't Govt"
)
_BEFORE_NUMBER: Final = _words(
    "No Nos no nos p pp vol vols Vol fig figs Fig ch chap Chap sec Sec art Art para par ver s c ca "
    "approx tel Tel ext cl max min pt Pt Rs"
)
_MONTHS: Final = _words("Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec")
# What begins a sentence far more often than it goes on after an abbreviation.
_STARTERS: Final = _words(
    "the a an this that these those he she it they we you i his her its their our my your but and "
    "so yet nor or in on at by for from to with as if when while where after before since until "
    "although though because however meanwhile moreover still also then there here now today "
    "yesterday tomorrow later earlier last next what who why how which both all some many most few "
    "several not nobody nothing one another other such according asked speaking despite during "
    "under over between among through within without about instead once even only just perhaps "
    "maybe yes well let do does did is are was were has have had can could will would should may "
    "might must more less much each every either neither officials police"
)
# “Who pays?” Mayor Ann Lee asked.
_SAYING: Final = (
    "said says asked asks added adds told tells replied replies wrote writes shouted shouts cried "
    "cries exclaimed wondered wonders called recalled recalls joked jokes quipped demanded demands "
    "insisted insists answered answers yelled screamed whispered warned warns concluded concludes "
    "continued continues declared declares tweeted tweets posted explained explains noted notes "
    "argued argues laughed laughs remarked remarks retorted responded responds chanted announced "
    "announces begged inquired queried pleaded thought thinks"
)
_SPEAKER = re.compile(
    r"\s+([^\W\d_][\w.'’-]*)(?:,?\s+[A-Z][\w.'’-]*){0,4}\s+(?:" + "|".join(_SAYING.split()) + r")\b"
)


def split_sentences(article: Article) -> tuple[Span, ...]:
    """The article's sentences in order, none overlapping, trimmed of blanks.

    A quotation's own sentences are sentences too; a closing mark stays with the words that
    it closes, and “...?” Ann Lee asked. is one sentence with its attribution. Together they
    hold every character of the blocks that is not blank.
    """
    return tuple(
        Span(article, start, end)
        for first, last in article.blocks
        for start, end in _with_words(article.text, _split(article.text, first, last))
    )


def find_starts(text: str) -> frozenset[int]:
    """Where the sentences of one paragraph begin, as offsets."""
    return frozenset(start for start, _ in _split(text, 0, len(text)))


def _with_words(text: str, pieces: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Put a piece without a letter or digit (a mark left alone) to the one before it."""
    held: tuple[int, int] | None = None
    for start, end in pieces:
        if held is None:
            held = start, end
        elif _has_word(text, start, end):
            if _has_word(text, *held):
                yield held
                held = start, end
            else:
                held = held[0], end
        else:
            held = held[0], end
    if held is not None:
        yield held


def _has_word(text: str, start: int, end: int) -> bool:
    return any(text[place].isalnum() for place in range(start, end))


def _split(text: str, first: int, last: int) -> Iterator[tuple[int, int]]:
    start = first
    for match in _STOP.finditer(text, first, last):
        if match.end() < last and _ends(text, start, match, last):
            if trimmed := _trim(text, start, match.end()):
                yield trimmed
            start = match.end()
    if trimmed := _trim(text, start, last):
        yield trimmed


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None


def _ends(text: str, start: int, match: re.Match[str], last: int) -> bool:
    """Whether the mark ends the sentence that began at `start`."""
    stop, limit = match.end(), min(last, match.end() + _AFTER)
    following = _NEXT.match(text, stop, limit)
    if following is None or not following[2]:
        return True
    opening, word = following.groups()
    if word[0].islower() and not word[1:2].isupper():  # iPhone begins a sentence
        return False
    mark = match[0].split("[")[0].rstrip(_CLOSERS)
    closed = text[match.start() + len(mark)] in _CLOSERS if len(mark) < len(match[0]) else False
    if mark != ".":
        speaker = _SPEAKER.match(text, stop, limit) if closed and mark[-1] in "!?" else None
        return speaker is None or speaker[1].casefold() in _STARTERS
    return _full_stop_ends(text, start, match.start(), word, opening, closed=closed)


def _full_stop_ends(
    text: str, start: int, at: int, word: str, opening: str, *, closed: bool
) -> bool:
    found = _LAST.search(text[max(start, at - _BEFORE) : at])
    before = found[0] if found else ""
    if closed and not _is_shortened(before):
        return True
    quoted = any(mark in _QUOTES for mark in opening)
    dateline = any(mark in "–—-(" for mark in opening)  # "DERRY, N.H. - The vote" goes on
    starts = quoted or (
        re.split(r"\W", word, maxsplit=1)[0].casefold() in _STARTERS and not dateline
    )
    if before in _TITLES or (before in _BEFORE_NUMBER and word[0].isdigit()):
        return False
    if before in _MONTHS:
        return starts and not word[0].isdigit()
    if _is_shortened(before):
        return starts
    if len(before) == 1 and before.isupper():
        return quoted or (before == "I" and starts)
    number = text[start:at].strip() if at - start < _BEFORE else ""
    return not (number.isdigit() and len(number) <= 3)


def _is_shortened(word: str) -> bool:
    return word in _SHORTENED or _DOTTED.fullmatch(word) is not None
