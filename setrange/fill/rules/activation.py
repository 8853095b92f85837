# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Activation functions, Parametric ReLU and softmax."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from setrange.fill.facts import Rank
from setrange.fill.interval import Interval, call, monotone
from setrange.fill.registry import propose, rule
from setrange.fill.rules.functions import as_function
from setrange.network import LayerKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from setrange.fill.facts import Proposal, Ranges
    from setrange.network import Layer
    from setrange.network.params import NumberName

__all__: list[str] = []

#: Functions whose values lie in a fixed interval, whatever the input.
_BOUNDED = {
    "sigmoid": Interval(0.0, 1.0),
    "hard_sigmoid": Interval(0.0, 1.0),
    "tanh": Interval(-1.0, 1.0),
    "softsign": Interval(-1.0, 1.0),
}

#: Smallest value of x * Phi(x), a little below that of either formula.
_GELU_MIN = -0.1701

#: A Clip wider than this guards against overflow; its bounds say nothing about the values.
_WIDEST_CLIP = 1e4


@rule(LayerKind.SOFTMAX, LayerKind.RAGGED_SOFTMAX)
def _softmax(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    why = "softmax is at most 1"
    return propose(ranges, layer.output, Rank.BOUNDED, [], lambda: Interval(0.0, 1.0), why)


@rule(LayerKind.ACTIVATION)
def _activation(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    op = layer.params.get("op")
    bounds = _bounds(layer)
    yield from as_function(layer, ranges)
    if bounds is not None:
        rank = Rank.CLIP if op == "clip" else Rank.BOUNDED
        words = f"{op} is at most {bounds.amax:g}"
        yield from propose(ranges, layer.output, rank, [], lambda: bounds, words)
    piecewise = _piecewise_linear(layer)
    if piecewise is not None:
        why = "= input of {}", layer
        data = [layer.input_at(0)]
        yield from propose(ranges, layer.output, Rank.SELECTED, data, piecewise, why)
        yield from _before(layer, ranges)
    image = _image(layer)
    if image is not None:
        why = f"bound: {op} of the input of {{}}", layer
        yield from propose(ranges, layer.output, Rank.BOUND, [layer.input_at(0)], image, why)


def _number(layer: Layer, name: NumberName, default: float) -> float:
    value = layer.params.get(name)
    return default if value is None else float(value)


def _clip_bounds(layer: Layer) -> Interval:
    low, high = _number(layer, "alpha", -math.inf), _number(layer, "beta", math.inf)
    return Interval(min(low, high), high)


def _bounds(layer: Layer) -> Interval | None:
    """Where the output lies whatever the input is, if there is such an interval."""
    op = layer.params.get("op", "")
    if op == "clip":
        bounds = _clip_bounds(layer)
        return bounds if 0 < bounds.amax <= _WIDEST_CLIP else None
    if op == "scaled_tanh":
        factor = abs(_number(layer, "alpha", 1.0))
        return Interval(-factor, factor)
    return _BOUNDED.get(op)


def _piecewise_linear(layer: Layer) -> Callable[[Interval], Interval] | None:
    """Relu, LeakyRelu and Clip on intervals."""
    op = layer.params.get("op")
    if op == "relu":
        return lambda x: x.clipped(0.0, math.inf)
    if op == "clip":
        bounds = _clip_bounds(layer)
        return lambda x: x.clipped(*bounds)
    if op == "leaky_relu":
        slope = _number(layer, "alpha", 0.01)
        return lambda x: _leaky(x, Interval(slope, slope))
    return None


def _leaky(x: Interval, slope: Interval) -> Interval:
    negative = x.clipped(-math.inf, 0.0)
    result = x.clipped(0.0, math.inf)
    return result.union(negative.times(slope.lo)).union(negative.times(slope.hi))


def _before(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    """The input takes the output's range: what lies outside is cut off by the layer anyway."""
    data = layer.input_at(0)
    if data is None or not ranges.feeds_only(data, layer):
        return
    slope = _number(layer, "alpha", 0.01) if layer.params.get("op") == "leaky_relu" else 0.0

    def uncut(y: Interval) -> Interval:
        # A symmetric range of LeakyRelu's output does not tell how far the input goes below 0.
        return Interval(min(y.lo, 0.0) / slope, y.hi) if slope > 0 and -y.lo < y.hi else y

    why = "= output of {}", layer
    yield from propose(ranges, data, Rank.COPIED_FROM, [layer.output], uncut, why)


def _image(layer: Layer) -> Callable[[Interval], Interval] | None:
    """Functions that have no bound of their own, on intervals."""
    op = layer.params.get("op")
    if op in ("gelu_erf", "gelu_tanh"):
        return lambda x: Interval(_GELU_MIN if x.lo < 0 else 0.0, max(x.hi, 0.0))
    if op == "thresholded_relu":
        return lambda x: x.union(Interval(0.0, 0.0))
    if op in ("elu", "selu"):
        alpha = _number(layer, "alpha", 1.0 if op == "elu" else 1.6732632)
        factor = 1.0 if op == "elu" else _number(layer, "beta", 1.050701)
        if alpha >= 0 and factor >= 0:
            return lambda x: monotone(
                lambda v: factor * (v if v > 0 else alpha * math.expm1(v)), x
            )
    if op == "softplus":
        alpha, beta = _number(layer, "alpha", 1.0), _number(layer, "beta", 1.0)
        if alpha >= 0 and beta >= 0:
            return lambda x: monotone(lambda v: alpha * _log1p_exp(beta * v), x)
    return None


def _log1p_exp(x: float) -> float:
    return x if x > 700 else math.log1p(call(math.exp, x))


@rule(LayerKind.PARAMETRIC_RELU)
def _parametric_relu(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    """Slopes of at most 1 keep the output within the input's range."""
    slopes = ranges.get(layer.input_at(1))
    rank = Rank.SELECTED if slopes is not None and slopes.amax <= 1 else Rank.BOUND
    operands = [layer.input_at(0), layer.input_at(1)]
    why = "= input of {} and its slopes", layer
    return propose(ranges, layer.output, rank, operands, _leaky, why)
