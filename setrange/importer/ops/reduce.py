# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The Reduce* family."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.broadcast import broadcast_tensors, unary_helper
from setrange.importer.helpers.inputs import optional, required, required_tensor
from setrange.importer.helpers.reduction import is_reduce_no_op, reduce_tensor, reduced_axes
from setrange.importer.helpers.tensors import identity, require_not_type, squeeze_tensor
from setrange.importer.registry import importer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network.modes import ReduceOp

#: Opset in which ReduceSum got its axes as an input.
_SUM_AXES_INPUT = 13


def _axes(ctx: ImporterContext, inputs: Sequence[Value]) -> Value:
    return optional(inputs, 1) if ctx.profile.reduces_as_opset_18 else None


def _sum_axes(ctx: ImporterContext, inputs: Sequence[Value], *, from_opset_13: bool) -> Value:
    if from_opset_13 and ctx.opset >= _SUM_AXES_INPUT:
        return optional(inputs, 1)
    return _axes(ctx, inputs)


def _reduce(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, op: ReduceOp
) -> Sequence[Value]:
    return reduce_tensor(ctx, node, required(inputs, 0), op, _axes(ctx, inputs))


_REDUCTIONS: dict[str, ReduceOp] = {
    "ReduceMax": "max",
    "ReduceMean": "avg",
    "ReduceMin": "min",
    "ReduceProd": "prod",
}

for _op, _kind in _REDUCTIONS.items():
    importer(_op, since="7.0", source=f"7.0:import{_op}")(partial(_reduce, op=_kind))


def _reduce_sum(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, from_opset_13: bool
) -> Sequence[Value]:
    axes = _sum_axes(ctx, inputs, from_opset_13=from_opset_13)
    return reduce_tensor(ctx, node, required(inputs, 0), "sum", axes)


def _reduce_log_sum(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, from_opset_13: bool
) -> Sequence[Value]:
    value = required(inputs, 0)
    if is_reduce_no_op(ctx, node, inputs):
        return [identity(ctx, value)]
    axes = _sum_axes(ctx, inputs, from_opset_13=from_opset_13)
    return unary_helper(ctx, reduce_tensor(ctx, node, value, "sum", axes)[0], "log")


for _since, _reads_axes in (("7.0", False), ("8.0", True)):
    importer("ReduceSum", since=_since, source=f"{_since}:importReduceSum")(
        partial(_reduce_sum, from_opset_13=_reads_axes)
    )
    importer("ReduceLogSum", since=_since, source=f"{_since}:importReduceLogSum")(
        partial(_reduce_log_sum, from_opset_13=_reads_axes)
    )


@importer("ReduceLogSumExp", since="7.0", source="10.10:importReduceLogSumExp")
def reduce_log_sum_exp(
    ctx: ImporterContext, node: Node, inputs: list[Value]
) -> Sequence[Value]:
    """Axes given as an input are lost on the way from the exponential to the sum."""
    value = required(inputs, 0)
    if is_reduce_no_op(ctx, node, inputs):
        return [identity(ctx, value)]
    powers = unary_helper(ctx, value, "exp")
    return _reduce_log_sum(ctx, node, powers, from_opset_13=True)


@importer("ReduceLogSumExp", since="10.16", source="10.16:importReduceLogSumExp")
def reduce_log_sum_exp_1016(
    ctx: ImporterContext, node: Node, inputs: list[Value]
) -> Sequence[Value]:
    """The sum gets the axes."""
    if is_reduce_no_op(ctx, node, inputs):
        return [identity(ctx, required(inputs, 0))]
    powers = unary_helper(ctx, required(inputs, 0), "exp")
    return _reduce_log_sum(ctx, node, [*powers, *inputs[1:2]], from_opset_13=True)


@importer("ReduceLogSumExp", since="11.4", source="TensorRT for RTX 1.7: layer lists")
def reduce_log_sum_exp_114(
    ctx: ImporterContext, node: Node, inputs: list[Value]
) -> Sequence[Value]:
    """The largest value is taken off before the exponential, and added to the logarithm."""
    value = required(inputs, 0)
    if is_reduce_no_op(ctx, node, inputs):
        return [identity(ctx, value)]
    require_not_type(ctx, value, "BOOL", "UINT8", "INT32", "INT64")
    tensor = ctx.to_tensor(value)
    given = optional(inputs, 1)
    axes = reduced_axes(ctx, node, tensor.rank, given)
    if axes is None:
        return [identity(ctx, value)]
    net, named = ctx.net, ctx.register_layer
    largest = named(net.add_reduce(tensor, "max", axes, keepdims=True)).output
    infinite = named(net.add_unary(largest, "isinf")).output
    zero = ctx.to_tensor(ctx.temporary(0.0, tensor.dtype, ()))
    zero, _ = broadcast_tensors(ctx, zero, largest)
    shift = named(net.add_select(infinite, zero, largest)).output
    shifted = named(net.add_elementwise(tensor, shift, "sub")).output
    powers = named(net.add_unary(shifted, "exp")).output
    total = ctx.to_tensor(reduce_tensor(ctx, node, powers, "sum", given)[0])
    logarithm = named(net.add_unary(total, "log")).output
    if not node.attr_int("keepdims", 1):
        largest = squeeze_tensor(ctx, largest, axes)
    return [named(net.add_elementwise(logarithm, largest, "sum")).output]


@importer("ReduceL1", since="7.0", source="10.10:importReduceL1")
def reduce_l1(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    value = required(inputs, 0)
    if is_reduce_no_op(ctx, node, inputs):
        return [identity(ctx, value)]
    magnitude = unary_helper(ctx, value, "abs")[0]
    return reduce_tensor(ctx, node, magnitude, "sum", _axes(ctx, inputs))


def _reduce_squares(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    root: bool,
    constants: bool,
) -> Sequence[Value]:
    """The sum of squares or its root; ``constants``: the input may be an initializer."""
    if is_reduce_no_op(ctx, node, inputs):
        return [identity(ctx, required(inputs, 0))]
    tensor = ctx.to_tensor(required(inputs, 0)) if constants else required_tensor(inputs, 0)
    square = ctx.register_inner(ctx.net.add_elementwise(tensor, tensor, "prod")).output
    total = reduce_tensor(ctx, node, square, "sum", _axes(ctx, inputs))
    return unary_helper(ctx, total[0], "sqrt") if root else total


for _since, _constants in (("7.0", False), ("8.2", True)):
    for _op, _root in (("ReduceSumSquare", False), ("ReduceL2", True)):
        importer(_op, since=_since, source=f"{_since}:import{_op}")(
            partial(_reduce_squares, root=_root, constants=_constants)
        )
