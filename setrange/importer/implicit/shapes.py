# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""TensorRT 6.0 (implicit batch): constants, reshapes, slices, resizes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from setrange.importer.implicit.parsing import (
    convert_axis,
    remove_batch,
    transpose,
    volume,
    weights_of,
    with_shape,
)
from setrange.importer.op_context import transposed
from setrange.importer.registry import history, since
from setrange.importer.rejections import refuse, require
from setrange.model.constants import weights_from_tensor
from setrange.model.weights import Weights
from setrange.network import LayerKind, Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.op_types import Computed, Given, OpContext, Outputs, Value
    from setrange.network.modes import ResizeMode


# -- constants, copies, casts ----------------------------------------------------------------


def _constant(ctx: OpContext) -> Outputs:
    tensor = ctx.node.attr_tensor("value")
    if tensor is None:
        refuse("only the attribute `value` is supported")
    require(ctx.node.outputs, "the node has too few outputs")
    return weights_from_tensor(tensor, ctx.model.base, ctx.node.outputs[0])


def _identity(ctx: OpContext, value: Given) -> Outputs:
    return ctx.identity(value)


def _dropout(ctx: OpContext, value: Given) -> Outputs:
    if len(ctx.node.outputs) == 1:
        return ctx.identity(value)
    require(ctx.opset < 10, "the boolean mask of Dropout is not supported")
    return [ctx.identity(value), ctx.identity(value)]


def _cast(ctx: OpContext, tensor: Tensor) -> Outputs:
    widens = tensor.dtype == "float16" and ctx.node.attr_int("to") == 1
    require(widens, "only the cast from FLOAT16 to FLOAT is supported")
    return ctx.net.add_identity(tensor).output


def _shape(ctx: OpContext, value: Given) -> Outputs:
    dims = (-1, *value.shape) if isinstance(value, Tensor) else value.shape
    return Weights.of(np.asarray(dims, dtype=np.int32))


def _size(ctx: OpContext, tensor: Computed) -> Outputs:
    return Weights.of(np.asarray([volume(tensor.shape)], dtype=np.int32))


# -- reshapes --------------------------------------------------------------------------------


def _completed(dims: Sequence[int], total: int) -> tuple[int, ...]:
    """Replace the one -1 of a reshape by what is left of ``total`` elements."""
    negative = [i for i, d in enumerate(dims) if d < 0]
    require(all(dims[i] == -1 for i in negative), "a dimension of the new shape is below -1")
    require(len(negative) <= 1, "more than one dimension of the new shape is -1")
    result = list(dims)
    if negative:
        known = -volume(dims)
        require(known != 0, "the new shape has a dimension of 0")
        result[negative[0]] = total // known
    # 0 would copy a dimension, but it makes the volume 0.
    require(volume(result) == total, "the new shape has another volume")
    return tuple(result)


def _reshape(ctx: OpContext, value: Given, given: Value) -> Outputs:
    dims: Sequence[int]
    if ctx.opset >= 5:
        target = weights_of(given, "the new shape")
        require(target.rank == 1, "the new shape must be 1-D")
        require(target.dtype == "int64", "the new shape must be INT64")
        dims = target.ints()
    else:
        dims = ctx.node.attr_ints("shape")
    if isinstance(value, Weights):
        return with_shape(value, _completed(dims, volume(value.shape)))
    dims = _completed(remove_batch(dims), volume(value.shape))
    return ctx.net.add_shuffle(value, reshape=dims).output


def _squeeze(ctx: OpContext, tensor: Tensor) -> Outputs:
    axes = {convert_axis(axis, tensor.rank) for axis in ctx.node.attr_ints("axes")}
    require(ctx.node.has("axes"), "the attribute axes is required")
    require(all(tensor.shape[a] == 1 for a in axes), "only dimensions of 1 can be squeezed")
    dims = tuple(d for i, d in enumerate(tensor.shape) if i not in axes)
    return ctx.net.add_shuffle(tensor, reshape=dims).output


def _unsqueeze(ctx: OpContext, value: Given) -> Outputs:
    tensor = ctx.to_tensor(value)
    require(ctx.node.has("axes"), "the attribute axes is required")
    axes = set(ctx.node.attr_ints("axes"))
    if isinstance(value, Tensor):
        require(0 not in axes, "the batch dimension cannot be unsqueezed")
        axes = {axis - 1 for axis in axes}
    rank = tensor.rank + len(axes)
    require(rank <= 8, "the result has more than 8 dimensions")
    old = iter(tensor.shape)
    dims = tuple(1 if i in axes else next(old, 1) for i in range(rank))
    return ctx.net.add_shuffle(tensor, reshape=dims).output


def _transpose(ctx: OpContext, value: Given) -> Outputs:
    perm = ctx.node.attr_ints("perm") or list(range(value.rank))[::-1]
    if isinstance(value, Tensor):
        require(perm[:1] == [0], "the batch dimension cannot be moved")
        perm = [p - 1 for p in perm[1:]]
        require(sorted(perm) == list(range(value.rank)), "perm does not fit the input's rank")
        return transpose(ctx, value, perm)
    made = transposed(value)
    require(sorted(perm) == [0, 1], "perm does not fit the weights' rank")
    made.name = made.initializer = None
    return made


