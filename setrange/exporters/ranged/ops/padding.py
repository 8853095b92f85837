# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Pad with a value that the parser makes a Constant layer of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.exporters.ranged.registry import rewriting

if TYPE_CHECKING:
    from setrange.exporters.ranged.draft import Draft
    from setrange.model.node import Node

_VALUE = 2


@rewriting("Pad")
def pad(draft: Draft, node: Node) -> bool:
    """The value as a Constant node."""
    if len(node.inputs) <= _VALUE or draft.data(node.inputs[_VALUE]) is None:
        return False
    inputs = [
        draft.operand(name) if i in (0, _VALUE) else name for i, name in enumerate(node.inputs)
    ]
    draft.again(node, inputs)
    return True
