# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Given ranges near a tensor, and by how much what was estimated there must be scaled."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from setrange.network import Tensor

__all__ = ["Local", "local_scale"]

#: How far anchors are looked for, in layers, and how many are used on each side.
_MOST_STEPS = 40
_MOST_ANCHORS = 8
#: Tensors that are looked at: in a dense network there are many within 40 layers.
_MOST_SEEN = 800


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """What the anchors near a tensor say.

    Attributes:
        log: Natural logarithm of the factor for what was estimated.
        anchors: The anchors it rests on, the nearest first.
        nearest: Layers to the nearest anchor; infinite without any.
        spread: How much the anchors differ: weighted standard deviation of their logarithms.
    """

    log: float = 0.0
    anchors: tuple[Tensor, ...] = ()
    nearest: float = math.inf
    spread: float = 0.0


def local_scale(tensor: Tensor, ratios: Mapping[Tensor, float]) -> Local:
    """Return what the nearest anchors on both sides say of a tensor.

    Args:
        tensor: The tensor.
        ratios: By anchor: logarithm of what was given over what was estimated.
    """
    weights: list[tuple[float, float, Tensor]] = []
    total = log = 0.0
    nearest = math.inf
    for neighbours in (_before, _after):
        found = list(_nearest(tensor, ratios, neighbours))
        if not found:
            continue
        side = [(distance**-2.0, ratios[anchor], anchor) for distance, anchor in found]
        nearest = min(nearest, found[0][0])
        mass = sum(weight for weight, _, _ in side)
        mean = sum(weight * ratio for weight, ratio, _ in side) / mass
        strength = max(weight for weight, _, _ in side)
        log += strength * mean
        total += strength
        weights += [(strength * weight / mass, ratio, anchor) for weight, ratio, anchor in side]
    if not total:
        return Local()
    log /= total
    variance = sum(weight * (ratio - log) ** 2 for weight, ratio, _ in weights) / total
    weights.sort(key=lambda item: -item[0])
    return Local(
        log=log,
        anchors=tuple(dict.fromkeys(anchor for _, _, anchor in weights)),
        nearest=nearest,
        spread=math.sqrt(variance),
    )


def _nearest(
    tensor: Tensor,
    anchors: Mapping[Tensor, float],
    neighbours: Callable[[Tensor], Iterator[Tensor]],
) -> Iterator[tuple[int, Tensor]]:
    """Yield (layers, anchor), breadth first; what lies behind an anchor is not looked at."""
    seen = {tensor}
    frontier = [tensor]
    count = 0
    for distance in range(1, _MOST_STEPS + 1):
        reached: list[Tensor] = []
        for near in frontier:
            for other in neighbours(near):
                if other in seen:
                    continue
                seen.add(other)
                if other in anchors:
                    yield distance, other
                    count += 1
                    if count == _MOST_ANCHORS:
                        return
                else:
                    reached.append(other)
        if not reached or len(seen) > _MOST_SEEN:
            return
        frontier = reached


def _before(tensor: Tensor) -> Iterator[Tensor]:
    if tensor.layer is not None:
        for other in tensor.layer.inputs:
            if other is not None and other.is_float:
                yield other


def _after(tensor: Tensor) -> Iterator[Tensor]:
    for layer in tensor.consumers:
        for other in layer.outputs:
            if other.is_float:
                yield other
