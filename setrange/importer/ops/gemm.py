# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Gemm: a Matrix Multiply and a bias, or a Fully Connected layer in older parsers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.helpers.broadcast import NUMPY_BROADCAST, broadcast_tensors
from setrange.importer.helpers.fully_connected import fully_connected, matrix_op, transposed
from setrange.importer.helpers.inputs import required
from setrange.importer.helpers.tensors import require_not_type, reshape_tensor
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.model.weights import Weights
from setrange.network import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node


def _scaled(ctx: ImporterContext, tensor: Tensor, factor: float) -> Tensor:
    """Multiply by a constant (alpha or beta), unless it is 1."""
    if factor == 1.0:
        return tensor
    rank = tensor.rank if ctx.profile.ranked_factors else 0
    constant = ctx.add_constant([factor], "float32", (1,) * rank)
    left, right = broadcast_tensors(ctx, constant, tensor)
    return ctx.register_inner(ctx.net.add_elementwise(left, right, "prod")).output


def _alpha_beta(node: Node) -> tuple[float, float]:
    return node.attr_float("alpha", 1.0), node.attr_float("beta", 1.0)


def _multiply(
    ctx: ImporterContext,
    node: Node,
    a: Tensor,
    b: Tensor,
    bias: Value,
    *,
    transpose_b: bool,
    squeeze_bias: bool = False,
) -> Sequence[Value]:
    """Scaled product and scaled bias; ``bias`` is ``None`` where there is no third input."""
    alpha, beta = _alpha_beta(node)
    layer = ctx.net.add_matrix_multiply(
        a,
        b,
        matrix_op(a, transpose=bool(node.attr_int("transA"))),
        matrix_op(b, transpose=transpose_b),
    )
    product = _scaled(ctx, ctx.register_layer(layer).output, alpha)
    if bias is None:
        return [product]
    addend = _scaled(ctx, ctx.to_tensor(bias), beta)
    if squeeze_bias:
        addend = reshape_tensor(ctx, addend, _without_leading_ones(addend.shape))
    product, addend = broadcast_tensors(ctx, product, addend)
    return [ctx.register_inner(ctx.net.add_elementwise(product, addend, "sum")).output]


def _without_leading_ones(shape: Sequence[int]) -> tuple[int, ...]:
    start = next((i for i, d in enumerate(shape) if d != 1), len(shape))
    return tuple(shape[start:])


def _third(inputs: Sequence[Value]) -> Value:
    return required(inputs, 2) if len(inputs) > 2 else None


