# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a Q/DQ model asks of an engine: its weighted nodes, and the pairs on activations."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, Any, NamedTuple

from setrange.model.graph import producers_of, sources_of
from setrange.model.op_traits import WEIGHTED
from setrange.model.types import DataType

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from onnx import GraphProto, NodeProto, TensorProto

__all__ = ["ActivationPair", "QuantizedGraph", "WeightedNode", "pair_types"]


#: Ops behind which a pair still counts: TensorRT moves a DequantizeLinear over them.
_MOVERS = frozenset(
    (
        "Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice",
        "Split", "Gather", "Expand", "Tile", "Pad", "MaxPool", "Resize", "Upsample", "Concat",
        "DepthToSpace", "SpaceToDepth", "Dropout",
    )
)  # fmt: skip


#: Element type of a pair -> what an engine's layer calls it.
_TYPES: dict[int, str] = {
    DataType.UINT8: "int8",
    DataType.INT8: "int8",
    DataType.FLOAT8E4M3FN: "fp8",
    DataType.FLOAT8E5M2: "fp8",
    DataType.UINT4: "int4",
    DataType.INT4: "int4",
    DataType.FLOAT4E2M1: "fp4",
}


def pair_types(graph: GraphProto, initializers: Iterable[TensorProto]) -> set[str]:
    """Return the types that the Q and DQ nodes of a graph quantize to.

    Args:
        graph: The graph.
        initializers: Its initializers, with or without their values.
    """
    types = {tensor.name: tensor.data_type for tensor in initializers}
    for node in graph.node:
        if node.op_type == "Constant":
            value = next((a.t for a in node.attribute if a.name == "value"), None)
            types[node.output[0]] = 0 if value is None else value.data_type
    found = set()
    for node in graph.node:
        if node.op_type not in ("QuantizeLinear", "DequantizeLinear"):
            continue
        declared = next((a.i for a in node.attribute if a.name == "output_dtype"), 0)
        zero = types.get(node.input[2], 0) if len(node.input) > 2 else 0
        found.add(_TYPES.get(declared or zero, "int8"))
    return found


class WeightedNode(NamedTuple):
    """A node that multiplies with weights, or a product of two activations with pairs.

    Attributes:
        name: As the builder names it: the node's name, else ``node_of_<first output>``.
        op: Its op.
        has_pairs: Both operands have a pair, so it can run in INT8.
        reason: Why it has none, as far as that is known.
    """

    name: str
    op: str
    has_pairs: bool
    reason: str = ""


class ActivationPair(NamedTuple):
    """A Q/DQ pair on an activation.

    Attributes:
        value: The ONNX value that is quantized.
        quantizers: Names of the QuantizeLinear nodes.
        dequantizers: Names of the DequantizeLinear nodes.
    """

    value: str
    quantizers: tuple[str, ...]
    dequantizers: tuple[str, ...]


class QuantizedGraph(NamedTuple):
    """The part of a Q/DQ model that a verdict on its engine needs.

    Attributes:
        weighted: Its weighted nodes, in order.
        pairs: Its pairs on activations, in order.
        types: What its pairs quantize to: ``int8``, ``fp8``, ...
    """

    weighted: tuple[WeightedNode, ...]
    pairs: tuple[ActivationPair, ...]
    types: tuple[str, ...] = ("int8",)

    def names_of_pairs(self) -> frozenset[str]:
        """Names of the Q and DQ nodes on activations."""
        return frozenset(
            name for pair in self.pairs for name in (*pair.quantizers, *pair.dequantizers)
        )

    @classmethod
    def of(
        cls,
        graph: GraphProto,
        *,
        constants: Collection[str] = (),
        reasons: Mapping[str, str] | None = None,
        types: Iterable[str] = ("int8",),
    ) -> QuantizedGraph:
        """Read the main graph of a Q/DQ model.

        Args:
            graph: The graph.
            constants: Names of initializers that it does not hold itself.
            reasons: Node -> why it has no pairs.
            types: What its pairs quantize to (``pair_types``).
        """
        read = _Reader(graph, constants, reasons or {}).read()
        return read._replace(types=tuple(sorted(types)))

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> QuantizedGraph:
        """Read what ``to_dict`` writes."""
        return cls(
            weighted=tuple(
                WeightedNode(
                    name=str(item["node"]),
                    op=str(item["op"]),
                    has_pairs=bool(item["pairs"]),
                    reason=str(item["reason"] or ""),
                )
                for item in value["weighted"]
            ),
            pairs=tuple(
                ActivationPair(
                    value=str(item["value"]),
                    quantizers=tuple(map(str, item["quantizers"])),
                    dequantizers=tuple(map(str, item["dequantizers"])),
                )
                for item in value["pairs"]
            ),
            types=tuple(map(str, value["types"])),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "weighted": [
                {
                    "node": node.name,
                    "op": node.op,
                    "pairs": node.has_pairs,
                    "reason": node.reason or None,
                }
                for node in self.weighted
            ],
            "pairs": [
                {
                    "value": pair.value,
                    "quantizers": list(pair.quantizers),
                    "dequantizers": list(pair.dequantizers),
                }
                for pair in self.pairs
            ],
            "types": list(self.types),
        }


