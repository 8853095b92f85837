# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""TensorRT 6.0 (implicit batch): arithmetic, activations, reductions, softmax, top-k."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.importer.helpers.inputs import required, required_tensor, required_weights
from setrange.importer.implicit.helpers import (
    combine_elementwise,
    convert_axis,
    expand_dims,
    flatten_from,
    fold_unary,
    move_dimension,
    remove_batch,
    reshape_tensor,
    scale_op,
    to_tensor,
    weights_of,
)
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.model.weights import Weights
from setrange.network import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node

_FLOAT_MAX = float(np.finfo(np.float32).max)


def _activation(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    op: Any,
    alpha: tuple[str, float] | None = None,
    beta: tuple[str, float] | None = None,
) -> Sequence[Value]:
    parameters = [None if p is None else node.attr_float(*p) for p in (alpha, beta)]
    return [ctx.net.add_activation(to_tensor(ctx, required(inputs, 0)), op, *parameters).output]


for _name, _op, _alpha, _beta in (
    ("Relu", "relu", None, None),
    ("Sigmoid", "sigmoid", None, None),
    ("Tanh", "tanh", None, None),
    ("Softplus", "softplus", None, None),
    ("Softsign", "softsign", None, None),
    ("Elu", "elu", ("alpha", 1.0), None),
    ("LeakyRelu", "leaky_relu", ("alpha", 0.01), None),
    ("ThresholdedRelu", "thresholded_relu", ("alpha", 1.0), None),
    ("HardSigmoid", "hard_sigmoid", ("alpha", 0.2), ("beta", 0.5)),
    ("ScaledTanh", "scaled_tanh", ("alpha", 0.0), ("beta", 0.0)),
    ("ParametricSoftplus", "softplus", ("alpha", 0.0), ("beta", 0.0)),
    ("Selu", "selu", ("alpha", 1.6732), ("gamma", 1.0507)),
    ("Clip", "clip", ("min", -_FLOAT_MAX), ("max", _FLOAT_MAX)),
):
    importer(_name, since="6.0", source="6.0:activationHelper")(
        partial(_activation, op=_op, alpha=_alpha, beta=_beta)
    )


def _unary(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, op: Any
) -> Sequence[Value]:
    return [ctx.net.add_unary(to_tensor(ctx, required(inputs, 0)), op).output]


for _name in (
    "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Cos", "Cosh", "Floor", "Tan",
):  # fmt: skip
    importer(_name, since="6.0", source="6.0:unaryHelper")(partial(_unary, op=_name.lower()))


def _folding_unary(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, op: Any
) -> Sequence[Value]:
    return fold_unary(ctx, required(inputs, 0), op)


for _name, _op in {
    "Abs": "abs",
    "Exp": "exp",
    "Log": "log",
    "Neg": "neg",
    "Reciprocal": "recip",
    "Sqrt": "sqrt",
}.items():
    importer(_name, since="6.0", source="6.0:apply_unary_function")(
        partial(_folding_unary, op=_op)
    )


def _elementwise(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, op: str, legacy: bool
) -> Sequence[Value]:
    return combine_elementwise(ctx, inputs, op, legacy=legacy)


for _name, _op, _legacy in (
    ("Div", "div", True),
    ("Sub", "sub", True),
    ("Max", "max", False),
    ("Min", "min", False),
    ("Sum", "sum", False),
):
    importer(_name, since="6.0", source="6.0:combineTensorsElementwise")(
        partial(_elementwise, op=_op, legacy=_legacy)
    )


def _scale_or_elementwise(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, op: Any
) -> Sequence[Value]:
    require(len(inputs) >= 2, "the op takes two inputs")
    if isinstance(inputs[0], Tensor) != isinstance(inputs[1], Tensor):
        return scale_op(ctx, inputs, op)
    return combine_elementwise(ctx, inputs, op, legacy=True)


for _name, _op in {"Add": "sum", "Mul": "prod", "Pow": "pow"}.items():
    importer(_name, since="6.0", source="6.0:importScaleOp")(
        partial(_scale_or_elementwise, op=_op)
    )


