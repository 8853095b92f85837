# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""CumSum and ReverseSequence: loops and slices, then layers of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer import shape_tensor as st
from setrange.importer.helpers.slices import interlace_subscripts
from setrange.importer.op_context import convert_axis, is_dynamic
from setrange.importer.registry import history, since
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import ShapeTensor
from setrange.network import LayerKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.importer.op_types import OpContext, Outputs, Tensor, Weights


def _extent(ctx: OpContext, tensor: Tensor, axis: int) -> ShapeTensor:
    """One dimension, as a tensor."""
    dtype = "int64" if ctx.profile.native_int64 else "int32"
    return ShapeTensor.of_tensor(ctx.dimension(tensor, axis, dtype=dtype))


def _axis(tensor: Tensor, weights: Weights) -> int:
    require(weights.count > 0, "the axis of CumSum is empty")
    return convert_axis(weights.ints()[0], tensor.rank, strict=True)


def _first_slice(ctx: OpContext, tensor: Tensor, axis: int) -> Tensor:
    """The first element along an axis, as a Slice that steps over all (``sliceAcrossAxis``)."""
    one = st.shape_vector(1)
    step = _extent(ctx, tensor, axis)
    sizes = one if axis == 0 else _extent(ctx, tensor, 0)
    strides = step if axis == 0 else one
    for i in range(1, tensor.rank):
        size = st.shape_vector(1) if i == axis else _extent(ctx, tensor, i)
        strides = st.concat(ctx, strides, step if i == axis else st.shape_vector(1))
        sizes = st.concat(ctx, sizes, size)
    starts = st.shape_vector(*[0] * tensor.rank)
    return st.add_slice(ctx, tensor, starts, sizes, strides).output


def _shifted(
    ctx: OpContext, tensor: Tensor, zero: Tensor, axis: int, *, reverse: bool
) -> Tensor:
    """The tensor one step later (or earlier) along the axis, with a zero in front."""
    parts = [tensor, zero] if reverse else [zero, tensor]
    longer = ctx.net.add_concatenation(parts, axis).output
    rank, one = tensor.rank, st.shape_vector(1)
    subscripts = interlace_subscripts(st.shape_vector(axis), rank)
    starts = st.shape_vector(*[0] * rank)
    if reverse:
        starts = st.interlace(ctx, starts, one, subscripts)
    extent = st.gather(ctx, st.shape_of(ctx, longer), st.shape_vector(axis))
    shorter = st.sub(ctx, extent, st.shape_vector(1))
    sizes = st.interlace(ctx, st.shape_of(ctx, longer), shorter, subscripts)
    return st.add_slice(ctx, longer, starts, sizes, st.shape_vector(*[1] * rank)).output


def _running_sum(
    ctx: OpContext,
    tensor: Tensor,
    axis: int,
    start: Callable[[Tensor], Tensor],
    *,
    reverse: bool,
) -> Tensor:
    """Sum the slices in a loop; ``start`` makes the zero to begin with, of a slice's shape."""
    net = ctx.net
    limit = ctx.dimension(tensor, axis, ())
    net.add_trip_limit(limit)
    data = net.add_iterator(tensor, axis, reverse=reverse).output
    recurrence = net.add_recurrence(start(data))
    total = ctx.combine(data, recurrence.output, "sum")
    recurrence.set_input(1, total)
    output = net.add_loop_output(total, "reverse" if reverse else "concatenate", axis)
    output.set_input(1, limit)
    return output.output


def _cumsum_72(ctx: OpContext, x: Tensor, given: Weights) -> Outputs:
    require(not is_dynamic(x.shape), "CumSum takes inputs of known shape only")
    axis, reverse = _axis(x, given), ctx.node.attr_int("reverse") == 1

    def zeros(shape: tuple[int, ...]) -> Tensor:
        return ctx.net.add_constant(ctx.repeated(0, "float32", shape)).output

    if ctx.node.attr_int("exclusive"):
        zero = zeros((*x.shape[:axis], 1, *x.shape[axis + 1 :]))
        x = _shifted(ctx, x, zero, axis, reverse=reverse)
    return _running_sum(ctx, x, axis, lambda data: zeros(data.shape), reverse=reverse)


def _cumsum_80(ctx: OpContext, x: Tensor, given: Weights) -> Outputs:
    axis, reverse = _axis(x, given), ctx.node.attr_int("reverse") == 1
    first = _first_slice(ctx, x, axis)
    if ctx.node.attr_int("exclusive"):
        x = _shifted(ctx, x, ctx.zeros_like(first), axis, reverse=reverse)

    def start(_: Tensor) -> Tensor:
        return ctx.zeros_like(ctx.squeeze(first, [axis]))

    return _running_sum(ctx, x, axis, start, reverse=reverse)


