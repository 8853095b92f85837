# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""verify on models that are odd to run: what collect can measure, verify can compare."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.cli.material import run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytest.importorskip("onnxruntime")

FLOAT, BFLOAT16 = TensorProto.FLOAT, TensorProto.BFLOAT16


def saved(
    path: Path, before: Sequence[onnx.NodeProto], after: Sequence[onnx.NodeProto], **types: int
) -> Path:
    """A MatMul from ``a`` to ``b`` with something before and after; inputs of these types."""
    weights = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    matmul = helper.make_node("MatMul", ["a", "w"], ["b"], "node")
    shapes = {"k": [], "s": [1]}
    inputs = {name: kind for name, kind in types.items() if name not in ("y", "z")}
    graph = helper.make_graph(
        [*before, matmul, *after],
        "odd",
        [
            helper.make_tensor_value_info(name, kind, shapes.get(name, ["N", 64]))
            for name, kind in inputs.items()
        ],
        [
            helper.make_tensor_value_info(name, kind, None)
            for name, kind in types.items()
            if name in ("y", "z")
        ],
        [numpy_helper.from_array(weights, "w")],
    )
    opset = helper.make_opsetid("", 16)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    return path


def compared(tmp_path: Path, model: Path, *data: object) -> str:
    """Measure and verify on the same data."""
    ranges = tmp_path / "r.json"
    measured = run("collect", model, *data, "-o", ranges, "--trt", "10.3")
    assert measured.status == 0, measured.err
    found = run("verify", ranges, model, *data, "--trt", "10.3", "--allow-missing")
    assert found.status == 0, found.err
    assert "sqnr is 4" in found.err or "sqnr is 3" in found.err
    return found.out


def test_bfloat16_in_and_out(tmp_path: Path) -> None:
    before = [helper.make_node("Cast", ["x"], ["a"], "up", to=FLOAT)]
    after = [helper.make_node("Cast", ["b"], ["y"], "down", to=BFLOAT16)]
    model = saved(tmp_path / "m.onnx", before, after, x=BFLOAT16, y=BFLOAT16)
    assert " y" in compared(tmp_path, model, "--random")


def test_numbers_without_dimensions(tmp_path: Path) -> None:
    before = [helper.make_node("Mul", ["x", "k"], ["a"], "mul")]
    after = [helper.make_node("Neg", ["b"], ["y"], "neg")]
    model = saved(tmp_path / "m.onnx", before, after, x=FLOAT, k=FLOAT, y=FLOAT)
    x = np.random.default_rng(1).normal(size=(5, 64)).astype(np.float32)
    np.savez(tmp_path / "d.npz", x=x, k=np.float32(0.5))
    compared(tmp_path, model, "--data", tmp_path / "d.npz", "--batch", 5)


def test_two_nodes_of_one_name(tmp_path: Path) -> None:
    before = [helper.make_node("Neg", ["x"], ["a"], "node")]
    after = [helper.make_node("Neg", ["b"], ["y"], "node")]
    model = saved(tmp_path / "m.onnx", before, after, x=FLOAT, y=FLOAT)
    compared(tmp_path, model, "--random")


def test_masks_and_nan_tests(tmp_path: Path) -> None:
    least = float(np.finfo(np.float32).min)
    before = [
        helper.make_node("IsNaN", ["x"], ["odd"], "odd"),
        helper.make_node("Constant", [], ["zero"], "zero", value_float=0.0),
        helper.make_node("Where", ["odd", "zero", "x"], ["a"], "where"),
    ]
    after = [
        helper.make_node("Constant", [], ["least"], "least", value_float=least),
        helper.make_node("Constant", [], ["limit"], "limit", value_float=-5.0),
        helper.make_node("Less", ["b", "limit"], ["low"], "less"),
        helper.make_node("Where", ["low", "least", "b"], ["masked"], "mask"),
        helper.make_node("Softmax", ["masked"], ["y"], "softmax"),
    ]
    model = saved(tmp_path / "m.onnx", before, after, x=FLOAT, y=FLOAT)
    ranges = tmp_path / "r.json"
    measured = run("collect", model, "--random", "-o", ranges, "--trt", "10.3")
    assert "no range for masked: a mask" in measured.err
    found = run("verify", ranges, model, "--random", "--trt", "10.3", "--allow-missing")
    assert found.status == 0, found.err


