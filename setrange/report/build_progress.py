# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The builder's phases on a terminal."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from setrange.live.build import NoProgress
from setrange.text.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from setrange.live.build import BuildProgress
    from setrange.report.console import Console

__all__ = ["build_progress"]


@contextlib.contextmanager
def build_progress(console: Console, doing: str) -> Iterator[BuildProgress]:
    """Show a bar for each running phase of the builder; only on a terminal, not under ``-q``.

    Args:
        console: Tells whether ``-q`` was given.
        doing: What is shown until the first phase begins.
    """
    if not console.is_watched:
        yield NoProgress()
        return
    from rich.console import Console as RichConsole
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=RichConsole(stderr=True), transient=True) as bars:
        bars.add_task(visible(doing), total=None)
        yield _Bars(bars)


class _Bars:
    """A bar a phase, indented below the phase it is a part of."""

    def __init__(self, bars: Any) -> None:
        self._bars = bars
        self._running: dict[str, tuple[Any, int]] = {}

    def start(self, phase: str, parent: str | None, steps: int) -> None:
        """Add a bar."""
        depth = self._running[parent][1] + 1 if parent in self._running else 0
        task = self._bars.add_task("  " * depth + visible(phase), total=steps)
        self._running[phase] = task, depth

    def step(self, phase: str, step: int) -> None:
        """Move a bar."""
        if phase in self._running:
            self._bars.update(self._running[phase][0], completed=step + 1)

    def finish(self, phase: str) -> None:
        """Take a bar away."""
        task = self._running.pop(phase, None)
        if task is not None:
            self._bars.remove_task(task[0])
