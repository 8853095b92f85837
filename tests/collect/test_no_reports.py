# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime is kept from reporting models to its makers, unless somebody wants it to."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from typing import TYPE_CHECKING

import pytest

from setrange.measure.session import check_runtime
from tests.cli.material import small_cnn

if TYPE_CHECKING:
    from pathlib import Path

SWITCH = "ORT_DISABLE_TELEMETRY"


class StandIn(types.ModuleType):
    """An ONNX Runtime that counts how often its reports are ended."""

    def __init__(self) -> None:
        super().__init__("onnxruntime")
        self.ended = 0

    def get_available_providers(self) -> list[str]:
        """Return what every ONNX Runtime has."""
        return ["CPUExecutionProvider"]

    def disable_telemetry_events(self) -> None:
        """End the reports."""
        self.ended += 1


def test_a_measurement_leaves_no_trace_of_reports(tmp_path: Path) -> None:
    """Where reports are on, ONNX Runtime keeps a session and a device number in files."""
    pytest.importorskip("onnxruntime")
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    kept = {
        "CI",
        "ORT_RUNNING_UNIT_TESTS",
        SWITCH,
        "XDG_CACHE_HOME",
    }  # each of them ends reports
    environment = {name: value for name, value in os.environ.items() if name not in kept}
    environment |= {"HOME": str(home), "TMPDIR": str(temporary), "TEMP": str(temporary)}
    model, out = tmp_path / "m.onnx", tmp_path / "ranges.json"
    small_cnn(model)
    line = ["-m", "setrange", "collect", model, "--random", "--samples", "1", "-o", out]
    done = subprocess.run(
        [sys.executable, *map(str, line)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [*home.rglob("*"), *temporary.rglob("*")] == []


def loaded(monkeypatch: pytest.MonkeyPatch, *, before: bool) -> StandIn:
    """Look for a stand-in, that the process has loaded before or not."""
    module = StandIn()
    monkeypatch.delitem(sys.modules, "onnxruntime", raising=False)
    if before:
        monkeypatch.setitem(sys.modules, "onnxruntime", module)
        check_runtime("CPU")
        return module

    class Finder:
        """Finds the stand-in."""

        def find_spec(self, name: str, *_: object) -> object:
            """Return how to load it."""
            from importlib.machinery import ModuleSpec

            return ModuleSpec(name, self) if name == "onnxruntime" else None  # type: ignore[arg-type]

        def create_module(self, _: object) -> types.ModuleType:
            """Return the stand-in."""
            return module

        def exec_module(self, _: object) -> None:
            """Do nothing."""

    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    check_runtime("CPU")
    sys.modules.pop("onnxruntime", None)
    return module


def test_the_switch_is_set_for_those_who_have_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "")  # what it was comes back after the test
    monkeypatch.delenv(SWITCH)
    assert loaded(monkeypatch, before=False).ended == 1
    assert os.environ[SWITCH] == "1"


def test_who_has_chosen_keeps_the_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "0")
    assert loaded(monkeypatch, before=False).ended == 0
    assert os.environ[SWITCH] == "0"
    monkeypatch.delenv(SWITCH)
    assert loaded(monkeypatch, before=True).ended == 0
    assert SWITCH not in os.environ
