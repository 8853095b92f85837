# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The commonest wrong calls of newcomers: each ends in one message with the right call."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.material import run, small_cnn


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as a newcomer has it; the calls are made in it."""
    monkeypatch.chdir(tmp_path)
    small_cnn(tmp_path / "model.onnx")
    full = {"input": 1.0, "conv": 4.0, "relu": 4.0, "pool": 2.0, "flat": 2.0, "out": 3.0}
    (tmp_path / "ranges.json").write_text(json.dumps(full))
    (tmp_path / "model.engine").write_bytes(b"ftrt\x00\x01\x02")
    (tmp_path / "model.trt").write_bytes(b"\x01\x02\x03\x04")
    (tmp_path / "model.pt").write_bytes(b"\x80\x02\x8a\nl\xfc\x9cF\xf9")
    (tmp_path / "models").mkdir()
    (tmp_path / "stats.json").write_text('{"c/fq": {"input_low": -2, "input_high": 2}}')
    (tmp_path / "list.json").write_text("[[-1, 2], [0, 3]]")
    return tmp_path


APPLY = "apply ranges.json"
TRT = "-o x.cache --trt 8.6"
#: What is typed -> what the message holds. The first ten are the commonest.
CALLS = {
    f"apply model.onnx ranges.json {TRT}": "the ranges come first, then the model",
    f"{APPLY} model.onnx": "setrange apply RANGES MODEL -o OUT (OUT is model.cache,",
    f"{APPLY} model.onnx -o out.bin": "expected .cache (calibration cache), .engine or .plan",
    f"{APPLY} models {TRT}": "is a directory; expected a model exported to ONNX",
    f"{APPLY} model.pt {TRT}": "PyTorch checkpoint (.pt, .pth); export it to ONNX",
    f"{APPLY} model.engine {TRT}": "a TensorRT engine, from which no ONNX model can be had",
    f"apply stats.json model.onnx {TRT}": "as CSV with the header name,min,max",
    "model.onnx": "setrange template model.onnx -o ranges.json",
    f"{APPLY} model.onnx -o x.cache --trt 8": "give one of 8.0, 8.2, 8.4, 8.5, 8.6",
    f"aply ranges.json model.onnx {TRT}": "did you mean 'apply'?",
    # and some more
    f"apply list.json model.onnx {TRT}": "name",
    "ranges.json model.onnx": "setrange check ranges.json model.onnx",
    f"{APPLY} model.trt {TRT}": "by its name, a TensorRT engine",
    f"{APPLY} model.onnx -o x.cache": "--trt 8.6",
    f"{APPLY} model.onnx x.cache --trt 8.6": "setrange apply RANGES MODEL -o OUT",
    f"apply model.onnx {TRT}": "setrange apply RANGES MODEL -o OUT",
    f"{APPLY} model.onnx {TRT} --int8": "ranges are for INT8 anyway",
    f"{APPLY} model.onnx {TRT} --dla": "say --target dla",
    f"apply --onnx=model.onnx {TRT}": "the model is an argument",
    f"{APPLY} model.onnx {TRT} --fp16": "--fp16 is for Q/DQ models (-o model.qdq.onnx)",
    "build ranges.json model.onnx": "setrange apply RANGES MODEL -o model.engine",
    "quantize model.onnx": "setrange apply RANGES MODEL -o model.qdq.onnx",
    "calibrate model.onnx": "setrange collect MODEL --data PLACE -o ranges.json",
    "version": "setrange --version",
    "help": "setrange --help",
    "template ranges.json": "the ranges come first, then the model",
    "inspect ranges.json": "setrange check RANGES MODEL",
    "explain model.onnx": "setrange inspect model.onnx",
    "explain model.engine": "expected a log",
    "resolve model.onnx conv": "setrange resolve conv model.onnx",
    "convert ranges.json": "setrange convert SRC -o DST",
    "convert model.onnx -o x.json": "is an ONNX model; expected ranges",
    "check model.onnx": "setrange check RANGES model.onnx",
    "check ranges.json": "the model is missing: setrange check ranges.json MODEL",
    "merge ranges.json": "setrange merge A B -o ranges.json",
    "verify ranges.json": "setrange verify RANGES MODEL --data PLACE",
    "diff ranges.json": "setrange diff A B",
    "collect model.onnx": "setrange collect MODEL --data PLACE -o ranges.json",
}


@pytest.mark.parametrize("call", CALLS)
def test_the_message_names_the_right_call(call: str) -> None:
    result = run(*call.split())
    assert result.status == 2
    assert result.out == ""
    first, *rest = result.err.splitlines()
    assert first.startswith("error: ")
    assert CALLS[call] in first
    assert all(line.startswith(("try: ", "How to find", "  ")) for line in rest)
    assert not Path("x.cache").exists()


def test_a_mistake_with_the_call_mended_works() -> None:
    """What the first messages say to type is what works."""
    assert (
        run("apply", "ranges.json", "model.onnx", "-o", "x.cache", "--trt", "8.6").status == 0
    )
    assert run("check", "ranges.json", "model.onnx").status == 0
    assert run("template", "model.onnx", "-o", "new.json").status == 0
