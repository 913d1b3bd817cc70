"""Sentence boundaries, as spans; a sentence never leaves its paragraph.

The rules are those of English newspaper prose, and our own because they measured better
there than the libraries (docs/decisions). A candidate is a mark that may end a sentence,
with the closing marks after it; what stands on its two sides decides. Every look is
bounded, so time grows with the text's length and no faster.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from index.article import Article, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLOSERS = "\"'”’»)\\]}"
_OPENERS = "\"'“‘«(\\[{¿¡"
# A mark that may end a sentence, its closing marks, and what must follow; or, where a page
# lost a blank ("done.He left"), a full stop between a small letter and a capital.
_STOP = re.compile(
    rf"[.!?…‽]+[{_CLOSERS}]*(?=\s)|(?<=[a-z][a-z])[.!?][{_CLOSERS}]*(?=[{_OPENERS}]?[A-Z][a-z])"
    rf"|[。！？؟۔।॥]+[{_CLOSERS}」』]*"
)
_BEFORE: Final = 40  # characters looked at before a mark: the longest abbreviation is shorter
_AFTER: Final = 90  # and after it: room for a name and its verb

_LAST = re.compile(r"(?:^|[\s\"'“”‘’(\[/—–-])((?:[^\W\d_]\.)+(?:[^\W\d_])?|[^\s\"'“”‘’(\[/—–-]+)$")
_NEXT = re.compile(rf"\s*([{_OPENERS}\s—–-]*)(\S*)")

# Never the end of a sentence: a name or a number follows.
_TITLES: Final = frozenset(
    "mr mrs ms mx messrs mmes dr drs prof rev fr sr sra hon gen lt col sgt maj capt cpl pvt adm "
    "cmdr brig insp supt det gov sen sens rep reps pres amb atty asst assoc dep dir st ste ft mt "
    "vs v viz cf eg ie e.g i.e ca approx est op hr lt.-col lt.gen maj.gen spc pfc cpt sec treas mgr "
    "msgr m.sgt s.sgt r.adm b.gen".split()
)
# The end only where the next word starts a sentence.
_SHORTENED: Final = frozenset(
    "inc corp co ltd llc plc bros jr sr esq etc al dept univ assn ave blvd rd hwy ph.d m.d d.d.s "
    "b.a m.a j.d m.b.a r.n a.m p.m am pm u.s u.k u.n e.u d.c l.a n.y u.s.a u.s.s.r a.d b.c b.c.e "
    "ala ariz ark calif colo conn del fla ga ill ind kan ky la md mass mich minn miss mo mont neb "
    "nev okla ore pa tenn tex va vt wash wis wyo ont que alta sask oz lb lbs in ft yd mi sq min "
    "max avg tel ext n.h n.j n.m n.c n.d s.c s.d r.i w.va mfg intl natl gov't".split()
)
# Not the end where a number follows.
_BEFORE_NUMBER: Final = frozenset(
    "no nos jan feb mar apr jun jul aug sept sep oct nov dec p pp vol vols fig figs ch chap sec art "
    "para par para. ver v rs res h.r s c ca approx tel ext eq sect cl reg pt".split()
)
_MONTHS: Final = frozenset("jan feb mar apr jun jul aug sept sep oct nov dec".split())
_STARTERS: Final = frozenset(
    "the a an this that these those he she it they we you i his her its their our my your but and "
    "so yet nor or in on at by for from to with as if when while where after before since until "
    "although though because however meanwhile moreover still also then there here now today "
    "yesterday tomorrow later earlier last next what who why how which both all some many most few "
    "several no not nobody nothing one another other such according asked speaking despite during "
    "under over between among through within without about instead once even only just perhaps "
    "maybe yes well let do does did is are was were has have had can could will would should may "
    "might must more less much each every either neither officials police monday tuesday wednesday "
    "thursday friday saturday sunday".split()
)
_SAYING: Final = (
    r"(?:said|says|say|asked|asks|added|adds|told|tells|replied|replies|wrote|writes|shouted|shouts|"
    r"cried|cries|exclaimed|wondered|wonders|called|recalled|recalls|joked|jokes|quipped|demanded|"
    r"demands|insisted|insists|answered|answers|yelled|screamed|whispered|warned|warns|concluded|"
    r"concludes|continued|continues|declared|declares|tweeted|tweets|posted|explained|explains|"
    r"noted|notes|argued|argues|laughed|laughs|remarked|remarks|retorted|responded|responds|sang|"
    r"chanted|announced|announces|begged|inquired|queried|pleaded|thought|thinks|read|reads)"
)
# “Who pays?” Mayor Ann Lee asked.
_ATTRIBUTION = re.compile(
    r"\s+(?:(?:the|The|Mr\.?|Mrs\.?|Ms\.?|Dr\.?)\s+)?(?:[^\W\d_][\w.'’-]*\s+){1,5}?" + _SAYING + r"\b"
)
_SPEAKER = re.compile(r"\s+(?:[A-Z][\w.'’-]*\s+){1,4}" + _SAYING + r"\b(?![\"”’])")
# Names that end in a mark.
_MARKED_NAMES: Final = frozenset({"yahoo", "jeopardy", "yum", "panic"})


def split_sentences(article: Article) -> tuple[Span, ...]:
    """The article's sentences in order, none overlapping, trimmed of blanks.

    A quotation's own sentences are sentences too; a closing mark stays with the words it
    closes, and “...,” she said. is one sentence with its attribution.
    """
    return tuple(
        Span(article, start, end)
        for first, last in article.blocks
        for start, end in _split(article.text, first, last)
    )


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
    mark = match[0]
    following = _NEXT.match(text, match.end(), min(last, match.end() + _AFTER))
    opening, word = (following[1], following[2]) if following else ("", "")
    if not word:
        return True
    bare = mark.rstrip("\"'”’»)]}")
    closed = mark != bare
    if word[0].islower():
        return False
    if bare in {"!", "?"} or bare[-1] in "!?":
        if closed and _SPEAKER.match(text, match.end(), min(last, match.end() + _AFTER)):
            return False
        name = _last_word(text, start, match.start())
        return not (not closed and bare == "!" and name in _MARKED_NAMES and word[0].islower())
    if bare != ".":
        return True
    before = _last_word(text, start, match.start())
    return _full_stop_ends(text, start, match.start(), before, word, opening, closed=closed)


def _full_stop_ends(
    text: str, start: int, at: int, before: str, word: str, opening: str, *, closed: bool
) -> bool:
    if closed and before not in _SHORTENED:
        return True
    folded = re.split(r"[^\w]", word, maxsplit=1)[0].casefold()
    starts = folded in _STARTERS or bool(opening.strip())
    if before in _TITLES:
        return False
    if before in _BEFORE_NUMBER and (word[0].isdigit() or before in _MONTHS and not starts):
        return False
    if before in _SHORTENED or re.fullmatch(r"(?:[^\W\d_]\.)+[^\W\d_]", before):
        return starts
    if len(before) == 1 and before.isalpha() and text[at - 1].isupper():
        return before == "i" and starts
    number = text[start:at].strip()
    return not (number.isdigit() and len(number) <= 3)


def _last_word(text: str, start: int, end: int) -> str:
    found = _LAST.search(text[max(start, end - _BEFORE) : end])
    return found[1].casefold() if found else ""
