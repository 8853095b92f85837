# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The way from the ranges as given to a result, step by step, and what each step buys."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING

from setrange.tune.measuring import OutOfBudgetError
from setrange.tune.results import Step
from setrange.tune.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from setrange.tune.evaluation import Score
    from setrange.tune.fallbacks import Move
    from setrange.tune.trials import Best, Trials

__all__ = ["path_to"]

#: Steps of nodes, at most: more are put together.
_MOST_STEPS = 24


def path_to(best: Best, order: Sequence[Move], trials: Trials) -> list[tuple[Step, Settings]]:
    """Return the steps to a result, each with its score and the settings that it leads to.

    Nodes that alone make it worse are put together with the next: only together do they buy
    something. So are steps that the budget leaves no time for.

    Args:
        best: The result.
        order: The moves of the search.
        trials: The scores.
    """
    steps = list(_steps(best, order, trials.limits.kind))
    with contextlib.suppress(OutOfBudgetError):  # what is known then is taken
        trials.measuring.ahead(trials.measuring.score_of(reached) for _, _, reached in steps)
    found: list[tuple[Step, Settings]] = []
    waiting: tuple[str, ...] = ()
    for change, names, reached in steps:
        waiting += names
        try:
            score = trials.measuring.score(reached)
        except OutOfBudgetError:
            score = best.score if reached == best.settings else None
        if score is None or (
            change == "precision"
            and _is_lower(score, found, trials)
            and (reached != best.settings)
        ):
            continue
        found.append((Step(change=change, names=waiting, score=score), reached))
        waiting = ()
    return found


def _is_lower(score: Score, found: Sequence[tuple[Step, Settings]], trials: Trials) -> bool:
    return bool(found) and trials.target.is_better(found[-1][0].score.value, score.value)


def _steps(
    best: Best, order: Sequence[Move], kind: str
) -> Iterator[tuple[str, tuple[str, ...], Settings]]:
    """Yield what each step changes, its names, and the settings with it."""
    settings = Settings()
    yield "start", (), settings
    if best.settings.asymmetric:
        settings = settings.with_shifts(best.settings.asymmetric)
        yield "asymmetric", settings.asymmetric, settings
    if best.settings.own_scales:
        settings = settings.with_own_scales(best.settings.own_scales)
        yield "own_scales", settings.own_scales, settings
    if best.settings.ranges:
        settings = settings.with_ranges(best.settings.ranges)
        yield "ranges", tuple(new.entry for new in best.settings.ranges), settings
    if best.settings.weight_scales:
        settings = dataclasses.replace(settings, weight_scales=best.settings.weight_scales)
        yield "weights", tuple(name for name, _ in settings.weight_scales), settings
    for nodes in _in_order(best, order):
        settings = settings.with_nodes(nodes, kind)
        yield "precision", nodes, settings
    if best.settings.corrections is not None:  # worked out for what all the others leave
        yield "biases", best.settings.corrected, best.settings


def _in_order(best: Best, order: Sequence[Move]) -> Iterator[tuple[str, ...]]:
    """Yield the nodes of a result, those that buy most for their price first."""
    left = [name for name, _ in best.settings.precision]
    parts = []
    for move in sorted(order, key=lambda move: -move.gain / move.price):
        nodes = tuple(node for node in move.nodes if node in left)
        if nodes:
            parts.append(nodes)
            left = [node for node in left if node not in nodes]
    parts += [(node,) for node in left]
    size = -(-len(parts) // _MOST_STEPS)
    for start in range(0, len(parts), max(size, 1)):
        yield tuple(node for part in parts[start : start + size] for node in part)
