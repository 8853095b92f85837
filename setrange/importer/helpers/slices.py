# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ONNX's starts and ends as TensorRT's starts and sizes; constants of a given shape.

Source: onnx/onnx-tensorrt: onnx2trt_utils.cpp (to 8.6), importerUtils.cpp (10.x).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from setrange.importer import shape_tensor as st
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import ShapeTensor

if TYPE_CHECKING:
    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.network import Layer, Tensor


class Bounds(NamedTuple):
    """starts, ends, axes and steps, as given."""

    starts: ShapeTensor
    ends: ShapeTensor
    axes: ShapeTensor
    steps: ShapeTensor


def _clamp(
    ctx: ImporterContext, x: ShapeTensor, low: ShapeTensor, high: ShapeTensor
) -> ShapeTensor:
    return st.minimum(ctx, st.maximum(ctx, x, low), high)


def _bump_if_negative(
    ctx: ImporterContext, dims: ShapeTensor, indices: ShapeTensor
) -> ShapeTensor:
    """Count negative indices from the end."""
    signs = _clamp(ctx, indices, st.shape_vector(-1), st.shape_vector(0))
    return st.sub(ctx, indices, st.mul(ctx, signs, dims))


def decode_starts_and_ends(
    ctx: ImporterContext,
    dims: ShapeTensor,
    steps: ShapeTensor,
    starts: ShapeTensor,
    ends: ShapeTensor,
) -> tuple[ShapeTensor, ShapeTensor]:
    """Bring out-of-range starts and ends into range (``decodeOnnxStartsAndEnds``)."""
    step_sign = _clamp(ctx, steps, st.shape_vector(-1), st.shape_vector(0))
    starts = _bump_if_negative(ctx, dims, starts)
    starts = _clamp(ctx, starts, st.shape_vector(0), st.add(ctx, dims, step_sign))
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
        return st.sub(ctx, ends, starts)
    quotient = st.floor_div(ctx, st.sub(ctx, starts, ends), steps)
    return st.sub(ctx, st.similar(ctx, dims, 0), quotient)


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


def complete_bounds(
    ctx: ImporterContext, dims: ShapeTensor, given: Bounds, extra: ShapeTensor | None
) -> tuple[Bounds, ShapeTensor | None]:
    """Bounds per dimension, in order, from bounds per axis; ``extra`` alike (else 0)."""
    rank = len(dims)
    axes = normalized_axes(given.axes, rank)
    require(len(set(axes)) == len(axes), "Slice's axes must differ from each other")
    if list(axes) == list(range(rank)):
        return given, extra
    subscripts = interlace_subscripts(axes, rank)

    def spread(rest: ShapeTensor, values: ShapeTensor) -> ShapeTensor:
        return st.interlace(ctx, rest, values, subscripts)

    starts = spread(st.similar(ctx, dims, 0), given.starts)
    ends = spread(dims, given.ends)
    steps = spread(st.similar(ctx, dims, 1), given.steps)
    if extra is not None:
        extra = spread(st.similar(ctx, dims, 0), extra)
    return Bounds(starts=starts, ends=ends, axes=axes, steps=steps), extra


def add_bounded_slice(
    ctx: ImporterContext, data: Tensor, dims: ShapeTensor, given: Bounds, *, clamps: bool
) -> Layer:
    """Add a Slice layer by ONNX's bounds; ``clamps``: sizes below 0 become 0."""
    full, _ = complete_bounds(ctx, dims, given, None)
    starts, ends = decode_starts_and_ends(ctx, dims, full.steps, full.starts, full.ends)
    sizes = compute_slice_sizes(ctx, starts, ends, full.steps, dims)
    if clamps:
        sizes = st.maximum(ctx, st.similar(ctx, dims, 0), sizes)
    return st.add_slice(ctx, data, starts, sizes, full.steps)
