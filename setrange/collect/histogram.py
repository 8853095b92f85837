# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A histogram over the float's own bit pattern.

A bin is a bfloat16 value: a sign, eight exponent bits and the top seven mantissa bits.
It needs no range beforehand, never rescales, and merges by addition, so that any number of
samples, shards and runs give one result. A bin is at most 1/128 of its value wide.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["BINS", "Counts", "Histogram", "bin_edges"]

#: Finite sign-less bfloat16 patterns: 255 exponents x 128 mantissas.
BINS = 255 * 128

#: Pattern of -0.0: the sign bit.
_SIGN = 0x8000

_UPPER_HALF = 1 if sys.byteorder == "little" else 0


def bin_edges(first: int, count: int) -> npt.NDArray[np.float64]:
    """Return the ``count + 1`` edges of bins ``first`` to ``first + count - 1``."""
    patterns = np.arange(first, first + count + 1, dtype=np.uint32) << np.uint32(16)
    edges: npt.NDArray[np.float64] = patterns.view(np.float32).astype(np.float64)
    return edges


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

    @classmethod
    def of(cls, dense: npt.NDArray[np.int64], first: int) -> Counts:
        """Keep what is in use of the counts of bins ``first``, ``first + 1``, ..."""
        used = np.flatnonzero(dense)
        if not used.size:
            return cls()
        return cls(first + int(used[0]), dense[used[0] : used[-1] + 1].copy())

    def __add__(self, other: Counts) -> Counts:
        if not self.values.size:
            return other
        if not other.values.size:
            return self
        first = min(self.first, other.first)
        size = max(self.first + self.values.size, other.first + other.values.size) - first
        total = np.zeros(size, dtype=np.int64)
        for part in (self, other):
            start = part.first - first
            total[start : start + part.values.size] += part.values
        return Counts(first, total)


class Histogram:
    """Counts of values by sign and bfloat16 pattern, plus exact extremes.

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
        "_magnitudes",
        "count",
        "max",
        "min",
        "negative",
        "not_finite",
        "positive",
        "zeros",
    )

    def __init__(self) -> None:
        self.min = float("inf")
        self.max = float("-inf")
        self.count = 0
        self.not_finite = 0
        self.zeros = 0
        self.positive = Counts()
        self.negative = Counts()
        self._magnitudes: Counts | None = None

    def update(self, values: npt.NDArray[Any]) -> None:
        """Count the values of an array of any float type and shape."""
        flat = np.ascontiguousarray(values, dtype=np.float32).reshape(-1)
        if flat.size == 0:
            return
        # The upper half of a float32 is its bfloat16: sign, exponent, 7 bits of mantissa.
        patterns = flat.view(np.uint16)[_UPPER_HALF::2]
        magnitudes = patterns & np.uint16(_SIGN - 1)
        high = int(magnitudes.max())
        if high >= BINS:
            finite = flat[np.isfinite(flat)]
            self.not_finite += flat.size - finite.size
            self.update(finite)
            return
        self.min = min(self.min, float(flat.min()))
        self.max = max(self.max, float(flat.max()))
        self.count += flat.size
        low = int(magnitudes.min()) or int(magnitudes[magnitudes > 0].min(initial=BINS))
        # Count only the bins between; 0 goes to the one below them.
        width = max(high - low + 2, 1)
        keys = (np.maximum(magnitudes, low - 1) - np.uint16(low - 1)).astype(np.intp)
        keys += width * (patterns >= _SIGN)
        dense = np.bincount(keys, minlength=2 * width)
        self.zeros += int(dense[0] + dense[width])
        self.positive += Counts.of(dense[1:width], low)
        self.negative += Counts.of(dense[width + 1 :], low)
        self._magnitudes = None

    def merge(self, other: Histogram) -> None:
        """Add another histogram; the result is that of one run over both data."""
        self.min = min(self.min, other.min)
        self.max = max(self.max, other.max)
        self.count += other.count
        self.not_finite += other.not_finite
        self.zeros += other.zeros
        self.positive += other.positive
        self.negative += other.negative
        self._magnitudes = None

    def rectified(self) -> Histogram:
        """Return the histogram of what a Relu makes of the values."""
        out = Histogram()
        out.count, out.not_finite, out.positive = self.count, self.not_finite, self.positive
        out.zeros = self.zeros + int(self.negative.values.sum())
        if self.count:
            out.min, out.max = max(self.min, 0.0), max(self.max, 0.0)
        return out

    @property
    def amax(self) -> float:
        """Largest magnitude seen; 0.0 before any."""
        return max(abs(self.min), abs(self.max)) if self.count else 0.0

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """Counts by magnitude, without zeros."""
        return self._by_magnitude().values

    def edges(self) -> npt.NDArray[np.float64]:
        """Edges of the bins of ``counts``, one more than those."""
        both = self._by_magnitude()
        return bin_edges(both.first, both.values.size)

    def _by_magnitude(self) -> Counts:
        if self._magnitudes is None:
            self._magnitudes = self.positive + self.negative
        return self._magnitudes
