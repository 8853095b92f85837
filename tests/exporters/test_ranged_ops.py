# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Each op that is rewritten for a ranged model: nothing is left bare, and results stay."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from setrange.errors import ParserRefusedError
from setrange.exporters.ranged import write_ranged
from setrange.exporters.ranged.registry import find_rewriting, rewriting
from setrange.importer.parser import import_network
from setrange.surgery.strip import strip_model
from tests.exporters.quantizing import Shapes, full_plan, save
from tests.support.ranged import bare
from tests.support.running import run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

VERSIONS = ("7.0", "7.2", "8.0", "8.4", "8.6", "10.1", "10.10")


@dataclass(frozen=True, slots=True)
class Case:
    """One model: its graph (``T`` is the element type), weights, and the input's shape.

    ``refused``: versions whose parser refuses the model or misreads it.
    """

    graph: str
    x: Sequence[int]
    weights: Shapes = field(default_factory=dict)
    opset: int = 13
    refused: Sequence[str] = ()
    others: Mapping[str, Sequence[int]] = field(default_factory=dict)


_BEFORE_8_4 = ("7.0", "7.2", "8.0")
_BEFORE_8_6 = (*_BEFORE_8_4, "8.4")
_BEFORE_10 = (*_BEFORE_8_6, "8.6")

