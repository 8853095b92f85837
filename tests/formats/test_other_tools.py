# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the numbers in other tools' files mean, and what is said of files that are not read."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange.errors import FormatError, InputError, RangeFileError
from setrange.formats.registry import read_source, sniff
from setrange.ranges.loss import LossKind
from tests.cli.material import run, torch_cnn
from tests.formats.material import source
from tests.formats.samples import SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.ranges import RangeFile


def read(data: bytes | str) -> RangeFile:
    return read_source(source(data))


def bounds(ranges: RangeFile) -> dict[str, tuple[float, float] | None]:
    return {
        name: None if entry.range is None else (entry.range.min, entry.range.max)
        for name, entry in ranges.entries.items()
    }


def kinds(ranges: RangeFile) -> dict[str, LossKind]:
    return {loss.name: loss.kind for loss in ranges.losses}


def test_onnx_runtimes_overrides() -> None:
    ranges = read(SAMPLES["ort-overrides"][0])
    assert bounds(ranges) == {
        "input": (-1.0, 1.0),
        "a": (-2.54, 2.54),
        "u": (-2.56, 2.54),
        "s": None,
    }
    assert kinds(ranges) == {"u": LossKind.ASYMMETRIC, "w": LossKind.PARAMETER}
    assert bounds(read(SAMPLES["ort-overrides"][1])) == {"x": (-2.0, 1.5)}


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [{"rmin": 2, "rmax": 1}]}',
        '{"a": [{"rmin": -1}]}',
        '{"a": [{"scale": "x"}]}',
        '{"a": [{"scale": 1, "quant_type": "QInt3"}]}',
    ],
)
def test_overrides_that_are_wrong(text: str) -> None:
    with pytest.raises(InputError, match="file:1"):
        read(text)


@given(st.floats(1e-6, 1e6), st.integers(-128, 127))
def test_overrides_of_every_zero_point(scale: float, zero: int) -> None:
    entry = {"scale": scale, "zero_point": zero, "quant_type": "QInt8"}
    found = bounds(read(json.dumps({"t": [entry]})))["t"]
    assert found is not None
    low = (-127 if zero == 0 else -128 - zero) * scale
    assert found == pytest.approx((low, (127 - zero) * scale), rel=1e-5, abs=1e-12)


def test_nni_and_the_printed_quantizers_hold_modules() -> None:
    ranges = read(SAMPLES["nni"][0])
    assert bounds(ranges) == {
        "layer1.0.conv1._input_quantizer._amax": (-2.1, 2.6),
        "layer1.0.conv1._output_quantizer._amax": (0.0, 6.1),
        "relu1._output_quantizer._amax": (0.0, 6.1),
    }
    assert LossKind.NOT_8_BIT in kinds(ranges).values()
    printed = read(SAMPLES["quant-summary"][0])
    assert bounds(printed) == {
        "conv1._input_quantizer._amax": (-2.64, 2.64),
        "fc._input_quantizer._amax": None,
        "add.input_quantizer._amax": (-0.5, 0.5),
        "head.input_quantizer._amax": (-2.5, 2.5),
    }


def test_ncnn_is_127_by_the_threshold_of_what_a_layer_reads() -> None:
    found = bounds(read(SAMPLES["ncnn"][0]))
    assert found["Conv_0._input_quantizer._amax"] == pytest.approx(
        (-0.802814, 0.802814), rel=1e-5
    )
    assert found["Gemm_6._input_quantizer._amax"] == pytest.approx(
        (-5.20991, 5.20991), rel=1e-5
    )
    assert bounds(read(SAMPLES["ncnn"][1]))["Conv_2._input_quantizer._amax"] == (-12.7, 12.7)


@given(st.floats(1e-4, 1e6))
def test_ncnn_of_every_range(amax: float) -> None:
    text = f"c_param_0 1.0\nc {127 / amax!r}\n"
    found = bounds(read(text))["c._input_quantizer._amax"]
    assert found is not None
    assert found[1] == pytest.approx(amax, rel=1e-6)


def test_sophgo_takes_the_threshold_and_the_outputs_name() -> None:
    ranges = read(SAMPLES["sophgo"][0])
    assert bounds(ranges) == {
        "images": (0.0, 1.0000076),
        "/model.0/conv/Conv_output_0": (-10.4, 10.4),
        "relu": (0.0, 3.5),
    }


def test_tensorflow_lite() -> None:
    ranges = read(SAMPLES["tflite"][0])
    assert bounds(ranges) == {
        "serving_default_input:0": pytest.approx((-127 * 0.00784, 128 * 0.00784)),
        "m/Relu": (-2.54, 2.54),
    }
    assert kinds(ranges)["m/kernel"] is LossKind.PARAMETER
    assert bounds(read(SAMPLES["tflite"][1])) == {"in": (-1.0, 126.5)}


