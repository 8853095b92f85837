# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""From an AIMET encoding to a range: what the three file versions and QNN's share.

Offsets here are on the unsigned grid of 8 bit: x = (q + offset) x scale, q in 0 ... 255.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from setrange.formats.foreign import extreme
from setrange.ranges.float32 import FLOAT32_OVERFLOW, shortest
from setrange.ranges.loss import LossKind

if TYPE_CHECKING:
    from setrange.formats.foreign import ForeignReader

__all__ = ["add_affine", "add_min_max", "grid_of_scale", "is_8_bit"]

_LAST_STEP = 255
#: -128: signed, zero point 0. -127: the same without the odd step -128.
_SYMMETRIC_OFFSETS = (-128, -127)
_TOLERANCE = 1e-4


def add_affine(
    reader: ForeignReader, name: str, scales: list[Any], offsets: list[Any], line: int
) -> None:
    """Add an entry from scales and offsets, one of each per channel."""
    numbers = [reader.number(name, value, "scale", line) for value in scales]
    shifts = [reader.number(name, value, "offset", line) for value in offsets]
    if not numbers or len(numbers) != len(shifts):
        reader.fail(f"has {len(numbers)} scales but {len(shifts)} offsets", line, name)
        return
    pairs = [(s, o) for s, o in zip(numbers, shifts, strict=True) if s is not None is not o]
    if len(pairs) < len(numbers):
        return
    reader.lose_channels(name, len(pairs))
    if all(offset in _SYMMETRIC_OFFSETS for _, offset in pairs):
        reader.scale(name, extreme([scale for scale, _ in pairs], max), line)
        return
    lows = [shortest(offset * scale) for scale, offset in pairs]
    highs = [shortest((offset + _LAST_STEP) * scale) for scale, offset in pairs]
    _add_asymmetric(reader, name, lows, highs, line)


def add_min_max(
    reader: ForeignReader, name: str, lows: list[Any], highs: list[Any], line: int
) -> None:
    """Add an entry from minima and maxima, one of each per channel.

    [-128 s, 127 s] is what a signed symmetric encoding spans; TensorRT's range is +-127 s.
    """
    low_numbers = [reader.number(name, value, "min", line) for value in lows]
    high_numbers = [reader.number(name, value, "max", line) for value in highs]
    minima = [value for value in low_numbers if value is not None]
    maxima = [value for value in high_numbers if value is not None]
    if len(minima) < len(lows) or len(maxima) < len(highs):
        return
    if not minima or len(minima) != len(maxima):
        reader.fail(f"has {len(minima)} min but {len(maxima)} max", line, name)
        return
    reader.lose_channels(name, len(minima))
    pairs = list(zip(minima, maxima, strict=True))
    if all(_is_symmetric(low, high) for low, high in pairs):
        reader.amax(name, extreme(maxima, max), line)
    else:
        _add_asymmetric(reader, name, minima, maxima, line)


def is_8_bit(reader: ForeignReader, name: str, dtype: Any, bits: Any, line: int) -> bool:
    """Return True for 8-bit integers; anything else is kept without a range."""
    kind = str(dtype).lower()
    if kind.startswith("float"):
        reader.unset(name, "kept in floating point by the source", line)
        reader.lose(name, LossKind.NOT_8_BIT, "floating-point encoding: unset")
        return False
    if bits != 8:
        reader.unset(name, f"{bits}-bit encoding", line)
        reader.lose(name, LossKind.NOT_8_BIT, f"{bits}-bit encoding: unset")
        return False
    return True


def grid_of_scale(scale: float) -> tuple[float, float]:
    """Return min and max of the signed grid: [-128 x scale, 127 x scale]."""
    return _in_few_digits(-128 * scale), _in_few_digits(127 * scale)


def _in_few_digits(value: float) -> float:
    """Return the float32 in few digits; what float32 does not hold stays as it is."""
    short = shortest(value) if abs(value) < FLOAT32_OVERFLOW else value
    return short if math.isfinite(short) else value


def _is_symmetric(low: float, high: float) -> bool:
    return high > 0 and (
        -low == high or math.isclose(-low * 127, high * 128, rel_tol=_TOLERANCE)
    )


def _add_asymmetric(
    reader: ForeignReader, name: str, lows: list[float], highs: list[float], line: int
) -> None:
    values = [*lows, *highs]
    if any(map(math.isnan, values)):
        reader.amax(name, math.nan, line)
        return
    reader.bounds(name, min(lows), max(highs), line)
    reader.lose(
        name,
        LossKind.ASYMMETRIC,
        "the source is asymmetric; TensorRT takes the larger side for both, so precision is "
        "lost",
    )
