"""How summaries compare with the first three sentences: python benchmarks/summaries.py FOLDER.

FOLDER holds `dev.jsonl` ({"doc_id","source","text","reference"}) and `score.py`, whose ROUGE
is used. Prints the mean ROUGE-1 F of both, and the difference with a 95% bootstrap
interval; with `--pred FILE` it writes what `score.py` reads.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import statistics
from pathlib import Path

from bot.answers.page import Page
from bot.answers.summary import summarise
from index.article import Article
from index.sentences import split_sentences

DRAWS = 10_000


def main() -> None:
    """Score every article of every source."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sentences", type=int, default=3)
    parser.add_argument("--pred", type=Path)
    options = parser.parse_args()
    spec = importlib.util.spec_from_file_location("score", options.folder / "score.py")
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    lines = (options.folder / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    ours: dict[str, list[float]] = {}
    lead: dict[str, list[float]] = {}
    predictions = []
    for row in rows:
        article = Article(row["doc_id"], row["text"], ((0, len(row["text"])),))
        page = Page(article, split_sentences(article))
        texts = [c.span.text for c in summarise(page, sentences=options.sentences)]
        first = [span.text for span in page.sentences[: options.sentences]]
        predictions.append({"doc_id": row["doc_id"], "sentences": texts})
        for figures, chosen in ((ours, texts), (lead, first)):
            value = score.rouge(" ".join(chosen), row["reference"])["rouge1"][2]
            figures.setdefault(row["source"], []).append(value)
    for source in sorted(ours):
        report(source, ours[source], lead[source])
    if options.pred:
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in predictions)
        options.pred.write_text(text, encoding="utf-8")


def report(source: str, ours: list[float], lead: list[float]) -> None:
    """Print the two means, and how sure their difference is."""
    differences = [mine - first for mine, first in zip(ours, lead, strict=True)]
    draw = random.Random(0)  # noqa: S311 - a bootstrap, seeded to repeat
    means = sorted(
        statistics.fmean(draw.choices(differences, k=len(differences))) for _ in range(DRAWS)
    )
    low, high = means[DRAWS // 40], means[-DRAWS // 40]
    print(
        f"{source} n={len(ours)} ROUGE-1 F ours {statistics.fmean(ours):.4f} "
        f"lead {statistics.fmean(lead):.4f} difference {statistics.fmean(differences):+.4f} "
        f"[{low:+.4f}, {high:+.4f}]"
    )


if __name__ == "__main__":
    main()
