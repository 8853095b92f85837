# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ranges and precisions that an ONNX file written by TensorRT's tools carries.

Where ``producer_name`` is ``TensorRT``, the parser reads the node attributes
``trt_outputs_range_min``/``_max``, ``trt_outputs_loc`` and ``trt_layer_precision``, and sets
them on the tensors and layers of those names after the parse.

Source: onnx/onnx-tensorrt 7.0 to 10.10: ModelImporter.cpp (setStringMap, importModel).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeVar

from setrange.importer.rejections import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.model.node import Node

__all__ = ["Annotations"]

T = TypeVar("T", str, float)


class Annotations:
    """What the nodes of one model say about their output tensors and layers."""

    def __init__(self, labels_fall_back: bool) -> None:
        self._labels_fall_back = labels_fall_back
        self._minima: dict[str, float] = {}
        self._maxima: dict[str, float] = {}
        self._locations: dict[str, str] = {}
        self._layers: set[str] = set()

    @classmethod
    def of_model(cls, ctx: ImporterContext) -> Annotations | None:
        """Return an empty collection, or ``None`` for a model of another producer."""
        if ctx.model.proto.producer_name != "TensorRT":
            return None
        return cls(ctx.profile.node_label_fallback)

    def collect(self, node: Node) -> None:
        """Record what a node of the main graph says."""
        _record(self._locations, node, node.attr_strs("trt_outputs_loc"))
        _record(self._minima, node, node.attr_floats("trt_outputs_range_min"))
        _record(self._maxima, node, node.attr_floats("trt_outputs_range_max"))
        if node.has("trt_layer_precision"):
            self._layers.add(node.label if self._labels_fall_back else node.name)

    def apply(self, ctx: ImporterContext) -> None:
        """Set the ranges on the finished network; refuses names it does not have."""
        network = ctx.network
        tensors = {tensor.name for tensor in network.tensors()}
        for name in (*self._locations, *self._minima):
            require(name in tensors, f"the model annotates {name!r}, which is no tensor")
        for name, low in self._minima.items():
            if not math.isnan(low):
                require(
                    name in self._maxima, f"the range of {name!r} has a minimum but no maximum"
                )
                network.annotations[name] = (low, self._maxima[name])
        layers = {layer.name for layer in network.layers}
        for name in self._layers:
            require(name in layers, f"the model annotates {name!r}, which is no layer")


def _record(known: dict[str, T], node: Node, values: Sequence[T]) -> None:
    require(
        len(values) <= len(node.outputs),
        f"node {node.label!r} annotates {len(values)} outputs, it has {len(node.outputs)}",
    )
    for name, value in zip(node.outputs, values, strict=False):
        require(
            name not in known or known[name] == value,
            f"tensor {name!r} is annotated twice, differently",
        )
        known[name] = value
