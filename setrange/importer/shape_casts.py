# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Taking casts off shape tensors once the network is whole (up to 8.2).

TensorRT could not cast shape tensors then, so the parser made them INT32 again; 7.0 did so
with the results of comparisons too. A shape tensor here is one whose values are known;
where it is no vector, as TensorRT's are, the prediction is marked as assumed.

Source: onnx/onnx-tensorrt 7.0 to 8.2-GA: ModelImporter.cpp, removeShapeTensorCasts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.layers.values import known_values
from setrange.network.kinds import LayerKind

if TYPE_CHECKING:
    from setrange.importer.context import ImporterContext
    from setrange.network import Layer

__all__ = ["remove_shape_casts"]

#: Layers whose output has the type of their first input.
_MOVES = frozenset(
    {LayerKind.CONCATENATION, LayerKind.GATHER, LayerKind.SHUFFLE, LayerKind.SLICE}
)


def remove_shape_casts(ctx: ImporterContext) -> None:
    """Make the outputs of casts of known integers INT32, or BOOL if they were."""
    changed: set[int] = set()
    for layer in ctx.network.layers:
        if not layer.outputs or not layer.inputs:
            continue
        dtype = _uncast(ctx, layer, changed)
        if dtype == layer.output.dtype:
            continue
        layer.output.dtype = dtype
        changed.add(id(layer.output))
        if layer.output.rank > 1:
            ctx.assume(layer)


def _uncast(ctx: ImporterContext, layer: Layer, changed: set[int]) -> str:
    """The type of a layer's output with the casts before it taken back."""
    dtype = layer.output.dtype
    source = layer.inputs[0]
    if source is None:
        return dtype
    if layer.kind in _MOVES:
        return source.dtype if id(source) in changed else dtype
    if layer.kind is LayerKind.IDENTITY and source.dtype != dtype:
        if known_values(source) is None:
            return dtype
        stays_bool = source.dtype == "bool" and ctx.profile.bool_shape_tensors
        return "bool" if stays_bool else "int32"
    if layer.kind is LayerKind.ELEMENTWISE and dtype == "bool":
        stays_bool = ctx.profile.bool_shape_tensors or known_values(layer.output) is None
        return "bool" if stays_bool else "int32"
    return dtype
