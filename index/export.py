"""From a sentence-transformers model to the two ONNX files that an index carries.

The recipe: trace the whole model (transformer, pooling, normalisation) with torch, fuse
it with ONNX Runtime's BERT optimiser, quantise the weights to int8 per channel, and write
out again what is slower fused (see `index.graphs`). Then
encode the sentences below with all three and record how far the vectors drifted.
Needs the `build` extra; nothing else in the project imports torch.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.embedding import EncoderCard, OnnxEmbedder, Precision
from index.errors import CorpusError, MissingExtra
from index.graphs import write_out, write_out_file
from index.models import find_model
from index.runtime import sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterator

RECIPE = "2"
"""Part of an encoder's identity: raise it when the files made below would differ."""

# Invented; short and long, with names, numbers and marks, as questions and passages have.
DRIFT_SENTENCES = (
    "Who paid the repair bill?",
    "what did the mayor say about the bridge",
    "The harbour board approved the plan on Tuesday.",
    "“We will not close the school,” Mrs. Okafor said, “and nobody has asked us to.”",
    "Unemployment fell to 4.2 per cent in the third quarter, from 4.9 per cent a year earlier.",
    "According to the ministry, they signed an agreement in March 2019 that opens the ports.",
    "Officials declined to comment.",
    "He added that the court's ruling, which runs to 112 pages, “changes nothing at all.”",
)


class UnusableModel(CorpusError):
    """The settings name a model that sentence-transformers cannot load."""

    def __init__(self, model: str, problem: str) -> None:
        super().__init__(f"The model {model} cannot be loaded: {problem}")
        self.add_note("Name another, or a folder that holds one:    PULLQUOTE_EMBEDDING__MODEL=...")


def encoder_id(model: str, query_prompt: str, passage_prompt: str) -> str:
    """A name for the encoder that these settings give, the same on every machine."""
    parts = (RECIPE, model, weights_of(find_model(model)), query_prompt, passage_prompt)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def weights_of(found: str) -> str:
    """The SHA-256 of a model folder's weights; of a hub's name, the name itself."""
    folder = Path(found)
    for file in ("model.safetensors", "pytorch_model.bin"):
        if (folder / file).is_file():
            return sha256_of(folder / file)
    return found


def export_encoder(
    model: str, target: Path, *, query_prompt: str = "", passage_prompt: str = ""
) -> EncoderCard:
    """Write `fp32.onnx`, `int8.onnx`, `tokenizer.json` and `encoder.json` into `target`.

    `target` is made, and must not exist. Raises `MissingExtra` without the `build` extra,
    and `UnusableModel`.
    """
    found = find_model(model)
    with _quiet():
        transformer = _load(found)
        target.mkdir(parents=True)
        with tempfile.TemporaryDirectory(dir=target) as scratch:
            traced = Path(scratch) / "traced.onnx"
            _trace(transformer, traced)
            _fuse(transformer, traced, target / f"{Precision.FP32}.onnx")
            _quantise(target / f"{Precision.FP32}.onnx", target / f"{Precision.INT8}.onnx")
        tokenizer = transformer.tokenizer.backend_tokenizer.to_str(pretty=True)
        (target / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
        card = EncoderCard(
            model=model,
            weights=weights_of(found),
            dimension=int(transformer.get_embedding_dimension()),
            max_tokens=int(transformer.get_max_seq_length() or 512),
            query_prompt=query_prompt,
            passage_prompt=passage_prompt,
            drift={},
        )
        card.write(target)
        expected = transformer.encode(
            [passage_prompt + text for text in DRIFT_SENTENCES], normalize_embeddings=True
        )
    for precision in Precision:
        vectors = OnnxEmbedder(target, precision).encode_passages(DRIFT_SENTENCES)
        cosines = np.sum(vectors * expected, axis=1)
        card.drift[precision.value] = (
            round(float(cosines.min()), 5),
            round(float(cosines.mean()), 5),
        )
    card.write(target)
    return card


def _load(found: str) -> Any:
    try:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - 6 s
    except ImportError as missing:
        raise MissingExtra("Exporting an encoder", "sentence-transformers") from missing
    try:
        # The optimiser knows attention by its plain form only.
        return SentenceTransformer(
            found, device="cpu", model_kwargs={"attn_implementation": "eager"}
        ).eval()
    except Exception as error:  # what a folder, a hub or the network can do has no common base
        problem = (str(error).splitlines() or [type(error).__name__])[0]
        raise UnusableModel(found, problem) from error


def _trace(transformer: Any, path: Path) -> None:
    import torch  # noqa: PLC0415

    class Whole(torch.nn.Module):  # type: ignore[misc]
        """Token ids to a unit vector."""

        def __init__(self) -> None:
            super().__init__()
            self.stages = transformer

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            for stage in self.stages:
                features = stage(features)
            return torch.nn.functional.normalize(features["sentence_embedding"], p=2, dim=1)

    example = torch.ones(2, 8, dtype=torch.long)
    # The exporter by tracing: what the newer one writes, the optimiser cannot fuse.
    torch.onnx.export(
        Whole().eval(),
        (example, torch.ones_like(example)),
        str(path),
        input_names=["input_ids", "attention_mask"],
        output_names=["vector"],
        dynamic_axes={
            "input_ids": {0: "texts", 1: "tokens"},
            "attention_mask": {0: "texts", 1: "tokens"},
            "vector": {0: "texts"},
        },
        opset_version=17,
        dynamo=False,
    )


def _fuse(transformer: Any, traced: Path, path: Path) -> None:
    config = getattr(getattr(transformer[0], "auto_model", None), "config", None)
    if config is None or config.model_type != "bert":
        shutil.copyfile(traced, path)
        return
    fuse_bert(traced, path, config)


def fuse_bert(traced: Path, path: Path, config: Any) -> None:
    """Fuse a traced BERT's attention and normalisation; `config` is its transformers one."""
    from onnxruntime.transformers import optimizer  # noqa: PLC0415

    fused = optimizer.optimize_model(
        str(traced),
        model_type="bert",
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        opt_level=1,
    )
    write_out(fused.model)
    fused.save_model_to_file(str(path))


def _quantise(path: Path, target: Path) -> None:
    import onnx  # noqa: PLC0415
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415

    quantize_dynamic(
        str(path),
        str(target),
        per_channel=True,
        weight_type=QuantType.QInt8,
        extra_options={
            "MatMulConstBOnly": True,
            # Shapes are not inferred through the fused operators; all of theirs are floats.
            "DefaultTensorType": onnx.TensorProto.FLOAT,
        },
    )
    write_out_file(target)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries' progress bars, warnings and advice out of the user's terminal."""
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    os.environ.setdefault("TQDM_DISABLE", "1")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
