"""The exported encoder: as near to sentence-transformers as its card says, text by text."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from index.embedding import EncoderCard, OnnxEmbedder, Precision
from index.export import DRIFT_SENTENCES, UnusableModel, encoder_id, export_encoder
from index.models import find_model

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = (
    *DRIFT_SENTENCES,
    "",
    "🙂 שלום İstanbul e\u0301\r\n\x00",
    "word " * 600,
    "Rain.",
)


@pytest.fixture(scope="module")
def encoder(sample_folder: Path) -> Path:
    (folder,) = (sample_folder / "encoders").iterdir()
    return folder


@pytest.fixture(scope="module")
def expected() -> np.ndarray:
    """What sentence-transformers itself makes of the texts."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - seconds

    model = SentenceTransformer(find_model("all-MiniLM-L6-v2"), device="cpu")
    return model.encode(list(TEXTS), normalize_embeddings=True, batch_size=1)


def test_fp32_gives_the_vectors_of_sentence_transformers(encoder: Path, expected) -> None:
    vectors = OnnxEmbedder(encoder, Precision.FP32).encode_passages(TEXTS)

    assert np.abs(vectors - expected).max() < 1e-4


def test_int8_drifts_no_further_than_its_card_allows(encoder: Path, expected) -> None:
    card = EncoderCard.read(encoder)
    vectors = OnnxEmbedder(encoder, Precision.INT8).encode_passages(TEXTS)

    cosines = np.sum(vectors * expected, axis=1)
    known = cosines[: len(DRIFT_SENTENCES)]
    assert card.drift["int8"] == pytest.approx((known.min(), known.mean()), abs=1e-4)
    assert card.drift["int8"][0] >= 0.98
    assert card.drift["fp32"][0] >= 0.9999
    assert cosines.min() >= 0.95


@pytest.mark.parametrize("precision", Precision)
def test_a_vector_depends_on_its_text_alone(encoder: Path, precision: Precision) -> None:
    embedder = OnnxEmbedder(encoder, precision)

    together = embedder.encode_passages(TEXTS)

    assert together.shape == (len(TEXTS), 384)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-4)
    for text, row in zip(TEXTS, together, strict=True):
        assert np.array_equal(embedder.encode_passages([text])[0], row)
        assert np.array_equal(embedder.encode_query(text), row)


def test_threads_may_share_an_embedder(encoder: Path) -> None:
    embedder = OnnxEmbedder(encoder, Precision.INT8)
    expected = [embedder.encode_query(text) for text in TEXTS]

    with ThreadPoolExecutor(4) as pool:
        for vector, same in zip(pool.map(embedder.encode_query, TEXTS), expected, strict=True):
            assert np.array_equal(vector, same)


def test_each_passage_is_told_of_when_done(encoder: Path) -> None:
    done = []

    vectors = OnnxEmbedder(encoder, Precision.INT8).encode_passages(
        TEXTS[:3], done=lambda: done.append(1)
    )

    assert (len(done), len(vectors)) == (3, 3)
    assert OnnxEmbedder(encoder, Precision.INT8).encode_passages([]).shape == (0, 384)


def test_a_model_of_another_kind_keeps_its_prompts_and_its_card(
    tiny_model: Path, tmp_path: Path
) -> None:
    card = export_encoder(
        str(tiny_model), tmp_path / "made", query_prompt="who ", passage_prompt="the "
    )
    plain = OnnxEmbedder(tmp_path / "made", Precision.FP32)

    assert EncoderCard.read(tmp_path / "made") == card
    assert (plain.dimension, card.max_tokens) == (32, 128)
    assert np.array_equal(plain.encode_query("bridge"), plain._encode("who bridge"))
    assert np.array_equal(plain.encode_passages(["bridge"])[0], plain._encode("the bridge"))
    assert not np.array_equal(plain.encode_query("bridge"), plain.encode_passages(["bridge"])[0])
    files = sorted(path.name for path in (tmp_path / "made").iterdir())
    assert files == ["encoder.json", "fp32.onnx", "int8.onnx", "tokenizer.json"]
    assert json.loads((tmp_path / "made" / "encoder.json").read_text())["model"] == str(tiny_model)


def test_an_encoder_is_named_by_its_weights_and_prompts(tiny_model: Path) -> None:
    names = {
        encoder_id(str(tiny_model), "", ""),
        encoder_id(str(tiny_model), "who ", ""),
        encoder_id(str(tiny_model), "", "who "),
        encoder_id("all-MiniLM-L6-v2", "", ""),
    }

    assert len(names) == 4
    assert encoder_id(str(tiny_model), "", "") in names


def test_a_folder_that_holds_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(UnusableModel, match="cannot be loaded") as refused:
        export_encoder(str(tmp_path / "empty"), tmp_path / "made")

    assert "PULLQUOTE_EMBEDDING__MODEL" in refused.value.__notes__[0]


def test_the_words_of_the_language_are_told_from_others(encoder: Path) -> None:
    embedder = OnnxEmbedder(encoder, Precision.INT8)

    assert embedder.has_word("bridge")
    assert not embedder.has_word("kuleva")
