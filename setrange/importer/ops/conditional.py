# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""If: one branch, both and a Select, or an If-conditional.

Source: onnx/onnx-tensorrt 7.1 to 10.10: importIf, ConditionalHelpers.cpp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.parser import parse_graph
from setrange.importer.registry import history, since
from setrange.importer.rejections import refuse, require
from setrange.model.weights import Weights
from setrange.network import LayerKind, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from onnx import GraphProto

    from setrange.importer.op_types import Given, Layer, Node, OpContext, Outputs, Value

    #: Which inputs of a layer (counted without absent ones) come from outside its branch.
    Ports = Callable[[Layer], Sequence[int]]
    #: Finds what enters a branch of these layers.
    Entering = Callable[[Sequence[Layer]], Ports]
    #: Finds what leaves a branch of these layers, by the names of its outputs.
    Leaving = Callable[[Sequence[Layer], Sequence[str]], list[Tensor]]


def graph_values(ctx: OpContext, graph: GraphProto) -> list[Value]:
    """The values a subgraph's outputs are bound to, in its scope."""
    values: list[Value] = []
    for output in graph.output:
        require(output.name in ctx.values, f"subgraph output {output.name!r} is not produced")
        values.append(ctx.values[output.name])
    return values


def _branches(node: Node) -> tuple[GraphProto, GraphProto]:
    then, other = node.attr_graph("then_branch"), node.attr_graph("else_branch")
    if then is None or other is None:
        refuse("If lacks a branch")
    return then, other


def _is_known(condition: Given) -> bool:
    return isinstance(condition, Weights) and condition.count == 1


def _inline(ctx: OpContext, graph: GraphProto) -> list[Value]:
    parse_graph(ctx, graph)
    return graph_values(ctx, graph)


def _chosen(
    ctx: OpContext, condition: Given, then: GraphProto, other: GraphProto
) -> list[Value]:
    """Import the branch of a condition known at import time."""
    known = isinstance(condition, Weights) and condition.ints()[0] == 1
    return _inline(ctx, then if known else other)


def _require_own_names(then: GraphProto, other: GraphProto) -> None:
    for a, b in zip(then.output, other.output, strict=False):
        require(a.name != b.name, f"the branches of If must not both call an output {a.name!r}")


def _require_equal_outputs(then: GraphProto, other: GraphProto) -> None:
    equal = len(then.output) == len(other.output)
    require(equal, "the branches of If must have the same number of outputs")


# -- a known condition, or both branches (to 8.0) ---------------------------------------


def _if_constant(ctx: OpContext, condition: Given, *, misreads: bool) -> Outputs:
    """``misreads``: a stored BOOL is read as four bytes, so that true is not 1."""
    require(_is_known(condition), "the condition of If must be an initializer of one value")
    then, other = _branches(ctx.node)
    if misreads:
        ctx.assume()
        if condition.dtype == "bool":
            return _inline(ctx, other)
    return _chosen(ctx, condition, then, other)


def _if_select(ctx: OpContext, condition: Given) -> Outputs:
    """Both branches are computed, Select layers choose."""
    then, other = _branches(ctx.node)
    count = len(then.output)
    if _is_known(condition):
        values = _chosen(ctx, condition, then, other)
        require(len(values) >= count, "the branches differ in outputs")
        return values[:count]
    parse_graph(ctx, then)
    parse_graph(ctx, other)
    require(len(other.output) >= count, "the branches differ in outputs")
    _require_own_names(then, other)
    return [
        _select(ctx, condition, ctx.to_tensor(a), ctx.to_tensor(b))
        for a, b in zip(graph_values(ctx, then), graph_values(ctx, other), strict=False)
    ]


def _select(ctx: OpContext, condition: Given, then: Tensor, other: Tensor) -> Tensor:
    tensor = ctx.to_tensor(condition)
    require(then.rank == other.rank, "the branches of If differ in rank")
    tensor, then = ctx.broadcast(tensor, then)
    is_bool = then.dtype == "bool"
    if is_bool:
        then, other = ctx.cast(then, "int32"), ctx.cast(other, "int32")
    output = ctx.main(ctx.net.add_select(tensor, then, other))
    return ctx.cast(output, "bool") if is_bool else output


