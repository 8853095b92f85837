# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights that reach their op through other ops, and ops inside bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from setrange.exporters.qdq import write_qdq
from setrange.exporters.qdq.rules import check_qdq
from setrange.formats.reading import read_ranges
from setrange.model.loading import load_model
from setrange.surgery.strip import strip_model
from tests.exporters.quantizing import plan_of, quantized, reasons, save
from tests.support.running import axis, nodes, run, sqnr, values

if TYPE_CHECKING:
    from pathlib import Path


def ints(name: str, *numbers: int) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(numbers, dtype=np.int64), name)


#: Nodes that make ``m`` of ``w``, dimensions of ``w``, where its pair goes, along which axis.
MOVED = {
    "transpose": ("m = Transpose<perm = [1, 0]>(w)", (24, 16), "w", 0),
    "identity": ("m = Identity(w)", (16, 24), "w", 1),
    "twice": ("t = Identity(w) m = Transpose(t)", (24, 16), "w", 0),
    "squeeze": ("m = Squeeze(w, one)", (16, 1, 24), "w", 2),
    "reshape": ("m = Reshape(w, flat)", (16, 24, 1), "w", 1),
    "unsqueeze": ("t = Unsqueeze(w, one) m = Reshape(t, flat)", (16, 24), "w", 1),
    "mixed": ("m = Reshape(w, flat)", (8, 48), "w", None),
    "flatten": ("m = Flatten(w)", (16, 4, 6), "w", None),
    "half": ("m = Cast<to = 1>(w)", (16, 24), "m", 1),
    "constant": ("m = Transpose(w)", (24, 16), "w", 0),
}
TENSORS = [ints("one", 1), ints("flat", 16, -1)]


@pytest.mark.parametrize("weights", ["float", "int8"])
@pytest.mark.parametrize("name", MOVED)
def test_moved_constants_are_weights(tmp_path: Path, name: str, weights: str) -> None:
    nodes_text, shape, anchor, expected = MOVED[name]
    graph = f"(float[4,16] x) => (float[4,24] y) {{ {nodes_text} y = MatMul(x, m) }}"
    dtype = np.float16 if name == "half" else np.float32
    array = np.random.default_rng(0).standard_normal(shape).astype(dtype)
    path = save(
        tmp_path / "m.onnx", graph, initializers=[*TENSORS, numpy_helper.from_array(array, "w")]
    )
    if name == "constant":
        model = onnx.load(path)
        model.graph.node.insert(0, onnx.helper.make_node(
            "Constant", [], ["w"], value=model.graph.initializer.pop()
        ))  # fmt: skip
        onnx.save(model, path)
    made = write_qdq(plan_of(path), path, tmp_path / "q.onnx", weights=weights)
    assert (set(made.scales), made.weights) == ({"x"}, (anchor,))
    assert not made.missing()
    model = onnx.load(tmp_path / "q.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert check_qdq(load_model(tmp_path / "q.onnx")) == []
    scale = next(t for t in model.graph.initializer if t.name == f"{anchor}_scale")
    assert list(scale.dims) == ([] if expected is None else [24])
    pair = nodes(model, "DequantizeLinear")[f"{anchor}_quantized"]
    assert axis(pair) == (expected or 0)
    if weights == "int8":
        names = {t.name for t in model.graph.initializer}
        assert "w" not in names | {n.output[0] for n in model.graph.node}
    x = {"x": np.random.default_rng(1).uniform(-1, 1, (4, 16)).astype(np.float32)}
    assert sqnr(run(path, x)[0], run(tmp_path / "q.onnx", x)[0]) > 30
    assert set(read_ranges(tmp_path / "q.onnx").entries) == {"x"}
    strip_model(tmp_path / "q.onnx", tmp_path / "p.onnx")
    onnx.checker.check_model(tmp_path / "p.onnx", full_check=True)


def test_a_moved_constant_that_goes_elsewhere_too_keeps_its_float_copy(tmp_path: Path) -> None:
    graph = """(float[16,16] x, int64[4] i) => (float[16,16] y, float[4,16] z, float[16,16] u) {
        m = Transpose(w)
        y = MatMul(x, m)
        z = Gather(w, i)
        u = Add(m, x)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 16)})
    for weights in ("float", "int8"):
        made = write_qdq(plan_of(path), path, tmp_path / "q.onnx", weights=weights)
        model = onnx.load(tmp_path / "q.onnx")
        assert made.weights == ("m",)
        by_op = {n.op_type: n for n in model.graph.node}
        assert (by_op["Gather"].input[0], by_op["Add"].input[0]) == ("w", "m")
        assert by_op["MatMul"].input[1] == "m_dequantized"


def test_weights_computed_from_constants_say_what_to_do(tmp_path: Path) -> None:
    graph = """(float[4,16] x) => (float[4,16] y, float[4,16] z) {
        m = Sin(w)
        [last] y = MatMul(x, m)
        z = MatMul(x, w)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 16)})
    made = quantized(path)
    assert reasons(made, "last") == [
        "its operand 'm' is computed from constants by Sin: fold them first"
    ]
    assert not made.missing()


