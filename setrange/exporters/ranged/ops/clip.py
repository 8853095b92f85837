# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Clip with a bound that is absent or computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from setrange.exporters.ranged.known_model import FLOATS
from setrange.exporters.ranged.registry import rewriting
from setrange.network import LayerKind

if TYPE_CHECKING:
    from setrange.exporters.ranged.draft import Draft
    from setrange.model.node import Node


@rewriting("Clip")
def clip(draft: Draft, node: Node) -> bool:
    """An absent bound is the type's limit, which makes one layer; else Max and Min."""
    dtype, rank = draft.dtype(node.inputs[0]), draft.rank(node.inputs[0])
    if dtype not in FLOATS or rank is None:
        return False
    x, *bounds = node.inputs
    low, high = (*bounds, "", "")[:2]
    if all(name in draft.constants for name in (low, high) if name):
        limit = np.finfo(dtype).max
        low = low or draft.initializer(f"{node.outputs[0]}_min", np.array(-limit, dtype=dtype))
        high = high or draft.initializer(f"{node.outputs[0]}_max", np.array(limit, dtype=dtype))
        draft.again(node, [draft.operand(x), low, high])
        return True
    return _by_elements(draft, node, low, high, rank)


def _by_elements(draft: Draft, node: Node, low: str, high: str, rank: int) -> bool:
    if any(name and draft.rank(name) is None for name in (low, high)):
        return False
    value, output = draft.operand(node.inputs[0]), node.outputs[0]
    if low:
        value = draft.add(
            "Max",
            [value, draft.operand(low, rank)],
            f"{output}_above" if high else output,
            same=draft.inner(node, LayerKind.ELEMENTWISE) if high else None,
            final=not high,
            main=not high,
        )
    if high:
        draft.add("Min", [value, draft.operand(high, rank)], output, final=True, main=True)
    return True
