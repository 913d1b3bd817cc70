"""Benchmark: the reader and its ranking on whole articles, by the development set's scorer.

    python benchmarks/answers.py --shared ../shared [--every 1] [--out preds.jsonl]
    python benchmarks/answers.py --shared ../shared --model runs/finish/onnx --folds runs

The shipped weights never saw a row of the development set. Weights of the `finish` stage
saw its squad2 and xquad rows: with `--folds` these are read by the reader that was not
trained on their document. Intervals are 95%, by drawing whole documents again.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.answers.evaluation.report import intervals
from bot.answers.ranking import rank
from bot.answers.reader import FOLDER, OnnxReader
from bot.answers.service import SURE_OF_WORDS
from index.store import open_store
from training.__main__ import fold_of
from training.fuse import Page

if TYPE_CHECKING:
    from index.embedding import Embedder

FOLDS = 2
FIGURES = (
    "recall@1",
    "recall@3",
    "span_f1",
    "span_coverage",
    "auroc",
    "end2end",
    "bal_acc",
    "verbatim",
)


def main() -> None:
    """Read, score and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--folds", type=Path, help="the runs that hold the folds of `finish`")
    parser.add_argument("--model", type=Path, default=FOLDER)
    parser.add_argument("--out", type=Path, help="write the predictions here")
    parser.add_argument("--every", type=int, default=1, help="only every so many documents")
    parser.add_argument("--windows", type=int, default=3, help="what the reader sees; 0: none")
    parser.add_argument("--index", type=Path, required=True, help="whose encoder is used")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--threshold", type=float, help="answer from this chance on")
    parser.add_argument("--draws", type=int, default=300)
    options = parser.parse_args()
    gold = options.shared / "eval/answers"
    documents = [json.loads(line) for line in (gold / "dev.jsonl").open(encoding="utf-8")]
    rows = sorted(d["doc_id"] for d in documents if d["source"] != "newsqa")
    folds = fold_of(rows, FOLDS) if options.folds else {}
    readers = {None: OnnxReader(options.model, threads=options.threads)}
    for fold in sorted(set(folds.values())):
        folder = options.folds / f"finish-{fold}of{FOLDS}" / "onnx"
        readers[fold] = OnnxReader(folder, threads=options.threads)
    documents = documents[:: options.every]
    embedder = open_store(options.index).open_embedder()
    predictions, seconds = predict(documents, readers, folds, options.windows, embedder)
    if options.out:
        lines = "".join(json.dumps(one) + "\n" for one in predictions.values())
        options.out.write_text(lines, encoding="utf-8")
    scorer = load_scorer(gold / "score.py")
    threshold = options.threshold or best_threshold(scorer, documents, predictions)
    for one in predictions.values():
        one["abstained"] = one["score"] < threshold
    scored = [
        scorer.row(d, q, predictions[q["id"]], 600) for d in documents for q in d["questions"]
    ]
    print(f"threshold {threshold:.3f}, {len(scored)} questions")
    report(scorer, scored, options.draws)
    print(
        f"milliseconds a question, {options.threads} thread(s): "
        f"median {1000 * statistics.median(seconds):.1f}, "
        f"p95 {1000 * sorted(seconds)[int(0.95 * len(seconds))]:.1f}"
    )


def predict(
    documents: list[dict[str, Any]],
    readers: dict[int | None, OnnxReader],
    folds: dict[str, int],
    windows: int,
    embedder: Embedder,
) -> tuple[dict[str, dict[str, Any]], list[float]]:
    """A prediction for each question, none abstained yet, and what each took."""
    predictions, seconds = {}, []
    for document in documents:
        page = Page(document["doc_id"], document["text"], embedder)
        reader = readers[folds.get(document["doc_id"])] if windows else None
        for asked in document["questions"]:
            begun = time.perf_counter()
            candidate = page.candidate(asked["question"])
            ranking = rank(asked["question"], [candidate], reader, windows=windows)
            seconds.append(time.perf_counter() - begun)
            best = ranking.ranked[0]
            predictions[asked["id"]] = {
                "id": asked["id"],
                "answer_sentences": [one.sentence.text for one in ranking.ranked[:3]],
                "span": marked.text if (marked := best.marked(sure=SURE_OF_WORDS)) else None,
                "score": ranking.chance,
                "abstained": False,
            }
    return predictions, seconds


def load_scorer(path: Path) -> Any:
    """The scorer, from where it lies."""
    spec = importlib.util.spec_from_file_location("answers_score", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def best_threshold(
    scorer: Any, documents: list[dict[str, Any]], predictions: dict[str, dict[str, Any]]
) -> float:
    """The chance from which answering handles most questions rightly (squad2 and newsqa)."""
    marks = []
    for document in documents:
        for asked in document["questions"]:
            one = predictions[asked["id"]]
            row = scorer.row(document, asked, one, 600)
            marks.append((one["score"], bool(row.get("r1")), asked["answerable"]))
    marks.sort()
    # Answering everything; then refusing one more at a time, from the least sure.
    right = best = sum(hit for _, hit, _ in marks)
    threshold = 0.0
    for score, hit, answerable in marks:
        right += (not answerable) - hit
        if right > best:
            best, threshold = right, score + 1e-9
    return threshold


def report(scorer: Any, scored: list[dict[str, Any]], draws: int) -> None:
    """Every figure for each group, with its interval."""
    groups = {"all": scored}
    for row in scored:
        groups.setdefault(f"source {row['source']}", []).append(row)
    for kind in ("answer-removed", "squad2-adversarial"):
        sources = {row["source"] for row in scored if row["neg"] == kind}
        groups[kind] = [
            row for row in scored if row["source"] in sources and (row["ans"] or row["neg"] == kind)
        ]
    for name, rows in groups.items():
        if not rows:
            continue
        figures = scorer.summary(rows)
        ranges = intervals(by_document(rows), scorer.summary, draws=draws)
        print(f"\n[{name}] {len(rows)} questions")
        for key in FIGURES:
            if figures.get(key) is not None:
                low, high = ranges[key]
                print(f"  {key:14} {figures[key]:.3f}  ({low:.3f} to {high:.3f})")


def by_document(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The scored questions of each document together."""
    by: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by[row["doc"]].append(row)
    return [by[name] for name in sorted(by)]


if __name__ == "__main__":
    main()
