# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Models made once; commands run as a user runs them: a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import onnx
import pytest

from tests.e2e.models import ResNet18
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A finished command."""

    status: int
    out: str
    err: str


def setrange(*arguments: object, cwd: Path | None = None) -> Done:
    """Run `setrange` as a process."""
    done = subprocess.run(
        [sys.executable, "-m", "setrange", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    return Done(status=done.returncode, out=done.stdout, err=done.stderr)


@pytest.fixture(scope="session")
def resnet50(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The README's model: the model zoo's ResNet-50 with random weights, 102 MB."""
    path = tmp_path_factory.mktemp("resnet50") / "resnet50.onnx"
    subprocess.run(
        [sys.executable, str(ROOT / "examples" / "make_resnet50.py"), str(path)], check=True
    )
    return path


@pytest.fixture(scope="session")
def resnet18(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seed case: numeric names, MatMul and Add at the end."""
    path = tmp_path_factory.mktemp("resnet18") / "resnet18.onnx"
    onnx.save(ResNet18().build(), path)
    return path
