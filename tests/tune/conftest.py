# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from setrange.cli.main import main
from tests.tune.material import samples, toy, write_ranges

if TYPE_CHECKING:
    from pathlib import Path

#: Runs ``setrange tune`` on the toy: further arguments -> exit status.
Tune = Callable[..., int]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the toy, its ranges and data."""
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr("setrange.machine.target_release.installed_tensorrt", lambda: None)
    monkeypatch.chdir(tmp_path)
    toy(tmp_path / "toy.onnx")
    write_ranges(tmp_path / "ranges.json")
    samples(tmp_path / "data.npy", 40)
    return tmp_path


@pytest.fixture
def tune(folder: Path) -> Tune:
    """Run the command in the folder."""

    def run(*arguments: str) -> int:
        common = ["tune", "ranges.json", "toy.onnx", "--threads", "1", "--batch", "8"]
        given = list(arguments)
        if "--data" not in given:
            given += ["--data", "data.npy"]
        if "-o" not in given:
            given += ["-o", "better.json"]
        return main([*common, *given])

    return run


@pytest.fixture
def result(folder: Path) -> Callable[[], dict[str, Any]]:
    """The file that was written."""
    return lambda: json.loads((folder / "better.json").read_text())