@importer("Mean", since="6.0", source="6.0:importMean")
def mean(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    total = to_tensor(ctx, combine_elementwise(ctx, inputs, "sum")[0])
    factor = np.full((1,) * total.rank, 1.0 / len(inputs), dtype=np.float32)
    constant = ctx.net.add_constant(Weights.of(factor)).output
    return [ctx.net.add_elementwise(total, constant, "prod").output]


@importer("PRelu", since="6.0", source="6.0:importPRelu")
def prelu(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    require(len(inputs) == 2, "PRelu takes two inputs")
    data = to_tensor(ctx, required(inputs, 0))
    slope = inputs[1]
    if isinstance(slope, Tensor):
        require(slope.rank == data.rank, "the slope of PRelu must have the input's rank")
        pairs = zip(data.shape, slope.shape, strict=True)
        require(all(a == b or b == 1 for a, b in pairs), "the slope of PRelu must broadcast")
    else:
        weights = weights_of(slope, "the slope")
        shape = weights.shape
        if len(shape) < data.rank:
            shape = expand_dims(shape, data.rank)
        elif len(shape) > data.rank:
            shape = remove_batch(shape)
        slope = ctx.net.add_constant(weights, shape).output
    require("int32" not in (data.dtype, slope.dtype), "PRelu does not take INT32")
    return [ctx.net.add_parametric_relu(data, slope).output]


def _reduce(ctx: ImporterContext, node: Node, value: Value, op: Any) -> list[Value]:
    tensor = to_tensor(ctx, value)
    if node.has("axes"):
        axes = [convert_axis(axis, tensor.rank) for axis in node.attr_ints("axes")]
    else:
        # All axes of the batchless tensor, counted as ONNX axes: 0 is refused below.
        axes = [convert_axis(axis, tensor.rank) for axis in range(tensor.rank)]
    keepdims = bool(node.attr_int("keepdims", 1))
    return [ctx.net.add_reduce(tensor, op, axes, keepdims=keepdims).output]


def _plain_reduce(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, op: Any
) -> Sequence[Value]:
    return _reduce(ctx, node, required(inputs, 0), op)


for _name, _op in {
    "ReduceMax": "max",
    "ReduceMean": "avg",
    "ReduceMin": "min",
    "ReduceProd": "prod",
    "ReduceSum": "sum",
}.items():
    importer(_name, since="6.0", source="6.0:reduceTensor")(partial(_plain_reduce, op=_op))


@importer("ReduceL1", since="6.0", source="6.0:importReduceL1")
def reduce_l1(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    return _reduce(ctx, node, fold_unary(ctx, required(inputs, 0), "abs")[0], "sum")


@importer("ReduceLogSum", since="6.0", source="6.0:importReduceLogSum")
def reduce_log_sum(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    return fold_unary(ctx, _reduce(ctx, node, required(inputs, 0), "sum")[0], "log")


@importer("ReduceLogSumExp", since="6.0", source="6.0:importReduceLogSumExp")
def reduce_log_sum_exp(
    ctx: ImporterContext, node: Node, inputs: list[Value]
) -> Sequence[Value]:
    return reduce_log_sum(ctx, node, fold_unary(ctx, required(inputs, 0), "exp"))


@importer("ReduceSumSquare", since="6.0", source="6.0:importReduceSumSquare")
def reduce_sum_square(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = required_tensor(inputs, 0)
    return _reduce(ctx, node, ctx.net.add_elementwise(tensor, tensor, "prod").output, "sum")


@importer("ReduceL2", since="6.0", source="6.0:importReduceL2")
def reduce_l2(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    return fold_unary(ctx, reduce_sum_square(ctx, node, inputs)[0], "sqrt")


@importer("Softmax", since="6.0", source="6.0:importSoftmax")
def softmax(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    axis = node.attr_int("axis", 1)
    require(axis != 0, "softmax over the batch dimension is not supported")
    axis = convert_axis(axis, required(inputs, 0).rank)
    tensor = to_tensor(ctx, required(inputs, 0))
    shape = tensor.shape
    if axis > 0:
        tensor = move_dimension(ctx, flatten_from(ctx, tensor, axis), axis, 0)
    tensor = ctx.net.add_softmax(tensor, 0).output
    if axis > 0:
        tensor = reshape_tensor(ctx, move_dimension(ctx, tensor, 0, axis), shape)
    return [tensor]


@importer("LogSoftmax", since="6.0", source="6.0:importLogSoftmax")
def log_softmax(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    return fold_unary(ctx, softmax(ctx, node, inputs)[0], "log")


def _arg_min_max(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, op: Any
) -> Sequence[Value]:
    tensor = to_tensor(ctx, required(inputs, 0))
    require(tensor.dtype != "int32", "TopK does not take INT32")
    axis = convert_axis(node.attr_int("axis", 0), tensor.rank)
    indices = ctx.net.add_topk(tensor, op, 1, axis).outputs[1]
    if node.attr_int("keepdims", 1):
        return [indices]
    shape = indices.shape
    # The parser looks at the shortened shape, which lacks its last dimension.
    require(shape[axis] == 1, "the reduced dimension must be 1")
    return [ctx.net.add_shuffle(indices, reshape=shape[:axis] + shape[axis + 1 :]).output]


for _name, _op in {"ArgMax": "max", "ArgMin": "min"}.items():
    importer(_name, since="6.0", source="6.0:argMinMaxHelper")(partial(_arg_min_max, op=_op))


@importer("TopK", since="6.0", source="6.0:importTopK")
def topk(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = required_tensor(inputs, 0)
    require(tensor.dtype != "int32", "TopK does not take INT32")
    if ctx.opset >= 10:
        weights = required_weights(inputs, 1)
        require(weights.count == 1, "k must be one value")
        k = weights.ints()[0]
    else:
        require(node.has("k"), "the attribute k is required")
        k = node.attr_int("k")
    axis = convert_axis(node.attr_int("axis", -1), tensor.rank)
    return ctx.net.add_topk(tensor, "max", k, axis).outputs
