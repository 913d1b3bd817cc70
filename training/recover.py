"""Taking weights back from a shipped file, where the checkpoints of its run are gone.

int8 loses little (0.4 of a logit on average), and a stage of learning makes up for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import torch
from onnx import numpy_helper

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from training.model import Reader

_DENSE = {
    "attention/output/dense": "attention.output.dense",
    "intermediate/dense": "intermediate.dense",
    "output/dense": "output.dense",
}


def recover(model: Reader, path: Path) -> None:
    """Put the weights of an exported int8 reader (`export.py`) into `model`, in place."""
    graph = onnx.load(str(path)).graph
    stored = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    products = {
        node.output[0]: node.input[1] for node in graph.node if node.op_type == "MatMulInteger"
    }
    head = next(node for node in graph.node if node.op_type == "MatMul")
    found: dict[str, np.ndarray] = {"head.weight": stored[head.input[1]].T}
    for name, value in stored.items():
        plain = name.removesuffix("_quantized")
        if name.startswith("encoder.embeddings.") and name.endswith("_quantized"):
            found[plain] = _floats(stored, plain)
        elif name.startswith(("encoder.encoder.", "head.")):
            found[name] = value
    for layer in range(model.encoder.config.num_hidden_layers):
        within = f"encoder.encoder.layer.{layer}"
        for path_, dense in _DENSE.items():
            product = f"/encoder/encoder/layer.{layer}/{path_}/MatMul_output_0_output_quantized"
            plain = products[product].removesuffix("_quantized")
            found[f"{within}.{dense}.weight"] = _floats(stored, plain).T
        packed = _floats(stored, f"Attention_{layer}_qkv_weight")
        biases = stored[f"Attention_{layer}_qkv_bias"]
        parts = zip(
            ("query", "key", "value"), np.split(packed, 3, 1), np.split(biases, 3), strict=True
        )
        for part, weight, bias in parts:
            found[f"{within}.attention.self.{part}.weight"] = weight.T
            found[f"{within}.attention.self.{part}.bias"] = bias
    tensors = {name: torch.tensor(np.ascontiguousarray(v)) for name, v in found.items()}
    missing = model.load_state_dict(tensors, strict=False)
    if missing.missing_keys or missing.unexpected_keys:
        raise ValueError(f"{path} is no reader of this shape: {missing}")


def _floats(stored: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """(x - zero point) * scale, a scale for each column or one for all."""
    whole = stored[f"{name}_quantized"].astype(np.float32)
    zero = stored[f"{name}_zero_point"].astype(np.float32)
    return (whole - zero) * stored[f"{name}_scale"]
