# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Q/DQ models that others wrote, or damaged: stripped, or refused with one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnx.parser
import pytest
from onnx import numpy_helper

from setrange.errors import FormatError, ModelError, SetrangeError
from setrange.exporters.qdq.rules import check_qdq
from setrange.formats.reading import read_ranges
from setrange.model.loading import load_model
from setrange.ranges.loss import LossKind
from setrange.surgery.strip import strip_model

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt


def saved(path: Path, graph: str, opset: int = 17, **constants: npt.ArrayLike) -> Path:
    """Write a graph in ONNX's text form with these initializers."""
    text = f'<ir_version: 8, opset_import: ["" : {opset}]> g {graph}'
    model = onnx.parser.parse_model(text)
    for name, values in constants.items():
        model.graph.initializer.append(numpy_helper.from_array(np.asarray(values), name))
    onnx.save(model, path)
    return path


def stripped(path: Path) -> onnx.ModelProto:
    plain = path.with_name("plain.onnx")
    strip_model(path, plain)
    model = onnx.load(plain)
    onnx.checker.check_model(model)
    return model


def ran(model: onnx.ModelProto, **fed: npt.ArrayLike) -> np.ndarray:
    ort = pytest.importorskip("onnxruntime")
    session = ort.InferenceSession(model.SerializeToString())
    result: np.ndarray = session.run(None, {k: np.asarray(v) for k, v in fed.items()})[0]
    return result


Z = np.int8(0)
SCALE = np.float32(0.25)

QCDQ = """(float[2, 3] x) => (float[2, 5] y) {
    q = QuantizeLinear (x, s, z)
    c = Clip (q, lo, hi)
    d = DequantizeLinear (c, s, z)
    wc = Clip (wi, wlo, whi)
    w = DequantizeLinear <axis = 1> (wc, ws, wz)
    y = MatMul (d, w)
}"""


def test_a_clip_between_the_nodes_goes_with_its_pair(tmp_path: Path) -> None:
    steps = np.arange(-7, 8, dtype=np.int8).reshape(3, 5)
    path = saved(
        tmp_path / "m.onnx", QCDQ, s=SCALE, z=Z, lo=np.int8(-4), hi=np.int8(3), wi=steps,
        wlo=np.int8(-3), whi=np.int8(5), ws=np.full(5, 0.5, np.float32),
        wz=np.zeros(5, np.int8),
    )  # fmt: skip
    model = stripped(path)
    assert [node.op_type for node in model.graph.node] == ["MatMul"]
    x = np.array([[1, 2, 3], [-4, 5, 60]], np.float32)
    wanted = x @ (np.clip(steps, -3, 5).astype(np.float32) * 0.5)
    np.testing.assert_array_equal(ran(model, x=x), wanted)
    file = read_ranges(path)
    bounds = file.entries["x"].range
    assert bounds is not None
    assert (bounds.min, bounds.max) == (-1.0, 0.75)
    assert [loss.kind for loss in file.losses] == [LossKind.NOT_8_BIT]


def test_a_clip_of_all_8_bits_loses_nothing(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "m.onnx", QCDQ, s=SCALE, z=Z, lo=np.int8(-127), hi=np.int8(127),
        wi=np.ones((3, 5), np.int8), wlo=np.int8(-127), whi=np.int8(127),
        ws=np.full(5, 0.5, np.float32), wz=np.zeros(5, np.int8),
    )  # fmt: skip
    file = read_ranges(path)
    assert file.entries["x"].scale == 0.25
    assert not file.losses
    found = {(f.code, f.level.value) for f in check_qdq(load_model(path))}
    assert found == {("SR614", "error"), ("SR614", "warning")}


@pytest.mark.parametrize(
    "move",
    [
        "Identity (wi)",
        "Gather <axis = 1> (wi, order)",
        "Reshape (wi, dims)",
        "Transpose <perm = [0, 1]> (wi)",
    ],
)
def test_check_names_what_stands_before_quantized_weights(tmp_path: Path, move: str) -> None:
    graph = f"""(float[2, 3] x) => (float[2, 5] y) {{
        q = QuantizeLinear (x, s, z)
        d = DequantizeLinear (q, s, z)
        wm = {move}
        w = DequantizeLinear <axis = 1> (wm, ws, wz)
        y = MatMul (d, w)
    }}"""
    path = saved(
        tmp_path / "m.onnx", graph, s=SCALE, z=Z, wi=np.ones((3, 5), np.int8),
        ws=np.full(5, 0.5, np.float32), wz=np.zeros(5, np.int8), order=np.arange(5),
        dims=np.array([3, 5]),
    )  # fmt: skip
    findings = check_qdq(load_model(path))
    assert [(f.code, f.tensor) for f in findings] == [("SR614", "wi")]


