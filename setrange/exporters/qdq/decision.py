# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Decisions: where a Q/DQ pair goes, where none goes, and why."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

__all__ = ["Decision", "Verdict"]


class Verdict(str, enum.Enum):
    """What was decided about one input of one node, or about the node."""

    #: A pair on an activation.
    ACTIVATION = "activation"
    #: A pair on a constant operand.
    WEIGHT = "weight"
    #: The node stays float by a rule.
    FLOAT = "float"
    #: The node stays float because a range is missing.
    NO_RANGE = "no range"
    #: The node stays FP32 where the rest is cast to FP16.
    FP32 = "fp32"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The decision to quantize one node or to leave it float, with the reason.

    Attributes:
        verdict: What was decided.
        node: The node it is about (its name, or ``node_of_<first output>``).
        op: Its op type.
        value: The ONNX value that gets a pair; ``None`` where the node stays float.
        reason: Why, in words.
    """

    verdict: Verdict
    node: str
    op: str
    value: str | None = None
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "verdict": self.verdict.value,
            "node": self.node,
            "op": self.op,
            "value": self.value,
            "reason": self.reason,
        }

    def __str__(self) -> str:
        stays = "stays FP32" if self.verdict is Verdict.FP32 else "stays float"
        what = stays if self.value is None else f"{self.verdict.value} {self.value!r}"
        return f"{self.op} {self.node}: {what}: {self.reason}"
