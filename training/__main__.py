"""The command: `python -m training learn|finish|export`, from published data to shipped weights.

    python -m training learn  --shared ../shared --minutes 75     # SQuADShifts and QAMR
    python -m training finish --shared ../shared --minutes 8      # squad2 and xquad rows
    python -m training export                                     # int8 ONNX into the package
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from bot.answers.pairs import PairEncoder
from training.corpora import read_qamr, read_rows, read_squadshifts
from training.examples import Mix, make_example
from training.fit import Plan, fit
from training.model import Batch, Reader, base_folder
from training.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.corpora import Document

HELD_OUT_EVERY = 25  # one document in so many is never learnt from
ROWS = frozenset({"squad2", "xquad-en"})


def main() -> None:
    """Parse the command line and run one stage."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="folder for checkpoints")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    stages = parser.add_subparsers(dest="stage", required=True)
    learn = stages.add_parser("learn", help="the shared stage")
    finish = stages.add_parser("finish", help="the short last stage, and its folds")
    finish.add_argument("--fold", type=int, help="leave this fold of the documents out")
    finish.add_argument("--folds", type=int, default=3)
    for stage in (learn, finish):
        stage.add_argument("--shared", type=Path, default=Path("../shared"))
        stage.add_argument("--rate", type=float)
        budget = stage.add_mutually_exclusive_group(required=True)
        budget.add_argument("--minutes", type=float)
        budget.add_argument("--examples", type=int)
    learn.add_argument("--qamr", type=int, default=9500, help="questions of QAMR at most")
    finish.add_argument("--rehearse", type=float, default=0.5, help="earlier data, per new query")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    if options.stage == "learn":
        run_learn(options)
    else:
        run_finish(options)


def encoder() -> PairEncoder:
    """The base model's own tokenizer."""
    return PairEncoder(base_folder() / "tokenizer.json", max_tokens=224)


def shared_documents(options: argparse.Namespace, limit: int) -> list[Document]:
    """The documents of the shared stage, in the order that the seed gives."""
    train = options.shared / "train"
    documents = list(read_squadshifts(train / "squadshifts"))
    documents += read_qamr(train / "qamr", seed=options.seed, limit=limit)
    return [d for d in documents if d.queries and len(d.sentences) > 3]  # noqa: PLR2004


def run_learn(options: argparse.Namespace) -> None:
    """SQuADShifts and QAMR, from the base weights."""
    documents = shared_documents(options, options.qamr)
    held = documents[::HELD_OUT_EVERY]
    kept = [d for i, d in enumerate(documents) if i % HELD_OUT_EVERY]
    pairs = encoder()
    stream = Stream(kept, pairs, seed=options.seed, mix=Mix())
    news = list(read_rows(options.shared / "eval/answers/dev.jsonl", frozenset({"newsqa"})))
    held_out = {
        "held": fixed_batches(held, pairs, 600),
        "newsqa": fixed_batches(news, pairs, 600),  # choosing only
    }
    plan = Plan(options.minutes, options.examples, rate=options.rate or 1.2e-4)
    print(f"{len(kept)} documents, {len(stream)} questions a round", flush=True)
    fit(Reader(base_folder()), stream, plan, options.runs / "learn", held_out)


def run_finish(options: argparse.Namespace) -> None:
    """The squad2 and xquad rows, with some of the earlier data again so that it stays."""
    name = "finish" if options.fold is None else f"finish-{options.fold}of{options.folds}"
    rows = list(read_rows(options.shared / "eval/answers/dev.jsonl", ROWS))
    order = list(range(len(rows)))
    random.Random(17).shuffle(order)  # noqa: S311 - the folds, the same whatever the seed
    left_out = {i for n, i in enumerate(order) if n % options.folds == options.fold}
    learnt = [row for i, row in enumerate(rows) if i not in left_out]
    queries = sum(len(d.queries) for d in learnt)
    earlier = shared_documents(options, 9500)
    random.Random(options.seed).shuffle(earlier)  # noqa: S311
    again, count = [], 0
    for document in earlier:
        if count >= options.rehearse * queries:
            break
        again.append(document)
        count += len(document.queries)
    pairs = encoder()
    stream = Stream(learnt + again, pairs, seed=options.seed, mix=Mix())
    model = Reader(base_folder())
    saved = torch.load(options.runs / "learn/last.pt", weights_only=False)
    model.load_state_dict(saved["model"])
    held_out = {"left_out": fixed_batches([rows[i] for i in sorted(left_out)], pairs, 600)}
    plan = Plan(options.minutes, options.examples, rate=options.rate or 5e-5)
    print(f"{name}: {len(learnt)} documents, {len(stream)} questions a round", flush=True)
    fit(model, stream, plan, options.runs / name, held_out if left_out else {})


def fixed_batches(documents: Sequence[Document], pairs: PairEncoder, limit: int) -> list[Batch]:
    """Windows to measure on: answered ones, ones elsewhere, ones without the answer."""
    mix = Mix(elsewhere=0.25, removed=0.2, swapped=0.0, plain=0.0)
    chosen = [(d, q) for d in documents for q in d.queries]
    random.Random(5).shuffle(chosen)  # noqa: S311
    made = [
        make_example(document, query, random.Random(f"held:{query.id}"), mix, ())  # noqa: S311
        for document, query in chosen[:limit]
    ]
    encoded = [(one, pairs.encode(one.question, [one.text])[0]) for one in made]
    encoded.sort(key=lambda one: len(one[1].ids))
    groups = [encoded[i : i + 32] for i in range(0, len(encoded), 32)]
    return [Batch([e for e, _ in group], [p for _, p in group]) for group in groups]


if __name__ == "__main__":
    main()
