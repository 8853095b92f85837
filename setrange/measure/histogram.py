# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A histogram over the float's own bit pattern.

A bin is a bfloat16 value: a sign, eight exponent bits and the top seven mantissa bits.
It needs no range beforehand, never rescales, and merges by addition, so that any number of
samples, shards and runs give one result. A bin is at most 1/128 of its value wide.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.ranges.float32 import FLOAT32_MAX

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["BINS", "Counts", "Histogram", "bin_edges"]

#: Finite sign-less bfloat16 patterns: 255 exponents x 128 mantissas.
BINS = 255 * 128

#: Of a float32's bits: how many to drop for a bin, and what of the other 16 is the sign.
_HALF, _NO_SIGN, _SIGN, _ONE = np.uint32(16), np.uint16(0x7FFF), np.uint16(15), np.uint16(1)

#: No number of values is larger: sums are exact.
_MOST = 1 << 53


def bin_edges(first: int, count: int) -> npt.NDArray[np.float64]:
    """Return the ``count + 1`` edges of bins ``first`` to ``first + count - 1``.

    Behind the largest float32 the bit patterns go on with infinity, which is no edge: what is
    reckoned with it is no number, and numpy warns of that or not, by its threads.
    """
    patterns = np.arange(first, first + count + 1, dtype=np.uint32) << np.uint32(16)
    edges = patterns.view(np.float32).astype(np.float64)
    finite: npt.NDArray[np.float64] = np.minimum(edges, np.finfo(np.float32).max)
    return finite


class Counts:
    """Counts of consecutive bins, as few as are in use.

    Attributes:
        first: Bin of ``values[0]``.
        values: Counts, int64.
    """

    __slots__ = ("first", "values")

    def __init__(self, first: int = 0, values: npt.NDArray[np.int64] | None = None) -> None:
        self.first = first
        self.values = np.zeros(0, dtype=np.int64) if values is None else values

    def add(self, first: int, values: npt.NDArray[np.int64]) -> None:
        """Add counts of the bins ``first``, ``first + 1``, ..."""
        if not values.size:
            return
        if not self.values.size:
            self.first, self.values = first, values.copy()
            return
        last = first + values.size
        if first < self.first or last > self.first + self.values.size:
            start = min(first, self.first)
            wider = np.zeros(max(last, self.first + self.values.size) - start, np.int64)
            wider[self.first - start :][: self.values.size] = self.values
            self.first, self.values = start, wider
        self.values[first - self.first : last - self.first] += values

    def edges(self) -> npt.NDArray[np.float64]:
        """Return the edges of the bins, one more than those."""
        return bin_edges(self.first, self.values.size)

    def __add__(self, other: Counts) -> Counts:
        total = Counts(self.first, self.values.copy())
        total.add(other.first, other.values)
        return total


