# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""MatMul, TRT_MatMul, TRT_FullyConnected."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from setrange.importer.helpers.attributes import required_int
from setrange.importer.helpers.broadcast import broadcast_tensors
from setrange.importer.helpers.fully_connected import fully_connected, matrix_op, transposed
from setrange.importer.helpers.inputs import required, required_tensor, required_weights
from setrange.importer.helpers.tensors import (
    require_not_type,
    squeeze_tensor,
    unsqueeze_tensor,
)
from setrange.importer.registry import history, importer, removed
from setrange.importer.rejections import require
from setrange.model.weights import Weights
from setrange.network import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Layer
    from setrange.network.modes import MatrixOp

_MATRIX_OPS: dict[str, MatrixOp] = {
    "none": "none",
    "transpose": "transpose",
    "vector": "vector",
}


def _operands(ctx: ImporterContext, inputs: Sequence[Value]) -> tuple[Tensor, Tensor]:
    return ctx.to_tensor(required(inputs, 0)), ctx.to_tensor(required(inputs, 1))


def _require_no_integers(a: Tensor, b: Tensor) -> None:
    require("int32" not in (a.dtype, b.dtype), "TensorRT multiplies no INT32 matrices")


def _add(ctx: ImporterContext, a: Tensor, b: Tensor) -> Layer:
    a, b = broadcast_tensors(ctx, a, b)
    return ctx.net.add_matrix_multiply(a, b, matrix_op(a), matrix_op(b))


def _with_vectors(ctx: ImporterContext, a: Tensor, b: Tensor) -> Tensor:
    """A vector operand becomes a matrix, and leaves no dimension in the result (8.0 on)."""
    head, tail = 1 == a.rank < b.rank, 1 == b.rank < a.rank
    if tail:
        b = unsqueeze_tensor(ctx, b, (1,))
    output = ctx.register_layer(_add(ctx, a, b)).output
    if head:
        output = squeeze_tensor(ctx, output, (0,))
    if tail:
        output = squeeze_tensor(ctx, output, (output.rank - 1,))
    return output


@importer("MatMul", since="8.5", source="8.5-GA:importMatMul")
def matmul(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    require_not_type(ctx, required(inputs, 0), "INT32", "INT64")
    return [_with_vectors(ctx, *_operands(ctx, inputs))]


@importer("MatMul", since="8.4", source="8.4-GA:importMatMul")
def matmul_84(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    a, b = _operands(ctx, inputs)
    _require_no_integers(a, b)
    return [_with_vectors(ctx, a, b)]


def _fits_fully_connected(inputs: Sequence[Value]) -> bool:
    a, b = required(inputs, 0), required(inputs, 1)
    return isinstance(a, Tensor) and isinstance(b, Weights) and a.rank == b.rank == 2


def _connect(
    ctx: ImporterContext,
    a: Tensor,
    weights: Weights,
    *,
    zero_bias: bool,
    axes: tuple[int, int] = (2, 3),
) -> Tensor:
    maps = weights.shape[1]
    bias = Weights.of(np.zeros(maps, dtype=np.float32)) if zero_bias else None
    return fully_connected(ctx, a, maps, transposed(weights), bias, axes=axes)


@importer("MatMul", since="8.0", source="8.0-GA:importMatMul")
def matmul_80(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    a, b = _operands(ctx, inputs)
    _require_no_integers(a, b)
    if _fits_fully_connected(inputs):
        return [_connect(ctx, a, required_weights(inputs, 1), zero_bias=False)]
    return [_with_vectors(ctx, a, b)]


def _matmul_7(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, axes: tuple[int, int]
) -> Sequence[Value]:
    a, b = _operands(ctx, inputs)
    _require_no_integers(a, b)
    if _fits_fully_connected(inputs):
        weights = required_weights(inputs, 1)
        return [_connect(ctx, a, weights, zero_bias=True, axes=axes)]
    return [_named_by_node(ctx, node, _add(ctx, a, b))]


def _named_by_node(ctx: ImporterContext, node: Node, layer: Layer) -> Tensor:
    """Here a node without a name lends none, unlike in the Fully Connected form."""
    return ctx.name_layer(layer, node.name).output


for _since, _axes in {"7.1": (1, 2), "7.2": (2, 3)}.items():
    importer("MatMul", since=_since, source=f"{_since}:importMatMul")(
        partial(_matmul_7, axes=_axes)
    )


@importer("MatMul", since="7.0", source="7.0:importMatMul")
def matmul_70(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    a, b = _operands(ctx, inputs)
    require(
        a.dtype == b.dtype != "int32",
        "MatMul takes two operands of one type, which is not INT32",
    )
    return [_add(ctx, a, b).output]


@importer("TRT_MatMul", since="7.0", source="7.0:importTRT_MatMul")
def trt_matmul(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    a, b = required_tensor(inputs, 0), required_tensor(inputs, 1)
    ops = [node.attr_str("op_0"), node.attr_str("op_1")]
    require(
        all(op in _MATRIX_OPS for op in ops),
        f"op_0 and op_1 must be one of {', '.join(_MATRIX_OPS)}",
    )
    layer = ctx.net.add_matrix_multiply(a, b, *(_MATRIX_OPS[op] for op in ops))
    return [ctx.register_layer(layer).output]


@importer("TRT_FullyConnected", since="7.0", source="7.0:importTRT_FullyConnected")
def trt_fully_connected(
    ctx: ImporterContext, node: Node, inputs: list[Value]
) -> Sequence[Value]:
    tensor, kernel = required_tensor(inputs, 0), required_weights(inputs, 1)
    bias = required_weights(inputs, 2) if len(inputs) == 3 else None
    layer = ctx.net.add_fully_connected(tensor, required_int(node, "channels"), kernel, bias)
    return [ctx.register_layer(layer).output]


history("TRT_FullyConnected", removed("10.1", symbol="onnxOpImporters.cpp"))
