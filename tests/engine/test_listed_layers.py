# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Layers listed in logs and line by line, and files that are none of those."""

from __future__ import annotations

import contextlib
import json
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from setrange.engine_layers.reader import parse_text, read_layers
from setrange.errors import FormatError
from tests.cli.material import run

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.engine_layers.model import EngineLayers

OLD = """\
[07/01/2022-10:00:00] [V] [TRT] Engine Layer Information:
Layer(Reformat): stale, Tactic: 0x0, x[Float(1,3,8,8)] -> y[Float(1,3,8,8)]
[07/01/2022-10:00:01] [V] [TRT] Engine Layer Information:
Layer(Reformat): Reformatting CopyNode for Input Tensor 0 to c1, Tactic: 0x0, \
in:0[Float(1,3,8,8)] -> Reformatted Input Tensor 0 to c1[Int8(1,3,8,8)]
Layer(CaskConvolution): c1 + r1, Tactic: 0xe3, \
Reformatted Input Tensor 0 to c1[Int8(1,3,8,8)], \
(Unnamed Layer* 3) [Shuffle]_output[Int8(1,8,8,8)] -> r1[Int8(1,8:32,8,8)]
Layer(CudaSoftMax): sm, Tactic: 0x3e9, r1[Half(1,10,1,1)] -> y[Half(1,10)]
Layer(Constant): k, Tactic: 0x0,  -> k_out[Float(1)]
[07/01/2022-10:00:02] [I] Engine built in 12.1 sec.
"""
ONE_LINE = """\
Layer(CaskConvolution): /a/Conv + /a/Relu, Tactic: 0x9d, x (Int8[1,8,16]) -> a (Int8[1,8,16])
Layer(CaskGemmConvolution): /fc/Gemm, Tactic: 0x02, a (Half[1,8]), r (Half[1]) -> y (Half[1,8])
Layer(NoOp): Reshape_3, Tactic: 0x0, y (Half[1,8,1,1]) -> z (Half[1,8])
"""


def detailed(name: str, kind: str, inputs: list[str], outputs: list[str]) -> str:
    def tensors(words: list[str]) -> str:
        return ", ".join(
            f"{{ Name: t[{i}], Location: Device, Dimensions: [1,8,4,4], Format/Datatype: {w} }}"
            for i, w in enumerate(words)
        )

    return (
        f"Name: {name}, LayerType: {kind}, Inputs: [ {tensors(inputs)}], "
        f"Outputs: [ {tensors(outputs)}], ParameterType: Convolution, Kernel: [3,3], "
        f"TacticName: sm80_xmma, TacticValue: 0x1, StreamId: 0, Metadata: [ONNX Layer: /{name}]"
    )


I8 = "Thirty-two wide channel vectorized row major Int8 format"
DETAILED = "\n".join(
    [
        "[01/01/2024-10:00:00] [I] Layer Information:",
        "[01/01/2024-10:00:00] [I] Layers:",
        detailed("c1", "CaskConvolution", [I8, I8], [I8]),
        detailed("c2", "CaskConvolution", ["Row major linear FP16 format"], ["FP16 linear"]),
        "Bindings:",
        "x",
    ]
)


def summary(engine: EngineLayers) -> list[tuple[str, str, str]]:
    return [(layer.name, layer.role, layer.precision) for layer in engine.layers]


def test_a_verbose_log() -> None:
    engine = parse_text(OLD)
    assert summary(engine) == [
        ("Reformatting CopyNode for Input Tensor 0 to c1", "quantize", "fp32"),
        ("c1 + r1", "compute", "int8"),
        ("sm", "compute", "fp16"),
        ("k", "constant", "fp32"),
    ]
    names = [tensor.name for tensor in engine.layers[1].inputs]
    assert names == ["Reformatted Input Tensor 0 to c1", "(Unnamed Layer* 3) [Shuffle]_output"]
    assert engine.layers[1].outputs[0].shape == (1, 8, 8, 8)
    assert engine.layers[0].inputs[0].name == "in:0"


def test_one_line_a_layer() -> None:
    assert summary(parse_text(ONE_LINE)) == [
        ("/a/Conv + /a/Relu", "compute", "int8"),
        ("/fc/Gemm", "compute", "fp16"),
        ("Reshape_3", "reformat", "fp16"),
    ]


def test_what_dump_layer_info_prints() -> None:
    engine = parse_text(DETAILED)
    assert summary(engine) == [("c1", "compute", "int8"), ("c2", "compute", "fp16")]
    assert [tensor.name for tensor in engine.layers[0].inputs] == ["t[0]", "t[1]"]
    assert engine.layers[1].nodes == ("/c2",)


