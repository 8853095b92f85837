# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Reductions that are arithmetic around one Reduce layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.exporters.ranged.registry import rewriting
from setrange.network import LayerKind

if TYPE_CHECKING:
    from setrange.exporters.ranged.draft import Draft
    from setrange.model.node import Node


@rewriting("ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare")
def reduction(draft: Draft, node: Node) -> bool:
    """What comes before the sum, the sum, what comes after it."""
    axes = _axes(draft, node)
    if axes is None:
        return False
    output = node.outputs[0]
    value = _before(draft, node, draft.operand(node.inputs[0]))
    after = {"ReduceL2": "Sqrt", "ReduceLogSum": "Log", "ReduceLogSumExp": "Log"}.get(node.op)
    total = draft.reduce_sum(
        value,
        axes,
        output if after is None else f"{output}_sum",
        keepdims=bool(node.attr_int("keepdims", 1)),
        same=None if after is None else draft.inner(node, LayerKind.REDUCE),
        final=after is None,
    )
    if after is not None:
        draft.add(after, [total], output, final=True, main=True)
    return True


def _before(draft: Draft, node: Node, value: str) -> str:
    output = node.outputs[0]
    if node.op in ("ReduceL2", "ReduceSumSquare"):
        same = draft.inner(node, LayerKind.ELEMENTWISE)
        return draft.add("Mul", [value, value], f"{output}_squares", same=same)
    op = {"ReduceL1": "Abs", "ReduceLogSumExp": "Exp"}.get(node.op)
    if op is None:
        return value
    same = draft.inner(node, LayerKind.UNARY)
    return draft.add(op, [value], f"{output}_{op.lower()}", same=same)


def _axes(draft: Draft, node: Node) -> list[int] | None:
    """The axes the node names, all where it names none; ``None`` if nobody knows them."""
    rank = draft.rank(node.inputs[0])
    if rank is None:
        return None
    if node.has("axes"):
        return node.attr_ints("axes")
    given = node.inputs[1] if len(node.inputs) > 1 else ""
    if not given:
        return None if node.attr_int("noop_with_empty_axes") else list(range(rank))
    constant = draft.constants.get(given)
    return constant.ints() if constant is not None and constant.count else None
