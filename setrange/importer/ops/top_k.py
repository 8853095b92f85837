# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ArgMax, ArgMin, TopK and the parser's own TRT_TopK_Min."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.attributes import required_int
from setrange.importer.helpers.broadcast import elementwise_helper
from setrange.importer.helpers.inputs import required, required_tensor, required_weights
from setrange.importer.helpers.slices import (
    compute_slice_sizes,
    constant_of_shape,
    decode_starts_and_ends,
    interlace_subscripts,
    legacy_constant_of_shape,
)
from setrange.importer.helpers.tensors import (
    cast_helper,
    convert_axis,
    require_not_type,
    squeeze_tensor,
    to_scalar,
    unsqueeze_tensor,
)
from setrange.importer.registry import checker, importer
from setrange.importer.rejections import refuse, require
from setrange.importer.shape_tensor import (
    add_slice,
    gather,
    interlace,
    shape_of,
    shape_vector,
    similar,
)
from setrange.importer.shape_value import INT32_MIN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Tensor
    from setrange.network.modes import TopKOp

#: Opset in which k became an input.
_K_IS_INPUT = 10

#: Opset in which TopK may look for the smallest values.
_LARGEST = 11

#: Opset in which ArgMax and ArgMin got select_last_index.
_LAST_INDEX = 12


def _reversed(ctx: ImporterContext, tensor: Tensor, axis: int) -> Tensor:
    """The tensor backwards along an axis, as a Slice of step -1."""
    dims = shape_of(ctx, tensor)
    starts, ends, steps = shape_vector(-1), shape_vector(INT32_MIN), shape_vector(-1)
    if tensor.rank > 1:
        subscripts = interlace_subscripts(shape_vector(axis), tensor.rank)
        starts = interlace(ctx, similar(ctx, dims, 0), starts, subscripts)
        ends = interlace(ctx, dims, ends, subscripts)
        steps = interlace(ctx, similar(ctx, dims, 1), steps, subscripts)
    starts, ends = decode_starts_and_ends(ctx, dims, steps, starts, ends)
    sizes = compute_slice_sizes(ctx, starts, ends, steps, dims)
    return add_slice(ctx, tensor, starts, sizes, steps).output


def _count_back_by_weights(
    ctx: ImporterContext, tensor: Tensor, indices: Tensor, axis: int
) -> Tensor:
    """Compute extent - index - 1 with constants of the known shape (8.0)."""
    shape = tuple(1 if i == axis else d for i, d in enumerate(tensor.shape))
    require(min(shape, default=1) >= 0, "select_last_index needs a known shape")
    extent = ctx.repeated(tensor.shape[axis], "int32", shape)
    one = ctx.repeated(1, "int32", shape)
    return ctx.to_tensor(elementwise_helper(ctx, [extent, indices, one], "sub")[0])


def _count_back(
    ctx: ImporterContext,
    tensor: Tensor,
    indices: Tensor,
    axis: int,
    *,
    repeat: Callable[[ImporterContext, Tensor, Tensor], Tensor],
) -> Tensor:
    """Compute extent - index - 1 with constants repeated to the indices' shape (8.2 on)."""
    shape = shape_of(ctx, indices)
    # C++ makes the last argument's tensor first.
    extent_dims = gather(ctx, shape_of(ctx, tensor), shape_vector(axis))
    target = shape.tensor(ctx)
    extent = repeat(ctx, extent_dims.tensor(ctx), target)
    one = repeat(ctx, shape_vector(1).tensor(ctx), target)
    return ctx.to_tensor(elementwise_helper(ctx, [extent, indices, one], "sub")[0])


def _arg_min_max(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    op: TopKOp,
    refused: Sequence[str] = ("INT32",),
    from_int32: bool = False,
    expands_vectors: bool = False,
    count_back: Callable[[ImporterContext, Tensor, Tensor, int], Tensor] | None = None,
    index_dtype: str = "int32",
) -> Sequence[Value]:
    """A TopK layer with k = 1.

    ``from_int32``: INT32 goes through FLOAT. ``expands_vectors``: a vector becomes a matrix.
    ``count_back``: turns indices of the reversed input around; ``None`` = not supported.
    """
    value = required(inputs, 0)
    require_not_type(ctx, value, *refused)
    tensor = ctx.to_tensor(value)
    if from_int32 and tensor.dtype == "int32":
        tensor = cast_helper(ctx, tensor, "float32")
    vector = expands_vectors and tensor.rank == 1
    if vector:
        tensor = unsqueeze_tensor(ctx, tensor, [1])
    last = count_back is not None and node.attr_int("select_last_index") != 0
    require(not last or ctx.opset >= _LAST_INDEX, "select_last_index is of opset 12")
    axis = convert_axis(node.attr_int("axis"), tensor.rank)
    require(axis < tensor.rank, f"axis {axis} is outside rank {tensor.rank}")
    searched = _reversed(ctx, tensor, axis) if last else tensor
    layer = ctx.register_layer(ctx.net.add_topk(searched, op, 1, axis))
    indices = layer.outputs[1]
    if index_dtype != "int32":
        indices = cast_helper(ctx, indices, index_dtype)
    if last and count_back is not None:
        indices = count_back(ctx, tensor, indices, axis)
    if vector:
        indices = squeeze_tensor(ctx, indices, [1])
    if not node.attr_int("keepdims", 1):
        indices = squeeze_tensor(ctx, indices, [axis])
    return [cast_helper(ctx, indices, index_dtype) if index_dtype != "int32" else indices]


_LEGACY = partial(_count_back, repeat=legacy_constant_of_shape)
_REPEATED = partial(_count_back, repeat=constant_of_shape)

