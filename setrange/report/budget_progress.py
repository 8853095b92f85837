# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A progress bar on stderr for work that has a budget of seconds."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from setrange.text.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from setrange.report.console import Console

__all__ = ["budget_progress"]


@contextlib.contextmanager
def budget_progress(console: Console, budget: float) -> Iterator[Callable[[str, float], None]]:
    """Give a function to call with what is being done and the seconds that are gone.

    Args:
        console: Tells whether ``-q`` was given; only a terminal shows anything.
        budget: Seconds there are.
    """
    if not console.is_watched:
        yield lambda _doing, _seconds: None
        return
    from rich.console import Console as RichConsole
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f} s"),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=RichConsole(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=budget)

        def tell(doing: str, seconds: float) -> None:
            bar.update(task, completed=min(seconds, budget), description=escape(visible(doing)))

        yield tell
