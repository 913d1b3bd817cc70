"""How long `check` takes among many articles, most of which print the same short quote.

    python benchmarks/check_many.py FOLDER [--articles 2000] [--model MODEL]

The articles are made up (seeded): 40 sentences of common and rare words, and in every
second one the same two quotes. The index is built in FOLDER and kept there.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bot.bootstrap import open_service
from config.settings import EmbeddingSettings, IndexSettings, Settings
from index.build import build_index

COMMON = """it is the a of to and in that was for on with as by at from this have had not are be
they we said he she will would there been a lot money but more than when who which win""".split()
QUOTES = (
    ("We will win", "Zed Quill"),
    ("We will win", None),
    ("It is a lot of money, but it is less than a flood", "Ada Moss"),
    ("Nobody told us that the bridge would close", "Zed Quill"),
    ("it is", None),
    ("Nobody had told us that the bridge would close", "Zed Quill"),
)


def write_articles(path: Path, count: int) -> None:
    """Write the articles as JSON lines."""
    chance = random.Random(1)
    rare = [f"noun{chr(97 + i % 26)}{chr(97 + i // 26 % 26)}{i // 676}" for i in range(4000)]

    def sentence() -> str:
        size = chance.randint(10, 25)
        words = (chance.choice(COMMON if chance.random() < 0.6 else rare) for _ in range(size))
        return " ".join(words).capitalize() + "."

    rows = []
    for number in range(count):
        paragraphs = [" ".join(sentence() for _ in range(4)) for _ in range(10)]
        who = chance.choice(["Ada Moss", "Leon Pryce", "Nora Wills"])
        if number % 2 == 0:
            paragraphs.insert(
                5,
                f"“We will win,” said {who}. “It is a lot of money,” {who} said, “but it is less "
                "than a flood.”",
            )
        if number == count - 7:
            paragraphs.insert(4, "“We will win,” said Zed Quill.")
        if number == count // 2 + 1:
            paragraphs.insert(4, "“Nobody told us that the bridge would close,” said Zed Quill.")
        rows.append(json.dumps({"id": f"a{number:06}", "text": "\n\n".join(paragraphs)}))
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def main() -> None:
    """Build where there is no index yet, and print a line for each quote."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("folder", type=Path)
    ask.add_argument("--articles", type=int, default=2000)
    ask.add_argument("--model", help="the embedding model, where not the default")
    options = ask.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(index=IndexSettings(folder=options.folder / "index"))
    if options.model:
        embedding = EmbeddingSettings(model=options.model)
        settings = settings.model_copy(update={"embedding": embedding})
    if not (options.folder / "index").exists():
        write_articles(options.folder / "articles.jsonl", options.articles)
        build_index([options.folder / "articles.jsonl"], options.folder / "index", settings)
    service = open_service(settings)
    for quote, speaker in QUOTES:
        took = []
        for _ in range(5):
            started = time.perf_counter()
            found = service.check(quote, speaker=speaker)
            took.append(time.perf_counter() - started)
        print(
            f"{quote!r} by {speaker}: {found.verdict.value}, {found.attribution.value}, "
            f"{found.found[0].span.article.id if found.found else None}; first {took[0]:.2f} s, "
            f"then {statistics.median(took[1:]):.2f} s"
        )


if __name__ == "__main__":
    main()
