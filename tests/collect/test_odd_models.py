# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Models that TensorRT takes and that are odd to measure: masks, bool, bfloat16, bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from setrange.errors import UsageError
from setrange.formats.reading import read_ranges
from setrange.measure.collecting import collect
from tests.cli.material import run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytest.importorskip("onnxruntime")

METHODS = ["minmax", "percentile", "entropy", "mse", "moving-average"]
FLOAT, BFLOAT16, BOOL = TensorProto.FLOAT, TensorProto.BFLOAT16, TensorProto.BOOL
WEIGHTS = np.random.default_rng(0).normal(size=(8, 8)).astype(np.float32)


def saved(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    inputs: dict[str, tuple[int, Sequence[int | str]]],
    outputs: Sequence[str] = ("y",),
    **tensors: np.ndarray,
) -> Path:
    graph = helper.make_graph(
        list(nodes),
        "odd",
        [helper.make_tensor_value_info(name, *info) for name, info in inputs.items()],
        [helper.make_tensor_value_info(name, FLOAT, None) for name in outputs],
        [numpy_helper.from_array(value, name) for name, value in tensors.items()],
    )
    opset = helper.make_opsetid("", 16)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    return path


def reasons(model: Path, data: Any, method: str) -> dict[str, str]:
    entries = collect(model, data, method=method).entries
    return {name: entry.reason for name, entry in entries.items() if entry.reason}


def masked(path: Path) -> Path:
    """Scores plus a mask, as in attention."""
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["scores"], "scores"),
        helper.make_node("Add", ["scores", "mask"], ["sum"], "sum"),
        helper.make_node("Softmax", ["sum"], ["y"], "softmax", axis=-1),
    ]
    inputs = {"x": (FLOAT, ["N", 8]), "mask": (FLOAT, ["N", 8])}
    return saved(path, nodes, inputs, w=WEIGHTS)


#: What exporters write into masks, by how close they come to float32's least number.
LEAST = {
    "float32": float(np.finfo(np.float32).min),
    "bfloat16": -3.3895314e38,
    "round": -1e38,
    "rounder": -1e30,
    "float16": -65504.0,
}

#: Of these the mean of masks and zeros is a mask no more, so that moving-average keeps it.
SMALL = ("rounder", "float16")


@pytest.mark.parametrize(
    ("method", "least"),
    [
        (method, name)
        for method in METHODS
        for name in LEAST
        if not (method == "moving-average" and name in SMALL)
    ],
)
def test_masks_get_no_range(tmp_path: Path, method: str, least: str) -> None:
    model = masked(tmp_path / "m.onnx")
    mask = np.zeros((6, 8), np.float32)
    mask[1, 2:] = mask[4, 5] = LEAST[least]
    x = np.random.default_rng(1).normal(size=(6, 8)).astype(np.float32)
    np.savez(tmp_path / "d.npz", x=x, mask=mask)
    arguments = ("collect", model, "--data", tmp_path / "d.npz", "--method", method)
    found = run(*arguments, "-o", tmp_path / "r.json")
    assert found.status == 0
    written = read_ranges(tmp_path / "r.json").entries
    without = {name for name, entry in written.items() if entry.range is None}
    # Beside 65504 a score is seen, and the sum is no longer it to the last bit.
    assert without in ({"mask", "sum"}, {"mask"} if least == "float16" else {"mask", "sum"})
    assert "no range for mask: a mask (-" in found.err
    assert written["scores"].range is not None
    checked = run("check", tmp_path / "r.json", model, "--trt", "10.3")
    assert checked.status in (0, 1)
    assert "a float32 holds" not in checked.out + checked.err


@pytest.mark.parametrize("method", METHODS)
def test_a_range_of_what_large_values_leave(tmp_path: Path, method: str) -> None:
    relu = helper.make_node("Relu", ["mask"], ["y"], "relu")
    model = saved(tmp_path / "m.onnx", [relu], {"mask": (FLOAT, ["N", 8])})
    mask = np.linspace(-1, 1, 48, dtype=np.float32).reshape(6, 8)
    mask[0, 0] = np.finfo(np.float32).min
    assert set(reasons(model, [mask], method)) == {"mask"}


