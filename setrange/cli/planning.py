# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""From the files on the command line to a plan; what ``apply``, ``check`` and ``template`` share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.errors import BlockingFindingsError, InputError, UsageError
from setrange.findings import Finding, Level
from setrange.plan import Source

if TYPE_CHECKING:
    from setrange.plan import Plan
    from setrange.ranges import RangeFile
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["check_order", "make_plan_of_model", "raise_if_blocked"]


def check_order(ranges: str, model: str) -> None:
    """Notice the two files of ``apply`` and ``check`` given the wrong way round.

    Raises:
        UsageError: The model comes first.
    """
    if ranges.lower().endswith(".onnx") and not model.lower().endswith(".onnx"):
        raise UsageError(f"the ranges come first, then the model: {model} {ranges}")


def make_plan_of_model(
    model_path: str,
    ranges: RangeFile,
    version: TrtVersion,
    *,
    fill: str,
    target: str = "gpu",
    console: Console,
) -> Plan:
    """Import a model as that TensorRT's parser does and plan its ranges.

    Raises:
        SetrangeError: The model cannot be read, or that parser refuses it.
    """
    from setrange.importer.parser import import_model
    from setrange.model.loading import load_model
    from setrange.plan import make_plan
    from setrange.report.progress import progress

    with progress(console, f"reading {model_path}"):
        model = load_model(model_path)
        return make_plan(
            import_model(model, version),
            ranges,
            fill=fill,
            target=target,
            import_at=lambda trt: import_model(model, trt),
            onnx_values=model.value_names(),
        )


def raise_if_blocked(plan: Plan, *, allow_missing: bool) -> None:
    """Stop where a finding is an error or a range is missing.

    Raises:
        InputError: An error, e.g. an unknown tensor name in the ranges.
        BlockingFindingsError: A range is missing and ``allow_missing`` is not set.
    """
    errors = sum(1 for finding in plan.findings if finding.level is Level.ERROR)
    if errors:
        raise InputError(f"{errors} of the findings are errors; nothing was written")
    missing = plan.count(Source.MISSING)
    if missing and not allow_missing:
        raise BlockingFindingsError(
            f"{missing} tensors have no range; nothing was written. Give them one, or "
            f"--fill bounds, or --allow-missing (their layers then leave INT8)"
        )
