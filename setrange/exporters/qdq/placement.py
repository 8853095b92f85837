# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Where Q/DQ pairs go, so that TensorRT's fusions meet INT8 where it pays.

Source: TensorRT developer guide 8.4, "Q/DQ placement recommendations"; ModelOpt's choices.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from setrange.exporters.qdq.decision import Decision, Verdict
from setrange.exporters.qdq.graph import QUANTIZABLE, QdqGraph
from setrange.exporters.qdq.moved_constants import axis_before
from setrange.exporters.qdq.patterns import (
    attention_role,
    convolution_depth,
    fp8_limit,
    fused_convolution,
    is_moved_of,
    is_taken_apart,
    small_reason,
)
from setrange.exporters.qdq.types import FP8, INT8, QUANTIZED_TYPES
from setrange.exporters.qdq.weights import weight_axis
from setrange.model.graph import SHAPE_READERS, Use
from setrange.model.node import Node
from setrange.model.op_traits import WEIGHTED
from setrange.model.subgraphs import all_nodes
from setrange.ranges.precision import precision_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from setrange.exporters.qdq.types import QuantizedType

__all__ = [
    "Placement",
    "WeightPair",
    "place_everywhere",
    "place_for_dla",
    "place_for_gpu",
]

_TWO_OPERANDS = ("Add", "Div", "Max", "Min", "Mul", "Sub")
_POOLS = ("AveragePool", "GlobalAveragePool")


class WeightPair(NamedTuple):
    """A constant, or one that was moved, with its channel axis (``None``: one scale).

    ``stays_float``: it is never stored as INT8; see ``patterns.is_taken_apart``.
    """

    value: str
    axis: int | None
    stays_float: bool = False


@dataclass(slots=True, kw_only=True)
class Placement:
    """The values that get a Q/DQ pair, and why the other nodes stay float.

    Attributes:
        activations: Value -> the inputs that take its dequantized copy.
        weights: Constant and axis -> the same.
        types: Input -> what its node is quantized to.
        decisions: Every decision, in the order of the nodes.
        inside: Those about layers in the bodies of an If, Loop or Scan.
    """

    activations: dict[str, set[Use]] = field(default_factory=dict)
    weights: dict[WeightPair, set[Use]] = field(default_factory=dict)
    types: dict[Use, QuantizedType] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    inside: list[Decision] = field(default_factory=list)

    def by_type(self, uses: Iterable[Use]) -> list[tuple[QuantizedType, list[Use]]]:
        """Divide the inputs that take one value by what their nodes are quantized to."""
        parts: dict[str, list[Use]] = {}
        for use in sorted(uses):
            parts.setdefault(self.types[use].name, []).append(use)
        return [(QUANTIZED_TYPES[name], some) for name, some in sorted(parts.items())]

    def decide(
        self, verdict: Verdict, node: Node, reason: str, value: str | None = None
    ) -> None:
        """Add a line."""
        self.decisions.append(
            Decision(verdict=verdict, node=node.label, op=node.op, value=value, reason=reason)
        )


def place_for_gpu(
    graph: QdqGraph,
    precision: Mapping[str, str],
    *,
    quantize_small: bool = False,
    residual: str = "auto",
    kind: QuantizedType = INT8,
) -> Placement:
    """Place pairs where TensorRT wants them on a GPU.

    Args:
        graph: The model.
        precision: Glob over node names -> ``fp32``, ``fp16`` (stays float), or ``int8`` or
            ``fp8`` (even where a rule says float); the last that fits counts.
        quantize_small: Place pairs on small convolutions and vector products too.
        residual: One of ``RESIDUALS``.
        kind: What nodes are quantized to for which ``precision`` says nothing.
    """
    return _Placer(graph, precision, quantize_small=quantize_small, kind=kind).gpu(residual)


def place_everywhere(
    graph: QdqGraph, precision: Mapping[str, str], *, kind: QuantizedType = INT8
) -> Placement:
    """Place a pair on every activation with a range, and on the weights of weighted ops."""
    return _Placer(graph, precision, quantize_small=True, kind=kind).everywhere()


def place_for_dla(graph: QdqGraph, precision: Mapping[str, str]) -> Placement:
    """Place a pair on everything DLA computes with, constant operands included.

    None goes on a convolution's output that DLA fuses into an Add.
    """
    placer = _Placer(graph, precision, quantize_small=True, kind=INT8)
    return placer.everywhere(is_dla=True)


