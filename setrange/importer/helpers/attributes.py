# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A node's attributes: missing required ones refuse the model instead of crashing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.rejections import refuse

if TYPE_CHECKING:
    from onnx import TensorProto

    from setrange.model.node import Node

__all__ = ["required_float", "required_int", "required_ints", "required_tensor_attr"]


def _refuse_missing(node: Node, name: str) -> None:
    if not node.has(name):
        refuse(f"the node has no attribute {name!r}, which TensorRT requires")


def required_float(node: Node, name: str) -> float:
    """Return a float attribute; refuses a node that lacks it."""
    _refuse_missing(node, name)
    return node.attr_float(name)


def required_int(node: Node, name: str) -> int:
    """Return an integer attribute; refuses a node that lacks it."""
    _refuse_missing(node, name)
    return node.attr_int(name)


def required_ints(node: Node, name: str) -> list[int]:
    """Return a list of integers; refuses a node that lacks it."""
    _refuse_missing(node, name)
    return node.attr_ints(name)


def required_tensor_attr(node: Node, name: str) -> TensorProto:
    """Return a tensor attribute; refuses a node that lacks it."""
    tensor = node.attr_tensor(name)
    if tensor is None:
        refuse(f"the node has no attribute {name!r}, which TensorRT requires")
    return tensor
