# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Inputs that are no files: devices that never end, pipes, streams that are closed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.material import run, small_cnn

_ZERO = Path("/dev/zero")

posix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return small_cnn(tmp_path / "m.onnx")


@posix
@pytest.mark.parametrize(
    "arguments",
    [
        ("check", _ZERO, "MODEL"),
        ("inspect", _ZERO),
        ("explain", _ZERO),
        ("convert", _ZERO, "-o", "out.json"),
        ("check", "RANGES", "MODEL", "--build", "--config", _ZERO),
    ],
)
def test_a_device_is_refused_unread(
    model: Path, tmp_path: Path, arguments: tuple[object, ...]
) -> None:
    ranges = tmp_path / "r.json"
    ranges.write_text('{"setrange": 1, "tensors": {}}')
    named = {"MODEL": model, "RANGES": ranges, "out.json": tmp_path / "out.json"}
    done = run(*[named.get(str(argument), argument) for argument in arguments])
    assert done.status == 2
    assert "/dev/zero: is a device" in done.err
    assert not (tmp_path / "out.json").exists()


@posix
@pytest.mark.parametrize("command", ["inspect", "template"])
def test_a_pipe_is_no_model(tmp_path: Path, command: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)  # nobody writes into it: a read would wait for ever
    done = run(command, pipe)
    assert (done.status, done.out) == (2, "")
    assert f"{pipe}: is a pipe" in done.err


@posix
@pytest.mark.parametrize("is_resumed", [False, True])
@pytest.mark.parametrize(
    ("arguments", "suffix"),
    [
        (("collect", "MODEL"), ".state.npz"),
        (("tune", "RANGES", "MODEL", "--target", "sqnr=1"), ".tune-state.jsonl"),
    ],
)
def test_a_pipe_is_no_place_for_a_state(
    model: Path, tmp_path: Path, arguments: tuple[str, ...], suffix: str, is_resumed: bool
) -> None:
    pytest.importorskip("onnxruntime")
    ranges = tmp_path / "r.json"
    ranges.write_text('{"input": 1, "conv": 8, "relu": 8, "pool": 4, "flat": 4, "out": 16}')
    os.mkfifo(tmp_path / f"o.json{suffix}")
    named = {"MODEL": model, "RANGES": ranges}
    line = [named.get(argument, argument) for argument in arguments]
    more = ["--random", "--samples", "2", "-o", tmp_path / "o.json"]
    done = run(*line, *more, *(["--resume"] if is_resumed else []))
    assert done.status == 2
    assert f"o.json{suffix}: is a pipe" in done.err
    assert not (tmp_path / "o.json").exists()


@posix
def test_a_log_on_a_closed_standard_input() -> None:
    command = f'"{sys.executable}" -m setrange explain - <&-'
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "standard input is closed" in done.stderr


def test_layer_types_and_formats_forge_no_lines(tmp_path: Path) -> None:
    file = tmp_path / "layers.json"
    tensor = {"Name": "t", "Format/Datatype": "Int8\nerror: forged"}
    layer = {"Name": "l", "LayerType": "Conv\r\nerror: forged", "Inputs": [tensor]}
    file.write_text(json.dumps({"Layers": [{**layer, "Outputs": [tensor]}]}))
    done = run("inspect", file)
    assert done.status == 0
    assert not [line for line in done.out.splitlines() if line.startswith("error: forged")]