def _cumsum(ctx: OpContext, x: Tensor, axis: Tensor) -> Outputs:
    if axis.rank == 1:
        axis = ctx.squeeze(axis, [0])
    exclusive, reverse = ctx.node.attr_int("exclusive") != 0, ctx.node.attr_int("reverse") != 0
    layer = ctx.net.add(
        LayerKind.CUMULATIVE, [x, axis], op="sum", exclusive=exclusive, reverse=reverse
    )
    return ctx.main(layer)


def _sliced(
    ctx: OpContext, data: Tensor, starts: ShapeTensor, sizes: ShapeTensor, stride: int = 1
) -> Tensor:
    """A Slice of ``sizes`` and all of the dimensions after these; ``stride`` is the first's."""
    for i in range(len(sizes), data.rank):
        sizes = st.concat(ctx, sizes, _extent(ctx, data, i))
    strides = st.shape_vector(stride, *[1] * (data.rank - 1))
    return st.add_slice(ctx, data, starts, sizes, strides).output


def _batch_element(ctx: OpContext, data: Tensor, axis: int, index: int) -> Tensor:
    """Slice out one batch element, its batch dimension squeezed."""
    starts = st.shape_vector(*(index if i == axis else 0 for i in range(data.rank)))
    if axis == 0:
        sizes = st.concat(ctx, st.shape_vector(1), _extent(ctx, data, 1))
    else:
        sizes = st.concat(ctx, _extent(ctx, data, 0), st.shape_vector(1))
    return ctx.squeeze(_sliced(ctx, data, starts, sizes), [axis])


def _sliced_reverse(
    ctx: OpContext, data: Tensor, lengths: Tensor, *, count_from_data: bool
) -> Outputs:
    """Reverse each batch element by two slices; ``count_from_data`` if not known else."""
    axis = ctx.node.attr_int("batch_axis", 1)
    require(data.rank >= 2, "the data must be of rank 2 at least")
    require(lengths.rank == 1, "sequence_lens must be 1-D")
    require(axis in (0, 1), "batch_axis must be 0 or 1")
    count = lengths.shape[0]
    if count < 0 and count_from_data:
        count = data.shape[axis]
    require(count > 0, "the number of sequences must be known")
    parts = []
    for i in range(count):
        element = _batch_element(ctx, data, axis, i)
        length = ctx.net.add_slice(lengths, (i,), (1,), (1,)).output
        whole = [_reversed_part(ctx, element, length), _remaining_part(ctx, element, length)]
        parts.append(ctx.unsqueeze(ctx.net.add_concatenation(whole).output, [axis]))
    return ctx.net.add_concatenation(parts, axis).output


def _reversed_part(ctx: OpContext, data: Tensor, length: Tensor) -> Tensor:
    """The first ``length`` rows, last one first."""
    starts = st.sub(ctx, ShapeTensor.of_tensor(length), st.shape_vector(1))
    starts = st.concat(ctx, starts, st.shape_vector(*[0] * (data.rank - 1)))
    return _sliced(ctx, data, starts, ShapeTensor.of_tensor(length), stride=-1)


def _remaining_part(ctx: OpContext, data: Tensor, length: Tensor) -> Tensor:
    """The rows after the first ``length``."""
    starts = ShapeTensor.of_tensor(length)
    starts = st.concat(ctx, starts, st.shape_vector(*[0] * (data.rank - 1)))
    sizes = st.sub(ctx, _extent(ctx, data, 0), ShapeTensor.of_tensor(length))
    return _sliced(ctx, data, starts, sizes)


def _reverse_sequence(ctx: OpContext, data: Tensor, lengths: Tensor) -> Outputs:
    require(len(ctx.inputs) == 2, "ReverseSequence takes exactly 2 inputs")
    rank = data.rank
    require(rank >= 2, "the data must be of rank 2 at least")
    require(lengths.rank == 1, "sequence_lens must be 1-D")
    batch, time = ctx.node.attr_int("batch_axis", 1), ctx.node.attr_int("time_axis")
    valid = 0 <= batch <= rank and 0 <= time <= rank and batch != time
    require(valid, f"batch_axis {batch} and time_axis {time} must differ and be valid")
    return ctx.main(
        ctx.net.add(
            LayerKind.REVERSE_SEQUENCE, [data, lengths], batch_axis=batch, sequence_axis=time
        )
    )


# -- change log -------------------------------------------------------------------------

history("CumSum", since("7.2", _cumsum_72), since("8.0", _cumsum_80), since("10.10", _cumsum))
history(
    "ReverseSequence",
    since("7.2", _sliced_reverse, count_from_data=False),
    since("8.0", count_from_data=True),
    since("8.5", refuses="UINT8"),
    since("8.6", _reverse_sequence),
)
