# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Names of free dimensions, of which TensorRT takes equal ones for one size."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import GraphProto, ValueInfoProto

__all__ = ["dimension_names", "forget_placeholders", "is_placeholder"]


def is_placeholder(name: str) -> bool:
    """True for what exporters write where they know no name.

    PaddlePaddle calls every free dimension ``?``, some converters ``None``.
    """
    return name == "None" or not any(letter.isalnum() for letter in name)


def dimension_names(value: ValueInfoProto) -> tuple[str, ...]:
    """The name of each dimension of a value; empty where it has none."""
    return tuple(dim.dim_param for dim in value.type.tensor_type.shape.dim)


def forget_placeholders(graph: GraphProto) -> None:
    """Take placeholders from the free dimensions of a graph's inputs: they are not one size."""
    for value in graph.input:
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param and is_placeholder(dim.dim_param):
                dim.ClearField("dim_param")
