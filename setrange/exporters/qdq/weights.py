# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Scales and INT8 values of constants, a slice at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import ModelError
from setrange.exporters.qdq.types import INT8

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from setrange.exporters.qdq.types import QuantizedType
    from setrange.model.weights import Weights
    from setrange.ranges.model import WeightScale

__all__ = [
    "channel_sums",
    "quantized",
    "rounded_scale",
    "weight_axis",
    "weight_scales",
]

#: What multiples of the largest |value| are tried for the least squared error: the first that
#: has it counts. With 8 bits a channel rarely gains by clipping; it gains by a grid that its
#: values happen to lie near.
_SHARES = np.concatenate(
    [
        [1.0],
        np.arange(0.998, 0.96, -0.002),
        np.arange(0.955, 0.8, -0.015),
        np.arange(1.002, 1.02, 0.002),
    ]
)


def weight_axis(op: str, slot: int, rank: int, *, group: int, transpose_b: bool) -> int | None:
    """Return the output-channel axis of a weighted op's constant; ``None``: per tensor.

    Source: TensorRT's explicit-quantization guide (8.4); pytorch-quantization and ModelOpt
    for ConvTranspose.
    """
    if slot != 1:
        return None
    if op == "Conv":
        return 0
    if op == "ConvTranspose":
        return 1 if group == 1 else None
    if rank != 2:
        return None
    return 0 if op == "Gemm" and transpose_b else 1


def weight_scales(
    weights: Weights,
    axis: int | None,
    dtype: str,
    kind: QuantizedType = INT8,
    choice: WeightScale = "max",
) -> npt.NDArray[Any]:
    """Return the scales of a constant: max |values| / 127 (FP8: 448), all positive.

    Args:
        weights: Any float type.
        axis: One scale for each index along it; ``None`` = one for all, shape ().
        dtype: Type of the scales, float32 or float16.
        kind: What the constant is quantized to.
        choice: One of ``WEIGHT_SCALES``: ``mse`` takes, for each channel, the multiple of
            the largest |value|, from 0.8 to 1.02, whose rounded values have the least squared
            error; a number is the multiple for all channels.

    Raises:
        ModelError: A value is not finite.
    """
    amax = np.asarray(weights.amax()) if axis is None else _channel_amax(weights, axis)
    if not np.isfinite(amax).all():
        raise ModelError(
            f"constant {weights.name!r} holds values that are not finite; it has no INT8 form: "
            f"correct the model, or keep its node float with a precision glob"
        )
    # A channel of zeros is exact with any scale; that of the widest channel is a sane one.
    amax = np.where(amax > 0, amax, float(amax.max(initial=0.0)) or 1.0)
    if not isinstance(choice, str):
        amax = amax * choice
    elif choice == "mse":
        amax = amax * _best_shares(weights, axis, dtype, amax / kind.largest, kind)
    return rounded_scale(amax / kind.largest, dtype)


def rounded_scale(scale: npt.ArrayLike, dtype: str) -> npt.NDArray[Any]:
    """Return scales in the type they are stored in, positive and finite there.

    Small float16 numbers are subnormal long before a tensor is negligible; they count.
    """
    limits = np.finfo(dtype)
    least = limits.smallest_subnormal if dtype == "float16" else limits.smallest_normal
    kept: npt.NDArray[Any] = np.clip(scale, float(least), float(limits.max)).astype(dtype)
    return kept


def quantized(
    weights: Weights,
    scales: npt.NDArray[Any],
    axis: int | None,
    kind: QuantizedType = INT8,
) -> Iterator[npt.NDArray[Any]]:
    """Yield the quantized values along the first axis: half to even, clamped to ±127 or 448.

    INT8 as int8, FP8 as its bytes (uint8). TensorRT clamps weights to [-127, 127].
    """
    # Memory that is used again costs less than new memory: the system clears every page.
    memory: npt.NDArray[np.float32] | None = None
    for start, part in weights.slices():
        values = part.astype(np.float32, copy=False)
        memory = np.empty_like(values) if memory is None else memory
        scaled = memory[: len(values)]
        yield kind.rounded(np.divide(values, _along(scales, start, part, axis), out=scaled))


def channel_sums(
    weights: Weights, scales: npt.NDArray[Any], axis: int
) -> npt.NDArray[np.float64]:
    """Return the sum of each channel of a constant as INT8 holds it."""
    sums = np.zeros(weights.shape[axis])
    other = tuple(i for i in range(weights.rank) if i != axis)
    start = 0
    for steps in quantized(weights, scales, axis):
        here = steps.sum(other, dtype=np.int64)
        if axis == 0:
            sums[start : start + len(steps)] = here
        else:
            sums += here
        start += len(steps)
    return sums * scales.astype(np.float64)


def _along(
    scales: npt.NDArray[Any], start: int, part: npt.NDArray[Any], axis: int | None
) -> npt.NDArray[np.float32]:
    """The scales of a slice, in a shape that goes with it."""
    here = np.asarray(scales, dtype=np.float32)
    if axis == 0:
        here = here[start : start + len(part)]
    return here if axis is None else here.reshape(_only(axis, part.ndim))


def _only(axis: int, rank: int) -> list[int]:
    return [-1 if i == axis else 1 for i in range(rank)]


def _best_shares(
    weights: Weights,
    axis: int | None,
    dtype: str,
    scales: npt.NDArray[Any],
    kind: QuantizedType,
) -> npt.NDArray[np.float64]:
    """The share of each scale that has the least squared error; of equals the largest."""
    tried = [rounded_scale(scales * share, dtype) for share in _SHARES]
    errors = np.zeros((len(tried), *scales.shape))
    for start, part in weights.slices():
        values = part.astype(np.float32)
        other = tuple(i for i in range(values.ndim) if i != axis)
        for index, candidate in enumerate(tried):
            steps = _along(candidate, start, values, axis)
            error = kind.held(values / steps) * steps - values
            here = np.square(error, dtype=np.float64).sum(other)
            if axis == 0:
                errors[index, start : start + len(part)] = here
            else:
                errors[index] += here
    best: npt.NDArray[np.float64] = _SHARES[errors.argmin(axis=0)]
    return best


def _channel_amax(weights: Weights, axis: int) -> npt.NDArray[np.float64]:
    """Largest |value| per channel, without a temporary of the constant's size."""
    amax = np.zeros(weights.shape[axis])
    other = tuple(i for i in range(weights.rank) if i != axis)
    for start, part in weights.slices():
        here = np.maximum(part.max(other, initial=0), -part.min(other, initial=0))
        if axis == 0:
            amax[start : start + len(part)] = here
        else:
            np.maximum(amax, here, out=amax)
    return amax
