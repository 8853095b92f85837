# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The float model inside a Q/DQ model, and the ranges with it: there and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, numpy_helper

from setrange.errors import UnsupportedError
from setrange.exporters.qdq import write_qdq
from setrange.formats.reading import read_ranges
from setrange.importer.parser import import_network
from setrange.plan import make_plan
from setrange.ranges import DynamicRange, RangeEntry, RangeFile
from setrange.surgery.strip import strip_model
from tests.exporters.quantizing import Shapes, plan_of, save
from tests.support.running import GRAPH, WEIGHTS, run, sqnr, values

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return save(tmp_path / "m.onnx", GRAPH, WEIGHTS)


def test_strip_gives_the_model_back(path: Path) -> None:
    quantized, plain = path.with_name("q.onnx"), path.with_name("p.onnx")
    write_qdq(plan_of(path), path, quantized)
    done = strip_model(quantized, plain)
    assert (done.nodes, done.weights) == (8, 0)
    onnx.checker.check_model(plain, full_check=True)
    assert onnx.load(plain) == onnx.load(path)


def test_ranges_come_back_bit_equal(path: Path) -> None:
    quantized = path.with_name("q.onnx")
    made = write_qdq(plan_of(path, {"x": 3.3, "r": 0.77}), path, quantized)
    read = read_ranges(quantized)
    assert {name: entry.scale for name, entry in read.entries.items()} == dict(made.scales)


@pytest.mark.property
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(scale=st.floats(2.0**-100, 2.0**100, width=32))
def test_every_scale_survives_apply_and_convert(path: Path, scale: float) -> None:
    quantized = path.with_name("q.onnx")
    network = import_network(path, "10.16")
    entries = {
        "x": RangeEntry(name="x", range=DynamicRange.symmetric(scale * 127), scale=scale),
        "r": RangeEntry(name="r", range=DynamicRange(-scale, scale * 100)),
    }
    made = write_qdq(make_plan(network, RangeFile(entries=entries)), path, quantized)
    read = read_ranges(quantized).entries
    assert made.scales["x"] == read["x"].scale == scale
    assert made.scales["r"] == read["r"].scale == float(np.float32(scale * 100 / 127))


def test_what_the_file_does_not_hold_is_listed(path: Path) -> None:
    made = write_qdq(plan_of(path), path, path.with_name("q.onnx"))
    (finding,) = made.findings
    assert finding.code == "SR609"
    assert "the ranges of 'c', 'y'" in finding.message


def test_int8_weights_become_float_of_the_same_steps(path: Path) -> None:
    quantized, plain = path.with_name("q.onnx"), path.with_name("p.onnx")
    write_qdq(plan_of(path), path, quantized, weights="int8")
    done = strip_model(quantized, plain)
    assert done.weights == 2
    onnx.checker.check_model(plain, full_check=True)
    before, data = values(onnx.load(path)), values(onnx.load(plain))
    scale = abs(before["w"]).max(axis=(1, 2, 3), keepdims=True) / 127
    assert (abs(data["w_dequantized"] - before["w"]) <= scale / 2 * 1.0001).all()
    assert set(data) == {"b", "w_dequantized", "v_dequantized"}
    x = {"x": np.ones((1, 16, 8, 8), dtype=np.float32)}
    assert sqnr(run(path, x)[0], run(plain, x)[0]) > 35


def test_an_output_behind_a_pair_keeps_its_name(tmp_path: Path) -> None:
    graph = """(float[4] x) => (float[4] y) <float s = {0.02}, int8 z = {0}> {
        t = Relu(x)
        q = QuantizeLinear(t, s, z)
        y = DequantizeLinear(q, s, z)
    }"""
    path = save(tmp_path / "q.onnx", graph)
    strip_model(path, tmp_path / "p.onnx")
    model = onnx.load(tmp_path / "p.onnx")
    assert [(n.op_type, n.input[0], n.output[0]) for n in model.graph.node] == [
        ("Relu", "x", "y")
    ]
    assert not model.graph.initializer


