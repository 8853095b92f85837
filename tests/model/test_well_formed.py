# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Models that nothing else should have to look at are refused when they are loaded."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import FunctionProto, NodeProto, TensorProto, helper, numpy_helper

from setrange.errors import ModelError
from setrange.importer.parser import import_model
from setrange.model.loading import load_model
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from pathlib import Path

_N = helper.make_node


def model_of(nodes: list[NodeProto], *tensors: TensorProto) -> onnx.ModelProto:
    values = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [2, 2]) for n in "xy"]
    graph = helper.make_graph(nodes, "graph_here", values[:1], values[1:], tensors)
    graph.doc_string = "remark_here"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    model.producer_name = "producer_here"
    model.metadata_props.add(key="key_here", value="value_here")
    return model


def refused(tmp_path: Path, model: onnx.ModelProto | bytes) -> str:
    data = model if isinstance(model, bytes) else model.SerializeToString()
    (tmp_path / "m.onnx").write_bytes(data)
    with pytest.raises(ModelError) as error:
        load_model(tmp_path / "m.onnx")
    message = str(error.value)
    assert str(tmp_path / "m.onnx") in message
    assert len(message) < 600
    return message


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (_N("Mul", ["x"], ["y"], "n"), "node 'n' (Mul) lacks an input: it has 1"),
        (_N("Conv", ["x", ""], ["y"], "n"), "lacks an input: it has 1, and ONNX asks for 2"),
        (_N("QuantizeLinear", [], ["y"]), "node 'QuantizeLinear' (QuantizeLinear) lacks"),
        (_N("Relu", ["x"], []), "has 0 outputs"),
        (_N("Concat", ["x", "x"], ["y"], axis=1.5), "attribute 'axis' has another type"),
        (_N("Gemm", ["x", "x"], ["y"], alpha=[1.0]), "attribute 'alpha' has another type"),
    ],
)
def test_nodes_without_what_onnx_asks_for(
    tmp_path: Path, node: NodeProto, expected: str
) -> None:
    assert expected in refused(tmp_path, model_of([node]))


def test_nodes_in_bodies_and_functions_are_looked_at_too(tmp_path: Path) -> None:
    bad = _N("Mul", ["x"], ["a"], "deep")
    value = helper.make_tensor_value_info("a", TensorProto.FLOAT, [2, 2])
    body = helper.make_graph([bad], "b", [], [value])
    branch = _N("If", ["x"], ["y"], then_branch=body, else_branch=body)
    assert "node 'deep' (Mul)" in refused(tmp_path, model_of([branch]))
    model = model_of([_N("f", ["x"], ["y"], domain="d")])
    opset = helper.make_opsetid("", 13)
    model.functions.append(helper.make_function("d", "f", ["x"], ["a"], [bad], [opset]))
    assert "node 'deep' (Mul)" in refused(tmp_path, model)


@pytest.mark.parametrize("name", ["node_here", "value_in", "Relu", "weight_here", "axis_here"])
def test_names_that_are_not_text_are_told(tmp_path: Path, name: str) -> None:
    nodes = [
        _N("Relu", ["x"], ["value_in"], "node_here"),
        _N("Own", ["value_in"], ["y"], domain="own", axis_here=1),
    ]
    tensor = numpy_helper.from_array(np.ones(2, np.float32), "weight_here")
    data = model_of(nodes, tensor).SerializeToString()
    broken = data.replace(name.encode(), b"\xff\xfe" + name.encode()[2:])
    assert "is not UTF-8 text" in refused(tmp_path, broken)


@pytest.mark.parametrize(
    "remark", ["producer_here", "remark_here", "graph_here", "key_here", "value_here"]
)
def test_remarks_that_are_not_text_are_replaced(tmp_path: Path, remark: str) -> None:
    data = model_of([_N("Relu", ["x"], ["y"])]).SerializeToString()
    path = tmp_path / "m.onnx"
    path.write_bytes(data.replace(remark.encode(), b"\xff\xfe" + remark.encode()[2:]))
    model = load_model(path)
    assert "��" + remark[2:] in str(model.proto)
    assert onnx.ModelProto.FromString(model.proto.SerializeToString()) == model.proto


