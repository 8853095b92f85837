# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Estimates as data: what was estimated, what it rests on, and how much to doubt it."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from setrange.fill.facts import Fact
    from setrange.fill.interval import Interval
    from setrange.network import Network, Tensor

__all__ = [
    "MOST_RATIO",
    "NO_ESTIMATES",
    "Disagreement",
    "Estimate",
    "Estimates",
    "EstimatesRanges",
    "Kept",
    "disagreements",
]

#: A given range that differs by more from what was estimated is remarkable.
MOST_RATIO = 8.0


class Estimate(NamedTuple):
    """An estimated range.

    Attributes:
        interval: The range, in the tensor's own units.
        anchors: Names of the tensors whose given ranges it was scaled to, the nearest first.
        doubt: The factor by which the truth is seldom missed: 1.5 is "within 1.5 times".
        is_input: True for an input: the scale it was fed in.
    """

    interval: Interval
    anchors: tuple[str, ...] = ()
    doubt: float = 1.0
    is_input: bool = False


class Disagreement(NamedTuple):
    """A given range that differs much from what was estimated.

    Attributes:
        tensor: Whose range.
        given: Its amax.
        ratio: Given amax / estimated amax.
        is_common: True if most given ranges differ in the same way.
    """

    tensor: Tensor
    given: float
    ratio: float
    is_common: bool


class Estimates(NamedTuple):
    """All estimates for one network.

    Attributes:
        by_tensor: The estimates.
        disagreements: Given ranges that differ much, the worst first.
        inputs: A phrase for each input whose scale mattered: ``images 0..1 (given)``.
        family_names: What the families of inputs are called.
        sets: Sets of inputs of each family that were run.
        wanted: How many were to be run.
        weak: Kinds of inputs that are imitated badly, in words.
    """

    by_tensor: Mapping[Tensor, Estimate] = MappingProxyType({})
    disagreements: tuple[Disagreement, ...] = ()
    inputs: tuple[str, ...] = ()
    family_names: tuple[str, ...] = ()
    sets: int = 0
    wanted: int = 0
    weak: tuple[str, ...] = ()

    def described(
        self,
        *,
        inputs: tuple[str, ...],
        family_names: tuple[str, ...],
        sets: int,
        wanted: int,
        weak: tuple[str, ...],
    ) -> Estimates:
        """Return the same with how they were made."""
        return self._replace(
            inputs=inputs,
            family_names=family_names,
            sets=sets,
            wanted=wanted,
            weak=weak,
        )

    @property
    def families(self) -> int:
        """How many families of inputs there are."""
        return len(self.family_names)


#: Where nothing was estimated.
NO_ESTIMATES = Estimates()


class EstimatesRanges(Protocol):
    """What estimates the ranges of a network."""

    def estimate(self, network: Network, facts: Mapping[Tensor, Fact]) -> Estimates:
        """Estimate the ranges that are not among the known ones."""


class Kept:
    """Gives the same estimates whatever is known: one range is changed, and no other follows.

    Args:
        estimates: For one network.
    """

    def __init__(self, estimates: Estimates) -> None:
        self._estimates = estimates

    def estimate(self, network: Network, facts: Mapping[Tensor, Fact]) -> Estimates:
        """Return the estimates of tensors that are not among the known ones."""
        left = {t: x for t, x in self._estimates.by_tensor.items() if t not in facts}
        return self._estimates._replace(by_tensor=left)


def disagreements(
    ratios: Mapping[Tensor, float], given: Mapping[Tensor, float]
) -> list[Disagreement]:
    """Return the given ranges that are more than ``MOST_RATIO`` times from the estimate.

    A range is remarkable where it is far from what was estimated *and* far from what the other
    given ranges and the input's say; or where most of them are far in the same direction.

    Args:
        ratios: By tensor: natural logarithm of given amax / estimated amax.
        given: By tensor: the given amax.
    """
    if not ratios:
        return []
    limit = math.log(MOST_RATIO)
    import statistics  # loads fractions and decimals

    is_common = abs(statistics.median(ratios.values())) > limit and len(ratios) > 1
    ordered = sorted(ratios.values())
    return [
        Disagreement(
            tensor=tensor, given=given[tensor], ratio=math.exp(log), is_common=is_common
        )
        for tensor, log in ratios.items()
        if abs(log) > limit and (is_common or abs(log - _others(ordered, log)) > limit)
    ]


def _others(ordered: list[float], log: float) -> float:
    """The median of all but one, and of the input, whose scale is known."""
    import statistics

    left = ordered.copy()
    left.remove(log)
    return statistics.median([*left, 0.0])
