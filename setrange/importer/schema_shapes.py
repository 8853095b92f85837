# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Shapes of an op that TensorRT lacks and ONNX defines, as ONNX infers them for one node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.model.constants import DTYPE_NAMES
from setrange.network import MAX_DIMS
from setrange.network.trace import constant_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onnx import TypeProto

    from setrange.importer.context import ImporterContext
    from setrange.model.node import Node
    from setrange.network import Shape, Tensor

__all__ = ["shapes_by_schema"]

#: Larger constants are no operands of shape arithmetic.
_MOST_VALUES = 1024


def shapes_by_schema(
    ctx: ImporterContext, node: Node, tensors: Sequence[Tensor | None]
) -> list[tuple[Shape, str]]:
    """Return (shape, type) per output, or nothing where ONNX does not define the op.

    Args:
        ctx: The import.
        node: The node.
        tensors: Its inputs.
    """
    import onnx
    from onnx import defs, helper, numpy_helper, shape_inference

    if node.domain not in ("", "ai.onnx") or len(tensors) != len(node.inputs):
        return []
    elements = {name: element for element, name in reversed(DTYPE_NAMES.items())}
    types, data = {}, {}
    for name, tensor in zip(node.inputs, tensors, strict=True):
        if tensor is None or tensor.dtype not in elements:
            continue
        dims = [None if dim < 0 else dim for dim in tensor.shape]
        types[name] = helper.make_tensor_type_proto(elements[tensor.dtype], dims)
        values = None if tensor.is_float else constant_values(tensor)
        if values is not None and values.size <= _MOST_VALUES:
            data[name] = numpy_helper.from_array(values, name)
    try:
        schema = defs.get_schema(node.op, ctx.opset, "")
        found = shape_inference.infer_node_outputs(
            schema, node.proto, types, data, opset_imports=[helper.make_opsetid("", ctx.opset)]
        )
    except (onnx.shape_inference.InferenceError, defs.SchemaError, RuntimeError, ValueError):
        return []
    outputs = [_shape(ctx, found[name]) for name in node.outputs if name in found]
    return [output for output in outputs if output is not None]


def _shape(ctx: ImporterContext, kind: TypeProto) -> tuple[Shape, str] | None:
    tensor = kind.tensor_type
    if not tensor.HasField("shape") or len(tensor.shape.dim) > MAX_DIMS:
        return None
    dims = tuple(d.dim_value if d.HasField("dim_value") else -1 for d in tensor.shape.dim)
    return dims, ctx.trt_dtype(DTYPE_NAMES.get(tensor.elem_type, "undefined"))
