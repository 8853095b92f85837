# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Measures what one range does to the values of its tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.accuracy.noise import ExactSum, blocks, decibels
from setrange.exporters.qdq.types import INT8, fp8_values
from setrange.exporters.qdq.weights import quantized

if TYPE_CHECKING:
    import numpy.typing as npt

    from setrange.exporters.qdq.types import QuantizedType
    from setrange.model.weights import Weights

__all__ = ["ActivationTally", "weight_sqnr"]

#: What QuantizeLinear clamps activations to, in TensorRT as in ONNX.
_LOW, _HIGH = -128, 127

#: What FP8 rounds to its largest number, 448, and not beyond.
_ROUNDED_TO_LARGEST = 464.0


class ActivationTally:
    """Sums over the values of one activation.

    Args:
        scale: Scale of its pair.
        kind: What the pair quantizes to.
        offset: What is taken from the values before it.

    Attributes:
        scale: The same.
        largest: The magnitude that the pair holds.
        count: Finite values seen.
        clipped: Of these, how many the type does not hold at this scale.
        not_finite: Others.
        low: Smallest finite value; +inf before any.
        high: Largest finite value; -inf before any.
    """

    def __init__(self, scale: float, kind: QuantizedType = INT8, offset: float = 0.0) -> None:
        self.scale = scale
        self._offset = offset
        self.largest = kind.largest * scale
        self._kind = kind
        self.count = self.clipped = self.not_finite = 0
        self.low, self.high = float("inf"), float("-inf")
        self._signal, self._noise = ExactSum(), ExactSum()

    def add(self, values: npt.NDArray[Any]) -> None:
        """Add the values of one run."""
        for (x,) in blocks(values):
            fine = np.isfinite(x)
            if not fine.all():
                self.not_finite += int(x.size - np.count_nonzero(fine))
                x = x[fine]
                if not x.size:
                    continue
            low, high = float(x.min()), float(x.max())
            self.low, self.high = min(self.low, low), max(self.high, high)
            if self._kind is not INT8:
                self._add_fp8(x)
                continue
            moved = x - self._offset
            steps = np.rint(moved / self.scale)
            if max(high, -low) + abs(self._offset) > _HIGH * self.scale:
                kept = np.clip(steps, _LOW, _HIGH)
                self.clipped += int(np.count_nonzero(kept != steps))
                steps = kept
            error = moved - steps * self.scale
            self.count += x.size
            self._signal.add(float(x @ x))
            self._noise.add(float(error @ error))

    def _add_fp8(self, x: npt.NDArray[Any]) -> None:
        scaled = x / self.scale
        # The last step is 32 wide, so that 464 is still rounded to 448.
        self.clipped += int(np.count_nonzero(np.abs(scaled) > _ROUNDED_TO_LARGEST))
        error = x - fp8_values(self._kind.rounded(scaled)).astype(np.float64) * self.scale
        self.count += x.size
        self._signal.add(float(x @ x))
        self._noise.add(float(error @ error))

    def emptied(self) -> ActivationTally:
        """Return a tally of the same activation before the first run."""
        return ActivationTally(self.scale, self._kind, self._offset)

    def merge(self, other: ActivationTally) -> None:
        """Add what was seen in other runs."""
        self.count += other.count
        self.clipped += other.clipped
        self.not_finite += other.not_finite
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        self._signal.merge(other._signal)
        self._noise.merge(other._noise)

    @property
    def amax(self) -> float:
        """Largest finite magnitude seen; 0.0 before any."""
        return max(abs(self.low), abs(self.high)) if self.count else 0.0

    @property
    def bound(self) -> float:
        """The magnitude that values may have at most, whatever is taken from them."""
        return self.largest + abs(self._offset)

    @property
    def width(self) -> float | None:
        """How many times the values seen what the pair holds is; ``None`` for zeros."""
        if not self.count or not self.amax:
            return None
        seen = max(abs(self.low - self._offset), abs(self.high - self._offset))
        return self.largest / seen if seen else None

    @property
    def sqnr(self) -> float:
        """Signal to noise of its quantization alone, in dB."""
        return decibels(float(self._signal), float(self._noise))


def weight_sqnr(
    weights: Weights, scales: npt.NDArray[Any], axis: int | None, kind: QuantizedType = INT8
) -> float:
    """Return the signal to noise of a constant's quantization, in dB.

    Args:
        weights: The constant.
        scales: Its scales, of shape () or [channels].
        axis: The channel axis; ``None`` = one scale.
        kind: What it is quantized to.
    """
    signal = noise = 0.0
    for (start, part), steps in zip(
        weights.slices(), quantized(weights, scales, axis, kind), strict=True
    ):
        if kind is not INT8:
            steps = fp8_values(steps)
        factor = np.asarray(scales, dtype=np.float64)
        if axis == 0:
            factor = factor[start : start + len(part)]
        if axis is not None:
            factor = factor.reshape([-1 if i == axis else 1 for i in range(part.ndim)])
        for x, back in blocks(part, steps * factor):
            error = x - back
            signal += float(x @ x)
            noise += float(error @ error)
    return decibels(signal, noise)
