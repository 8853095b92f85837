# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Taking casts off shape tensors once the network is whole (up to 8.2).

TensorRT could not cast shape tensors then, so the parser made them INT32 again; 7.0 did so
with the results of comparisons too. A shape tensor here is one whose values are known.

Source: onnx/onnx-tensorrt 7.0 to 8.2-GA: ModelImporter.cpp, removeShapeTensorCasts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.folding import known_values
from setrange.network.kinds import LayerKind

if TYPE_CHECKING:
    from setrange.importer.context import ImporterContext
    from setrange.network import Layer

__all__ = ["remove_shape_casts"]


def remove_shape_casts(ctx: ImporterContext) -> None:
    """Make the outputs of casts of known integers INT32, or BOOL if they were."""
    for layer in ctx.network.layers:
        if layer.kind is LayerKind.IDENTITY:
            _uncast(ctx, layer)
        elif not ctx.profile.bool_shape_tensors and _is_known_comparison(layer):
            layer.output.dtype = "int32"


def _uncast(ctx: ImporterContext, layer: Layer) -> None:
    source = layer.inputs[0]
    if source is None or source.dtype == layer.output.dtype or known_values(source) is None:
        return
    stays_bool = source.dtype == "bool" and ctx.profile.bool_shape_tensors
    layer.output.dtype = "bool" if stays_bool else "int32"


def _is_known_comparison(layer: Layer) -> bool:
    is_comparison = layer.kind is LayerKind.ELEMENTWISE and layer.output.dtype == "bool"
    return is_comparison and known_values(layer.output) is not None
