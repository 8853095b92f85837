# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""One message, one exit status, whatever happens."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import setrange
from setrange.cli.group import COMMANDS
from tests.cli.material import run

if TYPE_CHECKING:
    from pathlib import Path


def test_help_lists_every_command_and_the_exit_statuses() -> None:
    result = run("--help")
    assert result.status == 0
    assert result.err == ""
    for name, line in COMMANDS.items():
        assert f"  {name}" in result.out
        assert line in result.out
    assert "Exit status" in result.out


def test_version() -> None:
    assert run("--version").out == f"setrange {setrange.__version__}\n"


def test_no_command_shows_the_help_on_stderr() -> None:
    result = run()
    assert (result.status, result.out) == (2, "")
    assert "Usage: setrange" in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["aply"], "error: there is no command 'aply'; did you mean 'apply'?\n"),
        (["frobnicate"], "expected one of template, apply"),
        (["inspect"], "error: Missing argument 'MODEL'"),
        (["inspect", "m.onnx", "--jsno"], "--json"),
        (["inspect", "m.onnx", "-q", "-v"], "contradict"),
        (["inspect", "m.onnx", "--trt", "eight"], "'eight' is not a TensorRT release"),
        (["apply", "r.json", "m.onnx", "-o", "x.cache", "--fill", "wild"], "'wild'"),
    ],
)
def test_usage_errors(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("error: ")
    assert message in result.err


def test_a_usage_error_says_where_the_help_is() -> None:
    assert run("inspect").err.endswith("try: setrange inspect --help\n")


def test_a_bug_is_one_line_without_traceback(
    monkeypatch: pytest.MonkeyPatch, model: Path
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("lost")

    monkeypatch.setattr("setrange.model.loading.load_model", broken)
    result = run("inspect", model)
    assert result.status == 70
    assert result.err.count("\n") == 1
    assert "bug in setrange" in result.err
    assert "KeyError: 'lost'" in result.err
    assert "SETRANGE_DEBUG=1" in result.err
    monkeypatch.setenv("SETRANGE_DEBUG", "1")
    with pytest.raises(KeyError):
        run("inspect", model)


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 2, "out of memory"),
        (PermissionError(13, "Permission denied", "w.bin"), 2, "w.bin: Permission denied"),
        (BrokenPipeError(), 141, ""),
    ],
)
def test_what_the_system_does_to_us(
    monkeypatch: pytest.MonkeyPatch,
    model: Path,
    error: BaseException,
    status: int,
    message: str,
) -> None:
    def raising(*_: object) -> None:
        raise error

    monkeypatch.setattr("setrange.model.loading.load_model", raising)
    result = run("inspect", model)
    assert result.status == status
    assert result.err == (f"error: {message}\n" if message else "")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX pipe")
def test_a_closed_pipe_is_quiet(model: Path) -> None:
    inspect = f'"{sys.executable}" -m setrange inspect "{model}" --json'
    command = f"{inspect} | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
    assert done.returncode in {0, 141}


def test_python_dash_m() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "setrange", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"setrange {setrange.__version__}\n"


def test_names_the_console_cannot_show_are_escaped(model: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "setrange", "inspect", model.with_name("模型.onnx")],
        capture_output=True,
        env={"PYTHONIOENCODING": "cp1252", "SYSTEMROOT": "C:\\Windows"},
        check=False,
    )
    assert done.returncode == 2
    assert b"\\u6a21\\u578b.onnx" in done.stderr
