# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A node's inputs by position: missing ones refuse the model instead of crashing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.rejections import refuse
from setrange.model.weights import Weights
from setrange.network import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.value import Value

__all__ = ["optional", "present", "required", "required_tensor", "required_weights"]


def required(inputs: Sequence[Value], index: int) -> Tensor | Weights:
    """Return input ``index``; refuses a node that lacks it."""
    value = optional(inputs, index)
    if value is None:
        refuse(f"the node has no input {index}, which TensorRT requires")
    return value


def optional(inputs: Sequence[Value], index: int) -> Value:
    """Return input ``index``, ``None`` where the node has none."""
    return inputs[index] if index < len(inputs) else None


def present(inputs: Sequence[Value], index: int) -> bool:
    """True if the node has input ``index``, and values in it if it is an initializer."""
    value = optional(inputs, index)
    return value is not None and not (isinstance(value, Weights) and not value.count)


def required_tensor(inputs: Sequence[Value], index: int) -> Tensor:
    """Return input ``index``, which must not be an initializer."""
    value = required(inputs, index)
    if not isinstance(value, Tensor):
        refuse(f"input {index} must not be an initializer")
    return value


def required_weights(inputs: Sequence[Value], index: int) -> Weights:
    """Return input ``index``, which must be an initializer."""
    value = required(inputs, index)
    if not isinstance(value, Weights):
        refuse(f"input {index} must be an initializer")
    return value