# -- If-conditionals (8.2 on) -----------------------------------------------------------


def _condition(ctx: OpContext, condition: Given) -> Tensor:
    scalar = ctx.scalar(ctx.to_tensor(condition), "the condition of If")
    ctx.net.add(LayerKind.CONDITION, [scalar])
    return scalar


def _output_layers(
    ctx: OpContext, condition: Tensor, then: Sequence[Tensor], other: Sequence[Tensor]
) -> list[Value]:
    require(len(then) == len(other), "the branches of If must have the same number of outputs")
    outputs: list[Value] = []
    for a, b in zip(then, other, strict=True):
        layer = ctx.net.add(LayerKind.CONDITIONAL_OUTPUT, [a, b], condition=condition)
        outputs.append(ctx.name_layer(layer, f"{ctx.node.label}_OutputLayer").output)
    return outputs


def _if_82(ctx: OpContext, condition: Given) -> Outputs:
    """The search for what enters and leaves the branches finds nothing in this release."""
    then, other = _branches(ctx.node)
    _require_equal_outputs(then, other)
    if _is_known(condition):
        return _chosen(ctx, condition, then, other)
    scalar = _condition(ctx, condition)
    parse_graph(ctx, then)
    parse_graph(ctx, other)
    _require_own_names(then, other)
    tensors = [
        [ctx.to_tensor(value) for value in graph_values(ctx, graph)] for graph in (then, other)
    ]
    return _output_layers(ctx, scalar, *tensors)


def _if(
    ctx: OpContext,
    condition: Given,
    *,
    entering: Entering,  # finds what enters a branch
    leaving: Leaving | None,  # finds what leaves it, by name; else its outputs, pair by pair
    own_attributes: bool,  # inside a branch a local function's attributes are out of reach
) -> Outputs:
    """An If-conditional in which Conditional Inputs stand for what enters the branches."""
    if own_attributes:
        ctx.attribute_scopes.append({})
    then, other = _branches(ctx.node)
    _require_equal_outputs(then, other)
    if _is_known(condition):
        with ctx.name_scope():  # the parser leaves the attributes' scope open here
            return _chosen(ctx, condition, then, other)
    scalar = _condition(ctx, condition)
    branches = [_import_branch(ctx, graph) for graph in (then, other)]
    known: dict[str, Layer] = {}
    for layers, _ in branches:
        _add_input_layers(ctx, layers, entering(layers), known)
    outputs: list[Value] = []
    if leaving is None:
        for a, b in zip(*(values for _, values in branches), strict=True):
            outputs += _output_layers(ctx, scalar, [ctx.to_tensor(a)], [ctx.to_tensor(b)])
    else:
        found = []
        for graph, (layers, values) in zip((then, other), branches, strict=True):
            tensors = leaving(layers, [output.name for output in graph.output])
            found.append(tensors or [ctx.to_tensor(value) for value in values])
        outputs = _output_layers(ctx, scalar, *found)
    if own_attributes:
        ctx.attribute_scopes.pop()
    return outputs


def _import_branch(ctx: OpContext, graph: GraphProto) -> tuple[list[Layer], list[Value]]:
    """Import a branch in a scope of its own; return its new layers and its outputs."""
    before = len(ctx.network.layers)
    with ctx.name_scope():
        values = _inline(ctx, graph)
    return ctx.network.layers[before:], values


def _add_input_layers(
    ctx: OpContext, layers: Sequence[Layer], ports: Ports, known: dict[str, Layer]
) -> None:
    """Put a Conditional Input between a branch's layers and what enters at ``ports``.

    ``known`` holds the conditional's input layers by the name of what enters; it is added to.
    """
    for layer in layers:
        if layer.kind is LayerKind.CONDITIONAL_OUTPUT:
            continue
        for port in ports(layer):
            tensor = layer.input_at(port)
            if tensor is None:
                continue
            name = tensor.name
            entry = known.get(name)
            if entry is None:
                entry = known[name] = ctx.net.add(LayerKind.CONDITIONAL_INPUT, [tensor])
                ctx.name_layer(entry, f"{name}_InputLayer")
                ctx.register_tensor(
                    entry.output, f"{name}_InputLayer_output", check_unique=True
                )
                entry.output.onnx_value = None
            layer.set_input(port, entry.output)


