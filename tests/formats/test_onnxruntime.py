# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from setrange.errors import FormatError
from setrange.formats.reading import read_ranges
from setrange.formats.registry import read_source, write_format
from setrange.ranges.float32 import scale_of_amax
from setrange.ranges.loss import LossKind
from tests.exporters.quantizing import save
from tests.formats.material import amaxes, source
from tests.formats.samples import ORT_JSON, flatbuffer
from tests.networks import ranges_of

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.ranges import RangeFile


def bounds(ranges: RangeFile) -> dict[str, tuple[float, float] | None]:
    return {
        name: None if entry.range is None else (entry.range.min, entry.range.max)
        for name, entry in ranges.entries.items()
    }


def test_tensor_data_as_list_and_as_number() -> None:
    assert bounds(read_source(source(ORT_JSON))) == {
        "conv1_out": (-3.2, 3.6),
        "x": (-204.56, 173.06),
    }


def test_per_channel_takes_the_widest() -> None:
    text = '{"w": {"lowest": {"data": [[-1, -3]]}, "highest": {"data": [[2, 1]]}}}'
    ranges = read_source(source(text))
    assert bounds(ranges) == {"w": (-3.0, 2.0)}
    assert [loss.kind for loss in ranges.losses] == [LossKind.PER_CHANNEL]


def test_nan_in_a_channel_leaves_the_tensor_unset() -> None:
    text = '{"w": {"lowest": {"data": [-1, NaN]}, "highest": {"data": [2, 1]}}}'
    assert read_source(source(text)).entries["w"].reason == "NaN in the file"


@pytest.mark.parametrize(("low", "high"), [("-1", "NaN"), ("NaN", "1"), ("NaN", "NaN")])
def test_either_side_may_be_nan(low: str, high: str) -> None:
    text = f'{{"x": {{"lowest": {{"data": [{low}]}}, "highest": {{"data": [{high}]}}}}}}'
    assert read_source(source(text)).entries["x"].reason == "NaN in the file"


@pytest.mark.parametrize(
    "text",
    [
        '{"a": ["-1.5", "2.5"]}',
        '{"a": "(-1.5, 2.5)"}',
        '{"a": "[-1.5,2.5]"}',
    ],
)
def test_the_old_form(text: str) -> None:
    assert bounds(read_source(source(text))) == {"a": (-1.5, 2.5)}


def test_the_old_form_with_numbers_means_the_same_by_both_names() -> None:
    text = '{"a": [-1.5, 2.5]}'
    assert read_source(source(text)).format == "plain"
    assert bounds(read_source(source(text), "ort-json")) == {"a": (-1.5, 2.5)}


def test_problems_are_named() -> None:
    text = """{"a": {"lowest": {"data": [1]}, "highest": {"data": [-1]}},
"b": {"lowest": {"data": []}, "highest": {"data": [1]}},
"c": {"lowest": {"data": [1, 2]}, "highest": {"data": [3]}},
"d": {"lowest": {"data": "x"}, "highest": 1},
"e": {"lowest": {}, "highest": 1}}"""
    with pytest.raises(FormatError) as caught:
        read_source(source(text))
    assert str(caught.value).splitlines() == [
        'file:1: tensor "a": min 1.0 is greater than max -1.0',
        'file:2: tensor "b": lowest is an empty list',
        'file:3: tensor "c": has 2 lowest but 1 highest values',
        'file:4: tensor "d": lowest is the text "x"; expected a number',
        'file:5: tensor "e": lowest has no "data"',
    ]


def test_the_method_is_kept() -> None:
    text = write_format(ranges_of({"a": (-1, 2)}), "ort-tensors-data").data.decode()
    assert '"CalibrationMethod.MinMax"' in text
    ranges = read_source(source(text.replace("MinMax", "Entropy")))
    assert ranges.collected == {"method": "Entropy"}
    assert (
        '"CalibrationMethod.Entropy"' in write_format(ranges, "ort-tensors-data").data.decode()
    )


def test_calibration_cache_is_not_taken_for_tensorrts() -> None:
    ranges = read_source(source("input 2.64\n(Unnamed Layer* 3) [Pool]_output 0.5\nz 0.0\n"))
    assert ranges.format == "ort-cache"
    assert amaxes(ranges) == {
        "input": 2.64,
        "(Unnamed Layer* 3) [Pool]_output": 0.5,
        "z": None,
    }
    assert "not TensorRT's" in ranges.notes[0]
    assert "onnxruntime 1.20 to 1.32" in ranges.notes[1]


