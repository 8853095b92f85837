# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Asymmetric ranges: values are shifted before a pair, and the product gives it back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from setrange import verify
from setrange.errors import UsageError
from setrange.exporters.qdq import make_qdq
from setrange.importer.model_at import ModelAt
from setrange.importer.parser import import_model
from setrange.model.loading import load_model
from setrange.plan import make_plan
from setrange.ranges import DynamicRange, RangeEntry, RangeFile
from setrange.versions import TrtVersion
from tests.exporters.quantizing import Shapes, save
from tests.support.running import run, sqnr

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.exporters.qdq import QdqModel
    from setrange.plan import Plan

K3 = "<kernel_shape = [3, 3], pads = [1, 0, 2, 1]>"
#: Name, graph, weights, how many pairs: every form of a product, and what takes a value twice.
CASES: dict[str, tuple[str, Shapes, int]] = {
    "conv without pads": (
        "(float[1,16,8,8] x) => (float[1,24,8,8] y) { y = Conv(x, w, b) }",
        {"w": (24, 16, 1, 1), "b": (24,)},
        1,
    ),
    "conv with pads": (
        f"(float[1,16,8,8] x) => (float[1,24,9,7] y) {{ y = Conv{K3}(x, w) }}",
        {"w": (24, 16, 3, 3)},
        1,
    ),
    "grouped": (
        "(float[1,16,8,8] x) => (float[1,32,6,6] y) { y = Conv<group = 4>(x, w, b) }",
        {"w": (32, 4, 3, 3), "b": (32,)},
        1,
    ),
    "a bias that is computed": (
        """(float[1,16,8,8] x, float[24] c) => (float[1,24,8,8] y)
        { b = Neg(c)
          y = Conv(x, w, b) }""",
        {"w": (24, 16, 1, 1)},
        1,
    ),
    "matmul": (
        "(float[3,5,16] x) => (float[3,5,24] y) { y = MatMul(x, w) }",
        {"w": (16, 24)},
        1,
    ),
    "gemm": (
        """(float[5,16] x) => (float[5,24] y)
        { y = Gemm<transB = 1, alpha = 0.5, beta = 2.0>(x, w, b) }""",
        {"w": (24, 16), "b": (24,)},
        1,
    ),
    "transposed gemm": (
        "(float[16,5] x) => (float[5,24] y) { y = Gemm<transA = 1>(x, w) }",
        {"w": (16, 24)},
        1,
    ),
    "moved weights": (
        """(float[5,16] x) => (float[5,24] y)
        { v = Transpose<perm = [1, 0]>(w)
          y = MatMul(x, v) }""",
        {"w": (24, 16)},
        1,
    ),
    "two pads and a skip": (
        """(float[1,16,8,8] x) => (float[1,16,8,8] y, float[1,16,8,8] z)
        { y0 = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(x, w)
          z = Conv<kernel_shape = [1, 1]>(x, v)
          y = Add(y0, x) }""",
        {"w": (16, 16, 3, 3), "v": (16, 16, 1, 1)},
        2,
    ),
}


def planned(path: Path, low: float, high: float) -> Plan:
    model = load_model(path)
    network = import_model(model, TrtVersion.parse("10.16"))
    bounds = DynamicRange(low, high)
    entries = {
        tensor.onnx_value: RangeEntry(name=tensor.onnx_value, range=bounds)
        for tensor in network.float_tensors()
        if tensor.onnx_value is not None and tensor.constant is None
    }
    return make_plan(network, RangeFile(entries=entries), model=ModelAt(model))


def made_of(path: Path, low: float, high: float, **how: object) -> QdqModel:
    options = {"quantize_small": True, "asymmetric": True, **how}
    return make_qdq(planned(path, low, high), path, **options)  # type: ignore[arg-type]


def with_exact_weights(path: Path) -> Path:
    """Give a model weights that INT8 holds exactly, so that all noise is the activations'."""
    model = onnx.load(path)
    random = np.random.default_rng(6)
    for tensor in model.graph.initializer:
        if len(tensor.dims) > 1:
            values = random.integers(-127, 128, tensor.dims).astype(np.float32)
            values[0] = values[:, 0] = 127  # the scale of every channel
            tensor.CopyFrom(numpy_helper.from_array(values / 127, tensor.name))
    onnx.save(model, path)
    return path


def noise(path: Path, made: QdqModel, low: float, high: float) -> float:
    """SQNR of the worst output, in dB; the file is checked by the way."""
    out = path.with_suffix(".q.onnx")
    made.write(out)
    onnx.checker.check_model(onnx.load(out), full_check=True)
    random = np.random.default_rng(5)
    feeds = {}
    for value in onnx.load(path).graph.input:
        shape = [d.dim_value for d in value.type.tensor_type.shape.dim]
        feeds[value.name] = random.uniform(low, high, shape).astype(np.float32)
    return min(sqnr(a, b) for a, b in zip(run(path, feeds), run(out, feeds), strict=True))


