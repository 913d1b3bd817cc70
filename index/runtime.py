"""The one ONNX Runtime set-up, shared by every model that a question passes through."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import onnxruntime


def open_session(model: Path, *, threads: int = 1) -> onnxruntime.InferenceSession:
    """Load a model for the processor, with `threads` threads of its own.

    One thread is the steadiest under load; two answer a single question in two thirds of the
    time (`embedding.threads`: 40 for 58 ms, on two cores). After their work they spin for some
    20 ms, ready for more, which keeps another model's from that core: give them to one model.
    """
    import onnxruntime  # noqa: PLC0415 - 85 ms that `--help` need not pay

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # What is shipped is optimised when it is exported; doing it again costs start-up.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(model), sess_options=options, providers=["CPUExecutionProvider"]
    )


def open_tokenizer(path: Path, *, max_tokens: int) -> Any:
    """Load a fast tokenizer that cuts at `max_tokens` and adds no padding."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - only where a model is loaded

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def sha256_of(path: Path) -> str:
    """The file's SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
