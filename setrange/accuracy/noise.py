# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The sums that signal-to-noise ratios are computed from, in float64, block by block.

Sums over blocks are exact: they are the same in any order, and so on any number of machines.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

__all__ = ["NO_NOISE", "ExactSum", "blocks", "decibels"]

#: Largest SQNR, of values without a difference; float32 itself ends near 150 dB.
NO_NOISE = 200.0

#: Values at a time: they stay in the processor's cache, and BLAS does not hand products of
#: so few to threads, which costs more than it gains.
_BLOCK = 1 << 13


class ExactSum:
    """A sum of floats without rounding: the same whatever the order, and however merged.

    It is kept as floats whose digits do not overlap (J. R. Shewchuk, "Adaptive Precision
    Floating-Point Arithmetic", 1997), mostly two or three of them.
    """

    __slots__ = ("_odd", "_parts")

    def __init__(self) -> None:
        self._parts: list[float] = []
        self._odd = 0.0  # what is not finite

    def add(self, value: float) -> None:
        """Add a number."""
        if not math.isfinite(value):
            self._odd += value
            return
        kept = 0
        for part in self._parts:
            if abs(value) < abs(part):
                value, part = part, value
            total = value + part
            rest = part - (total - value)
            if rest:
                self._parts[kept] = rest
                kept += 1
            value = total
        self._parts[kept:] = [value]
        if not math.isfinite(value):
            self._parts.clear()
            self._odd += value

    def merge(self, other: ExactSum) -> None:
        """Add another sum."""
        for part in other._parts:
            self.add(part)
        self._odd += other._odd

    def __float__(self) -> float:
        return self._odd if self._odd else math.fsum(self._parts)


def decibels(signal: float, noise: float) -> float:
    """Return 10 log10(signal / noise), from -200 to 200; 200 where there is no noise.

    Args:
        signal: Sum of squares of the values.
        noise: Sum of squares of the differences.
    """
    if noise == 0:
        return NO_NOISE
    if signal == 0:
        return -NO_NOISE
    ratio = 10 * (math.log10(signal) - math.log10(noise))
    return min(max(ratio, -NO_NOISE), NO_NOISE)


def blocks(*arrays: npt.NDArray[Any]) -> Iterator[tuple[npt.NDArray[np.float64], ...]]:
    """Yield arrays of one shape side by side, a block at a time, flattened, as float64."""
    flat = [np.ascontiguousarray(array).reshape(-1) for array in arrays]
    for start in range(0, flat[0].size, _BLOCK):
        yield tuple(array[start : start + _BLOCK].astype(np.float64) for array in flat)