# -- what enters a branch ---------------------------------------------------------------


def _entering(layers: Sequence[Layer]) -> list[tuple[Layer, Tensor, int]]:
    """(layer, tensor, port) for each input no layer of the branch makes."""
    made = {id(tensor) for layer in layers for tensor in layer.outputs}
    return [
        (layer, tensor, port)
        for layer in layers
        for port, tensor in enumerate(t for t in layer.inputs if t is not None)
        if id(tensor) not in made
    ]


def _nothing_enters(layers: Sequence[Layer]) -> Ports:
    return lambda layer: ()


def _by_layer(layers: Sequence[Layer]) -> Ports:
    """Exactly the layer's own inputs from outside.

    Up to 10.3 a layer is looked up by the *names* of others: ``_by_tensor_name`` and
    ``_by_node_name`` find other ports, or none.
    """
    ports: dict[int, list[int]] = {}
    for layer, _, port in _entering(layers):
        ports.setdefault(id(layer), []).append(port)
    return lambda layer: ports.get(id(layer), ())


def _by_node_name(layers: Sequence[Layer]) -> Ports:
    """The ports of the first layer whose name is a prefix of this layer's."""
    return _by_prefix((layer.name, port) for layer, _, port in _entering(layers))


def _by_tensor_name(layers: Sequence[Layer]) -> Ports:
    """The ports of an entering tensor whose name is a prefix of the layer's."""
    return _by_prefix((tensor.name, port) for _, tensor, port in _entering(layers))


def _by_prefix(entering: Iterable[tuple[str, int]]) -> Ports:
    ports: dict[str, set[int]] = {}
    for name, port in entering:
        ports.setdefault(name, set()).add(port)

    def of(layer: Layer) -> list[int]:
        if layer.name in ports:
            return sorted(ports[layer.name])
        found = (ports[name] for name in ports if layer.name.startswith(name))
        return sorted(next(found, ()))

    return of


# -- what leaves a branch ---------------------------------------------------------------


def _leaving(layers: Sequence[Layer], reported: Sequence[str]) -> list[tuple[Layer, Tensor]]:
    """Outputs no layer of the branch takes, with a name that starts with a reported one."""
    taken = {id(tensor) for layer in layers for tensor in layer.inputs}
    return [
        (layer, tensor)
        for layer in layers
        for tensor in layer.outputs
        if id(tensor) not in taken and tensor.name.startswith(tuple(reported))
    ]


def _nothing_leaves(layers: Sequence[Layer], reported: Sequence[str]) -> list[Tensor]:
    return []


def _outputs_by_node_name(layers: Sequence[Layer], reported: Sequence[str]) -> list[Tensor]:
    """The first output of each layer named like one that has a leaving tensor."""
    names = tuple(layer.name for layer, _ in _leaving(layers, reported))
    return [layer.output for layer in layers if layer.outputs and layer.name.startswith(names)]


def _leaving_tensors(layers: Sequence[Layer], reported: Sequence[str]) -> list[Tensor]:
    return [tensor for _, tensor in _leaving(layers, reported)]


# -- change log -------------------------------------------------------------------------

history(
    "If",
    since("7.1", _if_constant, misreads=True),
    since("7.2", misreads=False),
    since("8.0", _if_select),
    since("8.2", _if_82),
    since("8.4", _if, entering=_nothing_enters, leaving=_nothing_leaves, own_attributes=False),
    since("8.5", entering=_by_node_name, leaving=_outputs_by_node_name),
    since("8.6", entering=_by_tensor_name, leaving=_leaving_tensors),
    since("10.1", leaving=None),
    since("10.7", entering=_by_layer, own_attributes=True),
)
