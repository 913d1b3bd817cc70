"""Whether attribution's memory stays flat, and its time linear in an article's length.

    python benchmarks/speech_memory.py [--articles 10000] [--json FILE]

The articles are the gold ones of tests/gold/quotations over and over, each with a number
and an invented word of its own, so that the vocabulary would grow if anything kept it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from index.clean import clean
from index.sentences import split_sentences
from index.sources import RawArticle
from index.speech.parser import SpeechParser

if TYPE_CHECKING:
    from index.article import Article

GOLD = Path(__file__).parents[1] / "tests" / "gold" / "quotations"


def resident() -> float:
    """This process's resident memory, in MB (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def article_of(name: str, text: str) -> Article:
    """A cleaned article."""
    return clean(RawArticle(name, text, None, None, None, None, None, name))


def main() -> None:
    """Measure both, and print them."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--articles", type=int, default=10_000)
    options.add_argument("--json", type=Path)
    asked = options.parse_args()
    texts = [
        path.read_text(encoding="utf-8").partition("\n----")[0]
        for path in sorted(GOLD.glob("*.txt"))
    ]
    parser = SpeechParser()
    measured: dict[str, list[list[float]]] = {"memory": [], "length": []}
    started = time.perf_counter()
    for number in range(asked.articles + 1):
        if number % max(1, asked.articles // 10) == 0:
            measured["memory"].append([number, round(resident(), 1)])
            print(
                f"{number:6} articles  {resident():7.1f} MB  {time.perf_counter() - started:6.0f} s"
            )
        text = f"{texts[number % len(texts)]}\n\nNo {number} was for the word w{number}ing."
        article = article_of(f"a{number}", text)
        parser.attribute(article, split_sentences(article))
    line = "“It is late,” said Ada Obi, who had “no doubt” that the port’s board “would not wait.” "
    for size in (10_000, 100_000, 1_000_000):
        article = article_of("line", line * (size // len(line)))
        begun = time.perf_counter()
        parser.attribute(article, split_sentences(article))
        seconds = time.perf_counter() - begun
        measured["length"].append([size, round(seconds, 2)])
        print(f"{size:8} characters on one line  {seconds:7.2f} s")
    if asked.json:
        asked.json.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
