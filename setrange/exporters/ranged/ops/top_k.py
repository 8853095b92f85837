# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ArgMax and ArgMin as TopK, whose values have a name; TopK of a vector as that of a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.exporters.ranged.registry import rewriting
from setrange.network import LayerKind

if TYPE_CHECKING:
    from setrange.exporters.ranged.draft import Draft
    from setrange.model.node import Node

#: Opsets in which k became an input, and the attribute largest appeared.
_K_IS_INPUT, _LARGEST = 10, 11


@rewriting("ArgMax", "ArgMin")
def arg_extremum(draft: Draft, node: Node) -> bool:
    """The indices of TopK with k = 1."""
    smallest = node.op == "ArgMin"
    tensor = draft.tensor(node.inputs[0])
    if tensor is None or not tensor.is_float or node.attr_int("select_last_index"):
        return False
    if smallest and draft.opset < _LARGEST:
        return False
    axis, output = node.attr_int("axis"), node.outputs[0]
    keeps = bool(node.attr_int("keepdims", 1))
    inputs = [draft.operand(node.inputs[0])]
    attributes: dict[str, Any] = {"axis": axis}
    if draft.opset >= _K_IS_INPUT:
        inputs.append(draft.integers(f"{output}_k", [1]))
    else:
        attributes["k"] = 1
    if smallest:
        attributes["largest"] = 0
    values = draft.unique(f"{output}_values")
    indices = output if keeps else draft.unique(f"{output}_indices")
    draft.add(
        "TopK",
        inputs,
        [values, indices],
        same=draft.inner(node, LayerKind.TOPK),
        main=True,
        **attributes,
    )
    if not keeps:
        draft.squeeze(indices, [axis % tensor.rank], output, final=True)
    return True


@rewriting("TopK")
def top_k_of_vector(draft: Draft, node: Node) -> bool:
    """A column instead of a vector."""
    tensor = draft.tensor(node.inputs[0])
    if tensor is None or not tensor.is_float or tensor.rank != 1 or not all(node.outputs):
        return False
    values, indices = node.outputs
    column = draft.unsqueeze(
        draft.operand(node.inputs[0]), [1], f"{node.inputs[0]}_column", of=tensor
    )
    inner = [draft.unique(f"{name}_column") for name in node.outputs]
    draft.again(node, [column, *node.inputs[1:]], outputs=inner, axis=0)
    if (same := draft.tensor(values)) is not None:
        draft.same[inner[0]] = same
    draft.squeeze(inner[0], [1], values, final=True)
    draft.squeeze(inner[1], [1], indices, final=True)
    return True
