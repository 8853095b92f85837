# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands to paste into a shell, quoted for the system they are shown on."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from setrange.network import Network, Tensor

__all__ = ["command_line", "shapes_argument", "trtexec_command"]

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


def trtexec_command(
    network: Network, model_path: str | Path, cache_path: str | Path
) -> tuple[str, ...]:
    """Return the arguments of the trtexec run that builds an engine with a cache.

    The cache's path is absolute: trtexec calibrates on random noise, without an error, where
    it finds no file. Dynamic inputs get ``--shapes`` with 1 for each unknown size.
    """
    cache = Path(cache_path).absolute()
    arguments = [
        "trtexec",
        f"--onnx={Path(model_path).absolute()}",
        "--int8",
        f"--calib={cache}",
    ]
    arguments += shapes_argument(network)
    arguments.append(f"--saveEngine={cache.with_suffix('.engine').name}")
    return tuple(arguments)


def shapes_argument(network: Network) -> list[str]:
    """Return ``--shapes=...`` for a network with dynamic inputs, else nothing."""
    dynamic = [tensor for tensor in network.inputs if -1 in tensor.shape]
    return ["--shapes=" + ",".join(map(_shape_argument, dynamic))] if dynamic else []


def _shape_argument(tensor: Tensor) -> str:
    return f"{tensor.name}:{'x'.join(str(max(size, 1)) for size in tensor.shape)}"
