# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Layers that make values of their own: constants and Fill."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from setrange.fill.facts import Rank
from setrange.fill.interval import ZERO, Interval
from setrange.fill.registry import propose, rule
from setrange.network import LayerKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from setrange.fill.facts import Proposal, Ranges, Why
    from setrange.model.weights import Weights
    from setrange.network import Layer

__all__ = ["interval_of"]


def interval_of(weights: Weights) -> Interval | None:
    """Return [min, max] of weights, or ``None`` where they are not finite."""
    if weights.count == 0:
        return ZERO
    interval = Interval(*weights.extremes())
    return interval if interval.is_finite else None


@rule(LayerKind.CONSTANT)
def _constant(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    weights: Weights | None = layer.params.get("weights")
    if weights is None or not weights.is_float:
        return
    values = weights
    why: Why = "max |values| of a constant of {}", layer
    if weights.initializer:
        why = f"max |values| of {weights.initializer}"
    yield from propose(
        ranges, layer.output, Rank.CONSTANT, [], lambda: interval_of(values), why
    )


@rule(LayerKind.FILL)
def _fill(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    interval = _filled(layer)
    if interval is not None:
        why = "values that {} makes", layer
        yield from propose(ranges, layer.output, Rank.CONSTANT, [], lambda: interval, why)


def _filled(layer: Layer) -> Interval | None:
    """The values of a Fill layer whose parameters are known."""
    op, alpha, beta = (layer.params.get(key) for key in ("op", "alpha", "beta"))
    if not isinstance(alpha, (int, float)) or not isinstance(beta, (int, float)):
        return None
    if op == "random_uniform":
        return Interval(min(alpha, beta), max(alpha, beta))
    shape = layer.output.shape
    if op != "linspace" or -1 in shape:
        return None
    last = alpha + beta * max(math.prod(shape) - 1, 0)
    return Interval(min(alpha, last), max(alpha, last))
