# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Pooling, reductions and normalizations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from setrange.fill.facts import Rank
from setrange.fill.interval import ZERO, Interval, multiply, repeated
from setrange.fill.registry import propose, rule
from setrange.fill.rules.movement import copy_both_ways, forward
from setrange.fill.rules.normalized import extent, scaled_and_shifted
from setrange.network import LayerKind
from setrange.network.trace import is_constant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from setrange.fill.facts import Proposal, Ranges
    from setrange.network import Layer

__all__: list[str] = []


def _mean(layer: Layer, ranges: Ranges, *, zero: bool) -> Iterable[Proposal]:
    def bound(x: Interval) -> Interval:
        return x.union(ZERO) if zero else x

    why = "at most the input of {}: |mean| <= |input|", layer
    yield from propose(ranges, layer.output, Rank.MEAN, [layer.input_at(0)], bound, why)


@rule(LayerKind.POOLING)
def _pooling(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    if layer.params.get("op") == "max":
        return copy_both_ways(layer, ranges, rank=Rank.SELECTED)
    return _mean(layer, ranges, zero=True)  # padding counts as zeros


@rule(LayerKind.REDUCE)
def _reduce(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    op = layer.params.get("op")
    if op == "avg":
        yield from _mean(layer, ranges, zero=False)
    elif op in ("max", "min"):
        yield from forward(layer, ranges, rank=Rank.SELECTED)
    elif op == "sum":
        why = "bound: number of values x the input of {}", layer

        def bound(x: Interval) -> Interval | None:
            count = extent(layer.input_at(0), layer.params["axes"])
            return None if count is None else repeated(x, count)

        yield from propose(ranges, layer.output, Rank.BOUND, [layer.input_at(0)], bound, why)


@rule(LayerKind.CUMULATIVE)
def _cumulative(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    def bound(x: Interval) -> Interval | None:
        data = layer.input_at(0)
        longest = max((1, *data.shape)) if data is not None else 1
        known = data is not None and -1 not in data.shape
        return repeated(x.union(ZERO), longest) if known else None

    why = "bound: number of values x the input of {}", layer
    return propose(ranges, layer.output, Rank.BOUND, [layer.input_at(0)], bound, why)


@rule(LayerKind.LRN)
def _lrn(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    """Output x / (bias + alpha * mean of squares) ^ beta is at most x / bias ^ beta."""
    alpha, beta = layer.params.get("alpha", -1.0), layer.params.get("beta", -1.0)
    bias = layer.params.get("bias", 0.0)
    if alpha >= 0 and beta >= 0 and bias > 0:
        why = "bound: input of {} / bias ^ beta", layer
        yield from propose(
            ranges,
            layer.output,
            Rank.BOUND,
            [layer.input_at(0)],
            lambda x: x.union(ZERO).times(bias**-beta),
            why,
        )


@rule(LayerKind.NORMALIZATION)
def _normalization(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    """Any n values of mean 0 and variance 1 are at most sqrt(n)."""
    count = extent(layer.input_at(0), layer.params["axes"])
    if count is None:
        return
    largest = math.sqrt(count * _channels_per_group(layer))
    why = f"at most |scale| x {largest:.4g} + |bias| of {{}}: normalized values", layer
    known = layer.input_at(1), layer.input_at(2)
    if all(is_constant(tensor) for tensor in known):
        yield from propose(
            ranges,
            layer.output,
            Rank.NORMALIZED,
            [],
            lambda: scaled_and_shifted(largest, *known),
            why,
        )

    def bound(scale: Interval, bias: Interval) -> Interval:
        return multiply(Interval(-largest, largest), scale).plus(bias)

    operands = [layer.input_at(1), layer.input_at(2)]
    why = "bound: sqrt(number of values) x scale + bias of {}", layer
    yield from propose(ranges, layer.output, Rank.BOUND, operands, bound, why)


def _channels_per_group(layer: Layer) -> int:
    """Channels that are normalized together, beside the axes (group normalization)."""
    data = layer.input_at(0)
    groups: int = layer.params.get("groups") or 1
    is_group = groups > 1 or (
        layer.origin is not None and layer.origin.op == "GroupNormalization"
    )
    if data is None or not is_group or data.shape[1] < 0:
        return 1
    return data.shape[1] // groups
