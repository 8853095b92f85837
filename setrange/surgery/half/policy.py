# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which nodes compute in float16, and why the others do not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from setrange.model.op_traits import MOVES_VALUES, WEIGHTED
from setrange.ranges.model import INT8_STEPS
from setrange.surgery.half.constants import ENDLESS, LARGEST, vanishes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from setrange.model.node import Node
    from setrange.model.weights import Weights
    from setrange.surgery.half.graph import HalfGraph

__all__ = ["BOUNDED", "KeptNode", "kept_nodes"]

_PAIRS = ("QuantizeLinear", "DequantizeLinear")

#: Ops that lose what float16 cannot hold: positions, angles, sums of many numbers, logarithms
#: of small ones.
_EXACT = frozenset(
    {"AffineGrid", "Cos", "CumProd", "CumSum", "DFT", "Det", "GridSample", "Log"}
    | {"LpNormalization", "LpPool", "MaxRoiPool", "Mod", "OneHot", "ReduceL2", "ReduceLogSum"}
    | {"ReduceLogSumExp", "ReduceProd", "ReduceSumSquare", "RoiAlign", "STFT", "Sin", "Tan"}
)

#: Ops for which TensorRT's parser makes a constant in float32, whatever their type: a strongly
#: typed network refuses the sum. Observed: TensorRT for RTX 1.7.1.
_WITH_FP32_CONSTANT = frozenset({"MeanVarianceNormalization"})

#: Ops whose results outgrow float16 easily: cast only where a range says that they do not.
_GROWING = frozenset({"Exp", "Pow", "ReduceL1", "ReduceSum"})

#: Ops that stay float32 where only float32 nodes take what they make: casting between would
#: lose the numbers those nodes need, and cost time.
_FOLLOWING = frozenset(
    {"Add", "Cast", "Concat", "ConstantOfShape", "Div", "Max", "Min", "Mul", "Neg"}
    | {"Reciprocal", "Sqrt", "Sub", "Where", *_PAIRS}
    | MOVES_VALUES
)

#: Ops between an epsilon and the division it is for.
_CARRYING = frozenset({"Expand", "Identity", "Reshape", "Sqrt", "Squeeze", "Unsqueeze"})

