# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which values follow from others, in rows of any length."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from setrange import collect
from setrange.importer import import_network
from setrange.measure.observed import Observed, observed_values
from setrange.model.loading import load_model

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def observed(
    path: Path, ops: Sequence[str], *, through_relu: bool = True
) -> dict[str, Observed]:
    """A row of nodes over x, whose values are called 1, 2, ...; Mul is by 4, Div by 3."""
    nodes, last = [], "x"
    for number, op in enumerate(ops, 1):
        inputs = [last, *{"Mul": ["four"], "Div": ["three"]}.get(op, [])]
        nodes.append(helper.make_node(op, inputs, [str(number)], name=f"n{number}"))
        last = str(number)
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [*nodes, helper.make_node("Tanh", [last], ["y"])],
        "g",
        [value("x", TensorProto.FLOAT, [2, 2])],
        [value("y", TensorProto.FLOAT, [2, 2])],
        initializer=[
            numpy_helper.from_array(np.float32(4.0), "four"),
            numpy_helper.from_array(np.float32(3.0), "three"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    onnx.save(model, path)
    found, hidden = observed_values(
        load_model(path), import_network(path, trt="10.3"), through_relu=through_relu
    )
    assert not hidden
    return {item.name: item for item in found}


def test_a_long_row_of_copies_takes_time_in_proportion(tmp_path: Path) -> None:
    begin = time.process_time()
    found = observed(tmp_path / "m.onnx", ["Transpose"] * 10_000)
    assert {item.base for name, item in found.items() if name != "y"} == {"x"}
    assert time.process_time() - begin < 30  # asking each for all before it takes longer


def test_what_lies_on_the_way_adds_up(tmp_path: Path) -> None:
    found = observed(tmp_path / "m.onnx", ["Mul", "Transpose", "Relu", "Mul", "Transpose"])
    assert [(f.base, f.is_rectified, f.factor) for f in found.values()] == [
        ("x", False, 1.0),
        ("x", False, 4.0),
        ("x", False, 4.0),
        ("x", True, 4.0),
        ("x", True, 16.0),
        ("x", True, 16.0),
        ("y", False, 1.0),
    ]


def test_a_factor_that_float32_may_not_hold_is_measured(tmp_path: Path) -> None:
    found = observed(tmp_path / "m.onnx", ["Mul"] * 70)
    assert (found["32"].base, found["32"].factor) == ("x", 2.0**64)
    assert (found["33"].base, found["33"].factor) == ("33", 1.0)
    assert (found["70"].base, found["70"].factor) == ("66", 2.0**8)


def test_one_factor_that_rounds_is_followed_and_a_second_one_measured(tmp_path: Path) -> None:
    found = observed(tmp_path / "m.onnx", ["Mul", "Div", "Relu", "Mul", "Div", "Mul"])
    assert [(f.base, f.is_rectified, f.factor) for f in found.values()] == [
        ("x", False, 1.0),
        ("x", False, 4.0),
        ("x", False, 4 / 3),
        ("x", True, 4 / 3),
        ("x", True, 16 / 3),
        ("5", False, 1.0),
        ("5", False, 4.0),
        ("y", False, 1.0),
    ]


def test_a_mean_of_bounds_follows_from_powers_of_two_alone(tmp_path: Path) -> None:
    found = observed(tmp_path / "m.onnx", ["Mul", "Div", "Mul"], through_relu=False)
    assert [(f.base, f.factor) for f in found.values()] == [
        ("x", 1.0),
        ("x", 4.0),
        ("2", 1.0),
        ("2", 4.0),
        ("y", 1.0),
    ]


def test_bounds_that_follow_are_those_that_would_be_measured(tmp_path: Path) -> None:
    runtime = pytest.importorskip("onnxruntime")
    random = np.random.default_rng(6)
    constants = np.exp(random.normal(scale=3, size=60)).astype(np.float32)
    nodes, weights = [], []
    for number, constant in enumerate(constants):
        op = ("Mul", "Div")[number % 2]
        weights.append(numpy_helper.from_array(constant, f"c{number}"))
        nodes.append(helper.make_node(op, ["x", f"c{number}"], [f"y{number}"]))
    value = helper.make_tensor_value_info
    names = [f"y{number}" for number in range(len(nodes))]
    graph = helper.make_graph(
        nodes,
        "g",
        [value("x", TensorProto.FLOAT, [1, 99])],
        [value(name, TensorProto.FLOAT, [1, 99]) for name in names],
        initializer=weights,
    )
    path = tmp_path / "m.onnx"
    opset = [helper.make_opsetid("", 13)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    samples = random.normal(size=(8, 99)).astype(np.float32)
    ranges = collect(path, samples, trt="10.3")
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    outputs = [session.run(names, {"x": sample[np.newaxis]}) for sample in samples]
    for name, values in zip(names, zip(*outputs, strict=True), strict=True):
        found = ranges.entries[name].range
        assert found is not None
        bounds = np.float32(found.min), np.float32(found.max)
        assert bounds == (np.min(values), np.max(values))
