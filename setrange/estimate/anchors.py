# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Given ranges near a tensor, and by how much what was estimated there must be scaled.

The logarithms of given over estimated range are taken for a random field on the network: the
nearer two tensors are (``kinship``), the more alike. Where nothing is given the field is
interpolated: best linear unbiased prediction, which engineers know as simple kriging.

Source: C. Rasmussen and C. Williams, "Gaussian Processes for Machine Learning", 2006, 2.2.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from setrange.estimate.kinship import SIDES, Side, steps_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from setrange.fill.interval import Interval
    from setrange.network import Tensor

__all__ = ["DEVIATION", "SMALL", "Ends", "Local", "ends_of", "local_scale"]

#: How far estimates are off at all, by network and by tensor, and how far numbers that people
#: give are from what is meant: standard deviations of natural logarithms. Measured on six real
#: networks (0.45 in log2), but for the first, which is a guess.
_COMMON, DEVIATION, _INEXACT = 0.35, 0.31, 0.035

#: A correlation below this is none; so many anchors are used, and ends of tensors looked at.
_LEAST = 0.08
_MOST_ANCHORS = 10
_MOST_SEEN = 600

#: An end that is a smaller share of the amax says nothing.
SMALL = 0.1
#: An end that is a larger share may be the one that a symmetric range is from.
_LARGE = 0.8

#: One end of a tensor's range.
_Node = tuple["Tensor", Side]


class Ends(NamedTuple):
    """Logarithm of what was given over what was estimated, for each end of a range.

    ``None`` where an end says nothing.
    """

    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """What the anchors near one end of a tensor's range say.

    Attributes:
        log: Natural logarithm of the factor for what was estimated.
        anchors: The anchors it rests on, those that count most first.
        deviation: Standard deviation of what ``log`` may be off.
    """

    log: float = 0.0
    anchors: tuple[Tensor, ...] = ()
    deviation: float = DEVIATION


def ends_of(given: Interval, made: Interval) -> Ends:
    """Compare a given range with what made inputs led to.

    Of a symmetric range only the amax is known, which may be that of either end; so it speaks
    for those that reach far.
    """
    found: list[float | None] = []
    for side in SIDES:
        ours, theirs = (made.hi, given.hi) if side is Side.HIGH else (-made.lo, -given.lo)
        if given.lo == -given.hi:
            is_told = ours >= _LARGE * made.amax > 0 < given.amax
            found.append(math.log(given.amax / made.amax) if is_told else None)
        else:
            is_told = ours > SMALL * made.amax and theirs > SMALL * given.amax
            found.append(math.log(theirs / ours) if is_told else None)
    return Ends(*found)


def local_scale(tensor: Tensor, side: Side, ratios: Mapping[Tensor, Ends]) -> Local:
    """Return what the nearest anchors all around say of one end of a tensor's range.

    What lies behind an anchor is not looked at. None is looked for behind a Softmax, a
    normalization or another function whose output does not grow with its input: what is given
    there says nothing here.

    Args:
        tensor: The tensor.
        side: Which end.
        ratios: What each anchor says.
    """
    paths = _paths((tensor, side), ratios)
    anchors = paths.anchors
    if not anchors:
        return Local()
    said = np.array([ratios[anchor][end] for anchor, end in anchors], dtype=np.float64)
    near = np.array([paths.correlation(node) for node in anchors])
    among = _among(paths)
    variance = DEVIATION**2
    covariance = variance * among + _COMMON**2 + _INEXACT**2 * np.eye(len(anchors))
    weights = np.linalg.solve(covariance, variance * near + _COMMON**2)
    left = variance + _COMMON**2 - float(weights @ (variance * near + _COMMON**2))
    order = np.argsort(-np.abs(weights), kind="stable")
    return Local(
        log=float(weights @ said),
        anchors=tuple(dict.fromkeys(anchors[place][0] for place in order)),
        deviation=math.sqrt(max(left, 0.0)),
    )


@dataclass(slots=True)
class _Paths:
    """The shortest paths from one end of a tensor's range to anchors.

    Attributes:
        costs: By node on the paths: minus the logarithm of its correlation with the start.
        before: By node: the one before it.
        anchors: The anchors' ends, the nearest first.
    """

    costs: dict[_Node, float]
    before: dict[_Node, _Node | None]
    anchors: Sequence[_Node]

    def correlation(self, node: _Node) -> float:
        return math.exp(-self.costs[node])

    def way(self, node: _Node | None) -> list[_Node]:
        """The nodes from one back to the start."""
        found = []
        while node is not None:
            found.append(node)
            node = self.before[node]
        return found


def _paths(start: _Node, ratios: Mapping[Tensor, Ends]) -> _Paths:
    """Dijkstra's algorithm, up to the nearest anchors."""
    costs: dict[_Node, float] = {}
    before: dict[_Node, _Node | None] = {}
    anchors: list[_Node] = []
    shortest = {start: 0.0}
    queue: list[tuple[float, int, _Node, _Node | None]] = [(0.0, 0, start, None)]
    count = 0
    while queue and len(costs) < _MOST_SEEN:
        cost, _, node, previous = heapq.heappop(queue)
        if node in costs:
            continue
        costs[node], before[node] = cost, previous
        tensor, side = node
        if node != start and tensor in ratios:
            if ratios[tensor][side] is not None:
                anchors.append(node)
            if len(anchors) == _MOST_ANCHORS:
                break
            continue
        for step in steps_from(tensor, side):
            other, further = (step.tensor, step.side), cost - math.log(step.correlation)
            if further < min(shortest.get(other, math.inf), -math.log(_LEAST)):
                shortest[other] = further
                count += 1
                heapq.heappush(queue, (further, count, other, node))
    return _Paths(costs, before, anchors)


def _among(paths: _Paths) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Correlations of anchors with each other: along the tree of paths."""
    count = len(paths.anchors)
    ways = [paths.way(node) for node in paths.anchors]
    made = np.eye(count)
    for row, way in enumerate(ways):
        behind = set(way)
        for column in range(row):
            meeting = next(node for node in ways[column] if node in behind)
            length = paths.costs[way[0]] + paths.costs[ways[column][0]]
            made[row, column] = made[column, row] = math.exp(2 * paths.costs[meeting] - length)
    return made
