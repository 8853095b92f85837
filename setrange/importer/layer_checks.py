# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What layers refuse besides contradictory shapes, and casts that are taken off shape tensors.

Source: the refusals of NVIDIA's own library (TensorRT for RTX 1.4 to 1.7), in its words:
element types, ranks, floats as dimensions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.layers.table import LAYERS
from setrange.importer.layers.values import known_values
from setrange.importer.rejections import refuse, require
from setrange.network import LayerKind

if TYPE_CHECKING:
    from setrange.importer.context import ImporterContext
    from setrange.network import Layer, Tensor

#: Layers whose values TensorRT follows back to find dimensions.
_FOLLOWED = frozenset(
    {kind for kind, spec in LAYERS.items() if spec.fold} | {LayerKind.MATRIX_MULTIPLY}
)

_NO_VALUES = frozenset({LayerKind.NON_ZERO, LayerKind.NMS})

_ARITHMETIC = frozenset({"float32", "float16", "bf16", "fp8", "int8", "int32", "int64"})
_COMPUTED = frozenset({"float32", "float16", "bf16", "fp8", "fp4", "int4", "int8"})
_LOGIC = frozenset({"and", "or", "xor"})

_COMPUTING = (LayerKind.CONVOLUTION, LayerKind.DECONVOLUTION, LayerKind.POOLING)

#: Layer kind -> the fewest dimensions of its first input.
_LEAST_RANK = {LayerKind.SOFTMAX: 2, LayerKind.TOPK: 2}


def check_layer(ctx: ImporterContext, layer: Layer) -> None:
    """Refuse a layer that the library refuses when its output is asked for its dimensions."""
    kind, tensor = layer.kind, layer.input_at(0)
    if tensor is not None:
        _check_type(layer, tensor)
        least = _LEAST_RANK.get(kind, 0)
        if tensor.rank < least:
            refuse(f"{kind.value} needs {least} dimensions, the input has {tensor.rank}")
        if kind is LayerKind.DECONVOLUTION and tensor.rank > 1:
            require(tensor.shape[1] >= 0, f"{kind.value} does not take dynamic channels")
        if kind is LayerKind.GRID_SAMPLE:
            known = tensor.rank in ctx.profile.grid_sample_ranks
            require(known, f"GridSample does not take {tensor.rank} dimensions")
    for index in kind.dimensions if layer.outputs else ():
        source = layer.input_at(index)
        if source is not None:
            _check_dimensions(ctx, source)


def _check_type(layer: Layer, tensor: Tensor) -> None:
    kind = layer.kind
    allowed = _COMPUTED if kind in _COMPUTING else None
    if kind is LayerKind.ELEMENTWISE:
        op = layer.params.get("op")
        allowed = None if op in _LOGIC or op == "equal" else _ARITHMETIC
    if allowed is not None and tensor.dtype not in allowed:
        refuse(f"{kind.value} does not take {tensor.dtype}")


def _check_dimensions(ctx: ImporterContext, tensor: Tensor) -> None:
    """Follow dimensions back: none may come from a float or boolean network input."""
    stack = [tensor]
    while stack:
        current = stack.pop()
        if id(current) in ctx.followed:
            continue
        ctx.followed.add(id(current))
        layer = current.layer
        if layer is None:
            require(
                current.dtype in ("int32", "int64"),
                f"the network input {current.name!r} is used as dimensions, so it must be "
                f"INT32 or INT64, it is {current.dtype}",
            )
        elif layer.kind in _NO_VALUES and not _is_constant(layer.input_at(0)):
            refuse(f"the values that {layer.kind.value} finds cannot be dimensions")
        elif layer.kind is not LayerKind.SHAPE and layer.kind in _FOLLOWED:
            stack.extend(t for t in layer.inputs if t is not None)


def _is_constant(tensor: Tensor | None) -> bool:
    return tensor is not None and tensor.constant is not None


# -- casts that are taken off shape tensors ---------------------------------------------
#
# TensorRT could not cast shape tensors up to 8.2, so the parser made them INT32 again once the
# network was whole; 7.0 did so with the results of comparisons too. A shape tensor here is one
# whose values are known; where it is no vector, as TensorRT's are, the prediction is marked as
# assumed.
#
# Source: onnx/onnx-tensorrt 7.0 to 8.2-GA: ModelImporter.cpp, removeShapeTensorCasts.


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
