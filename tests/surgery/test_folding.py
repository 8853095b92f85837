# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights that nodes compute from constants become constants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from setrange.model.loading import load_model
from setrange.surgery.folding import with_folded_weights
from tests.exporters.quantizing import quantized, save

if TYPE_CHECKING:
    from pathlib import Path

W = {"w": (48, 64), "g": (48, 1)}

SPLIT = """(float[4,64] x) => (float[4,16] y, float[4,16] z) {
    t = Transpose(w)
    a, b, c = Split<axis = 1>(t)
    p = MatMul(x, a)
    q = MatMul(x, b)
    y = Add(p, q)
    z = Add(y, y)
}"""
NORMED = """(float[4,64] x) => (float[4,48] y) {
    s = ReduceL2<axes = [1]>(w)
    d = Div(w, s)
    n = Mul(d, g)
    y = Gemm<transB = 1>(x, n)
}"""
JOINED = """(float[4,64] x) => (float[4,64] y) <int64[1] ax = {1}, int64[1] from = {0},
    int64[1] to = {32}> {
    l = Slice(w, from, to, ax)
    r = Slice(w, from, to, ax)
    k = Concat<axis = 1>(l, r)
    kt = Transpose(k)
    h = MatMul(x, kt)
    y = MatMul(h, k)
}"""


@pytest.mark.parametrize("graph", [SPLIT, NORMED, JOINED])
def test_computed_weights_are_quantized(tmp_path: Path, graph: str) -> None:
    ort = pytest.importorskip("onnxruntime")
    path = save(tmp_path / "m.onnx", graph, W, opset=13)
    model = load_model(path)
    folded = with_folded_weights(model)
    onnx.checker.check_model(folded.proto, full_check=True)
    x = np.random.default_rng(5).standard_normal((4, 64)).astype(np.float32)
    before, after = (
        ort.InferenceSession(m.proto.SerializeToString()).run(["y"], {"x": x})[0]
        for m in (model, folded)
    )
    np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-5)
    products = [n for n in folded.graph.node if n.op_type in ("MatMul", "Gemm")]
    made = quantized(path)
    assert len(made.weights) >= len(products) - 1
    assert not made.left_float()


def test_what_nobody_takes_goes_and_the_rest_stays(tmp_path: Path) -> None:
    model = load_model(save(tmp_path / "m.onnx", SPLIT, W, opset=13))
    folded = with_folded_weights(model)
    assert {t.name for t in folded.graph.initializer} == {"a", "b", "g"}
    np.testing.assert_array_equal(
        numpy_helper.to_array(folded.graph.initializer[-1]),
        numpy_helper.to_array(model.graph.initializer[0]).T[:, 16:32],
    )


def test_a_model_without_computed_weights_is_the_same_one(tmp_path: Path) -> None:
    graph = """(float[4,64] x) => (float[4,48] y) {
        t = Transpose(w)
        y = MatMul(x, t)
    }"""
    model = load_model(save(tmp_path / "m.onnx", graph, W))
    assert with_folded_weights(model) is model


def test_a_constant_that_would_be_huge_is_left_alone(tmp_path: Path) -> None:
    graph = """(float[4,20000] x) => (float[4,20000] y) {
        o = MatMul(c, r)
        y = MatMul(x, o)
    }"""
    model = load_model(save(tmp_path / "m.onnx", graph, {"c": (20000, 1), "r": (1, 20000)}))
    assert with_folded_weights(model) is model
