# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A spinner on stderr, for work that takes more than a moment."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from setrange.text.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from setrange.report.console import Console

__all__ = ["progress"]

#: Seconds before anything is shown.
PATIENCE = 2.0


@contextlib.contextmanager
def progress(console: Console, doing: str) -> Iterator[None]:
    """Show what is going on while the block runs, from the third second on.

    Only on a terminal, not under ``-q``; rich is imported when there is something to show.

    Args:
        console: Tells whether ``-q`` was given.
        doing: What the block does: ``reading resnet50.onnx``.
    """
    if not console.is_watched:
        yield
        return
    with contextlib.ExitStack() as shown:
        finished = threading.Lock()

        def show() -> None:
            from rich.console import Console as RichConsole
            from rich.markup import escape

            status = RichConsole(stderr=True).status(escape(f"{visible(doing)} ..."))
            with finished:
                if timer.finished.is_set():
                    return
                shown.enter_context(status)

        timer = threading.Timer(PATIENCE, show)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            with finished:
                timer.cancel()
