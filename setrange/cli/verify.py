# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange verify``: float against INT8 on data, with ONNX Runtime."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from setrange.cli.correction_option import correct_bias_option
from setrange.cli.data_options import dask_option, data_options, labels_option, run_options
from setrange.cli.file_arguments import InputFile, ModelFile
from setrange.cli.options import (
    allow_missing_option,
    asymmetric_option,
    dtype_option,
    fill_option,
    json_option,
    placement_option,
    quantize_small_option,
    residual_option,
    scaling_option,
    trt_option,
    verbosity_options,
    weight_scales_option,
)
from setrange.cli.report_option import page_of_command, report_option
from setrange.errors import BlockingFindingsError, UsageError

if TYPE_CHECKING:
    from setrange.accuracy.results import Report
    from setrange.measure.data import DataOptions
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["command"]

_METRICS = (
    "sqnr",
    "cosine",
    "max-error",
    "top1",
    "top5",
    "accuracy",
    "accuracy-drop",
    "equal",
)

#: Seconds of ``--blame`` without a number.
_BLAME = "60"


def _parse_seconds(
    _context: click.Context, _parameter: click.Parameter, text: str | None
) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError as error:  # most likely the next argument
        raise UsageError(
            f"--blame {text}: expected seconds, e.g. --blame {_BLAME}; without a number it "
            f"goes to the end of the command"
        ) from error


@click.command("verify")
@click.argument("ranges", metavar="RANGES", type=InputFile())
@click.argument("model", metavar="MODEL", type=ModelFile())
@data_options
@labels_option
@click.option(
    "--metric",
    type=click.Choice(_METRICS),
    help="Judge by this metric.  [default: sqnr; equal where no output is float]",
)
@click.option(
    "--threshold",
    type=float,
    metavar="X",
    help="Exit 1 if the metric is worse: dB, or shares from 0 to 1.",
)
@click.option(
    "--blame",
    is_flag=False,
    flag_value=_BLAME,
    callback=_parse_seconds,
    metavar="[SECONDS]",
    help=f"Find out which tensors cost most, and what helps.  [default: {_BLAME}]",
)
@run_options
@dask_option
@trt_option
@fill_option
@allow_missing_option
@placement_option
@quantize_small_option
@residual_option
@weight_scales_option
@asymmetric_option
@scaling_option
@correct_bias_option
@dtype_option
@report_option(with_overwrite=True)
@json_option
@verbosity_options
def command(
    *,
    ranges: str,
    model: str,
    data: DataOptions,
    trt: TrtVersion | None,
    fill: str,
    allow_missing: bool,
    placement: str,
    quantize_small: bool,
    residual: str,
    weight_scales: str,
    asymmetric: bool,
    scaling: str,
    correct_bias: tuple[str, ...],
    dtype: str,
    dask: str | None,
    as_json: bool,
    console: Console,
    **options: Any,
) -> None:
    """Run MODEL over data in float, and in INT8 with RANGES, and show how they differ.

    INT8 is simulated: the Q/DQ model that `setrange apply` writes is computed in float. This
    needs ONNX Runtime, and neither TensorRT nor a GPU.

    Without --threshold the exit status is 0 whatever the numbers are.
    """
    from setrange.accuracy.run import Run, VerifyOptions, compare
    from setrange.cli.apply.qdq import quantizer_of
    from setrange.cli.planning import check_order
    from setrange.exporters.qdq import QdqOptions
    from setrange.formats.reading import read_ranges
    from setrange.measure.session import check_runtime
    from setrange.model.loading import load_model
    from setrange.report.budget_progress import budget_progress
    from setrange.report.console import print_lines, print_product, product_stream
    from setrange.report.findings import show_findings
    from setrange.report.sample_progress import sample_progress
    from setrange.report.verify_text import report_heading, report_text
    from setrange.resolver.module_ranges import ranges_of_tensors

    check_order(ranges, model)
    product_stream()  # before hours of work
    settings = VerifyOptions(**options)
    if dask is None:
        check_runtime(settings.run.provider)
    loaded = load_model(model)
    file = read_ranges(ranges)
    how = QdqOptions(
        placement=placement,
        quantize_small=quantize_small,
        residual=residual,
        weight_scales=weight_scales,
        asymmetric=asymmetric,
        scaling=scaling,
        dtype=dtype,
    )
    others = None
    if correct_bias:
        others = replace(
            data,
            places=correct_bias,
            is_random=False,
            samples=None,
            option="--correct-bias",
        )
    quantizer, plan, made = quantizer_of(
        file,
        loaded,
        console,
        how,
        trt=trt,
        fill=fill,
        allow_missing=allow_missing,
        correction=others,
        run=settings.run,
    )
    run = Run(quantizer, ranges_of_tensors(file, loaded), plan, made, settings)
    expected = run.expected(data) if console.is_watched else None
    with sample_progress(console, expected) as tell:
        compare(run, data, dask, on_samples=tell)
    if settings.blame is not None:
        with budget_progress(console, settings.blame) as say:
            run.find_blame(say)
    report = run.report()
    page_of_command().compared(report)
    console.say(report_heading(report))
    if as_json:
        print_product(json.dumps(report.to_dict(), allow_nan=False))
    else:
        print_lines(report_text(report, is_verbose=console.is_verbose).split("\n"))
    show_findings(console, report.findings)
    _judge(report, console)


def _judge(report: Report, console: Console) -> None:
    from setrange.report.verify_text import verdict

    if report.passed is not False:
        console.say(verdict(report))
        return
    advice = "" if report.blame is not None else "; --blame shows which tensors cost most"
    raise BlockingFindingsError(f"{verdict(report)}{advice}")
