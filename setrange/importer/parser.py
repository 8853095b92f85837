# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Walking the model as TensorRT's parser does.

Source: onnx/onnx-tensorrt 7.0 to 10.10: ModelImporter.cpp (importModel, parseGraph, parseNode).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.errors import ModelError, ParserRefusedError, UnsupportedOpError
from setrange.importer.context import ImporterContext
from setrange.importer.helpers.tensors import MAX_DIMS, identity, type_name
from setrange.importer.implicit_batch import import_implicit_batch
from setrange.importer.profiles import get_profile
from setrange.importer.refusal import refuse, require
from setrange.importer.registry import Entry, find_importer
from setrange.model.constants import DTYPE_NAMES
from setrange.model.loading import Model, load_model
from setrange.model.node import Node
from setrange.model.toposort import parse_order
from setrange.model.weights import Weights
from setrange.network import Network, Tensor
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from onnx import AttributeProto, GraphProto, ValueInfoProto

    from setrange.importer.registry import Value

__all__ = ["import_model", "import_network", "parse_graph", "parse_node"]

#: Depth of nested subgraphs at which 10.x refuses the model.
MAX_NESTED_SUBGRAPHS = 24

#: What registries an op that no importer handles is looked up in: plugin creators.
FALLBACK = "FallbackPluginImporter"


def import_network(
    model_path: str | Path, trt: str = "8.6", *, native_instance_norm: bool = False
) -> Network:
    """Predict the network that TensorRT's ONNX parser makes of a model.

    Args:
        model_path: The ONNX file.
        trt: TensorRT version, e.g. ``"8.6"`` or ``"10.3.0"``.
        native_instance_norm: The parser flag that trtexec sets on 8.x.

    Returns:
        The predicted network, layer by layer.

    Raises:
        ModelError: The file is not a readable ONNX model.
        ParserRefusedError: TensorRT's parser of that version refuses the model.
        UnsupportedVersionError: No parser profile for that version.
    """
    return import_model(
        load_model(model_path), TrtVersion.parse(trt), native_instance_norm=native_instance_norm
    )


def import_model(
    model: Model, version: TrtVersion, *, native_instance_norm: bool = False
) -> Network:
    """Predict the network of a loaded model; see ``import_network``."""
    profile = get_profile(version.profile)
    network = Network(
        trt=str(version), profile=profile.name, naming=profile.naming, model=str(model.path)
    )
    ctx = ImporterContext(model, profile, network)
    ctx.native_instance_norm = native_instance_norm
    for function in model.proto.functions:
        ctx.functions.setdefault(function.name, function)
    try:
        graph = model.graph
        if profile.implicit_batch:
            import_implicit_batch(ctx, graph)
            return network
        for output in graph.output:
            ctx.register_tensor(None, output.name)
        _import_inputs(ctx, graph)
        parse_graph(ctx, graph)
        _mark_outputs(ctx, graph)
    except ParserRefusedError as e:
        raise _explained(ctx, e) from e
    return network


def _explained(ctx: ImporterContext, error: ParserRefusedError) -> ParserRefusedError:
    """Say where and in which version the parser refuses."""
    node = ctx.node
    where = f"node {node.label!r} ({node.op}): " if node is not None else ""
    return ParserRefusedError(
        error.rule,
        f"TensorRT {ctx.network.trt}'s ONNX parser refuses {ctx.model.path.name}: "
        f"{where}{error.rule}",
    )


def _import_inputs(ctx: ImporterContext, graph: GraphProto) -> None:
    initializers = {tensor.name for tensor in graph.initializer}
    for value in graph.input:
        if value.name in initializers:
            ctx.register_tensor(None, value.name)
            continue
        dtype = ctx.trt_dtype(_element_type(value))
        dims = tuple(
            d.dim_value if d.HasField("dim_value") and d.dim_value >= 0 else -1
            for d in value.type.tensor_type.shape.dim
        )
        require(
            len(dims) <= MAX_DIMS, f"input {value.name!r} has more than {MAX_DIMS} dimensions"
        )
        tensor = ctx.net.add_input(value.name, dtype, dims)
        ctx.register_tensor(tensor, value.name)


def _element_type(value: ValueInfoProto) -> str:
    return DTYPE_NAMES.get(value.type.tensor_type.elem_type, "undefined")


def parse_graph(
    ctx: ImporterContext,
    graph: GraphProto,
    bound: Mapping[str, AttributeProto] | None = None,
) -> None:
    """Import a graph's initializers and nodes, in the parser's order."""
    for tensor in graph.initializer:
        ctx.register_tensor(ctx.weights(tensor), tensor.name)
    nodes = [Node(proto, i, bound) for i, proto in enumerate(graph.node)]
    try:
        order = parse_order(nodes, skip_empty_outputs=ctx.profile.skip_empty_outputs)
    except ModelError as e:
        raise ModelError(f"{ctx.model.path}: {e}") from e
    graph_outputs = {value.name for value in graph.output}
    for position in order:
        parse_node(ctx, nodes[position], graph_outputs)


