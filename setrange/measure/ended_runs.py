# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs of ONNX Runtime that a signal ends.

Python's own handlers wait until native code returns, and a loop in a model may take hours. What
happens at once is that the signal's number is written where ``signal.set_wakeup_fd`` says. A
thread reads it there and tells ONNX Runtime, which looks before each node, in bodies as well.
"""

from __future__ import annotations

import functools
import signal
import socket
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from setrange.files.interrupts import ENDING_SIGNALS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["run_until_signal"]

Result = TypeVar("Result")


def run_until_signal(options: Callable[[], Any], run: Callable[[Any], Result]) -> Result:
    """Run; a signal that ends the program ends the run, and raises what its handler raises.

    In a thread other than the main one, and in a program that reads signals itself, the run
    takes as long as it takes.

    Args:
        options: Makes ``onnxruntime.RunOptions``.
        run: Runs a model with them; ``None``: without any.

    Raises:
        Exception: What ``run`` raises.
    """
    if threading.current_thread() is not threading.main_thread():
        return run(None)
    watch = _watch()
    before = signal.set_wakeup_fd(watch.descriptor, warn_on_full_buffer=False)
    if before != -1:
        signal.set_wakeup_fd(before)
        return run(None)
    try:
        while True:
            made = watch.running = options()
            try:
                return run(made)
            except Exception:
                if not made.terminate:
                    raise
            # The handler, which has been called by now, does not end the program: once more.
    finally:
        watch.running = None
        signal.set_wakeup_fd(-1)


class _Watch:
    """A thread that waits for signals.

    Attributes:
        descriptor: Where numbers of signals are to be written.
        running: Options of the run that a signal ends; ``None``: there is none.
    """

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self.descriptor = self._writer.fileno()
        self.running: Any = None
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        while numbers := self._reader.recv(100):
            running = self.running
            if running is not None and any(number in ENDING_SIGNALS for number in numbers):
                running.terminate = True


@functools.cache
def _watch() -> _Watch:
    """Return the one watch of this process; there is none before the first run."""
    return _Watch()
