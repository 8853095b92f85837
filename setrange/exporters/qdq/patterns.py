# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Patterns around a node: attention, the fused side of a residual Add, small operations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from setrange.model.op_traits import COMMUTING

if TYPE_CHECKING:
    from collections.abc import Collection

    from setrange.exporters.qdq.graph import QdqGraph
    from setrange.model.node import Node

__all__ = [
    "attention_role",
    "convolution_depth",
    "fp8_limit",
    "fused_convolution",
    "is_moved_of",
    "is_taken_apart",
    "small_reason",
]

#: Between the scores and the Softmax, and between the Softmax and the weighted sum.
_ON_THE_WAY = frozenset(
    {"Add", "Cast", "Clip", "Div", "Dropout", "Expand", "Identity", "Mul", "Reshape", "Sub"}
    | {"Squeeze", "Transpose", "Unsqueeze", "Where"}
)
_MOST_STEPS = 8

_CONVOLUTIONS = ("Conv", "ConvTranspose")

#: Channels from which INT8 convolutions pay (ModelOpt's rule).
_MANY = 16
_MULTIPLE = 8
_LEAST_GROUPED_KERNEL = 3

#: Elements of the largest kernel of an FP8 convolution.
_LARGEST_FP8_KERNEL = 32


def attention_role(graph: QdqGraph, node: Node) -> str | None:
    """What a MatMul of two activations does in attention, or ``None``."""
    if _reaches_softmax(graph, node.outputs[0]):
        return "makes attention scores"
    if any(_comes_from_softmax(graph, name) for name in node.inputs):
        return "sums by attention weights"
    return None


def _reaches_softmax(graph: QdqGraph, value: str) -> bool:
    for _ in range(_MOST_STEPS):
        consumers = graph.consumers(value)
        if any(consumer.op == "Softmax" for consumer in consumers):
            return True
        if len(consumers) != 1 or consumers[0].op not in _ON_THE_WAY:
            return False
        value = consumers[0].outputs[0]
    return False


def _comes_from_softmax(graph: QdqGraph, value: str) -> bool:
    for _ in range(_MOST_STEPS):
        producer = graph.producer(value)
        if producer is None:
            return False
        if producer.op == "Softmax":
            return True
        if producer.op not in _ON_THE_WAY:
            return False
        value = producer.inputs[1] if producer.op == "Where" else producer.inputs[0]
    return False


def is_taken_apart(graph: QdqGraph, node: Node) -> bool:
    """True for a product whose result is split: the query, key and value of attention.

    NVIDIA's builder makes several products of it, and slices the weights for that. Weights
    stored as INT8 with a scale per channel become float then, and the products with them;
    float weights with a pair stay INT8. Observed: TensorRT for RTX 1.7.1, SM86 and SM89.
    """
    value = node.outputs[0]
    for _ in range(_MOST_STEPS):
        consumers = graph.consumers(value)
        if any(consumer.op in ("Gather", "Slice", "Split") for consumer in consumers):
            return True
        if len(consumers) != 1 or consumers[0].op not in (
            "Add",
            "Identity",
            "Reshape",
            "Transpose",
        ):
            return False
        value = consumers[0].outputs[0]
    return False


def fused_convolution(graph: QdqGraph, value: str) -> Node | None:
    """The convolution whose result an Add of this value is fused to, or ``None``.

    Between the two there is at most BatchNormalization, a constant bias, or Identity, and
    nobody else sees the values between.
    """
    known, way, found = graph.fused, [], None
    while value not in known:
        way.append(value)
        producer = graph.producer(value) if graph.only_consumer(value) is not None else None
        if producer is None:
            break
        if producer.op in _CONVOLUTIONS:
            found = producer
            break
        through = producer.op in ("BatchNormalization", "Identity")
        biased = (
            producer.op == "Add"
            and len(producer.inputs) == 2
            and producer.inputs[1] in graph.constants
        )
        if not through and not biased:
            break
        value = producer.inputs[0]
    # A chain is walked once, however many of its values are asked about.
    known.update(dict.fromkeys(way, known.get(value, found)))
    return known[way[0]] if way else known[value]


