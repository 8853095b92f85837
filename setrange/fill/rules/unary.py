# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Unary functions. A range covers a function's domain only: NaN outside it needs no range."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from setrange.fill.facts import Rank
from setrange.fill.interval import Interval, divide, monotone
from setrange.fill.registry import propose, rule
from setrange.fill.rules.functions import as_function
from setrange.network import LayerKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from setrange.fill.facts import Proposal, Ranges
    from setrange.network import Layer

__all__: list[str] = []

_BOUNDED = {
    "sin": Interval(-1.0, 1.0),
    "cos": Interval(-1.0, 1.0),
    "erf": Interval(-1.0, 1.0),
    "sign": Interval(-1.0, 1.0),
    "asin": Interval(-math.pi / 2, math.pi / 2),
    "atan": Interval(-math.pi / 2, math.pi / 2),
    "acos": Interval(0.0, math.pi),
}


def _abs(x: Interval) -> Interval:
    return Interval(max(x.lo, -x.hi, 0.0), x.amax)


#: Functions that keep the largest absolute value.
_SIGN_CHANGES: dict[str, Callable[[Interval], Interval]] = {
    "abs": _abs,
    "neg": lambda x: Interval(-x.hi, -x.lo),
}


def _rising(
    function: Callable[[float], float], low: float = -math.inf, high: float = math.inf
) -> Callable[[Interval], Interval | None]:
    """Intervals of a rising function with the domain [low, high]."""

    def image(x: Interval) -> Interval | None:
        if x.hi < low or x.lo > high:
            return None
        return monotone(function, x.clipped(low, high))

    return image


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf


def _atanh(x: float) -> float:
    return math.atanh(x) if abs(x) < 1 else math.copysign(math.inf, x)


def _round(x: float) -> float:
    return float(round(x))


_IMAGES: dict[str, Callable[[Interval], Interval | None]] = {
    "exp": _rising(math.exp),
    "log": _rising(_log, low=0.0),
    "sqrt": _rising(math.sqrt, low=0.0),
    "recip": lambda x: divide(Interval(1.0, 1.0), x),
    "ceil": _rising(lambda x: float(math.ceil(x))),
    "floor": _rising(lambda x: float(math.floor(x))),
    "round": _rising(_round),
    "sinh": _rising(math.sinh),
    "asinh": _rising(math.asinh),
    "acosh": _rising(math.acosh, low=1.0),
    "atanh": _rising(_atanh, low=-1.0, high=1.0),
    "cosh": lambda x: monotone(math.cosh, _abs(x)),
}


@rule(LayerKind.UNARY)
def _unary(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    op = layer.params.get("op", "")
    data = [layer.input_at(0)]
    yield from as_function(layer, ranges)
    if op in _BOUNDED:
        bounds = _BOUNDED[op]
        words = f"{op} is at most {bounds.amax:.6g}"
        yield from propose(ranges, layer.output, Rank.BOUNDED, [], lambda: bounds, words)
    elif op in _SIGN_CHANGES:
        why = "= input of {}", layer
        yield from propose(ranges, layer.output, Rank.SELECTED, data, _SIGN_CHANGES[op], why)
    elif op in _IMAGES:
        why = f"bound: {op} of the input of {{}}", layer
        yield from propose(ranges, layer.output, Rank.BOUND, data, _IMAGES[op], why)
