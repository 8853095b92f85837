# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the fill rules ask of a layer, read from the bindings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from setrange.model.weights import Weights
from setrange.network import LayerKind

if TYPE_CHECKING:
    from setrange.network import Layer
    from setrange.network.params import LayerParams

__all__ = ["layer_params"]

#: Kind -> class of the bindings, and parameter -> its attribute there.
_ATTRIBUTES: dict[LayerKind, tuple[str, dict[str, str]]] = {
    LayerKind.ACTIVATION: (
        "IActivationLayer",
        {"op": "type", "alpha": "alpha", "beta": "beta"},
    ),
    LayerKind.ELEMENTWISE: ("IElementWiseLayer", {"op": "op"}),
    LayerKind.MATRIX_MULTIPLY: ("IMatrixMultiplyLayer", {"op0": "op0", "op1": "op1"}),
    LayerKind.POOLING: ("IPoolingLayer", {"op": "type"}),
    LayerKind.REDUCE: ("IReduceLayer", {"op": "op"}),
    LayerKind.RESIZE: ("IResizeLayer", {"mode": "resize_mode"}),
    LayerKind.SLICE: ("ISliceLayer", {"mode": "mode"}),
    LayerKind.UNARY: ("IUnaryLayer", {"op": "op"}),
}

#: Element types numpy has too: the only ones the bindings hand out values of.
_READABLE = frozenset({"float32", "float16", "int32", "int64", "int8", "uint8", "bool"})


def layer_params(trt: Any, kind: LayerKind, source: Any, layer: Layer) -> LayerParams:
    """Return the parameters of a layer.

    Args:
        trt: The bindings.
        kind: Its kind.
        source: The ``ILayer``; the bindings show it as its own class only when told to, and
            then some hide ``ILayer.type`` behind a ``type`` of their own.
        layer: Our layer, with its outputs.
    """
    if kind is LayerKind.CONSTANT:
        source.__class__ = trt.IConstantLayer
        weights = _weights(source, layer)
        return {} if weights is None else {"weights": weights}
    if kind not in _ATTRIBUTES:
        return {}
    class_name, attributes = _ATTRIBUTES[kind]
    source.__class__ = getattr(trt, class_name)
    found = {name: _plain(getattr(source, attribute)) for name, attribute in attributes.items()}
    return cast("LayerParams", found)


def _plain(value: Any) -> Any:
    """Enum members as the importer spells them: ``ActivationType.LEAKY_RELU`` -> leaky_relu."""
    return value.name.lower() if hasattr(value, "name") else value


def _weights(source: Any, layer: Layer) -> Weights | None:
    tensor = layer.output
    if tensor.dtype not in _READABLE:
        return None

    def load() -> Any:
        import numpy as np

        return np.asarray(source.weights)

    return Weights(tensor.dtype, tuple(tensor.shape), load, name=source.name)
