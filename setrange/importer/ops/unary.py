# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Unary functions, Not, IsInf and IsNaN."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.broadcast import elementwise_helper, unary_helper
from setrange.importer.helpers.inputs import required
from setrange.importer.registry import importer
from setrange.importer.rejections import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network.modes import UnaryOp


def _unary(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, op: UnaryOp
) -> Sequence[Value]:
    return unary_helper(ctx, required(inputs, 0), op)


_SINCE = {"Round": "8.2", "Sign": "8.2"}

_OPERATIONS: dict[str, UnaryOp] = {
    "Abs": "abs",
    "Acos": "acos",
    "Acosh": "acosh",
    "Asin": "asin",
    "Asinh": "asinh",
    "Atan": "atan",
    "Atanh": "atanh",
    "Ceil": "ceil",
    "Cos": "cos",
    "Cosh": "cosh",
    "Erf": "erf",
    "Exp": "exp",
    "Floor": "floor",
    "Log": "log",
    "Neg": "neg",
    "Not": "not",
    "Reciprocal": "recip",
    "Round": "round",
    "Sign": "sign",
    "Sin": "sin",
    "Sinh": "sinh",
    "Sqrt": "sqrt",
    "Tan": "tan",
}

for _op, _operation in _OPERATIONS.items():
    _since = _SINCE.get(_op, "7.0")
    importer(_op, since=_since, source=f"{_since}:import{_op}")(partial(_unary, op=_operation))


def _is_inf(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, float_only: bool
) -> Sequence[Value]:
    """Unary IsInf, and a comparison with zero where only one sign counts."""
    negative = node.attr_int("detect_negative", 1) != 0
    positive = node.attr_int("detect_positive", 1) != 0
    value = ctx.to_tensor(required(inputs, 0))
    if negative and positive:
        require(
            not float_only or value.dtype in ("float32", "float16"),
            "IsInf takes FLOAT and HALF inputs only",
        )
        return unary_helper(ctx, value, "isinf")
    zero = ctx.add_constant(0.0, "float32", (1,) * value.rank)
    net = ctx.net
    named = ctx.register_inner
    if negative or positive:
        first = named(net.add_elementwise(value, zero, "less" if negative else "greater"))
        second = named(net.add_unary(value, "isinf"))
    else:
        first = named(net.add_elementwise(value, zero, "greater"))
        second = named(net.add_elementwise(value, zero, "less"))
    return [named(net.add_elementwise(first.output, second.output, "and")).output]


importer("IsInf", since="8.6", source="8.6-GA:importIsInf")(partial(_is_inf, float_only=True))
importer("IsInf", since="10.1", source="10.1-GA:importIsInf")(
    partial(_is_inf, float_only=False)
)


@importer("IsNaN", since="8.2", source="8.2-GA:importIsNaN")
def is_nan_by_comparison(
    ctx: ImporterContext, node: Node, inputs: list[Value]
) -> Sequence[Value]:
    """Not (x == x)."""
    value = required(inputs, 0)
    return unary_helper(ctx, elementwise_helper(ctx, [value, value], "equal")[0], "not")


importer("IsNaN", since="10.1", source="10.1-GA:importIsNaN")(partial(_unary, op="isnan"))