@pytest.mark.parametrize("weights", ["float", "int8"])
@pytest.mark.parametrize("name", CASES)
def test_twice_as_many_steps(tmp_path: Path, name: str, weights: str) -> None:
    graph, shapes, pairs = CASES[name]
    path = with_exact_weights(save(tmp_path / "m.onnx", graph, shapes))
    made = made_of(path, -0.5, 6.0, weights=weights)
    assert made.scales["x"] == pytest.approx(6.5 / 254, rel=0.03)
    steps = [n for n in made.skeleton.graph.node if n.op_type == "QuantizeLinear"]
    assert sum("_shifted" in n.input[0] or "_padded" in n.input[0] for n in steps) == pairs
    symmetric = noise(path, made_of(path, -0.5, 6.0, asymmetric=False), -0.5, 6.0)
    assert noise(path, made, -0.5, 6.0) > max(40.0, symmetric + 4)


@pytest.mark.parametrize(
    ("low", "high"), [(-6.0, 6.0), (-5.0, 6.0)], ids=["symmetric", "nearly symmetric"]
)
def test_a_range_that_gains_little_stays_symmetric(
    tmp_path: Path, low: float, high: float
) -> None:
    graph, shapes, _ = CASES["conv with pads"]
    made = made_of(save(tmp_path / "m.onnx", graph, shapes), low, high)
    assert made.scales["x"] == np.float32(6 / 127)


@pytest.mark.parametrize(
    "nodes",
    [
        'y = Conv<auto_pad = "SAME_UPPER", kernel_shape = [3, 3]>(x, w)',
        "y = MatMul(x, x)",
        "p = Pad(x, amounts)\n y = Conv<kernel_shape = [3, 3]>(p, w)",
    ],
    ids=["pads that follow from the size", "two activations", "a Pad of its own"],
)
def test_what_cannot_give_a_shift_back_stays_symmetric(tmp_path: Path, nodes: str) -> None:
    amounts = numpy_helper.from_array(np.array([0, 0, 1, 1, 0, 0, 1, 1]), "amounts")
    graph = f"(float[1,16,8,8] x) => (float[1,16,8,8] y) {{ {nodes} }}"
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 16, 3, 3)}, initializers=[amounts])
    assert made_of(path, 0.0, 6.0).scales["x"] == np.float32(6 / 127)


def test_zeros_of_a_relu_stay_zeros(tmp_path: Path) -> None:
    graph, shapes, _ = CASES["conv with pads"]
    path = save(tmp_path / "m.onnx", graph, shapes)
    made_of(path, 0.0, 6.0).write(tmp_path / "q.onnx")
    feeds = {"x": np.zeros((1, 16, 8, 8), dtype=np.float32)}
    assert np.abs(run(tmp_path / "q.onnx", feeds)[0]).max() < 1e-4


def test_fp8_has_no_use_for_it(tmp_path: Path) -> None:
    graph, shapes, _ = CASES["conv without pads"]
    path = save(tmp_path / "m.onnx", graph, shapes)
    assert made_of(path, 0.0, 6.0, dtype="fp8").scales["x"] == pytest.approx(6 / 448)


def test_with_fp16_too(tmp_path: Path) -> None:
    graph, shapes, _ = CASES["two pads and a skip"]
    path = save(tmp_path / "m.onnx", graph, shapes)
    assert noise(path, made_of(path, 0.0, 6.0, fp16=True), 0.0, 6.0) > 34


def test_verify_judges_what_apply_writes(tmp_path: Path) -> None:
    graph, shapes, _ = CASES["conv with pads"]
    path = with_exact_weights(save(tmp_path / "m.onnx", graph, shapes))
    entry = RangeEntry(name="x", range=DynamicRange(0.0, 6.0))
    ranges = RangeFile(entries={"x": entry})
    data = [{"x": np.random.default_rng(1).uniform(0, 6, (1, 16, 8, 8)).astype(np.float32)}]
    plain, shifted = (
        verify(path, ranges, iter(data), asymmetric=how, allow_missing=True)
        for how in (False, True)
    )
    for of in (plain, shifted):
        (x,) = (tensor for tensor in of.tensors if tensor.name == "x")
        assert (x.amax, x.clipped, x.is_shared) == (pytest.approx(6.0, rel=0.03), 0.0, False)
        assert x.width == pytest.approx(1.0, abs=0.03)
    assert plain.value is not None
    assert shifted.value is not None
    assert shifted.value > plain.value + 5


def test_not_for_dla(tmp_path: Path) -> None:
    graph, shapes, _ = CASES["conv with pads"]
    path = save(tmp_path / "m.onnx", graph, shapes)
    plan = replace(planned(path, 0.0, 6.0), target="dla")
    with pytest.raises(UsageError, match="DLA takes symmetric ranges only"):
        make_qdq(plan, path, asymmetric=True)
