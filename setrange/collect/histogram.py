# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A histogram of magnitudes over the float's own bit pattern.

A bin is a sign-less bfloat16 value: eight exponent bits and the top seven mantissa bits.
It needs no range beforehand, never rescales, and merges by addition, so that any number of
samples, shards and runs give one result. A bin is at most 1/128 of its value wide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["BINS", "MagnitudeHistogram", "bin_edges"]

#: Finite sign-less bfloat16 patterns: 255 exponents x 128 mantissas.
BINS = 255 * 128

_SIGNLESS = np.uint32(0x7FFF_FFFF)


def bin_edges(first: int, count: int) -> npt.NDArray[np.float64]:
    """Return the ``count + 1`` edges of bins ``first`` to ``first + count - 1``."""
    patterns = np.arange(first, first + count + 1, dtype=np.uint32) << np.uint32(16)
    edges: npt.NDArray[np.float64] = patterns.view(np.float32).astype(np.float64)
    return edges


class MagnitudeHistogram:
    """Counts of |x| by bfloat16 pattern, plus exact extremes.

    Attributes:
        min: Smallest value seen; +inf before any.
        max: Largest value seen; -inf before any.
        count: Number of finite values seen.
        not_finite: Number of infinities and NaNs seen; they are in no bin.
        zeros: Number of values in the lowest bin (0 and what bfloat16 takes for it).
        first: Bin of ``counts[0]``.
        counts: Counts of the other bins in use, int64.
    """

    __slots__ = ("count", "counts", "first", "max", "min", "not_finite", "zeros")

    def __init__(self) -> None:
        self.min = float("inf")
        self.max = float("-inf")
        self.count = 0
        self.not_finite = 0
        self.zeros = 0
        self.first = 0
        self.counts: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def update(self, values: npt.NDArray[Any]) -> None:
        """Count the values of an array of any float type and shape."""
        flat = np.ascontiguousarray(values, dtype=np.float32).reshape(-1)
        if flat.size == 0:
            return
        patterns = (flat.view(np.uint32) & _SIGNLESS) >> np.uint32(16)
        counts = np.bincount(patterns, minlength=BINS)
        if counts.size > BINS:
            finite = np.isfinite(flat)
            self.not_finite += int(flat.size - finite.sum())
            self.update(flat[finite])
            return
        self.min = min(self.min, float(flat.min()))
        self.max = max(self.max, float(flat.max()))
        self.count += flat.size
        # Zeros are counted apart: their bin lies thousands of empty bins below all others.
        self.zeros += int(counts[0])
        used = np.flatnonzero(counts[1:]) + 1
        if used.size:
            self._add(int(used[0]), counts[used[0] : used[-1] + 1])

    def merge(self, other: MagnitudeHistogram) -> None:
        """Add another histogram; the result is that of one run over both data."""
        self.min = min(self.min, other.min)
        self.max = max(self.max, other.max)
        self.count += other.count
        self.not_finite += other.not_finite
        self.zeros += other.zeros
        if other.counts.size:
            self._add(other.first, other.counts)

    def _add(self, first: int, counts: npt.NDArray[np.int64]) -> None:
        if self.counts.size == 0:
            self.first, self.counts = first, counts.astype(np.int64)
            return
        low = min(self.first, first)
        high = max(self.first + self.counts.size, first + counts.size)
        if low < self.first or high > self.first + self.counts.size:
            grown = np.zeros(high - low, dtype=np.int64)
            offset = self.first - low
            grown[offset : offset + self.counts.size] = self.counts
            self.first, self.counts = low, grown
        offset = first - self.first
        self.counts[offset : offset + counts.size] += counts

    @property
    def amax(self) -> float:
        """Largest magnitude seen; 0.0 before any."""
        return max(abs(self.min), abs(self.max)) if self.count else 0.0

    def edges(self) -> npt.NDArray[np.float64]:
        """Edges of the bins in use, one more than ``counts``."""
        return bin_edges(self.first, self.counts.size)
