# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Softmax, LogSoftmax, Hardmax and the parser's own TRT_RaggedSoftmax."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.inputs import required, required_tensor
from setrange.importer.helpers.tensors import (
    cast_helper,
    convert_axis,
    dimension_of,
    flatten_tensor,
    require_not_type,
    reshape_tensor,
    squeeze_tensor,
)
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import add_shuffle, shape_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Layer, Tensor

#: Opset in which these ops stopped treating their input as a matrix.
_ANY_AXIS = 13


def _softmax_layer(
    ctx: ImporterContext, node: Node, tensor: Tensor, *, default: int, past_end: bool
) -> Layer:
    """Softmax over the axis, or over the second dimension of the input made a matrix."""
    rank = tensor.rank
    axis = convert_axis(node.attr_int("axis", default), rank)
    require(past_end or axis < rank, f"axis {axis} is outside rank {rank}")
    if default < 0:
        return ctx.net.add_softmax(tensor, axis)
    return ctx.net.add_softmax(flatten_tensor(ctx, tensor, axis), 1)


def _softmax(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    log: bool,
    any_axis: bool = True,
    past_end: bool = True,
    labelled: bool = True,
) -> Sequence[Value]:
    """Softmax, its logarithm, and a Shuffle to the input's shape.

    ``any_axis``: knows opset 13. ``past_end``: the axis may equal the rank. ``labelled``:
    the layer of a node without a name takes the node's label as others do.
    """
    tensor = ctx.to_tensor(required(inputs, 0))
    dims = shape_of(ctx, tensor)
    default = -1 if any_axis and ctx.opset >= _ANY_AXIS else 1
    layer = _softmax_layer(ctx, node, tensor, default=default, past_end=past_end)
    if labelled:
        ctx.register_layer(layer)
    else:
        ctx.name_layer(layer, node.name)
    output = layer.output
    if log:
        output = ctx.register_inner(ctx.net.add_unary(output, "log")).output
    return [add_shuffle(ctx, output, dims).output]


for _op, _log in (("Softmax", False), ("LogSoftmax", True)):
    for _since, _handler in (
        ("7.0", partial(_softmax, any_axis=False, past_end=False)),
        ("7.2", partial(_softmax, past_end=False)),
        ("8.0", partial(_softmax, past_end=False, labelled=False)),
        ("8.2", partial(_softmax, labelled=False)),
        ("8.6", partial(_softmax)),
    ):
        importer(_op, since=_since, source=f"{_since}:import{_op}")(partial(_handler, log=_log))


@importer("Hardmax", since="10.1", source="10.1-GA:importHardmax")
def hardmax(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """The position of the largest value as a one-hot vector."""
    value = required(inputs, 0)
    require_not_type(ctx, value, "INT64", "INT32", "INT8", "UINT8", "BOOL")
    tensor = ctx.to_tensor(value)
    shape = tensor.shape
    as_matrix = ctx.opset < _ANY_AXIS
    axis = convert_axis(node.attr_int("axis", 1 if as_matrix else -1), len(shape))
    if as_matrix:
        tensor = flatten_tensor(ctx, tensor, axis, register=True)
        axis = 1
    require(axis < tensor.rank, f"axis {axis} is outside rank {tensor.rank}")
    indices = ctx.register_inner(ctx.net.add_topk(tensor, "max", 1, axis)).outputs[1]
    indices = squeeze_tensor(ctx, indices, [axis])
    off_on = ctx.add_constant([0, 1], "int32", (2,))
    depth = dimension_of(ctx, tensor, axis, (), dtype="int32")
    output = ctx.register_inner(ctx.net.add_one_hot(indices, off_on, depth, axis)).output
    if as_matrix:
        output = reshape_tensor(ctx, output, shape)
    return [cast_helper(ctx, output, tensor.dtype)]


@importer("TRT_RaggedSoftmax", since="7.0", source="7.0:importTRT_RaggedSoftmax")
def ragged_softmax(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor, bounds = required_tensor(inputs, 0), required_tensor(inputs, 1)
    return [ctx.register_layer(ctx.net.add_ragged_softmax(tensor, bounds)).output]
