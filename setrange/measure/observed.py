# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which ONNX values are measured, and which follow from those exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from setrange.model.graph import producers_of
from setrange.model.subgraphs import all_nodes, subgraphs
from setrange.model.types import EXTERNAL, DataType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from onnx import NodeProto, TensorProto

    from setrange.model.loading import Model
    from setrange.network import Network

__all__ = ["BFLOAT16", "IN_A_BODY", "Observed", "bases_of", "observed_values"]

#: Ops whose first output holds exactly the values of their first input (inference).
_SAME_VALUES = frozenset(
    {"Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"}
)

#: Beyond this a product of float32 may have overflowed on the way: it is measured itself.
_MOST_FACTOR = 2.0**64

#: Why a value gets no range, whatever the data are.
BFLOAT16 = "bfloat16, which TensorRT never quantizes"
IN_A_BODY = "in a body of If, Loop or Scan, which is not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """An ONNX value that gets a range.

    Attributes:
        name: The value.
        base: The value that is measured for it; itself, or where it is copied from.
        is_rectified: True if a Relu lies between: negative values of ``base`` are 0.
        factor: Its values are those of ``base`` times this, rounded to float32. A power of two
            gives the same digits; any other factor is that of a single Mul or Div. Bounds are
            exact even so: rounding keeps the order of values, and what float64 makes of two
            float32, or of one and a reciprocal, rounds to float32 as the Mul or Div does.
    """

    name: str
    base: str
    is_rectified: bool
    factor: float = 1.0


def bases_of(observed: Iterable[Observed]) -> list[str]:
    """Return the values that are measured for others or themselves, each once."""
    return list(dict.fromkeys(item.base for item in observed))


def observed_values(
    model: Model, network: Network, *, through_relu: bool = True
) -> tuple[list[Observed], list[tuple[str, str]]]:
    """Return the float values that TensorRT has as tensors, in network order.

    Constants and what is folded into them are not among them: their range is in the model.

    Args:
        model: The model.
        network: What TensorRT's parser makes of it.
        through_relu: The output of a Relu is not measured where its input is, nor that of a Mul
            or Div by a constant. False: only what is multiplied by a power of two follows; a
            mean of bounds is another one otherwise.

    Returns:
        The values that can be measured; and those that cannot, with the reason.
    """
    producers = producers_of(model.graph.node)
    initializers = {tensor.name: tensor for tensor in model.graph.initializer}
    values = {value.name for value in model.graph.input} - set(initializers) | set(producers)
    copies = _Copies(
        producers=producers,
        values=values,
        factors={
            name: value
            for name, value in _factors(initializers.values())
            if through_relu or _is_power_of_two(value)
        },
        through_relu=through_relu,
    )
    inner = _inner_values(model)
    found: dict[str, Observed] = {}
    hidden: dict[str, str] = {}
    for tensor in network.tensors():
        name = tensor.onnx_value
        if not name or name in found or not tensor.needs_range or tensor.constant is not None:
            continue
        if tensor.dtype == "bf16":
            hidden[name] = BFLOAT16
        elif name in values:
            found[name] = copies.observed(name)
        elif name in inner:
            hidden[name] = IN_A_BODY
    return list(found.values()), [item for item in hidden.items() if item[0] not in found]


def _inner_values(model: Model) -> set[str]:
    """Return what is defined in the bodies of nodes."""
    names: set[str] = set()
    for node in all_nodes(model.graph.node):
        for graph in subgraphs(node):
            names.update(value.name for value in graph.input)
            names.update(name for inner in graph.node for name in inner.output)
    return names


def _factors(tensors: Iterable[TensorProto]) -> Iterator[tuple[str, float]]:
    """Yield the initializers that are one float above 0, and their value."""
    for tensor in tensors:
        is_scalar = tensor.data_type == DataType.FLOAT32 and math.prod(tensor.dims) == 1
        if is_scalar and tensor.data_location != EXTERNAL:
            value = _only_value(tensor)
            if 1 / _MOST_FACTOR <= value <= _MOST_FACTOR:
                yield tensor.name, value


def _is_power_of_two(value: float) -> bool:
    return math.frexp(value)[0] == 0.5


def _only_value(tensor: TensorProto) -> float:
    """Return the value of a scalar; NaN where it holds more values than that, or none."""
    if tensor.HasField("raw_data"):
        raw = tensor.raw_data
        return float(np.frombuffer(raw, "<f4")[0]) if len(raw) == 4 else math.nan
    return float(tensor.float_data[0]) if len(tensor.float_data) == 1 else math.nan


@dataclass(slots=True, kw_only=True)
class _Copies:
    """Finds what a value is a copy of; each node is looked at once.

    Attributes:
        producers: The node that makes a value.
        values: What can be measured.
        factors: Initializers that are one factor.
        through_relu: A Relu is followed too.
        known: By value what was found: base, is_rectified and factor of ``Observed``.
    """

    producers: dict[str, NodeProto]
    values: set[str]
    factors: dict[str, float]
    through_relu: bool
    known: dict[str, tuple[str, bool, float]] = field(default_factory=dict)

    def observed(self, name: str) -> Observed:
        steps: list[tuple[str, bool, float]] = []
        value = name
        while value not in self.known:
            step = self._step(value)
            if step is None:
                self.known[value] = value, False, 1.0
                break
            source, by = step
            steps.append((value, self.producers[value].op_type == "Relu", by))
            value = source
        for target, relu, by in reversed(steps):
            base, is_rectified, factor = self.known[value]
            is_rounded_once = _is_power_of_two(factor) or _is_power_of_two(by)
            factor *= by
            if is_rounded_once and 1 / _MOST_FACTOR <= factor <= _MOST_FACTOR:
                self.known[target] = base, is_rectified or relu, factor
            else:
                self.known[target] = target, False, 1.0
            value = target
        base, is_rectified, factor = self.known[name]
        return Observed(name=name, base=base, is_rectified=is_rectified, factor=factor)

    def _step(self, value: str) -> tuple[str, float] | None:
        """What a value is copied from, and the factor; ``None`` where it is measured itself."""
        node = self.producers.get(value)
        if node is None or node.domain not in ("", "ai.onnx"):
            return None
        source, by = node.input[0] if node.input else "", 1.0
        if node.op_type in ("Div", "Mul"):
            source, by = _scaled(node, self.factors)
        elif not (
            node.op_type in _SAME_VALUES or (self.through_relu and node.op_type == "Relu")
        ):
            return None
        if source not in self.values or node.output[0] != value or source == value:
            return None
        return source, by


def _scaled(node: NodeProto, factors: dict[str, float]) -> tuple[str, float]:
    """Return what a Mul or Div scales and by what; no name if it does something else."""
    if len(node.input) != 2:
        return "", 1.0
    first, second = node.input
    if node.op_type == "Mul" and first in factors:
        first, second = second, first
    if second not in factors:
        return "", 1.0
    return first, factors[second] if node.op_type == "Mul" else 1 / factors[second]
