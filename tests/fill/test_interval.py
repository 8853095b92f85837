# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Interval arithmetic holds what it says: every result for every value of the operands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange.fill.interval import Interval, call, divide, monotone, multiply, power, repeated

if TYPE_CHECKING:
    from collections.abc import Callable

# A subnormal number to an odd negative power overflows, and Python then does not say the sign.
NUMBERS = st.floats(-1e3, 1e3, allow_nan=False, allow_subnormal=False)
SHARES = st.floats(0, 1)


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    a, b = draw(NUMBERS), draw(NUMBERS)
    return Interval(min(a, b), max(a, b))


def holds(interval: Interval, value: float) -> bool:
    if math.isinf(value):  # beyond any slack
        return interval.lo <= value <= interval.hi
    slack = 1e-9 * max(1.0, abs(value))
    return interval.lo - slack <= value <= interval.hi + slack


def inside(interval: Interval, share: float) -> float:
    return min(interval.lo + share * (interval.hi - interval.lo), interval.hi)


@pytest.mark.property
@pytest.mark.parametrize(
    ("operation", "function"),
    [
        (Interval.plus, lambda x, y: x + y),
        (Interval.minus, lambda x, y: x - y),
        (multiply, lambda x, y: x * y),
    ],
)
@given(x=intervals(), y=intervals(), s=SHARES, t=SHARES)
def test_two_operands(
    operation: Callable[[Interval, Interval], Interval],
    function: Callable[[float, float], float],
    x: Interval,
    y: Interval,
    s: float,
    t: float,
) -> None:
    assert holds(operation(x, y), function(inside(x, s), inside(y, t)))


@pytest.mark.property
@given(x=intervals(), y=intervals(), s=SHARES, t=SHARES)
def test_division(x: Interval, y: Interval, s: float, t: float) -> None:
    quotient = divide(x, y)
    if y.lo <= 0 <= y.hi:
        assert quotient is None
    else:
        assert quotient is not None
        assert holds(quotient, inside(x, s) / inside(y, t))


@pytest.mark.property
@given(x=intervals(), exponent=st.sampled_from([-2, -1, 0, 0.5, 1, 2, 3, 4, 1.5]), s=SHARES)
def test_power(x: Interval, exponent: float, s: float) -> None:
    result = power(x, exponent)
    value = inside(x, s)
    if result is None:
        assert exponent < 0 or x.hi < 0
    elif exponent == int(exponent) or value >= 0:
        assert holds(result, call(lambda v: v**exponent, value))


@pytest.mark.property
@given(x=intervals(), shares=st.lists(SHARES, min_size=1, max_size=8))
def test_sum_of_many(x: Interval, shares: list[float]) -> None:
    assert holds(repeated(x, len(shares)), sum(inside(x, s) for s in shares))


def test_a_square_is_not_negative() -> None:
    assert power(Interval(-3.0, 2.0), 2.0) == (0.0, 9.0)


def test_overflow_is_infinite_not_an_error() -> None:
    image = monotone(math.exp, Interval(0.0, 1e4))
    assert image.lo == 1.0
    assert not image.is_finite
    assert power(Interval(1.0, 1e200), 3.0) == (1.0, math.inf)
