# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The first thing that the program does: ^C while modules are loaded ends it in one line."""

from __future__ import annotations

import contextlib
import os
import signal
import sys

TYPE_CHECKING = False  # typing takes its time
if TYPE_CHECKING:
    from typing import Any

__all__ = ["is_program", "leave_quietly"]

_INTERRUPTED = 128 + signal.SIGINT


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
