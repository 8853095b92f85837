# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Node names that are there twice: TensorRT takes such models, ONNX Runtime does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.model.subgraphs import all_nodes

if TYPE_CHECKING:
    from onnx import ModelProto

__all__ = ["drop_equal_names", "has_equal_names"]


def has_equal_names(proto: ModelProto) -> bool:
    """True if two nodes, bodies included, have one name."""
    names = [node.name for node in all_nodes(proto.graph.node) if node.name]
    return len(set(names)) < len(names)


def drop_equal_names(proto: ModelProto) -> None:
    """Take the name from every node but the first that has it, in place."""
    seen: set[str] = set()
    for node in all_nodes(proto.graph.node):
        if node.name in seen:
            node.name = ""
        seen.add(node.name)
