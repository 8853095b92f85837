# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The scale of an input: from made values of 0 to 1 to those a network was trained on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from setrange.errors import UsageError

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "USUAL",
    "USUAL_NUMBERS",
    "Scale",
    "candidates",
    "parse_range",
    "parse_size",
    "plain",
    "preprocessed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Where the values of an input lie.

    Attributes:
        low: What 0 becomes: one number, or one for each channel.
        high: What 1 becomes.
        name: In words, for findings.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    name: str

    @property
    def amax(self) -> float:
        """The largest absolute value."""
        return max(map(abs, (*self.low, *self.high)))

    @property
    def bounds(self) -> tuple[float, float]:
        """The smallest and the largest value."""
        return min(self.low + self.high), max(self.low + self.high)

    def applied(self, made: npt.NDArray[np.float32], channels: int) -> npt.NDArray[np.float32]:
        """Return made values in this scale.

        Args:
            made: From 0 to 1.
            channels: The dimension of the channels; -1 where there is none.
        """
        low = np.array(self.low, dtype=np.float32)
        high = np.array(self.high, dtype=np.float32)
        if len(self.low) > 1 and channels >= 0:
            if made.shape[channels] != len(self.low):  # one for all channels
                low, high = low.min(keepdims=True), high.max(keepdims=True)
            form = [1] * made.ndim
            form[channels] = low.size
            low, high = low.reshape(form), high.reshape(form)
        elif len(self.low) > 1:
            low, high = low.min(keepdims=True), high.max(keepdims=True)
        scaled: npt.NDArray[np.float32] = (low + made * (high - low)).astype(np.float32)
        return scaled


def plain(low: float, high: float) -> Scale:
    """Return the scale from ``low`` to ``high``."""
    return Scale(low=(low,), high=(high,), name=f"{low:g}..{high:g}")


def preprocessed(
    mean: tuple[float, ...], std: tuple[float, ...], pixels: float = 1.0, name: str = ""
) -> Scale:
    """Return the scale of pixels from which a mean is taken before they are divided.

    Args:
        mean: One number, or one for each channel.
        std: The same; positive.
        pixels: The value of white before that: 1 or 255.
        name: In words; made of the numbers if empty.

    Raises:
        UsageError: The numbers do not go together.
    """
    if len(mean) != len(std) and 1 not in (len(mean), len(std)):
        raise UsageError(
            f"--mean has {len(mean)} numbers and --std {len(std)}; give one, or one for each "
            f"channel"
        )
    if not all(math.isfinite(x) for x in (*mean, *std)) or min(std) <= 0:
        raise UsageError("--mean and --std: expected finite numbers, and --std more than 0")
    count = max(len(mean), len(std))
    mean, std = (values * count if len(values) < count else values for values in (mean, std))
    shown = ",".join(f"{x:g}" for x in mean), ",".join(f"{x:g}" for x in std)
    return Scale(
        low=tuple((0.0 - m) / s for m, s in zip(mean, std, strict=True)),
        high=tuple((pixels - m) / s for m, s in zip(mean, std, strict=True)),
        name=name or f"pixels 0..{pixels:g}, mean {shown[0]}, std {shown[1]}",
    )


#: What networks for pictures are fed. Source: the preprocessing of torchvision (the fourth),
#: of TensorFlow's Keras applications (the second and the last) and of YOLO (the first).
USUAL = (
    plain(0.0, 1.0),
    plain(-1.0, 1.0),
    plain(-0.5, 0.5),
    preprocessed((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), name="ImageNet's mean and std"),
    plain(0.0, 255.0),
    preprocessed(
        (103.94, 116.78, 123.68), (1.0,), 255.0, name="0..255 less Caffe's mean (BGR)"
    ),
)

#: What other networks are fed: standardized numbers, sound, shares, and 16-bit sound.
USUAL_NUMBERS = (plain(-3.0, 3.0), plain(-1.0, 1.0), plain(0.0, 1.0), plain(-32768.0, 32767.0))

#: Bounds so near to those of a usual scale are meant to be that scale.
_NEAR = 0.03


def candidates(low: float, high: float) -> list[Scale]:
    """Return the scales that a given range may stand for, the likeliest first.

    A range that is as wide on both sides may be one of which only the amax was kept, as
    calibration caches do: [-255, 255] is 0..255.
    """
    given = plain(low, high)
    span = high - low
    for scale in USUAL:
        bounds = (min(scale.low), max(scale.high))
        if all(abs(a - b) <= _NEAR * span for a, b in zip(bounds, (low, high), strict=True)):
            return [scale]
    if low != -high:
        return [given]
    alike = [
        scale
        for scale in USUAL
        if math.isclose(scale.amax, high, rel_tol=_NEAR) and scale.low != (-high,)
    ]
    # Nothing but 0..255 and ImageNet's mean and std gives these; ±1 may be what it says.
    is_sure = high > 2.0
    return [*alike, given] if is_sure else [given, *alike]


def parse_range(text: str) -> tuple[float, float]:
    """Read ``LO..HI``.

    Raises:
        UsageError: It is not two numbers, the smaller one first.
    """
    parts = text.split("..")
    try:
        low, high = (float(part) for part in parts)
    except ValueError as error:
        raise UsageError(f"--input-range {text}: expected LO..HI, e.g. 0..1") from error
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise UsageError(
            f"--input-range {text}: expected two finite numbers, the smaller one first"
        )
    return low, high


#: Larger pictures are a slip of the hand: their inner values would not fit into memory.
_LARGEST_SIDE = 8192


def parse_size(text: str) -> tuple[int, int]:
    """Read ``H,W``, or one number for both.

    Raises:
        UsageError: It is not one or two sizes.
    """
    parts = text.replace("x", ",").split(",")
    sizes = [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 6]
    if not 1 <= len(sizes) == len(parts) <= 2 or not all(
        1 <= size <= _LARGEST_SIDE for size in sizes
    ):
        raise UsageError(
            f"--input-size {text}: expected H,W of 1 to {_LARGEST_SIDE}, e.g. 224,224"
        )
    return sizes[0], sizes[-1]
