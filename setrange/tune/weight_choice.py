# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Other scales for the weights of nodes: what counts is the noise at the outputs.

Rounding a weight moves the mean of what its node gives, and by how much is chance: a scale a
little smaller rounds otherwise. On other data the mean moves the same way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.accuracy.costs import loss
from setrange.accuracy.pairs import pairs_of
from setrange.tune.figures import QualityOfWeight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from setrange.exporters.qdq import QdqModel
    from setrange.tune.settings import Settings
    from setrange.tune.trials import Trials

__all__ = ["WeightChoice"]

#: Weights with less than this share of what is lost are not worth other scales; nor those with
#: less than this share of what may be lost, or of what is lost in the result.
_LEAST_SHARE, _LEAST_OF_ALLOWED, _LEAST_IN_RESULT = 0.005, 0.03, 0.01

#: Of what a weight loses alone, less than this is luck.
_LUCK = 0.1

#: Gains where all else is as in the result that are less than this are luck: in dB, or a share.
_LEAST_GAIN = {"sqnr": 0.2, "equal": 0.001}


@dataclass(slots=True, kw_only=True)
class WeightChoice:
    """The choice of scales of weights.

    Attributes:
        trials: Scores, the best so far, and what may be tried.
        made: The Q/DQ model of the ranges as given.
        losses: What is lost by each tensor alone; those of weights change with their scales.
        consumers: Tensor -> the nodes that take it in INT8.
    """

    trials: Trials
    made: QdqModel
    losses: dict[str, float]
    consumers: Mapping[str, Sequence[str]]

    def alone(self, settings: Settings) -> Settings:
        """Return settings with the scales that are best for each weight alone."""
        measuring, choices = self.trials.measuring, self.trials.limits.weight_scales
        allowed = self.trials.allowed_loss() or math.inf
        least = min(_LEAST_SHARE * sum(self.losses.values()), _LEAST_OF_ALLOWED * allowed)
        weights = self._worthwhile(settings, least)
        figures = {
            value: [QualityOfWeight(value, choice, self.trials.few) for choice in choices]
            for value in weights
        }
        measuring.ahead(figure for found in figures.values() for figure in found)
        for number, (value, tried) in enumerate(figures.items(), 1):
            self.trials.tell(f"scales of {value} ({number} of {len(figures)})")
            best = self.losses[value] * (1 - _LUCK)
            for figure in tried:
                lost = loss(measuring.quality(figure), self.trials.metric)
                if lost < best:
                    best = self.losses[value] = lost
                    settings = settings.with_weights(self.consumers[value], figure.choice)
        return settings

    def by_error(self, settings: Settings) -> Settings:
        """Return settings with the scales that have the least squared error.

        Where biases are corrected, the means are right whatever the scales are, and the error
        that is left goes with that of the weights.
        """
        if "mse" not in self.trials.limits.weight_scales:
            return settings
        values = self._worthwhile(settings, 0.0)
        return settings.with_weights(
            (node for value in values for node in self.consumers[value]), "mse"
        )

    def in_context(self, settings: Settings) -> Settings:
        """Return settings with the scales that are best where all else is as it is."""
        measuring, choices = self.trials.measuring, self.trials.limits.weight_scales
        best = self.trials.score(settings, "scales of weights again")
        if best is None:
            return settings
        least = _LEAST_IN_RESULT * loss(best.quality, self.trials.metric)
        weights = self._worthwhile(settings, least)
        for number, value in enumerate(weights, 1):
            nodes = self.consumers[value]
            tried = [settings.with_weights(nodes, choice) for choice in (None, *choices)]
            tried = [other for other in tried if other != settings]
            measuring.ahead(measuring.score_of(other) for other in tried)
            for other in tried:
                doing = f"scales of {value} again ({number} of {len(weights)})"
                score = self.trials.score(other, doing)
                gain = _LEAST_GAIN[self.trials.metric]
                if score is not None and score.quality > best.quality + gain:
                    best, settings = score, other
        return settings

    def _worthwhile(self, settings: Settings, least: float) -> list[str]:
        """Return the weights of nodes in INT8 that may be changed, the most harmful first."""
        limits = self.trials.limits
        left = {
            value: lost
            for value, lost in self.losses.items()
            if not settings.nodes.issuperset(self.consumers.get(value, ()))
        }
        weights = {p.value for p in pairs_of(self.made) if p.kind == "weight"}
        return [
            value
            for value in sorted(
                weights.intersection(left), key=lambda name: (-left[name], name)
            )
            if left[value] >= least
            and all(node in limits.names for node in self.consumers[value])
            and not any(limits.is_locked(name) for name in (value, *self.consumers[value]))
        ]