class Histogram:
    """Counts of values by sign and bfloat16 pattern, plus exact extremes.

    Args:
        is_signed: False: negative values are counted by their magnitude with the positive
            ones, which is faster; then there is no ``rectified``.

    Attributes:
        min: Smallest finite value seen; +inf before any.
        max: Largest finite value seen; -inf before any.
        count: Number of finite values seen.
        not_finite: Number of infinities and NaNs seen; they are in no bin.
        zeros: Number of values in the lowest bin (0 and what bfloat16 takes for it). They are
            counted apart: their bin lies thousands of empty bins below all others.
        positive: Counts of the other values above 0.
        negative: Counts of the other values below 0, by magnitude.
    """

    __slots__ = (
        "count",
        "is_signed",
        "max",
        "min",
        "negative",
        "not_finite",
        "positive",
        "zeros",
    )

    def __init__(self, *, is_signed: bool = True) -> None:
        self.is_signed = is_signed
        self.min = float("inf")
        self.max = float("-inf")
        self.count = 0
        self.not_finite = 0
        self.zeros = 0
        self.positive = Counts()
        self.negative = Counts()

    def update(self, values: npt.NDArray[Any]) -> None:
        """Count the values of an array of any float type and shape."""
        if values.dtype != np.float32:
            with np.errstate(over="ignore"):  # what float32 does not hold is infinite
                values = values.astype(np.float32)
        flat = values.reshape(-1)
        if flat.size == 0:
            return
        # Most values are small, and calls count: argmin() takes a third of what min() does, and
        # finds NaN as well. Of two zeros it is 0.0 that is kept.
        low, high = float(flat[flat.argmin()]) + 0.0, float(flat[flat.argmax()]) + 0.0
        if not -math.inf < low <= high < math.inf:
            finite = flat[np.isfinite(flat)]
            self.not_finite += flat.size - finite.size
            self.update(finite)
            return
        self.min = min(self.min, low)
        self.max = max(self.max, high)
        self.count += flat.size
        # Shifting all 32 bits is faster than picking every second uint16.
        keys = (flat.view(np.uint32) >> _HALF).astype(np.uint16)
        if not self.is_signed or low >= 0:
            if low <= 0:
                np.bitwise_and(keys, _NO_SIGN, out=keys)
            first, counts, zeros = _binned(keys, abs(max(-low, high)), zero=1)
            self.positive.add(first, counts)
        else:
            # The sign becomes the lowest bit: bins above and below 0 take turns.
            signs = np.right_shift(keys, _SIGN)
            np.left_shift(keys, _ONE, out=keys)
            np.bitwise_or(keys, signs, out=keys)
            first, counts, zeros = _binned(keys, abs(max(-low, high)), zero=2)
            self.positive.add(first // 2, counts[::2])
            self.negative.add(first // 2, counts[1::2])
        self.zeros += zeros

    def merge(self, other: Histogram) -> None:
        """Add another histogram; the result is that of one run over both data."""
        self.min = min(self.min, other.min)
        self.max = max(self.max, other.max)
        self.count += other.count
        self.not_finite += other.not_finite
        self.zeros += other.zeros
        self.positive.add(other.positive.first, other.positive.values)
        self.negative.add(other.negative.first, other.negative.values)

    def rectified(self) -> Histogram:
        """Return the histogram of what a Relu makes of the values."""
        if not self.is_signed:
            raise ValueError("signs were not kept")
        out = Histogram()
        out.count, out.not_finite, out.positive = self.count, self.not_finite, self.positive
        out.zeros = self.zeros + int(self.negative.values.sum())
        if self.count:
            out.min, out.max = max(self.min, 0.0), max(self.max, 0.0)
        return out

    def contradiction(self) -> str:
        """Say what no data can give, of numbers that were read from a file; "" if nothing."""
        least = min(self.count, self.not_finite, self.zeros)
        if least < 0 or max(self.count, self.not_finite) > _MOST:
            return "a histogram holds no number of values"
        parts = (self.positive, self.negative)
        # Each bin holds at most 2^53: the float sum tells whether the exact one fits.
        if sum(float(part.values.sum(dtype=np.float64)) for part in parts) > 2.0 * _MOST:
            return "a histogram holds more values than it counted"
        binned = sum(int(part.values.sum()) for part in parts)
        if self.zeros + binned != self.count:
            return "a histogram holds another number of values than it counted"
        if not self.is_signed and self.negative.values.size:
            return "a histogram without signs holds negative values"
        if not self.count:
            is_empty = self.min == math.inf and self.max == -math.inf
            is_empty = is_empty and not any(part.values.size for part in parts)
            return "" if is_empty else "a histogram without values has a smallest one"
        if not -FLOAT32_MAX <= self.min <= self.max <= FLOAT32_MAX:
            return "the smallest value of a histogram is above the largest one"
        top = _pattern(self.amax)
        for part in parts:
            if (
                part.values.size
                and not 0 < part.first <= part.first + part.values.size - 1 <= top
            ):
                return "a histogram has values beyond its largest one"
        return ""

    @property
    def amax(self) -> float:
        """Largest magnitude seen; 0.0 before any."""
        return max(abs(self.min), abs(self.max)) if self.count else 0.0

    def magnitudes(self) -> Counts:
        """Return counts by magnitude, without zeros."""
        return self.positive + self.negative


def _pattern(value: float) -> int:
    """Return the bfloat16 pattern of a float32 value of 0 or more."""
    return int(np.float32(value).view(np.uint32)) >> 16


def _binned(
    keys: npt.NDArray[np.uint16], amax: float, *, zero: int
) -> tuple[int, npt.NDArray[np.int64], int]:
    """Count keys.

    Args:
        keys: What to count; they are overwritten.
        amax: The largest magnitude of the values.
        zero: How many keys, from 0, stand for 0; each other bin has as many.

    Returns:
        The first key that is counted, a multiple of ``zero``; the counts from there on; and
        how many keys stand for 0.
    """
    first = int(keys[keys.argmin()])
    if first >= zero:
        first -= first % zero
        np.subtract(keys, np.uint16(first), out=keys)
        return first, np.bincount(keys), 0
    top = zero * (_pattern(amax) + 1) - 1
    if top < zero:
        return zero, np.zeros(0, np.int64), keys.size
    # Zeros go behind all others: the integers wrap around, and are cut off.
    np.subtract(keys, np.uint16(zero), out=keys)
    first = int(keys[keys.argmin()]) + zero
    first -= first % zero
    np.minimum(keys, np.uint16(top - zero + 1), out=keys)
    np.subtract(keys, np.uint16(first - zero), out=keys)
    counts = np.bincount(keys, minlength=top - first + 2)
    return first, counts[:-1], int(counts[-1])
