"""Embedding in bulk: ours beside sentence-transformers, and beside what the machine could do.

    python benchmarks/bulk.py [--shared ../shared] [--passages 600] [--rounds 5]

Ours encodes each passage by itself in int8, as a build does; sentence-transformers encodes
the same passages in batches of its own choosing, in fp32. They take turns. The machine's
limit is the model's own matrix products alone, of int8 by int8 on every core, with nothing
between them: for the same passages each by itself, and as if their tokens stood in runs of
512, which no encoder that keeps vectors apart from their neighbours can do. A second part
says what int8 does to what is found.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from measuring import RESULTS, ROOT, keep, machine, material

sys.path.insert(0, str(ROOT))
from index.clean import clean
from index.embedding import OnnxEmbedder, Precision
from index.errors import SourceError
from index.export import export_encoder
from index.models import find_model
from index.passages import split_passages
from index.sentences import split_sentences
from index.sources import read_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from measuring import Asked, Material
    from numpy.typing import NDArray

MODEL = "all-MiniLM-L6-v2"
RUN = 512
"""Tokens; more in a row are no faster."""
GOALS = {"ours over sentence-transformers": 2.5, "of the int8 limit": 0.4}


def passages_of(found: Material, scratch: Path) -> dict[str, tuple[str, ...]]:
    """The passages that a build would make, by article."""
    sources = [found.write(scratch / "articles.jsonl")]
    return {
        raw.id: tuple(p.span.text for p in split_passages(split_sentences(clean(raw))))
        for raw in read_sources(sources, max_bytes=2**30)
        if not isinstance(raw, SourceError)
    }


class Limit:
    """Nothing but the model's int8 matrix products, for passages of given lengths in tokens.

    For each layer: query, key and value; what attention gives out; and the two of the
    feed-forward part. (Attention itself is another 2% at these lengths, and is left out,
    which makes the limit higher and our share of it lower.)
    """

    def __init__(self, folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        hidden, inner = config["hidden_size"], config["intermediate_size"]
        shapes = [(hidden, 3 * hidden), (hidden, hidden), (hidden, inner), (inner, hidden)]
        self.shapes = config["num_hidden_layers"] * shapes
        self.multiplications = sum(rows * columns for rows, columns in self.shapes)
        self._session = self._open()

    def run(self, lengths: Sequence[int]) -> None:
        """All products of all passages, each passage by itself; every core takes part."""
        inputs = {
            length: [np.ones((length, rows), dtype=np.uint8) for rows in self._inner()]
            for length in set(lengths)
        }
        feeds = {
            length: {f"x{number}": array for number, array in enumerate(arrays)}
            for length, arrays in inputs.items()
        }
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda length: self._session.run(None, feeds[length]), lengths))

    def _inner(self) -> list[int]:
        return sorted({rows for rows, _ in self.shapes})

    def _open(self) -> Any:
        """A graph of these products and nothing else; weights are laid out once, as ours are."""
        import onnx  # noqa: PLC0415
        import onnxruntime  # noqa: PLC0415
        from onnx import helper, numpy_helper  # noqa: PLC0415

        generator = np.random.default_rng(1)
        names = {rows: f"x{number}" for number, rows in enumerate(self._inner())}
        weights, nodes, sums = [], [], []
        for number, (rows, columns) in enumerate(self.shapes):
            weight = generator.integers(-127, 127, (rows, columns), dtype=np.int8)
            weights.append(numpy_helper.from_array(weight, f"w{number}"))
            given = [names[rows], f"w{number}"]
            nodes.append(helper.make_node("MatMulInteger", given, [f"y{number}"]))
            # One number of each product comes out, so that none is left out as unused.
            nodes.append(
                helper.make_node("Slice", [f"y{number}", "zero", "one", "axes"], [f"z{number}"])
            )
            sums.append(f"z{number}")
        for name, value in (("zero", [0, 0]), ("one", [1, 1]), ("axes", [0, 1])):
            weights.append(numpy_helper.from_array(np.array(value, dtype=np.int64), name))
        nodes.append(helper.make_node("Concat", sums, ["out"], axis=1))
        kinds = onnx.TensorProto
        graph = helper.make_graph(
            nodes,
            "products",
            [
                helper.make_tensor_value_info(name, kinds.UINT8, ["tokens", rows])
                for rows, name in names.items()
            ],
            [helper.make_tensor_value_info("out", kinds.INT32, None)],
            weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        return onnxruntime.InferenceSession(
            model.SerializeToString(), sess_options=options, providers=["CPUExecutionProvider"]
        )


def in_turns(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each work, which take turns so that what else goes on strikes all alike."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(rounds):
        for name, work in works.items():
            started = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - started)
    return times


def measure(texts: list[str], encoder: Path, rounds: int) -> dict[str, Any]:
    """Passages a second of each, and the ratios."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - 6 s

    folder = find_model(MODEL)
    theirs = SentenceTransformer(folder, device="cpu")
    ours = OnnxEmbedder(encoder, Precision.INT8)
    exact = OnnxEmbedder(encoder, Precision.FP32)
    limit = Limit(Path(folder))
    tokenizer = ours._tokenizer  # noqa: SLF001 - the very tokens that are multiplied
    lengths = [len(one.ids) for one in tokenizer.encode_batch_fast(texts)]
    times = in_turns(
        {
            "ours, int8": lambda: ours.encode_passages(texts),
            "ours, fp32": lambda: exact.encode_passages(texts),
            "sentence-transformers": lambda: theirs.encode(texts),
            "int8 limit": lambda: limit.run(lengths),
            "int8 limit, in runs": lambda: limit.run([RUN] * (sum(lengths) // RUN)),
        },
        rounds,
    )
    rates = {name: len(texts) / statistics.median(found) for name, found in times.items()}
    work = 2 * limit.multiplications * sum(lengths)
    return {
        "passages": len(texts),
        "tokens a passage": statistics.mean(lengths),
        "passages a second": rates,
        "int8 operations a second, limit": work / statistics.median(times["int8 limit"]),
        "ours over sentence-transformers": rates["ours, int8"] / rates["sentence-transformers"],
        "of the int8 limit": rates["ours, int8"] / rates["int8 limit"],
        "of the int8 limit, in runs": rates["ours, int8"] / rates["int8 limit, in runs"],
    }


def quality(
    passages: dict[str, tuple[str, ...]], found: Material, encoder: Path
) -> dict[str, float]:
    """The mean reciprocal rank of the first passage that holds an answer, by precision.

    By vectors alone, among the passages of all articles; words would hide a loss.
    """
    texts = [text for runs in passages.values() for text in runs]
    owners = np.array([name for name, runs in passages.items() for _ in runs])
    sources = dict(found.articles)
    figures: dict[str, float] = {}
    for precision in Precision:
        embedder = OnnxEmbedder(encoder, precision)
        vectors = embedder.encode_passages(texts)
        ranks = [
            rank_of(
                one,
                sources[one.article],
                texts,
                owners,
                vectors @ embedder.encode_query(one.question),
            )
            for one in found.asked
        ]
        known = [rank for rank in ranks if rank is not None]
        figures[f"MRR, {precision}"] = statistics.mean(known)
    figures["questions"] = len(known)
    return figures


def rank_of(
    asked: Asked,
    source: str,
    texts: list[str],
    owners: NDArray[np.str_],
    cosines: NDArray[np.float32],
) -> float | None:
    """One over the place of the first passage with an answer; None where there is none."""
    answers = [source[start:end] for start, end in asked.answers]
    holding = [
        row
        for row in np.flatnonzero(owners == asked.article)
        if any(answer in texts[row] for answer in answers)
    ]
    if not holding:
        return None
    return 1 / (1 + int(np.count_nonzero(cosines > cosines[holding].max())))


def main() -> None:
    """Measure, print, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--passages", type=int, default=600)
    parser.add_argument("--articles", type=int, default=60, help="over which quality is measured")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, default=RESULTS / "bulk.json")
    options = parser.parse_args()
    before = machine()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        export_encoder(MODEL, scratch / "encoder")
        found = material(options.shared, options.articles)
        passages = passages_of(found, scratch)
        texts = [text for runs in passages.values() for text in runs][: options.passages]
        figures = measure(texts, scratch / "encoder", options.rounds)
        figures["what is found"] = quality(passages, found, scratch / "encoder")
    print(json.dumps(figures, indent=1))
    keep(
        options.json,
        "python benchmarks/bulk.py",
        before,
        {"articles": found.kind, "rounds": options.rounds, "figures": figures, "goals": GOALS},
    )


if __name__ == "__main__":
    main()
