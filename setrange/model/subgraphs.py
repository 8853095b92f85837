# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The bodies of If, Loop and Scan: which nodes they hold, which outer values they take."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from onnx import GraphProto, NodeProto

__all__ = ["all_nodes", "bodies", "captured_values", "rename_captured", "subgraphs"]


def subgraphs(node: NodeProto) -> Iterator[GraphProto]:
    """Yield the bodies of a node."""
    for attr in node.attribute:
        if attr.HasField("g"):
            yield attr.g
        yield from attr.graphs


def all_nodes(nodes: Iterable[NodeProto]) -> Iterator[NodeProto]:
    """Yield these nodes and all that are inside them."""
    pending = list(nodes)
    while pending:
        node = pending.pop()
        yield node
        for graph in subgraphs(node):
            pending.extend(graph.node)


def bodies(graph: GraphProto) -> Iterator[GraphProto]:
    """Yield every body inside a graph, an outer one before those in it."""
    found = [graph]
    for outer in found:  # grows while it is gone over
        for node in outer.node:
            found += subgraphs(node)
    yield from found[1:]


def captured_values(nodes: Iterable[NodeProto]) -> set[str]:
    """Names that the bodies of these nodes take or give; their own values are among them."""
    taken: set[str] = set()
    for node in nodes:
        for graph in subgraphs(node):
            taken.update(value.name for value in graph.output)
            for inner in all_nodes(graph.node):
                taken.update(inner.input)
                for deeper in subgraphs(inner):
                    taken.update(value.name for value in deeper.output)
    return taken


def rename_captured(node: NodeProto, names: Mapping[str, str]) -> None:
    """Give outer values that a node's bodies take other names, in place.

    ONNX forbids a body to define a name that is visible outside, so no name is shadowed.
    """
    for graph in subgraphs(node):
        for value in graph.output:
            value.name = names.get(value.name, value.name)
        for inner in graph.node:
            for i, name in enumerate(inner.input):
                if name in names:
                    inner.input[i] = names[name]
            rename_captured(inner, names)
