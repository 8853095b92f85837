# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Candidates that were tried, and the best of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.accuracy.costs import loss

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.ranges.model import WeightScale
    from setrange.tune.evaluation import Score
    from setrange.tune.measuring import Measuring
    from setrange.tune.settings import Settings
    from setrange.tune.target import Target

__all__ = ["Best", "Limits", "Trials"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the search may do.

    Attributes:
        is_locked: True for names of tensors and nodes that stay as they are.
        names: Names of nodes that ``precision`` can say: those of the model as given.
        kind: What nodes fall back to: ``fp16``, ``fp32`` or ``fp8``.
        weight_scales: Other ways to choose the scales of weights that may be tried.
        keep: Least share of the multiply-adds that stays in 8 bits.
        own_scales: Activations that share a scale may get their own.
        asymmetric: Activations may be shifted before their pair.
    """

    is_locked: Callable[[str], bool]
    names: frozenset[str]
    kind: str
    keep: float
    weight_scales: tuple[WeightScale, ...] = ()
    own_scales: bool = False
    asymmetric: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """Settings with their score.

    Attributes:
        settings: The settings.
        score: Their score on the search data.
    """

    settings: Settings
    score: Score


@dataclass(slots=True, kw_only=True)
class Trials:
    """Scores of candidates, and the best so far.

    Attributes:
        measuring: Works scores out.
        target: What is wanted.
        limits: What may be done.
        metric: What candidates are ranked by: ``sqnr`` or ``equal``.
        few: How many of the batches are for ranking.
        tell: Is told what is being done.
        best: The best so far; ``None`` before the first score.
        ranks_apart: Candidates are ranked by other values than those that are judged, where
            the target is not reached; see ``Ranking``.
    """

    measuring: Measuring
    target: Target
    limits: Limits
    metric: str
    few: int
    tell: Callable[[str], None]
    best: Best | None = None
    ranks_apart: bool = False

    def aim_at(self, target: Target) -> None:
        """Search for something stricter from now on; what was good enough may not be now."""
        self.target = target
        self.best = None

    def score(self, settings: Settings, doing: str) -> Score | None:
        """Return the score of settings, and remember the best."""
        at = "" if self.best is None else f"{self.reached()}: "
        self.tell(f"{at}{doing}")
        score = self.measuring.score(settings)
        if score is None or score.share.macs < self.limits.keep - 1e-12:
            return score
        if self.best is None or self.is_better(score, self.best.score):
            self.best = Best(settings=settings, score=score)
        return score

    def reaches(self, score: Score | None) -> bool:
        """True where a score is good enough."""
        return score is not None and not score.is_lost and self.target.reaches(score.value)

    def reached(self) -> str:
        """Return how far the search is, for the progress line."""
        if self.best is None:
            return ""
        score = self.best.score
        return f"{self.target.text(score.value)}, {100 * score.share.macs:.1f} % in 8 bits"

    @property
    def is_reached(self) -> bool:
        """True where the best is good enough."""
        return self.best is not None and self.reaches(self.best.score)

    def is_better(self, one: Score, other: Score) -> bool:
        """True where one score is better: it reaches the target, or does so for less."""
        reached = self.reaches(one), self.reaches(other)
        if reached[0] != reached[1]:
            return reached[0]
        if reached[0]:
            prices = (one.share.macs, one.share.bytes), (other.share.macs, other.share.bytes)
            return prices[0] > prices[1]
        if one.is_lost != other.is_lost:
            return other.is_lost
        if one.value != other.value and not self.ranks_apart:
            return self.target.is_better(one.value, other.value)
        return one.quality > other.quality

    def is_no_worse(self, one: Score, other: Score) -> bool:
        """True where one score is at least as good as another, in the target's own figure."""
        if (one.is_lost and not other.is_lost) or one.share.macs < other.share.macs - 1e-12:
            return False
        if self.ranks_apart and not self.reaches(other):
            return self.reaches(one) or one.quality >= other.quality
        return not self.target.is_better(other.value, one.value) and (
            one.value != other.value or one.quality >= other.quality
        )

    def rank(self, score: Score) -> tuple[float, float]:
        """Return what is larger for a better score, by the target's own figure."""
        if self.ranks_apart:
            return (score.quality, 0.0)
        value = -math.inf if score.value is None else score.value
        return (-value if self.target.is_cost else value, score.quality)

    def allowed_loss(self) -> float | None:
        """Return what the target allows to be lost; ``None`` where only a try can tell."""
        if self.target.name != self.metric or self.ranks_apart:
            return None
        return loss(self.target.value, self.metric)
