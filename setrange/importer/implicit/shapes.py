# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""TensorRT 6.0 (implicit batch): constants, reshapes, slices, resizes."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from setrange.importer.helpers.inputs import required, required_tensor
from setrange.importer.implicit.helpers import (
    convert_axis,
    infer_rest,
    int_values,
    remove_batch,
    reshape_tensor,
    to_tensor,
    transpose_tensor,
    volume,
    weights_of,
    with_shape,
)
from setrange.importer.registry import importer
from setrange.importer.rejections import refuse, require
from setrange.model.constants import weights_from_tensor
from setrange.model.weights import Weights
from setrange.network import LayerKind, Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Shape


def _identity(ctx: ImporterContext, value: Value) -> Value:
    return ctx.net.add_identity(value).output if isinstance(value, Tensor) else value


@importer("Constant", since="6.0", source="6.0:importConstant")
def constant(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = node.attr_tensor("value")
    if tensor is None:
        refuse("only the attribute `value` is supported")
    return [weights_from_tensor(tensor, ctx.model.base, node.outputs[0])]


@importer("Identity", since="6.0", source="6.0:importIdentity")
def identity(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    return [_identity(ctx, required(inputs, 0))]


@importer("Dropout", since="6.0", source="6.0:importDropout")
def dropout(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    value = required(inputs, 0)
    if len(node.outputs) == 1:
        return [_identity(ctx, value)]
    require(ctx.opset < 10, "the boolean mask of Dropout is not supported")
    return [_identity(ctx, value), _identity(ctx, value)]


@importer("Cast", since="6.0", source="6.0:importCast")
def cast(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = to_tensor(ctx, required(inputs, 0))
    require(
        tensor.dtype == "float16" and node.attr_int("to") == 1,
        "only the cast from FLOAT16 to FLOAT is supported",
    )
    return [ctx.net.add_identity(tensor).output]


@importer("Concat", since="6.0", source="6.0:importConcat")
def concat(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    require(inputs, "Concat needs at least one input")
    tensors = [to_tensor(ctx, value) for value in inputs]
    require(all(isinstance(v, Tensor) for v in inputs), "Concat does not take initializers")
    require(all(t.dtype != "int32" for t in tensors), "Concat does not take INT32")
    axis = convert_axis(node.attr_int("axis"), tensors[0].rank)
    return [ctx.net.add_concatenation(tensors, axis).output]


@importer("Gather", since="6.0", source="6.0:importGather")
def gather(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    data, indices = to_tensor(ctx, required(inputs, 0)), to_tensor(ctx, required(inputs, 1))
    axis = convert_axis(node.attr_int("axis"), data.rank)
    return [ctx.net.add_gather(data, indices, axis).output]


@importer("Shape", since="6.0", source="6.0:importShape")
def shape(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    value = required(inputs, 0)
    dims = (-1, *value.shape) if isinstance(value, Tensor) else value.shape
    return [Weights.of(np.asarray(dims, dtype=np.int32))]


@importer("Size", since="6.0", source="6.0:importSize")
def size(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    value = required(inputs, 0)
    require(isinstance(value, Tensor), "Size of an initializer is not supported")
    return [Weights.of(np.asarray([volume(value.shape)], dtype=np.int32))]


@importer("Reshape", since="6.0", source="6.0:importReshape")
def reshape(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    value = required(inputs, 0)
    dims: Sequence[int]
    if ctx.opset >= 5:
        require(len(inputs) == 2, "Reshape takes two inputs")
        target = weights_of(inputs[1], "the new shape")
        require(target.rank == 1, "the new shape must be 1-D")
        require(target.dtype == "int64", "the new shape must be INT64")
        dims = target.ints()
    else:
        dims = node.attr_ints("shape")
    if isinstance(value, Weights):
        dims = infer_rest(dims, volume(value.shape))
        require(volume(dims) == volume(value.shape), "the new shape has another volume")
        return [with_shape(value, dims)]
    dims = infer_rest(remove_batch(dims), volume(value.shape))
    require(volume(dims) == volume(value.shape), "the new shape has another volume")
    # 0 copies a dimension, but the volume check above has refused it.
    return [ctx.net.add_shuffle(value, reshape=tuple(dims)).output]


@importer("Squeeze", since="6.0", source="6.0:importSqueeze")
def squeeze(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = to_tensor(ctx, required(inputs, 0))
    axes = {convert_axis(axis, tensor.rank) for axis in node.attr_ints("axes")}
    require(node.has("axes"), "the attribute axes is required")
    require(all(tensor.shape[a] == 1 for a in axes), "only dimensions of 1 can be squeezed")
    dims = tuple(d for i, d in enumerate(tensor.shape) if i not in axes)
    return [ctx.net.add_shuffle(tensor, reshape=dims).output]


@importer("Unsqueeze", since="6.0", source="6.0:importUnsqueeze")
def unsqueeze(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    value = required(inputs, 0)
    tensor = to_tensor(ctx, value)
    require(node.has("axes"), "the attribute axes is required")
    axes = set(node.attr_ints("axes"))
    if isinstance(value, Tensor):
        require(0 not in axes, "the batch dimension cannot be unsqueezed")
        axes = {axis - 1 for axis in axes}
    rank = tensor.rank + len(axes)
    require(rank <= 8, "the result has more than 8 dimensions")
    old = iter(tensor.shape)
    dims = tuple(1 if i in axes else next(old, 1) for i in range(rank))
    return [ctx.net.add_shuffle(tensor, reshape=dims).output]


@importer("Transpose", since="6.0", source="6.0:importTranspose")
def transpose(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    value = required(inputs, 0)
    perm = node.attr_ints("perm") or list(range(value.rank))[::-1]
    if isinstance(value, Tensor):
        require(perm[:1] == [0], "the batch dimension cannot be moved")
        perm = [p - 1 for p in perm[1:]]
        require(sorted(perm) == list(range(value.rank)), "perm does not fit the input's rank")
        return [transpose_tensor(ctx, value, perm)]
    require(value.rank == 2, "only 2-D weights can be transposed at parse time")
    require(sorted(perm) == [0, 1], "perm does not fit the weights' rank")
    require(value.dtype in ("float32", "float16"), "only float weights can be transposed")
    dims = tuple(value.shape[p] for p in perm)
    made = value.derived(lambda data: np.ascontiguousarray(data.T), value.dtype, dims)
    made.name = made.initializer = None
    return [made]


@importer("Slice", since="6.0", source="6.0:importSlice")
def slice_(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = required_tensor(inputs, 0)
    if ctx.opset >= 10:
        require(len(inputs) == 5, "Slice needs all five inputs")
        names = ("starts", "ends", "axes", "steps")
        starts, ends, axes, steps = (
            int_values(v, name) for v, name in zip(inputs[1:], names, strict=True)
        )
    else:
        starts, ends = node.attr_ints("starts"), node.attr_ints("ends")
        require(node.has("axes"), "the attribute axes is required")
        axes = node.attr_ints("axes")
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
    return [ctx.net.add_slice(tensor, start, sizes, stride).output]


def _resize(
    ctx: ImporterContext, node: Node, tensor: Tensor, scales: Sequence[float]
) -> Tensor:
    mode = node.attr_str("mode", "nearest")
    require(mode in ("nearest", "linear"), f"resize mode {mode!r} is not supported")
    factors = [np.float32(s) for s in scales]
    dims: Shape = tuple(
        math.floor(float(d * f)) for d, f in zip(tensor.shape, factors, strict=True)
    )
    return ctx.net.add(
        LayerKind.RESIZE, [tensor], infer_shapes=lambda _: [dims], mode=mode
    ).output


@importer("Resize", since="6.0", source="6.0:importResize")
def resize(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = to_tensor(ctx, required(inputs, 0))
    require(len(inputs) == 2, "Resize takes two inputs")
    scales = weights_of(inputs[1], "the scales")
    require(scales.rank == 1, "the scales must be 1-D")
    require(scales.count - 1 == tensor.rank, "the scales do not fit the input's rank")
    require(scales.dtype == "float32", "the scales must be FLOAT")
    return [_resize(ctx, node, tensor, scales.floats()[1:])]


@importer("Upsample", since="6.0", source="6.0:importUpsample")
def upsample(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = to_tensor(ctx, required(inputs, 0))
    require(tensor.rank in (3, 4), "only 2-D and 3-D upsampling is supported")
    if ctx.opset >= 9:
        return resize(ctx, node, inputs)
    require(node.has("scales"), "the attribute scales is required")
    scales = node.attr_floats("scales")
    # The parser compares with the batchless rank and takes the first values as they are.
    require(len(scales) == tensor.rank, "the scales do not fit the input's rank")
    return [_resize(ctx, node, tensor, scales)]


def _blocks(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, to_space: bool
) -> Sequence[Value]:
    tensor = to_tensor(ctx, required(inputs, 0))
    block, dims = node.attr_int("blocksize"), tensor.shape
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
        require(
            all(d % block == 0 for d in dims[1:]), "a dimension does not divide into blocks"
        )
        split = [dims[0]]
        for d in dims[1:]:
            split += [d // block, block]
        perm = [2 + 2 * i for i in range(spatial)] + [0] + [1 + 2 * i for i in range(spatial)]
        merged = [dims[0] * block**spatial, *(d // block for d in dims[1:])]
    layer = ctx.net.add_shuffle(tensor, reshape=tuple(split), second_transpose=tuple(perm))
    return [reshape_tensor(ctx, layer.output, merged)]


for _name, _to_space in {"DepthToSpace": True, "SpaceToDepth": False}.items():
    importer(_name, since="6.0", source=f"6.0:import{_name}")(
        partial(_blocks, to_space=_to_space)
    )
