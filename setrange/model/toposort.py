# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Topological order as TensorRT's parser computes it (layer numbers depend on it)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.errors import ModelError
from setrange.model.graph import ProducerIndex

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
    index = ProducerIndex(nodes, counts_empty=not skip_empty_outputs)
    if index.twins:
        value, first, second = index.twins[0]
        raise ModelError(
            f"value {value!r} is produced by two nodes, {first.label!r} ({first.op}) "
            f"and {second.label!r} ({second.op}); ONNX names must be unique"
        )

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
                source = index.producer(name)
                if source is None or done[source.index]:
                    continue
                if active[source.index]:
                    raise ModelError(
                        f"the graph has a cycle through node {source.label!r} "
                        f"({source.op}), value {name!r}; an ONNX graph must be acyclic"
                    )
                active[source.index] = True
                stack.append((source.index, iter(source.inputs)))
                break
            else:
                stack.pop()
                active[position] = False
                done[position] = True
                order.append(position)
    return order
