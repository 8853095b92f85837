# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The first thing that the program does: ^C while modules are loaded ends it in one line.

Only what the interpreter holds already is imported here: any other module takes milliseconds in
which ^C would still show a traceback.
"""

from __future__ import annotations

import os

# What signal.py is built on, which would load enum.
from _signal import (  # type: ignore[import-not-found]
    SIG_IGN,
    SIGINT,
    getsignal,
    signal,
)

TYPE_CHECKING = False  # typing takes its time
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["is_program", "leave_quietly"]

_INTERRUPTED = 128 + SIGINT


def is_program(argv: Sequence[str], original: Sequence[str]) -> bool:
    """True where this process is setrange's command line, and not another's.

    Args:
        argv: ``sys.argv``, whose first is ``-m`` until the module of that name is found.
        original: ``sys.orig_argv``: the interpreter's own arguments.
    """
    first = "".join(argv[:1])
    if first == "-m":
        # python -I -m setrange ..., or -msetrange
        return any(
            argument == "-msetrange" or (argument == "-m" and following == "setrange")
            for argument, following in zip(original, [*original[1:], ""], strict=True)
        )
    program = "/" + first.replace("\\", "/").lower().removesuffix(".exe")
    return program.endswith(("/setrange", "/setrange-script.py", "/setrange/__main__.py"))


def leave_quietly() -> None:
    """End at once on ^C: for the time in which modules are loaded and nothing is open.

    An exception would leave half-loaded modules behind and be shown with a traceback. Where ^C
    is ignored, as behind ``nohup`` or ``&`` in a script, it stays so.
    """

    def leave(_number: int, _frame: Any) -> None:
        try:  # noqa: SIM105 - contextlib takes its time too
            os.write(2, b"error: interrupted\n")
        except OSError:  # nobody reads it
            pass
        os._exit(_INTERRUPTED)

    if getsignal(SIGINT) != SIG_IGN:
        signal(SIGINT, leave)
