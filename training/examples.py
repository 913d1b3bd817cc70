"""Examples: a question with a window of its document, and what is to be read there.

Negatives are made here, of three kinds: another window of the same document, the
window without the sentence that answers, and a question that asks of another name,
number or order than the text speaks of. An example depends on its document, its query,
the seed and the round alone, so that a run can be taken up where it stopped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from training.corpora import Document, Offsets, Query

# Characters; about 75 to 180 tokens. Whole articles are read in windows of this size.
WINDOW_CHARS = (340, 780)


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a window; offsets count from the window's start.

    `answer` is None where the window does not answer; `sentence` is then None as well.
    """

    question: str
    text: str
    sentences: tuple[Offsets, ...]
    answer: Offsets | None
    sentence: int | None
    kind: str


@dataclass(frozen=True, slots=True)
class Mix:
    """What share of the examples is of which kind; the rest has its answer."""

    elsewhere: float = 0.24
    removed: float = 0.10
    swapped: float = 0.06
    plain: float = 0.15  # questions without their question mark, or as bare keywords
    window_chars: tuple[int, int] = field(default=WINDOW_CHARS)


@dataclass(frozen=True, slots=True)
class Asked:
    """One query of a document as it is typed this time, with the chance that shapes it."""

    document: Document
    query: Query
    question: str
    chance: random.Random
    mix: Mix

    @property
    def answer(self) -> Offsets:
        """Where the document answers; only for queries that it answers."""
        if self.query.answer is None:
            raise ValueError(f"{self.query.id} has no answer")
        return self.query.answer

    @property
    def words(self) -> str:
        """The answer's words, for telling whether a window holds them."""
        return self.document.text[slice(*self.answer)].strip(" .,;:").lower()


def make_example(
    document: Document, query: Query, chance: random.Random, mix: Mix, names: Sequence[str]
) -> Example:
    """One example of the query, of a kind drawn by `mix`."""
    asked = Asked(document, query, _as_typed(query.text, chance, mix.plain), chance, mix)
    if query.answer is None:
        return _unanswered(document, asked.question, _hard_window(asked), "given")
    draw = chance.random()
    made = None
    if draw < mix.elsewhere:
        made = _elsewhere(asked)
    elif draw < mix.elsewhere + mix.removed:
        made = _removed(asked)
    elif draw < mix.elsewhere + mix.removed + mix.swapped:
        made = _swapped(asked, names)
    return made or _answered(asked)


def make_group(
    document: Document, query: Query, chance: random.Random, mix: Mix, size: int
) -> list[Example]:
    """A window that answers and `size - 1` of the same document that do not, hard ones."""
    asked = Asked(document, query, _as_typed(query.text, chance, mix.plain), chance, mix)
    group = [_answered(asked)]
    for _ in range(40):
        if len(group) == size:
            break
        made = _elsewhere(asked)
        if made and all(made.text != other.text for other in group):
            group.append(made)
    return group


def _answered(asked: Asked) -> Example:
    document = asked.document
    home = _sentence_at(document, asked.answer)
    first, last = _window_around(document, home, asked.chance, asked.mix)
    start = document.sentences[first][0]
    end = document.sentences[last][1]
    answer = (asked.answer[0] - start, min(asked.answer[1], end) - start)
    sentences = _shifted(document, first, last)
    text = document.text[start:end]
    return Example(asked.question, text, sentences, answer, home - first, "answered")


def _unanswered(document: Document, question: str, window: tuple[int, int], kind: str) -> Example:
    first, last = window
    text = document.text[document.sentences[first][0] : document.sentences[last][1]]
    return Example(question, text, _shifted(document, first, last), None, None, kind)


def _elsewhere(asked: Asked) -> Example | None:
    window = _hard_window(asked)
    made = _unanswered(asked.document, asked.question, window, "elsewhere")
    return None if asked.words in made.text.lower() else made


