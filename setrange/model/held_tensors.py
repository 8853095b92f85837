# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Every graph, node and tensor of a model, wherever it hides."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from onnx import GraphProto, ModelProto, NodeProto, TensorProto

__all__ = ["all_graphs", "held_tensors", "node_lists"]


def all_graphs(model: ModelProto) -> Iterator[GraphProto]:
    """Yield the main graph, the bodies of its nodes and functions, and training graphs."""
    pending = [model.graph]
    for training in model.training_info:
        pending += [training.initialization, training.algorithm]
    pending += _bodies(node for function in model.functions for node in function.node)
    while pending:
        graph = pending.pop()
        yield graph
        pending += _bodies(graph.node)


def node_lists(model: ModelProto) -> Iterator[Iterable[NodeProto]]:
    """Yield the nodes of each graph and of each local function."""
    for graph in all_graphs(model):
        yield graph.node
    for function in model.functions:
        yield function.node


def held_tensors(model: ModelProto) -> Iterator[TensorProto]:
    """Yield initializers and attributes, dense and sparse, of all graphs and functions."""
    for graph in all_graphs(model):
        yield from graph.initializer
        for sparse in graph.sparse_initializer:
            yield from (sparse.values, sparse.indices)
    for nodes in node_lists(model):
        for node in nodes:
            for attr in node.attribute:
                if attr.HasField("t"):
                    yield attr.t
                yield from attr.tensors
                if attr.HasField("sparse_tensor"):
                    yield from (attr.sparse_tensor.values, attr.sparse_tensor.indices)
                for sparse in attr.sparse_tensors:
                    yield from (sparse.values, sparse.indices)
    for function in model.functions:
        for attr in function.attribute_proto:
            if attr.HasField("t"):
                yield attr.t
            yield from attr.tensors


def _bodies(nodes: Iterable[NodeProto]) -> list[GraphProto]:
    found: list[GraphProto] = []
    for node in nodes:
        for attr in node.attribute:
            if attr.HasField("g"):
                found.append(attr.g)
            found += attr.graphs
    return found
