"""How summaries compare with the first three sentences: python benchmarks/summaries.py FOLDER.

FOLDER holds `dev.jsonl` ({"doc_id","source","text","reference"}). Prints for each source the
mean ROUGE-1 F of both, and the difference with a 95% bootstrap interval. From the text alone:
no speech, no vectors and no title; `pullquote eval FOLDER/dev.jsonl` measures what is served.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.answers.evaluation.asking import summary_row, write_rows
from bot.answers.evaluation.report import intervals
from bot.answers.evaluation.rouge import rouge
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
    parser.add_argument("--pred", type=Path, help="write what `score.py` reads")
    options = parser.parse_args()
    lines = (options.folder / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    scored: dict[str, list[tuple[float, float]]] = {}
    predictions = []
    for row in map(json.loads, lines):
        article = Article(row["doc_id"], row["text"], ((0, len(row["text"])),))
        page = Page(article, split_sentences(article))
        chosen = [c.span.text for c in summarise(page, sentences=options.sentences)]
        first = [span.text for span in page.sentences[: options.sentences]]
        predictions.append(summary_row(row["doc_id"], chosen))
        ours, top = (rouge(" ".join(some), row["reference"]).rouge_1 for some in (chosen, first))
        scored.setdefault(row["source"], []).append((ours, top))
    for source in sorted(scored):
        report(source, scored[source])
    if options.pred:
        write_rows(predictions, options.pred)


def report(source: str, scored: list[tuple[float, float]]) -> None:
    """Print the two means, and how sure their difference is."""
    gains = [[ours - first] for ours, first in scored]
    low, high = intervals(gains, lambda drawn: {"gain": statistics.fmean(drawn)}, draws=DRAWS)[
        "gain"
    ]
    ours, first = (statistics.fmean(column) for column in zip(*scored, strict=True))
    print(
        f"{source} n={len(scored)} ROUGE-1 F ours {ours:.4f} first {first:.4f} "
        f"difference {ours - first:+.4f} [{low:+.4f}, {high:+.4f}]"
    )


if __name__ == "__main__":
    main()
