# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""How the program ends when it is told to: ^C, `kill`, a terminal that closes."""

from __future__ import annotations

import _thread
import contextlib
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

__all__ = ["Ending", "with_signals"]

#: Seconds until a request to end that was lost, or came too early, is made again.
_SOON = 0.01

#: Seconds that a module may go on being loaded: a native one that an exception ends half way
#: may crash, but one of the user's own may take as long as it likes.
_PATIENCE = 3.0


class Ending:
    """Remembers whether a signal asked the program to end.

    Attributes:
        number: The signal that asked, or ``None``.
        is_over: The command has come to its end.
        since: When, in seconds of a clock that only goes forward.
    """

    number: int | None = None
    since: float = 0.0
    is_over: bool = False

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
    unraisable = sys.unraisablehook

    def again(problem: sys.UnraisableHookArgs) -> None:
        """Ask again where Python could not raise: in a destructor, or a callback."""
        if ending.number is not None and isinstance(problem.exc_value, KeyboardInterrupt):
            _ask_later(ending)
        else:
            unraisable(problem)

    def asked(number: int, frame: FrameType | None) -> None:
        if ending.number is None:
            ending.number, ending.since = number, time.monotonic()
        early = _is_importing(frame) and time.monotonic() - ending.since < _PATIENCE
        if early or _is_within(frame, again.__code__):  # what a hook raises is dropped as well
            _ask_later(ending)
            return
        raise KeyboardInterrupt if number == signal.SIGINT else Terminated(number)

    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in ENDING_SIGNALS:
            handler = signal.getsignal(number)
            if handler is not None and handler != signal.SIG_IGN:
                before[number] = handler
                signal.signal(number, asked)
        sys.unraisablehook = again
    try:
        yield ending
    finally:
        ending.is_over = True
        sys.unraisablehook = unraisable
        for number, handler in before.items():
            signal.signal(number, handler)


def _ask_later(ending: Ending) -> None:
    # not a Timer, whose start waits until the thread runs: longer than _SOON on a busy machine
    _thread.start_new_thread(_ask, (ending,))


def _ask(ending: Ending) -> None:
    time.sleep(_SOON)
    main = threading.main_thread().ident
    if ending.is_over or ending.number is None:
        return
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, ending.number)  # it also ends a wait
    else:  # Windows
        _thread.interrupt_main(signal.Signals(ending.number))


def _is_within(frame: FrameType | None, code: CodeType) -> bool:
    """True where ``code`` is running, or something that it calls."""
    while frame is not None:
        if frame.f_code is code:
            return True
        frame = frame.f_back
    return False


def _is_importing(frame: FrameType | None) -> bool:
    """True where a module is being loaded."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
