# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Topological order as TensorRT's parser computes it (layer numbers depend on it)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.model.node import Node

__all__ = ["parse_order"]


def parse_order(nodes: Sequence[Node], *, skip_empty_outputs: bool) -> list[int]:
    """Return node positions in the order the parser imports them.

    Depth-first post-order over the producers of each node's inputs, nodes in file order.

    Args:
        nodes: The graph's nodes, in file order.
        skip_empty_outputs: Parsers before 10 count ``""`` as an output name, so that two
            nodes with an unused output are "duplicates".

    Raises:
        ModelError: A value has two producers, or the graph has a cycle.

    Source: onnx/onnx-tensorrt 7.0 to 10.1-GA: toposort.hpp, toposort.
    """
    producer: dict[str, int] = {}
    for position, node in enumerate(nodes):
        for output in node.outputs:
            if not output and skip_empty_outputs:
                continue
            if output in producer:
                first = nodes[producer[output]]
                raise ModelError(
                    f"value {output!r} is produced by two nodes, {first.label!r} ({first.op}) "
                    f"and {node.label!r} ({node.op}); ONNX names must be unique"
                )
            producer[output] = position

    order: list[int] = []
    done = [False] * len(nodes)
    active = [False] * len(nodes)
    for root in range(len(nodes)):
        if done[root]:
            continue
        active[root] = True
        stack = [(root, iter(nodes[root].inputs))]
        while stack:
            position, inputs = stack[-1]
            for name in inputs:
                source = producer.get(name)
                if source is None or done[source]:
                    continue
                if active[source]:
                    raise ModelError(
                        f"the graph has a cycle through node {nodes[source].label!r} "
                        f"({nodes[source].op}), value {name!r}; an ONNX graph must be acyclic"
                    )
                active[source] = True
                stack.append((source, iter(nodes[source].inputs)))
                break
            else:
                stack.pop()
                active[position] = False
                done[position] = True
                order.append(position)
    return order
