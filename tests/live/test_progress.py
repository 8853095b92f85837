# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Progress of a build: from TensorRT's monitor to bars on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from setrange.build_settings.config import BuildConfig
from setrange.live.session import LiveModel
from setrange.model.loading import load_model
from setrange.report.build_progress import build_progress
from setrange.report.console import Console, Verbosity
from tests.fake_tensorrt.module import make_tensorrt

if TYPE_CHECKING:
    from pathlib import Path


class Recorder:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def start(self, phase: str, parent: str | None, steps: int) -> None:
        self.told.append(("start", phase, parent, steps))

    def step(self, phase: str, step: int) -> None:
        self.told.append(("step", phase, step))

    def finish(self, phase: str) -> None:
        self.told.append(("finish", phase))


@pytest.mark.parametrize("version", ["10.1", "10.16", "11.1"])
def test_phases_and_steps_are_handed_on(version: str, model: Path) -> None:
    recorder = Recorder()
    live = LiveModel(make_tensorrt(version), load_model(model))
    live.build(BuildConfig(), None, recorder)
    phase = "Building Engine"
    assert recorder.told == [
        ("start", phase, None, 3),
        *(("step", phase, step) for step in range(3)),
        ("finish", phase),
    ]


def test_8_6_has_no_monitor(model: Path) -> None:
    recorder = Recorder()
    live = LiveModel(make_tensorrt("8.6"), load_model(model))
    assert live.build(BuildConfig(), None, recorder)
    assert recorder.told == []


def test_a_failing_callback_fails_the_build(model: Path) -> None:
    from setrange.errors import EngineBuildError

    trt = make_tensorrt("10.16")

    def fail(step: int) -> None:
        raise RuntimeError("out of memory")

    trt._on_step = fail
    live = LiveModel(trt, load_model(model))
    with pytest.raises(EngineBuildError, match="out of memory"):
        live.build(BuildConfig(), None)


def test_bars_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with build_progress(Console(), "building") as progress:
        progress.start("outer", None, 2)
        progress.start("inner [a]", "outer", 5)
        progress.step("inner [a]", 3)
        tasks = {task.description: task for task in progress._bars.tasks}  # type: ignore[attr-defined]
        assert tasks["  inner [a]"].completed == 4
        progress.finish("inner [a]")
        progress.finish("never begun")
        tasks = {task.description: task for task in progress._bars.tasks}  # type: ignore[attr-defined]
        assert set(tasks) == {"building", "outer"}


def test_nothing_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    for verbosity in (Verbosity.QUIET, Verbosity.NORMAL):
        with build_progress(Console(verbosity), "building") as progress:
            progress.start("outer", None, 2)
    assert capsys.readouterr().err == ""
