"""What an asker is served, over whole articles, by the development set's own scorer.

    python benchmarks/service.py [--shared ../shared] [--every 1] [--out preds.jsonl]

Every question goes through `AnswerService.ask` as the two front ends call it, with its
article as the scope, so the figures are of the shipped whole: sentences, speech, search
and threshold. What was refused counts with the nearest sentence that was offered, if any.
The four constants of `bot.answers.abstain` were fitted on the squad2 and xquad rows, so
only the NewsQA rows are unseen there; the weights of fusion were chosen on all rows.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.answers.evaluation.asking import ask_all, prediction_row, write_articles, write_rows
from bot.answers.evaluation.rows import Questions, read_rows
from bot.bootstrap import open_service
from config.settings import IndexSettings, Settings
from index.build import build_index


def main() -> None:
    """Build, ask, and let the set's scorer print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--shared", type=Path, default=Path("../shared"))
    options.add_argument("--every", type=int, default=1, help="only every so many articles")
    options.add_argument("--out", type=Path, help="keep the predictions here")
    asked = options.parse_args()
    folder = asked.shared / "eval" / "answers"
    lines = (folder / "dev.jsonl").read_text(encoding="utf-8").splitlines()[:: asked.every]
    with tempfile.TemporaryDirectory() as scratch:
        gold = Path(scratch) / "gold.jsonl"
        gold.write_text("\n".join(lines) + "\n", encoding="utf-8")
        predictions = asked.out or Path(scratch) / "predictions.jsonl"
        predict(gold, predictions, Path(scratch))
        scorer = [sys.executable, str(folder / "score.py"), "--boot", "300"]
        subprocess.run([*scorer, "--gold", str(gold), "--pred", str(predictions)], check=True)


def predict(gold: Path, predictions: Path, scratch: Path) -> None:
    """Write what is shown for each question of `gold`, and nothing that is held back."""
    rows = read_rows(gold)
    if not isinstance(rows, Questions):
        raise TypeError(gold)
    write_articles(rows.documents, scratch / "articles.jsonl")
    settings = Settings(index=IndexSettings(folder=scratch / "index"))
    report = build_index([scratch / "articles.jsonl"], scratch / "index", settings)
    print(f"{report.articles} articles, {len(report.problems)} left out", file=sys.stderr)
    found, seconds = ask_all(open_service(settings), rows.asked)
    write_rows(map(prediction_row, found), predictions)
    print(f"median {1000 * statistics.median(seconds):.1f} ms a question", file=sys.stderr)


if __name__ == "__main__":
    main()
