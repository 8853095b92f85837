# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Imports a model node by node, in the order of TensorRT's parser.

Source: onnx/onnx-tensorrt 7.0 to 10.10: ModelImporter.cpp (importModel, parseGraph, parseNode).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.errors import ModelError, ParserRefusedError
from setrange.importer.layer_checks import check_layer, remove_shape_casts
from setrange.importer.network_ends import Annotations, import_inputs, mark_outputs
from setrange.importer.node_order import import_order
from setrange.importer.op_context import OpContext
from setrange.importer.plugin_library import find_plugin
from setrange.importer.profiles import get_profile
from setrange.importer.registry import find_checker, find_importer
from setrange.importer.rejections import refuse, require
from setrange.importer.support import add_findings
from setrange.machine.target_release import target_for_names
from setrange.model.loading import Model, load_model
from setrange.model.node import Node
from setrange.model.weights import Weights
from setrange.network import Network, Tensor
from setrange.network.shape_tensors import mark_shape_tensors
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from pathlib import Path

    from onnx import AttributeProto, FunctionProto, GraphProto

    from setrange.importer.made_names import MadeNames
    from setrange.importer.registry import Entry
    from setrange.importer.value import Value

#: Depth of nested subgraphs at which 10.x refuses the model.
MAX_NESTED_SUBGRAPHS = 24

#: Layers of a network at most. A file of 1 MB can ask for 80,000, whose ranges take longer to
#: fill than anybody waits (25,000 take up to 8 s); the largest networks that people build have
#: some 10,000.
MOST_LAYERS = 25_000

#: What imports a call of a local function (10.x).
LOCAL_FUNCTION = "LocalFunctionImporter"

#: What imports an op that nothing else imports: as a plugin.
FALLBACK = "FallbackPluginImporter"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParserOptions:
    """Settings of TensorRT's ONNX parser.

    Attributes:
        native_instance_norm: The parser flag NATIVE_INSTANCENORM, which trtexec sets on 8.x:
            InstanceNormalization as native layers instead of a plugin.
        plugins: Op types that a plugin loaded by the user provides.
        opaque: Op types that are taken for plugins even where TensorRT refuses a plugin of
            that name: for shapes, where names do not matter.
        strongly_typed: The network is strongly typed, so that types are those of the model;
            ``None``: as the release makes it (always from 11.0 on).
    """

    native_instance_norm: bool = False
    plugins: frozenset[str] = frozenset()
    opaque: frozenset[str] = frozenset()
    strongly_typed: bool | None = None


def import_network(
    model_path: str | Path, trt: str | None = None, *, options: ParserOptions | None = None
) -> Network:
    """Predict the network that TensorRT's ONNX parser makes of a model.

    Args:
        model_path: The ONNX file.
        trt: TensorRT release, e.g. ``"8.6"`` or ``"10.3.0"``; the installed one if not given,
            else the newest with ranges.
        options: How the parser is set up; its defaults if absent.

    Returns:
        The predicted network, layer by layer.

    Raises:
        ModelError: The file is not a readable ONNX model.
        ParserRefusedError: TensorRT's parser of that release refuses the model.
        UnsupportedVersionError: There is no parser profile for that release.
    """
    version = target_for_names(None if trt is None else TrtVersion.parse(trt)).version
    return import_model(load_model(model_path), version, options)


