# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""One constant in INT8: a model with another constant gives what a pair with a switch gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest

from setrange.accuracy.quantizer import first_model
from setrange.accuracy.session import Loader
from setrange.accuracy.simulation import Kept, KeptBatch
from setrange.accuracy.switchable_pairs import SwitchablePairs, weight_scales_of
from setrange.exporters.qdq import QdqOptions
from setrange.tune.rounded_weight import RoundedWeight
from setrange.tune.shared_constants import SharedConstants

if TYPE_CHECKING:
    from pathlib import Path


def _with_constants(path: Path) -> None:
    """Make the initializers nodes, as some exporters write them."""
    model = onnx.load(path)
    tensors = list(model.graph.initializer)
    del model.graph.initializer[:]
    for number, tensor in enumerate(tensors):
        node = onnx.helper.make_node("Constant", [], [tensor.name], value=tensor)
        model.graph.node.insert(number, node)
    onnx.save(model, path)


@pytest.mark.parametrize(
    ("kind", "as_nodes"), [("int8", False), ("int8", True), ("fp8", False)]
)
def test_the_noise_is_that_of_its_pair(folder: Path, kind: str, as_nodes: bool) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    if as_nodes:
        _with_constants(folder / "toy.onnx")
    quantizer, _, _, made = first_model(
        folder / "toy.onnx",
        folder / "ranges.json",
        QdqOptions(dtype=kind),
        trt=None,
        fill="safe",
        allow_missing=False,
    )
    loader = Loader(model=quantizer.model, threads=1)
    feeds = {"x": np.load(folder / "data.npy")}
    wanted = onnxruntime.InferenceSession(folder / "toy.onnx").run(None, feeds)
    batch = KeptBatch(feeds=feeds, wanted=wanted, label="data.npy", samples=40)
    kept = Kept(most_samples=0, most_bytes=0, batches=[batch])
    board = SwitchablePairs(made, ["y"], kept, loader, kind="weight", is_rest_float=True)
    constants = SharedConstants(made.float_model, ["y"], loader)
    rounded = RoundedWeight(made, ["y"], constants)
    scales = weight_scales_of(made)
    for value in ("w1", "w2", "w3", "w4"):
        assert rounded.takes(value)
        quality = rounded.quality(value, scales[value], [batch])
        assert quality == pytest.approx(board.quality([value]), abs=1e-3)
    assert not rounded.takes("uneven")
