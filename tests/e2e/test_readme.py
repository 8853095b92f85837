# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The README shows what really happens."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from setrange.machine.rtx_bindings import is_rtx_installed
from tests.e2e.conftest import setrange
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

README = (ROOT / "README.md").read_text(encoding="utf-8")
RANGES = ROOT / "tests" / "data" / "nvidia-resnet50" / "ranges-trt5.1.txt"


@pytest.fixture
def folder(resnet50: Path, tmp_path: Path) -> Path:
    """What `make demo` prepares."""
    (tmp_path / "resnet50.onnx").symlink_to(resnet50)
    shutil.copy(RANGES, tmp_path / "nvidia_ranges.txt")
    return tmp_path


def blocks(language: str = "") -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def transcripts() -> list[tuple[str, list[str]]]:
    """(command, lines it prints): "..." stands for lines that are not shown."""
    found = []
    for block in blocks():
        for transcript in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *lines = transcript.strip().splitlines()
            found.append((command, lines))
    return found


*ANYWHERE, WITH_RTX = transcripts()


@pytest.mark.parametrize(
    ("command", "expected"), ANYWHERE, ids=["resolve", "template", "apply", "report"]
)
def test_transcripts_are_real(folder: Path, command: str, expected: list[str]) -> None:
    program, *arguments = shlex.split(command)
    assert program == "setrange"
    done = setrange(*arguments, cwd=folder)
    assert done.status == 0
    shown = (done.out + done.err).replace(str(folder), "/home/me").splitlines()
    if "..." not in expected:
        assert shown == expected
    rest = iter(shown)
    assert [line for line in expected if line != "..." and line not in rest] == []


@pytest.mark.rtx
def test_the_engine_is_real(folder: Path) -> None:
    if not is_rtx_installed():
        pytest.skip("TensorRT for RTX is not installed")
    command, expected = WITH_RTX
    done = setrange(*shlex.split(command)[1:], cwd=folder)
    assert done.status == 0
    shown = iter([_without_numbers_of_the_machine(line) for line in done.err.splitlines()])
    for line in expected:
        if line != "...":
            assert _without_numbers_of_the_machine(line) in shown


def _without_numbers_of_the_machine(line: str) -> str:
    line = re.sub(r"RTX \d+\.\d+\.\d+", "RTX V", line)
    return re.sub(r"\d+\.\d (?:MiB|s\b)", "N", line)


def test_the_demo_runs_what_the_readme_shows() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in re.findall(r"^\$ setrange (.*)$", README, re.MULTILINE):
        assert f"$(SETRANGE) {command}\n" in makefile


def test_the_python_example_runs(folder: Path) -> None:
    [example] = blocks("python")
    shutil.copy(folder / "nvidia_ranges.txt", folder / "ranges.json")
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "0 tensors without a range\n"
    assert (folder / "resnet50.cache").read_bytes().startswith(b"TRT-8601-")