def test_an_input_behind_a_pair_stays_reachable(tmp_path: Path) -> None:
    graph = """(float[4] x) => (float[4] y) <float s = {0.02}, int8 z = {0}> {
        q = QuantizeLinear(x, s, z)
        y = DequantizeLinear(q, s, z)
    }"""
    strip_model(save(tmp_path / "q.onnx", graph), tmp_path / "p.onnx")
    model = onnx.load(tmp_path / "p.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert [n.op_type for n in model.graph.node] == ["Identity"]


def test_a_dequantized_bias_becomes_float(tmp_path: Path) -> None:
    graph = """(float[2,2] x) => (float[2,2] y)
    <float[2] s = {0.5, 0.25}, int32[2] b = {4, 8}, int32[2] z = {0, 0}> {
        d = DequantizeLinear<axis = 0>(b, s, z)
        y = Add(x, d)
    }"""
    strip_model(save(tmp_path / "q.onnx", graph), tmp_path / "p.onnx")
    assert values(onnx.load(tmp_path / "p.onnx"))["d"].tolist() == [2.0, 2.0]


STORED = """(float[2,4] x) => (float[2,2] y) <float s = {{0.5}}, int8 z = {{0}}> {{
    q = QuantizeLinear(x, s, z)
    d = DequantizeLinear(q, s, z)
    wd = DequantizeLinear<{options}>(w, ws)
    y = MatMul(d, wd)
}}"""


@pytest.mark.parametrize(
    ("data_type", "raw", "scale", "options", "expected"),
    [
        # Two 4-bit numbers a byte, the lower first; a scale for two rows of a column.
        (
            TensorProto.INT4, b"\x21\x43\x65\x0f", [[1.0, 0.5], [10.0, 0.25]],
            "axis = 0, block_size = 2", [[1, 1], [3, 2], [50, 1.5], [-10, 0]],
        ),
        (
            TensorProto.FLOAT8E4M3FN, b"\x38\x40" * 4, 0.5,
            "axis = 0", [[0.5, 1]] * 4,
        ),
        (
            TensorProto.INT8, b"\x01\xff" * 4, [0.5, 2.0],
            "axis = -1", [[0.5, -2]] * 4,
        ),
    ],
)  # fmt: skip
def test_weights_stored_in_any_type_become_float(
    tmp_path: Path, data_type: int, raw: bytes, scale: object, options: str, expected: object
) -> None:
    weights = TensorProto(name="w", data_type=data_type, dims=[4, 2], raw_data=raw)
    scales = numpy_helper.from_array(np.float32(scale), "ws")
    graph = STORED.format(options=options)
    path = save(tmp_path / "q.onnx", graph, opset=21, initializers=[weights, scales])
    done = strip_model(path, tmp_path / "p.onnx")
    assert (done.nodes, done.weights) == (3, 1)
    assert values(onnx.load(tmp_path / "p.onnx"))["wd"].tolist() == expected


def test_a_stored_weight_that_is_moved_is_refused(tmp_path: Path) -> None:
    graph = STORED.format(options="axis = 0").replace("(w, ws)", "(t, ws)")
    graph = graph.replace("wd =", "t = Transpose(w) wd =")
    weights = numpy_helper.from_array(np.ones((2, 4), np.int8), "w")
    scales = numpy_helper.from_array(np.float32(0.5), "ws")
    path = save(tmp_path / "q.onnx", graph, initializers=[weights, scales])
    with pytest.raises(UnsupportedError, match="dequantizes a constant that other nodes move"):
        strip_model(path, tmp_path / "p.onnx")


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (
            """(int8[4] x) => (float[4] y) <float s = {0.02}, int8 z = {0}> {
                y = DequantizeLinear(x, s, z) }""",
            "input 'x' is quantized itself",
        ),
        (
            """(float[4] x) => (int8[4] y) <float s = {0.02}, int8 z = {0}> {
                y = QuantizeLinear(x, s, z) }""",
            "output 'y' is quantized itself",
        ),
        (
            "(int8[4,4] x, int8[4,4] w) => (int32[4,4] y) { y = MatMulInteger(x, w) }",
            r"'y' \(MatMulInteger\) computes in integers",
        ),
    ],
)
def test_integer_models_have_no_float_form(tmp_path: Path, graph: str, message: str) -> None:
    path = save(tmp_path / "q.onnx", graph)
    with pytest.raises(UnsupportedError, match=message):
        strip_model(path, tmp_path / "p.onnx")
    assert not (tmp_path / "p.onnx").exists()