def layer(name: str, dtype: str) -> dict[str, Any]:
    tensor = {"Name": f"{name}_t", "Dimensions": [1], "Format/Datatype": dtype}
    return {"Name": name, "LayerType": "Conv", "Inputs": [tensor], "Outputs": [tensor]}


@pytest.mark.parametrize("between", ["\n", ",\n", "\n\n", " "])
@pytest.mark.parametrize("indent", [None, 2])
def test_one_json_a_layer(between: str, indent: int | None) -> None:
    layers = [layer("a", "Int8"), layer("b", "Half")]
    text = between.join(json.dumps(entry, indent=indent) for entry in layers)
    assert summary(parse_text(text)) == [("a", "compute", "int8"), ("b", "compute", "fp16")]


def test_a_single_layer_and_names_only() -> None:
    assert summary(parse_text(json.dumps(layer("a", "Int8")))) == [("a", "compute", "int8")]
    engine = parse_text('"conv_a + relu_a"\n"Reformatting CopyNode"\n')
    assert engine.names_only
    assert len(engine.layers) == 2


def test_layers_without_tensors_are_not_counted() -> None:
    empty = {"LayerType": "TrainStation", "Inputs": [], "Outputs": []}
    layers = [{"Name": "[trainStation1]", **empty}, layer("a", "Int8"), {"Name": "s", **empty}]
    engine = parse_text(json.dumps({"Layers": layers, "Bindings": []}))
    assert engine.verdict().startswith("1 of 1 layers")


PROFILE = [{"count": 9}, {"name": "c0", "timeMs": 1.2, "averageMs": 0.1, "percentage": 99.0}]
TIMES = [{"startInMs": 0.1, "endInMs": 0.2, "computeMs": 0.1}]
OUTPUT = [{"name": "y", "dimensions": "1x10", "values": [0.1, 0.2]}]


@pytest.mark.parametrize(
    ("value", "option"),
    [(PROFILE, "--exportProfile"), (TIMES, "--exportTimes"), (OUTPUT, "--exportOutput")],
)
def test_the_neighbours_of_the_layers_are_named(
    tmp_path: Path, value: object, option: str
) -> None:
    path = tmp_path / "neighbour.json"
    path.write_text(json.dumps(value))
    with pytest.raises(FormatError, match=option):
        read_layers(path)
    result = run("inspect", path)
    assert result.status == 2
    assert "--exportLayerInfo" in result.err


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '[{"a": 1}]', "hello", "[I] nothing\n", "[1]"]
)
def test_what_is_no_list_of_layers(text: str) -> None:
    if text == "[]":
        assert parse_text(text).verdict() == "this engine has no layer that computes"
        return
    with pytest.raises(FormatError, match="exportLayerInfo"):
        parse_text(text)


@pytest.mark.parametrize("name", ["build.log", "layers.txt", "layers.json", "no_ending"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_inspect_reads_a_log_by_any_name(tmp_path: Path, name: str, encoding: str) -> None:
    path = tmp_path / name
    path.write_bytes(OLD.encode(encoding))
    result = run("inspect", path)
    if name == "no_ending" and encoding == "utf-16":  # nothing says that this is text
        assert result.status == 2
        return
    assert result.status == 0, result.err
    assert "1 of 2 layers run in INT8 (50 %)" in result.err
    assert "setrange inspect" in run("explain", path).err


def test_made_up_lines_take_no_time() -> None:
    start = time.process_time()
    for piece in (
        "Layer(",
        "Layer(a): ",
        ", Tactic: ",
        "x[Int8(1)], ",
        " -> ",
        "{ Name: ",
        "Name: ",
    ):
        for end in ("", ", LayerType: X, Inputs: [", ", Tactic: 0, "):
            with contextlib.suppress(FormatError):
                parse_text(f"[I] {piece * 20_000}{end}")
    assert time.process_time() - start < 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_log_is_read_as_a_stream(encoding: str, tmp_path: Path) -> None:
    noise = "[11/30/2026-10:00:00] [V] [TRT] Tactic: 0x1 Time: 0.01 of something\n" * 60_000
    path = tmp_path / "build.log"
    path.write_bytes(f"{noise}{ONE_LINE}\n".encode(encoding))
    tracemalloc.start()
    try:
        engine = read_layers(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert summary(engine) == summary(parse_text(ONE_LINE))
    assert peak < 1 << 20 < path.stat().st_size
