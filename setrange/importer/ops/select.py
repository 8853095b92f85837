# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Where and Trilu."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.broadcast import (
    broadcast_tensors,
    compare_or_equal,
    elementwise_helper,
    zeros_like,
)
from setrange.importer.helpers.inputs import optional, required
from setrange.importer.helpers.iota import iota
from setrange.importer.helpers.tensors import require_not_type, unsqueeze_tensor
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import concat, gather, shape_of, shape_vector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network.modes import ElementwiseOp


def _where(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    refused: str,
    same_type: bool = False,
) -> Sequence[Value]:
    values = [required(inputs, i) for i in range(3)]
    for value in values[1:]:
        require_not_type(ctx, value, refused)
    condition, x, y = (ctx.to_tensor(value) for value in values)
    require(not same_type or x.dtype == y.dtype, "Where takes operands of one type only")
    x, y, condition = broadcast_tensors(ctx, x, y, condition)
    return [ctx.register_layer(ctx.net.add_select(condition, x, y)).output]


importer("Where", since="7.0", source="7.0:importWhere")(
    partial(_where, refused="BOOL", same_type=True)
)
importer("Where", since="8.2", source="8.2-GA:importWhere")(partial(_where, refused="BOOL"))
importer("Where", since="8.5", source="8.5-GA:importWhere")(partial(_where, refused="UINT8"))


def _trilu(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, max_rank: int
) -> Sequence[Value]:
    """Select the data or 0 by comparing row numbers with column numbers."""
    value = required(inputs, 0)
    require_not_type(ctx, value, "UINT8")
    data = ctx.to_tensor(value)
    rank = data.rank
    require(2 <= rank <= max_rank, f"Trilu does not take inputs of rank {rank}")
    dims = shape_of(ctx, data)
    columns = gather(ctx, dims, shape_vector(rank - 1))
    grid = concat(ctx, gather(ctx, dims, shape_vector(rank - 2)), columns)
    rows, cols = iota(ctx, grid, 0), iota(ctx, grid, 1)
    zero = zeros_like(ctx, data)
    if len(inputs) == 2:
        shift = ctx.to_tensor(optional(inputs, 1))
        cols = ctx.to_tensor(elementwise_helper(ctx, [cols, shift], "sub")[0])
    if rank > 2:
        batch = list(range(rank - 2))
        rows, cols = unsqueeze_tensor(ctx, rows, batch), unsqueeze_tensor(ctx, cols, batch)
    # The parser's default is the lower triangle, ONNX's is the upper.
    op: ElementwiseOp = "less" if node.attr_int("upper", 0) else "greater"
    kept = ctx.to_tensor(compare_or_equal(ctx, rows, cols, op)[0])
    return [ctx.register_inner(ctx.net.add_select(kept, data, zero)).output]


importer("Trilu", since="8.5", source="8.5-GA:importTrilu")(partial(_trilu, max_rank=3))
importer("Trilu", since="8.6", source="8.6-GA:importTrilu")(partial(_trilu, max_rank=8))
