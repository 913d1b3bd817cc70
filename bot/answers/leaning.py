"""Leaning: whether a sentence can be understood without those before it.

Judged by the words alone, and on the safe side: a summary that takes a sentence to lean
where it does not has one choice less, no more. The lists are general English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_COMMON = frozenset(
    """a about after all also an and any are as at be because been before being but by can could did
    do does for from further had has have he her here hers him his how i if in into is it its just
    me more most my no nor not now of off on once only or other our out over own said same say says
    she so some such than that the their them then there these they this those to too two under
    until up very was we were what when where which while who whom why will with would you your
    it's i'm we're they're that's don't mr mrs ms""".split()
)


@dataclass(frozen=True, slots=True)
class PointedAt:
    """What a sentence takes as known: "the agreement". `surely`: it was told before."""

    nouns: frozenset[str]
    surely: bool


def is_whole(text: str, *, alone: bool = False) -> bool:
    """Whether it says something as a sentence does; `alone`: it is a paragraph of its own.

    Headlines and bylines lack the full stop, captions have a label, a short question alone is
    a heading, and one that is put to the reader is no news.
    """
    if text.endswith("?"):
        if alone and len(WORD.findall(text)) <= _HEADING:
            return False
        if _READER.search(_QUOTED.sub(" ", text)):
            return False
    return bool(_ENDS.search(text)) and not _LABEL.match(text)


def leans(text: str, *, opening: bool = False) -> bool:
    """Whether it needs the sentence before it: "He added", "However", “First they”, a part.

    `opening`: it is the article's first, in which "the two" or "both" are no pronouns yet.
    """
    if _PRONOUN.match(text) or _LINK.match(text) or text[:1].islower():
        return True
    if not opening and _OTHERS.match(text):
        return True
    if _THIS.match(text) or is_all_quoted(text):
        return True
    narration = " ".join(_QUOTED.sub(" ", text).split())
    if _speaks_of_the_absent(narration, quoted=False):
        return True
    # The narrator's words are not the speaker's: in a quotation only what is quoted counts.
    return any(_speaks_of_the_absent(quoted, quoted=True) for quoted in _QUOTED.findall(text))


def pointed_at(text: str) -> PointedAt | None:
    """What it opens with, or points back to, as known already; None where there is nothing."""
    if definite := _DEFINITE.match(text):
        nouns = content_of(definite.group(1))
        return PointedAt(nouns, surely=bool(nouns & _TAKES_UP))
    if back := _POINTS_BACK.search(_QUOTED.sub(" ", text)):
        nouns = content_of(back.group(1))
        return None if nouns & _TIMES else PointedAt(nouns, surely=True)
    return None


def is_all_quoted(text: str) -> bool:
    """Whether nothing stands outside its quotation marks."""
    return not WORD.search(_QUOTED.sub(" ", text))


def is_cut(text: str) -> bool:
    """Whether a quotation that begins or ends in it goes on outside."""
    return any(
        text.count(opened) != text.count(closed) if opened != closed else text.count(opened) % 2
        for opened, closed in (("“", "”"), ("«", "»"), ('"', '"'))
    )


def speaks_of_oneself(text: str) -> bool:
    """Whether somebody says "I" or "we" in it, and no quotation marks say that they are quoted."""
    return bool(_ONESELF.search(_QUOTED.sub(" ", text)))


def content_of(text: str) -> frozenset[str]:
    """The words that say something, lower-cased, plural and singular alike."""
    words = (word.lower().replace("’", "'").removesuffix("'s") for word in WORD.findall(text))
    return frozenset(
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
        for word in words
        if word not in _COMMON and (len(word) > 1 or word.isdigit())
    )


def _speaks_of_the_absent(text: str, *, quoted: bool) -> bool:
    """Whether "she", or "his", comes in it before anybody it could mean.

    A name will do, and in narration the sentence's subject.
    """
    before: list[str] = []
    for match in WORD.finditer(text):
        if _ABSENT.fullmatch(match[0]):
            break
        before.append(match[0])
    else:
        return False
    if any(_is_name(word, first=place == 0, quoted=quoted) for place, word in enumerate(before)):
        return False
    if quoted:
        return all(word.lower() in _COMMON | _LEADS | _FILLERS for word in before)
    return not before or before[0].lower() in _LEADS


def _is_name(word: str, *, first: bool, quoted: bool) -> bool:
    plain = word.replace("’", "'").lower()
    if not word[0].isupper() or plain in _NAMES_NOBODY:
        return False
    return not first or not (quoted or plain in _LEADS or plain in _COMMON)


_PRONOUN = re.compile(
    r"""^[\s"'“”‘’«„(\[–—-]*
    (?:(?:and|but|so|or|yet|also|still|then|now|however|meanwhile|instead|moreover|nevertheless
    |nonetheless|therefore|thus|besides|furthermore|similarly|likewise|afterwards|in\s+addition
    |as\s+a\s+result|for\s+example|for\s+instance|on\s+the\s+other\s+hand),?\s+)?
    (?:he|she|it|they|him|them|his|her|hers|its|their|theirs|this|these|those|that)
    (?!\w)(?!['’]s\s+(?:been|no|not)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
_OTHERS = re.compile(
    r"""^[\s"'“”‘’«„(\[–—-]*(?:(?:and|but|so)\s+)?
    (?:such|both|neither|another|others
    |the\s+(?:former|latter|same|other|two|three|pair|couple|duo|trio))(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
_LINK = re.compile(
    r"""^[\s"'“‘(\[–—-]*(?:but|however|meanwhile|instead|moreover|nevertheless|nonetheless
    |therefore|thus|besides|furthermore|similarly|likewise|otherwise|in\s+addition|as\s+a\s+result
    |for\s+example|for\s+instance|on\s+the\s+other\s+hand|also|then|and|or|so|yet)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_THIS = re.compile(
    r"""^[\s"'“‘(\[–—-]*(?:(?:in|on|at|by|for|from|with|under|after|before|during|of|to)\s+)?
    (?:this|these|those|that)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_DEFINITE = re.compile(
    r"""^[\s"'“‘(\[–—-]*(?:(?:in|on|at|by|for|from|with|under|after|before|during|of|to)\s+)?
    the\s+((?:[^\W\d_][\w'’-]*\s+){0,2}?[^\W\d_][\w'’-]*)\b""",
    re.IGNORECASE | re.VERBOSE,
)
# Nouns that take up what was told before, also where the article has not used the word yet.
_TAKES_UP = content_of(
    """accident agreement allegation announcement arrest attack ban bill blaze blast campaign case
    ceremony claim collapse comment conference contract crash crime crisis cut deal death debate
    decision defendant delay discovery dispute document duo event explosion failure find finding
    fire game group idea incident inquiry interview investigation killing lawsuit letter man match
    measure meeting merger message motion move news offer operation order outcome pair plan
    programme program project proposal protest report request requirement rescue result review
    revelation rule ruling scandal scheme search sentence settlement shooting shortage speech
    statement story strike study summit survey suspect talk target test theft threat tournament
    tragedy trial verdict victim video visit vote warning win woman"""
)
# Opening words before which or with which nobody has been named yet.
_LEADS = frozenset(
    """after although amid among as asked at because before besides by despite during earlier even
    finally for from if in instead last later like next nor now of on once only since so speaking
    still then though through to today tonight under unless unlike until upon when whenever where
    whether while with without writing yesterday yet""".split()
)
_NAMES_NOBODY = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may
    june july august september october november december i i'm i've i'd i'll""".split()
)
_ABSENT = re.compile(r"(?:he|she|they|him|them|his|her|hers|its|their|theirs)", re.IGNORECASE)
_POINTS_BACK = re.compile(
    r"(?<!\w)(?:this|these|such)\s+((?:[^\W\d_][\w'’-]*\s+){0,2}[^\W\d_][\w'’-]*)", re.IGNORECASE
)
_FILLERS = frozenset("first think know believe hope want told tell saw see".split())
_TIMES = frozenset(
    """afternoon autumn century day decade evening fall month morning night point season spring
    summer time week weekend winter year stage way""".split()
)
_QUOTED = re.compile(r"“[^”]*(?:”|$)|«[^»]*(?:»|$)|\"[^\"]*(?:\"|$)|''.*?(?:''|$)", re.DOTALL)
_HEADING = 8
"""Words of a question that is taken for a heading."""
_ENDS = re.compile(r"[.?!…][\s\"'“”’»)\]]*$")
_LABEL = re.compile(
    r"\s*(?:image|photo|photograph|picture|caption|video|file|watch|listen|related|see also"
    r"|read more|also read)\s*:",
    re.IGNORECASE,
)
_ONESELF = re.compile(r"(?<!\w)(?:I|I['’]\w+|we|We|my|My|our|Our)(?!\w)")
_READER = re.compile(r"(?<!\w)(?:you|your)(?!\w)", re.IGNORECASE)
