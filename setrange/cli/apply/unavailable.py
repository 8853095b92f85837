# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What ``apply`` says where it cannot build an engine, and what works instead."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from setrange.errors import BackendUnavailableError
from setrange.machine.install_help import Machine, tensorrt_install_help
from setrange.machine.rtx_bindings import why_no_rtx
from setrange.text.shell import command_line
from setrange.versions import DEFAULT_TRT, TrtVersion

if TYPE_CHECKING:
    from setrange.cli.apply.request import Request

__all__ = ["refuse"]


def refuse(request: Request) -> NoReturn:
    """Say why no engine can be built here and which command works here and now.

    Raises:
        BackendUnavailableError: TensorRT is not installed.
    """
    for_rtx = "" if request.trt is not None else f"\n  for RTX 20 to 50:  {why_no_rtx()}"
    raise BackendUnavailableError(
        f"{request.out}: an engine is built by TensorRT, and there is none here (no Python "
        f"package 'tensorrt'). To install it:\n"
        f"{tensorrt_install_help(Machine.here(), request.trt)}{for_rtx}\n"
        f"Without it, this works here and now, and says how to build the engine where TensorRT "
        f"is:\n"
        f"  {command_line(_instead(request))}"
    )


def _instead(request: Request) -> list[str]:
    """Return the command that writes what this TensorRT builds an engine from."""
    out = Path(request.out)
    version = TrtVersion.parse(DEFAULT_TRT) if request.trt is None else request.trt
    ending = "cache" if version.has_caches else "qdq.onnx"
    made = out.with_name(f"{out.name.split('.')[0] or 'ranges'}.{ending}")
    arguments = ["setrange", "apply", request.ranges, request.model, "--trt", str(version)]
    arguments += ["--target", request.target] if request.target != "gpu" else []
    arguments += ["--fill", request.fill] if request.fill != "safe" else []
    arguments += ["--allow-missing"] if request.allow_missing else []
    return [*arguments, "-o", str(made)]
