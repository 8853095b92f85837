# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Gemm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.helpers.broadcast import broadcast_tensors
from setrange.importer.helpers.tensors import require_not_type
from setrange.importer.refusal import require
from setrange.importer.registry import importer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.registry import Value
    from setrange.model.node import Node
    from setrange.network import Tensor


def _scaled(ctx: ImporterContext, tensor: Tensor, factor: float) -> Tensor:
    """Multiply by a constant (alpha or beta), unless it is 1."""
    if factor == 1.0:
        return tensor
    constant = ctx.add_constant([factor], "float32", ())
    left, right = broadcast_tensors(ctx, constant, tensor)
    return ctx.net.add_elementwise(left, right, "prod").output


@importer("Gemm", since="8.6", source="8.6-GA:importGemm")
def gemm(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    require_not_type(ctx, inputs[0], "INT32", "INT64")
    a, b = ctx.to_tensor(inputs[0]), ctx.to_tensor(inputs[1])
    require(a.rank == 2 and b.rank == 2, "GEMM must have 2D inputs")
    layer = ctx.net.add_matrix_multiply(
        a,
        b,
        "transpose" if node.attr_int("transA") else "none",
        "transpose" if node.attr_int("transB") else "none",
    )
    product = _scaled(ctx, ctx.register_layer(layer).output, node.attr_float("alpha", 1.0))
    if len(inputs) < 3:
        return [product]
    bias = _scaled(ctx, ctx.to_tensor(inputs[2]), node.attr_float("beta", 1.0))
    product, bias = broadcast_tensors(ctx, product, bias)
    return [ctx.net.add_elementwise(product, bias, "sum").output]
