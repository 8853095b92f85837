# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands to paste into a shell, quoted for the system they are shown on."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["command_line"]

# A comma makes a list in PowerShell, so it is quoted too.
_SAFE_ON_WINDOWS = re.compile(r"[\w@+=:./\\-]+\Z", re.ASCII)


def command_line(arguments: Iterable[str], *, windows: bool = os.name == "nt") -> str:
    """Return a command for the shell: POSIX, or both cmd and PowerShell on Windows.

    >>> command_line(["trtexec", "--onnx=my model.onnx"], windows=False)
    "trtexec '--onnx=my model.onnx'"
    >>> command_line(["trtexec", "--onnx=my model.onnx"], windows=True)
    'trtexec "--onnx=my model.onnx"'
    """
    if not windows:
        return shlex.join(arguments)
    # A Windows path cannot hold a double quote, so there is none to escape.
    return " ".join(
        argument if _SAFE_ON_WINDOWS.match(argument) else f'"{argument}"'
        for argument in arguments
    )
