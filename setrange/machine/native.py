# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Calls of a library that calls Python back, such that ^C is never lost in it.

A parser and a builder hand their log to Python. In the main thread Python handles ^C within
such a call, and what is raised there ends in the library, which goes on. So a library works in
a thread of its own, while the main thread waits and takes ^C.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

from setrange.files.interrupts import uninterrupted

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NativeCall", "call_native"]

Result = TypeVar("Result")

#: Seconds between looks at whether a call is over; on Windows ^C is noticed as fast.
_PATIENCE = 0.1


class NativeCall(Generic[Result]):
    """A call in a thread of its own.

    Args:
        call: What is called.
        name: Of the thread.
    """

    def __init__(self, call: Callable[[], Result], name: str) -> None:
        self._call = call
        self._returned: list[Result] = []
        self._failed: list[BaseException] = []
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._is_begun = False
        # Not Thread.join: after ^C in it, Python up to 3.12 takes the thread for ended.
        self._over = threading.Event()

    def _work(self) -> None:
        try:
            self._returned.append(self._call())
        except BaseException as error:  # raised again by who takes the result
            self._failed.append(error)
        finally:
            self._over.set()

    def start(self) -> None:
        """Begin."""
        with uninterrupted():  # a thread either runs or does not
            self._thread.start()
            self._is_begun = True

    def is_over(self, seconds: float) -> bool:
        """Wait for the end for so many seconds, and say whether it has come."""
        return not self._is_begun or self._over.wait(seconds)

    def wait(self) -> None:
        """Wait for the end."""
        while not self.is_over(_PATIENCE):
            pass

    def result(self) -> Result:
        """Return what the call returned, or raise what it raised."""
        if self._failed:
            raise self._failed[0]
        return self._returned[0]


def call_native(call: Callable[[], Result], name: str) -> Result:
    """Call and return the result.

    What is called cannot be stopped: after ^C it is waited for, and a second ^C leaves at once.

    Args:
        call: What is called.
        name: Of its thread.

    Raises:
        KeyboardInterrupt: ^C.
    """
    working = NativeCall(call, name)
    try:
        working.start()
        working.wait()
    except BaseException:
        working.wait()
        raise
    return working.result()
