# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Given ranges near a tensor, and the factor by which they scale its estimate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.network import LayerKind
from setrange.network.trace import is_constant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from setrange.network import Layer, Tensor

__all__ = ["Local", "local_scale", "trust_in"]

#: How far anchors are looked for, in layers, and how many are used on each side.
_MOST_STEPS = 40
_MOST_ANCHORS = 8
#: From fewer predictions nothing is concluded.
_FEWEST_PREDICTED = 4
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

    None is looked for behind a Softmax, a normalization or another function whose output does
    not grow with its input: what is given there says nothing here.

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


def trust_in(ratios: Mapping[Tensor, float]) -> float:
    """Return how far anchors are to be trusted for their neighbours, from 0.5 to 1.

    Each anchor is predicted from those around it. In some networks that works well (a user's
    calibrator clips everywhere), in others an anchor says little of the next one; then only
    half of what they say counts.

    Args:
        ratios: As for ``local_scale``.
    """
    seen = [(local_scale(anchor, ratios), ratio) for anchor, ratio in ratios.items()]
    pairs = [(local.log, ratio) for local, ratio in seen if local.anchors]
    square = sum(said * said for said, _ in pairs)
    if len(pairs) < _FEWEST_PREDICTED or square == 0:
        return 1.0
    slope = sum(said * ratio for said, ratio in pairs) / square
    return (1.0 + min(1.0, max(0.0, slope))) / 2


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


#: Layers whose output does not grow with their input, or not in proportion.
_SCALELESS = frozenset({LayerKind.NORMALIZATION, LayerKind.SOFTMAX, LayerKind.RAGGED_SOFTMAX})
_SCALELESS_OPS = {
    LayerKind.ACTIVATION: frozenset({"hard_sigmoid", "sigmoid", "softsign", "tanh"}),
    LayerKind.UNARY: frozenset({"erf", "exp", "log", "recip", "sqrt"}),
    LayerKind.ELEMENTWISE: frozenset({"pow"}),
}


def _keeps_scale(layer: Layer) -> bool:
    """False for a layer that an anchor on one side says nothing of what is on the other."""
    if layer.kind in _SCALELESS:
        return False
    op = layer.params.get("op")
    if op in _SCALELESS_OPS.get(layer.kind, ()):
        return False
    # Values over what is computed of them: how a normalization ends that is single nodes.
    return not (
        layer.kind is LayerKind.ELEMENTWISE
        and op == "div"
        and not is_constant(layer.input_at(1))
    )


def _before(tensor: Tensor) -> Iterator[Tensor]:
    if tensor.layer is not None and _keeps_scale(tensor.layer):
        for other in tensor.layer.inputs:
            if other is not None and other.is_float:
                yield other


def _after(tensor: Tensor) -> Iterator[Tensor]:
    for layer in tensor.consumers:
        if not _keeps_scale(layer):
            continue
        for other in layer.outputs:
            if other.is_float:
                yield other
