# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the whole test run, and models made once in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import onnx
import pytest
from hypothesis import settings

from setrange.files.interrupts import ENDING_SIGNALS
from tests.e2e.models import ResNet18
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# CI draws the same examples every time: a new one that fails is found at a desk, by
# `make fuzz` or a plain run, not in somebody else's change.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("desk", deadline=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

# Tests that load ONNX Runtime themselves send nothing to its makers either.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

# A script that starts the tests in the background, or `nohup`, has them ignore ^C or a hangup,
# and every process that they start as well. Tests send both.
for _number in ENDING_SIGNALS:
    if signal.getsignal(_number) == signal.SIG_IGN:
        _is_interrupt = _number == signal.SIGINT
        signal.signal(_number, signal.default_int_handler if _is_interrupt else signal.SIG_DFL)


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
