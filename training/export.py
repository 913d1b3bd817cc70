"""Export: the trained reader -> ONNX, fused and in int8, with its checksums.

`drift` measures what each step changed; `tests/test_reader.py` holds the shipped file
to it.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import torch

from training.model import base_folder

if TYPE_CHECKING:
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
    from onnxruntime.transformers import optimizer  # noqa: PLC0415 - heavy

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
    config = model.encoder.config
    fused = optimizer.optimize_model(
        str(plain),
        model_type="bert",
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        opt_level=1,
    )
    fused.save_model_to_file(str(path))


def quantise(whole: Path, path: Path) -> None:
    """Weights of the matrices and embeddings in int8, a scale for each output channel."""
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415 - heavy

    quantize_dynamic(
        str(whole),
        str(path),
        per_channel=True,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def write_sums(folder: Path) -> None:
    """SHA256SUMS of the files that the reader loads, in the format of `sha256sum`."""
    lines = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
        for name in ("reader.onnx", "tokenizer.json")
    ]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="ascii")


def drift(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Mean and largest absolute difference of logits."""
    gaps = np.abs(one - other)
    return float(gaps.mean()), float(gaps.max())
