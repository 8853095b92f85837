# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Slice and TRT_Slice, Expand and Tile: all of them are Slice layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from setrange.importer import shape_tensor as st
from setrange.importer.helpers.slices import (
    Bounds,
    add_bounded_slice,
    complete_bounds,
    compute_slice_sizes,
    decode_starts_and_ends,
    normalized_axes,
    set_slice_axes,
)
from setrange.importer.op_context import is_dynamic
from setrange.importer.registry import history, since
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import ShapeTensor
from setrange.importer.shape_value import INT32_MIN
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from setrange.importer.op_types import Computed, Given, OpContext, Outputs, Tensor, Value

#: Opset from which starts, ends, axes and steps are inputs.
_INPUTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _SliceRules:
    """What Slice does in one release."""

    legacy: bool = True  #: Starts and ends out of range are decoded by an older formula.
    clamps: bool = False  #: Sizes below 0 become 0.
    #: Starts and ends are cast to INT64, which hides their values; INT32 constants are not.
    casts: bool = False
    slice_axes: bool = False  #: The Slice layer gets axes; those may be unknown.
    optional_axes: bool = False  #: Axes may be skipped by an empty name.


def _slice(ctx: OpContext, data: Tensor, *, rules: _SliceRules) -> Outputs:
    dims = st.shape_of(ctx, data)
    count = len(ctx.inputs)
    require(
        ctx.opset < _INPUTS or 3 <= count <= 5, f"it takes 3 to 5 inputs, the node has {count}"
    )
    if ctx.opset < _INPUTS:
        given = _attributes(ctx)
    elif rules.casts and _is_static(ctx, data):
        bounds = [
            _int32_words(value) for value in ctx.inputs[1:5] if isinstance(value, Weights)
        ]
        return _static_slice(ctx, data, bounds)
    else:
        given = _inputs(ctx, data.rank, rules)
    if rules.slice_axes:
        return _slice_along_axes(ctx, data, dims, given)
    if rules.legacy:
        return _legacy_slice(ctx, data, dims, given)
    return ctx.main(add_bounded_slice(ctx, data, dims, given, clamps=rules.clamps))


def _attributes(ctx: OpContext) -> Bounds:
    starts = st.shape_vector(*ctx.required_ints("starts"))
    ends = st.shape_vector(*ctx.required_ints("ends"))
    axes = st.shape_vector(*ctx.node.attr_ints("axes", range(starts.size)))
    return Bounds(starts=starts, ends=ends, axes=axes, steps=st.similar(ctx, starts, 1))


def _inputs(ctx: OpContext, rank: int, rules: _SliceRules) -> Bounds:
    count = len(ctx.inputs)

    def bound(value: Value) -> ShapeTensor:
        if not rules.casts:
            return st.shape_tensor(ctx, value)
        return ShapeTensor.of_tensor(ctx.cast(ctx.to_tensor(value), "int64"))

    starts, ends = bound(ctx.required(1)), bound(ctx.required(2))
    skipped = count <= 3 or (rules.optional_axes and ctx.inputs[3] is None)
    axes = st.iota_shape_vector(rank) if skipped else st.shape_tensor(ctx, ctx.inputs[3])
    known = axes.all_known or rules.slice_axes
    require(known, "this release of TensorRT needs Slice's axes to be an initializer")
    require(
        starts.size == axes.size and ends.size == axes.size,
        f"Slice has {starts.size} starts, {ends.size} ends and {axes.size} axes",
    )
    steps = st.shape_tensor(ctx, ctx.inputs[4]) if count > 4 else st.similar(ctx, starts, 1)
    return Bounds(starts=starts, ends=ends, axes=axes, steps=steps)


def _is_static(ctx: OpContext, data: Tensor) -> bool:
    """True if all bounds are constants, starts INT32, and the data's shape is known."""
    inputs, starts = ctx.inputs, ctx.optional(1)
    if starts is None or starts.dtype != "int32" or is_dynamic(data.shape):
        return False
    return len(inputs) > 2 and all(isinstance(value, Weights) for value in inputs[1:5])


