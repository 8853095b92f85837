# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Changes to a ranges file that might help one tensor."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.measure.methods import amax_by_mse, amax_by_percentile
from setrange.ranges.float32 import float32_scale, shortest
from setrange.ranges.model import DynamicRange, RangeEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from setrange.exporters.qdq import QdqModel
    from setrange.measure.histogram import Histogram
    from setrange.plan import Plan, PlannedTensor
    from setrange.ranges.model import RangeFile

__all__ = [
    "Remedy",
    "entry_name",
    "escaped",
    "float_change",
    "planned_by_value",
    "range_changes",
    "range_within",
    "scale_of",
]

#: Bounds nearer than this to the one in force are not worth a try.
_SAME = 1.02

#: From the widest to the narrowest: what to call it, and how it is made of the values.
_METHODS: tuple[tuple[str, Callable[[Histogram], float]], ...] = (
    ("largest value", lambda histogram: histogram.amax),
    ("percentile 99.99", lambda histogram: amax_by_percentile(histogram, 99.99)),
    ("percentile 99.9", lambda histogram: amax_by_percentile(histogram, 99.9)),
    ("percentile 99", lambda histogram: amax_by_percentile(histogram, 99)),
    ("least mean squared error", amax_by_mse),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One remedy for a costly range: another range, or nodes that stay float.

    Attributes:
        kind: ``range``, ``ranges`` (of all activations) or ``precision``.
        why: In words.
        entries: What to put into ``tensors`` or ``precision`` of the ranges file.
        ranges: The ranges with it.
    """

    kind: str
    why: str
    entries: dict[str, Any]
    ranges: RangeFile


def planned_by_value(plan: Plan) -> dict[str, PlannedTensor]:
    """Return the tensor whose range a pair on an ONNX value takes: the widest of that name."""
    found: dict[str, PlannedTensor] = {}
    for planned in plan.tensors:
        tensor = planned.tensor
        value = tensor.name if tensor.is_network_input else tensor.onnx_value
        if value is None or planned.range is None:
            continue
        known = found.get(value)
        if known is None or known.range is None or planned.range.amax > known.range.amax:
            found[value] = planned
    return found


def scale_of(planned: PlannedTensor) -> float | None:
    """Return the float32 scale of a planned range."""
    bounds = planned.range
    return None if bounds is None else float32_scale(bounds.amax, planned.scale)


def range_changes(
    ranges: RangeFile,
    plan: Plan,
    histograms: Mapping[str, Histogram],
    scale: float | None = None,
) -> Iterator[Remedy]:
    """Yield other ranges for activations, from what the float model has there.

    Args:
        ranges: The ranges now.
        plan: The plan they make.
        histograms: The values of each activation to change.
        scale: The scale they share now; ``None`` = each has its own.
    """
    planned = planned_by_value(plan)
    tried = [] if scale is None else [127 * scale]
    for how, method in _METHODS:
        bounds = {
            value: found
            for value, histogram in histograms.items()
            if (found := range_within(histogram, method(histogram))) is not None
        }
        amax = max((found.amax for found in bounds.values()), default=0.0)
        if amax == 0 or (scale is not None and any(_is_near(amax, x) for x in tried)):
            continue
        tried.append(amax)
        new = {entry_name(planned, value): found for value, found in bounds.items()}
        entries = {
            name: RangeEntry(name=name, range=found, source=f"verify: {how}")
            for name, found in new.items()
        }
        which = "" if scale is None else "wider: " if amax > tried[0] else "narrower: "
        yield Remedy(
            kind="ranges" if scale is None else "range",
            why=f"{which}{how} of the data",
            entries={name: [found.min, found.max] for name, found in new.items()},
            ranges=dataclasses.replace(ranges, entries={**ranges.entries, **entries}),
        )


def range_within(histogram: Histogram, amax: float) -> DynamicRange | None:
    """Return the values' range, cut at a magnitude; ``None`` where there are no values."""
    single = float(np.float32(amax))
    if not histogram.count or single <= 0:
        return None
    low, high = max(histogram.min, -single), min(histogram.max, single)
    return DynamicRange(shortest(min(low, high)), shortest(max(low, high)))


def entry_name(planned: Mapping[str, PlannedTensor], value: str) -> str:
    """The entry of the ranges file to change for a value: its own, or a new one."""
    found = planned.get(value)
    # A pattern is the entry of many: the value's own name wins over it.
    is_own = found is not None and found.entry is not None and not found.is_by_pattern
    return found.entry or value if found is not None and is_own else value


def _is_near(one: float, other: float) -> bool:
    return max(one, other) <= _SAME * min(one, other)


def float_change(ranges: RangeFile, made: QdqModel, nodes: Sequence[str]) -> Remedy | None:
    """Return the change that keeps nodes in FP16.

    Args:
        ranges: The ranges now.
        made: The model they make.
        nodes: Their labels.

    Returns:
        ``None`` where there is none, or one has no name: ``precision`` cannot name it.
    """
    named = {node.name: node.op_type for node in made.skeleton.graph.node if node.name}
    if not nodes or any(node not in named for node in nodes):
        return None
    entries = {escaped(node): "fp16" for node in nodes}
    kept = {glob: kind for glob, kind in ranges.precision.items() if glob not in entries}
    listed = " and ".join(f"{named[node]} {node!r}" for node in nodes)
    return Remedy(
        kind="precision",
        why=f"keep {listed} in FP16",
        entries=dict(entries),
        ranges=dataclasses.replace(ranges, precision={**kept, **entries}),
    )


def escaped(name: str) -> str:
    """Return the glob that fits a name and nothing else.

    >>> escaped("block[0]/conv*")
    'block[[]0]/conv[*]'
    """
    return re.sub(r"([*?[])", r"[\1]", name)
