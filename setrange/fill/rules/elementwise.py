# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ElementWise layers: clipping by maximum and minimum, bias and residual adds, arithmetic."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from setrange.fill.facts import Rank
from setrange.fill.interval import Interval, divide, monotone, multiply, power
from setrange.fill.registry import propose, rule
from setrange.fill.rules.functions import as_function
from setrange.fill.rules.normalized import before_scaling, decomposed_normalization
from setrange.network import LayerKind
from setrange.network.trace import is_constant, producer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from setrange.fill.facts import Proposal, Ranges
    from setrange.network import Layer, Tensor

__all__ = ["PRODUCTS", "before_fused"]

#: Layers that TensorRT fuses with what follows them, so that their own output disappears.
_FUSED_BEFORE = frozenset({LayerKind.CONVOLUTION, LayerKind.DECONVOLUTION, LayerKind.SCALE})

#: Layers whose bias the parser may add in a layer of its own.
PRODUCTS = frozenset({LayerKind.FULLY_CONNECTED, LayerKind.MATRIX_MULTIPLY})


def _maximum(x: Interval, y: Interval) -> Interval:
    return Interval(max(x.lo, y.lo), max(x.hi, y.hi))


def _minimum(x: Interval, y: Interval) -> Interval:
    return Interval(min(x.lo, y.lo), min(x.hi, y.hi))


def _power(x: Interval, y: Interval) -> Interval | None:
    """A known exponent, or a base of at least 0: x ** y is then monotone in both."""
    if y.lo == y.hi:
        return power(x, y.lo)
    if x.lo < 0:
        return None
    corners = [power(Interval(base, base), exponent) for base in x for exponent in y]
    ends = [corner.lo for corner in corners if corner is not None]
    return Interval(min(ends), max(ends)) if len(ends) == len(corners) else None


def _floor_divide(x: Interval, y: Interval) -> Interval | None:
    quotient = divide(x, y)
    if quotient is None or not quotient.is_finite:
        return None
    return monotone(lambda v: float(math.floor(v)), quotient)


_SELECTIONS: dict[str, Callable[[Interval, Interval], Interval]] = {
    "max": _maximum,
    "min": _minimum,
}

_ARITHMETIC: dict[str, Callable[[Interval, Interval], Interval | None]] = {
    "sum": Interval.plus,
    "sub": Interval.minus,
    "prod": multiply,
    "div": divide,
    "pow": _power,
    "floor_div": _floor_divide,
}


@rule(LayerKind.ELEMENTWISE)
def _elementwise(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    op = layer.params.get("op", "")
    both = [layer.input_at(0), layer.input_at(1)]
    yield from as_function(layer, ranges)
    yield from before_scaling(layer, ranges)
    yield from decomposed_normalization(layer, ranges)
    if op in _SELECTIONS:
        why = f"{op} of the inputs of {{}}", layer
        image = _SELECTIONS[op]
        yield from propose(ranges, layer.output, Rank.SELECTED, both, image, why)
        yield from _before_clipping(layer, ranges)
    if op == "sum":
        yield from _before_sum(layer, ranges)
    if op in _ARITHMETIC:
        why = f"bound: {op} of the inputs of {{}}", layer
        compute = _ARITHMETIC[op]
        if op == "prod" and both[0] is both[1]:
            yield from propose(
                ranges, layer.output, Rank.BOUND, both[:1], lambda x: power(x, 2.0), why
            )
        else:
            yield from propose(ranges, layer.output, Rank.BOUND, both, compute, why)


def _before_clipping(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    """Maximum or minimum with a constant is a Clip: its input takes the output's range."""
    for index in (0, 1):
        data, limit = layer.input_at(index), layer.input_at(1 - index)
        if data is not None and ranges.feeds_only(data, layer) and is_constant(limit):
            why = "= output of {}", layer
            yield from propose(ranges, data, Rank.COPIED_FROM, [layer.output], lambda y: y, why)


def before_fused(layer: Layer, ranges: Ranges, data: Tensor) -> Iterable[Proposal]:
    """An input whose layer TensorRT fuses with this one takes the output's range."""
    if data.layer is not None and data.layer.kind in _FUSED_BEFORE:
        why = "= output of {}, with which it is fused", layer
        yield from propose(ranges, data, Rank.FUSED, [layer.output], lambda y: y, why)


def _is_product(tensor: Tensor) -> bool:
    """True for a product with weights, also one times a number, as a Gemm's alpha is."""
    layer = producer(tensor)
    if layer is not None and layer.params.get("op") == "prod":
        first, second = layer.input_at(0), layer.input_at(1)
        data = first if is_constant(second) else second if is_constant(first) else None
        layer = None if data is None else producer(data)
    return layer is not None and layer.kind in PRODUCTS


def _is_of_constants(tensor: Tensor | None) -> bool:
    """True for a constant, also one times a number, as a Gemm's beta is."""
    if tensor is None or is_constant(tensor):
        return tensor is not None
    layer = producer(tensor)
    return (
        layer is not None
        and layer.params.get("op") == "prod"
        and is_constant(layer.input_at(0))
        and is_constant(layer.input_at(1))
    )


def _before_sum(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    """What TensorRT fuses into an addition, and a product before its bias."""
    for index in (0, 1):
        data, other = layer.input_at(index), layer.input_at(1 - index)
        if data is None or data is other or not ranges.feeds_only(data, layer):
            continue
        yield from before_fused(layer, ranges, data)
        if _is_product(data) and _is_of_constants(other):
            why = "amax of the output of {} + amax of its bias", layer
            yield from propose(
                ranges, data, Rank.UNBIASED, [layer.output, other], Interval.minus, why
            )
