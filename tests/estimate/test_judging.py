# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the benchmark of estimates judges a network."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.meta.source_tree import ROOT

sys.path.insert(0, str(ROOT / "benchmarks" / "estimate"))
from judging import judged_values, level, run_judged

if TYPE_CHECKING:
    from pathlib import Path


def model(*nodes: tuple[str, list[str], str]) -> onnx.ModelProto:
    """A graph from x to y."""
    made = [helper.make_node(op, inputs, [output]) for op, inputs, output in nodes]
    x, y = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("x", [1, 4]), ("y", None))
    )
    weights = {
        "scale": np.float32(0.5),
        "zero": np.int8(0),
        "axes": np.array([1]),
        "shape": np.array([-1]),
    }
    constants = [numpy_helper.from_array(np.asarray(w), n) for n, w in weights.items()]
    graph = helper.make_graph(made, "g", [x], [y], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


@pytest.mark.parametrize("op", ["Softmax", "LogSoftmax", "Sigmoid"])
def test_before_what_saturates(op: str) -> None:
    assert judged_values(model(("Neg", ["x"], "a"), (op, ["a"], "y"))) == ["a"]


def test_copies_and_pairs_behind_it_do_not_hide_it() -> None:
    made = model(
        ("Neg", ["x"], "a"),
        ("Softmax", ["a"], "s"),
        ("QuantizeLinear", ["s", "scale", "zero"], "q"),
        ("DequantizeLinear", ["q", "scale", "zero"], "d"),
        ("Reshape", ["d", "shape"], "y"),
    )
    assert judged_values(made) == ["a"]


def test_a_softmax_of_single_nodes_is_one() -> None:
    made = model(
        ("Neg", ["x"], "a"),
        ("ReduceMax", ["a", "axes"], "m"),
        ("Sub", ["a", "m"], "b"),
        ("Exp", ["b"], "e"),
        ("ReduceSum", ["e", "axes"], "t"),
        ("Div", ["e", "t"], "y"),
    )
    assert judged_values(made) == ["a"]


@pytest.mark.parametrize("op", ["Relu", "Exp", "Tanh"])
def test_other_outputs_are_judged_themselves(op: str) -> None:
    assert judged_values(model(("Neg", ["x"], "a"), (op, ["a"], "y"))) == ["y"]
    assert judged_values(model((op, ["x"], "e"), ("Div", ["e", "x"], "y"))) == ["y"]


def test_levels_before_and_behind(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    path = tmp_path / "m.onnx"
    onnx.save(model(("Neg", ["x"], "a"), ("Sigmoid", ["a"], "y")), path)
    first = np.array([[0, 1, -2, 30]], dtype=np.float32)
    outputs, judged = run_judged(path, "x", [first, -first])
    assert [array.tolist() for array in judged[0]] == [[0, -1, 2, -30], [0, 1, -2, 30]]
    assert outputs[0][0][3] == pytest.approx(0, abs=1e-6)
    # Noise of a tenth of the signal: 20 dB; the worst output counts.
    signal = [[np.array([10.0, 0.0])], [np.array([10.0, 0.0])]]
    noisy = [[np.array([10.0, 1.0])], [np.array([10.0, 0.1])]]
    assert level(signal, noisy) == pytest.approx(20.0)