def _removed(asked: Asked) -> Example | None:
    """The window without the sentences that hold the answer's words; None if little is left."""
    document = asked.document
    home = _sentence_at(document, asked.answer)
    first, last = _window_around(document, home, asked.chance, asked.mix)
    # A sentence more on either side makes up for what is taken out.
    first, last = max(0, first - 1), min(len(document.sentences) - 1, last + 1)
    text, sentences, previous = "", [], 0
    for number in range(first, last + 1):
        start, end = document.sentences[number]
        piece = document.text[start:end]
        if number == home or asked.words in piece.lower():
            continue
        if text:
            beside = previous == number - 1
            text += document.text[document.sentences[previous][1] : start] if beside else " "
        sentences.append((len(text), len(text) + len(piece)))
        text += piece
        previous = number
    if len(sentences) < 2:
        return None
    return Example(asked.question, text, tuple(sentences), None, None, "removed")


def _swapped(asked: Asked, names: Sequence[str]) -> Example | None:
    document = asked.document
    home = _sentence_at(document, asked.answer)
    window = _window_around(document, home, asked.chance, asked.mix)
    start, end = document.sentences[window[0]][0], document.sentences[window[1]][1]
    answer = document.text[slice(*asked.answer)]
    pool = Pool(document.text[start:end], answer, names)
    changed = swap(asked.query.text, pool, asked.chance)
    return _unanswered(document, changed, window, "swapped") if changed else None


