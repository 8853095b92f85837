# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import importlib.machinery
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.material import small_cnn
from tests.exporters.quantizing import save
from tests.fake_tensorrt.module import make_tensorrt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Make a fake TensorRT of a version the one that is installed."""

    def put(version: str) -> Any:
        trt = make_tensorrt(version)
        trt.__spec__ = importlib.machinery.ModuleSpec("tensorrt", None)
        monkeypatch.setitem(sys.modules, "tensorrt", trt)
        return trt

    return put


@pytest.fixture(autouse=True)
def without_rtx(monkeypatch: pytest.MonkeyPatch) -> None:
    """What builds in these tests is TensorRT or trtexec, also where TensorRT for RTX is."""
    monkeypatch.setattr("setrange.cli.apply.builders.is_rtx_installed", lambda: False)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return small_cnn(tmp_path / "small.onnx")


@pytest.fixture
def ranges(tmp_path: Path) -> Path:
    path = tmp_path / "ranges.json"
    path.write_text('{"input": [-2.1, 2.64], "relu": 0.1, "out": 3}')
    return path


@pytest.fixture
def norm(tmp_path: Path) -> Path:
    """A model of one InstanceNormalization, from x to y."""
    graph = """(float[1,3,4,4] x) => (float[1,3,4,4] y) <float[3] ones = {1, 1, 1}> {
        [norm] y = InstanceNormalization(x, ones, ones)
    }"""
    return save(tmp_path / "norm.onnx", graph, opset=13)
