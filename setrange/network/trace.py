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


#: More copies in a row than any exporter writes. To follow each of 50,000 to its beginning
#: would take minutes.
_MOST_COPIES = 128


def producer(tensor: Tensor | None) -> Layer | None:
    """Return the layer that computed the values, looking through copies.

    Where more than 128 stand in a row, the answer is one of them.
    """
    layer = None
    for _ in range(_MOST_COPIES):
        layer = None if tensor is None else tensor.layer
        if layer is None or layer.kind not in COPIES:
            break
        tensor = layer.input_at(0)
    return layer


def is_constant(tensor: Tensor | None) -> bool:
    """True for a Constant layer's output and copies of it."""
    layer = producer(tensor)
    return layer is not None and layer.kind is LayerKind.CONSTANT


def constant_values(tensor: Tensor | None) -> npt.NDArray[Any] | None:
    """Return the values of a constant in the tensor's shape, or ``None`` for anything else."""
    copies: list[Layer] = []
    layer = None if tensor is None else tensor.layer
    while layer is not None and layer.kind in COPIES and len(copies) < _MOST_COPIES:
        if layer.params.get("second_transpose") is not None or -1 in layer.output.shape:
            return None
        copies.append(layer)
        data = layer.input_at(0)
        layer = None if data is None else data.layer
    if layer is None or layer.kind is not LayerKind.CONSTANT or layer.output.constant is None:
        return None
    values = layer.output.constant.data().reshape(layer.output.shape)
    for copy in reversed(copies):
        first = copy.params.get("first_transpose")
        values = values if first is None else values.transpose(first)
        values = values.reshape(copy.output.shape)
    return values


def number(tensor: Tensor | None) -> float | None:
    """Return the value of a float constant of one element, ``None`` for anything else."""
    layer = producer(tensor)
    if layer is None or layer.kind is not LayerKind.CONSTANT:
        return None
    weights = layer.output.constant
    if weights is None or weights.count != 1 or not weights.is_float:
        return None
    return float(weights.data().reshape(-1)[0])
