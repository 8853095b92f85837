# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Constants in INT8, in memory: one, or several in one go.

A thread that computes beside Python code needs the interpreter between any two steps, and
each time somebody waits. So constants with their channels first are made together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from setrange.exporters.qdq.types import INT8
from setrange.exporters.qdq.weights import quantized, rounded_scale, weight_scales
from setrange.model.external import ExternalData
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = ["Int8Weights", "make_int8", "make_rows"]

#: Bytes of the largest constant that is read once and held; a larger one is read twice.
_HELD = 1 << 26


class Int8Weights(NamedTuple):
    """A constant in INT8.

    Attributes:
        scales: One for each channel, or one for all.
        values: All values in order.
    """

    scales: npt.NDArray[Any]
    values: memoryview


def make_int8(weights: Weights, axis: int | None, dtype: str, choice: str) -> Int8Weights:
    """Quantize a constant to INT8.

    Args:
        weights: Any float type.
        axis: Its channels; ``None``: one scale for all.
        dtype: Type of the scales.
        choice: One of ``WEIGHT_SCALES``.

    Raises:
        ModelError: A value is not finite, or cannot be read.
    """
    held = weights
    if weights.count * np.dtype(dtype).itemsize <= _HELD:
        held = Weights.of(weights.data())
        held.name = weights.name
    scales = weight_scales(held, axis, dtype, INT8, choice)
    values = np.empty(weights.count, dtype=np.int8)
    start = 0
    for part in quantized(held, scales, axis):
        values[start : start + part.size] = part.reshape(-1)
        start += part.size
    return Int8Weights(scales=scales, values=values.view(np.uint8).data)


def make_rows(constants: Sequence[Weights]) -> list[Int8Weights] | None:
    """Quantize constants to INT8 as ``make_int8`` does, with the first axis as channels.

    Returns:
        The constants; ``None`` where they have to be made one by one: they are not float32 in
        one file, are too large or empty, or have a channel of zeros or of what is not finite.

    Raises:
        ModelError: They cannot be read.
    """
    if not all(constant.count for constant in constants):
        return None
    first, *others = (constant.place for constant in constants)
    count = sum(constant.count for constant in constants)
    if not isinstance(first, ExternalData) or count * first.code.itemsize > _HELD:
        return None
    rest = [o for o in others if isinstance(o, ExternalData) and o.path == first.path]
    places = [first, *rest]
    if len(places) < len(constants) or any(p.code != np.dtype("<f4") for p in places):
        return None
    values = np.empty(count, dtype="<f4")
    first.read_with(rest, values.view(np.uint8))
    widths = [constant.count // constant.shape[0] for constant in constants]
    rows = np.repeat(widths, [constant.shape[0] for constant in constants])
    scaled = np.abs(values)
    amax = np.maximum.reduceat(scaled, np.cumsum(rows) - rows).astype(np.float64)
    if not (np.isfinite(amax) & (amax > 0)).all():
        return None
    scales = rounded_scale(amax / INT8.largest, "float32")
    pieces = []
    start = row = 0
    for constant, width in zip(constants, widths, strict=True):
        end, below = start + constant.count, row + constant.shape[0]
        channels = values[start:end].reshape(-1, width)
        out = scaled[start:end].reshape(-1, width)
        np.divide(channels, scales[row:below, None], out=out)
        pieces.append((scales[row:below], start, end))
        start, row = end, below
    made = INT8.rounded(scaled).view(np.uint8).data
    return [Int8Weights(scales=own, values=made[start:end]) for own, start, end in pieces]
