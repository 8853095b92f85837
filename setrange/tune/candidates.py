# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Other ranges for tensors that share a scale, from the values the float model has there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.accuracy.changes import entry_name, range_within
from setrange.measure.methods import amax_by_entropy, amax_by_mse, amax_by_percentile
from setrange.ranges.float32 import float32_scale
from setrange.ranges.model import INT8_STEPS
from setrange.tune.settings import NewRange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from setrange.measure.histogram import Histogram
    from setrange.plan import PlannedTensor

__all__ = ["Candidate", "Group", "as_given", "candidates", "nearby"]

#: From the widest to the narrowest: what to call it, and how it is made of the values.
_METHODS: tuple[tuple[str, Callable[[Histogram], float]], ...] = (
    ("largest value", lambda histogram: histogram.amax),
    ("percentile 99.999", lambda histogram: amax_by_percentile(histogram, 99.999)),
    ("percentile 99.99", lambda histogram: amax_by_percentile(histogram, 99.99)),
    ("percentile 99.9", lambda histogram: amax_by_percentile(histogram, 99.9)),
    ("percentile 99", lambda histogram: amax_by_percentile(histogram, 99)),
    ("entropy", amax_by_entropy),
    ("least mean squared error", amax_by_mse),
)

#: Multiples of the best that are tried at the outputs too.
_NEARBY = (0.7, 0.85, 1.15)

#: Bounds nearer than this to one that was tried are not worth another try.
_SAME = 1.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Tensors that share a scale.

    Attributes:
        histograms: Tensor -> its values.
        planned: Tensor -> what the plan says of it.
        largest: The largest number of the type they are quantized to: 127, or 448 of FP8.
    """

    histograms: Mapping[str, Histogram]
    planned: Mapping[str, PlannedTensor]
    largest: float

    @property
    def values(self) -> tuple[str, ...]:
        """The tensors."""
        return tuple(self.histograms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Ranges for the tensors of one scale.

    Attributes:
        how: How they were made.
        amax: The largest of them, which gives the scale.
        new: The changes to the ranges file.
        scales: Tensor -> its scale.
    """

    how: str
    amax: float
    new: tuple[NewRange, ...]
    scales: Mapping[str, float]


def as_given(group: Group, scale: float) -> Candidate:
    """Return the ranges as given, as a candidate.

    Args:
        group: Tensors that share a scale.
        scale: The scale that the given ranges make.
    """
    scales = dict.fromkeys(group.values, scale)
    return Candidate(how="as given", amax=group.largest * scale, new=(), scales=scales)


def candidates(group: Group, amax: float) -> Iterator[Candidate]:
    """Yield other ranges, the widest first.

    Args:
        group: Tensors that share a scale.
        amax: The bound in force.
    """
    tried = [amax]
    for how, method in _METHODS:
        bounds = {value: method(histogram) for value, histogram in group.histograms.items()}
        yield from _made(how, bounds, group, tried)


def nearby(best: Candidate | None, group: Group, amax: float) -> Iterator[Candidate]:
    """Yield ranges around the best one so far: what counts is what the outputs say.

    Args:
        best: The best; ``None``: the one in force.
        group: Tensors that share a scale.
        amax: The bound in force.
    """
    middle = amax if best is None else best.amax
    tried = [amax, middle]
    for factor in _NEARBY:
        bounds = {
            value: min(factor * middle, histogram.amax)
            for value, histogram in group.histograms.items()
        }
        yield from _made("least noise at the outputs", bounds, group, tried)


def _made(
    how: str, bounds: Mapping[str, float], group: Group, tried: list[float]
) -> Iterator[Candidate]:
    found = {
        value: made
        for value, bound in bounds.items()
        if (made := range_within(group.histograms[value], bound)) is not None
    }
    amax = max((made.amax for made in found.values()), default=0.0)
    if amax == 0 or any(max(amax, x) <= _SAME * min(amax, x) for x in tried):
        return
    tried.append(amax)
    scale = float32_scale(amax, None if group.largest == INT8_STEPS else amax / group.largest)
    yield Candidate(
        how=how,
        amax=amax,
        new=tuple(
            NewRange(entry_name(group.planned, value), made.min, made.max, how)
            for value, made in found.items()
        ),
        scales=dict.fromkeys(bounds, scale),
    )
