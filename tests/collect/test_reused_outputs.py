# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Values of runs that are written to the same memory: none is lost, and none is seen twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from setrange.measure.collecting import collect
from setrange.measure.reused_outputs import ReusedOutputs
from setrange.measure.session import Session

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("onnxruntime")


def saved(path: Path, nodes: list[onnx.NodeProto], *sizes: int | str) -> Path:
    graph = helper.make_graph(
        nodes,
        "values",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, sizes)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    opset = helper.make_opsetid("", 13)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    return path


def doubled(path: Path, *sizes: int | str) -> Session:
    """Return a model with the outputs x + x and its hyperbolic tangent."""
    nodes = [
        helper.make_node("Add", ["x", "x"], ["double"], "add"),
        helper.make_node("Tanh", ["double"], ["y"], "tanh"),
    ]
    model = onnx.load(saved(path, nodes, *sizes))
    model.graph.output.add(name="double")
    return Session(model, path, names=["double", "y"], threads=1)


@pytest.mark.parametrize("sizes", [(2, 8), ("N", 8)])
def test_the_last_two_runs_stay(tmp_path: Path, sizes: tuple[int | str, ...]) -> None:
    runs = ReusedOutputs(doubled(tmp_path / "m.onnx", *sizes))
    random = np.random.default_rng(0)
    given, found = [], []
    for number in range(8):
        given.append(random.standard_normal((2, 8)).astype(np.float32))
        found.append(runs.run({"x": given[-1]}, "x"))
        for feed, (double, tanh) in zip(given[-2:], found[-2:], strict=True):
            np.testing.assert_array_equal(double, feed + feed)
            np.testing.assert_allclose(tanh, np.tanh(feed + feed), rtol=1e-5)
        assert len(found[-1]) == 2, number
    places = [[array.ctypes.data for array in outputs] for outputs in found]
    assert places[7] == places[5] == places[3] != places[6] == places[4]


def test_other_sizes_get_other_memory(tmp_path: Path) -> None:
    runs = ReusedOutputs(doubled(tmp_path / "m.onnx", "N", 8))
    for rows in (2, 2, 2, 5, 5, 1, 2, 2, 2, 2):
        feed = np.full((rows, 8), rows, np.float32)
        double, _ = runs.run({"x": feed}, "x")
        np.testing.assert_array_equal(double, feed + feed)


@pytest.mark.parametrize("method", ["percentile", "entropy", "mse"])
def test_sizes_that_depend_on_values(tmp_path: Path, method: str) -> None:
    """The inputs are of one shape, and how many values are left is another number each time."""
    nodes = [
        helper.make_node("Greater", ["x", "limit"], ["is_large"], "greater"),
        helper.make_node("Compress", ["x", "is_large"], ["large"], "compress"),
        helper.make_node("Add", ["large", "large"], ["y"], "add"),
    ]
    path = saved(tmp_path / "m.onnx", nodes, 8)
    model = onnx.load(path)
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.float32([0]), "limit"))
    onnx.save(model, path)
    samples = [np.float32([*[1 + row] * row, *[-1] * (8 - row)]) for row in (3, 3, 4, 1, 5, 8)]
    ranges = collect(path, [{"x": sample} for sample in samples], method=method)
    found = ranges.entries["y"].range
    assert found is not None
    assert (found.min, found.max) == (4, 18)
