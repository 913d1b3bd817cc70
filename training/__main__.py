"""The command: from published data to the shipped weights, stage by stage.

    python -m training learn --minutes 60      # SQuADShifts and QAMR: what is shipped today
    python -m training compare --minutes 20    # on from there: windows of one text together
    python -m training export --run learn      # int8 ONNX into the package, and its drift
    python -m training recover OLD.onnx        # a run's weights from its exported file
    python -m training fuse                    # weights for bot/answers/ranking.py
    python -m training finish --examples 7200  # on from there: the squad2 and xquad rows
    python -m training finish --examples 4800 --fold 0    # without half of them; also 1

Each goes on where it was stopped; `--runs` names the folder of the checkpoints.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from bot.answers.pairs import PairEncoder
from bot.answers.reader import OnnxReader
from index.store import open_store
from training.corpora import read_qamr, read_rows, read_squadshifts
from training.examples import Mix, make_example
from training.export import export, parity
from training.fit import Plan, fit
from training.fuse import Chosen, collect, fit_all, read_json_rows, unread
from training.model import Batch, Reader, base_folder
from training.recover import recover
from training.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.corpora import Document

HELD_OUT_EVERY = 25  # one document in so many is never learnt from
ROWS = frozenset({"squad2", "xquad-en"})
NEWS = Chosen({"early": 1.0})
READ_NEWS = Chosen(
    {"early": 1.0}, dropped=("overlap", "around", "covered"), disbelieved=("covered", "cosine")
)
"""What was chosen on news: there what matters comes first, and who asks has not read the text,
as those have whose questions the rows are. With a reader, shared words then say nothing more."""


def main() -> None:
    """Parse the command line and run one stage."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="folder for checkpoints")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    commands = parser.add_subparsers(dest="stage", required=True)
    learn = commands.add_parser("learn", help="the shared stage")
    finish = commands.add_parser("finish", help="the short last stage, and its folds")
    finish.add_argument("--fold", type=int, help="leave this fold of the documents out")
    finish.add_argument("--folds", type=int, default=2)
    exporting = commands.add_parser("export", help="int8 ONNX of a run, checksums, drift")
    exporting.add_argument("--run", default="learn")
    exporting.add_argument("--to", type=Path, default=Path("bot/answers/models/reader"))
    exporting.add_argument("--gold", type=Path, default=Path("tests/gold/reader.json"))
    recovering = commands.add_parser("recover", help="a run from its export")
    recovering.add_argument("onnx", type=Path)
    recovering.add_argument("--run", default="learn")
    fusing = commands.add_parser("fuse", help="fit the ranking's weights on readings of rows")
    fusing.add_argument("--index", type=Path, required=True, help="whose encoder is used")
    fusing.add_argument("--windows", type=int, default=3)
    fusing.add_argument("--folds", type=int, default=2)
    compare = commands.add_parser("compare", help="windows of one text against each other")
    for stage in (learn, compare, finish, fusing):
        stage.add_argument("--shared", type=Path, default=Path("../shared"))
    for stage in (learn, compare, finish):
        stage.add_argument("--rate", type=float)
        budget = stage.add_mutually_exclusive_group(required=True)
        budget.add_argument("--minutes", type=float)
        budget.add_argument("--examples", type=int)
    for stage in (learn, compare):
        stage.add_argument("--qamr", type=int, default=9500, help="questions of QAMR at most")
    finish.add_argument("--rehearse", type=float, default=0.5, help="earlier data, per new query")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    stage = {
        "learn": run_learn,
        "compare": run_compare,
        "finish": run_finish,
        "export": run_export,
        "recover": run_recover,
        "fuse": run_fuse,
    }
    stage[options.stage](options)


def encoder() -> PairEncoder:
    """The base model's own tokenizer."""
    return PairEncoder(base_folder() / "tokenizer.json", max_tokens=224)


def shared_documents(options: argparse.Namespace, limit: int) -> list[Document]:
    """The documents of the shared stage, in the order that the seed gives."""
    train = options.shared / "train"
    documents = list(read_squadshifts(train / "squadshifts"))
    documents += read_qamr(train / "qamr", seed=options.seed, limit=limit)
    return [d for d in documents if d.queries and len(d.sentences) > 3]


def run_learn(options: argparse.Namespace) -> None:
    """SQuADShifts and QAMR, from the base weights."""
    documents = shared_documents(options, options.qamr)
    held = documents[::HELD_OUT_EVERY]
    kept = [d for i, d in enumerate(documents) if i % HELD_OUT_EVERY]
    pairs = encoder()
    stream = Stream(kept, pairs, seed=options.seed, mix=Mix())
    held_out = {
        "held": fixed_batches(held, pairs, 600),
        "newsqa": fixed_batches(news_rows(options), pairs, 600),  # choosing only
    }
    plan = Plan(options.minutes, options.examples, rate=options.rate or 1.2e-4)
    print(f"{len(kept)} documents, {len(stream)} questions a round", flush=True)
    fit(Reader(base_folder()), stream, plan, options.runs / "learn", held_out)


