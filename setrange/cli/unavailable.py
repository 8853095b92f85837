# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What ``apply`` says where it cannot write the output asked for, and what works instead."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from setrange.cli.outputs import Output
from setrange.errors import BackendUnavailableError, UnsupportedError
from setrange.report.install_help import Machine, tensorrt_install_help
from setrange.report.shell import command_line
from setrange.versions import DEFAULT_TRT

if TYPE_CHECKING:
    from setrange.cli.apply import Request

__all__ = ["refuse"]


def refuse(output: Output, request: Request) -> NoReturn:
    """Say why OUT cannot be written and which command works here and now.

    Raises:
        BackendUnavailableError: An engine, and TensorRT is not installed.
        UnsupportedError: This version of setrange does not write it.
    """
    cache, out = _cache_command(request), request.out
    if output is Output.ENGINE:
        raise BackendUnavailableError(
            f"{out}: an engine is built by TensorRT, and there is none here (no Python package "
            f"'tensorrt'). To install it:\n"
            f"{tensorrt_install_help(Machine.here(), request.trt)}\n"
            f"Without it, this works here and now (then build the engine where TensorRT is, "
            f"with trtexec --int8 --calib=...):\n"
            f"  {cache}"
        )
    raise UnsupportedError(
        f"{out}: this version of setrange does not write ranges into ONNX models, only "
        f"calibration caches, Q/DQ models and engines. This works:\n  {cache}"
    )


def _cache_command(request: Request) -> str:
    out = Path(request.out)
    cache = out.with_name(f"{out.name.split('.')[0] or 'ranges'}.cache")
    version = DEFAULT_TRT if request.trt is None else str(request.trt)
    arguments = ["setrange", "apply", request.ranges, request.model]
    return command_line([*arguments, "--trt", version, "-o", str(cache)])
