# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A node that quantizes, by an op of ONNX or of another tool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import NodeProto

__all__ = ["QuantizerNode"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QuantizerNode:
    """A node of one value in and one value out.

    Attributes:
        proto: The node.
        index: Its position among all nodes: those of the main graph first, then of bodies.
    """

    proto: NodeProto
    index: int

    @property
    def label(self) -> str:
        """The node's name, else ``node_of_<output>``."""
        name: str = self.proto.name
        return name or f"node_of_{self.proto.output[0]}"

    @property
    def source(self) -> str:
        """The value it takes."""
        name: str = self.proto.input[0]
        return name

    @property
    def result(self) -> str:
        """The value it makes."""
        name: str = self.proto.output[0]
        return name