def import_model(
    model: Model,
    version: TrtVersion,
    options: ParserOptions | None = None,
    *,
    expected: MadeNames | None = None,
) -> Network:
    """Predict the network of a loaded model; see ``import_network``.

    Args:
        model: The model.
        version: The release.
        options: How the parser is set up; its defaults if absent.
        expected: Names that the parser is to make; the import ends where it makes others.

    Raises:
        OtherNamesError: The parser makes other names than the expected ones.
        ParserRefusedError: The parser refuses the model.
    """
    profile = get_profile(version.profile)
    options = options if options is not None else ParserOptions()
    network = Network(
        trt=str(version),
        profile=profile.name,
        naming=profile.naming,
        model=str(model.path),
        labels=profile.labels,
    )
    ctx = OpContext(model, profile, network)
    ctx.expected = expected
    ctx.native_instance_norm = options.native_instance_norm
    ctx.plugins = options.plugins | options.opaque
    ctx.opaque = options.opaque
    if options.strongly_typed is not None:
        ctx.strongly_typed = options.strongly_typed
    for function in model.proto.functions:
        ctx.functions.setdefault(function.name, function)
    try:
        graph = model.graph
        if profile.implicit_batch:
            from setrange.importer.implicit.parsing import import_implicit_batch

            import_implicit_batch(ctx, graph)
            _finish(ctx, version)
            return network
        for output in graph.output:
            ctx.register_tensor(None, output.name)
        import_inputs(ctx, graph)
        annotations = Annotations.of_model(ctx)
        parse_graph(ctx, graph, annotations)
        mark_outputs(ctx, graph)
        if profile.removes_shape_casts:
            remove_shape_casts(ctx)
        _finish(ctx, version)
        if annotations is not None:
            annotations.apply(ctx)
    except ParserRefusedError as e:
        raise _explained(ctx, e) from e
    return network


def _finish(ctx: OpContext, version: TrtVersion) -> None:
    """Note what is only known once all names are set."""
    add_findings(ctx.network, version)
    mark_shape_tensors(ctx.network)
    ctx.network.aliases = {
        name: value
        for name, value in ctx.values.items()
        if isinstance(value, Tensor) and value.onnx_value != name
    }


def _explained(ctx: OpContext, error: ParserRefusedError) -> ParserRefusedError:
    """Say where and in which release the parser refuses."""
    node = ctx.current
    where = f"node {node.label!r} ({node.op}): " if node is not None else ""
    return ParserRefusedError(
        error.rule,
        f"TensorRT {ctx.network.trt}'s ONNX parser refuses {ctx.model.path.name}: "
        f"{where}{error.rule}",
        outputs=() if node is None else tuple(node.outputs),
    )


def parse_graph(
    ctx: OpContext, graph: GraphProto, annotations: Annotations | None = None
) -> None:
    """Import a graph's initializers and nodes, in the parser's order."""
    for tensor in graph.initializer:
        ctx.register_tensor(ctx.weights(tensor), tensor.name)
    outer_outputs = ctx.graph_outputs
    ctx.graph_outputs = frozenset(value.name for value in graph.output)
    if ctx.profile.accumulates_graph_outputs:
        ctx.graph_outputs |= outer_outputs
    is_main = graph is ctx.model.graph
    nodes = ctx.model.nodes() if is_main else [Node(p, i) for i, p in enumerate(graph.node)]
    order = import_order(
        nodes, ctx.model.path, skip_empty_outputs=ctx.profile.skip_empty_outputs
    )
    outer = ctx.current
    for position in order:
        node = nodes[position]
        if ctx.attribute_scopes:
            node.bound = ctx.attribute_scopes[-1]
        ctx.current = node
        _check_node(ctx, node)
        parse_node(ctx, node)
        if annotations is not None:
            annotations.collect(node)
    ctx.current = outer
    if not ctx.profile.accumulates_graph_outputs:
        ctx.graph_outputs = outer_outputs


def parse_node(ctx: OpContext, node: Node) -> None:
    """Import one node and bind its outputs."""
    profile, layers = ctx.profile, ctx.network.layers
    if profile.limits_nesting and ctx.nested_depth > MAX_NESTED_SUBGRAPHS:
        refuse(f"the graph is nested more than {MAX_NESTED_SUBGRAPHS} deep")
    layer_count = len(layers)
    if layer_count > MOST_LAYERS:
        raise ModelError(
            f"{ctx.model.path}: its network has more than {MOST_LAYERS} layers, and at most so "
            f"many are imported"
        )
    outer, outer_origin, outer_inputs = ctx.current, ctx.net.origin, ctx.inputs
    ctx.current, ctx.net.origin = node, node.origin
    ctx.inputs = _gather_inputs(ctx, node)
    outputs = _importer_for(ctx, node).run(ctx)
    made = layers[layer_count:]
    if profile.names_first_layer and made:
        ctx.name_layer(made[0], node.name)
    for layer in made:
        for tensor in layer.outputs:
            _ = tensor.shape  # a contradiction is found here, as by the error recorder
        if profile.checks_layers:
            check_layer(ctx, layer)
    _bind_outputs(ctx, node, outputs)
    if ctx.expected is not None:
        ctx.expected.check(made)
    ctx.current, ctx.net.origin, ctx.inputs = outer, outer_origin, outer_inputs


