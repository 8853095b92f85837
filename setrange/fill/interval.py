# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Interval arithmetic in float64.

Every operation returns an interval that holds the result for all values of its operands.
Bounds may become infinite; who asks decides whether such an interval is of use.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ZERO", "Interval", "call", "divide", "monotone", "multiply", "power", "repeated"]


class Interval(NamedTuple):
    """All values from ``lo`` to ``hi``, both included."""

    lo: float
    hi: float

    @property
    def amax(self) -> float:
        """Largest absolute value."""
        low, high = self
        return max(abs(low), abs(high))

    @property
    def is_finite(self) -> bool:
        """True where both bounds are finite numbers."""
        return math.isfinite(self.lo) and math.isfinite(self.hi)

    def union(self, other: Interval) -> Interval:
        """The smallest interval that holds both."""
        return Interval(min(self.lo, other.lo), max(self.hi, other.hi))

    def plus(self, other: Interval) -> Interval:
        """Sum of two independent values."""
        return Interval(self.lo + other.lo, self.hi + other.hi)

    def minus(self, other: Interval) -> Interval:
        """Difference of two independent values."""
        return Interval(self.lo - other.hi, self.hi - other.lo)

    def clipped(self, low: float, high: float) -> Interval:
        """min(max(x, low), high)."""
        return Interval(min(max(self.lo, low), high), min(max(self.hi, low), high))

    def times(self, factor: float) -> Interval:
        """Product with a known factor."""
        ends = _product(self.lo, factor), _product(self.hi, factor)
        return Interval(min(ends), max(ends))


#: What padding adds.
ZERO = Interval(0.0, 0.0)


def _product(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b  # 0 * inf is 0 for a bound


def call(function: Callable[[float], float], x: float) -> float:
    """Return ``function(x)``, or infinity where the result is too large for a float."""
    try:
        return function(x)
    except OverflowError:
        return math.inf


def monotone(function: Callable[[float], float], x: Interval) -> Interval:
    """The image under a function that never falls."""
    return Interval(call(function, x.lo), call(function, x.hi))


def multiply(x: Interval, y: Interval) -> Interval:
    """Product of two independent values."""
    products = [_product(a, b) for a in x for b in y]
    return Interval(min(products), max(products))


def divide(x: Interval, y: Interval) -> Interval | None:
    """Quotient x / y, or ``None`` where y may be 0."""
    if y.lo <= 0 <= y.hi:
        return None
    quotients = [a / b for a in x for b in y]
    return Interval(min(quotients), max(quotients))


def power(x: Interval, exponent: float) -> Interval | None:
    """Powers of the x that have one; ``None`` where x may be a pole."""
    if exponent < 0:
        inverse = power(x, -exponent)
        return None if inverse is None else divide(Interval(1.0, 1.0), inverse)
    if exponent != int(exponent):
        if x.hi < 0:
            return None
        x = x.clipped(0.0, math.inf)

    def raised(value: float) -> float:
        return call(lambda v: v**exponent, abs(value))

    if exponent % 2 == 0:
        ends = raised(x.lo), raised(x.hi)
        low = 0.0 if x.lo <= 0 <= x.hi and exponent else min(ends)
        return Interval(low, max(ends))
    return monotone(lambda v: math.copysign(raised(v), v), x)


def repeated(x: Interval, count: int) -> Interval:
    """The sum of ``count`` values of the interval."""
    return Interval(_product(x.lo, count), _product(x.hi, count))