def test_float64_beyond_float32(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Cast", ["x"], ["d"], "up", to=TensorProto.DOUBLE),
        helper.make_node("Mul", ["d", "k"], ["large"], "mul"),
        helper.make_node("Cast", ["large"], ["y"], "down", to=FLOAT),
    ]
    model = saved(tmp_path / "m.onnx", nodes, {"x": (FLOAT, ["N", 4])}, k=np.array(1e300))
    for method in ("minmax", "moving-average", "entropy"):
        found = run("collect", model, "--random", "--method", method, "-o", tmp_path / "r.json")
        assert found.status in (0, 2)
        assert "bug" not in found.err


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("op", ["IsNaN", "IsInf"])
def test_bool_is_not_measured(tmp_path: Path, method: str, op: str) -> None:
    nodes = [
        helper.make_node(op, ["x"], ["odd"], "odd"),
        helper.make_node("Not", ["odd"], ["fine"], "not"),
        helper.make_node("Where", ["fine", "x", "zero"], ["kept"], "where"),
        helper.make_node("Neg", ["kept"], ["y"], "neg"),
    ]
    model = saved(tmp_path / "m.onnx", nodes, {"x": (FLOAT, ["N", 4])}, zero=np.float32([0]))
    found = collect(model, [np.ones((3, 4), np.float32)], method=method, trt="10.3")
    assert set(found.entries) == {"x", "kept", "y"}
    template = run("template", model, "--trt", "10.3", "-o", tmp_path / "t.json")
    assert template.status == 0
    assert not {"odd", "fine"} & set(read_ranges(tmp_path / "t.json").entries)


