# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings of a search: what is wanted, and what may be done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from setrange.errors import UsageError
from setrange.measure.run_options import RunOptions
from setrange.ranges.patterns import why_unreadable

if TYPE_CHECKING:
    from setrange.ranges.model import WeightScale
    from setrange.tune.target import Target

__all__ = ["FALLBACKS", "TuneOptions"]

#: What nodes may fall back to.
FALLBACKS = ("fp16", "fp32", "fp8")


@dataclass(frozen=True, slots=True, kw_only=True)
class TuneOptions:
    """Settings of a search.

    Attributes:
        target: The accuracy that is wanted.
        labels: File of class numbers, or ``None``.
        judge_labels: The same for other judging data.
        holdout: Share of the data that the search never sees.
        locks: Globs over names of tensors and nodes that stay as they are.
        fallback: One of ``FALLBACKS``.
        weight_scales: Other ways to choose the scales of weights that may be tried.
        correct_bias: Biases may be corrected.
        own_scales: Values that share a scale may get their own.
        asymmetric: Values may be shifted before their pair.
        keep: Least share of the multiply-adds that stays in 8 bits.
        budget: Seconds that the search may take.
        run: How models are run.
    """

    target: Target
    labels: str | None = None
    judge_labels: str | None = None
    holdout: float = 0.3
    locks: tuple[str, ...] = ()
    fallback: str = "fp16"
    weight_scales: tuple[WeightScale, ...] = ()
    correct_bias: bool = False
    own_scales: bool = False
    asymmetric: bool = False
    keep: float = 0.0
    budget: float = 600.0
    run: RunOptions = field(default_factory=RunOptions)

    def __post_init__(self) -> None:
        if not 0 <= self.holdout <= 0.9:
            raise UsageError(
                f"--holdout {self.holdout:g}: expected a share from 0 (judge by the data "
                f"of the search) to 0.9"
            )
        if self.fallback not in FALLBACKS:
            raise UsageError(
                f"{self.fallback!r} is no fallback; expected {', '.join(FALLBACKS)}"
            )
        if not 0 <= self.keep <= 1:
            raise UsageError(f"--keep-int8 {self.keep:g}: expected a share from 0 to 1, or 90%")
        if not 0 < self.budget < float("inf"):
            raise UsageError(f"--budget {self.budget:g}: expected a time of more than 0")
        if self.target.name in ("accuracy", "accuracy-drop") and self.labels is None:
            raise UsageError(f"--target {self.target.name} needs --labels FILE")
        for lock in self.locks:
            if (why := why_unreadable(lock)) is not None:
                raise UsageError(f"--lock {lock}: is no regular expression: {why}")
