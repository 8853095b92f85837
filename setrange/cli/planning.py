# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Makes and shows a plan on the command line, and stops where findings block it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.cli.options import estimate_options, parser_options
from setrange.errors import UsageError
from setrange.text.shell import command_line

if TYPE_CHECKING:
    from setrange.importer.parser import ParserOptions
    from setrange.model.loading import Model
    from setrange.plan import Plan
    from setrange.ranges import RangeFile
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["check_order", "make_plan_of_model", "raise_if_blocked", "show_plan"]


def check_order(ranges: str, model: str) -> None:
    """Notice the two files of ``apply`` and ``check`` given the wrong way round.

    Raises:
        UsageError: The model comes first.
    """
    if ranges.lower().endswith(".onnx") and not model.lower().endswith(".onnx"):
        raise UsageError(
            f"the ranges come first, then the model: {command_line([model, ranges])}"
        )


def make_plan_of_model(
    model: str | Model,
    ranges: RangeFile,
    version: TrtVersion,
    *,
    fill: str,
    target: str = "gpu",
    console: Console,
    options: ParserOptions | None = None,
) -> Plan:
    """Plan the ranges of a model (or of the file), set up as the command line says.

    Args:
        model: The model, or its file.
        ranges: As read.
        version: The release.
        fill: How missing ranges are filled.
        target: ``gpu`` or ``dla``.
        console: Where progress is shown.
        options: How the parser is set up, instead of as the command line says.

    Raises:
        SetrangeError: The model cannot be read, or that parser refuses it.
    """
    from setrange.model.loading import Model
    from setrange.plan import plan_model
    from setrange.report.progress import progress

    estimate = estimate_options(fill)
    with progress(console, f"reading {model.path if isinstance(model, Model) else model}"):
        return plan_model(
            model,
            ranges,
            trt=version,
            fill=fill,
            target=target,
            options=parser_options() if options is None else options,
            estimate=estimate,
        )


def show_plan(plan: Plan, console: Console) -> None:
    """Write counts and findings; under ``-v`` every tensor."""
    from setrange.report.findings import show_findings
    from setrange.report.plan_text import plan_heading, tensor_lines

    console.say(plan_heading(plan))
    if console.is_verbose:
        console.lines(tensor_lines(plan.tensors))
    show_findings(console, plan.findings)


def raise_if_blocked(plan: Plan, *, allow_missing: bool, out: str | None = None) -> None:
    """Stop where a finding is an error or a range is missing; the findings were shown.

    Args:
        plan: The plan.
        allow_missing: Missing ranges do not matter.
        out: What is not written then, for the message.

    Raises:
        InputError: An error, e.g. an unknown tensor name in the ranges.
        BlockingFindingsError: A range is missing and ``allow_missing`` is not set.
    """
    from setrange.plan import blocking

    blocking.raise_if_blocked(plan, allow_missing=allow_missing, out=out, on_command_line=True)
