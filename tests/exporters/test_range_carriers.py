# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ranges of tensors that no node output names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest

from setrange.exporters.ranged import make_ranged, write_ranged
from setrange.formats.reading import read_ranges
from setrange.importer.parser import ParserOptions, import_network
from setrange.plan import make_plan
from setrange.surgery.strip import strip_model
from setrange.versions import RANGED_PROFILES
from tests.exporters.quantizing import full_plan, plan_of, save
from tests.networks import ranges_of
from tests.support.ranged import bare
from tests.support.running import run

if TYPE_CHECKING:
    from pathlib import Path

WITH_RANGES = RANGED_PROFILES[1:]
ATTENTION = """(float[2,4,8] x) => (float[2,4,8] y) {
    a = Relu(x)
    p = Softmax<axis = -1>(a)
    y = Add(p, x)
}"""
LSTM = """(float[5,1,4] x) => (float[5,1,1,3] y) {
    y = LSTM<hidden_size = 3>(x, w, r, b)
}"""
LSTM_WEIGHTS = {"w": (1, 12, 4), "r": (1, 12, 3), "b": (1, 24)}
NORM = """(float[1,3,8,8] x) => (float[1,3,8,8] y) {
    n = InstanceNormalization(x, s, b)
    y = Softmax<axis = -1>(n)
}"""
NORM_WEIGHTS = {"s": (3,), "b": (3,)}


@pytest.mark.parametrize("trt", WITH_RANGES)
def test_the_inside_of_an_op_is_ranged(tmp_path: Path, trt: str) -> None:
    for graph, weights, opset in ((ATTENTION, {}, 11), (LSTM, LSTM_WEIGHTS, 11)):
        path, out = save(tmp_path / "m.onnx", graph, weights, opset=opset), tmp_path / "r.onnx"
        plan = full_plan(path, trt)
        made = write_ranged(plan, path, out)
        network = import_network(out, trt)
        assert bare(network) == []
        assert made.findings == ()
        assert [item.tensor.name for item in made.rest().tensors if item.range] == ["x"]


@pytest.mark.parametrize("trt", WITH_RANGES)
def test_outputs_without_a_name_are_not_in_the_way(tmp_path: Path, trt: str) -> None:
    """Ranges are read in the order of a node's outputs, and a name that is empty is none."""
    path, out = tmp_path / "m.onnx", tmp_path / "r.onnx"
    model = onnx.load(save(path, LSTM, LSTM_WEIGHTS, opset=11))
    model.graph.node[0].output[:] = ["", "h"]
    model.graph.output[0].name = "h"
    del model.graph.output[0].type.tensor_type.shape.dim[0]
    onnx.save(model, path)
    plan = full_plan(path, trt)
    write_ranged(plan, path, out)
    network = import_network(out, trt)
    assert bare(network) == []
    planned = {item.tensor.key: item.range.amax for item in plan.tensors if item.range}
    assert network.annotations["h"][1] == np.float32(planned["h"])
    inside = [t for t in network.float_tensors() if t.layer and t.onnx_value is None]
    amaxes = {float(np.float32(amax)) for key, amax in planned.items() if key.startswith("h@")}
    assert {network.annotations[t.name][1] for t in inside} <= amaxes


@pytest.mark.parametrize("trt", ["7.0", "8.6", "10.10"])
def test_the_ranges_are_those_of_the_tensors_inside(tmp_path: Path, trt: str) -> None:
    path, out = save(tmp_path / "m.onnx", ATTENTION, opset=13), tmp_path / "r.onnx"
    plan = full_plan(path, trt)
    write_ranged(plan, path, out)
    planned = {item.tensor.key: item.range.amax for item in plan.tensors if item.range}
    network = import_network(out, trt)
    inside = [t for t in network.float_tensors() if t.layer and t.onnx_value is None]
    assert inside
    for tensor in inside:
        assert network.annotations[tensor.name][1] == np.float32(planned[tensor.key])
    assert read_ranges(out).entries.keys() >= {tensor.name for tensor in inside}


def test_the_carrier_goes_with_the_attributes(tmp_path: Path) -> None:
    path, out, plain = (tmp_path / name for name in ("m.onnx", "r.onnx", "p.onnx"))
    save(path, ATTENTION)
    write_ranged(full_plan(path, "8.6"), path, out)
    assert any(node.op_type == "If" for node in onnx.load(out).graph.node)
    strip_model(out, plain)
    model = onnx.load(plain)
    assert [node.op_type for node in model.graph.node] == ["Identity", "Relu", "Softmax", "Add"]
    onnx.checker.check_model(model, full_check=True)
    x = {"x": np.random.default_rng(2).standard_normal((2, 4, 8)).astype(np.float32)}
    np.testing.assert_array_equal(run(plain, x)[0], run(path, x)[0])


def test_no_name_that_depends_on_how_the_parser_is_set_up(tmp_path: Path) -> None:
    """TensorRT 8.6 may take InstanceNormalization as a plugin or as layers, and then counts
    other layers before the Softmax: a name from one count would be wrong in the other."""
    path, out = save(tmp_path / "m.onnx", NORM, NORM_WEIGHTS), tmp_path / "r.onnx"
    made = write_ranged(full_plan(path, "8.6"), path, out)
    assert {finding.code for finding in made.findings} == {"SR406"}
    for native in (False, True):
        import_network(out, "8.6", options=ParserOptions(native_instance_norm=native))
    assert make_ranged(full_plan(path, "10.10"), path).findings == ()


def test_every_tensor_of_a_native_instance_normalization(tmp_path: Path) -> None:
    path, out = save(tmp_path / "m.onnx", NORM, NORM_WEIGHTS), tmp_path / "r.onnx"
    options = ParserOptions(native_instance_norm=True)
    network = import_network(path, "8.6", options=options)
    amax = dict.fromkeys((t.name for t in network.float_tensors()), 1.0)
    make_ranged(make_plan(network, ranges_of(amax)), path, options=options).write(out)
    assert bare(import_network(out, "8.6", options=options)) == []


def test_no_name_that_is_not_certain(tmp_path: Path) -> None:
    graph = "(float[N,4,8] x) => (float[N,4,8] y) { y = Softmax(x) }"
    path, out = save(tmp_path / "m.onnx", graph), tmp_path / "r.onnx"
    made = write_ranged(plan_of(path, fill="safe", trt="9.2"), path, out)
    left = bare(import_network(out, "9.2"))
    assert left
    assert {f.tensor for f in made.findings} == set(left)
    assert {item.tensor.name for item in made.rest().tensors if item.range} == {"x", *left}