def _check_node(ctx: OpContext, node: Node) -> None:
    """Run the static checks of a node, and of the local function it calls (10.x).

    Source: onnx/onnx-tensorrt 10.1 to 10.10: ModelImporter.cpp, parseNodeStaticCheck;
    onnxOpCheckers.cpp.
    """
    checker = find_checker(node.op, ctx.profile.name)
    if checker is not None:
        checker.check(ctx, node)
    elif find_importer(node.op, ctx.profile.name) is None and node.op in ctx.functions:
        if find_importer(LOCAL_FUNCTION, ctx.profile.name) is None or _is_plugin(ctx, node):
            return
        function = ctx.functions[node.op]
        attributes = function_attributes(node, function)
        with ctx.attribute_scope(attributes):
            for i, proto in enumerate(function.node):
                _check_node(ctx, Node(proto, i, attributes))


def function_attributes(node: Node, function: FunctionProto) -> dict[str, AttributeProto]:
    """What attribute references inside a local function stand for: the call's, the defaults."""
    attributes = {attr.name: attr for attr in function.attribute_proto}
    attributes.update({attr.name: attr for attr in node.proto.attribute})
    return attributes


def _is_plugin(ctx: OpContext, node: Node) -> bool:
    """True where a plugin takes precedence over the local function of that name."""
    if not ctx.profile.plugins_before_functions:
        return False
    version = node.attr_str("plugin_version", "1")
    namespace = node.attr_str("plugin_namespace")
    return find_plugin(ctx.profile.name, node.op, version, namespace) is not None


def _importer_for(ctx: OpContext, node: Node) -> Entry:
    name = ctx.profile.name
    entry = find_importer(node.op, name)
    if entry is None and node.op in ctx.functions and not _is_plugin(ctx, node):
        entry = find_importer(LOCAL_FUNCTION, name)
    if entry is None:
        entry = find_importer(FALLBACK, name)
    if entry is None:
        refuse(f"TensorRT has no importer for the op {node.op}")
    return entry


def _gather_inputs(ctx: OpContext, node: Node) -> list[Value]:
    inputs: list[Value] = []
    values, converts = ctx.values, ctx.profile.converts_uint8_inputs
    for name in node.inputs:
        if not name:
            inputs.append(None)
            continue
        if name not in values:
            refuse(f"input {name!r} is not produced by any node or initializer")
        value = values[name]
        if (
            converts
            and isinstance(value, Weights)
            and value.dtype == "uint8"
            and node.op not in ("QuantizeLinear", "DequantizeLinear")
        ):
            name = value.name or name
            value = value.converted("int32").renamed(None)
            values[name] = value
        inputs.append(value)
    return inputs


def _bind_outputs(ctx: OpContext, node: Node, outputs: list[Value]) -> None:
    profile = ctx.profile
    exact = profile.exact_output_count
    names = [name for name in node.outputs if name] if exact else node.outputs
    if len(names) != len(outputs) and (exact or len(names) > len(outputs)):
        refuse(f"the node has {len(names)} outputs, TensorRT makes {len(outputs)}")
    for name, output in zip(names, outputs, strict=False):
        if output is not None and name:
            ctx.register_tensor(output, name)
        if output is not None and output.dtype == "uint8" and profile.checks_uint8:
            constant = profile.converts_uint8_inputs and node.op == "Constant"
            passes = constant or name in ctx.graph_outputs
            require(passes, "TensorRT does not support UINT8 types for intermediate tensors")
