# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ONNX's starts and ends as TensorRT's starts and sizes; constants of a given shape.

Source: onnx/onnx-tensorrt: onnx2trt_utils.cpp (to 8.6), importerUtils.cpp (10.x).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.rejections import require
from setrange.importer.shape_tensor import (
    ShapeTensor,
    add,
    floor_div,
    maximum,
    minimum,
    mul,
    shape_vector,
    similar,
    sub,
)

if TYPE_CHECKING:
    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.network import Layer

__all__ = [
    "compute_slice_sizes",
    "decode_starts_and_ends",
    "interlace_subscripts",
    "normalized_axes",
    "set_slice_axes",
]


def _clamp(
    ctx: ImporterContext, x: ShapeTensor, low: ShapeTensor, high: ShapeTensor
) -> ShapeTensor:
    return minimum(ctx, maximum(ctx, x, low), high)


def _bump_if_negative(
    ctx: ImporterContext, dims: ShapeTensor, indices: ShapeTensor
) -> ShapeTensor:
    """Count negative indices from the end."""
    signs = _clamp(ctx, indices, shape_vector(-1), shape_vector(0))
    return sub(ctx, indices, mul(ctx, signs, dims))


def decode_starts_and_ends(
    ctx: ImporterContext,
    dims: ShapeTensor,
    steps: ShapeTensor,
    starts: ShapeTensor,
    ends: ShapeTensor,
) -> tuple[ShapeTensor, ShapeTensor]:
    """Bring out-of-range starts and ends into range (``decodeOnnxStartsAndEnds``)."""
    step_sign = _clamp(ctx, steps, shape_vector(-1), shape_vector(0))
    starts = _bump_if_negative(ctx, dims, starts)
    starts = _clamp(ctx, starts, shape_vector(0), add(ctx, dims, step_sign))
    ends = _bump_if_negative(ctx, dims, ends)
    return starts, _clamp(ctx, ends, step_sign, dims)


def compute_slice_sizes(
    ctx: ImporterContext,
    starts: ShapeTensor,
    ends: ShapeTensor,
    steps: ShapeTensor,
    dims: ShapeTensor,
) -> ShapeTensor:
    """ceil((ends - starts) / steps) (``computeSliceSizes``)."""
    if steps.is_all(1):
        return sub(ctx, ends, starts)
    quotient = floor_div(ctx, sub(ctx, starts, ends), steps)
    return sub(ctx, similar(ctx, dims, 0), quotient)


def interlace_subscripts(axes: ShapeTensor, rank: int) -> ShapeTensor:
    """Subscripts that put values given per axis into place (``axesToInterlaceSubscripts``)."""
    subscripts = list(range(rank))
    for i, axis in enumerate(axes):
        subscripts[axis] = rank + i
    return ShapeTensor(rank=1, values=subscripts)


def normalized_axes(axes: ShapeTensor, rank: int) -> ShapeTensor:
    """Make negative axes positive; refuses axes outside the rank (``normalizeAxes``)."""
    for axis in axes:
        require(-rank <= axis < rank, f"axis {axis} must be in the range [-{rank}, {rank - 1}]")
    return ShapeTensor(rank=1, values=[a + rank if a < 0 else a for a in axes])


def set_slice_axes(
    ctx: ImporterContext, layer: Layer, axes: ShapeTensor, inputs: list[Value]
) -> None:
    """Give a Slice layer its axes: known, or the node's fourth input (10.3 on)."""
    if axes.all_known:
        layer.set_params(axes=tuple(axes))
    else:
        layer.set_input(5, ctx.to_tensor(inputs[3]))
