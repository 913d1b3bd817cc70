"""Names as they are typed, and as the articles in scope print them.

A misspelt name is set right only where nothing else can be meant: the articles know no such
word, it is no ordinary word either, and exactly one of their names comes near enough.
Whoever is truly absent has to stay absent, so that a question about them is declined.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.answers.abstain import STOP_WORDS
from bot.answers.people import names_of
from index.names import key_for_part, keys_for_words
from index.words import terms_of, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from index.article import Span
    from index.scope import Scope
    from index.speech import Speaker
    from index.store import Store

SHORTEST = 5
"""Letters under which a word is like too many others to be called misspelt."""
TWO_EDITS = 8
"""Letters from which two edits are a slip, as in "Stoltenburgh"; in "Kirby" they are another name.
Neither was tuned: see tests/test_spelling.py for how often an absent name is set right."""
MOST_TERMS = 20_000
"""Words of one initial that are compared, in a few milliseconds; where a segment has more, none
is, and nothing is corrected."""
_SEEN = 8  # passages in which it is seen how a word is printed
_NEAR = 24  # words whose printing is looked at
_TERMS_KEPT = 4096  # terms whose printing is kept, in a few hundred bytes each
_SAME = 0.5  # one name in two spellings is nearer than any edit, and no slip at all

_WORD = re.compile(r"\w+")
_OPENS = re.compile(
    r"(?P<ask>\bwho(?:'s|’s| is| was| are)\s+)"
    r"(?P<who>[^\W\d_]+(?:\s+[^\W\d_]+){0,2})(?=\s*\??\s*$)",
    re.IGNORECASE,
)
# What one name is spelt by when it comes from another script, or from a hurried hand.
_FOLDS = tuple(
    (re.compile(pattern), letter)
    for pattern, letter in (
        (r"(?:iy|yy|yi|ij|ii|yj|ie|ey|i)$", "y"), (r"ph", "f"), (r"c(?=[kaou])|ck|q", "k"),
        (r"w", "v"), (r"tz", "ts"), (r"(\w)\1", r"\1"), (r"i", "y"),
    )
)  # fmt: skip
_INITIALS = {"c": "k", "k": "c", "s": "z", "z": "s", "y": "ji", "j": "y", "i": "y", "v": "w",
             "w": "v", "f": "p", "g": "h", "h": "g", "q": "k"}  # fmt: skip
_ENDINGS = ("s", "es", "d", "ed", "ing", "er", "ers", "ly", "able", "ness")


@dataclass(frozen=True, slots=True)
class Spelt:
    """A question with its names as printed; `corrected` where more than capitals differs."""

    text: str
    corrected: bool


class Names:
    """The names that the articles in scope print, looked up through the word index.

    The words of the speakers' names are names even where they only begin sentences; `called`
    gives at least the speakers who are listed under some keys of `index.names`;
    `is_ordinary` says whether a word is one of the language's own. One serves a scope for good.
    """

    def __init__(
        self,
        store: Store,
        scope: Scope,
        *,
        called: Callable[[tuple[str, ...]], Sequence[Speaker]],
        is_ordinary: Callable[[str], bool],
    ) -> None:
        self._store = store
        self._scope = scope
        self._called = called
        self._is_ordinary = is_ordinary
        self._forms = lru_cache(_TERMS_KEPT)(self._read_forms)

    def spell(self, question: str) -> Spelt:
        """The question with each name as the articles print it, everything else as typed."""
        corrected = False

        def printed(match: re.Match[str]) -> str:
            nonlocal corrected
            typed = match[0]
            folded = _fold(typed)
            if folded in STOP_WORDS or not typed.isalpha():
                return typed
            if self._is_known(folded):
                if (name := self._as_printed(folded)) is not None:
                    return name if typed.islower() else typed
                name = self._nearest(folded, respelt=True)
            else:
                name = self._nearest(folded)
            corrected = corrected or name is not None
            return name or typed

        text = _WORD.sub(printed, question)
        return Spelt(_OPENS.sub(self._capitals, text), corrected)

    def is_absent(self, word: str) -> bool:
        """Whether a word is neither the articles' nor the language's: a name, most likely."""
        folded = _fold(word)
        return not (self._is_known(folded) or self._ordinary(folded))

    def speakers_in(self, text: str) -> tuple[Speaker, ...]:
        """The speakers one of whose names, or whose surname, stands in a text; each once."""
        words = words_of(text)
        found = {}
        for word in words:
            for speaker in self._called(keys_for_words((word,))):
                if any(words_of(name)[-1:] == [word] for name in names_of(speaker)):
                    found[speaker.person] = speaker
        return tuple(found.values())

    def _is_part(self, folded: str) -> bool:
        """Whether the word stands in a name of a speaker."""
        speakers = self._called((key_for_part(folded),))
        return any(folded in words_of(name) for one in speakers for name in names_of(one))

    def _capitals(self, match: re.Match[str]) -> str:
        """Whoever is asked for ("who is zelensky") is a name, also where nobody is called so."""
        words = [
            word.capitalize() if word.islower() and self.is_absent(word) else word
            for word in match["who"].split(" ")
        ]
        return match["ask"] + " ".join(words)

    def _is_known(self, folded: str) -> bool:
        return all(self._store.knows(term, self._scope) for term in terms_of(folded))

    def _read_forms(self, term: str) -> dict[str, str | None]:
        """The words of that stem as they stand in the first passages that hold it.

        From the folded word to how it is printed as a name, or None where it is no name.
        """
        forms: dict[str, str | None] = {}
        for passage in self._store.passages_with(term, self._scope, _SEEN):
            for sentence in passage.sentences:
                for printed, opens in _words_like(term, sentence):
                    folded = _fold(printed)
                    if forms.get(folded, "") is None:
                        continue
                    if not printed[0].isupper():
                        forms[folded] = None
                    elif not opens or self._is_part(folded):
                        forms.setdefault(folded, printed)
                        if not forms[folded]:
                            forms[folded] = printed
                    else:
                        forms.setdefault(folded, "")
        return {folded: printed or None for folded, printed in forms.items()}

    def _as_printed(self, folded: str) -> str | None:
        """How a known word is printed, where it is always printed as a name."""
        terms = terms_of(folded)
        return self._forms(terms[0]).get(folded) if terms else None

    def _nearest(self, folded: str, *, respelt: bool = False) -> str | None:
        """The one name that the word can be a slip of; with `respelt`, only a spelling of it."""
        if len(folded) < SHORTEST or self._ordinary(folded):
            return None
        from rapidfuzz.distance import OSA  # noqa: PLC0415 - 6 ms that most questions need not pay

        stem = terms_of(folded)[0]
        most = 2 if len(folded) >= TWO_EDITS else 1
        near = [term for term in self._alike(folded) if OSA.distance(stem, term) <= most + 1]
        near.sort(key=lambda term: (OSA.distance(stem, term), term))
        found: dict[str, tuple[float, str | None]] = {}
        for term in near[:_NEAR]:
            for form, printed in self._forms(term).items():
                same = _spelling(form) == _spelling(folded)
                away = _SAME if same else float(OSA.distance(folded, form))
                if form == folded:
                    return None
                if len(form) >= SHORTEST and away <= (_SAME if respelt else most):
                    found[form] = (away, printed)
        if not found:
            return None
        best = min(away for away, _ in found.values())
        names = {form: printed for form, (away, printed) in found.items() if away == best}
        if None in names.values() or len({_spelling(form) for form in names}) > 1:
            return None
        return next(iter(names.values()))

    def _alike(self, folded: str) -> Iterator[str]:
        """The terms of the index that may be the same word, by how they begin."""
        initials = dict.fromkeys((folded[0], *_INITIALS.get(folded[0], ""), folded[1]))
        seen = set()
        for initial in initials:
            for term in self._store.terms_beginning(initial, most=MOST_TERMS):
                if abs(len(term) - len(folded)) <= TWO_EDITS // 2 and term not in seen:
                    seen.add(term)
                    yield term

    def _ordinary(self, folded: str) -> bool:
        if folded in STOP_WORDS or self._is_ordinary(folded):
            return True
        bases = (folded.removesuffix(end) for end in _ENDINGS if folded.endswith(end))
        return any(
            len(base) > 2 and (self._is_ordinary(base) or self._is_ordinary(base + "e"))
            for base in bases
        )


def _fold(word: str) -> str:
    """A word as words are compared."""
    return "".join(words_of(word))


def _spelling(folded: str) -> str:
    """What the spellings of one name have in common ("zelenskiy", "zelenskyy")."""
    for pattern, letter in _FOLDS:
        folded = pattern.sub(letter, folded)
    return folded


def _words_like(term: str, sentence: Span) -> Iterator[tuple[str, bool]]:
    """The words of that stem in a sentence, each with whether it opens the sentence."""
    opening = True
    for match in _WORD.finditer(sentence.text):
        word = match[0]
        # Most words begin with another letter, which is seen without folding them.
        other = word.isascii() and word[0].isalnum() and word[0].lower() != term[0]
        if not other and _fold(word)[:2] == term[:2] and terms_of(word) == [term]:
            yield word, opening
        opening = False
