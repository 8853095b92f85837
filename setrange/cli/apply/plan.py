# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Makes and shows the plan behind an output of ``apply``, and stops where findings block it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.cli.options import estimate_options
from setrange.cli.planning import make_plan_of_model, raise_if_blocked, show_plan
from setrange.cli.report_option import page_of_command
from setrange.formats.reading import read_ranges
from setrange.plan import plan_network
from setrange.ranges.choices import choices_of

if TYPE_CHECKING:
    from setrange.cli.apply.request import Request
    from setrange.importer.model_at import ModelAt
    from setrange.machine.target_release import Target
    from setrange.model.loading import Model
    from setrange.network import Network
    from setrange.plan import Plan
    from setrange.report.console import Console

__all__ = ["plan_for_network", "plan_for_release", "show_or_stop"]


def plan_for_release(
    request: Request, model: str | Model, release: Target, console: Console
) -> Plan:
    """Plan for the network a release is predicted to make, and show the plan.

    Raises:
        SetrangeError: There is no plan, or it blocks.
    """
    plan = make_plan_of_model(
        model,
        read_ranges(request.ranges),
        release.version,
        fill=request.fill,
        target=request.target,
        console=console,
    )
    console.detail(str(release))
    show_or_stop(request, plan, console)
    return plan


def plan_for_network(request: Request, network: Network, models: ModelAt) -> Plan:
    """Plan for a network of the model; the plan is not shown yet.

    Raises:
        SetrangeError: The ranges cannot be used.
    """
    ranges = read_ranges(request.ranges)
    return plan_network(
        network,
        models,
        ranges,
        fill=request.fill,
        target=request.target,
        estimate=estimate_options(request.fill),
    )


def show_or_stop(request: Request, plan: Plan, console: Console) -> None:
    """Show a plan, and go no further where it blocks.

    Raises:
        SetrangeError: A finding is an error, or a range is missing.
    """
    page_of_command().plan(plan, console)
    show_plan(plan, console)
    _say_what_is_left_out(plan, console)
    raise_if_blocked(plan, allow_missing=request.allow_missing, out=request.out)


def _say_what_is_left_out(plan: Plan, console: Console) -> None:
    """Say what a ranges file holds for Q/DQ models alone."""
    given = [name for name, said in choices_of(plan).items() if said and name != "precision"]
    if given:
        verb = "is" if len(given) == 1 else "are"
        console.say(
            f"note: {' and '.join(given)} {verb} for Q/DQ models; TensorRT chooses scales "
            f"itself here, and biases stay as they are"
        )
