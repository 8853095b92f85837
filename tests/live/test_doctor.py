# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`setrange doctor`: what is here, what is broken, what to install."""

from __future__ import annotations

import json
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from setrange.cli.group import COMMANDS
from setrange.machine.doctor import examine
from tests.cli.material import run
from tests.support.trtexec import StandIn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(autouse=True)
def empty_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("setrange.machine.find_trtexec._PACKAGED", tmp_path / "none")
    monkeypatch.setattr("setrange.machine.doctor._JETSON", tmp_path / "none")
    monkeypatch.delitem(sys.modules, "tensorrt", raising=False)
    monkeypatch.setitem(sys.modules, "tensorrt_rtx", None)


def test_nothing_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    real = __import__("importlib").import_module

    def absent(name: str, package: str | None = None) -> Any:
        if name in ("tensorrt", "onnxruntime"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, package)

    monkeypatch.setattr("importlib.import_module", absent)
    result = run("doctor")
    assert result.status == 0
    assert "--  tensorrt     not installed" in result.out
    assert "--  trtexec      there is no trtexec" in result.out
    assert "--  apply -o OUT.engine: needs TensorRT" in result.out
    assert "ok  apply -o OUT.cache" in result.out
    assert "to build engines here, install TensorRT:" in result.out
    assert '--  collect, verify: needs onnxruntime: pip install "setrange[ort]"' in result.out


@pytest.mark.parametrize(
    ("version", "detail"),
    [("8.6", "8.6.1, takes ranges"), ("11.1", "11.1.0, takes Q/DQ models only")],
)
def test_the_bindings(version: str, detail: str, install: Callable[[str], Any]) -> None:
    install(version)
    part = examine().part("tensorrt")
    assert (part.found, part.detail) == (True, detail)


def test_bindings_that_do_not_load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "tensorrt"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('libnvinfer.so.10: cannot open')\n")
    monkeypatch.syspath_prepend(tmp_path)
    part = examine().part("tensorrt")
    assert not part.found
    assert "libnvinfer.so.10" in part.detail


def test_trtexec_and_a_gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path / "bin")
    smi = stand_in.folder / "nvidia-smi"
    smi.write_text("#!/bin/sh\necho 'NVIDIA GeForce RTX 3060, 550.54, 8.6'\n")
    smi.chmod(0o755)
    monkeypatch.setenv("PATH", str(stand_in.folder))
    report = examine()
    assert report.part("trtexec").detail == f"8.6.1, {stand_in.path}"
    assert report.part("GPU").detail.startswith("NVIDIA GeForce RTX 3060")
    engine = next(a for a in report.abilities if a.command == "apply -o OUT.engine")
    assert engine.works
    assert engine.detail in ("by trtexec", "by tensorrt or trtexec")


def test_json() -> None:
    value = json.loads(run("doctor", "--json").out)
    assert set(value["parts"]) >= {
        "Python",
        "onnx",
        "onnxruntime",
        "tensorrt",
        "trtexec",
        "GPU",
    }
    named = {name for key in value["commands"] for name in key.split(" -o ")[0].split(", ")}
    assert {name.split()[0] for name in named} <= set(COMMANDS)


def test_tensorrt_for_rtx_is_no_tensorrt(monkeypatch: pytest.MonkeyPatch) -> None:
    rtx = types.SimpleNamespace(
        __version__="1.7.1.116",
        ComputeCapability=object,
        IBuilderConfig=types.SimpleNamespace(set_compute_capability=None),
        OnnxParser=object,
        ProfilingVerbosity=object,
    )
    monkeypatch.setitem(sys.modules, "tensorrt_rtx", rtx)
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    report = examine()
    part = report.part("rtx")
    assert (part.found, part.detail) == (True, "TensorRT for RTX 1.7.1, builds without a GPU")
    assert not report.part("tensorrt").found
    abilities = {ability.command: ability for ability in report.abilities}
    assert abilities["apply -o OUT.engine"].works
    assert "for RTX 20 to 50" in abilities["apply -o OUT.engine"].detail
    assert abilities["check --build"].works


def test_a_tensorrt_for_rtx_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorrt_rtx", types.SimpleNamespace(__version__="1.0.0"))
    part = examine().part("rtx")
    assert not part.found
    assert "1.4 or later" in part.detail
