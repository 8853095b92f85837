# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""TensorRT 6.0 (implicit batch): arithmetic, activations, reductions, softmax, top-k."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.importer.implicit.parsing import (
    add_scale,
    convert_axis,
    remove_batch,
    transpose,
    volume,
    weights_of,
    with_shape,
)
from setrange.importer.ops.activation import ACTIVATIONS, Attributes
from setrange.importer.registry import history, since
from setrange.importer.rejections import require
from setrange.model.weights import Weights
from setrange.network import LayerKind, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from setrange.importer.op_types import Computed, Given, OpContext, Outputs, Value
    from setrange.network import Shape
    from setrange.network.modes import ActivationOp, ElementwiseOp, ReduceOp, TopKOp, UnaryOp

_FLOAT_MAX = float(np.finfo(np.float32).max)


# -- activations and unary operations --------------------------------------------------------


def _activation(ctx: OpContext, x: Tensor, *, op: ActivationOp, values: Attributes) -> Outputs:
    given = [ctx.node.attr_float(name, default or 0.0) for name, default in values.items()]
    return ctx.net.add_activation(x, op, *given).output


def _unary(ctx: OpContext, x: Tensor, *, op: UnaryOp) -> Outputs:
    return ctx.net.add_unary(x, op).output


_COMPUTED: dict[UnaryOp, Callable[..., npt.NDArray[Any]]] = {
    "abs": np.abs,
    "exp": np.exp,
    "log": np.log,
    "neg": np.negative,
    "recip": np.reciprocal,
    "sqrt": np.sqrt,
}


def _folding_unary(ctx: OpContext, value: Given, *, op: UnaryOp) -> Tensor | Weights:
    """A Unary layer; weights are computed at parse time instead."""
    if isinstance(value, Tensor):
        return ctx.net.add_unary(value, op).output
    require(value.dtype == "float32", "only FLOAT weights can be computed at parse time")

    def step(data: npt.NDArray[Any]) -> npt.NDArray[Any]:
        with np.errstate(all="ignore"):
            return _COMPUTED[op](data)

    made = value.derived(step, "float32", value.shape)
    made.name = made.initializer = None
    return made


# -- elementwise operations ------------------------------------------------------------------


def _with_trailing_ones(ctx: OpContext, left: Given, right: Given) -> Given:
    """Opset < 7: dimensions of 1 are appended to the second operand by the attribute axis."""
    rank, other = left.rank, right.rank
    if other >= rank or not (ctx.node.has("axis") and ctx.node.attr_int("broadcast")):
        return right
    axis = ctx.node.attr_int("axis")
    if axis < 0:
        axis += 1 + rank
    if isinstance(right, Tensor):
        require(axis == 0, "batch dimensions of tensors must be aligned")
    else:
        require(axis or right.shape[:1] == (1,), "weights must broadcast over the batch")
        axis -= 1
    missing = rank - (axis + other)
    require(missing >= 0, "the operand has too many dimensions for its axis")
    shape = right.shape + (1,) * missing
    if isinstance(right, Tensor):
        return ctx.reshape(right, shape)
    return with_shape(right, shape) if missing else right


def _expanded(shape: Shape, rank: int) -> Shape:
    """Prepend dimensions of 1."""
    return (1,) * (rank - len(shape)) + shape


_SYMBOL = "combineTensorsElementwise"


def _combine(ctx: OpContext, *inputs: Given, op: ElementwiseOp, legacy: bool = False) -> Tensor:
    """Combine all inputs left to right (``combineTensorsElementwise``)."""
    require(inputs, "elementwise needs at least one input")
    if ctx.opset < 7 and legacy:
        require(len(inputs) == 2, "elementwise with legacy broadcasting takes two inputs")
        inputs = (inputs[0], _with_trailing_ones(ctx, *inputs))
    rank = max(v.rank for v in inputs)
    tensor_rank = max((v.rank for v in inputs if isinstance(v, Tensor)), default=-1)
    tensors = []
    for value in inputs:
        if isinstance(value, Tensor):
            tensors.append(ctx.reshape(value, _expanded(value.shape, tensor_rank)))
            continue
        shape = _expanded(value.shape, rank)
        if len(shape) == tensor_rank + 1:
            single = shape[:1] == (1,)
            require(single, "weights of an elementwise op must have batch dimension 1")
            shape = remove_batch(shape)
        tensors.append(ctx.net.add_constant(value, shape).output)
    combined, *others = tensors
    if not others:
        return ctx.net.add_identity(combined).output
    for tensor in others:
        require(tensor.rank == combined.rank, "elementwise operands differ in rank")
        combined = ctx.net.add_elementwise(combined, tensor, op).output
    return combined


