# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A plan carried over to the network of a rewritten model."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from setrange.estimate.estimates import Estimates
from setrange.fill.engine import fill_ranges
from setrange.fill.facts import Fact
from setrange.fill.interval import Interval
from setrange.plan.making import endless_for, fill_for_dla
from setrange.plan.planned import planned_tensor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from setrange.network import Network, Tensor
    from setrange.plan.plan import Plan, PlannedTensor

__all__ = ["carry_plan"]


def carry_plan(plan: Plan, network: Network, carried: Mapping[Tensor, PlannedTensor]) -> Plan:
    """Return the plan of another network that holds the same numbers.

    Nothing is looked up, estimated or doubted a second time, so there are no findings: that
    was done when ``plan`` was made. What only the new network has gets its range by the same
    rules.

    Args:
        plan: The plan before.
        network: The network of the rewritten model.
        carried: Its tensors -> the items of the plan that hold the same numbers; all of them
            have ranges, which count as given.
    """
    given = {
        tensor: Fact.given(Interval(item.range.min, item.range.max), item.scale)
        for tensor, item in carried.items()
        if item.range is not None and tensor.needs_range
    }
    # What was estimated is carried as a range: nothing is estimated again.
    fill = "safe" if plan.fill == "estimate" else plan.fill
    facts, _ = fill_ranges(network, given, fill=fill)
    if plan.target == "dla":
        facts, _, _ = fill_for_dla(network, facts, fill=fill)
    entries = {tensor: tensor.name for tensor in given}
    endless = endless_for(network, facts, fill=fill, target=plan.target)
    tensors = [
        planned_tensor(tensor, facts.get(tensor), entries, Estimates(), endless)
        for tensor in network.tensors()
    ]
    return dataclasses.replace(
        plan,
        network=network,
        tensors=tensors,
        findings=(),
        precision={},
        unresolved=(),
        named_by=network.trt,
        fill=fill,
        estimates=Estimates(),
    )
