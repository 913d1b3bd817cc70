"""Export: the trained reader -> ONNX, fused and in int8, with its checksums.

`drift` measures what each step changed; `tests/test_reader.py` holds the shipped file
to it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import torch

from bot.answers.pairs import PairEncoder
from bot.answers.reader import END, SPAN_TOKENS, START, SUPPORT, OnnxReader, Window
from index.article import Span
from index.export import fuse_bert
from index.graphs import write_out_file
from index.sentences import split_sentences
from training.model import base_folder

if TYPE_CHECKING:
    from bot.answers.pairs import Pair
    from index.article import Article
    from training.model import Reader

OPSET = 17


def export(model: Reader, folder: Path) -> None:
    """Write `reader.onnx`, `tokenizer.json` and SHA256SUMS into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        whole = Path(work) / "fp32.onnx"
        export_whole(model, whole)
        quantise(whole, folder / "reader.onnx")
    shutil.copyfile(base_folder() / "tokenizer.json", folder / "tokenizer.json")
    write_sums(folder)


def export_whole(model: Reader, path: Path) -> None:
    """The graph in fp32, with attention and normalisation fused."""
    model.eval()
    ids = torch.randint(1000, 2000, (2, 16))
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {name: {0: "windows", 1: "tokens"} for name in [*names, "logits"]}
    plain = path.with_suffix(".plain.onnx")
    torch.onnx.export(
        model,
        (ids, torch.ones_like(ids), torch.zeros_like(ids)),
        str(plain),
        input_names=names,
        output_names=["logits"],
        dynamic_axes=axes,
        opset_version=OPSET,
        dynamo=False,
    )
    fuse_bert(plain, path, model.encoder.config)


def quantise(whole: Path, path: Path) -> None:
    """Weights of the matrices and embeddings in int8, a scale for each output channel.

    The head stays as it is: it is small, and its three numbers are what is read.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415 - heavy

    graph = onnx.load(str(whole)).graph
    makers = {name: node for node in graph.node for name in node.output}
    head = [makers["logits"].name]
    head += [makers[name].name for name in makers["logits"].input if name in makers]
    quantize_dynamic(
        str(whole),
        str(path),
        per_channel=True,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=head,
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
    )
    write_out_file(path)


def write_sums(folder: Path) -> None:
    """SHA256SUMS of the files that the reader loads, in the format of `sha256sum`."""
    lines = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
        for name in ("reader.onnx", "tokenizer.json")
    ]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="ascii")


QUESTIONS = (
    "Who must win the war before Ukraine can join NATO?",
    "What did Kirby say about the border with Russia?",
    "when did Blinken meet Kuleba",
    "Which requirements must members meet?",
    "Who won the football match in Madrid?",
)


def parity(model: Reader, folder: Path, gold: Path) -> dict[str, tuple[float, float]]:
    """Write what the trained model reads in the sample article to `gold`; return the drifts.

    `fp32` is the whole graph against the trained model, `int8` the shipped one: mean and
    largest difference of a sentence's two scores.
    """
    from bot.answers.ranking import split_windows  # noqa: PLC0415
    from training.fuse import as_article  # noqa: PLC0415

    text = (Path("index") / "sample" / "article.txt").read_text(encoding="utf-8")
    article = as_article("sample", text)
    windows = split_windows(split_sentences(article))
    encoder = PairEncoder(folder / "tokenizer.json")
    expected = []
    for question in QUESTIONS:
        pairs = encoder.encode(question, [window.span.text for window in windows])
        for window, pair in zip(windows, pairs, strict=True):
            ids = torch.tensor([pair.ids])
            with torch.no_grad():
                logits = model(ids, torch.ones_like(ids), torch.tensor([pair.types]))
            found = raw_scores(window, pair, logits[0].numpy())
            expected.append(
                {
                    "question": question,
                    "sentences": [[s.start, s.end] for s in window.sentences],
                    "scores": [[round(score, 4) for score in scores] for scores in found],
                }
            )
    gold.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(one) for one in expected)
    gold.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    with tempfile.TemporaryDirectory() as work:
        whole = Path(work)
        export_whole(model, whole / "reader.onnx")
        shutil.copyfile(folder / "tokenizer.json", whole / "tokenizer.json")
        return {
            "fp32": _gaps(expected, OnnxReader(whole, verify=False), article),
            "int8": _gaps(expected, OnnxReader(folder), article),
        }


def _gaps(
    expected: list[dict[str, Any]], reader: OnnxReader, article: Article
) -> tuple[float, float]:
    ours, theirs = [], []
    for one in expected:
        window = Window(tuple(Span(article, start, end) for start, end in one["sentences"]))
        (pair,) = reader.encoder.encode(one["question"], [window.span.text])
        ours += raw_scores(window, pair, reader.logits(pair))
        theirs += one["scores"]
    return drift(np.array(ours), np.array(theirs))


def raw_scores(window: Window, pair: Pair, logits: np.ndarray) -> list[list[float]]:
    """Of each sentence how well it supports an answer, and how well its best span answers."""
    base = window.span.start
    found = []
    for sentence in window.sentences:
        inside = [
            token
            for token, place in enumerate(pair.places)
            if place is not None and sentence.start <= base + place[0] < sentence.end
        ]
        few = logits[inside[0] : inside[-1] + 1] - logits[0]
        sums = few[:, None, START] + few[None, :, END]
        allowed = np.triu(np.ones_like(sums, dtype=bool))
        allowed &= ~np.triu(allowed, SPAN_TOKENS)
        found.append([float(few[:, SUPPORT].mean()), float(sums[allowed].max())])
    return found


def drift(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Mean and largest absolute difference of logits."""
    gaps = np.abs(one - other)
    return float(gaps.mean()), float(gaps.max())