@importer("Gemm", since="8.5", source="8.5-GA:importGemm")
def gemm(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    require_not_type(ctx, required(inputs, 0), "INT32", "INT64")
    a, b = ctx.to_tensor(inputs[0]), ctx.to_tensor(required(inputs, 1))
    require(a.rank == 2 and b.rank == 2, "the operands of Gemm must have two dimensions")
    transpose_b = bool(node.attr_int("transB"))
    return _multiply(ctx, node, a, b, _third(inputs), transpose_b=transpose_b)


def _require_no_integers(ctx: ImporterContext, inputs: Sequence[Value]) -> None:
    for i in (0, 1):
        require_not_type(ctx, required(inputs, i), "INT32")


@importer("Gemm", since="8.2", source="8.2-GA:importGemm")
def gemm_82(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    _require_no_integers(ctx, inputs)
    return gemm(ctx, node, inputs)


def _fully_connected_operands(
    node: Node, inputs: Sequence[Value], rank: int
) -> tuple[Tensor, Weights] | None:
    """(A, B) if they allow a Fully Connected layer; A must have ``rank`` dimensions."""
    a, b = inputs[:2]
    if not isinstance(a, Tensor) or not isinstance(b, Weights):
        return None
    fits = a.rank == rank and b.rank == 2 and _alpha_beta(node) == (1.0, 1.0)
    return (a, b) if fits else None


def _vector_bias(inputs: Sequence[Value]) -> Weights | None:
    """The bias, if a Fully Connected layer can take it."""
    if not isinstance(inputs[0], Tensor) or not isinstance(inputs[1], Weights):
        return None
    require(len(inputs) > 2, "this parser's Gemm needs a bias")
    bias = inputs[2]
    return bias if isinstance(bias, Weights) and bias.rank == 1 else None


def _named_constant(ctx: ImporterContext, weights: Weights, name: str) -> Tensor:
    """A Constant layer that is named, but not shared."""
    layer = ctx.net.add_constant(weights)
    if ctx.profile.names_layers:
        ctx.name_layer(layer, name)
    return layer.output


def _squeezed(ctx: ImporterContext, tensor: Tensor) -> Tensor:
    """A without trailing ones, or flattened where more than two dimensions are left."""
    dims = list(tensor.shape)
    while len(dims) > 1 and dims[-1] == 1:
        dims.pop()
    if len(dims) > 2:
        dims = [-1]
    if len(dims) == tensor.rank:
        return tensor
    return ctx.net.add_shuffle(tensor, reshape=tuple(dims), zero_is_placeholder=False).output


def _multiply_old(
    ctx: ImporterContext, node: Node, inputs: Sequence[Value], a: Tensor
) -> Sequence[Value]:
    """The Matrix Multiply form of 7.0 to 8.0: weights B are transposed by the parser."""
    b = required(inputs, 1)
    transpose_b = bool(node.attr_int("transB"))
    if isinstance(b, Weights):
        b = _named_constant(ctx, transposed(b) if transpose_b else b, node.inputs[1])
        transpose_b = False
    squeeze_bias = ctx.opset < NUMPY_BROADCAST and not node.attr_int("broadcast")
    return _multiply(
        ctx,
        node,
        _squeezed(ctx, a),
        b,
        _third(inputs),
        transpose_b=transpose_b,
        squeeze_bias=squeeze_bias,
    )


def _kernel(node: Node, weights: Weights) -> Weights:
    return weights if node.attr_int("transB") else transposed(weights)


def _connect_7(
    ctx: ImporterContext, node: Node, inputs: Sequence[Value]
) -> Sequence[Value] | None:
    """The Fully Connected form of 7.0 and 7.1: A has three dimensions."""
    operands = _fully_connected_operands(node, inputs, 3)
    bias = _vector_bias(inputs)
    if operands is None or bias is None:
        return None
    tensor, weights = operands
    layer = ctx.net.add_fully_connected(tensor, bias.count, _kernel(node, weights), bias)
    return [ctx.register_layer(layer).output]


@importer("Gemm", since="7.0", source="7.0:importGemm")
def gemm_70(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    _require_no_integers(ctx, inputs)
    a = ctx.to_tensor(inputs[0])
    ctx.to_tensor(inputs[1])  # a Constant layer that nothing uses
    return _connect_7(ctx, node, inputs) or _multiply_old(ctx, node, inputs, a)


@importer("Gemm", since="7.1", source="7.1:importGemm")
def gemm_71(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    a = ctx.to_tensor(required(inputs, 0))
    _require_no_integers(ctx, inputs)
    return _connect_7(ctx, node, inputs) or _multiply_old(ctx, node, inputs, a)


def _connect(
    ctx: ImporterContext, node: Node, inputs: Sequence[Value]
) -> Sequence[Value] | None:
    """The Fully Connected form of 7.2 and 8.0: A is a matrix."""
    operands = _fully_connected_operands(node, inputs, 2)
    bias = _vector_bias(inputs)
    if operands is None or bias is None:
        return None
    tensor, weights = operands
    return [fully_connected(ctx, tensor, bias.count, _kernel(node, weights), bias)]


@importer("Gemm", since="7.2", source="7.2.1:importGemm")
def gemm_72(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    a = ctx.to_tensor(required(inputs, 0))
    _require_no_integers(ctx, inputs)
    return _connect(ctx, node, inputs) or _multiply_old(ctx, node, inputs, a)


@importer("Gemm", since="8.0", source="8.0-GA:importGemm")
def gemm_80(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    a, b = ctx.to_tensor(required(inputs, 0)), required(inputs, 1)
    require(a.rank == 2 and b.rank == 2, "the operands of Gemm must have two dimensions")
    _require_no_integers(ctx, inputs)
    if len(inputs) < 3:
        # The parser takes the number of outputs from the bias: 0, which TensorRT refuses.
        connects = _fully_connected_operands(node, inputs, 2) is not None
        require(not connects, "this parser's Gemm needs a bias")
        return _multiply_old(ctx, node, inputs, a)
    return _connect(ctx, node, inputs) or _multiply_old(ctx, node, inputs, a)
