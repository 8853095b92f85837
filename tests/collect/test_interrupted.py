# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs that end early, and what a terminal shows of a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

import pytest

from setrange.measure.state import read_state
from tests.cli.material import small_cnn
from tests.collect.feeding import start

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("onnxruntime")

#: Yields six samples; the environment says after which one something happens.
FEEDER = """
import os, time
import numpy as np
import setrange.measure.run as run

def feed():
    for i in range(6):
        if i == 4 and "KILL" in os.environ:
            run.SAVE_EVERY = 0.0
        if i == 5 and "KILL" in os.environ:
            os._exit(9)
        if i == 4 and "WAIT" in os.environ:
            open("waiting", "w").close()
            time.sleep(600)
        if i == 4 and "FAIL" in os.environ:
            raise RuntimeError("no more")
        yield np.random.default_rng(i).normal(size=(1, 3, 8, 8)).astype("f4")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    small_cnn(tmp_path / "small.onnx", batch="N")
    (tmp_path / "feeder.py").write_text(FEEDER)
    return tmp_path


def finish(folder: Path, out: str, *more: str, method: str, **environment: str) -> int:
    arguments = ("small.onnx", "--data", "feeder:feed", "--method", method, "-o", out, *more)
    process = start(folder, *arguments, environment=environment)
    process.communicate()
    return process.returncode


def check_resumed(folder: Path, method: str) -> None:
    """The run goes on, and gives what an undisturbed one gives."""
    assert finish(folder, "r.json", "--resume", method=method) == 0
    assert not (folder / "r.json.state.npz").exists()
    assert finish(folder, "whole.json", method=method) == 0
    assert (folder / "r.json").read_bytes() == (folder / "whole.json").read_bytes()


def test_a_killed_run_resumes(folder: Path) -> None:
    assert finish(folder, "r.json", method="moving-average", KILL="1") == 9
    assert not (folder / "r.json").exists()
    assert 0 < read_state(folder / "r.json.state.npz").samples < 6
    check_resumed(folder, "moving-average")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_an_interrupted_run_keeps_what_is_done(folder: Path) -> None:
    temporary = folder / "tmp"
    temporary.mkdir()
    process = start(
        folder, "small.onnx", "--data", "feeder:feed", "--method", "percentile", "-o", "r.json",
        environment={"WAIT": "1", "TMPDIR": str(temporary)},
    )  # fmt: skip
    for _ in range(2400):
        if (folder / "waiting").exists():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    try:
        _, said = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "kept 3 samples; go on with --resume" in said
    assert "Traceback" not in said
    assert list(temporary.glob("setrange-*")) == []
    check_resumed(folder, "percentile")


def test_data_that_fail_half_way(folder: Path) -> None:
    process = start(
        folder, "small.onnx", "--data", "feeder:feed", "-o", "r.json", environment={"FAIL": "1"}
    )
    _, said = process.communicate()
    assert process.returncode == 2
    assert "--data feeder:feed: raised RuntimeError: no more" in said
    assert not (folder / "r.json").exists()
    assert read_state(folder / "r.json.state.npz").samples == 3


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_terminal_shows_progress(folder: Path) -> None:
    import pty

    arguments = ("small.onnx", "--random", "--samples", "20", "-o", "r.json")
    shown, terminal = pty.openpty()
    size = {"COLUMNS": "80", "TERM": "xterm"}
    process = start(folder, *arguments, stderr=terminal, environment=size)
    os.close(terminal)
    text = b""
    while True:
        try:
            part = os.read(shown, 4096)
        except OSError:  # Linux says so when the other side is closed
            break
        if not part:
            break
        text += part
    os.close(shown)
    process.communicate()
    assert process.returncode == 0
    assert b"20/20" in text
    assert b"samples, " in text

    process = start(folder, *arguments, stderr=subprocess.PIPE)
    _, said = process.communicate()
    assert "20/20" not in said


def test_nothing_is_left_in_the_temporary_directory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from setrange.errors import InputError
    from setrange.measure.collecting import collect

    temporary = folder / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with pytest.raises(InputError):
        collect(folder / "small.onnx", [])
    assert list(temporary.glob("setrange-*")) == []
