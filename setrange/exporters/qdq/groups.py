# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Values that must share one scale, so that TensorRT can move a Q or DQ over the op between.

A Q moves backward and a DQ forward over an op that only moves or selects values, and over
Concat, if the scales on both sides are equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.model.disjoint_sets import DisjointSets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from setrange.exporters.qdq.graph import QdqGraph
    from setrange.model.node import Node

__all__ = ["COMMUTING", "shared_scales"]

#: Ops whose outputs hold only values of their first input.
COMMUTING = frozenset(
    {"DepthToSpace", "Dropout", "Expand", "Flatten", "Gather", "Identity", "MaxPool", "Pad"}
    | {"Reshape", "Slice", "SpaceToDepth", "Split", "Squeeze", "Tile", "Transpose", "Unsqueeze"}
)


def shared_scales(graph: QdqGraph, placed: Iterable[str]) -> dict[str, tuple[float, str]]:
    """Return the scale of every placed activation.

    Args:
        graph: The model.
        placed: Values that get a pair; each has a scale of its own.

    Returns:
        Value -> scale and the value it is from: the largest of the placed values in its
        group, or the value itself.
    """
    groups: DisjointSets[str] = DisjointSets()
    for node in graph.nodes:
        if node.op == "Concat":
            groups.join([*node.inputs, *node.outputs])
        elif node.op in COMMUTING or _takes_nearest(node):
            groups.join([node.inputs[0], *filter(None, node.outputs)])
    widest: dict[str, tuple[float, str]] = {}
    members = []
    for value in placed:
        scale = graph.facts[value].scale or 0.0
        root = groups.root(value)
        members.append((value, root))
        if scale > widest.get(root, (0.0, ""))[0]:
            widest[root] = (scale, value)
    return {value: widest[root] for value, root in members}


def _takes_nearest(node: Node) -> bool:
    return node.op in ("Resize", "Upsample") and node.attr_str("mode", "nearest") == "nearest"
