# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The place in the ONNX model that a layer came from."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Origin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The ONNX node a layer was made for.

    Attributes:
        node: Node name (``""`` if the node has none).
        op: Op type.
        outputs: Names of the node's outputs, in order.
        index: Position of the node in its graph; -1 where no node is meant.
    """

    node: str
    op: str
    outputs: tuple[str, ...] = ()
    index: int = -1

    @property
    def value(self) -> str:
        """The first named output: what portable keys of this node's layers start with."""
        outputs = self.outputs
        if outputs and outputs[0]:  # nearly always, and asked for each tensor
            return outputs[0]
        return next((name for name in outputs if name), self.node)
