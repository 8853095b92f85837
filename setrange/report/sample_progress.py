# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A progress bar on stderr: samples, their rate, and the time left."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from setrange.report.console import Console

__all__ = ["sample_progress"]


@contextlib.contextmanager
def sample_progress(console: Console, total: int | None) -> Iterator[Callable[[int], None]]:
    """Give a function to call with the number of samples done; only a terminal shows them.

    Args:
        console: Tells whether ``-q`` was given.
        total: Samples to come, if known.
    """
    if not console.is_watched:
        yield lambda _done: None
        return
    from rich.console import Console as RichConsole
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("samples, {task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=RichConsole(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, rate="...")

        def tell(done: int) -> None:
            speed = bar.tasks[0].finished_speed or bar.tasks[0].speed
            rate = f"{speed:.1f}/s" if speed else "..."
            bar.update(task, completed=done, rate=rate)

        yield tell
