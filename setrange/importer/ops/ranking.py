# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What ranks elements along an axis: TopK, ArgMax, ArgMin, Softmax and Hardmax."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer import shape_tensor as st
from setrange.importer.helpers.slices import Bounds, add_bounded_slice
from setrange.importer.op_context import OpContext, convert_axis
from setrange.importer.registry import LISTS_OF_RTX_17, history, since
from setrange.importer.rejections import require
from setrange.importer.shape_value import INT32_MIN
from setrange.network import LayerKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.importer.op_types import Computed, Outputs, Tensor, Weights
    from setrange.network.modes import TopKOp

    #: Repeats a constant to a shape.
    Repeat = Callable[[OpContext, Tensor, Tensor], Tensor]

#: Opset in which k became an input.
_K_IS_INPUT = 10
#: Opset in which TopK may look for the smallest values.
_LARGEST = 11
#: Opset in which ArgMax and ArgMin got select_last_index.
_LAST_INDEX = 12


def _reversed(ctx: OpContext, tensor: Tensor, axis: int) -> Tensor:
    """The tensor backwards along an axis, as a Slice of step -1."""
    starts, ends, steps = st.shape_vector(-1), st.shape_vector(INT32_MIN), st.shape_vector(-1)
    given = Bounds(starts=starts, ends=ends, axes=st.shape_vector(axis), steps=steps)
    dims = st.shape_of(ctx, tensor)
    return add_bounded_slice(ctx, tensor, dims, given, clamps=False).output


def _count_back(
    ctx: OpContext, tensor: Tensor, indices: Tensor, axis: int, repeat: Repeat | None
) -> Tensor:
    """Compute extent - index - 1; without ``repeat`` by constants of the known shape (8.0)."""
    if repeat is None:
        dims = tuple(1 if i == axis else d for i, d in enumerate(tensor.shape))
        require(min(dims, default=1) >= 0, "select_last_index needs a known shape")
        known = ctx.repeated(tensor.shape[axis], "int32", dims)
        return ctx.elementwise("sub", known, indices, ctx.repeated(1, "int32", dims))
    shape = st.shape_of(ctx, indices)
    # C++ makes the last argument's tensor first.
    extent_dims = st.gather(ctx, st.shape_of(ctx, tensor), st.shape_vector(axis))
    target = shape.tensor(ctx)
    extent = repeat(ctx, extent_dims.tensor(ctx), target)
    one = repeat(ctx, st.shape_vector(1).tensor(ctx), target)
    return ctx.elementwise("sub", extent, indices, one)


def _arg_min_max(
    ctx: OpContext,
    x: Tensor,
    *,
    op: TopKOp,
    from_int32: bool = False,  # INT32 goes through FLOAT
    expands_vectors: bool = True,  # a vector becomes a matrix
    last_index: bool = False,  # select_last_index is looked at
    repeat: Repeat | None = None,  # turns indices around then
    dtype: str = "int32",  # type of the indices
) -> Outputs:
    """A TopK layer with k = 1."""
    if from_int32 and x.dtype == "int32":
        x = ctx.cast(x, "float32")
    vector = expands_vectors and x.rank == 1
    if vector:
        x = ctx.unsqueeze(x, [1])
    last = last_index and ctx.node.attr_int("select_last_index") != 0
    require(not last or ctx.opset >= _LAST_INDEX, "select_last_index is of opset 12")
    axis = convert_axis(ctx.node.attr_int("axis"), x.rank, strict=True)
    searched = _reversed(ctx, x, axis) if last else x
    indices = ctx.register_layer(ctx.net.add_topk(searched, op, 1, axis)).outputs[1]
    casts = dtype != "int32"
    if casts:
        indices = ctx.cast(indices, dtype)
    if last:
        indices = _count_back(ctx, x, indices, axis, repeat)
    if vector:
        indices = ctx.squeeze(indices, [1])
    if not ctx.node.attr_int("keepdims", 1):
        indices = ctx.squeeze(indices, [axis])
    return ctx.cast(indices, dtype) if casts else indices


def _top_k(
    ctx: OpContext,
    x: Tensor,
    *,
    smallest: bool = False,  # the attribute is known
    dynamic_k: bool = False,  # k is an input tensor
    from_int32: bool = False,  # INT32 goes through FLOAT
    dtype: str = "int32",  # type of the indices
    casts_indices: bool = False,  # a cast gives them that type, else the layer itself
    named_early: bool = False,  # the layer takes a name before k is set, and another one after
) -> Outputs:
    """A TopK layer."""
    k_is_input = ctx.opset >= _K_IS_INPUT
    k = 1 if k_is_input else ctx.required_int("k")
    if k_is_input and not dynamic_k:
        weights = ctx.required_weights(1)
        require(weights.count == 1, "k of TopK must be a single value")
        k = weights.ints()[0]
    axis = convert_axis(ctx.node.attr_int("axis", -1), x.rank)
    vector = x.rank == 1
    if vector:
        x = ctx.unsqueeze(x, [1])
    require(axis < x.rank, f"axis {axis} is outside rank {x.rank}")
    from_int32 = from_int32 and x.dtype == "int32"
    if from_int32:
        x = ctx.cast(x, "float32")
    least = smallest and ctx.opset >= _LARGEST and not ctx.node.attr_int("largest", 1)
    layer = ctx.net.add_topk(x, "min" if least else "max", k, axis)
    if not casts_indices:
        layer.outputs[1].dtype = dtype
    if named_early:
        ctx.register_layer(layer)
    if k_is_input and dynamic_k:
        require(len(ctx.inputs) == 2, "TopK takes two inputs")
        layer.set_input(1, ctx.scalar(ctx.to_tensor(ctx.optional(1)), "k of TopK"))
    values, indices = ctx.register_layer(layer).outputs
    if vector:
        values, indices = ctx.squeeze(values, [1]), ctx.squeeze(indices, [1])
    if from_int32:
        values = ctx.cast(values, "int32")
    return [values, ctx.cast(indices, dtype) if casts_indices else indices]


