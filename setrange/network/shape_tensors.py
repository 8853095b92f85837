# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Tensors that TensorRT computes on the host, because their values become dimensions.

Some are float: exporters divide dimensions as floats. They are never quantized.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.network.kinds import LayerKind

if TYPE_CHECKING:
    from setrange.network.graph import Layer, Network, Tensor

__all__ = ["mark_shape_tensors"]

#: Inputs that a layer takes as dimensions, by kind.
_DIMENSIONS: dict[LayerKind, frozenset[int]] = {
    LayerKind.FILL: frozenset({0}),
    LayerKind.ONE_HOT: frozenset({2}),
    LayerKind.RESIZE: frozenset({1}),
    LayerKind.SHUFFLE: frozenset({1}),
    LayerKind.SLICE: frozenset({1, 2, 3}),
    LayerKind.SQUEEZE: frozenset({1}),
    LayerKind.TOPK: frozenset({1}),
    LayerKind.TRIP_LIMIT: frozenset({0}),
    LayerKind.UNSQUEEZE: frozenset({1}),
}

#: Layers that TensorRT can compute on the host.
_ON_HOST = frozenset(
    {
        LayerKind.CAST,
        LayerKind.CONCATENATION,
        LayerKind.CONSTANT,
        LayerKind.ELEMENTWISE,
        LayerKind.FILL,
        LayerKind.GATHER,
        LayerKind.IDENTITY,
        LayerKind.REDUCE,
        LayerKind.SELECT,
        LayerKind.SHUFFLE,
        LayerKind.SLICE,
        LayerKind.SQUEEZE,
        LayerKind.UNARY,
        LayerKind.UNSQUEEZE,
    }
)


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
    dimensions = _DIMENSIONS.get(layer.kind)
    # A Concatenation may have ten thousand inputs, and none of them is looked through.
    if (
        dimensions
        and {i for i, given in enumerate(layer.inputs) if given is tensor} <= dimensions
    ):
        return True
    return layer.kind in _ON_HOST and all(t.is_shape_tensor for t in layer.outputs)
