# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Values that must share one scale, so that TensorRT can move a Q or DQ over the op between.

A Q moves backward and a DQ forward over an op that only moves or selects values, and over
Concat, if the scales on both sides are equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from setrange.model.disjoint_sets import DisjointSets
from setrange.model.op_traits import COMMUTING
from setrange.ranges.model import INT8_STEPS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from setrange.exporters.qdq.graph import QdqGraph
    from setrange.model.node import Node

__all__ = ["FEW_STEPS", "Branch", "amax_of", "branches", "scales_of"]

#: Values below so many steps of a scale are rounded to nearly nothing.
FEW_STEPS = 4.0


class Branch(NamedTuple):
    """What a Concat joins with other values that one pair behind it quantizes with it.

    Attributes:
        node: Label of the Concat.
        value: The branch.
        result: The value with the pair: what the Concat makes, maybe moved.
        step: The scale of that pair.
    """

    node: str
    value: str
    result: str
    step: float


def scales_of(
    graph: QdqGraph, placed: Iterable[str], alone: Collection[str] = ()
) -> dict[str, tuple[float, str]]:
    """Return the scale of every placed activation.

    Args:
        graph: The model.
        placed: Values that get a pair; each has a scale of its own.
        alone: Those that keep it.

    Returns:
        Value -> scale and the value it is from: the largest of the placed values in its
        group, or the value itself. A value that the group's scale would round to nearly
        nothing keeps its own: TensorRT quantizes it again where the two meet.
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
        if value in alone:
            continue
        if scale > widest.get(root, (0.0, ""))[0]:
            widest[root] = (scale, value)
    scales = {}
    for value, root in members:
        own = graph.facts[value].scale or 0.0
        is_own = value in alone or INT8_STEPS * own < FEW_STEPS * widest[root][0]
        scales[value] = (own, value) if is_own else widest[root]
    return scales


def branches(graph: QdqGraph, scales: Mapping[str, tuple[float, str]]) -> Iterator[Branch]:
    """Yield the branches of Concats, activations and constants, before a pair."""
    for node in graph.nodes:
        if node.op != "Concat" or not node.outputs:
            continue
        found = _quantized_behind(graph, node.outputs[0], scales)
        if found is not None:
            step = scales[found][0]
            for value in dict.fromkeys(filter(None, node.inputs)):
                yield Branch(node=node.label, value=value, result=found, step=step)


def amax_of(graph: QdqGraph, value: str) -> float | None:
    """Largest magnitude of a value, as far as a range says it."""
    if value in graph.rooted:
        return graph.rooted[value].constant.amax()
    fact = graph.facts.get(value)
    return None if fact is None or fact.scale is None else INT8_STEPS * fact.scale


def _quantized_behind(
    graph: QdqGraph, value: str, scales: Mapping[str, tuple[float, str]]
) -> str | None:
    """The value with a pair that a value is, or becomes by being moved."""
    pending, seen = [value], {value}
    while pending:
        value = pending.pop()
        if value in scales:
            return value
        for consumer in graph.consumers(value):
            moves = consumer.op in COMMUTING or _takes_nearest(consumer)
            # What only says how to move another value, such as the shape of a Reshape, is lost.
            if consumer.op == "Concat" or (moves and consumer.inputs[0] == value):
                made = [name for name in consumer.outputs if name and name not in seen]
                seen.update(made)
                pending += made
    return None


def _takes_nearest(node: Node) -> bool:
    return node.op in ("Resize", "Upsample") and node.attr_str("mode", "nearest") == "nearest"
