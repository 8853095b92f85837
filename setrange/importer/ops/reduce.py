# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Reduce* ops.

Source: onnx/onnx-tensorrt: onnx2trt_utils.cpp (to 8.6), importerUtils.cpp (10.x), reduceTensor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.op_context import convert_axis
from setrange.importer.registry import LISTS_OF_RTX_17, history, since
from setrange.importer.rejections import refuse
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from setrange.importer.op_types import Given, OpContext, Outputs, Value
    from setrange.network.modes import ReduceOp, UnaryOp

#: Opset in which ReduceSum got its axes as an input.
_SUM_AXES_INPUT = 13


def _axes(ctx: OpContext, rank: int, axes_input: Value) -> list[int] | None:
    """The axes to reduce, counted from the front; ``None``: nothing is reduced."""
    as_opset_18 = ctx.profile.reduces_as_opset_18
    axes: list[int] | None = None
    if ctx.node.has("axes"):
        axes = ctx.node.attr_ints("axes")
    elif axes_input is not None:
        if not isinstance(axes_input, Weights):
            refuse("the axes to reduce must be an initializer")
        axes = axes_input.ints()
    if axes is None or (as_opset_18 and not axes):
        if as_opset_18 and ctx.node.attr_int("noop_with_empty_axes") == 1:
            return None
        axes = list(range(rank))
    return [convert_axis(axis, rank) for axis in axes]


def _reduced(ctx: OpContext, value: Value, op: ReduceOp, axes_input: Value) -> Value:
    """One Reduce layer over the attribute's axes, the input's, or all (``reduceTensor``)."""
    if ctx.profile.reduces_as_opset_18:
        ctx.refuse_types(value, "BOOL", "UINT8")
    tensor = ctx.to_tensor(value)
    axes = _axes(ctx, tensor.rank, axes_input)
    if axes is None:
        return ctx.identity(value)
    keepdims = ctx.node.attr_int("keepdims", 1) != 0
    return ctx.main(ctx.net.add_reduce(tensor, op, axes, keepdims=keepdims))


def _axes_input(ctx: OpContext, from_opset_13: bool) -> Value:
    """``from_opset_13``: axes are an input from that opset on (else from 18 on)."""
    if ctx.profile.reduces_as_opset_18 or (from_opset_13 and ctx.opset >= _SUM_AXES_INPUT):
        return ctx.optional(1)
    return None


def _reduce(ctx: OpContext, value: Given, *, op: ReduceOp, from_opset_13: bool) -> Outputs:
    return _reduced(ctx, value, op, _axes_input(ctx, from_opset_13))


def _is_no_op(ctx: OpContext, inputs: int) -> bool:
    """True where the node says that without axes nothing is reduced, and there are none."""
    if not ctx.profile.reduces_as_opset_18 or inputs != 1:
        return False
    return ctx.node.attr_int("noop_with_empty_axes") == 1 and not ctx.node.has("axes")


def _sum(
    ctx: OpContext,
    value: Given,
    *,
    before: UnaryOp | None = None,
    after: UnaryOp | None = None,
    from_opset_13: bool = False,
    loses_axes: bool = False,
) -> Outputs:
    """The sum, with an operation on each element ``before`` it or ``after`` it.

    ``loses_axes``: given as an input, they do not get from the first layer to the sum.
    """
    if _is_no_op(ctx, len(ctx.inputs)):
        return ctx.identity(value)
    if before is not None:
        value = ctx.unary(value, before)
    if loses_axes and _is_no_op(ctx, 1):
        return ctx.identity(value)
    axes_input = None if loses_axes else _axes_input(ctx, from_opset_13)
    total = _reduced(ctx, value, "sum", axes_input)
    return total if after is None else ctx.unary(total, after)


def _squares(
    ctx: OpContext, value: Given, *, constants: bool, after: UnaryOp | None = None
) -> Outputs:
    """The sum of squares; ``constants``: the input may be an initializer."""
    if _is_no_op(ctx, len(ctx.inputs)):
        return ctx.identity(value)
    x = ctx.to_tensor(value) if constants else ctx.required_tensor(0)
    square = ctx.inner(ctx.net.add_elementwise(x, x, "prod"))
    total = _reduced(ctx, square, "sum", _axes_input(ctx, from_opset_13=False))
    return total if after is None else ctx.unary(total, after)


def _log_sum_exp_114(ctx: OpContext, value: Given, given: Value) -> Outputs:
    """Take the largest value off before the exponential, and add it to the logarithm."""
    if _is_no_op(ctx, len(ctx.inputs)):
        return ctx.identity(value)
    ctx.refuse_types(value, "BOOL", "UINT8", "INT32", "INT64")
    tensor = ctx.to_tensor(value)
    axes = _axes(ctx, tensor.rank, given)
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
    total = ctx.to_tensor(_reduced(ctx, powers, "sum", given))
    logarithm = ctx.main(net.add_unary(total, "log"))
    if not ctx.node.attr_int("keepdims", 1):
        largest = ctx.squeeze(largest, axes)
    return ctx.main(net.add_elementwise(logarithm, largest, "sum"))


# -- change log -------------------------------------------------------------------------

for _op, _operation in {"Max": "max", "Mean": "avg", "Min": "min", "Prod": "prod"}.items():
    history(f"Reduce{_op}", since("7.0", _reduce, op=_operation, from_opset_13=False))
history(
    "ReduceSum",
    since("7.0", _reduce, op="sum", from_opset_13=False),
    since("8.0", from_opset_13=True),
)
history("ReduceL1", since("7.0", _sum, before="abs"))
history(
    "ReduceL2",
    since("7.0", _squares, constants=False, after="sqrt"),
    since("8.2", constants=True),
)
history(
    "ReduceSumSquare", since("7.0", _squares, constants=False), since("8.2", constants=True)
)
history("ReduceLogSum", since("7.0", _sum, after="log"), since("8.0", from_opset_13=True))
history(
    "ReduceLogSumExp",
    since("7.0", _sum, before="exp", after="log", from_opset_13=True, loses_axes=True),
    since("10.16", loses_axes=False),
    since("11.4", _log_sum_exp_114, **LISTS_OF_RTX_17),
)
