# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Output shapes of layers of control flow.

Same contract as ``inference``: one function per layer kind, -1 is unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.folding import known_values
from setrange.importer.inference import known_dim, tensor_in
from setrange.importer.rejections import require

if TYPE_CHECKING:
    from setrange.network.graph import Layer, Shape

__all__ = ["infer_conditional_output", "infer_iterator", "infer_loop_output"]


def infer_conditional_output(layer: Layer) -> list[Shape]:
    """Conditional Output: a dimension is known where both branches agree on it.

    Where the condition can be computed, the shape is that of the branch it chooses.
    """
    then, other = tensor_in(layer).shape, tensor_in(layer, 1).shape
    condition = known_values(layer.params["condition"])
    if condition is not None and condition[0] is not None:
        return [then if condition[0] else other]
    require(len(then) == len(other), "the branches of a conditional differ in rank")
    return [tuple(a if a == b else -1 for a, b in zip(then, other, strict=True))]


def infer_iterator(layer: Layer) -> list[Shape]:
    """Iterator: the tensor without the dimension iterated over."""
    shape, axis = tensor_in(layer).shape, layer.params["axis"]
    require(0 <= axis < len(shape), f"iterator: axis {axis} is outside rank {len(shape)}")
    return [shape[:axis] + shape[axis + 1 :]]


def infer_loop_output(layer: Layer) -> list[Shape]:
    """LoopOutput: the last value, or all values along a new dimension (length: input 1)."""
    shape, axis = tensor_in(layer).shape, layer.params["axis"]
    if layer.params["mode"] == "last_value":
        return [shape]
    length = layer.input_at(1)
    return [(*shape[:axis], known_dim(length), *shape[axis:])]
