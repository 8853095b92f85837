# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Running the builder: progress, and an end to it with ^C."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from setrange.errors import EngineBuildError
from setrange.machine.native import NativeCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.live.logger import LogTail

__all__ = ["BuildProgress", "NoProgress", "Wait", "run_build"]

#: Waits for the end of a build for so many seconds, and says whether it has come.
Wait: TypeAlias = "Callable[[float], bool]"


class BuildProgress(Protocol):
    """Shows the builder's phases; called from the builder's thread."""

    def start(self, phase: str, parent: str | None, steps: int) -> None:
        """A phase begins; ``parent`` is the phase it is a part of."""

    def step(self, phase: str, step: int) -> None:
        """A step of a phase is done, counted from 0."""

    def finish(self, phase: str) -> None:
        """A phase is over."""


class NoProgress:
    """A progress display that shows nothing."""

    def start(self, phase: str, parent: str | None, steps: int) -> None:
        """Do nothing."""

    def step(self, phase: str, step: int) -> None:
        """Do nothing."""

    def finish(self, phase: str) -> None:
        """Do nothing."""


def run_build(
    trt: Any,
    builder: Any,
    definition: Any,
    config: Any,
    *,
    tail: LogTail,
    progress: BuildProgress,
    name: str = "TensorRT",
    meanwhile: Callable[[Wait], object] | None = None,
) -> Any:
    """Build, and return the serialized engine.

    After ^C the progress monitor (10.0 on) tells TensorRT to stop. The thread that called does
    ``meanwhile``, with what waits for the build.

    Raises:
        EngineBuildError: TensorRT could not build it; the message ends with its own words.
        KeyboardInterrupt: ^C; the builder has stopped where it can be told to.
    """
    stop = threading.Event()
    can_stop = hasattr(trt, "IProgressMonitor")
    if can_stop:
        config.progress_monitor = _make_monitor(trt, progress, stop)
    building: NativeCall[Any] = NativeCall(
        lambda: builder.build_serialized_network(definition, config), "TensorRT builder"
    )
    try:
        building.start()
        if meanwhile is not None:
            meanwhile(building.is_over)
        building.wait()
    except BaseException:  # ^C above all
        stop.set()
        if can_stop:
            building.wait()  # a second ^C leaves at once
        raise
    try:
        engine = building.result()
    except BaseException as error:
        raise EngineBuildError(f"{name} failed: {error}") from error
    if engine is None:
        from setrange.explain import why_failed

        words = "\n".join(f"  {line}" for line in tail.errors())
        said = f"; it says:\n{words}" if words else ""
        why = why_failed(f"[E] {line}" for line in tail.errors())
        raise EngineBuildError(f"{name} could not build the engine{said}{why}")
    return engine


def _make_monitor(trt: Any, progress: BuildProgress, stop: threading.Event) -> Any:
    class Monitor(trt.IProgressMonitor):  # type: ignore[misc]
        """Hands the builder's progress on, and tells it to stop."""

        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)  # bindings want the base called by name

        def phase_start(
            self, phase_name: str, parent_phase: str | None, num_steps: int
        ) -> None:
            """A phase begins."""
            progress.start(phase_name, parent_phase, num_steps)

        def step_complete(self, phase_name: str, step: int) -> bool:
            """A step is done; ``False`` stops the build."""
            progress.step(phase_name, step)
            return not stop.is_set()

        def phase_finish(self, phase_name: str) -> None:
            """A phase is over."""
            progress.finish(phase_name)

    return Monitor()