def _blocks(ctx: OpContext, tensor: Tensor, *, to_space: bool) -> Outputs:
    """Blocks of channels to space, or of space to channels, by two reshapes."""
    block, dims = ctx.node.attr_int("blocksize"), tensor.shape
    spatial = len(dims) - 1
    require(block > 0, "the attribute blocksize is required")
    if to_space:
        require(dims[0] % block**spatial == 0, "the channels do not divide into blocks")
        channels = dims[0] // block**spatial
        split = [block] * spatial + [channels, *dims[1:]]
        perm = [spatial]
        for i in range(spatial):
            perm += [spatial + 1 + i, i]
        merged = [channels, *(d * block for d in dims[1:])]
    else:
        divides = all(d % block == 0 for d in dims[1:])
        require(divides, "a dimension does not divide into blocks")
        split = [dims[0]]
        for d in dims[1:]:
            split += [d // block, block]
        perm = [2 + 2 * i for i in range(spatial)] + [0] + [1 + 2 * i for i in range(spatial)]
        merged = [dims[0] * block**spatial, *(d // block for d in dims[1:])]
    layer = ctx.net.add_shuffle(tensor, reshape=tuple(split), second_transpose=tuple(perm))
    return ctx.reshape(layer.output, merged)


# -- concatenation, selection, resizing ------------------------------------------------------


def _concat(ctx: OpContext, *tensors: Computed) -> Outputs:
    require(tensors, "Concat needs at least one input")
    require(all(t.dtype != "int32" for t in tensors), "Concat does not take INT32")
    axis = convert_axis(ctx.node.attr_int("axis"), tensors[0].rank)
    return ctx.net.add_concatenation(tensors, axis).output


def _gather(ctx: OpContext, data: Tensor, indices: Tensor) -> Outputs:
    axis = convert_axis(ctx.node.attr_int("axis"), data.rank)
    return ctx.net.add_gather(data, indices, axis).output


def _slice(ctx: OpContext, tensor: Computed, *bounds: Value) -> Outputs:
    if ctx.opset >= 10:
        require(len(bounds) == 4, "Slice needs all five inputs")
        names = ("starts", "ends", "axes", "steps")
        starts, ends, axes, steps = (
            weights_of(value, name).ints() for value, name in zip(bounds, names, strict=True)
        )
    else:
        starts, ends = ctx.node.attr_ints("starts"), ctx.node.attr_ints("ends")
        require(ctx.node.has("axes"), "the attribute axes is required")
        axes = ctx.node.attr_ints("axes")
        steps = [1] * len(starts)
    lengths = {len(starts), len(ends), len(axes), len(steps)}
    require(len(lengths) == 1, "starts, ends, axes and steps differ in length")
    dims = tensor.shape
    start, sizes, stride = [0] * len(dims), list(dims), [1] * len(dims)
    for i, (begin, end, axis, step) in enumerate(zip(starts, ends, axes, steps, strict=True)):
        # The parser indexes the dimensions by the position in `axes`, not by the axis.
        require(i < len(dims), "more axes than dimensions")
        extent = dims[i]
        if begin == 0 and end >= extent and step == 1:
            continue
        axis = convert_axis(axis, len(dims))
        require(step != 0, "a step must not be 0")
        first = max(extent + begin, 0) if begin < 0 else min(begin, extent - 1)
        last = max(extent + end, -1) if end < 0 else min(end, extent)
        start[axis], stride[axis] = first, step
        sizes[axis] = max(math.ceil((last - first) / step), 0)
    require(all(sizes[: len(axes)]), "a slice of size 0 is not supported")
    return ctx.net.add_slice(tensor, start, sizes, stride).output


_MODES: dict[str, ResizeMode] = {"nearest": "nearest", "linear": "linear"}


def _resized(ctx: OpContext, tensor: Tensor, scales: Sequence[float]) -> Outputs:
    mode = ctx.node.attr_str("mode", "nearest")
    require(mode in _MODES, f"resize mode {mode!r} is not supported")
    factors = [np.float32(s) for s in scales]
    dims = tuple(math.floor(float(d * f)) for d, f in zip(tensor.shape, factors, strict=True))
    layer = ctx.net.add(
        LayerKind.RESIZE, [tensor], infer_shapes=lambda _: [dims], mode=_MODES[mode]
    )
    return layer.output


def _resize(ctx: OpContext, tensor: Tensor, scales: Value, *more: Value) -> Outputs:
    require(not more, "Resize takes two inputs")
    scales = weights_of(scales, "the scales")
    require(scales.rank == 1, "the scales must be 1-D")
    require(scales.count - 1 == tensor.rank, "the scales do not fit the input's rank")
    require(scales.dtype == "float32", "the scales must be FLOAT")
    return _resized(ctx, tensor, scales.floats()[1:])


def _upsample(ctx: OpContext, tensor: Tensor, scales: Value) -> Outputs:
    require(tensor.rank in (3, 4), "only 2-D and 3-D upsampling is supported")
    if ctx.opset >= 9:
        return _resize(ctx, tensor, scales)
    require(ctx.node.has("scales"), "the attribute scales is required")
    given = ctx.node.attr_floats("scales")
    # The parser compares with the batchless rank and takes the first values as they are.
    require(len(given) == tensor.rank, "the scales do not fit the input's rank")
    return _resized(ctx, tensor, given)


# -- change log -------------------------------------------------------------------------

history("Constant", since("6.0", _constant))
history("Identity", since("6.0", _identity))
history("Dropout", since("6.0", _dropout))
history("Cast", since("6.0", _cast))
history("Shape", since("6.0", _shape))
history("Size", since("6.0", _size))
history("Reshape", since("6.0", _reshape))
history("Squeeze", since("6.0", _squeeze))
history("Unsqueeze", since("6.0", _unsqueeze))
history("Transpose", since("6.0", _transpose))
history("DepthToSpace", since("6.0", _blocks, to_space=True))
history("SpaceToDepth", since("6.0", _blocks, to_space=False))
history("Concat", since("6.0", _concat))
history("Gather", since("6.0", _gather))
history("Slice", since("6.0", _slice))
history("Resize", since("6.0", _resize))
history("Upsample", since("6.0", _upsample))
