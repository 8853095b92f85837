# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Reduce* ops.

Source: onnx/onnx-tensorrt: onnx2trt_utils.cpp (to 8.6), importerUtils.cpp (10.x), reduceTensor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.arguments import optional, required_tensor
from setrange.importer.op_context import convert_axis
from setrange.importer.registry import LISTS_OF_RTX_17, history, since
from setrange.importer.rejections import refuse
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from setrange.importer.op_types import Given, Node, OpContext, Outputs, Value
    from setrange.network.modes import ReduceOp

#: Opset in which ReduceSum got its axes as an input.
_SUM_AXES_INPUT = 13


# -- one Reduce layer -------------------------------------------------------------------


def _is_no_op(ctx: OpContext, node: Node, inputs: list[Value]) -> bool:
    """True where the node says that without axes nothing is reduced, and there are none."""
    if not ctx.profile.reduces_as_opset_18 or len(inputs) != 1:
        return False
    return node.attr_int("noop_with_empty_axes") == 1 and not node.has("axes")


def _axes(ctx: OpContext, node: Node, rank: int, axes_input: Value) -> list[int] | None:
    """The axes to reduce, counted from the front; ``None``: nothing is reduced."""
    as_opset_18 = ctx.profile.reduces_as_opset_18
    axes: list[int] | None = None
    if node.has("axes"):
        axes = node.attr_ints("axes")
    elif axes_input is not None:
        if not isinstance(axes_input, Weights):
            refuse("the axes to reduce must be an initializer")
        axes = axes_input.ints()
    if axes is None or (as_opset_18 and not axes):
        if as_opset_18 and node.attr_int("noop_with_empty_axes") == 1:
            return None
        axes = list(range(rank))
    return [convert_axis(axis, rank) for axis in axes]


def _reduced(
    ctx: OpContext, node: Node, value: Value, op: ReduceOp, axes_input: Value
) -> Value:
    """One Reduce layer over the attribute's axes, the input's, or all (``reduceTensor``)."""
    if ctx.profile.reduces_as_opset_18:
        ctx.refuse_types(value, "BOOL", "UINT8")
    tensor = ctx.to_tensor(value)
    axes = _axes(ctx, node, tensor.rank, axes_input)
    if axes is None:
        return ctx.identity(value)
    keepdims = node.attr_int("keepdims", 1) != 0
    return ctx.main(ctx.net.add_reduce(tensor, op, axes, keepdims=keepdims))


def _axes_input(ctx: OpContext, inputs: list[Value], *, from_opset_13: bool = False) -> Value:
    if ctx.profile.reduces_as_opset_18 or (from_opset_13 and ctx.opset >= _SUM_AXES_INPUT):
        return optional(inputs, 1)
    return None


def _reduce(
    ctx: OpContext,
    node: Node,
    inputs: list[Value],
    value: Given,
    *,
    op: ReduceOp,
    from_opset_13: bool,
) -> Outputs:
    """``from_opset_13``: axes are an input from that opset on (else from 18 on)."""
    axes = _axes_input(ctx, inputs, from_opset_13=from_opset_13)
    return _reduced(ctx, node, value, op, axes)


for _name, _op in {
    "ReduceMax": "max",
    "ReduceMean": "avg",
    "ReduceMin": "min",
    "ReduceProd": "prod",
}.items():
    history(_name, since("7.0", _reduce, op=_op, from_opset_13=False))
history(
    "ReduceSum",
    since("7.0", _reduce, op="sum", from_opset_13=False),
    since("8.0", from_opset_13=True),
)


# -- a Reduce layer and others ----------------------------------------------------------


def _log_sum(
    ctx: OpContext, node: Node, inputs: list[Value], value: Given, *, from_opset_13: bool
) -> Outputs:
    if _is_no_op(ctx, node, inputs):
        return ctx.identity(value)
    axes = _axes_input(ctx, inputs, from_opset_13=from_opset_13)
    return ctx.unary(_reduced(ctx, node, value, "sum", axes), "log")


def _log_sum_exp(
    ctx: OpContext, node: Node, inputs: list[Value], value: Given, *, loses_axes: bool
) -> Outputs:
    """``loses_axes``: given as an input, they do not get from the exponential to the sum."""
    if _is_no_op(ctx, node, inputs):
        return ctx.identity(value)
    powers = ctx.unary(value, "exp")
    rest = [] if loses_axes else inputs[1:2]
    return _log_sum(ctx, node, [powers, *rest], powers, from_opset_13=True)


def _log_sum_exp_114(
    ctx: OpContext, node: Node, inputs: list[Value], value: Given, given: Value
) -> Outputs:
    """Take the largest value off before the exponential, and add it to the logarithm."""
    if _is_no_op(ctx, node, inputs):
        return ctx.identity(value)
    ctx.refuse_types(value, "BOOL", "UINT8", "INT32", "INT64")
    tensor = ctx.to_tensor(value)
    axes = _axes(ctx, node, tensor.rank, given)
    if axes is None:
        return ctx.identity(value)
    net = ctx.net
    largest = ctx.main(net.add_reduce(tensor, "max", axes, keepdims=True))
    infinite = ctx.main(net.add_unary(largest, "isinf"))
    zero = ctx.to_tensor(ctx.temporary(0.0, tensor.dtype, ()))
    zero, _ = ctx.broadcast(zero, largest)
    shift = ctx.main(net.add_select(infinite, zero, largest))
    shifted = ctx.main(net.add_elementwise(tensor, shift, "sub"))
    powers = ctx.main(net.add_unary(shifted, "exp"))
    total = ctx.to_tensor(_reduced(ctx, node, powers, "sum", given))
    logarithm = ctx.main(net.add_unary(total, "log"))
    if not node.attr_int("keepdims", 1):
        largest = ctx.squeeze(largest, axes)
    return ctx.main(net.add_elementwise(logarithm, largest, "sum"))


def _l1(ctx: OpContext, node: Node, inputs: list[Value], value: Given) -> Outputs:
    if _is_no_op(ctx, node, inputs):
        return ctx.identity(value)
    return _reduced(ctx, node, ctx.unary(value, "abs"), "sum", _axes_input(ctx, inputs))


def _squares(
    ctx: OpContext,
    node: Node,
    inputs: list[Value],
    value: Given,
    *,
    root: bool,
    constants: bool,
) -> Outputs:
    """The sum of squares or its root; ``constants``: the input may be an initializer."""
    if _is_no_op(ctx, node, inputs):
        return ctx.identity(value)
    x = ctx.to_tensor(value) if constants else required_tensor(inputs, 0)
    square = ctx.inner(ctx.net.add_elementwise(x, x, "prod"))
    total = _reduced(ctx, node, square, "sum", _axes_input(ctx, inputs))
    return ctx.unary(total, "sqrt") if root else total


history(
    "ReduceLogSum",
    since("7.0", _log_sum, from_opset_13=False),
    since("8.0", from_opset_13=True),
)
history(
    "ReduceLogSumExp",
    since("7.0", _log_sum_exp, loses_axes=True),
    since("10.16", loses_axes=False),
    since("11.4", _log_sum_exp_114, **LISTS_OF_RTX_17),
)
history("ReduceL1", since("7.0", _l1))
for _name, _root in {"ReduceSumSquare": False, "ReduceL2": True}.items():
    history(
        _name, since("7.0", _squares, root=_root, constants=False), since("8.2", constants=True)
    )
