# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Follows a tensor back to its producer: whose values it carries, which constant it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.network.kinds import LayerKind

if TYPE_CHECKING:
    import numpy.typing as npt

    from setrange.network.graph import Layer, Tensor

__all__ = ["COPIES", "constant_values", "is_constant", "number", "producer"]

#: Layers whose output holds exactly the values of their input.
COPIES = frozenset(
    {
        LayerKind.CAST,
        LayerKind.IDENTITY,
        LayerKind.SHUFFLE,
        LayerKind.SQUEEZE,
        LayerKind.UNSQUEEZE,
    }
)


def producer(tensor: Tensor | None) -> Layer | None:
    """Return the layer that computed the values, looking through copies."""
    while tensor is not None:
        layer = tensor.layer
        if layer is None or layer.kind not in COPIES:
            return layer
        tensor = layer.input_at(0)
    return None


def is_constant(tensor: Tensor | None) -> bool:
    """True for a Constant layer's output and copies of it."""
    layer = producer(tensor)
    return layer is not None and layer.kind is LayerKind.CONSTANT


def constant_values(tensor: Tensor | None) -> npt.NDArray[Any] | None:
    """Return the values of a constant in the tensor's shape, or ``None`` for anything else."""
    if tensor is None or tensor.layer is None:
        return None
    layer = tensor.layer
    if layer.kind is LayerKind.CONSTANT:
        weights = tensor.constant
        return None if weights is None else weights.data().reshape(tensor.shape)
    if layer.kind not in COPIES or layer.params.get("second_transpose") is not None:
        return None
    values = constant_values(layer.input_at(0))
    if values is None or -1 in tensor.shape:
        return None
    first = layer.params.get("first_transpose")
    if first is not None:
        values = values.transpose(first)
    return values.reshape(tensor.shape)


def number(tensor: Tensor | None) -> float | None:
    """Return the value of a float constant of one element, ``None`` for anything else."""
    layer = producer(tensor)
    if layer is None or layer.kind is not LayerKind.CONSTANT:
        return None
    weights = layer.output.constant
    if weights is None or weights.count != 1 or not weights.is_float:
        return None
    return float(weights.data().reshape(-1)[0])
