# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The sums that signal-to-noise ratios are computed from, in float64, block by block."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

__all__ = ["NO_NOISE", "blocks", "decibels"]

#: Largest SQNR, of values without a difference; float32 itself ends near 150 dB.
NO_NOISE = 200.0

#: Values at a time: they stay in the processor's cache, and BLAS does not hand products of
#: so few to threads, which costs more than it gains.
_BLOCK = 1 << 13


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
