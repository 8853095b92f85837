# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The models of the builder report: golden ones, and whole networks made here."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import onnx

from benchmarks.qdq.models import transformer
from tests.e2e.models import ResNet18
from tests.golden.data import own_models
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def golden_models() -> dict[str, Path]:
    """Name -> file."""
    folder = own_models()
    return {path.stem: path for path in sorted(folder.glob("*.onnx"))}


def made_models(folder: Path) -> dict[str, Path]:
    """Make the whole networks in a folder: name -> file."""
    made = {name: folder / f"{name}.onnx" for name in ("resnet18", "resnet50", "transformer")}
    onnx.save(ResNet18().build(), made["resnet18"])
    script = str(ROOT / "examples" / "make_resnet50.py")
    subprocess.run([sys.executable, script, str(made["resnet50"])], check=True)
    transformer(made["transformer"], layers=4)
    return made
