# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""float32 arithmetic without numpy: scales as TensorRT stores them.

TensorRT keeps one float32 scale per tensor; everything here is exact in that type.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

from setrange.ranges.model import INT8_STEPS

if TYPE_CHECKING:
    from setrange.ranges.model import RangeEntry

__all__ = [
    "FLOAT32_MAX",
    "FLOAT32_OVERFLOW",
    "SMALLEST_SCALE",
    "amax_of_scale",
    "bits_of",
    "exact_amax",
    "float32_scale",
    "float_of_bits",
    "scale_of_amax",
    "scale_of_entry",
    "shortest",
    "to_float32",
]

#: Largest finite float32.
FLOAT32_MAX = 3.4028234663852886e38

#: From here on a number rounds to infinity in float32. Below, ``FLOAT32_MAX`` in few digits
#: (numpy prints 3.4028235e+38) is still that number.
FLOAT32_OVERFLOW = 2.0**128 - 2.0**103

#: Smallest scale that every device keeps: GPUs may flush denormal float32 numbers to 0.
SMALLEST_SCALE = 2.0**-126

#: The float32 after 1.
_ONE_UP = 1 + 2.0**-23

_FLOAT = struct.Struct(">f")
_BITS = struct.Struct(">I")


def to_float32(value: float) -> float:
    """Round to the nearest float32 (ties to even); too large becomes infinite.

    >>> to_float32(0.1)
    0.10000000149011612
    """
    try:
        rounded: float = _FLOAT.unpack(_FLOAT.pack(value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)
    return rounded


def bits_of(value: float) -> int:
    """Return the IEEE-754 binary32 bit pattern of ``value`` rounded to float32.

    >>> f"{bits_of(1.0 / 127):08x}"
    '3c010204'
    """
    bits: int = _BITS.unpack(_FLOAT.pack(to_float32(value)))[0]
    return bits


def float_of_bits(bits: int) -> float:
    """Return the float32 with this bit pattern, exactly.

    >>> float_of_bits(0x3F800000)
    1.0
    """
    value: float = _FLOAT.unpack(_BITS.pack(bits))[0]
    return value


def shortest(value: float) -> float:
    """Return the number with the fewest digits that rounds to the same float32.

    For reading eyes: a bound that came from a float32 prints as 2.64, not 2.640000104904175.

    >>> shortest(2.640000104904175)
    2.64
    """
    single = to_float32(value)
    for digits in (7, 8):
        candidate = float(f"{single:.{digits}g}")
        if to_float32(candidate) == single:
            return candidate
    return float(f"{single:.9g}")


def scale_of_amax(amax: float) -> float:
    """Return amax / 127 rounded once to float32: the scale a calibration cache holds."""
    return to_float32(amax / INT8_STEPS)


def amax_of_scale(scale: float) -> float:
    """Return 127 x scale as a float32 multiply: the bound TensorRT takes from a cache.

    Args:
        scale: A float32 scale; the product is exact in float64, so it is rounded once.
    """
    product = INT8_STEPS * scale
    # The scale of the largest float32 is rounded up: 127 x it is a little too much.
    if product > FLOAT32_MAX and to_float32(product / _ONE_UP) <= FLOAT32_MAX:
        return FLOAT32_MAX
    return to_float32(product)


def exact_amax(amax: float, scale: float | None) -> float:
    """Return the short number whose float32 scale is ``scale``, to the last bit.

    Args:
        amax: What 127 x scale is, up to rounding.
        scale: Exact scale, or ``None`` where there is only ``amax``.

    float32(127 x scale) / 127 may miss the scale by one unit in the last place; then a longer
    number is needed.
    """
    if scale is None:
        return amax
    single = to_float32(scale)
    for candidate in (amax, shortest(amax_of_scale(single))):
        if scale_of_amax(candidate) == single:
            return candidate
    return INT8_STEPS * single


def float32_scale(amax: float, scale: float | None) -> float:
    """Return the float32 scale: the exact one if there is one, else amax / 127."""
    return scale_of_amax(amax) if scale is None else to_float32(scale)


def scale_of_entry(entry: RangeEntry) -> float | None:
    """Return the float32 scale of an entry, or ``None`` where it has no range."""
    return None if entry.range is None else float32_scale(entry.range.amax, entry.scale)