BODY = """(bool c, float[2, 4] x) => (float[2, 4] y) {
    y = If (c) <
        then_branch = a () => (float[2, 4] p) {
            pq = QuantizeLinear (x, s, z)
            p = DequantizeLinear (pq, s, z)
        },
        else_branch = b () => (float[2, 4] r) {
            n = Neg (x)
            nq = QuantizeLinear (n, s, zp)
            r = DequantizeLinear (nq, s, zp)
        }>
}"""


def test_pairs_in_bodies_are_taken_out_too(tmp_path: Path) -> None:
    path = saved(tmp_path / "m.onnx", BODY, s=SCALE, z=Z, zp=np.int8(0))
    model = stripped(path)
    assert b"QuantizeLinear" not in model.SerializeToString()
    x = np.array([[0.1, 0.2, 0.3, 50], [1, 2, 3, 4]], np.float32)
    np.testing.assert_array_equal(ran(model, c=np.array(True), x=x), x)
    np.testing.assert_array_equal(ran(model, c=np.array(False), x=x), -x)


def test_check_looks_into_bodies(tmp_path: Path) -> None:
    path = saved(tmp_path / "m.onnx", BODY, s=SCALE, z=Z, zp=np.int8(3))
    assert {f.code for f in check_qdq(load_model(path))} == {"SR603"}


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (("(float[4] x) => (float[4] y) { a = QuantizeLinear (b, s)  "
         "b = DequantizeLinear (a, s)  y = Relu (b) }"), "fed by itself"),
        ("(float[4] x) => (float[4] y) { a = QuantizeLinear (a, s)  y = Relu (x) }",
         "fed by itself"),
        (("(float[4] x) => (float[4] y) { q = QuantizeLinear (x, s, z)  m = Max (q, z)  "
         "y = DequantizeLinear (m, s, z) }"), "Max 'm' computes on the quantized 'q'"),
    ],
)  # fmt: skip
def test_what_has_no_float_model_is_refused(tmp_path: Path, graph: str, message: str) -> None:
    path = saved(tmp_path / "m.onnx", graph, s=SCALE, z=Z)
    with pytest.raises(SetrangeError, match=message):
        stripped(path)


WEIGHT = """(float[2, 3] x) => (float[2, 5] y) {
    w = DequantizeLinear <axis = 1> (wi, ws)
    y = MatMul (x, w)
}"""


@pytest.mark.parametrize("shape", [(4,), (2, 5), (1, 1, 5), (0,)])
def test_a_scale_that_does_not_fit_its_weights(tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = saved(
        tmp_path / "m.onnx", WEIGHT, 21, wi=np.ones((3, 5), np.int8),
        ws=np.ones(shape, np.float32),
    )  # fmt: skip
    with pytest.raises(ModelError, match=r"node 'node_of_w' has a scale of shape"):
        stripped(path)


def test_a_scale_of_text(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "m.onnx", WEIGHT, wi=np.ones((3, 5), np.int8), ws=np.array("x", object)
    )
    for read in (stripped, read_ranges, lambda p: check_qdq(load_model(p))):
        with pytest.raises(FormatError, match="constant 'ws' of a Q/DQ node holds text"):
            read(path)


@pytest.mark.parametrize("lacks", ["input", "output"])
def test_nodes_without_inputs_or_outputs(tmp_path: Path, lacks: str) -> None:
    path = saved(tmp_path / "m.onnx", QCDQ, s=SCALE)
    model = onnx.load(path)
    for op in ("QuantizeLinear", "QLinearConv", "Add"):
        node = model.graph.node.add(op_type=op, name="n")
        getattr(node, "output" if lacks == "input" else "input").append("v")
    onnx.save(model, path)
    for read in (stripped, read_ranges, lambda p: check_qdq(load_model(p))):
        with pytest.raises(SetrangeError, match=r"model|node"):
            read(path)
