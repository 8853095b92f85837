# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""FP8 pairs: numbers, types, mixtures, and where they are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto

from setrange import verify
from setrange.errors import InputError, UnsupportedError, UsageError
from setrange.exporters.qdq import make_qdq
from setrange.exporters.qdq.rules import check_qdq
from setrange.exporters.qdq.types import FP8, INT8, fp8_bytes, fp8_values
from setrange.formats.reading import read_ranges
from setrange.live.precision import wanted_precision
from setrange.model.loading import load_model
from setrange.surgery.strip import strip_model
from tests.exporters.quantizing import plan_of, save
from tests.verify.material import write_ranges

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.exporters.qdq import QdqModel

GRAPH = """(float[1,16,8,8] x) => (float[1,16,8,8] y) {
    c = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(x, w)
    r = Relu(c)
    y = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(r, v)
}"""
RANGES = {"x": 4.0, "r": 60.0}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    saved = save(tmp_path / "m.onnx", GRAPH, {"w": (16, 16, 3, 3), "v": (16, 16, 3, 3)})
    model = onnx.load(saved)
    for node, name in zip(model.graph.node, ("first", "relu", "second"), strict=True):
        node.name = name
    onnx.save(model, saved)
    return saved


def made_of(path: Path, precision: dict[str, str] | None = None, **how: Any) -> QdqModel:
    return make_qdq(plan_of(path, RANGES, precision=precision), path, dtype="fp8", **how)


def written(made: QdqModel, path: Path) -> onnx.ModelProto:
    made.write(path)
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    return model


def ran(path: Path) -> np.ndarray:
    ort = pytest.importorskip("onnxruntime")
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(str(path), options)
    x = np.random.default_rng(2).uniform(-4, 4, (1, 16, 8, 8)).astype(np.float32)
    result: np.ndarray = session.run(None, {"x": x})[0]
    return result


def test_every_byte_is_its_number() -> None:
    codes = np.arange(256, dtype=np.uint8)
    values = fp8_values(codes)
    finite = np.isfinite(values)
    assert np.count_nonzero(finite) == 254
    np.testing.assert_array_equal(fp8_bytes(values[finite]), codes[finite])
    assert sorted(values[finite & (codes < 128)])[:3] == [0.0, 2.0**-9, 2.0**-8]
    assert values[0x7E] == 448


@given(st.floats(-448, 448, width=32))
def test_rounding_is_to_the_nearest_and_half_to_even(value: float) -> None:
    table = fp8_values(np.arange(127, dtype=np.uint8)).astype(np.float64)
    code = int(fp8_bytes(np.array([value], np.float32))[0])
    off = np.abs(table - abs(value))
    assert off[code & 0x7F] == off.min()
    if np.count_nonzero(off == off.min()) == 2:
        assert code % 2 == 0
    assert bool(code & 0x80) == bool(np.signbit(np.float32(value)))


def test_scales_are_amax_over_448_at_opset_19(path: Path) -> None:
    made = made_of(path)
    model = written(made, path.with_name("q.onnx"))
    assert model.opset_import[0].version == 19
    assert made.scales == {"x": np.float32(4 / 448), "r": np.float32(60 / 448)}
    assert set(made.types.values()) == {FP8}
    types = {t.name: t.data_type for t in model.graph.initializer}
    pairs = [n for n in model.graph.node if n.op_type.endswith("izeLinear")]
    assert len(pairs) == 8
    assert {types[n.input[2]] for n in pairs} == {TensorProto.FLOAT8E4M3FN}
    assert not check_qdq(load_model(path.with_name("q.onnx")))


def test_onnx_runtime_runs_it(path: Path) -> None:
    written(made_of(path), path.with_name("q.onnx"))
    wanted, got = ran(path), ran(path.with_name("q.onnx"))
    noise = 10 * np.log10((wanted**2).sum() / ((wanted - got) ** 2).sum())
    assert 20 < noise < 40


def test_stored_weights_are_the_same_numbers(path: Path) -> None:
    stored, paired, plain = (path.with_name(n) for n in ("s.onnx", "p.onnx", "f.onnx"))
    model = written(made_of(path, weights="int8"), stored)
    assert TensorProto.FLOAT8E4M3FN in {
        t.data_type for t in model.graph.initializer if len(t.dims) == 4
    }
    written(made_of(path), paired)
    np.testing.assert_array_equal(ran(stored), ran(paired))
    strip_model(stored, plain)
    held = {t.name: t.data_type for t in onnx.load(plain).graph.initializer}
    assert set(held.values()) == {TensorProto.FLOAT}


def test_globs_mix_types(path: Path) -> None:
    made = made_of(path, {"first": "int8"})
    assert made.types == {"x": INT8, "r": FP8}
    assert made.scales["x"] == np.float32(4 / 127)
    plan = plan_of(path, RANGES, precision={"second": "fp8"})
    other = make_qdq(plan, path)
    assert other.types == {"x": INT8, "r": FP8}
    assert set(made_of(path, {"second": "fp16"}).types) == {"x"}


