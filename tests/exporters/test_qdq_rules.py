# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Foreign Q/DQ models against the rules of TensorRT's parser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from onnx import TensorProto, numpy_helper

from setrange.errors import FormatError
from setrange.exporters.qdq import write_qdq
from setrange.exporters.qdq.rules import check_qdq
from setrange.formats.reading import read_ranges
from setrange.model.loading import load_model
from tests.exporters.quantizing import plan_of, save
from tests.support.running import GRAPH, WEIGHTS

if TYPE_CHECKING:
    from pathlib import Path

PAIR = """{
    q = QuantizeLinear(x, s, z)
    d = DequantizeLinear(q, s, z)
    y = Relu(d)
}"""


def codes(path: Path, graph: str, **options: object) -> list[str]:
    model = load_model(save(path / "m.onnx", graph, **options))  # type: ignore[arg-type]
    return sorted({finding.code for finding in check_qdq(model)})


@pytest.mark.parametrize("weights", ["float", "int8"])
def test_what_setrange_writes_obeys_every_rule(tmp_path: Path, weights: str) -> None:
    path = save(tmp_path / "m.onnx", GRAPH, WEIGHTS)
    write_qdq(plan_of(path), path, tmp_path / "q.onnx", weights=weights)
    assert check_qdq(load_model(tmp_path / "q.onnx")) == []


@pytest.mark.parametrize(
    ("constants", "expected"),
    [
        ("float s = {0.1}, int8 z = {0}", []),
        ("float s = {0.1}, uint8 z = {0}", ["SR602"]),
        ("float s = {0.1}, uint8 z = {128}", ["SR602", "SR603"]),
        ("float s = {0.1}, uint16 z = {0}", ["SR602"]),
        ("float s = {0.1}, int8 z = {-128}", ["SR603"]),
        ("float s = {0.0}, int8 z = {0}", ["SR606"]),
        ("float s = {-1.0}, int8 z = {0}", ["SR606"]),
        ("float[4] s = {0.1, 0.1, 0.1, 0.1}, int8[4] z = {0, 0, 0, 0}", ["SR606"]),
        ("float s = {0.1}, int8[4] z = {0, 0, 0, 0}", ["SR603"]),
        ("float16 s = {11878}, int8 z = {0}", ["SR606"]),
    ],
)
def test_numbers(tmp_path: Path, constants: str, expected: list[str]) -> None:
    graph = f"(float[4,4] x) => (float[4,4] y) <{constants}> {PAIR}"
    assert codes(tmp_path, graph) == expected


def test_no_zero_point_is_a_warning(tmp_path: Path) -> None:
    graph = """(float[4] x) => (float[4] y) <float s = {0.1}> {
        q = QuantizeLinear(x, s)
        d = DequantizeLinear(q, s)
        y = Relu(d)
    }"""
    found = check_qdq(load_model(save(tmp_path / "m.onnx", graph)))
    assert [(f.code, f.level.value) for f in found] == [("SR602", "warning")]  # type: ignore[union-attr]
    assert "that is UINT8 in ONNX" in found[0].message


def test_a_scale_that_is_computed(tmp_path: Path) -> None:
    graph = """(float[4] x, float t) => (float[4] y) <int8 z = {0}> {
        s = Abs(t)
        q = QuantizeLinear(x, s, z)
        d = DequantizeLinear(q, s, z)
        y = Relu(d)
    }"""
    assert codes(tmp_path, graph) == ["SR606"]


def test_an_int32_bias(tmp_path: Path) -> None:
    graph = """(float[2,2] x) => (float[2,2] y)
    <float s = {0.5}, int32[2] b = {4, 8}, int32 z = {0}> {
        d = DequantizeLinear(b, s, z)
        y = Add(x, d)
    }"""
    found = check_qdq(load_model(save(tmp_path / "m.onnx", graph)))
    assert [f.code for f in found] == ["SR604"]
    assert "DequantizeLinear 'node_of_d' dequantizes an INT32 bias" in found[0].message
    assert "leave the bias float" in (found[0].help or "")


@pytest.mark.parametrize(
    ("options", "expected"),
    [("", ["SR605"]), ("<axis = 0>", ["SR606"]), ("<axis = 1>", [])],
)
def test_axis_of_weights(tmp_path: Path, options: str, expected: list[str]) -> None:
    graph = f"""(float[4,2] x) => (float[4,3] y) <float t = {{0.1}}, int8 u = {{0}}> {{
        q = QuantizeLinear(x, t, u)
        d = DequantizeLinear(q, t, u)
        wd = DequantizeLinear{options}(w, s, z)
        y = MatMul(d, wd)
    }}"""
    tensors = [
        numpy_helper.from_array(np.ones((2, 3), dtype=np.int8), "w"),
        numpy_helper.from_array(np.ones(3, dtype=np.float32), "s"),
        numpy_helper.from_array(np.zeros(3, dtype=np.int8), "z"),
    ]
    assert codes(tmp_path, graph, initializers=tensors) == expected


def test_a_pair_on_one_operand_only(tmp_path: Path) -> None:
    graph = """(float[4,4] x) => (float[4,4] y) <float s = {0.1}, int8 z = {0}> {
        q = QuantizeLinear(x, s, z)
        d = DequantizeLinear(q, s, z)
        y = MatMul(d, w)
    }"""
    assert codes(tmp_path, graph, weights={"w": (4, 4)}) == ["SR608"]


def test_ops_that_compute_in_integers(tmp_path: Path) -> None:
    graph = "(int8[4,4] x, int8[4,4] w) => (int32[4,4] y) { y = MatMulInteger(x, w) }"
    assert codes(tmp_path, graph) == ["SR607"]


def test_a_pair_moves_over_ops_that_only_move_values(tmp_path: Path) -> None:
    graph = """(float[4,4] x) => (float[4,4] y) <float s = {0.1}, int8 z = {0}> {
        q = QuantizeLinear(x, s, z)
        d = DequantizeLinear(q, s, z)
        t = Transpose(d)
        v = QuantizeLinear(w, s, z)
        f = DequantizeLinear(v, s, z)
        y = MatMul(t, f)
    }"""
    assert codes(tmp_path, graph, weights={"w": (4, 4)}) == []


def test_weights_in_4_bits_need_no_pair_on_the_other_side(tmp_path: Path) -> None:
    graph = """(float[4,16] x) => (float[4,4] y) <float[1,4] s = {0.1, 0.1, 0.1, 0.1}> {
        d = DequantizeLinear<axis = 0, block_size = 16>(w, s)
        y = MatMul(x, d)
    }"""
    packed = TensorProto(name="w", data_type=TensorProto.INT4, dims=[16, 4], raw_data=b"1" * 32)
    path = tmp_path / "m.onnx"
    assert codes(tmp_path, graph, opset=21, initializers=[packed]) == []
    with pytest.raises(
        FormatError, match=r"no ranges: its 1 Q/DQ nodes \(INT4\) are on weights"
    ):
        read_ranges(path)
