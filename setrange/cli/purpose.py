# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``--for``: the output that ranges are meant for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from setrange.cli.given_options import given_flags, refuse_given
from setrange.cli.planning import make_plan_of_model
from setrange.machine.target_release import target_for_names
from setrange.ranges.own_reader import PURPOSES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from setrange.exporters.qdq import QdqOptions
    from setrange.model.loading import Model
    from setrange.plan import Plan
    from setrange.plan.needs import Needs
    from setrange.plan.purpose import Purpose
    from setrange.ranges import RangeFile
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["QDQ_OPTIONS", "chosen_purpose", "plan_for_purpose", "purpose_option", "qdq_options"]

#: Options that say where pairs of a Q/DQ model go.
QDQ_OPTIONS = frozenset({"dtype", "placement", "quantize_small"})


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


def qdq_options(
    chosen: Purpose, values: Mapping[str, Any], *, other: str = ""
) -> QdqOptions | None:
    """Return where pairs go; ``None`` where no Q/DQ model is meant.

    Args:
        chosen: What ranges are for.
        values: The values of all options of the command.
        other: How else the options mean something, as the message ends.

    Raises:
        UsageError: Options of Q/DQ models are given where none is meant.
    """
    known = {name: values[name] for name in sorted(QDQ_OPTIONS & set(values))}
    if not chosen.is_qdq:
        rule = f"for Q/DQ models; say --for qdq, --for 11 or --for rtx{other}"
        refuse_given(known, rule)
        return None
    from setrange.exporters.qdq import QdqOptions

    return QdqOptions(**known)


def plan_for_purpose(
    model: str | Model,
    ranges: RangeFile,
    chosen: Purpose,
    *,
    trt: TrtVersion | None,
    fill: str,
    console: Console,
    options: QdqOptions | None,
) -> tuple[Plan, Needs | None]:
    """Plan, and what the output needs of it; ``None`` where that is every range.

    Args:
        model: The model, or its path.
        ranges: The ranges.
        chosen: What they are for.
        trt: ``--trt``.
        fill: How missing ranges are filled.
        console: Where messages go.
        options: How the Q/DQ model is made; ``None`` where none is meant.

    Raises:
        SetrangeError: There is no such model, or the ranges do not fit it.
    """
    if options is None:
        release = target_for_names(trt, ranges.named_by)
        plan = make_plan_of_model(
            model, ranges, release.version, fill=fill, target=chosen.target, console=console
        )
        console.detail(str(release))
        return plan, None
    from setrange.cli.apply.qdq import check_dla_release, plan_for_qdq
    from setrange.exporters.qdq import QdqDraft
    from setrange.model.loading import load_model

    if chosen.target == "dla":
        check_dla_release(trt)
    loaded = load_model(model) if isinstance(model, str) else model
    plan = plan_for_qdq(ranges, loaded, console, trt=trt, fill=fill, target=chosen.target)
    if chosen.target == "dla":
        return plan, None
    return plan, QdqDraft.of(plan, loaded, options).needs()