def _scale(
    ctx: OpContext, left: Given, right: Given, *, op: ElementwiseOp, part: str
) -> Outputs:
    """Tensor with weights: a Scale layer where the shape allows (``importScaleOp``)."""
    tensor = next((v for v in (left, right) if isinstance(v, Tensor)), None)
    weights = next((v for v in (left, right) if isinstance(v, Weights)), None)
    if tensor is None or weights is None:
        return _combine(ctx, left, right, op=op, legacy=True)
    shape = weights.shape
    while len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    scaled = {part: with_shape(weights, shape)}
    if shape == (1,):
        return add_scale(ctx, tensor, "uniform", **scaled)
    if len(shape) == 1 and shape == tensor.shape[:1]:
        return add_scale(ctx, tensor, "channel", **scaled)
    if volume(shape) == volume(tensor.shape):
        return add_scale(ctx, tensor, "elementwise", **scaled)
    return _combine(ctx, left, right, op=op, legacy=True)


def _mean(ctx: OpContext, *inputs: Given) -> Outputs:
    total = _combine(ctx, *inputs, op="sum")
    factor = np.full((1,) * total.rank, 1.0 / len(inputs), dtype=np.float32)
    constant = ctx.net.add_constant(Weights.of(factor)).output
    return ctx.net.add_elementwise(total, constant, "prod").output


def _prelu(ctx: OpContext, data: Tensor, slope: Value, *more: Value) -> Outputs:
    require(slope is not None and not more, "PRelu takes two inputs")
    if isinstance(slope, Tensor):
        require(slope.rank == data.rank, "the slope of PRelu must have the input's rank")
        pairs = zip(data.shape, slope.shape, strict=True)
        require(all(a == b or b == 1 for a, b in pairs), "the slope of PRelu must broadcast")
    else:
        weights = weights_of(slope, "the slope")
        shape = _expanded(weights.shape, data.rank)
        if len(shape) > data.rank:
            shape = remove_batch(shape)
        slope = ctx.net.add_constant(weights, shape).output
    require("int32" not in (data.dtype, slope.dtype), "PRelu does not take INT32")
    return ctx.net.add(LayerKind.PARAMETRIC_RELU, [data, slope]).output


# -- reductions --------------------------------------------------------------------------------


def _reduce(ctx: OpContext, tensor: Tensor, *, op: ReduceOp) -> Tensor:
    # Without axes these are all of the batchless tensor, counted as ONNX axes: 0 is refused.
    axes = ctx.node.attr_ints("axes") if ctx.node.has("axes") else range(tensor.rank)
    converted = [convert_axis(axis, tensor.rank) for axis in axes]
    keepdims = bool(ctx.node.attr_int("keepdims", 1))
    return ctx.net.add_reduce(tensor, op, converted, keepdims=keepdims).output


_REDUCTIONS = {"Max": "max", "Mean": "avg", "Min": "min", "Prod": "prod", "Sum": "sum"}


def _reduce_sum(
    ctx: OpContext, value: Given, *, before: UnaryOp | None = None, after: UnaryOp | None = None
) -> Outputs:
    """The sum, with an operation on each element ``before`` it or ``after`` it."""
    if before is not None:
        value = _folding_unary(ctx, value, op=before)
    total = _reduce(ctx, ctx.to_tensor(value), op="sum")
    return total if after is None else ctx.net.add_unary(total, after).output


def _reduce_squares(ctx: OpContext, x: Computed, *, after: UnaryOp | None = None) -> Outputs:
    total = _reduce(ctx, ctx.combine(x, x, "prod"), op="sum")
    return total if after is None else ctx.net.add_unary(total, after).output


# -- softmax and top-k -------------------------------------------------------------------------