@pytest.mark.parametrize("command", ["collect", "verify"])
def test_onnx_runtime_is_not_run_on_what_onnx_forbids(tmp_path: Path, command: str) -> None:
    model = saved(tmp_path / "m.onnx", [], [], a=FLOAT, y=FLOAT)
    proto = onnx.load(model)
    node = proto.graph.node.add(op_type="Transpose", name="turn", input=["b"], output=["y"])
    node.attribute.append(helper.make_attribute("perm", [1, 0]))
    onnx.save(proto, model)
    ranges = tmp_path / "r.json"
    good = run("collect", model, "--random", "-o", ranges, "--trt", "10.3")
    assert good.status == 0, good.err
    node.attribute.append(helper.make_attribute("no_such_attribute", 3))
    onnx.save(proto, model)
    what = ("-o", tmp_path / "o.json") if command == "collect" else ("--allow-missing",)
    first = (model,) if command == "collect" else (ranges, model)
    found = run(command, *first, "--random", "--trt", "10.3", *what)
    assert found.status == 2
    assert "no_such_attribute" in found.err
    assert "is no valid ONNX model" in found.err


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("import no_such_module", "which is here and cannot be loaded"),
        ("raise ImportError('libcudart.so.12: no such file')", "cannot be loaded (libcudart"),
        ("raise AttributeError('_ARRAY_API')", "cannot be loaded (_ARRAY_API)"),
        (None, "which is not here"),
    ],
)
def test_onnx_runtime_that_cannot_be_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str | None, message: str
) -> None:
    model = saved(tmp_path / "m.onnx", [], [], a=FLOAT)
    if broken is None:
        monkeypatch.setitem(sys.modules, "onnxruntime", None)
    else:
        for name in [name for name in sys.modules if name.split(".")[0] == "onnxruntime"]:
            monkeypatch.delitem(sys.modules, name)
        (tmp_path / "onnxruntime.py").write_text(broken)
        monkeypatch.syspath_prepend(tmp_path)
    proto = onnx.load(model)
    proto.graph.output.append(helper.make_tensor_value_info("b", FLOAT, None))
    onnx.save(proto, model)
    found = run("collect", model, "--random", "-o", tmp_path / "r.json")
    assert found.status == 3
    assert message in found.err
    assert found.err.count("\n") == 1


def test_a_body_with_a_data_file_of_its_own(tmp_path: Path) -> None:
    """ONNX Runtime takes no link to the data of a body."""
    value = helper.make_tensor_value_info
    inner = numpy_helper.from_array(np.full((32, 32), 0.1, np.float32), "inner")
    (tmp_path / "inner.bin").write_bytes(inner.raw_data)
    inner.ClearField("raw_data")
    inner.data_location = TensorProto.EXTERNAL
    inner.external_data.add(key="location", value="inner.bin")
    body = helper.make_graph(
        [helper.make_node("MatMul", ["h", "inner"], ["t"])],
        "b",
        [],
        [value("t", TensorProto.FLOAT, None)],
        [inner],
    )
    weights = np.random.default_rng(1).normal(size=(32, 32)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "w"], ["h"], "product"),
            helper.make_node("If", ["c"], ["y"], "if", then_branch=body, else_branch=body),
            helper.make_node("Relu", ["y"], ["z"], "relu"),
        ],
        "g",
        [value("x", TensorProto.FLOAT, [8, 32]), value("c", TensorProto.BOOL, [])],
        [value("z", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(weights, "w")],
    )
    model = tmp_path / "m.onnx"
    opset = helper.make_opsetid("", 13)
    proto = helper.make_model(graph, opset_imports=[opset], ir_version=8)
    model.write_bytes(proto.SerializeToString())
    ranges = tmp_path / "r.json"
    ranges.write_text('{"x": 4.0, "h": 20.0, "y": 20.0, "z": 20.0}')
    result = run("verify", ranges, model, "--random", "--allow-missing")
    assert result.status == 0, result.err