def test_flatbuffers_without_the_library() -> None:
    pairs = {"x": "141.69886779785156", "(Unnamed Layer* 1) [Pool]_output": "0.5", "größe": "2"}
    ranges = read_source(source(flatbuffer(pairs)))
    assert ranges.format == "ort-flatbuffers"
    assert amaxes(ranges) == {name: float(text) for name, text in pairs.items()}


def test_flatbuffers_that_are_none() -> None:
    for data in (b"", b"\0" * 8, b"\xff" * 40, flatbuffer({"a": "1"})[:-8]):
        with pytest.raises(FormatError, match=r"is no calibration\.flatbuffers"):
            read_source(source(data), "ort-flatbuffers")
    with pytest.raises(FormatError, match="the value 'much' is no number"):
        read_source(source(flatbuffer({"a": "much"})))


def test_writing_flatbuffers_needs_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from setrange.errors import UnsupportedError

    monkeypatch.setitem(sys.modules, "flatbuffers", None)
    with pytest.raises(UnsupportedError, match=r"pip install setrange\[formats\]"):
        write_format(ranges_of({"a": (-1, 1)}), "ort-flatbuffers")


@pytest.fixture
def calibrate() -> Any:
    return pytest.importorskip("onnxruntime.quantization.calibrate")


def test_reads_the_three_files_onnxruntime_writes(calibrate: Any, tmp_path: Path) -> None:
    from onnxruntime.quantization.quant_utils import write_calibration_table

    given = {"x": (-3.0, 3.0), "(Unnamed Layer* 3) [Pool]_output": (-0.5, 0.5), "y": (-2, 7)}
    table = {
        name: calibrate.TensorData(
            lowest=np.array(low, np.float32), highest=np.array(high, np.float32)
        )
        for name, (low, high) in given.items()
    }
    write_calibration_table(table, str(tmp_path))
    expected = {name: max(map(abs, pair)) for name, pair in given.items()}
    json_file = read_ranges(tmp_path / "calibration.json")
    assert json_file.format == "ort-json"
    assert bounds(json_file) == given
    flat = read_ranges(tmp_path / "calibration.flatbuffers")
    assert flat.format == "ort-flatbuffers"
    assert amaxes(flat) == expected
    text = read_ranges(tmp_path / "calibration.cache")
    assert text.format == "ort-cache"
    assert amaxes(text) == expected
    # What we write is the same file, byte for byte.
    written = write_format(flat, "ort-flatbuffers").data
    assert written == (tmp_path / "calibration.flatbuffers").read_bytes()


def test_our_flatbuffers_give_the_largest_absolute_value(calibrate: Any) -> None:
    """onnxruntime's own writer says 173.06 here, and everything below is clipped."""
    from onnxruntime.quantization.CalTableFlatBuffers.TrtTable import TrtTable

    written = write_format(ranges_of({"x": (-204.56, 173.06)}), "ort-flatbuffers").data
    table = TrtTable.GetRootAsTrtTable(written, 0)
    assert table.DictLength() == 1
    assert table.Dict(0).Key() == b"x"
    assert float(table.Dict(0).Value()) == 204.56


def test_onnxruntime_quantizes_from_our_file(calibrate: Any, tmp_path: Path) -> None:
    import inspect

    import onnx
    from onnx import numpy_helper
    from onnxruntime.quantization import CalibrationMethod, QuantType, quantize_static

    if "calibration_cache_path" not in inspect.signature(quantize_static).parameters:
        pytest.skip("this onnxruntime has no calibration_cache_path (new in 1.27)")
    graph = "(float[1,3,8,8] x) => (float[1,4,6,6] y) { c = Conv(x, w) y = Relu(c) }"
    save(tmp_path / "m.onnx", graph, {"w": (4, 3, 3, 3)}, opset=13)
    ranges = ranges_of({"x": (-3.2, 3.6), "c": (-1, 2), "y": (0, 2)})
    (tmp_path / "r.json").write_bytes(write_format(ranges, "ort-tensors-data").data)
    quantize_static(
        tmp_path / "m.onnx",
        tmp_path / "q.onnx",
        None,
        calibration_cache_path=str(tmp_path / "r.json"),
        calibrate_method=CalibrationMethod.MinMax,
        activation_type=QuantType.QInt8,
        extra_options={"ActivationSymmetric": True},
    )
    quantized = onnx.load(tmp_path / "q.onnx")
    scales = {init.name: numpy_helper.to_array(init) for init in quantized.graph.initializer}
    assert math.isclose(scales["x_scale"], scale_of_amax(3.6), rel_tol=1e-6)