CASES = {
    "hard_swish": Case(
        "(T[2,3,4] x) => (T[2,3,4] y) { y = HardSwish(x) }",
        (2, 3, 4),
        opset=14,
        refused=_BEFORE_8_4,
    ),
    "mish": Case(
        "(T[2,3,4] x) => (T[2,3,4] y) { y = Mish(x) }", (2, 3, 4), opset=18, refused=_BEFORE_10
    ),
    "celu": Case(
        "(T[2,3] x) => (T[2,3] y) { y = Celu<alpha = 1.5>(x) }", (2, 3), refused=_BEFORE_8_4
    ),
    "scalar": Case(
        "(T[2,3] x) => (T y) { s = ReduceMax<keepdims = 0>(x)  y = Exp(s) }", (2, 3)
    ),
    "clip_max": Case(
        "(T[2,3] x) => (T[2,3] y) { y = Clip(x, , high) }", (2, 3), others={"high": ()}
    ),
    "clip_min": Case(
        "(T[2,3] x) => (T[2,3] y) { y = Clip(x, low) }", (2, 3), others={"low": ()}
    ),
    "clip_none": Case("(T[2,3] x) => (T[2,3] y) { y = Clip(x) }", (2, 3)),
    "clip_computed": Case(
        """(T[2,3] x) => (T[2,3] y) {
            low = ReduceMean<keepdims = 0>(x)
            high = ReduceMax<keepdims = 0>(x)
            y = Clip(x, low, high)
        }""",
        (2, 3),
        refused=("7.0", "7.2"),
    ),
    "l1": Case(
        "(T[2,3,4] x) => (T[2,3,1] y) { y = ReduceL1<axes = [2]>(x) }", (2, 3, 4), opset=11
    ),
    "l2": Case(
        "(T[2,3,4] x) => (T[2,4] y) { y = ReduceL2<axes = [1], keepdims = 0>(x) }",
        (2, 3, 4),
        opset=11,
    ),
    "l2_of_all": Case("(T[2,3] x) => (T y) { y = ReduceL2<keepdims = 0>(x) }", (2, 3)),
    "l2_18": Case(
        "(T[2,N] x) => (T[2,1] y) <int64[1] axes = {1}> { y = ReduceL2(x, axes) }",
        (2, 3),
        opset=18,
        refused=_BEFORE_10,
    ),
    "log_sum": Case(
        "(T[2,3] x) => (T[2,1] y) { a = Abs(x)  y = ReduceLogSum<axes = [1]>(a) }",
        (2, 3),
        opset=11,
    ),
    "log_sum_exp": Case(
        "(T[N,3] x) => (T[N,1] y) { y = ReduceLogSumExp<axes = [1]>(x) }", (2, 3), opset=11
    ),
    "sum_square": Case(
        "(T[2,3] x) => (T[2,1] y) { y = ReduceSumSquare<axes = [1]>(x) }", (2, 3), opset=11
    ),
    "arg_max": Case(
        "(T[2,3,4] x) => (int64[2,4] y) { y = ArgMax<axis = -2, keepdims = 0>(x) }", (2, 3, 4)
    ),
    "arg_min": Case(
        "(T[2,N] x) => (int64[2,1] y) { y = ArgMin<axis = 1>(x) }",
        (2, 5),
        refused=("7.0", "7.2", "8.0", "8.4"),
    ),
    "arg_max_9": Case(
        "(T[2,3] x) => (int64[2,1] y) { y = ArgMax<axis = 1>(x) }", (2, 3), opset=9
    ),
    "top_k_of_vector": Case(
        """(T[6] x) => (T[2] y, int64[2] z) <int64[1] k = {2}> {
            y, z = TopK(x, k)
        }""",
        (6,),
        opset=11,
    ),
    "arg_max_of_vector": Case(
        "(T[6] x) => (int64[1] y) { y = ArgMax<axis = 0>(x) }", (6,), opset=11
    ),
    "depth_to_space": Case(
        "(T[N,8,3,2] x) => (T[N,2,6,4] y) { y = DepthToSpace<blocksize = 2>(x) }", (2, 8, 3, 2)
    ),
    "depth_to_space_crd": Case(
        """(T[1,8,H,2] x) => (T[1,2,H2,4] y) {
            y = DepthToSpace<blocksize = 2, mode = "CRD">(x)
        }""",
        (1, 8, 3, 2),
    ),
    "depth_to_any_space": Case(
        "(T[N,8,H,W] x) => (T[N,2,H2,W2] y) { y = DepthToSpace<blocksize = 2>(x) }",
        (2, 8, 3, 2),
    ),
    "space_to_depth": Case(
        "(T[N,2,H,W] x) => (T[N,8,H2,W2] y) { y = SpaceToDepth<blocksize = 2>(x) }",
        (2, 2, 6, 4),
    ),
    "pad": Case(
        """(T[2,3] x) => (T[2,5] y) <int64[4] pads = {0, 1, 0, 1}> {
            y = Pad(x, pads, value)
        }""",
        (2, 3),
        refused=_BEFORE_8_4,
        others={"value": ()},
    ),
    "conv1d": Case(
        """(T[N,3,L] x) => (T[N,4,M] y) {
            y = Conv<kernel_shape = [3], pads = [2, 1], strides = [2], dilations = [1]>(x, w, b)
        }""",
        (2, 3, 9),
        {"w": (4, 3, 3), "b": (4,)},
    ),
    "max_pool1d_8": Case(
        "(T[1,3,9] x) => (T[1,3,7] y) { y = MaxPool<kernel_shape = [3]>(x) }",
        (1, 3, 9),
        opset=8,
    ),
    "deconv1d": Case(
        """(T[1,3,9] x) => (T[1,4,19] y) {
            y = ConvTranspose<kernel_shape = [3], strides = [2]>(x, w, b)
        }""",
        (1, 3, 9),
        {"w": (3, 4, 3), "b": (4,)},
    ),
    "max_pool1d": Case(
        """(T[1,3,9] x) => (T[1,3,4] y) {
            y = MaxPool<kernel_shape = [3], strides = [2]>(x)
        }""",
        (1, 3, 9),
    ),
    "average_pool1d": Case(
        """(T[1,3,L] x) => (T[1,3,M] y) {
            y = AveragePool<kernel_shape = [2], pads = [1, 1], count_include_pad = 1>(x)
        }""",
        (1, 3, 9),
    ),
    "batch_norm1d": Case(
        "(T[N,3,L] x) => (T[N,3,L] y) { y = BatchNormalization(x, s, b, m, v) }",
        (2, 3, 5),
        {"s": (3,), "b": (3,), "m": (3,)},
        others={"v": (3,)},
    ),
    "batch_norm_of_vectors": Case(
        "(T[N,3] x) => (T[N,3] y) { y = BatchNormalization(x, s, b, m, v) }",
        (2, 3),
        {"s": (3,), "b": (3,), "m": (3,)},
        others={"v": (3,)},
    ),
    "layer_norm": Case(
        "(T[N,3,4] x) => (T[N,3,4] y) { y = LayerNormalization(x, s, b) }",
        (2, 3, 4),
        {"s": (4,), "b": (4,)},
        opset=17,
        refused=_BEFORE_8_6,
    ),
    "layer_norm_without_bias": Case(
        "(T[2,3,4] x) => (T[2,3,4] y) { y = LayerNormalization(x, s) }",
        (2, 3, 4),
        {"s": (4,)},
        opset=17,
        refused=_BEFORE_8_6,
    ),
    "mean_variance_norm": Case(
        "(T[2,3,4,4] x) => (T[2,3,4,4] y) { y = MeanVarianceNormalization(x) }",
        (2, 3, 4, 4),
        refused=_BEFORE_8_6,
    ),
    "instance_norm1d": Case(
        "(T[2,3,8] x) => (T[2,3,8] y) { y = InstanceNormalization(x, s, b) }",
        (2, 3, 8),
        {"s": (3,), "b": (3,)},
        refused=("7.0", "10.1", "10.10"),
    ),
    "sum": Case(
        "(T[2,3] x) => (T[2,3] y) { a = Abs(x)  y = Sum(x, a, w, x) }", (2, 3), {"w": (3,)}
    ),
    "mean": Case("(T[2,3] x) => (T[2,3] y) { a = Abs(x)  y = Mean(x, a, x) }", (2, 3)),
    "mean_of_one": Case("(T[2,3] x) => (T[2,3] y) { a = Abs(x)  y = Mean(a) }", (2, 3)),
    "gemm_of_activations": Case(
        """(T[4,3] x) => (T[3,3] y) {
            a = Abs(x)
            c = ReduceMax<keepdims = 0>(x)
            y = Gemm<alpha = 2.0, beta = 0.5, transA = 1>(x, a, c)
        }""",
        (4, 3),
    ),
    "gemm_scaled": Case(
        "(T[4,3] x) => (T[4,5] y) { y = Gemm<alpha = 2.0, beta = 0.5>(x, w, b) }",
        (4, 3),
        {"w": (3, 5), "b": (5,)},
    ),
    "matrix_times_vector": Case(
        "(T[2,4,3] x) => (T[2,4] y) { y = MatMul(x, w) }",
        (2, 4, 3),
        {"w": (3,)},
        refused=("7.0", "7.2"),
    ),
    "vector_times_matrix": Case(
        "(T[3] x) => (T[4] y) { y = MatMul(x, w) }", (3,), {"w": (3, 4)}, refused=("7.0", "7.2")
    ),
    "constant_of_shape": Case(
        """(T[N,3] x) => (T[N,3] y) {
            s = Shape(x)
            c = ConstantOfShape<value = float[1] {2.5}>(s)
            y = Add(x, c)
        }""",
        (2, 3),
    ),
}
#: Ops that ONNX Runtime or the parsers take as float32 only.
FLOAT32_ONLY = {
    *("constant_of_shape", "celu", "mean_variance_norm", "instance_norm1d"),
    *("top_k_of_vector", "mean_of_one"),
}