def _int32_words(weights: Weights) -> list[int]:
    """The first elements as the parser reads them there: as INT32, INT64 or not."""
    if weights.dtype != "int64":
        return weights.ints()
    words: list[int] = np.asarray(weights.ints(), dtype="<i8").view("<i4").tolist()
    return words[: weights.count]


def _static_slice(ctx: OpContext, data: Tensor, bounds: list[list[int]]) -> Tensor:
    """Slice by INT32 constants: starts, ends, axes, steps (``staticSliceImporter``, 10.x)."""
    given_starts, given_ends = bounds[:2]
    rank = data.rank
    axes = bounds[2] if len(bounds) > 2 else list(range(rank))
    strides = bounds[3] if len(bounds) > 3 else [1] * rank
    starts, sizes, steps = [0] * rank, list(data.shape), [1] * rank
    for start, end, axis, step in zip(given_starts, given_ends, axes, strides, strict=False):
        require(-rank <= axis < rank and step != 0, f"axis {axis} or step {step} is invalid")
        length = data.shape[axis]
        sign = -1 if step < 0 else 0
        start = min(max(start + length if start < 0 else start, 0), length + sign)
        end = min(max(end + length if end < 0 else end, sign), length)
        starts[axis], steps[axis] = start, step
        sizes[axis] = max(0, -((start - end) // step))
    return ctx.main(ctx.net.add_slice(data, starts, sizes, steps))


def _slice_along_axes(ctx: OpContext, data: Tensor, dims: ShapeTensor, given: Bounds) -> Tensor:
    """The Slice layer takes bounds per axis, and the axes (10.3 on)."""
    axes, steps = given.axes, given.steps
    if axes.all_known:
        axes = normalized_axes(axes, data.rank)
    axes_dims = st.gather(ctx, dims, axes)
    starts, ends = decode_starts_and_ends(ctx, axes_dims, steps, given.starts, given.ends)
    sizes = compute_slice_sizes(ctx, starts, ends, steps, axes_dims)
    sizes = st.maximum(ctx, st.similar(ctx, axes_dims, 0), sizes)
    layer = st.add_slice(ctx, data, starts, sizes, steps)
    set_slice_axes(ctx, layer, axes, ctx.inputs)
    return ctx.main(layer)


def _legacy_slice(ctx: OpContext, data: Tensor, dims: ShapeTensor, given: Bounds) -> Tensor:
    """A whole axis taken backwards ends at INT_MIN and is one longer (7.0 and 7.1)."""
    known = given.ends.all_known
    shift = [int(known and end == INT32_MIN) for end in given.ends] or [0] * given.axes.size
    full, extra = complete_bounds(ctx, dims, given, st.shape_vector(*shift))
    starts = _legacy_index(ctx, full.starts, dims)
    ends = _legacy_index(ctx, full.ends, dims)
    sizes = compute_slice_sizes(ctx, starts, ends, full.steps, dims)
    if extra is not None and not full.steps.is_all(1):
        sizes = st.add(ctx, sizes, extra)
    return ctx.main(st.add_slice(ctx, data, starts, sizes, full.steps))


def _legacy_index(ctx: OpContext, indices: ShapeTensor, dims: ShapeTensor) -> ShapeTensor:
    """Bring a start or end into range (``decodeOnnxIndices``, 7.0 and 7.1)."""
    # Evaluated right to left, as the C++ arguments are.
    signs = st.minimum(ctx, st.shape_vector(0), indices)
    signs = st.maximum(ctx, st.shape_vector(-1), signs)
    bump = st.mul(ctx, dims, signs)
    low = st.mul(ctx, st.shape_vector(-1), dims)
    return st.sub(ctx, st.minimum(ctx, st.maximum(ctx, indices, low), dims), bump)


def _trt_slice(ctx: OpContext, data: Computed) -> Outputs:
    if len(ctx.inputs) == 1:
        start, size, stride = (ctx.required_ints(k) for k in ("start", "size", "stride"))
        return ctx.main(ctx.net.add_slice(data, start, size, stride))
    require(len(ctx.inputs) == 4, f"TRT_Slice takes 1 or 4 inputs, it has {len(ctx.inputs)}")
    starts, sizes, strides = (st.shape_tensor(ctx, value) for value in ctx.inputs[1:])
    return ctx.main(st.add_slice(ctx, data, starts, sizes, strides))


def _ones(ctx: OpContext, rank: ShapeTensor, length: ShapeTensor) -> ShapeTensor:
    """Dimensions of 1 that bring ``length`` dimensions to ``rank``."""
    return st.fill_shape_vector(ctx, 1, st.sub(ctx, rank, length))


def _expand_known_ranks(ctx: OpContext, data: Tensor, shape: Given) -> Outputs:
    dims = st.shape_of(ctx, data)
    require(shape.rank == 1, "the shape to expand to must be a vector")
    target = st.shape_tensor(ctx, shape)
    missing = len(target) - len(dims)
    ones = st.fill_shape_vector(ctx, 1, st.shape_vector(abs(missing)))
    if missing > 0:
        dims = st.concat(ctx, ones, dims)
        data = st.add_shuffle(ctx, data, dims).output
    elif missing < 0:
        target = st.concat(ctx, ones, target)
    starts = st.similar(ctx, dims, 0)
    sizes = st.maximum(ctx, dims, target)
    one = st.shape_vector(1)
    strides = st.minimum(ctx, one, st.sub(ctx, dims, one))
    return ctx.main(st.add_slice(ctx, data, starts, sizes, strides))


def _expand(ctx: OpContext, data: Tensor, shape: Given, *, empty_strides: bool) -> Outputs:
    """``empty_strides``: dimensions of 0 have stride 0, not -1."""
    dims = st.shape_of(ctx, data)
    rank = st.shape_of(ctx, dims)
    require(shape.rank == 1, "the shape to expand to must be a vector")
    target = st.shape_tensor(ctx, shape)
    length = st.shape_of(ctx, target)
    new_rank = st.maximum(ctx, length, rank)
    new_dims = st.concat(ctx, _ones(ctx, new_rank, rank), dims)
    data = st.reshape(ctx, data, new_dims)
    new_shape = st.concat(ctx, _ones(ctx, new_rank, length), target)
    starts = st.similar(ctx, new_dims, 0)
    sizes = st.broadcast(ctx, new_dims, new_shape)
    one = st.shape_vector(1)
    strides = st.sub(ctx, new_dims, one)
    if empty_strides:
        strides = st.maximum(ctx, strides, st.shape_vector(0))
    strides = st.minimum(ctx, one, strides)
    return ctx.main(st.add_slice(ctx, data, starts, sizes, strides))


def _tile(ctx: OpContext, data: Tensor, repeats: Given) -> Outputs:
    dims = st.shape_of(ctx, data)
    sizes = st.mul(ctx, dims, st.shape_tensor(ctx, repeats))
    starts, strides = st.similar(ctx, dims, 0), st.similar(ctx, dims, 1)
    layer = st.add_slice(ctx, data, starts, sizes, strides)
    layer.set_params(mode="wrap")
    return ctx.main(layer)


# -- change log -------------------------------------------------------------------------

history(
    "Slice",
    since("7.0", _slice, _SliceRules(), refuses="BOOL"),
    since("7.2", legacy=False),
    since("8.0", refuses=""),
    since("8.4", clamps=True),
    since("8.5", refuses="UINT8"),
    since("10.1", casts=True),
    since("10.3", slice_axes=True),
    since("10.10", optional_axes=True),
)
history("TRT_Slice", since("7.0", _trt_slice))
history(
    "Expand",
    since("7.0", _expand_known_ranks, refuses="BOOL"),
    since("7.1", _expand, empty_strides=False),
    since("8.0", refuses=""),
    since("8.5", refuses="UINT8"),
    since("10.10", empty_strides=True),
)
history(
    "Tile",
    since("7.0", _tile, refuses="BOOL"),
    since("8.2", refuses=""),
    since("8.5", refuses="UINT8"),
)