BODIES = """(float[4,16] x, bool c) => (float[4,16] y) {
    a = MatMul(x, w)
    [choice] y = If(c) <
        then_branch = t () => (float[4,16] u) { u = Relu(a) },
        else_branch = e () => (float[4,16] v) { [inner] v = MatMul(a, w) }
    >
}"""


@pytest.mark.parametrize("placement", ["gpu", "all"])
def test_ops_in_bodies_stay_float_and_are_listed(tmp_path: Path, placement: str) -> None:
    path = save(tmp_path / "m.onnx", BODIES, {"w": (16, 16)})
    made = quantized(path, placement=placement)
    assert reasons(made, "inner") == ["it is inside the If 'choice'; pairs go outside only"]
    (said,) = (finding for finding in made.findings if finding.code == "SR618")
    assert "1 layer with weights" in said.message
    assert "MatMul 'inner'" in said.message


def test_bodies_without_weights_are_not_mentioned(tmp_path: Path) -> None:
    graph = BODIES.replace("[inner] v = MatMul(a, w)", "v = Neg(a)")
    made = quantized(save(tmp_path / "m.onnx", graph, {"w": (16, 16)}))
    assert "SR618" not in {finding.code for finding in made.findings}


def test_a_weight_that_a_body_takes_stays_beside_its_int8_copy(tmp_path: Path) -> None:
    path = save(tmp_path / "m.onnx", BODIES, {"w": (16, 16)})
    write_qdq(plan_of(path), path, tmp_path / "q.onnx", weights="int8")
    assert {"w", "w_quantized"} <= set(values(onnx.load(tmp_path / "q.onnx")))
    feeds = {"x": np.ones((4, 16), dtype=np.float32), "c": np.array(False)}
    assert sqnr(run(path, feeds)[0], run(tmp_path / "q.onnx", feeds)[0]) > 25


def test_a_convolution_a_body_sees_is_not_fused_with_an_add(tmp_path: Path) -> None:
    """Its result is needed by itself, so there is no fused side and no skip input."""
    conv = "Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>"
    graph = f"""(float[1,16,8,8] x, bool c) => (float[1,16,8,8] y, float[1,16,8,8] z) {{
        r = Relu(x)
        a = {conv}(r, w)
        y = Add(a, r)
        z = If(c) <
            then_branch = t () => (float[1,16,8,8] u) {{ u = Relu(a) }},
            else_branch = e () => (float[1,16,8,8] v) {{ v = Relu(r) }}
        >
    }}"""
    made = quantized(save(tmp_path / "m.onnx", graph, {"w": (16, 16, 3, 3)}))
    assert [d.op for d in made.decisions if d.value == "r"] == ["Conv"]


@pytest.mark.parametrize(
    ("op", "shape", "result", "expected"),
    [
        ("MatMul(x, w)", (3, 16, 24), "3,3,24", []),  # a batch of matrices: one scale
        ("MatMul(x, w)", (16,), "3", []),
        ("MatMul(w, x)", (24, 3), "24,16", []),
        ("Gemm<transA = 1, alpha = 0.5>(x, w)", (3, 24), "16,24", [24]),
        ("Gemm<transB = 1, alpha = 2.0>(x, w)", (24, 16), "3,24", [24]),
    ],
)
def test_products_of_every_form(
    tmp_path: Path, op: str, shape: tuple[int, ...], result: str, expected: list[int]
) -> None:
    graph = f"(float[3,16] x) => (float[{result}] y) {{ y = {op} }}"
    path = save(tmp_path / "m.onnx", graph, {"w": shape})
    write_qdq(plan_of(path), path, tmp_path / "q.onnx", quantize_small=True)
    model = onnx.load(tmp_path / "q.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert check_qdq(load_model(tmp_path / "q.onnx")) == []
    scale = next(t for t in model.graph.initializer if t.name == "w_scale")
    assert list(scale.dims) == expected
    x = {"x": np.random.default_rng(1).uniform(-1, 1, (3, 16)).astype(np.float32)}
    assert sqnr(run(path, x)[0], run(tmp_path / "q.onnx", x)[0]) > 25