def is_moved_of(graph: QdqGraph, value: str, among: Collection[str]) -> bool:
    """True where a value is one of others, or ops that commute with a pair lie between."""
    if value in among or any(
        output in among
        for consumer in graph.consumers(value)
        if consumer.op in COMMUTING and consumer.inputs[0] == value
        for output in consumer.outputs
    ):
        return True
    producer = graph.producer(value)
    while producer is not None and producer.op in COMMUTING:
        if producer.inputs[0] in among:
            return True
        producer = graph.producer(producer.inputs[0])
    return False


def convolution_depth(graph: QdqGraph) -> dict[str, int]:
    """Value -> most convolutions on a path from the inputs to it.

    Source: ModelOpt and TensorRT fuse the Add to the long branch of a residual block; the
    convolution of the short one (the down-sampling one) is the skip input.
    """
    depth: dict[str, int] = {}
    for node in graph.nodes:
        deepest = max((depth.get(name, 0) for name in node.inputs), default=0)
        deepest += node.op in _CONVOLUTIONS
        depth.update(dict.fromkeys(node.outputs, deepest))
    return depth


def fp8_limit(graph: QdqGraph, node: Node) -> str | None:
    """Why a convolution has no FP8 form, or ``None``.

    Observed: TensorRT for RTX 1.7.1, SM89 and SM120, kernels of one to three dimensions.
    """
    shape = graph.shape(node.inputs[1]) if node.op == "Conv" else None
    if shape is None or math.prod(shape[2:]) <= _LARGEST_FP8_KERNEL:
        return None
    kernel = " x ".join(map(str, shape[2:]))
    return (
        f"an FP8 convolution has a kernel of {_LARGEST_FP8_KERNEL} elements at most (here "
        f"{kernel}); NVIDIA's builder would undo a pair"
    )


def small_reason(graph: QdqGraph, node: Node) -> str | None:
    """Why INT8 does not pay for a convolution or product this small, or ``None``.

    Source: ModelOpt, modelopt/onnx/quantization/graph_utils.py (facts; August 2026).
    """
    if node.op == "Conv":
        return _small_convolution(graph, node)
    if node.op in ("MatMul", "Gemm"):
        return _vector_product(graph, node)
    return None


def _small_convolution(graph: QdqGraph, node: Node) -> str | None:
    shape = graph.shape(node.inputs[1])
    if shape is None or len(shape) < 3:
        return None
    outs, ins, *kernel = shape
    if min(outs, ins) >= _MANY:
        return None
    if node.attr_int("group", 1) > 1:
        if outs % _MULTIPLE == 0 and min(kernel) >= _LEAST_GROUPED_KERNEL:
            return None
        return (
            f"small: a grouped convolution pays in INT8 with a multiple of {_MULTIPLE} output "
            f"channels (here {outs}) and a kernel of {_LEAST_GROUPED_KERNEL} or more"
        )
    is_first = node.inputs[0] in graph.inputs
    if (
        (outs % _MULTIPLE == 0 or ins % _MULTIPLE == 0)
        and (is_first or max(outs, ins) >= _MANY)
        and len(set(kernel)) == 1
    ):
        return None
    return f"small: {ins} input and {outs} output channels, fewer than {_MANY}"


def _vector_product(graph: QdqGraph, node: Node) -> str | None:
    shape = graph.shape(node.outputs[0])
    if not shape:
        return None
    constant = any(name in graph.constants for name in node.inputs[:2])
    if constant and len(shape) > 2:
        return None
    if 1 in shape[-2:]:
        return f"GEMV: the product {list(shape)} is a vector, so INT8 does not pay"
    return None
