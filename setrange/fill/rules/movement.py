# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Layers that move values: their output holds values of their inputs and nothing else.

Source: NVIDIA's qdq_translator and trtexec (pooling and concatenation) do the same.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from setrange.fill.facts import Rank
from setrange.fill.interval import ZERO, Interval
from setrange.fill.registry import propose, rule
from setrange.network import LayerKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from setrange.fill.facts import Proposal, Ranges
    from setrange.network import Layer, Tensor

__all__ = ["copy_both_ways", "forward", "union"]

#: Values of element types that have few.
_SMALL_TYPES = {"bool": Interval(0.0, 1.0), "uint8": Interval(0.0, 255.0)}


def _same(interval: Interval) -> Interval:
    return interval


def union(*intervals: Interval) -> Interval:
    """The smallest interval that holds all of them."""
    return reduce(Interval.union, intervals)


def _with_zero(interval: Interval) -> Interval:
    return interval.union(ZERO)


def forward(
    layer: Layer, ranges: Ranges, *, rank: Rank = Rank.COPY, zero: bool = False
) -> Iterable[Proposal]:
    """Output = input; for the arguments see ``copy_both_ways``."""
    compute = _with_zero if zero else _same
    why = "= input of {}", layer
    yield from propose(ranges, layer.output, rank, [layer.input_at(0)], compute, why)


def copy_both_ways(
    layer: Layer, ranges: Ranges, *, rank: Rank = Rank.COPY, zero: bool = False
) -> Iterable[Proposal]:
    """Output = input; input = output where this layer alone uses the input.

    Values that the layer drops do not matter then: nobody else sees them.

    Args:
        layer: The layer.
        ranges: What is known.
        rank: Of the forward direction.
        zero: The layer may put zeros in between.
    """
    yield from forward(layer, ranges, rank=rank, zero=zero)
    data = layer.input_at(0)
    if data is not None and ranges.feeds_only(data, layer):
        why = "= output of {}", layer
        yield from propose(ranges, data, Rank.COPIED_FROM, [layer.output], _same, why)


@rule(LayerKind.IDENTITY, LayerKind.CAST)
def _cast(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    yield from copy_both_ways(layer, ranges)
    data = layer.input_at(0)
    values = None if data is None else _SMALL_TYPES.get(data.dtype)
    if data is not None and values is not None:
        why = f"{data.dtype} is at most {values.amax:g}"
        yield from propose(ranges, layer.output, Rank.BOUNDED, [], lambda: values, why)


@rule(
    LayerKind.SHUFFLE,
    LayerKind.SQUEEZE,
    LayerKind.UNSQUEEZE,
    LayerKind.CONDITIONAL_INPUT,
    LayerKind.REVERSE_SEQUENCE,
    LayerKind.GATHER,
)
def _copy(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    return copy_both_ways(layer, ranges)


@rule(LayerKind.PADDING)
def _padding(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    return copy_both_ways(layer, ranges, zero=True)


@rule(LayerKind.ITERATOR, LayerKind.LOOP_OUTPUT)
def _loop(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    return forward(layer, ranges)


@rule(LayerKind.SLICE)
def _slice(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    value = layer.input_at(4)
    if layer.params.get("mode") == "fill" and value is not None:
        why = "= input of {} and what it is padded with", layer
        data = [layer.input_at(0), value]
        return propose(ranges, layer.output, Rank.COPY, data, union, why)
    return copy_both_ways(layer, ranges, zero=layer.params.get("mode") == "fill")


@rule(LayerKind.RESIZE)
def _resize(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    if layer.params.get("mode", "nearest") in ("nearest", "linear"):
        yield from copy_both_ways(layer, ranges)  # cubic overshoots


@rule(LayerKind.GRID_SAMPLE)
def _grid_sample(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    if layer.params.get("mode") != "cubic":
        yield from forward(layer, ranges, zero=True)


@rule(LayerKind.TOPK)
def _topk(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    return forward(layer, ranges, rank=Rank.SELECTED)


def _union_of(
    layer: Layer, ranges: Ranges, operands: Sequence[Tensor | None], what: str
) -> Iterable[Proposal]:
    why = f"= {what} of {{}}", layer
    return propose(ranges, layer.output, Rank.SELECTED, operands, union, why)


@rule(LayerKind.CONCATENATION)
def _concatenation(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    what = "largest input" if len(layer.inputs) > 1 else "input"
    yield from _union_of(layer, ranges, layer.inputs, what)
    why = "= output of {}", layer
    for tensor in layer.inputs:
        # The output's range holds all values of the input, whoever else uses it.
        yield from propose(ranges, tensor, Rank.COPIED_FROM, [layer.output], _same, why)


@rule(LayerKind.SELECT)
def _select(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    return _union_of(layer, ranges, layer.inputs[1:3], "larger input")


@rule(LayerKind.CONDITIONAL_OUTPUT)
def _conditional_output(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    return _union_of(layer, ranges, layer.inputs, "larger branch")


@rule(LayerKind.RECURRENCE)
def _recurrence(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    return _union_of(layer, ranges, layer.inputs, "first or next value")


@rule(LayerKind.SCATTER)
def _scatter(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    return _union_of(layer, ranges, [layer.input_at(0), layer.input_at(2)], "larger input")


@rule(LayerKind.ONE_HOT)
def _one_hot(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    why = "= values of {}", layer
    return propose(ranges, layer.output, Rank.COPY, [layer.input_at(1)], _same, why)
