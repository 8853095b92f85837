# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ReverseSequence: slices per batch element (up to 8.5), then a layer of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.inputs import required
from setrange.importer.helpers.tensors import (
    axis_length,
    require_not_type,
    squeeze_tensor,
    unsqueeze_tensor,
)
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import (
    ShapeTensor,
    add_slice,
    concat,
    fill_shape_vector,
    shape_vector,
    sub,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Tensor


def _length(ctx: ImporterContext, tensor: Tensor, axis: int) -> ShapeTensor:
    return ShapeTensor.of_tensor(axis_length(ctx, tensor, axis))


def _filled(ctx: ImporterContext, value: int, count: int) -> ShapeTensor:
    return fill_shape_vector(ctx, value, shape_vector(count))


def _batch_element(ctx: ImporterContext, data: Tensor, axis: int, index: int) -> Tensor:
    """Slice out one batch element, its batch dimension squeezed."""
    if axis == 0:
        starts = shape_vector(index, 0)
        sizes = concat(ctx, shape_vector(1), _length(ctx, data, 1))
    else:
        starts = shape_vector(0, index)
        sizes = concat(ctx, _length(ctx, data, 0), shape_vector(1))
    strides = _filled(ctx, 1, data.rank)
    for i in range(2, data.rank):
        starts = concat(ctx, starts, shape_vector(0))
        sizes = concat(ctx, sizes, _length(ctx, data, i))
    element = add_slice(ctx, data, starts, sizes, strides).output
    return squeeze_tensor(ctx, element, [axis])


def _reversed_part(ctx: ImporterContext, data: Tensor, length: Tensor) -> Tensor:
    """The first ``length`` rows, last one first."""
    rest = data.rank - 1
    starts = sub(ctx, ShapeTensor.of_tensor(length), shape_vector(1))
    starts = concat(ctx, starts, _filled(ctx, 0, rest))
    sizes = ShapeTensor.of_tensor(length)
    for i in range(1, data.rank):
        sizes = concat(ctx, sizes, _length(ctx, data, i))
    strides = concat(ctx, shape_vector(-1), _filled(ctx, 1, rest))
    return add_slice(ctx, data, starts, sizes, strides).output


def _remaining_part(ctx: ImporterContext, data: Tensor, length: Tensor) -> Tensor:
    """The rows after the first ``length``."""
    starts = ShapeTensor.of_tensor(length)
    starts = concat(ctx, starts, _filled(ctx, 0, data.rank - 1))
    sizes = sub(ctx, _length(ctx, data, 0), ShapeTensor.of_tensor(length))
    for i in range(1, data.rank):
        sizes = concat(ctx, sizes, _length(ctx, data, i))
    return add_slice(ctx, data, starts, sizes, _filled(ctx, 1, data.rank)).output


def _sliced_reverse(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    invalid: tuple[str, ...],
    count_from_data: bool,
) -> Sequence[Value]:
    """Reverse each batch element by two slices; ``count_from_data`` if not known else."""
    value = required(inputs, 0)
    require_not_type(ctx, value, *invalid)
    axis = node.attr_int("batch_axis", 1)
    data, lengths = ctx.to_tensor(value), ctx.to_tensor(required(inputs, 1))
    require(data.rank >= 2, "ReverseSequence: the data must be of rank 2 at least")
    require(lengths.rank == 1, "ReverseSequence: sequence_lens must be 1-D")
    require(axis in (0, 1), "ReverseSequence: batch_axis must be 0 or 1")
    count = lengths.shape[0]
    if count < 0 and count_from_data:
        count = data.shape[axis]
    require(count > 0, "ReverseSequence: the number of sequences must be known")
    parts = []
    for i in range(count):
        element = _batch_element(ctx, data, axis, i)
        length = ctx.net.add_slice(lengths, (i,), (1,), (1,)).output
        halves = [
            _reversed_part(ctx, element, length),
            _remaining_part(ctx, element, length),
        ]
        whole = ctx.net.add_concatenation(halves).output
        parts.append(unsqueeze_tensor(ctx, whole, [axis]))
    return [ctx.net.add_concatenation(parts, axis).output]


for _since, _invalid, _from_data in (
    ("7.2", (), False),
    ("8.0", (), True),
    ("8.5", ("UINT8",), True),
):
    importer("ReverseSequence", since=_since, source=f"{_since}:importReverseSequence")(
        partial(_sliced_reverse, invalid=_invalid, count_from_data=_from_data)
    )


@importer("ReverseSequence", since="8.6", source="8.6-GA:importReverseSequence")
def reverse_sequence(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    require(len(inputs) == 2, "ReverseSequence takes exactly 2 inputs")
    require_not_type(ctx, required(inputs, 0), "UINT8")
    data, lengths = (ctx.to_tensor(required(inputs, i)) for i in range(2))
    rank = data.rank
    require(rank >= 2, "ReverseSequence: the data must be of rank 2 at least")
    require(lengths.rank == 1, "ReverseSequence: sequence_lens must be 1-D")
    batch, time = node.attr_int("batch_axis", 1), node.attr_int("time_axis")
    require(
        0 <= batch <= rank and 0 <= time <= rank and batch != time,
        f"ReverseSequence: batch_axis {batch} and time_axis {time} must differ and be valid",
    )
    layer = ctx.net.add_reverse_sequence(data, lengths, batch_axis=batch, sequence_axis=time)
    return [ctx.register_layer(layer).output]
