# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Nodes, constants and declarations, made without onnx's helpers, which load all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.model.messages import messages
from setrange.model.types import DataType

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from onnx import NodeProto, TensorProto, ValueInfoProto

__all__ = ["declare", "make_node", "make_tensor", "set_attribute"]

#: numpy's types -> ONNX's; of the two that numpy reads as whole numbers, the whole numbers.
_NUMBERS = {np.dtype(dtype.code): dtype for dtype in reversed(DataType) if dtype.code}


def make_node(
    op: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    name: str = "",
    **attributes: int | Sequence[int],
) -> NodeProto:
    """Return a node of ONNX's own op.

    Args:
        op: The op.
        inputs: What it takes.
        outputs: What it makes.
        name: Its name.
        attributes: Numbers, or lists of numbers, by name.
    """
    node: NodeProto = messages().NodeProto(op_type=op, name=name, input=inputs, output=outputs)
    for key, value in attributes.items():
        set_attribute(node, key, value)
    return node


def set_attribute(node: NodeProto, name: str, value: int | str | Sequence[int]) -> None:
    """Add an attribute that is a whole number, a list of them, or a word."""
    kinds = messages().AttributeProto
    if isinstance(value, str):
        node.attribute.add(name=name, type=kinds.STRING, s=value.encode())
    elif isinstance(value, int):
        node.attribute.add(name=name, type=kinds.INT, i=value)
    else:
        node.attribute.add(name=name, type=kinds.INTS, ints=value)


def make_tensor(values: npt.NDArray[Any], name: str) -> TensorProto:
    """Return a constant of an array's type and shape."""
    dtype = _NUMBERS[values.dtype.newbyteorder("<")]
    tensor: TensorProto = messages().TensorProto(
        name=name,
        data_type=int(dtype),
        dims=values.shape,
        raw_data=np.ascontiguousarray(values, dtype=dtype.code).tobytes(),
    )
    return tensor


def declare(name: str, elem_type: int) -> ValueInfoProto:
    """Return the declaration of a value of that type and any shape."""
    value: ValueInfoProto = messages().ValueInfoProto(name=name)
    value.type.tensor_type.elem_type = elem_type
    return value
