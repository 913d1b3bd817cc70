"""Written-out graphs: the same numbers from other operators."""

from __future__ import annotations

from collections import Counter

import numpy as np
import onnx
import pytest

import index.export
from index.embedding import Precision
from index.export import export_encoder
from index.graphs import write_out
from index.runtime import open_session

SLOW = {"QAttention", "SkipLayerNormalization", "MatMulInteger", "BiasGelu"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory, tiny_model):
    """The tiny model exported as the optimiser leaves it, and written out."""
    made = tmp_path_factory.mktemp("graphs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index.export, "write_out", lambda _: None)
        patch.setattr(index.export, "write_out_file", lambda _: None)
        export_encoder(str(tiny_model), made / "fused")
    export_encoder(str(tiny_model), made / "written")
    return made / "fused", made / "written"


def kinds(path):
    return Counter(node.op_type for node in onnx.load(str(path)).graph.node)


@pytest.mark.parametrize("precision", list(Precision))
@pytest.mark.parametrize("tokens", [1, 2, 17, 100])
def test_a_written_out_graph_gives_the_vectors_of_the_fused_one(folders, precision, tokens):
    ids = np.random.default_rng(tokens).integers(5, 40, (1, tokens))
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    fused, written = (
        open_session(folder / f"{precision}.onnx").run(None, feed)[0] for folder in folders
    )

    assert fused.shape == written.shape
    assert float(np.sum(fused * written)) > (0.999999 if precision is Precision.FP32 else 0.999)


def test_nothing_slow_is_left_in_a_written_out_graph(folders):
    before, after = (kinds(folder / "int8.onnx") for folder in folders)

    assert set(before) >= SLOW
    assert not set(after) & SLOW
    assert after["MatMulIntegerToFloat"] == before["MatMulInteger"] + before["QAttention"]


def test_a_graph_that_is_written_out_already_stays_as_it_is(folders):
    model = onnx.load(str(folders[1] / "int8.onnx"))
    before = [node.SerializeToString() for node in model.graph.node]
    write_out(model)

    assert [node.SerializeToString() for node in model.graph.node] == before
