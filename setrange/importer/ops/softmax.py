# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Softmax, LogSoftmax, Hardmax and the parser's own TRT_RaggedSoftmax."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer import shape_tensor as st
from setrange.importer.op_context import convert_axis
from setrange.importer.registry import history, since
from setrange.network import LayerKind

if TYPE_CHECKING:
    from setrange.importer.op_types import Computed, Node, OpContext, Outputs, Tensor

#: Opset in which these ops stopped treating their input as a matrix.
_ANY_AXIS = 13


def _softmax(
    ctx: OpContext,
    node: Node,
    x: Tensor,
    *,
    log: bool,
    any_axis: bool,
    past_end: bool,
    by_label: bool,
) -> Outputs:
    """Softmax over the axis or over the rows of a matrix, and a Shuffle to the input's shape.

    ``any_axis``: the parser knows opset 13. ``past_end``: the axis may equal the rank.
    ``by_label``: the layer of a node without a name takes the node's label, as others do.
    """
    dims = st.shape_of(ctx, x)
    as_matrix = not any_axis or ctx.opset < _ANY_AXIS
    default = 1 if as_matrix else -1
    axis = convert_axis(node.attr_int("axis", default), x.rank, strict=not past_end)
    if as_matrix:
        x, axis = ctx.flatten(x, axis), 1
    layer = ctx.net.add_softmax(x, axis)
    if by_label:
        ctx.register_layer(layer)
    else:
        ctx.name_layer(layer, node.name)
    output = ctx.inner(ctx.net.add_unary(layer.output, "log")) if log else layer.output
    return st.add_shuffle(ctx, output, dims).output


for _op, _log in {"Softmax": False, "LogSoftmax": True}.items():
    history(
        _op,
        since("7.0", _softmax, log=_log, any_axis=False, past_end=False, by_label=True),
        since("7.2", any_axis=True),
        since("8.0", by_label=False),
        since("8.2", past_end=True),
        since("8.6", by_label=True),
    )


def _hardmax(ctx: OpContext, node: Node, x: Tensor) -> Outputs:
    """Make a one-hot vector of the position of the largest value."""
    ctx.refuse_types(x, "INT64", "INT32", "INT8", "UINT8", "BOOL")
    shape = x.shape
    as_matrix = ctx.opset < _ANY_AXIS
    default = 1 if as_matrix else -1
    axis = convert_axis(node.attr_int("axis", default), x.rank, strict=not as_matrix)
    if as_matrix:
        x, axis = ctx.flatten(x, axis, register=True), 1
    indices = ctx.register_inner(ctx.net.add_topk(x, "max", 1, axis)).outputs[1]
    indices = ctx.squeeze(indices, [axis])
    off_on = ctx.add_constant([0, 1], "int32", (2,))
    depth = ctx.dimension(x, axis, ())
    output = ctx.inner(ctx.net.add_one_hot(indices, off_on, depth, axis))
    if as_matrix:
        output = ctx.reshape(output, shape)
    return ctx.cast(output, x.dtype)


history("Hardmax", since("10.1", _hardmax))


def _ragged_softmax(ctx: OpContext, x: Computed, bounds: Computed) -> Outputs:
    return ctx.main(ctx.net.add(LayerKind.RAGGED_SOFTMAX, [x, bounds]))


history("TRT_RaggedSoftmax", since("7.0", _ragged_softmax))
