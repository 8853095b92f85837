# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Signals that end a program: how they wait while files are put in order."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ENDING_SIGNALS", "Terminated", "uninterrupted"]

#: What ends a program from outside: ^C, `kill`, a closed terminal, Ctrl+Break on Windows.
ENDING_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
)


class Terminated(KeyboardInterrupt):
    """A signal such as SIGTERM asks the program to end; whatever handles ^C handles it too.

    Attributes:
        number: Of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let signals that would end the block wait until it is over.

    For blocks that are short and must not be left half done: files that are renamed together,
    or a native library that is loaded and cannot bear an exception meanwhile. In a thread
    other than the main one, which Python never interrupts, this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before: dict[int, Any] = {}
    try:
        for number in ENDING_SIGNALS:
            handler = signal.getsignal(number)
            if handler is not None and handler != signal.SIG_IGN:
                before[number] = handler
                signal.signal(number, lambda got, _frame: waiting.append(got))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if waiting:
            signal.raise_signal(waiting[0])