@pytest.mark.parametrize("method", METHODS)
def test_what_only_onnx_runtime_knows_to_be_no_float(
    tmp_path: Path, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the importer takes a value for float and it is none, the rest is measured."""
    from setrange.importer.builder import NetworkBuilder

    monkeypatch.setattr(NetworkBuilder, "add_cast", NetworkBuilder.add_identity)
    nodes = [
        helper.make_node("Cast", ["x"], ["whole"], "cast", to=TensorProto.INT32),
        helper.make_node("Cast", ["whole"], ["back"], "back", to=FLOAT),
        helper.make_node("Neg", ["back"], ["y"], "neg"),
    ]
    model = saved(tmp_path / "m.onnx", nodes, {"x": (FLOAT, ["N", 4])})
    try:
        found = reasons(model, [np.full((2, 4), 3, np.float32)], method)
    except TypeError:
        pytest.skip("casts are made in another way")
    assert set(found) <= {"whole"}


@pytest.mark.parametrize("method", METHODS)
def test_bfloat16_inputs(tmp_path: Path, method: str) -> None:
    nodes = [
        helper.make_node("Cast", ["x"], ["f"], "cast", to=FLOAT),
        helper.make_node("MatMul", ["f", "w"], ["y"], "matmul"),
    ]
    model = saved(tmp_path / "m.onnx", nodes, {"x": (BFLOAT16, ["N", 8])}, w=WEIGHTS)
    x = np.random.default_rng(2).normal(size=(20, 8)).astype(np.float32)
    rounded = (x.view(np.uint32) + 0x7FFF + ((x.view(np.uint32) >> 16) & 1)) & 0xFFFF0000
    rounded = rounded.astype(np.uint32).view(np.float32)
    found = collect(model, [x], method=method, batch=20)
    assert found.entries["x"].reason == "bfloat16, which TensorRT never quantizes"
    if method == "minmax":
        bounds = found.entries["f"].range
        assert bounds is not None
        assert (bounds.min, bounds.max) == pytest.approx((rounded.min(), rounded.max()))
    # numpy writes bfloat16 as two raw bytes.
    np.save(tmp_path / "x.npy", (rounded.view(np.uint32) >> 16).astype("<u2").view("V2"))
    again = collect(model, tmp_path / "x.npy", method=method, batch=20)
    assert again.entries == found.entries
    assert run("collect", model, "--random", "-o", tmp_path / "r.json").status == 0


def test_a_model_of_bfloat16_alone(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Identity", ["x"], ["z"], "same"),
        helper.make_node("Shape", ["z"], ["y"], "shape"),
    ]
    model = saved(tmp_path / "m.onnx", nodes, {"x": (BFLOAT16, ["N", 8])})
    proto = onnx.load(model)
    proto.graph.output[0].type.tensor_type.elem_type = TensorProto.INT64
    onnx.save(proto, model)
    with pytest.raises(UsageError, match="'x' is bfloat16"):
        collect(model, [np.ones((1, 8), np.float32)], trt="10.3")


@pytest.mark.parametrize("is_external", [False, True])
@pytest.mark.parametrize("method", ["minmax", "entropy"])
def test_two_nodes_of_one_name(tmp_path: Path, is_external: bool, method: str) -> None:
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["a"], "node"),
        helper.make_node("Tanh", ["a"], ["b"], "node"),
        helper.make_node("Neg", ["b"], ["y"], "node"),
    ]
    model = saved(tmp_path / "m.onnx", nodes, {"x": (FLOAT, ["N", 8])}, w=WEIGHTS)
    if is_external:
        proto = onnx.load(model)
        onnx.save(proto, model, save_as_external_data=True, size_threshold=0)
    before = model.read_bytes()
    found = collect(model, [np.ones((2, 8), np.float32)], method=method)
    assert set(found.entries) == {"x", "a", "b", "y"}
    assert not any(entry.reason for entry in found.entries.values())
    assert model.read_bytes() == before


@pytest.mark.parametrize("method", ["minmax", "entropy"])
def test_values_in_bodies_are_named(tmp_path: Path, method: str) -> None:
    def body(op: str, name: str) -> onnx.GraphProto:
        node = helper.make_node(op, ["a"], [name], f"{op}_{name}")
        value = helper.make_tensor_value_info(name, FLOAT, None)
        return helper.make_graph([node], name, [], [value])

    nodes = [
        helper.make_node("Tanh", ["x"], ["a"], "tanh"),
        helper.make_node(
            "If", ["c"], ["y"], "if", then_branch=body("Exp", "t"), else_branch=body("Neg", "e")
        ),
    ]
    model = saved(tmp_path / "m.onnx", nodes, {"x": (FLOAT, [2, 4]), "c": (BOOL, [])})
    np.savez(tmp_path / "d.npz", x=np.ones((2, 4), np.float32), c=np.array(True))
    arguments = ("collect", model, "--data", tmp_path / "d.npz", "--method", method)
    found = run(*arguments, "--trt", "10.3", "-o", tmp_path / "r.json")
    assert found.status == 0
    for name in ("t", "e"):
        assert f"no range for {name}: in a body of If, Loop or Scan, which is not" in found.err
    assert read_ranges(tmp_path / "r.json").entries["t"].reason is not None
    shard = run(*arguments, "--trt", "10.3", "--shard", "1/1", "-o", tmp_path / "s.state.npz")
    assert shard.status == 0
    assert run("merge", tmp_path / "s.state.npz", "-o", tmp_path / "m.json").status == 0
    assert (tmp_path / "m.json").read_bytes() == (tmp_path / "r.json").read_bytes()


def _with_data_inside(place: str, path: Path) -> Path:
    """A model whose only external data is that of a body, or of an attribute."""
    weights = numpy_helper.from_array(np.full((4, 4), 0.5, np.float32), "inner")
    (path.parent / "w.bin").write_bytes(weights.raw_data)
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="w.bin")
    value = helper.make_tensor_value_info
    inputs = [value("x", TensorProto.FLOAT, [2, 4])]
    product = helper.make_node("MatMul", ["v" if place == "Loop" else "x", "inner"], ["t"])
    if place == "If":
        inputs.append(value("c", TensorProto.BOOL, []))
        body = helper.make_graph(
            [product], "b", [], [value("t", TensorProto.FLOAT, None)], [weights]
        )
        nodes = [helper.make_node("If", ["c"], ["a"], then_branch=body, else_branch=body)]
    elif place == "Loop":
        inputs += [value("c", TensorProto.BOOL, []), value("n", TensorProto.INT64, [])]
        taken = [value("i", TensorProto.INT64, []), value("on", TensorProto.BOOL, [])]
        body = helper.make_graph(
            [helper.make_node("Identity", ["on"], ["still"]), product],
            "b",
            [*taken, value("v", TensorProto.FLOAT, None)],
            [value("still", TensorProto.BOOL, []), value("t", TensorProto.FLOAT, None)],
            [weights],
        )
        nodes = [helper.make_node("Loop", ["n", "c", "x"], ["a"], body=body)]
    else:
        nodes = [helper.make_node("Constant", [], ["inner"], value=weights), product]
        product.output[0] = "a"
        nodes[1].CopyFrom(product)
    nodes.append(helper.make_node("Relu", ["a"], ["y"]))
    graph = helper.make_graph(nodes, "g", inputs, [value("y", TensorProto.FLOAT, None)])
    opset = helper.make_opsetid("", 13)
    proto = helper.make_model(graph, opset_imports=[opset], ir_version=8)
    path.write_bytes(proto.SerializeToString())
    return path


@pytest.mark.parametrize("place", ["If", "Loop", "Constant"])
def test_data_files_of_bodies_and_attributes_are_found(place: str, tmp_path: Path) -> None:
    path = _with_data_inside(place, tmp_path / "m.onnx")
    out = tmp_path / "r.json"
    result = run("collect", path, "--random", "-o", out)
    assert result.status == 0, result.err
    assert read_ranges(out).entries["y"].range is not None


@pytest.mark.parametrize("method", ["minmax", "entropy"])
def test_a_value_that_no_machine_holds(tmp_path: Path, method: str) -> None:
    nodes = [
        helper.make_node("Expand", ["x", "shape"], ["large"], "spread"),
        helper.make_node("ReduceMax", ["large"], ["y"], "largest", keepdims=0),
    ]
    shape = np.array([1 << 24, 1 << 24], np.int64)
    model = saved(tmp_path / "m.onnx", nodes, {"x": (FLOAT, [1, 1])}, shape=shape)
    out = tmp_path / "r.json"
    found = run("collect", model, "--random", "--method", method, "-o", out)
    assert found.status == 3
    assert "ONNX Runtime finds no memory for what Expand 'spread' computes" in found.err
    assert "give smaller inputs" in found.err
    assert not out.exists()
