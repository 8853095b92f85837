# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""If-conditionals: importing the branches and finding what enters and leaves them.

Source: onnx/onnx-tensorrt 8.2-GA to 10.10: ConditionalHelpers.cpp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.parser import parse_graph
from setrange.importer.rejections import require
from setrange.network import LayerKind, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from onnx import GraphProto

    from setrange.importer.op_context import OpContext
    from setrange.importer.value import Value
    from setrange.network import Layer

    #: Which inputs of a layer (counted without absent ones) come from outside its branch.
    Ports = Callable[[Layer], Sequence[int]]

__all__ = [
    "add_input_layers",
    "entering_by_layer",
    "entering_by_node_name",
    "entering_by_tensor_name",
    "graph_values",
    "import_branch",
    "leaving_by_node_name",
    "leaving_by_tensor",
]


def graph_values(ctx: OpContext, graph: GraphProto) -> list[Value]:
    """The values a subgraph's outputs are bound to, in its scope."""
    values: list[Value] = []
    for output in graph.output:
        require(output.name in ctx.values, f"subgraph output {output.name!r} is not produced")
        values.append(ctx.values[output.name])
    return values


def import_branch(ctx: OpContext, graph: GraphProto) -> tuple[list[Layer], list[Value]]:
    """Import a branch in a scope of its own; return its new layers and its outputs."""
    before = len(ctx.network.layers)
    with ctx.name_scope():
        parse_graph(ctx, graph)
        values = graph_values(ctx, graph)
    return ctx.network.layers[before:], values


def _present(tensors: Sequence[Tensor | None]) -> list[Tensor]:
    return [tensor for tensor in tensors if tensor is not None]


def _entering(layers: Sequence[Layer]) -> list[tuple[Layer, Tensor, int]]:
    """(layer, tensor, port) for each input no layer of the branch makes."""
    made = {id(tensor) for layer in layers for tensor in layer.outputs}
    return [
        (layer, tensor, port)
        for layer in layers
        for port, tensor in enumerate(_present(layer.inputs))
        if id(tensor) not in made
    ]


def entering_by_layer(layers: Sequence[Layer]) -> Ports:
    """10.7 on: exactly the layer's own inputs from outside.

    Up to 10.3 a layer is looked up by the *names* of others: ``entering_by_tensor_name``
    and ``entering_by_node_name`` find other ports, or none.
    """
    ports: dict[int, list[int]] = {}
    for layer, _, port in _entering(layers):
        ports.setdefault(id(layer), []).append(port)
    return lambda layer: ports.get(id(layer), ())


def entering_by_node_name(layers: Sequence[Layer]) -> Ports:
    """8.5: the ports of the first layer whose name is a prefix of this layer's."""
    ports: dict[str, set[int]] = {}
    for layer, _, port in _entering(layers):
        ports.setdefault(layer.name, set()).add(port)
    return lambda layer: _by_prefix(ports, layer)


def entering_by_tensor_name(layers: Sequence[Layer]) -> Ports:
    """8.6 to 10.3: the ports of an entering tensor whose name is a prefix of the layer's."""
    ports: dict[str, set[int]] = {}
    for _, tensor, port in _entering(layers):
        ports.setdefault(tensor.name, set()).add(port)
    return lambda layer: _by_prefix(ports, layer)


def _by_prefix(ports: Mapping[str, set[int]], layer: Layer) -> list[int]:
    if layer.name in ports:
        return sorted(ports[layer.name])
    found = (ports[name] for name in ports if layer.name.startswith(name))
    return sorted(next(found, ()))


def add_input_layers(
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
                entry = known[name] = ctx.net.add_conditional_input(tensor)
                ctx.name_layer(entry, f"{name}_InputLayer")
                ctx.register_tensor(
                    entry.output, f"{name}_InputLayer_output", check_unique=True
                )
                entry.output.onnx_value = None
            layer.set_input(port, entry.output)


def _leaving(layers: Sequence[Layer], reported: Sequence[str]) -> list[tuple[Layer, Tensor]]:
    """Outputs no layer of the branch takes, with a name that starts with a reported one."""
    taken = {id(tensor) for layer in layers for tensor in layer.inputs}
    return [
        (layer, tensor)
        for layer in layers
        for tensor in layer.outputs
        if id(tensor) not in taken and tensor.name.startswith(tuple(reported))
    ]


def leaving_by_node_name(layers: Sequence[Layer], reported: Sequence[str]) -> list[Tensor]:
    """8.5: the first output of each layer named like one that has a leaving tensor."""
    names = tuple(layer.name for layer, _ in _leaving(layers, reported))
    return [layer.output for layer in layers if layer.outputs and layer.name.startswith(names)]


def leaving_by_tensor(layers: Sequence[Layer], reported: Sequence[str]) -> list[Tensor]:
    """8.6: the leaving tensors."""
    return [tensor for _, tensor in _leaving(layers, reported)]