_NAME = re.compile(r"\b(?:[A-Z][\w'’.-]+)(?:\s+(?:of\s+)?[A-Z][\w'’.-]+)*")
_NUMBER = re.compile(r"\b\d[\d,.]*\b")
_TURNS = (
    ("most", "least"), ("first", "last"), ("before", "after"), ("more", "less"),
    ("oldest", "youngest"), ("largest", "smallest"), ("highest", "lowest"), ("always", "never"),
    ("increase", "decrease"), ("rise", "fall"), ("won", "lost"), ("win", "lose"),
    ("accept", "reject"), ("support", "oppose"), ("began", "ended"), ("begin", "end"),
    ("north", "south"), ("east", "west"), ("best", "worst"), ("early", "late"), ("high", "low"),
    ("men", "women"), ("man", "woman"), ("father", "mother"), ("husband", "wife"),
    ("son", "daughter"), ("brother", "sister"), ("buy", "sell"), ("killed", "rescued"),
    ("allowed", "forbidden"), ("agree", "disagree"), ("open", "close"), ("opened", "closed"),
)  # fmt: skip
_STEPS = (-30, -12, -7, -3, -2, -1, 1, 2, 3, 8, 11, 25)
_TURN = {a: b for pair in _TURNS for a, b in (pair, pair[::-1])}
_NEGATE = re.compile(
    r"\b(did|does|do|is|are|was|were|can|could|will|would|should|has|have)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Pool:
    """What a changed question may take its new words from, and must not take."""

    window: str
    answer: str
    names: Sequence[str]


def swap(question: str, pool: Pool, chance: random.Random) -> str | None:
    """The question with a name, number, order or negation changed; None where none can be."""
    ways = [_swap_name, _swap_number, _swap_turn]
    chance.shuffle(ways)
    # Negation is the crudest of them: only where nothing else fits, and not often.
    for way in [*ways, _negate]:
        changed = way(question, pool, chance)
        if changed and changed != question:
            return changed
    return None


def _swap_name(question: str, pool: Pool, chance: random.Random) -> str | None:
    """Another name of the window, or of anywhere."""
    found = [m for m in _NAME.finditer(question) if m.start() > 0 and m.group() in pool.window]
    if not found:
        return None
    match = chance.choice(found)
    inside = [n for n in _NAME.findall(pool.window) if len(n) > 3 and n not in pool.answer]
    new = chance.choice(inside if inside and chance.random() < 0.4 else pool.names)
    if new.lower() in question.lower() or match.group().lower() in new.lower():
        return None
    return question[: match.start()] + new + question[match.end() :]


def _swap_number(question: str, pool: Pool, chance: random.Random) -> str | None:
    numbers = list(_NUMBER.finditer(question))
    if not numbers:
        return None
    match = chance.choice(numbers)
    value = int(re.sub(r"\D", "", match.group()) or 0)
    new = str(max(1, value + chance.choice(_STEPS)))
    if new in pool.window:
        return None
    return question[: match.start()] + new + question[match.end() :]


def _swap_turn(question: str, pool: Pool, chance: random.Random) -> str | None:  # noqa: ARG001
    """An antonym in place of a word."""
    turns = [m for m in re.finditer(r"\w+", question) if m.group().lower() in _TURN]
    if not turns:
        return None
    match = chance.choice(turns)
    return question[: match.start()] + _TURN[match.group().lower()] + question[match.end() :]


def _negate(question: str, pool: Pool, chance: random.Random) -> str | None:  # noqa: ARG001
    verb = _NEGATE.search(question)
    if not verb or chance.random() >= 0.3 or re.search(r"\bnot\b|n't", question):
        return None
    return question[: verb.end()] + " not" + question[verb.end() :]


def collect_names(documents: Sequence[Document]) -> tuple[str, ...]:
    """Names that stand inside sentences of the documents, to be put in place of others."""
    found = set()
    for document in documents:
        for start, end in document.sentences:
            for match in _NAME.finditer(document.text[start:end]):
                if match.start() > 0 and len(match.group()) > 4:
                    found.add(match.group().rstrip(".'’-"))
    return tuple(sorted(found))


_WORD = re.compile(r"\w{3,}")
_COMMON = frozenset(
    "the and for was were what who whom when where which why how did does that this with from are"
    " has have had his her its their they she him you your into about would could can will".split()
)


def content_words(text: str) -> set[str]:
    """Lower-case words cut to six letters (a rough stem), without the commonest."""
    return {w[:6] for w in _WORD.findall(text.lower()) if w not in _COMMON}


def _hard_window(asked: Asked) -> tuple[int, int]:
    """Of five windows away from the answer the one that shares most words with the question."""
    document, chance, mix = asked.document, asked.chance, asked.mix
    words = content_words(asked.query.text)
    home = _sentence_at(document, asked.answer) if asked.query.answer else -1
    best, most = None, -1.0
    for _ in range(5):
        seed = chance.randrange(len(document.sentences))
        first, last = _window_around(document, seed, chance, mix)
        if first <= home <= last:
            continue
        text = document.text[document.sentences[first][0] : document.sentences[last][1]]
        shared = len(words & content_words(text)) + chance.random()
        if shared > most:
            best, most = (first, last), shared
    return best or _window_around(document, chance.randrange(len(document.sentences)), chance, mix)


def _window_around(
    document: Document, home: int, chance: random.Random, mix: Mix
) -> tuple[int, int]:
    """First and last sentence of a window that holds `home` at a place drawn by chance."""
    budget = chance.randint(*mix.window_chars)
    first = last = home
    before = chance.random()
    left, right = int(budget * before), int(budget * (1 - before))
    sizes = document.sentences
    while first > 0 and sizes[home][0] - sizes[first - 1][0] <= left:
        first -= 1
    while last + 1 < len(sizes) and sizes[last + 1][1] - sizes[home][1] <= right:
        last += 1
    return first, last


def _sentence_at(document: Document, answer: Offsets) -> int:
    """The sentence that holds most of the answer."""
    shares = [min(e, answer[1]) - max(s, answer[0]) for s, e in document.sentences]
    return max(range(len(shares)), key=shares.__getitem__)


def _shifted(document: Document, first: int, last: int) -> tuple[Offsets, ...]:
    at = document.sentences[first][0]
    return tuple((s - at, e - at) for s, e in document.sentences[first : last + 1])


def _as_typed(question: str, chance: random.Random, share: float) -> str:
    """The question, now and then without its question mark or down to its content words."""
    if chance.random() >= share:
        return question
    if chance.random() < 0.75:
        return question.rstrip(" ?").lower()
    words = [w for w in re.findall(r"[\w'’.,$%-]+", question) if w.lower() not in _COMMON]
    return " ".join(words) if len(words) > 2 else question
