# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Twice as large a model is twice the work, whatever its shape: calls count, not seconds."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import NodeProto, TensorProto, helper, numpy_helper

from setrange import plan_model
from setrange.exporters.qdq.exporter import make_qdq
from setrange.exporters.ranged import make_ranged
from setrange.model.loading import load_model
from setrange.plan.template import make_template
from setrange.ranges.model import DynamicRange, RangeEntry, RangeFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_N = helper.make_node


def _row(op: str, count: int, *more: str, **attributes: int) -> list[NodeProto]:
    return [_N(op, [f"v{i}", *more], [f"v{i + 1}"], **attributes) for i in range(count)]


def _own_constants(count: int) -> list[NodeProto]:
    nodes = []
    for i in range(count):
        value = numpy_helper.from_array(np.array([1.0 + i], np.float32))
        nodes += [_N("Constant", [], [f"k{i}"], value=value)]
        nodes += [_N("Add", [f"v{i}", f"k{i}"], [f"v{i + 1}"])]
    return nodes


def _joined(count: int) -> list[NodeProto]:
    nodes = [_N("Relu", ["v0"], [f"part{i}"]) for i in range(count)]
    return [*nodes, _N("Concat", [f"part{i}" for i in range(count)], ["end"], axis=0)]


def _fibonacci(count: int) -> list[NodeProto]:
    return [
        _N("Add", [f"v{i}", f"v{max(i - 1, 0)}"], [f"v{i + 1}"], name="add")
        for i in range(count)
    ]


def _split(count: int) -> list[NodeProto]:
    nodes = []
    for i in range(count):
        nodes += [_N("Split", [f"v{i}"], [f"a{i}", f"b{i}"], axis=1)]
        nodes += [_N("Concat", [f"b{i}", f"a{i}"], [f"v{i + 1}"], axis=1)]
    return nodes


def _blocks(count: int) -> list[NodeProto]:
    nodes = []
    for i in range(count):
        nodes += [_N("Conv", [f"v{i}", "kernel"], [f"c{i}"]), _N("Relu", [f"c{i}"], [f"r{i}"])]
        nodes += [_N("Add", [f"r{i}", f"v{i}"], [f"v{i + 1}"])]
    return nodes


def _silu(count: int) -> list[NodeProto]:
    nodes = []
    for i in range(count):
        nodes += [_N("Sigmoid", [f"v{i}"], [f"s{i}"])]
        nodes += [_N("Mul", [f"v{i}", f"s{i}"], [f"v{i + 1}"])]
    return nodes


def _fan(count: int) -> list[NodeProto]:
    return [_N("Relu", ["v0"], [f"v{i + 1}"]) for i in range(count)]


#: The nodes, and how often Python may call a function for each layer, in all steps together:
#: a sixth more than it does. A network of 25,000 layers must be done in 10 seconds.
_SHAPES: dict[str, tuple[Callable[[int], list[NodeProto]], int]] = {
    "a row": (lambda n: _row("Relu", n), 2100),
    "sums with one constant": (lambda n: _row("Add", n, "one"), 3300),
    "sums with constants of their own": (_own_constants, 4400),
    "products with one matrix": (lambda n: _row("Gemm", n, "matrix", "matrix"), 3500),
    "convolutions with one kernel": (lambda n: _row("Conv", n, "kernel"), 2600),
    "rows of SiLU": (_silu, 3600),
    "one value for all": (_fan, 1900),
    "many inputs of one node": (_joined, 3600),
    "sums of the last two": (_fibonacci, 4000),
    "halves that change places": (_split, 2500),
    "blocks with a short way": (_blocks, 2500),
    "clips before opset 11": (lambda n: _row("Clip", n, min=0, max=6), 2900),
}
_OPSETS = {"clips before opset 11": 9}


def _model(folder: Path, name: str, count: int) -> Path:
    nodes = _SHAPES[name][0](count)
    for node in nodes:
        for attr in node.attribute:
            if attr.name in ("min", "max"):  # of Clip, which are numbers
                attr.f, attr.type = float(attr.i), onnx.AttributeProto.FLOAT
    shape = [1, 1, 4, 4] if any(node.op_type == "Conv" for node in nodes) else [4, 4]
    ends = [helper.make_tensor_value_info("v0", TensorProto.FLOAT, shape)]
    last = helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, None)
    constants = {
        "one": np.array([1.5], np.float32),
        "matrix": np.eye(4, dtype=np.float32),
        "kernel": np.ones((1, 1, 1, 1), np.float32),
    }
    used = {value for node in nodes for value in node.input}
    initializers = [
        numpy_helper.from_array(values, key) for key, values in constants.items() if key in used
    ]
    graph = helper.make_graph(nodes, "g", ends, [last], initializers)
    opset = helper.make_opsetid("", _OPSETS.get(name, 13))
    path = folder / f"{count}.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    return path


def _all_steps(path: Path) -> int:
    """Do what commands do with a model; return how many layers it has."""
    model = load_model(path)
    bare = plan_model(load_model(path), None, trt="8.6")
    make_template(bare, path, "0" * 64)
    entries = {
        tensor.name: RangeEntry(name=tensor.name, range=DynamicRange.symmetric(1.5))
        for tensor in bare.network.float_tensors()
    }
    plan = plan_model(model, RangeFile(entries=entries), trt="8.6")
    make_ranged(plan, model)
    plan_model(load_model(path), RangeFile(entries=entries), trt="8.6", target="dla")
    make_qdq(plan_model(model, RangeFile(entries=entries), trt="10.3"), model, placement="all")
    return len(bare.network.layers)


def _calls(path: Path) -> tuple[int, int]:
    """Functions called while all is done, and the number of layers."""
    calls = 0

    def count(frame: object, event: str, arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        layers = _all_steps(path)
    finally:
        sys.setprofile(before)
    return calls, layers


@pytest.mark.parametrize("name", _SHAPES)
def test_work_grows_as_the_model_does(name: str, tmp_path: Path) -> None:
    small, large = _model(tmp_path, name, 20), _model(tmp_path, name, 60)
    _all_steps(small)  # what is loaded and remembered once does not count
    few, some_layers = _calls(small)
    many, layers = _calls(large)
    added = (many - few) / (layers - some_layers)
    assert added < _SHAPES[name][1]
    # Beyond 64 and 256 inputs a node is looked at in other ways, which cost a little more.
    assert added < 1.5 * few / some_layers, "more than linear"
