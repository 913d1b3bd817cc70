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
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.answers.answer import Answer
from bot.bootstrap import open_service
from config.settings import IndexSettings, Settings
from index.build import build_index
from index.scope import Scope

if TYPE_CHECKING:
    from bot.answers.service import AnswerService


def main() -> None:
    """Build, ask, and let the set's scorer print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--shared", type=Path, default=Path("../shared"))
    options.add_argument("--every", type=int, default=1, help="only every so many articles")
    options.add_argument("--out", type=Path, help="keep the predictions here")
    asked = options.parse_args()
    gold = asked.shared / "eval" / "answers"
    lines = (gold / "dev.jsonl").read_text(encoding="utf-8").splitlines()[:: asked.every]
    documents = [json.loads(line) for line in lines]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "gold.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        predictions = asked.out or folder / "predictions.jsonl"
        service = _service(folder, documents)
        predictions.write_text(
            "".join(json.dumps(found) + "\n" for found in _ask_all(service, documents)),
            encoding="utf-8",
        )
        scorer = [sys.executable, str(gold / "score.py"), "--boot", "300"]
        files = ["--gold", str(folder / "gold.jsonl"), "--pred", str(predictions)]
        subprocess.run([*scorer, *files], check=True)


def _service(folder: Path, documents: list[dict[str, Any]]) -> AnswerService:
    source = folder / "articles.jsonl"
    source.write_text(
        "".join(json.dumps({"id": d["doc_id"], "text": d["text"]}) + "\n" for d in documents),
        encoding="utf-8",
    )
    settings = Settings(index=IndexSettings(folder=folder / "index"))
    report = build_index([source], folder / "index", settings)
    print(f"{report.articles} articles, {len(report.problems)} left out", file=sys.stderr)
    return open_service(settings)


def _ask_all(service: AnswerService, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found, spent = [], []
    for document in documents:
        scope = Scope(frozenset({document["doc_id"]}))
        for question in document["questions"]:
            begun = time.perf_counter()
            result = service.ask(question["question"], scope=scope)
            spent.append(time.perf_counter() - begun)
            answered = isinstance(result, Answer)
            shown = result.citations if isinstance(result, Answer) else result.nearest
            marked = shown[0].answers if shown else ()
            found.append(
                {
                    "id": question["id"],
                    "answer_sentences": [citation.span.text for citation in shown],
                    "span": marked[0].text if marked else None,
                    "abstained": not answered,
                    "score": result.score,
                }
            )
    spent.sort()
    print(f"median {1000 * spent[len(spent) // 2]:.1f} ms a question", file=sys.stderr)
    return found


if __name__ == "__main__":
    main()
