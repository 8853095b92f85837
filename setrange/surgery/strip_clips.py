# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Restores activations that a quantizer replaced.

ONNX Runtime's tool removes a Relu or Clip before a quantizer whose least value is 0: the
quantizer clips by itself. Without the quantizer the activation has to come back.

Source: microsoft/onnxruntime v1.23: python/tools/quantization/operators/activation.py,
QDQRemovableActivation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.model.graph import GraphIndex
from setrange.model.node import Node
from setrange.model.op_traits import KEEPS_SIGN
from setrange.model.types import DataType

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from onnx import GraphProto, NodeProto

    from setrange.model.graph import GraphEdit
    from setrange.model.qdq_nodes import QdqNodes

__all__ = ["add_activations", "clipped_values"]

_LIMITS = {
    "int8": (-128, 127),
    "uint8": (0, 255),
    "int16": (-(1 << 15), (1 << 15) - 1),
    "uint16": (0, (1 << 16) - 1),
}

#: Ops whose results are not negative, whatever they take.
_NEVER_NEGATIVE = frozenset(
    {"Abs", "Exp", "HardSigmoid", "Relu", "Sigmoid", "Softmax", "Softplus", "Sqrt"}
)

#: The upper bound of ReLU6; any other is what calibration saw.
_SIX = 6.0
#: The opset from which bounds of a Clip are inputs, not attributes.
_BOUNDS_AS_INPUTS = 11


def clipped_values(
    nodes: Sequence[NodeProto], found: QdqNodes, outputs: Collection[str]
) -> dict[str, float | None]:
    """Return values that only quantizers from 0 up take, and that may be negative.

    Returns:
        Value -> upper bound of the activation, ``None`` for a Relu.
    """
    graph = GraphIndex([Node(proto, i) for i, proto in enumerate(nodes)], outputs)
    bounds = {}
    for quantizer in found.nodes:
        least, greatest = _LIMITS.get(quantizer.dtype, (0, 0))
        if quantizer.op != "QuantizeLinear" or quantizer.scale is None or greatest == 0:
            continue
        zero = 0 if quantizer.zero is None else int(quantizer.zero.reshape(-1)[0])
        if quantizer.is_per_tensor and zero == least:
            bounds[quantizer.index] = (greatest - least) * float(quantizer.scale.reshape(()))
    for fake in found.fakes:
        if fake.why is None and fake.low == 0:
            bounds[fake.index] = fake.high
    floored = {nodes[index].output[0] for index in bounds}
    clipped: dict[str, float | None] = {}
    for index, high in bounds.items():
        value = nodes[index].input[0]
        if graph.is_seen_outside(value) or any(
            use.node not in bounds for use in graph.uses(value)
        ):
            continue
        if _may_be_negative(value, graph, floored):
            clipped[value] = _SIX if abs(high - _SIX) < 1e-4 else None
    return clipped


def _may_be_negative(value: str, graph: GraphIndex, floored: set[str]) -> bool:
    while (producer := graph.producer(value)) is not None and producer.op in KEEPS_SIGN:
        if value in floored:
            return False
        if producer.op == "Concat":
            return any(_may_be_negative(name, graph, floored) for name in producer.inputs)
        value = producer.inputs[0]
    return producer is not None and producer.op not in (*_NEVER_NEGATIVE, "Clip")


def add_activations(
    graph: GraphProto, edit: GraphEdit, clipped: dict[str, float | None], opset: int
) -> None:
    """Put a Relu or Clip behind the nodes that produce these values.

    The activation's result keeps the name: the range read from the quantizer is its range.
    """
    for position, node in enumerate(graph.node):
        for i, name in enumerate(node.output):
            if name in clipped:
                node.output[i] = edit.fresh_name(f"{name}_before_activation")
                made = _activation(node.output[i], name, clipped[name], opset)
                edit.insert_after(position, made)


def _activation(source: str, name: str, high: float | None, opset: int) -> list[NodeProto]:
    from onnx import helper

    label = f"{name}_activation"
    if high is None:
        return [helper.make_node("Relu", [source], [name], label)]
    if opset < _BOUNDS_AS_INPUTS:
        return [helper.make_node("Clip", [source], [name], label, min=0.0, max=high)]
    bounds = [f"{source}_min", f"{source}_max"]
    constants = [
        helper.make_node(
            "Constant",
            [],
            [bound],
            value=helper.make_tensor(bound, DataType.FLOAT32, [], [number]),
        )
        for bound, number in zip(bounds, (0.0, high), strict=True)
    ]
    return [*constants, helper.make_node("Clip", [source, *bounds], [name], label)]
