# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Layers of control flow; see ``reshaping`` for the contract of the functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.layers.selecting import selected
from setrange.importer.layers.values import (
    NotComputableError,
    elements,
    input_tensor,
    input_values,
    known_dim,
    known_values,
)
from setrange.importer.rejections import refuse, require
from setrange.importer.symbolic import Calculator

if TYPE_CHECKING:
    from setrange.importer.layers.values import Array
    from setrange.network.graph import Layer, Shape


def _chosen_branch(layer: Layer) -> int | None:
    """The input that a known condition chooses."""
    condition = known_values(layer.params["condition"])
    if condition is None or condition[0] is None:
        return None
    return 0 if condition[0] else 1


def infer_conditional_output(layer: Layer) -> list[Shape]:
    """Conditional Output: a dimension is known where both branches agree on it.

    Where the condition can be computed, the shape is that of the branch it chooses.
    """
    then, other = input_tensor(layer).shape, input_tensor(layer, 1).shape
    branch = _chosen_branch(layer)
    if branch is not None:
        return [(then, other)[branch]]
    require(len(then) == len(other), "the branches of a conditional differ in rank")
    return [tuple(a if a == b else -1 for a, b in zip(then, other, strict=True))]


def fold_conditional_output(layer: Layer) -> Array:
    """What both branches give, or the one that a known condition chooses."""
    branch = _chosen_branch(layer)
    if branch is not None:
        return input_values(layer, branch)
    then, other = input_values(layer), input_values(layer, 1)
    if then.shape != other.shape:
        raise NotComputableError
    calc = Calculator(layer.network)
    what = calc.atom("condition", id(layer.params["condition"]))
    pairs = zip(then.reshape(-1), other.reshape(-1), strict=True)
    return elements(selected(calc, what, a, b) for a, b in pairs)


def infer_iterator(layer: Layer) -> list[Shape]:
    """Iterator: the tensor without the dimension iterated over."""
    shape, axis = input_tensor(layer).shape, layer.params["axis"]
    if not 0 <= axis < len(shape):
        refuse(f"iterator: axis {axis} is outside rank {len(shape)}")
    return [shape[:axis] + shape[axis + 1 :]]


def infer_loop_output(layer: Layer) -> list[Shape]:
    """LoopOutput: the last value, or all values along a new dimension (length: input 1)."""
    shape, axis = input_tensor(layer).shape, layer.params["axis"]
    if layer.params["mode"] == "last_value":
        return [shape]
    length = layer.input_at(1)
    return [(*shape[:axis], known_dim(length), *shape[axis:])]
