# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Walking the model as the implicit-batch parser of TensorRT 6.0 does, and what its ops share.

Its tensors lack the batch dimension, only node outputs are named, nothing is made unique.

Source: onnx/onnx-tensorrt 6.0: ModelImporter.cpp (importInputs, importNode, importModel).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from setrange.importer.network_ends import element_type, mark_outputs
from setrange.importer.node_order import import_order
from setrange.importer.registry import find_importer
from setrange.importer.rejections import refuse, require
from setrange.model.external import has_raw_data, is_external
from setrange.model.weights import Weights
from setrange.network import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onnx import GraphProto, TensorProto, ValueInfoProto

    from setrange.importer.op_context import OpContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Shape
    from setrange.network.modes import ScaleMode

_INPUT_TYPES = ("float32", "int8", "float16", "int32")


def import_implicit_batch(ctx: OpContext, graph: GraphProto) -> None:
    """Import the whole graph."""
    _import_inputs(ctx, graph)
    nodes = ctx.model.nodes()
    order = import_order(nodes, ctx.model.path, skip_empty_outputs=False)
    outputs = {value.name for value in graph.output}
    for position in order:
        _import_node(ctx, nodes[position], outputs)
    mark_outputs(ctx, graph)


def _weights(ctx: OpContext, tensor: TensorProto) -> Weights:
    if is_external(tensor):
        ctx.assume_embedded_weights()
    else:
        # Asking for the bytes themselves would copy them.
        readable = has_raw_data(tensor) or any(
            len(values) for values in (tensor.float_data, tensor.int32_data, tensor.int64_data)
        )
        complete = readable and 0 not in tensor.dims
        require(complete, f"initializer {tensor.name!r} has no data this parser can read")
    return ctx.model.weights(tensor)


def _import_inputs(ctx: OpContext, graph: GraphProto) -> None:
    initializers: dict[str, TensorProto] = {}
    for tensor in graph.initializer:
        require(tensor.name not in initializers, f"two initializers are called {tensor.name!r}")
        initializers[tensor.name] = tensor
    for value in graph.input:
        require(value.name not in ctx.values, f"two inputs are called {value.name!r}")
        if value.name in initializers:
            ctx.values[value.name] = _weights(ctx, initializers[value.name])
        else:
            ctx.values[value.name] = _import_input(ctx, value)
    for name, tensor in initializers.items():
        if name not in ctx.values:
            ctx.values[name] = _weights(ctx, tensor)


def _import_input(ctx: OpContext, value: ValueInfoProto) -> Tensor:
    dtype = element_type(value)
    require(
        dtype in _INPUT_TYPES,
        f"input {value.name!r} has type {dtype}, not one of {_INPUT_TYPES}",
    )
    dims = [d.dim_value for d in value.type.tensor_type.shape.dim]
    require(dims, f"input {value.name!r} is a scalar; it needs a batch dimension")
    fixed = all(d != 0 for d in dims[1:])
    require(fixed, f"input {value.name!r} is dynamic in more than the batch dimension")
    require(len(dims) < 8, f"input {value.name!r} has too many dimensions")
    return ctx.net.add_input(value.name, dtype, remove_batch(dims))


def _import_node(ctx: OpContext, node: Node, graph_outputs: set[str]) -> None:
    ctx.current, ctx.net.origin = node, node.origin
    layer_count = len(ctx.network.layers)
    for name in node.inputs:
        known = name in ctx.values
        require(known, f"input {name!r} is not produced by any node or initializer")
    ctx.inputs = [ctx.values[name] for name in node.inputs]
    entry = find_importer(node.op, ctx.profile.name)
    if entry is None:
        refuse(f"the parser has no importer for the op {node.op}")
    outputs = entry.run(ctx)
    require(len(outputs) <= len(node.outputs), "the node has too few outputs")
    is_graph_output = any(name in graph_outputs for name in node.outputs)
    for name, value in zip(node.outputs, outputs, strict=False):
        if value is None:
            continue
        if not isinstance(value, Tensor) and is_graph_output:
            value = ctx.net.add_constant(value, remove_batch(value.shape)).output
        require(name not in ctx.values, f"two values are called {name!r}")
        if isinstance(value, Tensor):
            _ = value.shape  # a contradiction is found here
            value.name = value.onnx_value = name
        else:
            value = value.renamed(name)
        ctx.values[name] = value
    if ctx.expected is not None:
        ctx.expected.check(ctx.network.layers[layer_count:])


# -- shapes and layers that importers have in common ------------------------------------


def volume(shape: Sequence[int]) -> int:
    """Number of elements; 0 for a scalar, as this parser counts."""
    return math.prod(shape) if len(shape) else 0


def remove_batch(dims: Sequence[int]) -> Shape:
    """Drop the first dimension; what would be a scalar becomes (1,)."""
    require(len(dims) > 0, "a scalar has no batch dimension")
    return tuple(dims[1:]) or (1,)


def convert_axis(axis: int, rank: int) -> int:
    """ONNX axis -> TensorRT axis without the batch dimension."""
    converted = axis + rank if axis < 0 else axis - 1
    require(0 <= converted < rank, f"axis {axis} is the batch dimension or outside rank {rank}")
    return converted


def weights_of(value: Value, what: str) -> Weights:
    """The value as weights; this parser demands initializers in many places."""
    if not isinstance(value, Weights):
        refuse(f"{what} must be an initializer")
    return value


def with_shape(weights: Weights, shape: Sequence[int]) -> Weights:
    """The same values under another shape."""
    return weights.derived(lambda data: data, weights.dtype, tuple(shape))


def transpose(ctx: OpContext, tensor: Tensor, perm: Sequence[int]) -> Tensor:
    """Transpose, as a plain reshape where no data moves."""
    shape = tensor.shape
    moved = [source for source in perm if shape[source] != 1]
    if moved != sorted(moved):
        return ctx.net.add_shuffle(tensor, first_transpose=tuple(perm)).output
    return ctx.net.add_shuffle(tensor, reshape=tuple(shape[i] for i in perm)).output


def add_scale(
    ctx: OpContext,
    tensor: Tensor,
    mode: ScaleMode,
    *,
    shift: Weights | None = None,
    scale: Weights | None = None,
    power: Weights | None = None,
) -> Tensor:
    """A Scale layer; tensors that are not 3-D or 4-D are reshaped around it."""
    original = tensor.shape
    if len(original) not in (3, 4):
        dims = [*original, *[1] * (3 - len(original))]
        tensor = ctx.reshape(tensor, [*dims[:2], math.prod(dims[2:])])
    types = {w.dtype for w in (shift, scale, power) if w is not None and w.count}
    require(len(types) == 1, "the weights of a Scale layer differ in type, or are empty")
    result = ctx.net.add_scale(tensor, mode, shift, scale, power).output
    return ctx.reshape(result, original)
