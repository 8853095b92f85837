# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What ``build_engine`` returns, whoever built the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.engine_layers.weighted import WeightedVerdict
    from setrange.findings import Finding

__all__ = ["EngineResult"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineResult:
    """An engine that was built and written to disk.

    Attributes:
        path: The engine.
        layers: What its layers are (engine inspector's JSON), or ``None`` without.
        plan: The plan it was built with.
        ranges: How many tensors got a range; 0 where the ranges are Q/DQ nodes (TensorRT 11).
        findings: What the user should know about it.
        verdict: Which weighted nodes run in INT8, and why others do not; only for engines of
            TensorRT for RTX.
    """

    path: Path
    layers: Path | None
    plan: Path
    ranges: int
    findings: tuple[Finding, ...] = ()
    verdict: WeightedVerdict | None = None
