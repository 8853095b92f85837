# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What placement asks of a model: the producer and the consumers of a value, and its facts."""

from __future__ import annotations

import collections
import copy
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from setrange.exporters.qdq.moved_constants import MovedConstant, moved
from setrange.fill.dla import FUSED
from setrange.model.constants import weights_from_tensor
from setrange.model.graph import SHAPE_READERS, GraphIndex, constant_tensors
from setrange.model.types import DataType
from setrange.plan import Source
from setrange.ranges.float32 import float32_scale

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from setrange.model.loading import Model
    from setrange.model.node import Node
    from setrange.model.weights import Weights
    from setrange.plan import Plan, PlannedTensor

__all__ = ["QUANTIZABLE", "QdqGraph", "ValueFact"]

#: Element types a pair can be put on.
QUANTIZABLE = ("float32", "float16")


class ValueFact(NamedTuple):
    """What the plan knows of an ONNX value.

    Attributes:
        name: TensorRT's name of the tensor.
        dtype: Element type.
        shape: Dimensions, -1 where unknown; ``None`` where the rank is.
        scale: Float32 scale of its range in INT8, or ``None`` where it has none.
        amax: Largest magnitude of its range; 0.0 where it has none.
        low: Lower end of its range; 0.0 where it has none.
        high: Upper end of its range; 0.0 where it has none.
        has_two_ends: The range says more than its largest magnitude.
        origin: Where the range is from, in words.
        is_shape: True where TensorRT uses the values as dimensions.
        is_fused: True for a convolution's output that DLA fuses into an Add.
    """

    name: str
    dtype: str
    shape: tuple[int, ...] | None
    scale: float | None
    amax: float
    low: float
    high: float
    has_two_ends: bool
    origin: str
    is_shape: bool
    is_fused: bool = False


class QdqGraph(GraphIndex):
    """The main graph of a model, indexed, with what the plan knows of its values.

    Shape and Size are no consumers.

    Attributes:
        constants: Float constants: initializers and Constant nodes.
        inputs: Names of the graph's inputs, without initializers.
        rooted: Float values that hold a constant's numbers, as it does or moved.
        computed: Values made of constants alone, but not by moving one.
        facts: What the plan knows, by value.
        fused: Value -> the convolution it is fused to; see ``patterns.fused_convolution``.
    """

    def __init__(
        self,
        model: Model,
        plan: Plan,
        origins: Mapping[str, tuple[str, int]] | None = None,
    ) -> None:
        graph = model.graph
        outputs = (value.name for value in graph.output)
        super().__init__(model.nodes(), outputs, ignored=SHAPE_READERS)
        self.constants: dict[str, Weights] = {
            name: weights_from_tensor(tensor, model.base, name)
            for name, tensor in constant_tensors(graph).items()
        }
        self.inputs = {value.name for value in graph.input} - self.constants.keys()
        self.rooted: dict[str, MovedConstant] = {
            name: MovedConstant.of(constant)
            for name, constant in self.constants.items()
            if constant.is_float
        }
        self.computed: set[str] = set()
        for node in self.nodes:
            self._follow(node)
        self._origins = origins or {}
        self.facts = _facts(plan, self._origins)
        self.fused: dict[str, Node | None] = {}
        self._doubles = self._values_in_double(
            value.name
            for value in graph.input
            if value.type.tensor_type.elem_type == DataType.FLOAT64
        )

    def shape(self, value: str) -> tuple[int, ...] | None:
        """Dimensions of a constant or of a value the plan knows."""
        if value in self.rooted:
            return self.rooted[value].shape
        fact = self.facts.get(value)
        return None if fact is None else fact.shape

    def why_no_pair(self, value: str) -> str | None:
        """Why an activation cannot have a pair, or ``None`` where it can."""
        fact = self.facts.get(value)
        if fact is None:
            return f"{value!r} is no tensor of TensorRT's network"
        if fact.dtype not in QUANTIZABLE or fact.is_shape:
            what = "holds dimensions" if fact.is_shape else f"is {fact.dtype}"
            return f"{value!r} {what}"
        if value in self._doubles:
            return f"{value!r} is float64 (TensorRT makes it float32)"
        if fact.shape == ():
            return f"{value!r} is a scalar"
        if fact.scale is not None:
            return None
        is_inlined = value in self._origins
        return f"{(fact.name if is_inlined else value)!r} has no range"

    def with_every_range(self) -> QdqGraph:
        """Return the same graph as if every tensor had a range that the user gave."""
        graph = copy.copy(self)
        graph.facts = {
            value: fact._replace(scale=fact.scale or 1.0, origin="given")
            for value, fact in self.facts.items()
        }
        return graph

    def _follow(self, node: Node) -> None:
        """Note what a node makes of constants."""
        names = [name for name in node.inputs if name]
        source = self.rooted.get(names[0]) if names else None
        result = None if source is None else moved(node, source, self.constants)
        if result is not None:
            self.rooted[node.outputs[0]] = result
        elif names and all(
            name in self.constants or name in self.rooted or name in self.computed
            for name in names
        ):
            self.computed.update(node.outputs)

    def _values_in_double(self, inputs: Iterable[str]) -> set[str]:
        """Values that are float64 in ONNX, which has no Q for them."""
        doubles = {name for name, value in self.constants.items() if value.dtype == "float64"}
        doubles.update(inputs)
        for node in self.nodes:
            if node.op == "Cast":
                is_double = node.attr_int("to") == DataType.FLOAT64
            else:
                is_double = not doubles.isdisjoint(node.inputs)
            if is_double:
                doubles.update(node.outputs)
        return doubles


def _facts(plan: Plan, origins: Mapping[str, tuple[str, int]]) -> dict[str, ValueFact]:
    """Facts by value; those of functions' bodies under the names they have when inlined."""
    facts: dict[str, ValueFact] = {}
    each: dict[str, list[ValueFact]] = defaultdict(list)
    for planned in plan.tensors:
        tensor = planned.tensor
        value = tensor.name if tensor.is_network_input else tensor.onnx_value
        if value is None and plan.target == "dla" and tensor.constant is not None:
            value = tensor.constant.initializer  # DLA wants constant operands quantized too
        if value is None:
            continue
        fact = _fact(planned)
        each[value].append(fact)
        known = facts.get(value)
        if known is None or (fact.scale or -1.0) > (known.scale or 0.0):
            facts[value] = fact
    counts = collections.Counter(name for name, _ in origins.values())
    for value, (name, occurrence) in origins.items():
        # TensorRT makes the values of a body again for each call, in the order of the calls.
        if len(each[name]) == counts[name]:
            facts[value] = each[name][occurrence]
        elif name in facts:
            facts[value] = facts[name]
    return facts


def _fact(planned: PlannedTensor) -> ValueFact:
    tensor, bounds = planned.tensor, planned.range
    source = planned.source.value
    return ValueFact(
        name=tensor.name,
        dtype=tensor.dtype,
        shape=tensor.shape,
        scale=None if bounds is None else float32_scale(bounds.amax, planned.scale),
        amax=0.0 if bounds is None else bounds.amax,
        low=0.0 if bounds is None else bounds.min,
        high=0.0 if bounds is None else bounds.max,
        has_two_ends=bounds is not None and planned.scale is None,
        origin=f"{source}: {planned.why}" if planned.why != source else source,
        is_shape=tensor.is_shape_tensor,
        is_fused=planned.source in (Source.DERIVED, Source.ESTIMATED)
        and planned.why.startswith(FUSED),
    )