@pytest.mark.parametrize(
    ("dims", "expected"),
    [
        ([1] * 200_000, "200000 dimensions"),
        ([2**62] * 1000, "1000 dimensions"),
        ([-1, 4], "the shape [-1, 4], which is impossible"),
        ([2**62, 2], "which is impossible"),
    ],
)
def test_tensors_of_impossible_shapes(tmp_path: Path, dims: list[int], expected: str) -> None:
    tensor = TensorProto(name="w", data_type=1, dims=dims)
    start = time.process_time()
    message = refused(tmp_path, model_of([_N("Add", ["x", "w"], ["y"])], tensor))
    assert expected in message
    assert time.process_time() - start < 10  # some hundredths, on a machine that is not busy


@pytest.mark.parametrize("version", [-1, 2**31, 2**62])
def test_versions_that_no_opset_has(tmp_path: Path, version: int) -> None:
    model = model_of([_N("Relu", ["x"], ["y"])])
    model.opset_import[0].version = version
    assert f"version {version} of the opset" in refused(tmp_path, model)


# -- local functions --------------------------------------------------------------------


def _function(name: str, *calls: str) -> FunctionProto:
    names = ["a", *(f"t{i}" for i in range(len(calls) - 1)), "z"]
    nodes = [
        _N(call, [names[i]], [names[i + 1]], domain="" if call == "Relu" else "d")
        for i, call in enumerate(calls)
    ]
    opsets = [helper.make_opsetid("", 13), helper.make_opsetid("d", 1)]
    return helper.make_function("d", name, ["a"], ["z"], nodes, opsets)


def _calling(*functions: FunctionProto) -> onnx.ModelProto:
    model = model_of([_N(functions[0].name, ["x"], ["y"], domain="d")])
    model.opset_import.append(helper.make_opsetid("d", 1))
    model.functions.extend(functions)
    return model


def test_functions_that_never_end(tmp_path: Path) -> None:
    assert "'f' calls itself" in refused(tmp_path, _calling(_function("f", "f")))
    mutual = _calling(_function("f", "Relu", "g"), _function("g", "f"))
    assert "calls itself" in refused(tmp_path, mutual)


def test_functions_that_stand_for_too_much(tmp_path: Path) -> None:
    doubling = [_function(f"f{i}", f"f{i + 1}", f"f{i + 1}") for i in range(40)]
    message = refused(tmp_path, _calling(*doubling, _function("f40", "Relu")))
    assert "stand for" in message
    assert "at most 50000" in message
    deep = [_function(f"f{i}", f"f{i + 1}") for i in range(3000)]
    message = refused(tmp_path, _calling(*deep, _function("f3000", "Relu")))
    assert "more than 64 deep" in message


def test_a_function_may_be_called_as_an_op_is(tmp_path: Path) -> None:
    """It calls ONNX's op of that name, not itself."""
    model = _calling(_function("f", "Relu"), _function("Relu", "Relu"))
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    loaded = load_model(tmp_path / "m.onnx")
    network = import_model(loaded, TrtVersion.parse("10.10"))
    assert [layer.kind.value for layer in network.layers] == ["Activation"]


@pytest.mark.parametrize("op", ["Sum", "Max", "Min", "Mean", "Split"])
@pytest.mark.parametrize("nodes", [1, 60])
def test_tens_of_thousands_of_operands_are_refused_at_once(
    op: str, nodes: int, tmp_path: Path
) -> None:
    count = 60_000 // nodes
    if op == "Split":
        outputs = [["y0", *[""] * (count - 1)] for _ in range(nodes)]
        made = [helper.make_node(op, ["x"], names) for names in outputs]
    else:
        made = [helper.make_node(op, ["x"] * count, [f"y{i}"]) for i in range(nodes)]
    graph = helper.make_graph(
        made,
        "g",
        [helper.make_tensor_value_info("x", 1, [1, 4])],
        [helper.make_tensor_value_info("y0", 1, [1, 4])],
    )
    path = tmp_path / "m.onnx"
    onnx.save(helper.make_model(graph), path)
    with pytest.raises(ModelError, match="operands of Sum, Max, Min and Mean and outputs of"):
        load_model(path)
