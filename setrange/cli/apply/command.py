# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange apply``: writes what TensorRT builds from, of ranges and a model."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import click

from setrange.cli.apply.option_table import check_options, options_of
from setrange.cli.apply.request import Request
from setrange.cli.build_options import build_options
from setrange.cli.correction_option import correction_options
from setrange.cli.file_arguments import InputFile, ModelFile, output_option
from setrange.cli.options import (
    asymmetric_option,
    dtype_option,
    placement_option,
    plan_options,
    quantize_small_option,
    residual_option,
    scaling_option,
    trt_option_that,
    verbosity_options,
    weight_scales_option,
)
from setrange.cli.outputs import Output, output_of
from setrange.cli.planning import check_order
from setrange.cli.report_option import report_option

if TYPE_CHECKING:
    from setrange.report.console import Console

__all__ = ["command"]

#: Output -> what makes it: a function of the request, the output's own options, the console.
_APPLY = {
    Output.CACHE: ("setrange.cli.apply.cache", "apply_cache"),
    Output.RANGED_ONNX: ("setrange.cli.apply.ranged", "apply_ranged"),
    Output.QDQ: ("setrange.cli.apply.qdq", "apply_qdq"),
    Output.ENGINE: ("setrange.cli.apply.engine", "apply_engine"),
}


@click.command("apply")
@click.argument("ranges", metavar="RANGES", type=InputFile())
@click.argument("model", metavar="MODEL", type=ModelFile())
@output_option(help="Write this file; its ending decides what is written.")
@trt_option_that(
    "Write for this TensorRT release, e.g. 8.6 or 10.3.0; without it, a cache or ranged model "
    "is for the TensorRT installed here."
)
@plan_options
@click.option(
    "--to",
    type=click.Choice([output.value for output in Output]),
    help="Say what OUT is, where its ending does not.",
)
@click.option(
    "--algorithm",
    type=click.Choice(["EntropyCalibration2", "MinMaxCalibration"]),
    default="EntropyCalibration2",
    show_default=True,
    help="Name the calibrator that will read the cache; trtexec uses the default.",
)
@click.option(
    "--force", is_flag=True, help="Write a cache although its tensor names are assumed."
)
@click.option(
    "--via",
    type=click.Choice(["tensorrt", "rtx", "trtexec"]),
    help="Choose what builds the engine; without it, the first that is installed.",
)
@click.option(
    "--trtexec", metavar="PATH", type=InputFile(), help="Use this trtexec to build an engine."
)
@build_options
@placement_option
@click.option(
    "--weights",
    type=click.Choice(["float", "int8"]),
    help="Store weights of a Q/DQ model as float with a pair, or as INT8 (a smaller file); "
    "without it float, and INT8 for TensorRT for RTX.",
)
@weight_scales_option
@asymmetric_option
@scaling_option
@quantize_small_option
@residual_option
@dtype_option
@click.option(
    "--fp16",
    is_flag=True,
    help="Cast what stays float in a Q/DQ model to FP16.",
)
@correction_options
@report_option()
@click.option("--dry-run", is_flag=True, help="Do everything but write OUT.")
@verbosity_options
def command(*, to: str | None, console: Console, **arguments: Any) -> None:
    """Write OUT from RANGES and MODEL.

    OUT's ending says what to write: .cache is a calibration cache, which
    trtexec --int8 --calib=OUT (and every other builder of TensorRT up to 10.16) reads;
    .ranged.onnx is a model that carries the ranges itself, for TensorRT 7 to 10; any other
    .onnx is a Q/DQ model, for TensorRT 11 and ONNX Runtime; .engine or .plan is an engine,
    built here by TensorRT.

    RANGES is a ranges file, a calibration cache, or a list of name:amax lines.
    """
    request = Request(**{name: arguments[name] for name in Request._fields})
    check_order(request.ranges, request.model)
    output = output_of(request.out, to)
    check_options(output, request.out)
    module, function = _APPLY[output]
    apply = getattr(importlib.import_module(module), function)
    apply(request, options_of(output, arguments), console)