def _saved(path: Path, case: Case, dtype: type) -> Path:
    """Write a case; ``others`` are positive weights."""
    positive = [
        numpy_helper.from_array(
            np.linspace(0.5, 2, math.prod(shape), dtype=dtype).reshape(shape), name
        )
        for name, shape in case.others.items()
    ]
    element = {np.float32: "float", np.float16: "float16"}[dtype]
    graph = re.sub(r"\bT\b", element, case.graph)
    return save(path, graph, case.weights, opset=case.opset, dtype=dtype, initializers=positive)


def _check(tmp_path: Path, case: Case, trt: str, dtype: type, tolerance: float) -> None:
    path = _saved(tmp_path / "m.onnx", case, dtype)
    try:
        plan = full_plan(path, trt)
    except ParserRefusedError:
        assert trt in case.refused
        return
    out, plain = tmp_path / "r.onnx", tmp_path / "p.onnx"
    write_ranged(plan, path, out)
    network = import_network(out, trt)
    unused = {t.name for t in network.float_tensors() if not t.consumers}
    assert set(bare(network)) <= unused or trt in case.refused
    strip_model(out, plain)
    x = {"x": np.random.default_rng(1).standard_normal(case.x).astype(dtype)}
    for got, wanted in zip(run(plain, x), run(path, x), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance)
    if dtype is np.float32:
        onnx.checker.check_model(plain, full_check=True)


@pytest.mark.parametrize("trt", VERSIONS)
@pytest.mark.parametrize("name", CASES)
def test_nothing_is_left_and_results_stay(tmp_path: Path, name: str, trt: str) -> None:
    _check(tmp_path, CASES[name], trt, np.float32, 1e-5)


@pytest.mark.parametrize("name", sorted(CASES.keys() - FLOAT32_ONLY))
def test_nothing_is_left_of_half_precision(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    _check(tmp_path, case, "8.6" if "8.6" not in case.refused else "10.1", np.float16, 2e-2)


def test_an_op_has_one_rewriting() -> None:
    assert find_rewriting("Gemm") is not None
    with pytest.raises(ValueError, match="Gemm has two rewritings"):
        rewriting("Gemm")(lambda draft, node: False)
