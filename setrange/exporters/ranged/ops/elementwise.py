# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Operands of lower rank get dimensions of 1; variadic ops become steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from setrange.exporters.ranged.registry import rewriting
from setrange.network import LayerKind

if TYPE_CHECKING:
    from setrange.exporters.ranged.draft import Draft
    from setrange.model.node import Node

#: Opset in which binary ops became what they are.
_NUMPY_BROADCAST = 7
#: Binary op that does one step of a variadic one.
_STEPS = {"Max": "Max", "Mean": "Add", "Min": "Min", "Sum": "Add"}


@rewriting(
    *("Add", "And", "Div", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"),
    *("Mod", "Mul", "Or", "PRelu", "Pow", "Sub", "Where", "Xor"),
)
def broadcast(draft: Draft, node: Node) -> bool:
    """The same node with operands of one rank."""
    ranks = [draft.rank(name) for name in node.inputs if name]
    known = [rank for rank in ranks if rank is not None]
    if len(known) < len(ranks):
        return False
    rank = max(known)
    if all(r == rank for r in known):
        return False  # what is left is inside the op
    draft.again(node, [draft.operand(name, rank) for name in node.inputs])
    return True


@rewriting(*_STEPS)
def variadic(draft: Draft, node: Node) -> bool:
    """Steps from left to right, and a product for the mean."""
    if len(node.inputs) == 1:
        draft.add(
            "Identity", [draft.operand(node.inputs[0])], node.outputs[0], final=True, main=True
        )
        return True
    ranks = [draft.rank(name) for name in node.inputs]
    known = [rank for rank in ranks if rank is not None]
    if len(known) < len(ranks) or draft.opset < _NUMPY_BROADCAST:
        return False
    rank, output = max(known), node.outputs[0]
    total, *others = [draft.operand(name, rank) for name in node.inputs]
    is_mean = node.op == "Mean"
    for number, other in enumerate(others):
        is_last = number == len(others) - 1 and not is_mean
        total = draft.add(
            _STEPS[node.op],
            [total, other],
            output if is_last else f"{output}_step",
            same=None if is_last else draft.inner(node, LayerKind.ELEMENTWISE, number),
            final=is_last,
            main=number == 0,
        )
    if is_mean:
        dtype = draft.dtype(node.inputs[0])
        factor = np.full((1,) * rank, 1 / len(node.inputs), dtype=dtype)
        draft.add(
            "Mul", [total, draft.constant_node(f"{output}_factor", factor)], output, final=True
        )
    return True
