# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Text of a plan: counts, and a line for each tensor one wants to see."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from setrange.plan import Source
from setrange.report.layers import network_heading
from setrange.resolver.describe import describe_tensor
from setrange.resolver.index import is_parser_made

if TYPE_CHECKING:
    from collections.abc import Iterable

    from setrange.plan import Plan, PlannedTensor

__all__ = ["counts_line", "is_made_and_needed", "plan_heading", "tensor_lines"]


def plan_heading(plan: Plan) -> str:
    """Return what the model becomes, and the counts on a second line."""
    model = Path(plan.network.model).name
    return f"{model} -> {network_heading(plan.network)}\n  {counts_line(plan)}"


def counts_line(plan: Plan) -> str:
    """Return ``given 175   derived 5   bound 0   missing 0   not needed 2``.

    Estimates are counted where there are some, or where they were asked for.
    """
    counts = {source: plan.count(source) for source in Source}
    if not counts[Source.ESTIMATED] and plan.fill != "estimate":
        del counts[Source.ESTIMATED]
    return "   ".join(f"{source.value} {count}" for source, count in counts.items())


def is_made_and_needed(planned: PlannedTensor) -> bool:
    """True for a tensor that needs a range although the ONNX model has no such value."""
    return is_parser_made(planned.tensor) and planned.source is not Source.NOT_NEEDED


def tensor_lines(tensors: Iterable[PlannedTensor]) -> list[str]:
    """Return two lines a tensor: name and range; what it is and where the range is from."""
    from setrange.report.ranges_text import range_text

    lines = []
    for planned in tensors:
        lines.append(f"  {planned.tensor.name}  {range_text(planned.range)}")
        lines.append(f"    {describe_tensor(planned.tensor)}; {_where_from(planned)}")
    return lines


def _where_from(planned: PlannedTensor) -> str:
    if planned.source is Source.GIVEN and planned.entry is not None:
        renamed = planned.entry != planned.tensor.name
        return f"given as {planned.entry!r}" if renamed else "given"
    from setrange.plan.template import provenance

    return provenance(planned)
