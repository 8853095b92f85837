# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ranges out of Q/DQ models, as different tools write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx.parser
import pytest

from setrange.errors import FormatError
from setrange.formats.registry import read_source
from setrange.ranges.source import SourceFile
from tests.formats.samples import QDQ

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.ranges.model import RangeFile

HEAD = '<ir_version: 8, opset_import: ["": 21]> g'


def read(graph: str, format_id: str = "qdq-onnx") -> RangeFile:
    data = onnx.parser.parse_model(f"{HEAD} {graph}").SerializeToString()
    return read_source(SourceFile("m.onnx", data), format_id)


def pair(scale: str, zero: str, options: str = "") -> str:
    return f"""(float[4,2] x) => (float[4,2] y) <float{scale}, {zero}> {{
        q = QuantizeLinear{options}(x, s, z)
        d = DequantizeLinear{options}(q, s, z)
        y = Relu(d)
    }}"""


def test_int8_scales_are_kept_to_the_last_bit() -> None:
    entry = read(QDQ).entries["x"]
    assert entry.scale == float(np.float32(0.02))
    assert entry.amax == 2.54


@pytest.mark.parametrize(
    ("zero", "low", "high"),
    [
        ("uint8 z = {0}", 0.0, 255.0),
        ("uint8 z = {128}", -128.0, 127.0),
        ("int8 z = {-128}", 0.0, 255.0),
    ],
)
def test_zero_points_are_read_as_what_they_cover(zero: str, low: float, high: float) -> None:
    ranges = read(pair(" s = {1.0}", zero))
    bounds = ranges.entries["x"].range
    assert bounds is not None
    assert (bounds.min, bounds.max) == (low, high)
    assert [loss.kind.value for loss in ranges.losses] == ["asymmetric"]


def test_without_a_zero_point_onnx_means_uint8() -> None:
    graph = """(float[4] x) => (float[4] y) <float s = {1.0}> {
        q = QuantizeLinear(x, s)
        d = DequantizeLinear(q, s)
        y = Relu(d)
    }"""
    assert read(graph).entries["x"].range.min == 0.0  # type: ignore[union-attr]


def test_a_scale_per_channel_gives_the_widest() -> None:
    graph = pair("[2] s = {1.0, 2.0}", "int8[2] z = {0, 0}", "<axis = 1>")
    ranges = read(graph)
    assert ranges.entries["x"].amax == 254.0
    assert [loss.kind.value for loss in ranges.losses] == ["per channel"]


def test_16_bits_give_no_range() -> None:
    ranges = read(pair(" s = {1.0}", "int16 z = {0}"))
    assert ranges.entries["x"].range is None
    assert [loss.kind.value for loss in ranges.losses] == ["not 8 bit"]


def test_several_quantizers_on_one_value_give_the_largest() -> None:
    graph = """(float[4] x) => (float[4] y) <float s = {0.02}, float t = {0.04}, int8 z = {0}> {
        q = QuantizeLinear(x, s, z)
        d = DequantizeLinear(q, s, z)
        p = QuantizeLinear(x, t, z)
        e = DequantizeLinear(p, t, z)
        y = Add(d, e)
    }"""
    ranges = read(graph)
    assert ranges.entries["x"].scale == float(np.float32(0.04))
    assert any("'x' is quantized 2 times" in note for note in ranges.notes)


def test_a_graph_output_keeps_its_name() -> None:
    graph = """(float[4] x) => (float[4] y) <float s = {0.02}, int8 z = {0}> {
        y_before = Relu(x)
        q = QuantizeLinear(y_before, s, z)
        y = DequantizeLinear(q, s, z)
    }"""
    assert list(read(graph).entries) == ["y"]


def test_scales_behind_constants_and_identities_are_found() -> None:
    graph = """(float[4] x) => (float[4] y) <int8 z = {0}> {
        c = Constant<value = float {0.02}>()
        s = Identity(c)
        q = QuantizeLinear(x, s, z)
        d = DequantizeLinear(q, s, z)
        y = Relu(d)
    }"""
    assert read(graph).entries["x"].scale == float(np.float32(0.02))


def test_quantized_weights_are_no_entries() -> None:
    graph = """(float[2,2] x) => (float[2,2] y)
    <float s = {0.02}, int8 z = {0}, float[2,2] w = {1.0, 2.0, 3.0, 4.0}> {
        q = QuantizeLinear(x, s, z)
        d = DequantizeLinear(q, s, z)
        wq = QuantizeLinear(w, s, z)
        wd = DequantizeLinear(wq, s, z)
        y = MatMul(d, wd)
    }"""
    assert list(read(graph).entries) == ["x"]


def test_a_model_without_quantizers_is_refused() -> None:
    with pytest.raises(FormatError, match="no QuantizeLinear node on an activation"):
        read("(float[4] x) => (float[4] y) { y = Relu(x) }")


def test_bytes_that_are_no_model_are_refused() -> None:
    with pytest.raises(FormatError, match="is not an ONNX model"):
        read_source(SourceFile("m.onnx", b"\x08\x08\x12\xff"), "qdq-onnx")


def test_a_ranged_model_of_another_producer_is_noted(tmp_path: Path) -> None:
    graph = """(float[4] x) => (float[4] y) {
        y = Relu<trt_outputs_range_min = [-1.0], trt_outputs_range_max = [2.0]>(x)
    }"""
    ranges = read(graph, "ranged-onnx")
    assert ranges.entries["y"].range.max == 2.0  # type: ignore[union-attr]
    assert "producer_name is not 'TensorRT'" in ranges.notes[0]
