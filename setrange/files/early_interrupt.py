# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The first thing that the program does: ^C while modules are loaded ends it in one line."""

from __future__ import annotations

import contextlib
import os
import signal

TYPE_CHECKING = False  # typing takes its time
if TYPE_CHECKING:
    from typing import Any

__all__ = ["leave_quietly"]

_INTERRUPTED = 128 + signal.SIGINT


def leave_quietly() -> None:
    """End at once on ^C: for the time in which modules are loaded and nothing is open.

    An exception would leave half-loaded modules behind and be shown with a traceback.
    """

    def leave(_number: int, _frame: Any) -> None:
        with contextlib.suppress(OSError):
            os.write(2, b"error: interrupted\n")
        os._exit(_INTERRUPTED)

    signal.signal(signal.SIGINT, leave)
