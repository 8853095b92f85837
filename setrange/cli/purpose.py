# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``--for``: the output that ranges are meant for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from setrange.cli.given_options import given_flags
from setrange.cli.planning import make_plan_of_model
from setrange.machine.target_release import target_for_names
from setrange.ranges.own_reader import PURPOSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.model.loading import Model
    from setrange.plan import Plan
    from setrange.plan.needs import Needs
    from setrange.plan.purpose import Purpose
    from setrange.ranges import RangeFile
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["chosen_purpose", "plan_for_purpose", "purpose_option"]


def purpose_option(help: str) -> Callable[..., Any]:
    """Add ``--for``; the command gets it as ``purpose``."""
    return click.option("--for", "purpose", type=click.Choice(PURPOSES), help=help)


def chosen_purpose(
    name: str | None, *, trt: TrtVersion | None, target: str, in_file: str | None = None
) -> Purpose:
    """Return what ranges are for, as far as the command line and the file say it.

    Raises:
        UsageError: Options contradict each other.
    """
    from setrange.plan.purpose import purpose_of

    said = target if given_flags({"target"}) else None
    return purpose_of(name, trt=trt, target=said, in_file=in_file)


def plan_for_purpose(
    model: str | Model,
    ranges: RangeFile,
    chosen: Purpose,
    *,
    trt: TrtVersion | None,
    fill: str,
    console: Console,
    **how: Any,
) -> tuple[Plan, Needs | None]:
    """Plan, and what the output needs of it; ``None`` where that is every range.

    Args:
        model: The model, or its path.
        ranges: The ranges.
        chosen: What they are for.
        trt: ``--trt``.
        fill: How missing ranges are filled.
        console: Where messages go.
        **how: Where pairs go, as ``QdqOptions`` has it.

    Raises:
        SetrangeError: There is no such model, or the ranges do not fit it.
    """
    if not chosen.is_qdq:
        release = target_for_names(trt, ranges.named_by)
        plan = make_plan_of_model(
            model, ranges, release.version, fill=fill, target=chosen.target, console=console
        )
        console.detail(str(release))
        return plan, None
    from setrange.cli.apply.qdq import check_dla_release, plan_for_qdq
    from setrange.exporters.qdq import QdqDraft, QdqOptions
    from setrange.model.loading import load_model

    if chosen.target == "dla":
        check_dla_release(trt)
    loaded = load_model(model) if isinstance(model, str) else model
    plan = plan_for_qdq(ranges, loaded, console, trt=trt, fill=fill, target=chosen.target)
    if chosen.target == "dla":
        return plan, None
    return plan, QdqDraft.of(plan, loaded, QdqOptions(**how)).needs()