def run_compare(options: argparse.Namespace) -> None:
    """All of it again, the window that answers against others of its text."""
    documents = shared_documents(options, options.qamr)
    kept = [d for i, d in enumerate(documents) if i % HELD_OUT_EVERY]
    pairs = encoder()
    stream = Stream(kept, pairs, seed=options.seed, mix=Mix(), size=30, group=3, share=0.6)
    held_out = {"newsqa": fixed_batches(news_rows(options), pairs, 600)}  # choosing only
    plan = Plan(options.minutes, options.examples, rate=options.rate or 1e-4)
    print(f"{len(kept)} documents, {len(stream)} questions a round", flush=True)
    fit(load_run(options, "learn"), stream, plan, options.runs / "compare", held_out)


def news_rows(options: argparse.Namespace) -> list[Document]:
    """The NewsQA rows: measured on while choosing, never learnt from."""
    return list(read_rows(options.shared / "eval/answers/dev.jsonl", frozenset({"newsqa"})))


def fold_of(names: Sequence[str], folds: int) -> dict[str, int]:
    """Which fold leaves a document out; the same whatever the seed."""
    shuffled = sorted(names)
    random.Random(17).shuffle(shuffled)  # noqa: S311
    return {name: number % folds for number, name in enumerate(shuffled)}


def run_finish(options: argparse.Namespace) -> None:
    """The squad2 and xquad rows, with some of the earlier data again so that it stays."""
    name = "finish" if options.fold is None else f"finish-{options.fold}of{options.folds}"
    rows = list(read_rows(options.shared / "eval/answers/dev.jsonl", ROWS))
    folds = fold_of([row.id for row in rows], options.folds)
    left_out = {i for i, row in enumerate(rows) if folds[row.id] == options.fold}
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
    stream = Stream(
        learnt + again, pairs, seed=options.seed, mix=Mix(), size=30, group=3, share=0.5
    )
    model = load_run(options, "compare")
    held_out = {
        "left_out": fixed_batches([rows[i] for i in sorted(left_out)], pairs, 600),
        "newsqa": fixed_batches(news_rows(options), pairs, 600),  # choosing only
    }
    plan = Plan(options.minutes, options.examples, rate=options.rate or 5e-5)
    print(f"{name}: {len(learnt)} documents, {len(stream)} questions a round", flush=True)
    fit(model, stream, plan, options.runs / name, held_out)


def load_run(options: argparse.Namespace, name: str) -> Reader:
    """The weights that a run has reached."""
    model = Reader(base_folder())
    saved = torch.load(options.runs / name / "last.pt", weights_only=False)
    model.load_state_dict(saved["model"])
    return model.eval()


def run_export(options: argparse.Namespace) -> None:
    """Weights of a run as the files that are shipped."""
    model = load_run(options, options.run)
    export(model, options.to)
    for name, (mean, most) in parity(model, options.to, options.gold).items():
        print(f"{name}: mean drift {mean:.4f}, largest {most:.4f}")
    size = (options.to / "reader.onnx").stat().st_size / 1e6
    print(f"{options.to}: {size:.1f} MB")


def run_recover(options: argparse.Namespace) -> None:
    """The weights of an exported file as those that a run has reached."""
    model = Reader(base_folder())
    recover(model, options.onnx)
    folder = options.runs / options.run
    folder.mkdir(parents=True, exist_ok=True)
    torch.save({"model": model.state_dict()}, folder / "last.pt")


def run_fuse(options: argparse.Namespace) -> None:
    """Weights of the ranking and of the belief, as they stand in `bot/answers/ranking.py`.

    First without a reader: those weights choose the windows. Put them in, then run again.
    """
    rows = read_json_rows(options.shared / "eval/answers/dev.jsonl", ROWS)
    folds = fold_of([row["doc_id"] for row in rows], options.folds)
    readers = {
        fold: OnnxReader(options.runs / f"finish-{fold}of{options.folds}" / "onnx")
        for fold in set(folds.values())
    }
    embedder = open_store(options.index).open_embedder()
    cases = list(
        collect(
            rows,
            lambda name: readers[folds[name]],
            embedder,
            windows=options.windows,
            removed=True,
        )
    )
    print("UNREAD", fit_all([unread(case) for case in cases], NEWS, read=False))
    print("READ", fit_all(cases, READ_NEWS, read=True))


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
