# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Logic and comparison."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.broadcast import compare_or_equal, elementwise_helper
from setrange.importer.helpers.inputs import required
from setrange.importer.registry import importer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network.modes import ElementwiseOp


def _compare(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, op: ElementwiseOp
) -> Sequence[Value]:
    return elementwise_helper(ctx, inputs, op)


_COMPARED: tuple[tuple[str, ElementwiseOp, str], ...] = (
    ("And", "and", "7.0"),
    ("Or", "or", "7.0"),
    ("Xor", "xor", "8.4"),
    ("Equal", "equal", "7.0"),
    ("Greater", "greater", "7.0"),
    ("Less", "less", "7.0"),
)

for _op, _operation, _since in _COMPARED:
    importer(_op, since=_since, source=f"{_since}:import{_op}")(
        partial(_compare, op=_operation)
    )


def _compare_or_equal(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, op: ElementwiseOp
) -> Sequence[Value]:
    return compare_or_equal(ctx, required(inputs, 0), required(inputs, 1), op)


def _compare_tensors_or_equal(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, op: ElementwiseOp
) -> Sequence[Value]:
    """Constants become tensors first, the second operand's before the first's."""
    first, second = required(inputs, 0), ctx.to_tensor(required(inputs, 1))
    return compare_or_equal(ctx, ctx.to_tensor(first), second, op)


_OR_EQUAL: dict[str, ElementwiseOp] = {"GreaterOrEqual": "greater", "LessOrEqual": "less"}

for _op, _operation in _OR_EQUAL.items():
    importer(_op, since="7.2", source=f"7.2.1:import{_op}")(
        partial(_compare_or_equal, op=_operation)
    )
    importer(_op, since="8.5", source=f"8.5-GA:import{_op}")(
        partial(_compare_tensors_or_equal, op=_operation)
    )
