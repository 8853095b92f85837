# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A change of many parts of a model: for all of them, or for as many halves as help."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from setrange.tune.trials import Best

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from setrange.tune.evaluation import Score
    from setrange.tune.settings import Settings
    from setrange.tune.trials import Trials

__all__ = ["as_many_as_help"]

Part = TypeVar("Part")


def as_many_as_help(
    trials: Trials,
    settings: Settings,
    parts: Sequence[Part],
    changed: Callable[[Sequence[Part]], Settings],
    doing: str,
    *,
    fewest: int = 1,
    least: float = 0.0,
) -> Settings:
    """Return settings with a change of all parts, or of the halves of them where it is better.

    It may be better beyond the target too: fewer nodes may have to run in FP16 then.

    Args:
        trials: Scores, and the best so far.
        settings: The settings before.
        parts: What can be changed.
        changed: The settings with the change of some parts.
        doing: What that is, in words.
        fewest: So many parts are not divided further.
        least: What has to be gained, in dB or as a share of equal values.

    Raises:
        OutOfBudgetError: There is no time left for it.
    """
    taken: list[Part] = []
    pending = [list(parts)] if parts else []
    while pending:
        part = pending.pop(0)
        tried = changed([*taken, *part])
        before = trials.score(settings, "before")
        after = trials.score(tried, f"{doing}, {len(part)} at once")
        if before and after and _is_better(trials, after, before, least):
            if trials.best is not None and trials.best.settings == settings:  # same price
                trials.best = Best(settings=tried, score=after)
            settings, taken = tried, [*taken, *part]
        elif len(part) > fewest:
            half = -(-len(part) // 2)
            pending = [part[:half], part[half:], *pending]
    return settings


def _is_better(trials: Trials, after: Score, before: Score, least: float) -> bool:
    is_no_worse = trials.is_no_worse(after, before) and after.quality >= before.quality + least
    return is_no_worse and trials.rank(after) > trials.rank(before)
