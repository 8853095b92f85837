# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The item of one tensor in a plan."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from setrange.fill.engine import ZERO_AMAX
from setrange.plan.plan import PlannedTensor, Source
from setrange.ranges.model import DynamicRange

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from setrange.estimate.estimates import Estimates
    from setrange.fill.facts import Fact
    from setrange.network import Tensor
    from setrange.ranges.model import RangeEntry

__all__ = ["BY_PATTERN", "planned_tensor"]

#: How the reason of a range begins that a pattern of the file gave.
BY_PATTERN = "by the pattern"


def planned_tensor(
    tensor: Tensor,
    fact: Fact | None,
    entries: Mapping[Tensor, str],
    estimates: Estimates,
    endless: Container[Tensor] = (),
    *,
    given: Mapping[str, RangeEntry] = MappingProxyType({}),
) -> PlannedTensor:
    """Make the item of a tensor in a plan.

    Args:
        tensor: The tensor.
        fact: Its range, if it has one.
        entries: Tensor -> the name of the entry that was given for it.
        estimates: What was estimated.
        endless: The tensors that hold infinity.
        given: The entries of the ranges file by name.
    """
    if not tensor.needs_range:
        kind = "shape tensor" if tensor.is_shape_tensor else tensor.dtype.upper()
        return PlannedTensor(
            tensor=tensor, source=Source.NOT_NEEDED, why=f"{kind}: never quantized"
        )
    if fact is None and _only_leaves_a_plugin(tensor):
        return PlannedTensor(
            tensor=tensor,
            source=Source.NOT_NEEDED,
            why="made by a plugin, and only leaves the network: no layer reads it in INT8",
        )
    if fact is None and tensor in endless:
        return PlannedTensor(
            tensor=tensor,
            source=Source.NOT_NEEDED,
            why="holds infinity, which no range does; layers that use it stay in float",
        )
    if fact is None:
        return PlannedTensor(tensor=tensor, source=Source.MISSING)
    interval = fact.interval
    if interval.amax == 0:
        return PlannedTensor(
            tensor=tensor,
            source=Source.ESTIMATED if fact.is_estimated else Source.DERIVED,
            range=DynamicRange.symmetric(ZERO_AMAX),
            why=f"{fact.why}: all zero, any positive range will do",
            doubt=fact.doubt,
        )
    source = Source.BOUND if fact.is_bound else Source.DERIVED
    if fact.is_estimated:
        source = Source.ESTIMATED
    made = estimates.by_tensor.get(tensor)
    entry, note = None, ""
    is_by_pattern = fact.why.startswith(BY_PATTERN)
    if fact.is_given or is_by_pattern:
        source, entry = Source.GIVEN, entries[tensor]
        note = (given[entry].source or "") if entry in given else ""
    return PlannedTensor(
        tensor=tensor,
        source=source,
        range=DynamicRange(interval.lo + 0.0, interval.hi + 0.0),  # no "-0.0" in files
        scale=fact.scale,
        why=fact.why or "given",
        entry=entry,
        doubt=fact.doubt,
        anchors=() if made is None else made.anchors,
        is_by_pattern=is_by_pattern,
        operands=fact.operands,
        note=note,
    )


def _only_leaves_a_plugin(tensor: Tensor) -> bool:
    """True where a range would be of no use: a plugin has none of its own to keep in INT8."""
    return tensor.layer is not None and tensor.layer.kind.is_plugin and not tensor.consumers
