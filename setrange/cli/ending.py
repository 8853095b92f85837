# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""How the program ends when it is told to: ^C, `kill`, a terminal that closes."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Ending", "is_program", "leave_quietly", "with_signals"]

_INTERRUPTED = 128 + signal.SIGINT


class Ending:
    """Whether somebody asked the program to end.

    Attributes:
        number: The signal that asked, or ``None``.
    """

    number: int | None = None

    @property
    def status(self) -> int:
        """The exit status: 130 after ^C, 143 after SIGTERM, as shells count."""
        return 128 + (self.number or signal.SIGINT)


@contextlib.contextmanager
def with_signals() -> Iterator[Ending]:
    """Let each signal that ends a program raise as ^C does, so that all is put in order.

    A library may turn what is raised into an error of its own, such as an import that failed;
    ``Ending`` remembers what it really was. Signals that are ignored (``nohup``) stay so.
    """
    from setrange.files.interrupts import ENDING_SIGNALS, Terminated

    ending = Ending()

    def asked(number: int, _frame: Any) -> None:
        ending.number = number
        raise KeyboardInterrupt if number == signal.SIGINT else Terminated(number)

    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in ENDING_SIGNALS:
            handler = signal.getsignal(number)
            if handler is not None and handler != signal.SIG_IGN:
                before[number] = handler
                signal.signal(number, asked)
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def is_program() -> bool:
    """True where this process is the command line, not a program that imports it."""
    name = os.path.splitext(sys.argv[0] if sys.argv else "")[0]
    folder, stem = os.path.split(name)
    is_module = stem == "__main__" and os.path.basename(folder) == "setrange"
    return is_module or stem.lower() in ("setrange", "setrange-script")


def leave_quietly() -> None:
    """End at once on ^C: for the time in which modules are loaded and nothing is open.

    An exception would leave half-loaded modules behind and be shown with a traceback.
    """

    def leave(_number: int, _frame: Any) -> None:
        with contextlib.suppress(OSError):
            os.write(2, b"error: interrupted\n")
        os._exit(_INTERRUPTED)

    signal.signal(signal.SIGINT, leave)
