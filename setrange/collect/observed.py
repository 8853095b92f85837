# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which ONNX values are measured, and which follow from those exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import NodeProto

    from setrange.model.loading import Model
    from setrange.network import Network

__all__ = ["Observed", "observed_values"]

#: Ops whose first output holds exactly the values of their first input (inference).
_COPIES = frozenset(
    {"Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """An ONNX value that gets a range.

    Attributes:
        name: The value.
        base: The value that is measured for it; itself, or where it is copied from.
        is_rectified: True if a Relu lies between: negative values of ``base`` are 0.
    """

    name: str
    base: str
    is_rectified: bool


def observed_values(
    model: Model, network: Network, *, through_relu: bool = True
) -> list[Observed]:
    """Return the float values that TensorRT has as tensors, in network order.

    Constants and what is folded into them are not among them (their range is in the model),
    nor are values inside loops and functions, which no run shows.

    Args:
        model: The model.
        network: What TensorRT's parser makes of it.
        through_relu: The output of a Relu is not measured where its input is.
    """
    makers: dict[str, NodeProto] = {}
    for node in model.graph.node:
        makers.update({name: node for name in node.output if name})
    initializers = {tensor.name for tensor in model.graph.initializer}
    values = {value.name for value in model.graph.input} - initializers | set(makers)
    found: dict[str, Observed] = {}
    for tensor in network.tensors():
        name = tensor.onnx_value
        if name is None or name not in values or name in found:
            continue
        if tensor.needs_range and tensor.constant is None:
            found[name] = _observed(name, makers, values, through_relu=through_relu)
    return list(found.values())


def _observed(
    name: str, makers: dict[str, NodeProto], values: set[str], *, through_relu: bool
) -> Observed:
    base, is_rectified = name, False
    while (node := makers.get(base)) is not None and node.domain in ("", "ai.onnx"):
        is_relu = through_relu and node.op_type == "Relu"
        if not (is_relu or node.op_type in _COPIES) or node.input[0] not in values:
            break
        if node.output[0] != base:
            break
        base, is_rectified = node.input[0], is_rectified or is_relu
    return Observed(name=name, base=base, is_rectified=is_rectified)
