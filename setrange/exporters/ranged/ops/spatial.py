# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ops that work on images only: one spatial dimension becomes two around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.exporters.ranged.registry import rewriting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.exporters.ranged.draft import Draft
    from setrange.model.node import Node

__all__ = ["around"]

_SEQUENCE = 3


def around(
    draft: Draft,
    node: Node,
    axes: Sequence[int],
    *,
    others: Sequence[str] | None = None,
    **attributes: Any,
) -> bool:
    """The same node between an Unsqueeze of its first input and a Squeeze of its output.

    Args:
        draft: The pass.
        node: The node; it has one output.
        axes: Dimensions that come and go.
        others: Its other inputs; as they are if absent.
        attributes: Attributes that become others.
    """
    name, output = node.inputs[0], node.outputs[0]
    rest = node.inputs[1:] if others is None else others
    given = draft.unsqueeze(draft.operand(name), axes, f"{name}_4d", of=draft.tensor(name))
    inner = draft.unique(f"{output}_4d")
    draft.again(node, [given, *rest], outputs=[inner], **attributes)
    if (same := draft.tensor(output)) is not None:
        draft.same[inner] = same
    draft.squeeze(inner, axes, output, final=True)
    return True


@rewriting("AveragePool", "Conv", "ConvTranspose", "MaxPool")
def one_dimension(draft: Draft, node: Node) -> bool:
    """A second spatial dimension of 1."""
    if draft.rank(node.inputs[0]) != _SEQUENCE or len(node.outputs) != 1:
        return False
    others = node.inputs[1:]
    if others:
        kernel = draft.constants.get(others[0])
        if kernel is None:
            unsqueezed = draft.unsqueeze(
                draft.operand(others[0]), [3], f"{others[0]}_4d", of=draft.tensor(others[0])
            )
            others = [unsqueezed, *others[1:]]
        else:
            others = [draft.reshaped_initializer(others[0], (*kernel.shape, 1)), *others[1:]]
    return around(draft, node, [3], others=others, **_attributes(node))


def _attributes(node: Node) -> dict[str, list[int]]:
    """Attributes of one spatial dimension as those of two."""
    units = {
        "kernel_shape": 1,
        "strides": 1,
        "dilations": 1,
        "output_padding": 0,
        "output_shape": 1,
    }
    changed = {
        name: [*node.attr_ints(name), unit] for name, unit in units.items() if node.has(name)
    }
    pads = node.attr_ints("pads")
    if len(pads) == 2:
        changed["pads"] = [pads[0], 0, pads[1], 0]
    return changed
