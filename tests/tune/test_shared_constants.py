# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Models whose large constants are in memory once give the numbers that their files give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from setrange.accuracy.quantizer import first_model
from setrange.accuracy.session import Loader
from setrange.accuracy.simulation import with_only
from setrange.exporters.qdq import QdqOptions
from setrange.tune.settings import Settings
from setrange.tune.shared_constants import SharedConstants

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from setrange.exporters.qdq import QdqModel

pytest.importorskip("onnxruntime")


def _convolutions(path: Path, *, as_nodes: bool) -> None:
    """Write three convolutions, two with large weights."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(1)
    arrays = {
        "w1": rng.standard_normal((32, 4, 3, 3)).astype(np.float32),
        "w2": rng.standard_normal((8, 32, 3, 3)).astype(np.float32),
        "w3": rng.standard_normal((2, 8, 1, 1)).astype(np.float32),
        "b1": rng.standard_normal(32).astype(np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["a"], "one"),
        helper.make_node("Relu", ["a"], ["r"], "relu"),
        helper.make_node("Conv", ["r", "w2"], ["b"], "two"),
        helper.make_node("Conv", ["b", "w3"], ["y"], "three"),
    ]
    tensors = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    if as_nodes:
        constants = [helper.make_node("Constant", [], [t.name], value=t) for t in tensors]
        nodes, tensors = constants + nodes, []
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        tensors,
    )
    opset = helper.make_opsetid("", 17)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=9), path)


@pytest.mark.parametrize("as_nodes", [False, True])
def test_the_numbers_are_those_of_the_file(tmp_path: Path, as_nodes: bool) -> None:
    path = tmp_path / "model.onnx"
    _convolutions(path, as_nodes=as_nodes)
    ranges = tmp_path / "ranges.json"
    ranges.write_text('{"x": 3, "a": 30, "r": 25, "b": 200, "y": 500}')
    options = QdqOptions(asymmetric=True)
    quantizer, file, _, made = first_model(
        path, ranges, options, trt=None, fill="safe", allow_missing=False
    )
    loader = Loader(model=quantizer.model, threads=1)
    constants = SharedConstants(made.float_model, ["y"], loader)
    rng = np.random.default_rng(2)
    feeds = {"x": rng.standard_normal((1, 4, 8, 8)).astype(np.float32)}

    def both(made: QdqModel) -> list[npt.NDArray[Any]]:
        skeleton = with_only(made.skeleton, ["y"])
        written = loader.load(skeleton, made.initializers, made.base)
        sessions = (constants.quantized(made), written)
        return [session.run(feeds, "data")[0] for session in sessions]

    seen = []
    for settings in (
        Settings(),
        # Weights of -128 steps, which the largest |value| alone never makes.
        Settings().with_weights(["one"], 0.8).with_weights(["two"], "mse"),
        Settings().with_nodes(["two"], "fp16"),
        Settings(),
    ):
        in_memory, from_file = both(quantizer(settings.applied(file))[1])
        np.testing.assert_array_equal(in_memory, from_file)
        seen.append(in_memory)
    np.testing.assert_array_equal(seen[0], seen[-1])
    assert not np.array_equal(seen[0], seen[1])
    assert not np.array_equal(seen[0], seen[2])
