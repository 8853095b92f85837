# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Walking the model as the implicit-batch parser of TensorRT 6.0 does.

Its tensors lack the batch dimension, only node outputs are named, nothing is made unique.

Source: onnx/onnx-tensorrt 6.0: ModelImporter.cpp (importInputs, importNode, importModel).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.implicit.helpers import remove_batch
from setrange.importer.network_ends import element_type, mark_outputs
from setrange.importer.node_order import import_order
from setrange.importer.registry import find_importer
from setrange.importer.rejections import refuse, require
from setrange.model.external import has_raw_data, is_external
from setrange.network import Tensor

if TYPE_CHECKING:
    from onnx import GraphProto, TensorProto, ValueInfoProto

    from setrange.importer.op_context import OpContext
    from setrange.model.node import Node
    from setrange.model.weights import Weights

__all__ = ["import_implicit_batch"]

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
        require(
            readable and 0 not in tensor.dims,
            f"initializer {tensor.name!r} has no data this parser can read",
        )
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
    require(
        all(d != 0 for d in dims[1:]),
        f"input {value.name!r} is dynamic in more than the batch dimension",
    )
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