def _softmax(ctx: OpContext, value: Given, *, log: bool) -> Outputs:
    """Softmax over the first dimension, to which the axis and those behind it move."""
    axis = ctx.node.attr_int("axis", 1)
    require(axis != 0, "softmax over the batch dimension is not supported")
    axis = convert_axis(axis, value.rank)
    tensor = ctx.to_tensor(value)
    shape, rank = tensor.shape, tensor.rank
    if axis > 0:
        merged = (*shape[:axis], math.prod(shape[axis:]), *[1] * (rank - axis - 1))
        front = [axis, *(i for i in range(rank) if i != axis)]
        tensor = transpose(ctx, ctx.reshape(tensor, merged), front)
    tensor = ctx.net.add(LayerKind.SOFTMAX, [tensor], axis=0).output
    if axis > 0:
        back = [*range(1, axis + 1), 0, *range(axis + 1, rank)]
        tensor = ctx.reshape(transpose(ctx, tensor, back), shape)
    return ctx.net.add_unary(tensor, "log").output if log else tensor


def _arg_min_max(ctx: OpContext, tensor: Tensor, *, op: TopKOp) -> Outputs:
    require(tensor.dtype != "int32", "TopK does not take INT32")
    axis = convert_axis(ctx.node.attr_int("axis", 0), tensor.rank)
    indices = ctx.net.add_topk(tensor, op, 1, axis).outputs[1]
    if ctx.node.attr_int("keepdims", 1):
        return indices
    shape = indices.shape
    # The parser looks at the shortened shape, which lacks its last dimension.
    require(shape[axis] == 1, "the reduced dimension must be 1")
    return ctx.net.add_shuffle(indices, reshape=shape[:axis] + shape[axis + 1 :]).output


def _topk(ctx: OpContext, tensor: Computed, given: Value) -> Outputs:
    require(tensor.dtype != "int32", "TopK does not take INT32")
    if ctx.opset >= 10:
        weights = weights_of(given, "k")
        require(weights.count == 1, "k must be one value")
        k = weights.ints()[0]
    else:
        require(ctx.node.has("k"), "the attribute k is required")
        k = ctx.node.attr_int("k")
    axis = convert_axis(ctx.node.attr_int("axis", -1), tensor.rank)
    return ctx.net.add_topk(tensor, "max", k, axis).outputs


# -- change log -------------------------------------------------------------------------

for _op, (_function, _values) in {
    **ACTIVATIONS,
    "Clip": ("clip", {"min": -_FLOAT_MAX, "max": _FLOAT_MAX}),
}.items():
    history(
        _op, since("6.0", _activation, op=_function, values=_values, symbol="activationHelper")
    )
for _op in (
    "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Cos", "Cosh", "Floor", "Tan",
):  # fmt: skip
    history(_op, since("6.0", _unary, op=_op.lower(), symbol="unaryHelper"))
for _op in ("Abs", "Exp", "Log", "Neg", "Reciprocal", "Sqrt"):
    _kind = "recip" if _op == "Reciprocal" else _op.lower()
    history(_op, since("6.0", _folding_unary, op=_kind, symbol="apply_unary_function"))
for _ops, _legacy in {("Div", "Sub"): True, ("Max", "Min", "Sum"): False}.items():
    for _op in _ops:
        history(_op, since("6.0", _combine, op=_op.lower(), legacy=_legacy, symbol=_SYMBOL))
for _op, _kind, _part in (
    ("Add", "sum", "shift"),
    ("Mul", "prod", "scale"),
    ("Pow", "pow", "power"),
):
    history(_op, since("6.0", _scale, op=_kind, part=_part, symbol="importScaleOp"))
history("Mean", since("6.0", _mean))
history("PRelu", since("6.0", _prelu))
for _op, _kind in _REDUCTIONS.items():
    history(f"Reduce{_op}", since("6.0", _reduce, op=_kind, symbol="reduceTensor"))
history("ReduceL1", since("6.0", _reduce_sum, before="abs"))
history("ReduceL2", since("6.0", _reduce_squares, after="sqrt"))
history("ReduceLogSum", since("6.0", _reduce_sum, after="log"))
history("ReduceLogSumExp", since("6.0", _reduce_sum, before="exp", after="log"))
history("ReduceSumSquare", since("6.0", _reduce_squares))
history("Softmax", since("6.0", _softmax, log=False))
history("LogSoftmax", since("6.0", _softmax, log=True))
history("ArgMax", since("6.0", _arg_min_max, op="max", symbol="argMinMaxHelper"))
history("ArgMin", since("6.0", _arg_min_max, op="min", symbol="argMinMaxHelper"))
history("TopK", since("6.0", _topk))
