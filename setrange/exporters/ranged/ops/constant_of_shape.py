# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ConstantOfShape as a Constant that is expanded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from setrange.exporters.ranged.known_model import FLOATS
from setrange.exporters.ranged.registry import rewriting
from setrange.model.constants import array_of

if TYPE_CHECKING:
    from setrange.exporters.ranged.draft import Draft
    from setrange.model.node import Node

#: Opset in which Expand appeared.
_EXPAND = 8


@rewriting("ConstantOfShape")
def constant_of_shape(draft: Draft, node: Node) -> bool:
    """One element of as many dimensions as the shape has."""
    output = draft.tensor(node.outputs[0])
    if output is None or output.dtype not in FLOATS or draft.opset < _EXPAND:
        return False
    value = node.attr_tensor("value")
    number = 0.0
    if value is not None:
        values = array_of(value, draft.base).reshape(-1)
        if not values.size:
            return False
        number = values[0]
    element = np.full((1,) * output.rank, number, dtype=output.dtype)
    constant = draft.constant_node(f"{node.outputs[0]}_value", element, same=output)
    shape = draft.operand(node.inputs[0])
    draft.add("Expand", [constant, shape], node.outputs[0], final=True, main=True)
    return True
