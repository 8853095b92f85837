# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Random numbers that are the same in every run, and noise whose power falls with frequency."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Chance", "color_noise", "fractal"]

#: What percentiles of noise become 0 and 1.
_TAIL = 0.5

#: Channels of a picture.
_COLORS = 3


class Chance:
    """Random numbers that depend on nothing but a family and a number.

    Only the generator's uniform numbers are used: numpy promises the same stream of them for
    all of its releases.

    Args:
        family: Index of the family.
        number: Which sample of the family, from 0.

    Attributes:
        number: See above.
    """

    def __init__(self, family: int, number: int) -> None:
        self.number = number
        self._generator = np.random.Generator(np.random.PCG64(1_000_003 * family + number))

    def between(self, low: float, high: float) -> float:
        """Return a number from ``low`` to ``high``."""
        return low + (high - low) * float(self._generator.random())

    def below(self, count: int) -> int:
        """Return a whole number from 0 to ``count`` - 1."""
        return min(int(self._generator.random() * count), count - 1)

    def happens(self, share: float) -> bool:
        """Return True in that share of the cases."""
        return float(self._generator.random()) < share

    def numbers(self, *shape: int) -> npt.NDArray[np.float32]:
        """Return float32 numbers from 0 to 1."""
        return self._generator.random(shape, dtype=np.float32)

    def normal(self, *shape: int) -> npt.NDArray[np.float32]:
        """Return nearly normal float32 numbers: sums of four uniform ones, of variance 1."""
        total = np.zeros(shape, dtype=np.float32)
        for _ in range(4):
            total += self.numbers(*shape)
        scaled: npt.NDArray[np.float32] = (total - np.float32(2.0)) * np.float32(math.sqrt(3.0))
        return scaled


def fractal(chance: Chance, shape: tuple[int, ...], beta: float) -> npt.NDArray[np.float32]:
    """Return noise of mean 0 and variance 1 whose amplitude falls as 1/f^beta.

    Args:
        chance: Where its randomness comes from.
        shape: One or two dimensions.
        beta: How steeply it falls; 0 is white.
    """
    spectrum = np.fft.rfftn(chance.normal(*shape))
    squares = np.zeros(spectrum.shape, dtype=np.float32)
    for axis, size in enumerate(shape):
        is_last = axis == len(shape) - 1
        steps = np.fft.rfftfreq(size) if is_last else np.fft.fftfreq(size)
        squares += (steps**2).reshape([-1 if i == axis else 1 for i in range(len(shape))])
    squares.flat[0] = np.inf  # no constant part
    made = np.fft.irfftn(spectrum * squares ** (-beta / 2), s=shape, axes=range(len(shape)))
    spread = float(made.std())
    scaled: npt.NDArray[np.float32] = (made / (spread or 1.0)).astype(np.float32)
    return scaled


def color_noise(chance: Chance, shape: tuple[int, ...], beta: float) -> npt.NDArray[np.float32]:
    """Return noise of three channels that are alike, from 0 to 1.

    Args:
        chance: Where its randomness comes from.
        shape: Height and width.
        beta: How steeply its amplitude falls.
    """
    own = chance.between(0.05, 0.5)
    shared = fractal(chance, shape, beta)
    channels = [shared + own * fractal(chance, shape, beta) for _ in range(_COLORS)]
    made = np.stack(channels).astype(np.float32)
    low, high = np.percentile(made, [_TAIL, 100 - _TAIL])
    stretched = (made - np.float32(low)) / np.float32(max(float(high - low), 1e-6))
    clipped: npt.NDArray[np.float32] = np.clip(stretched, 0.0, 1.0)
    return clipped
