# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""When the libraries of TensorRT for RTX are loaded before anything else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from setrange.machine import rtx_libraries
from setrange.machine.rtx_libraries import is_for_rtx, load_early

FROM = ["apply", "r.json", "m.onnx"]


@pytest.mark.parametrize(
    ("arguments", "alone", "beside_tensorrt"),
    [
        ([*FROM, "-o", "x.engine"], True, False),
        ([*FROM, "--output=x.plan"], True, False),
        ([*FROM, "-o", "x.engine", "--via", "rtx"], True, True),
        ([*FROM, "-o", "x.engine", "--via=rtx"], True, True),
        ([*FROM, "-o", "x.engine", "--gpu", "rtx40"], True, True),
        ([*FROM, "-o", "x.engine", "--via", "trtexec"], False, False),
        ([*FROM, "-o", "x.engine", "--trt", "8.6"], False, False),
        ([*FROM, "-o", "x.cache"], False, False),
        (["check", "r.json", "m.onnx", "--build"], True, True),
        (["check", "r.json", "m.onnx"], False, False),
        (["inspect", "x.engine"], False, False),
        (["--help"], False, False),
        ([], False, False),
    ],
)
def test_what_looks_like_an_engine_for_rtx(
    arguments: list[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    alone: bool,
    beside_tensorrt: bool,
) -> None:
    for has_tensorrt, expected in ((False, alone), (True, beside_tensorrt)):
        monkeypatch.setattr(rtx_libraries, "_has_tensorrt", lambda has=has_tensorrt: has)
        assert is_for_rtx(arguments) is expected


def test_another_program_loads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[bool] = []
    monkeypatch.setattr(rtx_libraries, "load_libraries", lambda: loaded.append(True))
    load_early(["/usr/bin/python", "check", "r.json", "m.onnx", "--build"])
    assert loaded == []


def test_help_does_not_ask() -> None:
    program = (
        "import sys; sys.argv = ['setrange', '--help']; import setrange.cli;"
        "print('setrange.machine.rtx_libraries' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n"