@pytest.mark.parametrize("kind", ["QInt8", "QUInt8", "QUInt16"])
def test_what_onnx_runtime_quantizes_is_read_and_stripped(path: Path, kind: str) -> None:
    pytest.importorskip("onnxruntime")
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            x = np.random.default_rng(0).standard_normal((1, 16, 8, 8))
            self.batches = iter([{"x": x.astype(np.float32)}])

        def get_next(self) -> dict[str, np.ndarray] | None:  # type: ignore[type-arg]
            return next(self.batches, None)

    quantized, plain = path.with_name("q.onnx"), path.with_name("p.onnx")
    # Unsigned types make the tool remove the Relu: its quantizer clips at 0.
    symmetric = kind == "QInt8"
    quantize_static(
        str(path), str(quantized), Reader(), per_channel=True,
        activation_type=QuantType[kind], weight_type=QuantType.QInt8,
        extra_options={"ActivationSymmetric": symmetric},
    )  # fmt: skip
    assert ("Relu" in {n.op_type for n in onnx.load(quantized).graph.node}) == symmetric
    assert {"x", "r"} <= set(read_ranges(quantized).entries)
    strip_model(quantized, plain)
    onnx.checker.check_model(plain, full_check=True)
    x = {"x": np.ones((1, 16, 8, 8), dtype=np.float32)}
    assert sqnr(run(path, x)[0], run(plain, x)[0]) > 35


ACTIVATION = """(float[4,16] x) => (float[4,16] y)
<float s = {{{scale}}}, uint8 z = {{{zero}}}> {{
    a = {producer}
    q = QuantizeLinear(a, s, z)
    d = DequantizeLinear(q, s, z)
    y = MatMul(d, w)
}}"""


@pytest.mark.parametrize(
    ("producer", "scale", "zero", "expected"),
    [
        ("MatMul(x, w)", 0.1, 0, ["MatMul", "Relu", "MatMul"]),
        ("MatMul(x, w)", 0.1, 128, ["MatMul", "MatMul"]),
        ("Sigmoid(x)", 0.1, 0, ["Sigmoid", "MatMul"]),
        (
            "MatMul(x, w)", 6 / 255, 0,
            ["MatMul", "Constant", "Constant", "Clip", "MatMul"],
        ),
    ],
)  # fmt: skip
def test_activations_that_quantizers_stand_for_come_back(
    tmp_path: Path, producer: str, scale: float, zero: int, expected: list[str]
) -> None:
    graph = ACTIVATION.format(producer=producer, scale=scale, zero=zero)
    path = save(tmp_path / "q.onnx", graph, {"w": (16, 16)}, opset=11)
    done = strip_model(path, tmp_path / "p.onnx")
    model = onnx.load(tmp_path / "p.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert [n.op_type for n in model.graph.node] == expected
    assert done.activations == ({"Relu", "Clip"} & set(expected) != set())
    # The range read from the quantizer is that of the activation's result.
    assert model.graph.node[-1].input[0] == "a"


def test_one_activation_comes_back_for_quantizers_in_a_row(tmp_path: Path) -> None:
    graph = ACTIVATION.format(producer="MatMul(x, w)", scale=0.1, zero=0)
    again = "r = Transpose(d) p = QuantizeLinear(r, s, z) e = DequantizeLinear(p, s, z)"
    graph = graph.replace("y = MatMul(d, w)", f"{again} y = MatMul(w, e)")
    graph = graph.replace("(float[4,16] y)", "(float[16,4] y)")
    path = save(tmp_path / "q.onnx", graph, {"w": (16, 16)}, opset=11)
    assert strip_model(path, tmp_path / "p.onnx").activations == 1
    onnx.checker.check_model(tmp_path / "p.onnx", full_check=True)


def test_a_value_that_others_take_unclipped_has_no_activation(tmp_path: Path) -> None:
    graph = ACTIVATION.format(producer="MatMul(x, w)", scale=0.1, zero=0)
    graph = graph.replace("y = MatMul(d, w)", "e = MatMul(d, w) y = Add(e, a)")
    path = save(tmp_path / "q.onnx", graph, {"w": (16, 16)})
    assert strip_model(path, tmp_path / "p.onnx").activations == 0


def test_shared_weights_and_subgraphs_survive(tmp_path: Path) -> None:
    graph = """(float[4,16] x, bool c) => (float[4,16] y) {
        a = MatMul(x, w)
        y = If(c) <
            then_branch = t () => (float[4,16] u) { u = Relu(a) },
            else_branch = e () => (float[4,16] v) { v = MatMul(a, w) }
        >
    }"""
    weights: Shapes = {"w": (16, 16)}
    path = save(tmp_path / "m.onnx", graph, weights)
    quantized, plain = tmp_path / "q.onnx", tmp_path / "p.onnx"
    write_qdq(plan_of(path), path, quantized)
    strip_model(quantized, plain)
    assert onnx.load(plain) == onnx.load(path)
