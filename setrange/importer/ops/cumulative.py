# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""CumSum: a loop over the axis, from 10.10 on a layer of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.broadcast import zeros_like
from setrange.importer.helpers.inputs import required, required_weights
from setrange.importer.helpers.recurrent import int32_dimension
from setrange.importer.helpers.slices import interlace_subscripts
from setrange.importer.helpers.tensors import (
    axis_length,
    convert_axis,
    dimension_of,
    is_dynamic,
    squeeze_tensor,
)
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import (
    ShapeTensor,
    add_slice,
    concat,
    fill_shape_vector,
    gather,
    interlace,
    shape_of,
    shape_vector,
    sub,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Tensor

    #: (context, tensor, axis, shape) -> one dimension as a tensor of that shape.
    Length = Callable[[ImporterContext, Tensor, int, tuple[int, ...]], Tensor]


def _axis(inputs: Sequence[Value], tensor: Tensor) -> int:
    weights = required_weights(inputs, 1)
    require(weights.count > 0, "the axis of CumSum is empty")
    axis = convert_axis(weights.ints()[0], tensor.rank)
    require(axis < tensor.rank, f"axis {axis} is outside rank {tensor.rank}")
    return axis


def _first_slice(ctx: ImporterContext, tensor: Tensor, axis: int, length: Length) -> Tensor:
    """The first element along an axis, as a Slice that steps over all (``sliceAcrossAxis``)."""

    def extent(index: int) -> ShapeTensor:
        return ShapeTensor.of_tensor(length(ctx, tensor, index, (1,)))

    step = extent(axis)
    sizes = shape_vector(1) if axis == 0 else extent(0)
    strides = step if axis == 0 else shape_vector(1)
    for i in range(1, tensor.rank):
        size = shape_vector(1) if i == axis else extent(i)
        strides = concat(ctx, strides, step if i == axis else shape_vector(1))
        sizes = concat(ctx, sizes, size)
    starts = ShapeTensor(rank=1, values=[0] * tensor.rank)
    return add_slice(ctx, tensor, starts, sizes, strides).output


def _shifted(
    ctx: ImporterContext, tensor: Tensor, zero: Tensor, axis: int, *, reverse: bool
) -> Tensor:
    """The tensor one step later (or earlier) along the axis, with a zero in front."""
    parts = [tensor, zero] if reverse else [zero, tensor]
    longer = ctx.net.add_concatenation(parts, axis).output
    rank = tensor.rank
    subscripts = interlace_subscripts(shape_vector(axis), rank)
    starts = fill_shape_vector(ctx, 0, shape_vector(rank))
    if reverse:
        starts = interlace(ctx, starts, shape_vector(1), subscripts)
    extent = gather(ctx, shape_of(ctx, longer), shape_vector(axis))
    shorter = sub(ctx, extent, shape_vector(1))
    sizes = interlace(ctx, shape_of(ctx, longer), shorter, subscripts)
    strides = fill_shape_vector(ctx, 1, shape_vector(rank))
    return add_slice(ctx, longer, starts, sizes, strides).output


def _running_sum(
    ctx: ImporterContext,
    tensor: Tensor,
    axis: int,
    trip_length: Length,
    start: Callable[[Tensor], Tensor],
    *,
    reverse: bool,
) -> Sequence[Value]:
    """Sum the slices in a loop; ``start`` makes the zero to begin with, of a slice's shape."""
    net = ctx.net
    limit = trip_length(ctx, tensor, axis, ())
    net.add_trip_limit(limit)
    data = net.add_iterator(tensor, axis, reverse=reverse).output
    recurrence = net.add_recurrence(start(data))
    total = net.add_elementwise(data, recurrence.output, "sum").output
    recurrence.set_input(1, total)
    output = net.add_loop_output(total, "reverse" if reverse else "concatenate", axis)
    output.set_input(1, limit)
    return [output.output]


@importer("CumSum", since="7.2", source="7.2.1:importCumSum")
def cumsum_72(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = ctx.to_tensor(required(inputs, 0))
    require(not is_dynamic(tensor.shape), "CumSum takes inputs of known shape only")
    axis = _axis(inputs, tensor)
    reverse = node.attr_int("reverse") == 1

    def zeros(shape: tuple[int, ...]) -> Tensor:
        return ctx.net.add_constant(ctx.repeated(0, "float32", shape)).output

    if node.attr_int("exclusive"):
        shape = tensor.shape
        zero = zeros((*shape[:axis], 1, *shape[axis + 1 :]))
        tensor = _shifted(ctx, tensor, zero, axis, reverse=reverse)
    return _running_sum(
        ctx, tensor, axis, axis_length, lambda data: zeros(data.shape), reverse=reverse
    )


def _cumsum(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    slice_length: Length,
    trip_length: Length,
) -> Sequence[Value]:
    tensor = ctx.to_tensor(required(inputs, 0))
    axis = _axis(inputs, tensor)
    reverse = node.attr_int("reverse") == 1
    first = _first_slice(ctx, tensor, axis, slice_length)
    if node.attr_int("exclusive"):
        tensor = _shifted(ctx, tensor, zeros_like(ctx, first), axis, reverse=reverse)
    return _running_sum(
        ctx,
        tensor,
        axis,
        trip_length,
        lambda _: zeros_like(ctx, squeeze_tensor(ctx, first, [axis])),
        reverse=reverse,
    )


importer("CumSum", since="8.0", source="8.0-GA:importCumSum")(
    partial(_cumsum, slice_length=axis_length, trip_length=axis_length)
)
importer("CumSum", since="10.1", source="10.1-GA:importCumSum")(
    partial(_cumsum, slice_length=dimension_of, trip_length=int32_dimension)
)


@importer("CumSum", since="10.10", source="10.10:importCumSum")
def cumsum_1010(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = ctx.to_tensor(required(inputs, 0))
    axis = ctx.to_tensor(required(inputs, 1))
    if axis.rank == 1:
        axis = squeeze_tensor(ctx, axis, [0])
    layer = ctx.net.add_cumulative(
        tensor,
        axis,
        "sum",
        exclusive=node.attr_int("exclusive") != 0,
        reverse=node.attr_int("reverse") != 0,
    )
    return [ctx.register_layer(layer).output]