def parse_node(ctx: ImporterContext, node: Node, graph_outputs: set[str]) -> None:
    """Import one node and bind its outputs."""
    if ctx.nested_depth > MAX_NESTED_SUBGRAPHS and ctx.profile.exact_output_count:
        refuse("the graph is nested more deeply than TensorRT allows")
    outer, ctx.node = ctx.node, node
    outer_origin, ctx.net.origin = ctx.net.origin, node.origin
    entry = _entry_for(ctx, node)
    handler = entry.importer
    if handler is None:
        raise UnsupportedOpError(_not_modelled(ctx, node))
    outputs = list(handler(ctx, node, _gather_inputs(ctx, node)))
    _check_outputs(ctx, node, outputs)
    _bind_outputs(ctx, node, outputs, graph_outputs)
    ctx.node, ctx.net.origin = outer, outer_origin


def _entry_for(ctx: ImporterContext, node: Node) -> Entry:
    entry = find_importer(node.op, ctx.profile.name)
    if entry is None and node.op in ctx.functions:
        entry = find_importer("LocalFunctionImporter", ctx.profile.name)
    if entry is None:
        entry = find_importer(FALLBACK, ctx.profile.name)
    if entry is None:
        raise UnsupportedOpError(_not_modelled(ctx, node))
    return entry


def _not_modelled(ctx: ImporterContext, node: Node) -> str:
    return (
        f"{ctx.model.path.name}: op {node.op} (node {node.label!r}) is not modelled for "
        f"TensorRT {ctx.profile.name}; see `setrange ops`"
    )


def _gather_inputs(ctx: ImporterContext, node: Node) -> list[Value]:
    inputs: list[Value] = []
    for name in node.inputs:
        if not name:
            inputs.append(None)
            continue
        require(
            name in ctx.values, f"input {name!r} is not produced by any node or initializer"
        )
        value = ctx.values[name]
        if (
            isinstance(value, Weights)
            and value.dtype == "uint8"
            and ctx.profile.converts_uint8_inputs
            and node.op not in ("QuantizeLinear", "DequantizeLinear")
        ):
            value = value.converted("int32").renamed(None)
            ctx.values[name] = value
        inputs.append(value)
    return inputs


def _check_outputs(ctx: ImporterContext, node: Node, outputs: list[Value]) -> None:
    for output in outputs:
        if isinstance(output, Tensor):
            _ = output.shape  # a contradiction is found here, as by the error recorder
    named = sum(1 for name in node.outputs if name)
    if ctx.profile.exact_output_count:
        require(
            named == len(outputs),
            f"the node has {named} outputs, TensorRT makes {len(outputs)}",
        )
    elif ctx.profile.checks_output_count:
        require(
            len(node.outputs) <= len(outputs),
            f"the node has {len(node.outputs)} outputs, TensorRT makes {len(outputs)}",
        )


def _bind_outputs(
    ctx: ImporterContext, node: Node, outputs: list[Value], graph_outputs: set[str]
) -> None:
    names = node.outputs
    if ctx.profile.exact_output_count:
        names = [name for name in names if name]
    require(len(names) <= len(outputs), "the node has more outputs than TensorRT makes")
    for name, output in zip(names, outputs, strict=False):
        if output is None or not name:
            continue
        ctx.register_tensor(output, name)
        if ctx.profile.checks_uint8 and type_name(ctx, output) == "UINT8":
            allowed = name in graph_outputs or (
                ctx.profile.exact_output_count and node.op == "Constant"
            )
            require(allowed, "TensorRT does not support UINT8 types for intermediate tensors")


def _mark_outputs(ctx: ImporterContext, graph: GraphProto) -> None:
    """Name and mark the network's outputs."""
    ctx.net.origin = None
    for value in graph.output:
        ctx.node = None
        require(value.name in ctx.values, f"output {value.name!r} is not produced by any node")
        bound = ctx.values[value.name]
        require(bound is not None, f"output {value.name!r} is not produced by any node")
        tensor = ctx.to_tensor(bound)
        tensor.name = value.name
        if tensor.is_network_input:
            # TensorRT does not allow an input to be an output: the input is renamed.
            tensor.name = f"__{value.name}"
            copy = identity(ctx, tensor)
            tensor = ctx.to_tensor(copy)
            tensor.name = value.name
            tensor.onnx_value = value.name
        ctx.network.outputs.append(tensor)
        dtype = ctx.trt_dtype(_element_type(value))
        require(
            tensor.dtype != "int32" or dtype == "int32",
            f"output {value.name!r} is INT32, so its type in the model must be INT32 too",
        )
        tensor.dtype = dtype
