# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The verdict on an engine of a Q/DQ model: which weighted nodes run in INT8, and why not."""

from __future__ import annotations

import collections
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from setrange.engine_layers.model import INT8, QUANTIZED, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.engine_layers.model import EngineLayer, EngineLayers
    from setrange.engine_layers.quantized_nodes import (
        ActivationPair,
        QuantizedGraph,
        WeightedNode,
    )

__all__ = ["NodeVerdict", "UndonePair", "WeightedVerdict", "judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeVerdict:
    """The precision that a weighted node runs in, with the reason.

    Attributes:
        node: Its name.
        op: Its op.
        precision: ``int8``, ``fp16``, ``fp32``, ...; ``unknown`` where no layer names it.
        has_pairs: Both of its operands have a pair.
        reason: Why it is float; empty where it is not.
    """

    node: str
    op: str
    precision: str
    has_pairs: bool
    reason: str

    @property
    def is_float(self) -> bool:
        """True for a node that an engine layer computes, in a float type."""
        return self.precision not in (UNKNOWN, *QUANTIZED)

    @property
    def is_lost(self) -> bool:
        """True where the ranges are there and the node is float all the same."""
        return self.has_pairs and self.is_float

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "node": self.node,
            "op": self.op,
            "precision": self.precision,
            "has_ranges": self.has_pairs,
            "reason": self.reason or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class UndonePair:
    """A pair that no INT8 layer takes: noise, and work for nothing.

    Attributes:
        value: The value that has the pair.
        nodes: ONNX nodes of the float layers that undo it.
    """

    value: str
    nodes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"value": self.value, "nodes": list(self.nodes)}


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedVerdict:
    """What all weighted nodes of a model run in.

    Attributes:
        nodes: The weighted nodes, in the model's order.
        undone: Pairs for nothing.
        rest: Layers of the engine without weights -> how many, by precision.
        products: Layers of the engine that do the quantized nodes' products: fewer than nodes
            where the builder merges some, such as the three projections of attention.
    """

    nodes: tuple[NodeVerdict, ...]
    undone: tuple[UndonePair, ...]
    rest: dict[str, int]
    products: int

    def counts(self) -> dict[str, int]:
        """Return how many weighted nodes run in each precision, most first."""
        counted = collections.Counter(
            node.precision for node in self.nodes if node.precision != UNKNOWN
        )
        return dict(counted.most_common())

    def floats(self) -> tuple[NodeVerdict, ...]:
        """The weighted nodes that run in float."""
        return tuple(node for node in self.nodes if node.is_float)

    def lost(self) -> tuple[NodeVerdict, ...]:
        """The nodes that have their ranges and do not run in INT8."""
        return tuple(node for node in self.nodes if node.is_lost)

    def sentence(self) -> str:
        """Return one plain sentence: ``53 of 54 weighted layers run in INT8, 1 in FP16``."""
        counts = self.counts()
        total = sum(counts.values())
        if not total:
            return "no layer of this engine has weights"
        wanted = [p for p in QUANTIZED if p in counts] or [INT8]
        low = " and ".join(
            f"{counts.get(p, 0)} of {total} weighted layers run in {p.upper()}" for p in wanted
        )
        merged = sum(counts.get(precision, 0) for precision in wanted)
        if 0 < self.products < merged:
            low += f" (merged into {self.products} layers of the engine)"
        others = [f"{n} in {p.upper()}" for p, n in counts.items() if p not in wanted]
        return ", ".join([low, *others])

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "verdict": self.sentence(),
            "weighted": self.counts(),
            "products": self.products,
            "others": self.rest,
            "layers": [node.to_dict() for node in self.nodes],
            "undone": [pair.to_dict() for pair in self.undone],
        }


def judge(engine: EngineLayers, graph: QuantizedGraph) -> WeightedVerdict:
    """Follow the layers of an engine to the nodes of the Q/DQ model it was built of."""
    naming: dict[str, list[EngineLayer]] = collections.defaultdict(list)
    for layer in engine.layers:
        for name in layer.nodes:
            naming[name].append(layer)
    same = collections.Counter(node.name for node in graph.weighted)
    seen: collections.Counter[str] = collections.Counter()
    nodes = []
    for node in graph.weighted:
        layers = _multiplying(naming[node.name])
        if same[node.name] > 1 and len(layers) >= same[node.name]:
            layers = layers[seen[node.name] : seen[node.name] + 1]  # in the model's order
        seen[node.name] += 1
        nodes.append(_node(node, layers))
    weighted = {node.name for node in graph.weighted}
    products = [
        layer
        for layer in engine.layers
        if layer.multiplies
        and layer.precision in QUANTIZED
        and not weighted.isdisjoint(layer.nodes)
    ]
    rest = collections.Counter(
        layer.precision
        for layer in engine.with_role("compute")
        if weighted.isdisjoint(layer.nodes)
    )
    return WeightedVerdict(
        nodes=tuple(nodes),
        undone=tuple(
            undone for pair in graph.pairs if (undone := _undone(pair, naming, graph))
        ),
        rest=dict(rest.most_common()),
        products=len(products),
    )


def _multiplying(layers: Sequence[EngineLayer]) -> list[EngineLayer]:
    """Of the layers that name a weighted node, those that multiply; others only prepare."""
    return [layer for layer in layers if layer.multiplies] or [
        layer for layer in layers if layer.role == "compute"
    ]


def _node(node: WeightedNode, layers: Sequence[EngineLayer]) -> NodeVerdict:
    precisions = [layer.precision for layer in layers]
    low = [precision for precision in precisions if precision in QUANTIZED]
    precision = (low or precisions or [UNKNOWN])[0]
    reason = ""
    if precision not in (UNKNOWN, *QUANTIZED):
        kinds = " and ".join(dict.fromkeys(layer.kind for layer in layers))
        reason = node.reason or (
            f"has its ranges, but the builder made a float layer of it ({kinds})"
        )
    return NodeVerdict(
        node=node.name,
        op=node.op,
        precision=precision,
        has_pairs=node.has_pairs,
        reason=reason,
    )


def _undone(
    pair: ActivationPair, naming: dict[str, list[EngineLayer]], graph: QuantizedGraph
) -> UndonePair | None:
    taking = [layer for name in pair.dequantizers for layer in naming.get(name, ())]
    making = {id(layer) for name in pair.quantizers for layer in naming.get(name, ())}
    if not taking or any(_serves(layer, id(layer) in making) for layer in taking):
        return None
    ours = graph.names_of_pairs()
    nodes = [name for layer in taking for name in layer.nodes if name not in ours]
    return UndonePair(value=pair.value, nodes=tuple(dict.fromkeys(nodes)))


def _serves(layer: EngineLayer, is_making: bool) -> bool:
    """True for a layer that gains by taking the value in INT8."""
    if layer.precision in QUANTIZED and layer.role == "compute":
        return True
    types = [tensor.dtype for tensor in layer.inputs]
    reads_low = any(dtype in QUANTIZED for dtype in types)
    # A residual sum reads the quantized side: half the bytes.
    return reads_low and not is_making and len(types) > 1