@pytest.mark.parametrize(
    ("format_id", "index"), [("ncnn", 0), ("ncnn", 1), ("nni", 0), ("quant-summary", 0)]
)
def test_layers_and_modules_are_found_in_a_model(
    tmp_path: Path, format_id: str, index: int
) -> None:
    model, ranges = torch_cnn(tmp_path / "torch.onnx"), tmp_path / "ranges.txt"
    text = SAMPLES[format_id][index].decode()
    if format_id == "ncnn":
        text = text.replace("Conv_0", "/conv1/Conv").replace(
            "Conv_2", "/layer1/layer1.0/conv2/Conv"
        )
        text = text.replace("Gemm_6", "/layer1/layer1.0/conv2/Conv")
    ranges.write_text(text.replace("layer1.0.conv1", "layer1.0.conv2"))
    out = tmp_path / "o.json"
    result = run("convert", ranges, "--model", model, "-o", out)
    assert result.status == 0, result.err
    assert "give --model" not in result.err
    names = set(json.loads(out.read_text())["tensors"])
    expected = {
        "ncnn": {"input", "/conv1/Conv_output_0"},
        "nni": {"/conv1/Conv_output_0", "/layer1/layer1.0/conv2/Conv_output_0"},
        "quant-summary": {"input"},
    }
    assert names == expected[format_id]


def test_a_layer_of_ncnn_is_its_input_not_its_output(tmp_path: Path) -> None:
    model = torch_cnn(tmp_path / "torch.onnx")
    table = tmp_path / "int8.table"
    name = "/layer1/layer1.0/conv2/Conv"
    table.write_text(f"{name}_param_0 1.0 2.0 3.0\n{name} 63.5\n/conv1/Conv 127\n")
    result = run("check", table, model, "--trt", "8.6", "--json")
    found = {
        t["name"]: t["max"] for t in json.loads(result.out)["tensors"] if t["source"] == "given"
    }
    assert found == {"input": 1.0, "/conv1/Conv_output_0": 2.0}


UNREAD = [
    ('{"c/fq": {"input_low": -2, "input_high": 2, "levels": 256}}', "NNCF"),
    ('{"c/fq": {"activations": {"min_levels": -2, "max_levels": 2}}}', "POT"),
    ("quantize_parameters:\n  x:\n    qtype: asymmetric_quantized\n    min: [0.0]\n", "RKNN"),
    ('{"conv1": {"hist": [1, 2], "bin_edges": [0, 1, 2]}}', "histograms"),
]


@pytest.mark.parametrize(("text", "kind"), UNREAD, ids=[kind for _, kind in UNREAD])
def test_what_is_not_read_is_named_with_the_way(tmp_path: Path, text: str, kind: str) -> None:
    with pytest.raises(RangeFileError) as caught:
        sniff(source(text))
    message = str(caught.value)
    assert kind in message
    assert "name,min,max" in message or "write an object" in message
    path = tmp_path / "file.json"
    path.write_text(text)
    result = run("convert", path, "-o", tmp_path / "o.json")
    assert result.status == 2
    assert result.err.count("\n") == 1


@pytest.mark.parametrize(
    "text",
    [
        "conv_7 9.22\nconv_8 8\n",
        '{"a": [{"rmin": -1, "rmax": 1, "other": 3}]}',  # another tool's
        '{"a": [{"symmetric": true}]}',  # no range at all
        '{"a": [{"rmin": -1, "rmax": 1}], "b": 2}',
        '{"conv1": {"weight_scale": 0.1}}',
        "Conv_0 9.2\nConv_1 8.3\n",  # amax of ONNX Runtime, or ncnn's without weights
        '[{"name": "x"}]',
        '{"subgraphs": [{"tensors": []}]}',
    ],
)
def test_no_reader_takes_what_it_cannot_be_sure_of(text: str) -> None:
    ids = {"ort-overrides", "nni", "ncnn", "sophgo", "tflite", "quant-summary"}
    with contextlib.suppress(RangeFileError, FormatError):
        assert sniff(source(text)).id not in ids


def test_a_type_as_json_dumps_writes_it() -> None:
    """Interpreters give dtype as a class; json.dumps with default=str writes it like this."""
    text = json.dumps(
        [
            {
                "name": "x",
                "dtype": str(np.uint8),
                "quantization_parameters": {"scales": [0.5], "zero_points": [0]},
            }
        ]
    )
    assert bounds(read(text)) == {"x": (0.0, 127.5)}
