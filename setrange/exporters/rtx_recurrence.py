# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Pairs behind recurrent layers, written so that TensorRT for RTX can build them.

Its builder unrolls LSTM, GRU and RNN, and moves a quantization that follows one into the
unrolled steps. Its time then grows with a power of their number: 0.4 s for two steps, 20 s for
four, no end in sight for 16 (1.7.1, a bidirectional LSTM of 16 units). A Clip to what the pair
can hold changes no value and stays where it is, and with it the quantization.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from setrange.model.graph import producers_of, sources_of
from setrange.model.making import make_node, make_tensor
from setrange.model.messages import messages
from setrange.model.streamed import head_of
from setrange.model.types import DataType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from onnx import NodeProto, TensorProto

    from setrange.exporters.qdq import QdqModel

__all__ = ["held_behind_recurrences"]

_RECURRENT = frozenset({"GRU", "LSTM", "RNN"})

#: Ops that a quantization moves over.
_MOVERS = frozenset(
    {"Concat", "Flatten", "Gather", "Identity", "MaxPool", "ReduceMax", "Reshape", "Slice"}
    | {"Split", "Squeeze", "Transpose", "Unsqueeze"}
)

#: Least and largest multiple of its scale that a type holds.
_HELD: dict[int, tuple[float, float]] = {
    DataType.INT8: (-128.0, 127.0),
    DataType.FLOAT8E4M3FN: (-448.0, 448.0),
}
_LARGEST: dict[int, float] = {
    DataType.FLOAT32: 3.4e38,
    DataType.FLOAT16: 65504.0,
}


def held_behind_recurrences(made: QdqModel) -> QdqModel:
    """Return a Q/DQ model with a Clip before each pair on what a recurrent layer gives.

    Args:
        made: The Q/DQ model; it is returned as it is where there is no such pair.
    """
    nodes = made.skeleton.graph.node
    if not any(node.op_type in _RECURRENT for node in nodes):
        return made
    producers = producers_of(nodes)
    types = {head.name: head.data_type for head in map(head_of, made.initializers)}
    held: list[NodeProto] = []
    bounds: list[TensorProto] = []
    for node in nodes:
        value = node.input[0] if node.op_type == "QuantizeLinear" else ""
        if value in made.scales and _is_from_recurrence(value, producers):
            limits = _limits(made.scales[value], node, types, prefix=node.output[0])
            if limits:
                bounds += limits
                clip = f"{node.output[0]}_held"
                names = [value, *(limit.name for limit in limits)]
                held.append(make_node("Clip", names, [clip], clip))
                node = _reading(node, clip)
        held.append(node)
    skeleton = messages().ModelProto()
    skeleton.CopyFrom(made.skeleton)
    del skeleton.graph.node[:]
    skeleton.graph.node.extend(held)
    return dataclasses.replace(
        made, skeleton=skeleton, initializers=(*made.initializers, *bounds)
    )


def _is_from_recurrence(value: str, producers: Mapping[str, NodeProto]) -> bool:
    """True where only ops that move values are between a value and a recurrent layer."""
    sources = sources_of(value, producers, _MOVERS)
    return any(source is not None and source.op_type in _RECURRENT for source in sources)


def _limits(
    scale: float, node: NodeProto, types: Mapping[str, int], *, prefix: str
) -> list[TensorProto]:
    """The least and the largest value that a pair holds, as constants; none if not known."""
    held = _HELD.get(types.get(node.input[2], 0)) if len(node.input) > 2 else None
    dtype = types.get(node.input[1], 0)
    if held is None or dtype not in _LARGEST:
        return []
    largest = _LARGEST[dtype]
    kind = np.float16 if dtype == DataType.FLOAT16 else np.float32
    return [
        make_tensor(
            np.array(max(-largest, min(largest, multiple * scale)), kind),
            f"{prefix}_{word}",
        )
        for word, multiple in zip(("least", "most"), held, strict=True)
    ]


def _reading(node: NodeProto, value: str) -> NodeProto:
    changed: NodeProto = messages().NodeProto()
    changed.CopyFrom(node)
    changed.input[0] = value
    return changed
