# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The plan: every tensor's range and where it came from. Pure data from a pure function."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from setrange.findings import Finding
    from setrange.network import Network, Tensor
    from setrange.ranges.model import DynamicRange

__all__ = ["Plan", "PlannedTensor", "Source"]


class Source(str, enum.Enum):
    """Where a tensor's range came from."""

    GIVEN = "given"
    DERIVED = "derived"
    BOUND = "bound"
    MISSING = "missing"
    NOT_NEEDED = "not needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTensor:
    """One tensor of the network in the plan.

    Attributes:
        tensor: The tensor.
        source: Where the range came from.
        range: The range, or ``None`` if missing or not needed.
        scale: Exact float32 scale where the source gave one; else ``None``.
        why: In words: ``"= input of Reshape /fc/Reshape"``, ``"max |values| of fc.bias"``.
        entry: Name of the ranges-file entry used, if given.
    """

    tensor: Tensor
    source: Source
    range: DynamicRange | None = None
    scale: float | None = None
    why: str = ""
    entry: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All tensors of a network in network order, with findings."""

    network: Network
    tensors: list[PlannedTensor]
    findings: list[Finding] = field(default_factory=list)
    precision: dict[str, str] = field(default_factory=dict)
    fill: str = "safe"
    target: str = "gpu"

    def count(self, source: Source) -> int:
        """Return how many tensors have their range from ``source``."""
        return sum(1 for planned in self.tensors if planned.source is source)

    def missing(self) -> list[PlannedTensor]:
        """The tensors that need a range and have none."""
        return [planned for planned in self.tensors if planned.source is Source.MISSING]

    def to_dict(self) -> dict[str, Any]:
        """Return the stable ``check --json`` object."""
        raise NotImplementedError