def test_one_value_for_two_types_has_two_pairs(tmp_path: Path) -> None:
    graph = """(float[1,16,8,8] x) => (float[1,16,8,8] y, float[1,16,8,8] z) {
        y = Conv<kernel_shape = [1, 1]>(x, w)
        z = Conv<kernel_shape = [1, 1]>(x, w)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 16, 1, 1)})
    model = onnx.load(path)
    model.graph.node[0].name, model.graph.node[1].name = "a", "b"
    onnx.save(model, path)
    made = make_qdq(plan_of(path, precision={"b": "fp8"}), path)
    result = written(made, tmp_path / "q.onnx")
    quantizers = [n for n in result.graph.node if n.op_type == "QuantizeLinear"]
    assert [n.input[0] for n in quantizers].count("x") == 2
    assert [n.input[0] for n in quantizers].count("w") == 2


def test_the_range_comes_back(path: Path) -> None:
    written(made_of(path), path.with_name("q.onnx"))
    read = read_ranges(path.with_name("q.onnx"))
    assert {n: np.float32(e.amax) for n, e in read.entries.items()} == RANGES
    assert not read.losses


def test_verify_simulates_it(path: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    file = write_ranges(tmp_path / "r.json", RANGES)
    x = np.random.default_rng(2).uniform(-4, 4, (1, 16, 8, 8)).astype(np.float32)
    eight, int8 = (verify(path, file, [x], dtype=dtype) for dtype in ("fp8", "int8"))
    assert (eight.dtype, int8.dtype) == ("fp8", "int8")
    noise = {tensor.name: tensor for tensor in eight.tensors}
    codes = fp8_bytes(x / np.float32(4 / 448))
    back = fp8_values(codes) * np.float32(4 / 448)
    by_hand = 10 * np.log10((x**2).sum() / ((x - back) ** 2).sum())
    assert noise["x"].sqnr == pytest.approx(by_hand, abs=0.01)
    assert noise["x"].amax == pytest.approx(4.0)
    assert 30 < noise["w"].sqnr < 34
    assert int8.value is not None
    assert eight.value is not None
    assert eight.value < int8.value


def test_ranges_in_tensorrt_hold_no_fp8(path: Path) -> None:
    plan = plan_of(path, RANGES, precision={"second": "fp8"})
    layer = next(x for x in plan.network.layers if x.name == "second")
    with pytest.raises(UnsupportedError, match="fp8 for node 'second', which only a Q/DQ"):
        wanted_precision(layer, plan.precision)


def test_a_type_that_is_not_known(path: Path) -> None:
    with pytest.raises(UsageError, match="dtype 'fp4' is not known; expected int8 or fp8"):
        make_qdq(plan_of(path, RANGES), path, dtype="fp4")


@pytest.mark.parametrize(
    ("kernel", "is_fp8"), [([5, 6], True), ([6, 6], False), ([32], True), ([3, 3, 4], False)]
)
def test_large_kernels_stay_float_in_fp8_only(
    tmp_path: Path, kernel: list[int], is_fp8: bool
) -> None:
    """NVIDIA's builder has FP8 convolutions of 32 elements at most."""
    sizes = ",".join(["40"] * len(kernel))
    dims = ",".join("ABC"[: len(kernel)])
    graph = f"""(float[1,16,{sizes}] x) => (float[1,16,{dims}] y) {{
        r = Relu(x)
        c = Conv<kernel_shape = {kernel}>(r, w)
        y = Conv(c, v)
    }}"""
    one = [1] * len(kernel)
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 16, *kernel), "v": (16, 16, *one)})
    plan = plan_of(path)
    assert set(make_qdq(plan, path).scales) == {"r", "c"}
    for asked in ({}, {"*": "fp8"}):
        made = make_qdq(plan_of(path, precision=asked), path, dtype="fp8")
        assert set(made.scales) == ({"r", "c"} if is_fp8 else {"c"})
    if not is_fp8:
        assert "32 elements at most" in made.left_float()[0].reason


ATTENTION = """(float[1,8,16] q, float[1,16,8] k, float[1,8,16] v) => (float[1,8,16] y) {
    s = MatMul(q, k)
    p = Softmax<axis = -1>(s)
    y = MatMul(p, v)
}"""


def test_both_products_of_attention_are_fp8_where_ranges_are(tmp_path: Path) -> None:
    path = save(tmp_path / "m.onnx", ATTENTION)
    made = make_qdq(plan_of(path), path, dtype="fp8")
    assert set(made.scales) == {"q", "k", "p", "v"}
    with pytest.raises(InputError):  # in INT8 there is nothing to quantize
        make_qdq(plan_of(path), path)
    some = make_qdq(plan_of(path, {"q": 1.0, "k": 1.0}, default=None), path, dtype="fp8")
    assert set(some.scales) == {"q", "k"}
    assert not some.missing()
    assert [d.op for d in some.left_float()] == ["MatMul"]
