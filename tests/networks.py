# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Small TensorRT networks by hand, as the importer builds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.model.origin import Origin
from setrange.model.weights import Weights
from setrange.network import Layer, LayerKind, NamingScheme, Network, Tensor
from setrange.ranges.model import DynamicRange, RangeEntry, RangeFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

__all__ = ["Maker", "ranges_of"]


class Maker:
    """Adds layers to a network; tensors without a name keep TensorRT's default."""

    def __init__(self, trt: str = "8.6") -> None:
        by_name = trt.startswith("10.")
        self.network = Network(
            trt=trt,
            profile=trt,
            naming=NamingScheme.LAYER_NAME if by_name else NamingScheme.LAYER_NUMBER,
        )
        self._origin: Origin | None = None

    def input(
        self, name: str, shape: tuple[int, ...] = (1, 4), dtype: str = "float32"
    ) -> Tensor:
        tensor = Tensor(name=name, dtype=dtype, shape=shape)
        tensor.onnx_value = name
        self.network.inputs.append(tensor)
        return tensor

    def node(self, op: str, *outputs: str, name: str = "") -> None:
        """Layers added from now on are made for this ONNX node."""
        self._origin = Origin(node=name, op=op, outputs=outputs)

    def add(
        self,
        kind: LayerKind,
        inputs: Sequence[Tensor | None],
        name: str | None = None,
        *,
        shape: tuple[int, ...] = (1, 4),
        dtype: str = "float32",
        layer_name: str | None = None,
        **params: Any,
    ) -> Tensor:
        """Add a layer; ``name`` = the ONNX value its output carries."""
        if name is not None and (self._origin is None or name not in self._origin.outputs):
            self.node(kind.value, name)
        layer = Layer(self.network, kind, inputs, [dtype], params=params, origin=self._origin)
        if layer_name is not None:
            layer.name = layer_name
        tensor = layer.output
        tensor.shape = shape
        if name is not None:
            tensor.name = name
            tensor.onnx_value = name
        return tensor

    def constant(
        self, values: npt.ArrayLike, initializer: str | None = None, dtype: str = "float32"
    ) -> Tensor:
        array = np.asarray(values, dtype=dtype)
        weights = Weights(
            dtype, array.shape, lambda: array, name=initializer, initializer=initializer
        )
        return self.add(
            LayerKind.CONSTANT,
            [],
            shape=array.shape,
            dtype=dtype,
            layer_name=initializer,
            weights=weights,
        )

    def output(self, *tensors: Tensor) -> Network:
        """Mark network outputs and return the network."""
        self.network.outputs += tensors
        return self.network


def ranges_of(
    values: Mapping[str, float | tuple[float, float] | None], **fields: Any
) -> RangeFile:
    """A ranges file: amax, (min, max) or nothing by name."""
    entries = {}
    for name, value in values.items():
        bounds = None
        if isinstance(value, tuple):
            bounds = DynamicRange(*value)
        elif value is not None:
            bounds = DynamicRange.symmetric(value)
        entries[name] = RangeEntry(name=name, range=bounds)
    return RangeFile(entries=entries, **fields)
