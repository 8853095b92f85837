# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Tensors that TensorRT computes on the host, because their values become dimensions.

Some are float: exporters divide dimensions as floats. They are never quantized.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from setrange.network.graph import Layer, Network, Tensor

__all__ = ["mark_shape_tensors"]


def mark_shape_tensors(network: Network) -> None:
    """Set ``is_shape_tensor`` on every tensor that is used for nothing but dimensions.

    An integer network input has it if anything takes it for dimensions: then TensorRT must
    know its values when the engine is built.
    """
    outputs = frozenset(network.outputs)
    for layer in reversed(network.layers):
        for tensor in layer.outputs:
            tensor.is_shape_tensor = tensor not in outputs and _is_for_dimensions(tensor)
    for tensor in network.inputs:
        tensor.is_shape_tensor = (
            _is_for_dimensions(tensor)
            if tensor.is_float
            else any(_takes_dimensions(user, tensor) for user in tensor.consumers)
        )


def _is_for_dimensions(tensor: Tensor) -> bool:
    users = tensor.consumers
    return bool(users) and all(_takes_dimensions(user, tensor) for user in users)


def _takes_dimensions(layer: Layer, tensor: Tensor) -> bool:
    dimensions = layer.kind.dimensions
    # A Concatenation may have ten thousand inputs, and none of them is looked through.
    if (
        dimensions
        and {i for i, given in enumerate(layer.inputs) if given is tensor} <= dimensions
    ):
        return True
    return layer.kind.on_host and all(t.is_shape_tensor for t in layer.outputs)