#: Ops whose constants only bound or compare: one beyond float16 is the largest number there.
BOUNDED = frozenset({"Clip", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Max", "Min"})

#: Ops whose constants multiply and add up: a number too large is no stand-in for infinity.
_ADDING_UP = WEIGHTED | {"BatchNormalization"}


class KeptNode(NamedTuple):
    """A node that stays float32, and why."""

    node: Node
    reason: str


def kept_nodes(
    graph: HalfGraph,
    constants: Mapping[str, Weights],
    amax: Mapping[str, float],
    precision: Mapping[str, str],
) -> dict[int, KeptNode]:
    """Return the nodes with float values that stay float32, by position.

    Args:
        graph: The model.
        constants: Its float32 constants.
        amax: Largest magnitude of values that have a range.
        precision: Nodes that the user keeps float32, by name -> the reason.
    """
    policy = _Policy(graph, constants, amax, precision)
    kept = {
        node.index: KeptNode(node=node, reason=reason)
        for node in graph.nodes
        if node.op != "Constant" and (reason := policy.reason(node)) is not None
    }
    for node in graph.nodes:
        if node.index not in kept and policy.divides_by_epsilon(node):
            reason = "it divides by what an epsilon keeps from 0, in FP32 only"
            kept[node.index] = KeptNode(node=node, reason=reason)
    for node in reversed(graph.nodes):
        if node.index not in kept and policy.follows(node, kept):
            kept[node.index] = KeptNode(node=node, reason="only FP32 nodes take what it makes")
    _keep_pairs_together(graph, kept)
    return kept


def _keep_pairs_together(graph: HalfGraph, kept: dict[int, KeptNode]) -> None:
    """The two nodes of a pair have one type, so that they have one scale."""
    for node in graph.nodes:
        quantizer = graph.producer(node.inputs[0]) if node.op == "DequantizeLinear" else None
        if quantizer is not None and node.index in kept:
            kept.setdefault(
                quantizer.index, KeptNode(node=quantizer, reason=kept[node.index].reason)
            )


class _Policy:
    def __init__(
        self,
        graph: HalfGraph,
        constants: Mapping[str, Weights],
        amax: Mapping[str, float],
        precision: Mapping[str, str],
    ) -> None:
        self._graph = graph
        self._constants = constants
        self._precision = precision
        self._amax = dict(amax)
        for node in graph.nodes:
            if node.op in _PAIRS and node.inputs[1] in constants:
                self._amax[node.outputs[0]] = INT8_STEPS * constants[node.inputs[1]].amax()
        self._free = self._made_without_inputs()
        #: Values that an epsilon keeps from being 0, which float16 does not hold.
        self._epsilons: set[str] = set()

    def reason(self, node: Node) -> str | None:
        """Why a node stays float32 by itself; ``None`` where it can be cast."""
        slots = self._graph.slots[node.index]
        if node.has_bodies:
            return "its bodies stay FP32" if self._has_floats(node) else None
        if slots is None:
            return "ONNX does not define its types" if self._has_floats(node) else None
        if not slots.inputs and not slots.outputs:
            return f"{node.op} has no FP16 form in ONNX" if self._has_floats(node) else None
        return (
            self._precision.get(node.name)
            or self._reason_of_op(node)
            or self._reason_of_ranges(node)
            or self._reason_of_constants(node)
        )

    def divides_by_epsilon(self, node: Node) -> bool:
        """True on the way from a node with an epsilon to the division it is for.

        To be asked of all nodes in order, after their own reasons.
        """
        slots = self._graph.slots[node.index]
        if not slots or not slots.outputs or self._epsilons.isdisjoint(node.inputs):
            return False
        if node.op in _CARRYING:
            self._epsilons.update(node.outputs)
            return True
        return node.op == "Reciprocal" or (
            node.op == "Div" and node.inputs[1] in self._epsilons
        )

    def follows(self, node: Node, kept: Mapping[int, KeptNode]) -> bool:
        """True where only nodes that stay float32 take what a node makes."""
        slots = self._graph.slots[node.index]
        is_free_product = node.op == "MatMul" and self._free.issuperset(node.outputs)
        if not slots or not slots.outputs or not (node.op in _FOLLOWING or is_free_product):
            return False
        consumers = []
        for slot in slots.outputs:
            value = node.outputs[slot]
            if self._graph.is_seen_outside(value):
                return False
            consumers += [use.node for use in self._graph.uses(value)]
        return bool(consumers) and all(consumer in kept for consumer in consumers)

    def _made_without_inputs(self) -> set[str]:
        """Values made of constants and integers alone: positions, angles, masks."""
        graph = self._graph
        outer = {name for name in graph.consumed() if graph.producer(name) is None}
        free = {n for n in outer if n in self._constants or not graph.is_float(n)}
        free.add("")  # an absent input
        for node in graph.nodes:
            if free.issuperset(node.inputs) and not node.has_bodies:
                free.update(node.outputs)
        return free

    # -- reasons ------------------------------------------------------------------------

    def _has_floats(self, node: Node) -> bool:
        return any(map(self._graph.is_float, (*node.inputs, *node.outputs)))

    def _reason_of_op(self, node: Node) -> str | None:
        if node.op in _EXACT:
            return f"{node.op} needs more digits than FP16 has"
        if node.op in _WITH_FP32_CONSTANT:
            return "TensorRT's parser adds an FP32 constant to it"
        if node.op == "Cast" and not self._graph.is_float(node.outputs[0]):
            return "it makes integers of floats"
        if node.op in _GROWING and node.outputs[0] not in self._amax:
            return f"{node.op} may exceed FP16, and no range says that it does not"
        return None

    def _reason_of_ranges(self, node: Node) -> str | None:
        # What a pair makes is a product of its scale: beyond float16, it is infinite there.
        limit = math.inf if node.op in _PAIRS else ENDLESS
        for value in (*node.outputs, *node.inputs):
            amax = self._amax.get(value, 0.0)
            if LARGEST < amax < limit:
                return f"{value!r} reaches {amax:.4g}, beyond FP16's {LARGEST:g}"
        return None

    def _reason_of_constants(self, node: Node) -> str | None:
        for value in node.inputs:
            constant = self._constants.get(value)
            if constant is None or node.op in _PAIRS:
                continue
            amax = constant.amax()
            is_number = amax < ENDLESS or node.op in _ADDING_UP
            if amax > LARGEST and is_number and node.op not in BOUNDED:
                return f"constant {value!r} holds {amax:.4g}, beyond FP16's {LARGEST:g}"
            if vanishes(constant):
                self._epsilons.update(node.outputs)
                return f"constant {value!r} is {amax:.4g}: 0 in FP16"
        return None