for _since, _handler in (
    ("7.0", partial(_arg_min_max, expands_vectors=True)),
    ("7.1", _arg_min_max),
    ("8.0", partial(_arg_min_max, count_back=_count_back_by_weights)),
    ("8.2", partial(_arg_min_max, count_back=_LEGACY)),
    ("8.5", partial(_arg_min_max, count_back=_LEGACY, refused=("INT32", "UINT8"))),
    ("8.6", partial(_arg_min_max, count_back=_REPEATED, refused=("UINT8",), from_int32=True)),
    (
        "10.1",
        partial(_arg_min_max, count_back=_REPEATED, refused=("UINT8",), index_dtype="int64"),
    ),
):
    importer("ArgMax", since=_since, source=f"{_since}:argMinMaxHelper")(
        partial(_handler, op="max")
    )
    importer("ArgMin", since=_since, source=f"{_since}:argMinMaxHelper")(
        partial(_handler, op="min")
    )


@checker("ArgMax", "ArgMin", since="10.1", source="10.1-GA:argMinMaxCheckHelper")
def check_arg_min_max(ctx: ImporterContext, node: Node) -> None:
    last = node.attr_int("select_last_index") != 0
    require(not last or ctx.opset >= _LAST_INDEX, "select_last_index is of opset 12")


@checker("TopK", since="10.1", source="10.1-GA:checkTopK")
def check_top_k(ctx: ImporterContext, node: Node) -> None:
    if ctx.opset < _K_IS_INPUT:
        required_int(node, "k")


def _known_k(inputs: list[Value]) -> int:
    weights = required_weights(inputs, 1)
    require(weights.count == 1, "k of TopK must be a single value")
    return weights.ints()[0]


def _top_k(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    refused: Sequence[str] = ("INT32",),
    smallest: bool = False,
    dynamic_k: bool = False,
    from_int32: bool = False,
    index_dtype: str = "int32",
    named_early: bool = False,
    native_index: bool = False,
) -> Sequence[Value]:
    """A TopK layer.

    ``smallest``: knows the attribute; ``dynamic_k``: k is an input tensor; ``named_early``:
    the layer takes a name before k is set, and another one after (10.16); ``native_index``:
    the layer gives indices of that type itself.
    """
    value = required(inputs, 0)
    require_not_type(ctx, value, *refused)
    tensor = ctx.to_tensor(value)
    k_is_input = ctx.opset >= _K_IS_INPUT
    k = 1 if k_is_input else required_int(node, "k")
    if k_is_input and not dynamic_k:
        k = _known_k(inputs)
    axis = convert_axis(node.attr_int("axis", -1), tensor.rank)
    vector = tensor.rank == 1
    if vector:
        tensor = unsqueeze_tensor(ctx, tensor, [1])
    require(axis < tensor.rank, f"axis {axis} is outside rank {tensor.rank}")
    casts = from_int32 and tensor.dtype == "int32"
    if casts:
        tensor = cast_helper(ctx, tensor, "float32")
    op: TopKOp = "max"
    if smallest and ctx.opset >= _LARGEST and not node.attr_int("largest", 1):
        op = "min"
    layer = ctx.net.add_topk(tensor, op, k, axis)
    if native_index:
        layer.outputs[1].dtype = index_dtype
    if named_early:
        ctx.register_layer(layer)
    if k_is_input and dynamic_k:
        require(len(inputs) == 2, "TopK takes two inputs")
        scalar = to_scalar(ctx, ctx.to_tensor(inputs[1]))
        if scalar is None:
            refuse("k of TopK must be a single value")
        layer.set_input(1, scalar)
    ctx.register_layer(layer)
    values, indices = layer.outputs
    if vector:
        values = squeeze_tensor(ctx, values, [1])
        indices = squeeze_tensor(ctx, indices, [1])
    if casts:
        values = cast_helper(ctx, values, "int32")
    if index_dtype != "int32" and not native_index:
        indices = cast_helper(ctx, indices, index_dtype)
    return [values, indices]


_top_k_86 = partial(_top_k, refused=("UINT8",), smallest=True, dynamic_k=True)

importer("TopK", since="7.0", source="7.0:importTopK")(_top_k)
importer("TopK", since="8.5", source="8.5-GA:importTopK")(
    partial(_top_k, refused=("INT32", "UINT8"), smallest=True)
)
importer("TopK", since="8.6", source="8.6-GA:importTopK")(partial(_top_k_86, from_int32=True))
importer("TopK", since="10.1", source="10.1-GA:importTopK")(
    partial(_top_k_86, index_dtype="int64")
)
importer("TopK", since="10.16", source="10.16:importTopK")(
    partial(_top_k_86, index_dtype="int64", named_early=True)
)
importer("TopK", since="11.0", source="11.0:importTopK")(
    partial(_top_k_86, index_dtype="int64")
)
importer("TopK", since="11.4", source="TensorRT for RTX 1.7: layer lists")(
    partial(_top_k_86, index_dtype="int64", native_index=True)
)


@importer("TRT_TopK_Min", since="7.0", source="7.0:importTRT_TopK_Min")
def topk_min(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor, k = required_tensor(inputs, 0), required_weights(inputs, 1)
    require(k.count > 0, "k of TRT_TopK_Min is empty")
    axis = required_int(node, "axis")
    require(0 <= axis < tensor.rank, f"axis {axis} is outside rank {tensor.rank}")
    layer = ctx.register_layer(ctx.net.add_topk(tensor, "min", k.ints()[0], axis))
    return list(layer.outputs)