def _top_k_min(ctx: OpContext, x: Computed, k: Weights) -> Outputs:
    require(k.count > 0, "k of TRT_TopK_Min is empty")
    axis = ctx.required_int("axis")
    require(0 <= axis < x.rank, f"axis {axis} is outside rank {x.rank}")
    layer = ctx.register_layer(ctx.net.add_topk(x, "min", k.ints()[0], axis))
    return list(layer.outputs)


#: Opset in which these ops stopped treating their input as a matrix.
_ANY_AXIS = 13


def _softmax(
    ctx: OpContext, x: Tensor, *, log: bool, any_axis: bool, past_end: bool, by_label: bool
) -> Outputs:
    """Softmax over the axis or over the rows of a matrix, and a Shuffle to the input's shape.

    ``any_axis``: the parser knows opset 13. ``past_end``: the axis may equal the rank.
    ``by_label``: the layer of a node without a name takes the node's label, as others do.
    """
    dims = st.shape_of(ctx, x)
    as_matrix = not any_axis or ctx.opset < _ANY_AXIS
    default = 1 if as_matrix else -1
    axis = convert_axis(ctx.node.attr_int("axis", default), x.rank, strict=not past_end)
    if as_matrix:
        x, axis = ctx.flatten(x, axis), 1
    layer = ctx.net.add(LayerKind.SOFTMAX, [x], axis=axis)
    if by_label:
        ctx.register_layer(layer)
    else:
        ctx.name_layer(layer, ctx.node.name)
    output = ctx.inner(ctx.net.add_unary(layer.output, "log")) if log else layer.output
    return st.add_shuffle(ctx, output, dims).output


def _hardmax(ctx: OpContext, x: Tensor) -> Outputs:
    """Make a one-hot vector of the position of the largest value."""
    shape = x.shape
    as_matrix = ctx.opset < _ANY_AXIS
    default = 1 if as_matrix else -1
    axis = convert_axis(ctx.node.attr_int("axis", default), x.rank, strict=not as_matrix)
    if as_matrix:
        x, axis = ctx.flatten(x, axis, register=True), 1
    indices = ctx.register_inner(ctx.net.add_topk(x, "max", 1, axis)).outputs[1]
    indices = ctx.squeeze(indices, [axis])
    off_on = ctx.add_constant([0, 1], "int32", (2,))
    depth = ctx.dimension(x, axis, ())
    output = ctx.inner(
        ctx.net.add(LayerKind.ONE_HOT, [indices, off_on, depth], dtypes=("int32",), axis=axis)
    )
    if as_matrix:
        output = ctx.reshape(output, shape)
    return ctx.cast(output, x.dtype)


def _ragged_softmax(ctx: OpContext, x: Computed, bounds: Computed) -> Outputs:
    return ctx.main(ctx.net.add(LayerKind.RAGGED_SOFTMAX, [x, bounds]))


# -- change log -------------------------------------------------------------------------

for _name, _op in {"ArgMax": "max", "ArgMin": "min"}.items():
    history(
        _name,
        since("7.0", _arg_min_max, symbol="argMinMaxHelper", op=_op, refuses="INT32"),
        since("7.1", expands_vectors=False),
        since("8.0", last_index=True),
        since("8.2", repeat=OpContext.repeat_to_rank),
        since("8.5", refuses="INT32 UINT8"),
        since("8.6", repeat=OpContext.repeat, refuses="UINT8", from_int32=True),
        since("10.1", from_int32=False, dtype="int64"),
    )
history(
    "TopK",
    since("7.0", _top_k, refuses="INT32"),
    since("8.5", refuses="INT32 UINT8", smallest=True),
    since("8.6", refuses="UINT8", dynamic_k=True, from_int32=True),
    since("10.1", from_int32=False, dtype="int64", casts_indices=True),
    since("10.16", named_early=True),
    since("11.0", named_early=False),
    since("11.4", casts_indices=False, **LISTS_OF_RTX_17),
)
history("TRT_TopK_Min", since("7.0", _top_k_min))
for _op, _log in {"Softmax": False, "LogSoftmax": True}.items():
    history(
        _op,
        since("7.0", _softmax, log=_log, any_axis=False, past_end=False, by_label=True),
        since("7.2", any_axis=True),
        since("8.0", by_label=False),
        since("8.2", past_end=True),
        since("8.6", by_label=True),
    )
history("Hardmax", since("10.1", _hardmax, refuses="INT64 INT32 INT8 UINT8 BOOL"))
history("TRT_RaggedSoftmax", since("7.0", _ragged_softmax))