class _Placer:
    def __init__(
        self,
        graph: QdqGraph,
        precision: Mapping[str, str],
        *,
        quantize_small: bool,
        kind: QuantizedType,
    ) -> None:
        self._kind = kind
        self._graph = graph
        self._precision = precision
        self._quantize_small = quantize_small
        self._int8: set[int] = set()
        self._made = Placement()

    def gpu(self, residual: str) -> Placement:
        for node in self._graph.nodes:
            if node.op in WEIGHTED:
                self._weighted(node)
            elif node.op in _POOLS:
                self._pool(node)
            elif node.has_bodies:
                self._inner(node)
        if residual == "float":
            return self._made
        depth = convolution_depth(self._graph)
        stored = None if residual == "int8" else frozenset(self._made.activations)
        for node in self._graph.nodes:
            if node.op == "Add":
                self._residual(node, depth, stored)
        return self._made

    def everywhere(self, *, is_dla: bool = False) -> Placement:
        for node in self._graph.nodes:
            why = self._float_by_precision(node)
            if why is not None:
                self._made.decide(Verdict.FLOAT, node, why)
                continue
            if node.has_bodies:
                self._inner(node)
            for use in (Use(node.index, slot) for slot in range(len(node.inputs))):
                value = node.inputs[use.slot]
                if node.op in WEIGHTED and use.slot < 2 and self._is_weight(value):
                    self._weight(node, use)
                elif node.op in SHAPE_READERS or value not in self._graph.facts:
                    continue
                elif value in self._graph.rooted:
                    if is_dla and node.op in _TWO_OPERANDS:
                        self._place(node, use, "operand: DLA wants both quantized alike")
                elif not (is_dla and self._graph.facts[value].is_fused):
                    self._place(node, use, "has a range")
        return self._made

    # -- rules --------------------------------------------------------------------------

    def _weighted(self, node: Node) -> None:
        """All inputs of a weighted op, or none."""
        why = self._float_by_precision(node) or self._float_by_rule(node)
        if why is not None:
            self._made.decide(Verdict.FLOAT, node, why)
            return
        activations = []
        for slot in (0, 1):
            value = node.inputs[slot]
            if self._is_weight(value):
                continue
            activations.append(self._before_pad(node, slot))
        values = [self._value_at(use) for use in activations]
        if not self._can_all(node, values):
            return
        self._int8.add(node.index)
        for use, value in zip(activations, values, strict=True):
            moved = "" if use.node == node.index else ", before the Pad, which TensorRT fuses"
            self._add(node, use, value, f"input of {node.op}{moved}")
        for slot in (0, 1):
            if self._is_weight(node.inputs[slot]):
                self._weight(node, Use(node.index, slot))

    def _inner(self, node: Node) -> None:
        """Weighted ops in the bodies of an If, Loop or Scan."""
        for inner in all_nodes([node.proto]):
            if inner is not node.proto and inner.op_type in WEIGHTED:
                why = f"it is inside the {node.op} {node.label!r}; pairs go outside only"
                self._made.decide(Verdict.FLOAT, Node(inner, -1), why)
                self._made.inside.append(self._made.decisions[-1])

    def _pool(self, node: Node) -> None:
        """Both sides of an average pooling, where the user says INT8; else none.

        NVIDIA's builder averages in float: a pair before it would be computed and undone.
        """
        source, result = node.inputs[0], node.outputs[0]
        if self._wanted(node) not in QUANTIZED_TYPES:
            return
        if not self._graph.uses(result):
            self._made.decide(Verdict.FLOAT, node, "its result is only a network output")
        elif self._can_all(node, [source, result]):
            self._add(node, Use(node.index, 0), source, f"input of {node.op}")
            for use in self._graph.uses(result):
                self._add(node, use, result, f"output of {node.op}: INT8 on both sides")

    def _residual(
        self, node: Node, depth: Mapping[str, int], stored: Collection[str] | None
    ) -> None:
        """The skip input of an Add that is fused to an INT8 convolution.

        NVIDIA's builder computes the Add in the kernel that makes the skip input, where that
        one has no other reader: a pair would be computed and undone there. Observed: TensorRT
        for RTX 1.7.1, SM86, both branches ending in a convolution.

        Args:
            node: The Add.
            depth: Of ``convolution_depth``.
            stored: The values that are INT8 for other nodes; only they, and what is moved out
                of them or into them, get a pair. ``None``: any value does.
        """
        first, second = node.inputs
        if first == second or self._float_by_precision(node) is not None:
            return
        fused = []
        for slot, value in enumerate((first, second)):
            convolution = fused_convolution(self._graph, value)
            if convolution is not None and convolution.index in self._int8:
                fused.append((depth.get(value, 0), -slot))
        skip = 1 if fused and -max(fused)[1] == 0 else 0
        value = node.inputs[skip]
        if not fused or value in self._graph.constants:
            return
        if stored is not None and not is_moved_of(self._graph, value, stored):
            return
        if self._can_all(node, [value]):
            use = Use(node.index, skip)
            self._add(node, use, value, "skip input of a residual Add")
            convolution = fused_convolution(self._graph, node.inputs[1 - skip])
            if convolution is not None:
                self._made.types[use] = self._kind_of(convolution)

    def _before_pad(self, node: Node, slot: int) -> Use:
        """Where the pair of an activation input goes: before a Pad that TensorRT fuses.

        It fuses one that pads with zeros, and that only this node takes; any other one is an
        op of its own, and a pair before it would leave the convolution float.
        """
        use = Use(node.index, slot)
        if node.op not in ("Conv", "ConvTranspose"):
            return use
        value = node.inputs[slot]
        producer = self._graph.producer(value)
        while (
            producer is not None
            and producer.op == "Pad"
            and self._pads_with_zero(producer)
            and self._graph.only_consumer(value) is not None
        ):
            use = Use(producer.index, 0)
            value = producer.inputs[0]
            producer = self._graph.producer(value)
        return use

    def _pads_with_zero(self, pad: Node) -> bool:
        """True where padding commutes with quantization."""
        if pad.attr_str("mode", "constant") != "constant":
            return True
        if len(pad.inputs) < 3 or not pad.inputs[2]:
            return pad.attr_float("value") == 0.0
        constant = self._graph.constants.get(pad.inputs[2])
        return constant is not None and constant.amax() == 0.0

    # -- answers ------------------------------------------------------------------------

    def _float_by_precision(self, node: Node) -> str | None:
        wanted = self._wanted(node)
        is_kept = wanted is not None and wanted not in QUANTIZED_TYPES
        return f"precision says {wanted}" if is_kept else None

    def _wanted(self, node: Node) -> str | None:
        return precision_of(node.name, self._precision)

    def _float_by_rule(self, node: Node) -> str | None:
        constant = [self._is_weight(value) for value in node.inputs[:2]]
        if all(constant):
            return "both operands are constants"
        for value in node.inputs[:2]:
            if value in self._graph.computed:
                producer = self._graph.producer(value)
                return (
                    f"its operand {value!r} is computed from constants"
                    f"{'' if producer is None else f' by {producer.op}'}: fold them first"
                )
        if node.op in ("Conv", "ConvTranspose") and not constant[1]:
            return "its weights are not constant"
        if self._kind_of(node) is FP8 and (why := fp8_limit(self._graph, node)) is not None:
            return why
        if self._wanted(node) in QUANTIZED_TYPES:
            return None
        if node.op == "ConvTranspose":
            return "NVIDIA's builder runs ConvTranspose in float; a pair would be undone"
        if not any(constant) and (role := attention_role(self._graph, node)) is not None:
            # NVIDIA's builder runs both products of attention in FP8, given the ranges.
            has_ranges = not any(map(self._graph.why_no_pair, node.inputs[:2]))
            if self._kind_of(node) is not FP8 or not has_ranges:
                return f"it {role}"
        return None if self._quantize_small else small_reason(self._graph, node)

    def _kind_of(self, node: Node) -> QuantizedType:
        return QUANTIZED_TYPES.get(self._wanted(node) or "", self._kind)

    def _is_weight(self, value: str) -> bool:
        found = self._graph.rooted.get(value)
        return found is not None and found.dtype in QUANTIZABLE and bool(found.shape)

    def _can_all(self, node: Node, values: Iterable[str]) -> bool:
        """True where every value can have a pair; else says why the node stays float."""
        for value in values:
            why = self._graph.why_no_pair(value)
            if why is None:
                continue
            fact = self._graph.facts.get(value)
            missing = fact is not None and why.endswith("has no range")
            verdict = Verdict.NO_RANGE if missing else Verdict.FLOAT
            self._made.decide(verdict, node, why)
            return False
        return True

    def _value_at(self, use: Use) -> str:
        return self._graph.nodes[use.node].inputs[use.slot]

    # -- results ------------------------------------------------------------------------

    def _place(self, node: Node, use: Use, reason: str) -> None:
        value = self._value_at(use)
        if self._graph.why_no_pair(value) is None:
            self._add(node, use, value, reason)

    def _add(self, node: Node, use: Use, value: str, reason: str) -> None:
        uses = self._made.activations.setdefault(value, set())
        if use not in uses:
            uses.add(use)
            self._made.types[use] = self._kind_of(node)
            origin = self._graph.facts[value].origin
            why = reason if origin == "given" else f"{reason} ({origin})"
            self._made.decide(Verdict.ACTIVATION, node, why, value)

    def _weight(self, node: Node, use: Use) -> None:
        value, rooted = self._value_at(use), self._graph.rooted
        axis = weight_axis(
            node.op,
            use.slot,
            len(rooted[value].shape),
            group=node.attr_int("group", 1),
            transpose_b=bool(node.attr_int("transB")),
        )
        if axis is not None and rooted[value].axes[axis] is None:
            axis = None  # a Reshape mixes the channels
        # The pair goes on the constant itself, if all that moves it leads only here.
        while (
            producer := self._graph.producer(value)
        ) is not None and producer.op != "Constant":
            source = producer.inputs[0]
            is_shared = (
                len(self._graph.uses(value)) > 1 or self._graph.only_consumer(value) is None
            )
            if is_shared or rooted[source].dtype != rooted[value].dtype:
                break
            if axis is not None:
                axis = axis_before(rooted[source], rooted[value], axis)
            use, value = Use(producer.index, 0), source
        stays = (
            axis is not None
            and node.op in ("Gemm", "MatMul")
            and is_taken_apart(self._graph, node)
        )
        self._made.weights.setdefault(WeightPair(value, axis, stays), set()).add(use)
        self._made.types[use] = self._kind_of(node)
        how = "one scale" if axis is None else f"a scale per channel, axis {axis}"
        if stays:
            how += "; stored as float, for the builder takes the product apart"
        self._made.decide(Verdict.WEIGHT, node, f"weights of {node.op}: {how}", value)
