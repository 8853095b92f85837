# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Binary and variadic arithmetic."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.broadcast import elementwise_helper
from setrange.importer.registry import importer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.registry import Value
    from setrange.model.node import Node

_SOURCE = "8.6-GA:elementwiseHelper"


def _elementwise(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, op: str
) -> Sequence[Value]:
    return elementwise_helper(ctx, inputs, op)


for _op, _operation in {
    "Add": "sum",
    "Sub": "sub",
    "Mul": "prod",
    "Div": "div",
    "Max": "max",
    "Min": "min",
    "Sum": "sum",
}.items():
    importer(_op, since="7.0", source=_SOURCE)(partial(_elementwise, op=_operation))
