# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which values share a scale, and which are shifted to the middle of a one-sided range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.tune.halves import as_many_as_help

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from setrange.exporters.qdq import QdqModel
    from setrange.tune.settings import Settings
    from setrange.tune.trials import Trials

__all__ = ["ScaleChoice", "narrowing"]

#: Parts of the model whose values are shifted apart, at most.
_PARTS = 8

#: What gains less is luck: in dB, or a share.
_LEAST_GAIN = {"sqnr": 0.1, "equal": 0.001}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleChoice:
    """The choice, before ranges are chosen for each scale.

    Attributes:
        trials: Scores, the best so far, and what may be done.
        is_fixed: True for values that stay as they are.
    """

    trials: Trials
    is_fixed: Callable[[str], bool]

    def shifted(self, settings: Settings) -> Settings:
        """Return settings with values shifted before their pair, where that is better."""
        evaluator = self.trials.measuring.bench.evaluator
        every = evaluator.made(settings.with_shifts(["*"])).offsets
        given = evaluator.made(settings).offsets
        values = [v for v in every if v not in given and not self.is_fixed(v)]
        return as_many_as_help(
            self.trials,
            settings,
            values,
            settings.with_shifts,
            "shifted values",
            fewest=-(-len(values) // _PARTS),
            least=_LEAST_GAIN[self.trials.metric],
        )

    def apart(self, settings: Settings, groups: Sequence[Sequence[str]]) -> Settings:
        """Return settings with scales of their own, where that is better.

        Args:
            settings: The settings before.
            groups: Values that share a scale.
        """
        free = [group for group in groups if not any(map(self.is_fixed, group))]
        return as_many_as_help(
            self.trials,
            settings,
            free,
            lambda some: settings.with_own_scales(v for group in some for v in group),
            "scales of their own",
            least=_LEAST_GAIN[self.trials.metric],
        )


def narrowing(shifted: QdqModel, plain: QdqModel) -> dict[str, float]:
    """Return what shifts make of the noise of rounding: shifted value -> a factor below 1.

    It is the square of what a step is of that without shifts.

    Args:
        shifted: The Q/DQ model.
        plain: The same without shifts.
    """
    return {
        value: (shifted.scales[value] / plain.scales[value]) ** 2 for value in shifted.offsets
    }
