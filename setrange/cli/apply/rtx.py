# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange apply ... -o OUT.engine``, built by TensorRT for RTX: its beginning.

Reading the model and quantizing its weights, which a thread does, comes before the modules are
loaded that all else needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.build_settings.gpus import parse_gpus
from setrange.errors import UnsupportedError, UsageError
from setrange.exporters.qdq.early_weights import EarlyWeights
from setrange.model.loading import load_model
from setrange.rtx.settings import STORED, check_rtx_settings

if TYPE_CHECKING:
    from setrange.build_settings.config import BuildConfig
    from setrange.cli.apply.builders import Choice
    from setrange.cli.apply.request import EngineOptions, Request
    from setrange.machine.rtx_bindings import RtxLoading
    from setrange.report.console import Console

__all__ = ["apply_rtx"]


def apply_rtx(
    request: Request,
    options: EngineOptions,
    settings: BuildConfig,
    chosen: Choice,
    loading: RtxLoading,
    console: Console,
) -> None:
    """Build an engine of the Q/DQ model and say what it is and how to run it.

    Raises:
        SetrangeError: Nothing was written.
    """
    parse_gpus(options.gpu)  # wrong names are said before any work
    _check_request(request)
    check_rtx_settings(settings)
    model = load_model(request.model)
    qdq = options.qdq(fp16=settings.fp16, weights=STORED)
    with EarlyWeights(model, qdq) as early:
        from setrange.cli.apply.rtx_build import build_rtx

        build_rtx(
            request,
            options,
            settings,
            chosen,
            loading,
            console,
            model=model,
            qdq=qdq,
            early=early,
        )


def _check_request(request: Request) -> None:
    name = "TensorRT for RTX"
    if request.target == "dla":
        raise UnsupportedError(
            f"{name} builds for GPUs, not for DLA; write a calibration cache for the board "
            f"(-o model.cache --target dla --trt V), see 'setrange explain jetson'"
        )
    if request.trt is not None:
        raise UsageError(
            f"--trt {request.trt} names a release of TensorRT, but {name} builds the engine, "
            f"whose releases are counted on their own; leave --trt out, or use --via trtexec"
        )