class _Reader:
    """Follows values back to pairs and constants."""

    def __init__(
        self, graph: GraphProto, constants: Collection[str], reasons: Mapping[str, str]
    ) -> None:
        self._graph = graph
        self._reasons = reasons
        self._constants = {*constants, *(tensor.name for tensor in graph.initializer)}
        for node in graph.node:
            if node.op_type == "Constant":
                self._constants.update(node.output)
        self._producers = producers_of(n for n in graph.node if n.op_type != "Constant")

    def read(self) -> QuantizedGraph:
        weighted = (self._weighted(n) for n in self._graph.node if n.op_type in WEIGHTED)
        return QuantizedGraph(
            weighted=tuple(node for node in weighted if node is not None),
            pairs=tuple(self._pairs()),
        )

    def _weighted(self, node: NodeProto) -> WeightedNode | None:
        operands = node.input[:2]
        if len(operands) < 2:
            return None
        unpaired = [name for name in operands if not self._has_pair(name)]
        if unpaired and not any(map(self._is_constant, operands)):
            return None  # a product of two activations that nobody wants in INT8
        reason = ""
        if unpaired:
            name = _label(node)
            reason = (
                self._reasons.get(name)
                or f"no Q/DQ pair on {' and '.join(map(repr, unpaired))}"
            )
        return WeightedNode(
            name=_label(node), op=node.op_type, has_pairs=not unpaired, reason=reason
        )

    def _has_pair(self, value: str) -> bool:
        """True where all of a value comes from a DequantizeLinear."""
        return all(
            producer is not None and producer.op_type == "DequantizeLinear"
            for producer in sources_of(value, self._producers, _MOVERS)
        )

    def _is_constant(self, value: str) -> bool:
        """True for a constant, also behind its pair and ops that move it."""
        waiting = [value]
        for name in waiting:
            producer = self._producers.get(name)
            if name in self._constants:
                continue
            is_pair = producer is not None and producer.op_type in (
                "QuantizeLinear",
                "DequantizeLinear",
            )
            if producer is None or not (is_pair or producer.op_type in _MOVERS):
                return False
            waiting.append(producer.input[0])
        return True

    def _pairs(self) -> Iterable[ActivationPair]:
        consumers: dict[str, list[str]] = collections.defaultdict(list)
        for node in self._graph.node:
            if node.op_type == "DequantizeLinear" and node.input:
                consumers[node.input[0]].append(_label(node))
        found: dict[str, tuple[list[str], list[str]]] = {}
        for node in self._graph.node:
            if node.op_type == "QuantizeLinear" and not self._is_constant(node.input[0]):
                quantizers, dequantizers = found.setdefault(node.input[0], ([], []))
                quantizers.append(_label(node))
                dequantizers += consumers.get(node.output[0], [])
        for value, (quantizers, dequantizers) in found.items():
            yield ActivationPair(
                value=value, quantizers=tuple(quantizers), dequantizers=tuple(dequantizers)
            )


def _label(node: NodeProto) -> str:
    name: str = node.name or f"node_of_{node.output[0]}"
    return name
