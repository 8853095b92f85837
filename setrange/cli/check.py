# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange check``: what ranges mean for a model; nothing is written."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from setrange.cli.build_job import BuildJob
from setrange.cli.build_options import SETTINGS_OPTIONS, build_options
from setrange.cli.file_arguments import InputFile, ModelFile
from setrange.cli.given_options import refuse_given
from setrange.cli.options import (
    dtype_option,
    json_option,
    placement_option,
    plan_options,
    quantize_small_option,
    trt_option,
    verbosity_options,
)
from setrange.cli.planning import (
    check_order,
    raise_if_blocked,
    show_plan,
)
from setrange.cli.purpose import (
    QDQ_OPTIONS,
    chosen_purpose,
    plan_for_purpose,
    purpose_option,
    qdq_options,
)
from setrange.cli.report_option import page_of_command, report_option
from setrange.errors import UsageError
from setrange.findings import Finding
from setrange.report.console import print_product
from setrange.text.shell import command_line
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from setrange.plan import Plan
    from setrange.ranges import RangeFile
    from setrange.report.console import Console

__all__ = ["command"]


@click.command("check")
@click.argument("ranges", metavar="RANGES", type=InputFile())
@click.argument("model", metavar="MODEL", required=False, type=ModelFile())
@purpose_option(
    "Count what this output needs. Without it, --trt decides, then what the file is for."
)
@trt_option
@plan_options
@click.option(
    "--build",
    is_flag=True,
    help="Build the engine in memory with TensorRT for RTX, and say what runs in INT8.",
)
@build_options
@placement_option
@quantize_small_option
@dtype_option
@click.option(
    "--strict",
    is_flag=True,
    help="With --build: exit with 1 where a layer that has its ranges does not run in INT8.",
)
@report_option(with_overwrite=True)
@json_option
@verbosity_options
def command(
    *,
    ranges: str,
    model: str | None,
    purpose: str | None,
    trt: TrtVersion | None,
    fill: str,
    target: str,
    allow_missing: bool,
    build: bool,
    as_json: bool,
    console: Console,
    **building: Any,
) -> None:
    """Show what RANGES mean for MODEL: every tensor, where its range is from, and findings.

    With a model alone, check its own Q/DQ nodes or ranges against TensorRT's rules.

    With --build, show what NVIDIA's builder makes of it, for each GPU generation;
    `setrange explain rtx` says more.

    The exit status is that of `setrange apply`: 1 where a range is missing, 2 where a name is
    unknown.
    """
    from setrange.formats.reading import read_ranges
    from setrange.report.plan_text import is_made_and_needed, tensor_lines

    console = console.for_report(as_json=as_json)
    if build and purpose not in (None, "rtx"):
        raise UsageError(
            f"--build builds with TensorRT for RTX, so --for {purpose} does not go with it; "
            f"leave one of the two out"
        )
    if not build:
        refuse_given({*SETTINGS_OPTIONS, "strict"}, "for what is built; add --build")
    if model is None:
        if not ranges.lower().endswith(".onnx"):
            raise UsageError(
                f"the model is missing: {command_line(['setrange', 'check', ranges, 'MODEL'])}"
            )
        from setrange.cli.check_model import check_model

        refuse_given(
            {"purpose", "fill", "target", "allow_missing", *QDQ_OPTIONS, "no_fp16", "report"},
            f"for ranges and a model: {command_line(['setrange', 'check', 'RANGES', ranges])}",
        )
        job = BuildJob.of(building) if build else None
        check_model(ranges, trt, build=job, as_json=as_json, console=console)
        return
    check_order(ranges, model)
    if build:
        from setrange.cli.check_build import check_build

        check_build(
            ranges,
            model,
            BuildJob.of(building),
            console,
            as_json=as_json,
            trt=trt,
            fill=fill,
            target=target,
            allow_missing=allow_missing,
        )
        return
    range_file = read_ranges(ranges)
    chosen = chosen_purpose(purpose, trt=trt, target=target, in_file=range_file.purpose)
    options = qdq_options(chosen, building, other=", or --build")
    plan, needs = plan_for_purpose(
        model, range_file, chosen, trt=trt, fill=fill, console=console, options=options
    )
    page_of_command().plan(plan, console, needs=needs, purpose=chosen.name)
    if needs is not None:
        from setrange.plan.needs import plan_for_output

        plan = plan_for_output(plan, needs)
    if not chosen.is_qdq:
        plan = _with_header_remark(plan, range_file, trt)
    show_plan(plan, console)
    _show_estimates(plan, console)
    made = [planned for planned in plan.tensors if is_made_and_needed(planned)]
    if made and not console.is_verbose and not chosen.is_qdq:
        console.say("tensors the ONNX file does not have, made by TensorRT's parser:")
        console.lines(tensor_lines(made))
    if as_json:
        print_product(json.dumps({**plan.to_dict(), "for": chosen.name}))
    raise_if_blocked(plan, allow_missing=allow_missing)


#: Estimates that are listed.
_ESTIMATES_SHOWN = 10


def _show_estimates(plan: Plan, console: Console) -> None:
    from setrange.plan.importance import most_important
    from setrange.report.plan_text import tensor_lines

    important = most_important(plan, _ESTIMATES_SHOWN)
    if important and not console.is_verbose:
        many = "estimate that matters" if len(important) == 1 else "estimates that matter"
        console.say(f"the {len(important)} {many} most; measure or give these first:")
        console.lines(tensor_lines(important))


def _with_header_remark(plan: Plan, ranges: RangeFile, trt: TrtVersion | None) -> Plan:
    """Add what the header of a cache says of who can read the file as it is."""
    from setrange.formats.cache_headers import header_remark

    remark = header_remark(ranges, trt)
    version = trt or TrtVersion.parse(plan.network.trt)
    if remark is None or not version.has_caches:
        return plan
    made = Path(ranges.path).stem + "-new.cache"
    command = ["setrange", "apply", ranges.path, plan.network.model, "--trt", str(version)]
    finding = Finding(
        code="SR412",
        message=f"{ranges.path} cannot be given to trtexec as it is: {remark}",
        help=f"write a new one: {command_line([*command, '-o', made])}",
    )
    return dataclasses.replace(plan, findings=[*plan.findings, finding])
