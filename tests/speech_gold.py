"""The gold articles of tests/gold/quotations, and how well a reading of them fits.

A file is an article, a line of dashes, and a line for each stretch:
`speech | speaker | first words`, with `not` for words in marks that nobody said. Everything
that is said in an article is marked, indirect speech as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from index.article import Article, Span
from index.speech import Quotation, Speech

GOLD = Path(__file__).parent / "gold" / "quotations"


@dataclass(frozen=True, slots=True)
class Marked:
    """A stretch as the gold has it."""

    speech: str
    speaker: str
    words: str


def make_article(text: str, name: str = "article") -> Article:
    """`text` as an article, a paragraph a line."""
    blocks = tuple((m.start(), m.end()) for m in re.finditer(r"[^\n]*\S[^\n]*", text))
    return Article(name, text, blocks)


def make_sentences(article: Article) -> tuple[Span, ...]:
    """A sentence a paragraph: contexts need no more."""
    return tuple(Span(article, start, end) for start, end in article.blocks)


def load_gold() -> list[tuple[Article, list[Marked]]]:
    """The articles with their marked stretches, by name."""
    loaded = []
    for path in sorted(GOLD.glob("*.txt")):
        text, _, table = path.read_text(encoding="utf-8").partition("\n----\n")
        rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
        loaded.append((make_article(text, path.stem), [Marked(*row) for row in rows]))
    return loaded


def mistakes(marked: list[Marked], quotations: tuple[Quotation, ...]) -> list[str]:
    """What is wrong in a reading, a line for each."""
    wrong = []
    used = set()
    for gold in marked:
        here = [
            (q, part)
            for q in quotations
            for part in q.parts
            if part.text.startswith(gold.words)
            or (
                q.speech is Speech.INDIRECT
                and part.text.removeprefix("that ").startswith(gold.words)
            )
        ]
        used.update((part.start, part.end) for _, part in here)
        if gold.speech == "not":
            wrong.extend(f"{gold.words!r} is no quotation" for _ in here)
        elif not here:
            wrong.append(f"{gold.words!r} not found")
        else:
            quotation = here[0][0]
            name = quotation.speaker.name if quotation.speaker else "None"
            if name != gold.speaker:
                wrong.append(f"{gold.words!r} by {name!r}, not {gold.speaker!r}")
            elif quotation.speech.value != gold.speech:
                wrong.append(f"{gold.words!r} is {gold.speech}, not {quotation.speech.value}")
    for quotation in quotations:
        if quotation.is_listed:
            wrong.extend(
                f"{part.text!r} is not in the gold"
                for part in quotation.parts
                if (part.start, part.end) not in used
            )
    return wrong
