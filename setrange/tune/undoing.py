# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The last look back: steps without which the result is at least as good are undone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.tune.trials import Best

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from setrange.tune.settings import Settings
    from setrange.tune.trials import Trials

__all__ = ["undo_harmful"]

#: Times that all steps are looked at, at most.
_MOST_ROUNDS = 3

#: Parts of the model whose corrected biases, or shifts, are undone together, besides all.
_PARTS = 8


def undo_harmful(
    trials: Trials, groups: Iterable[Sequence[str]], apart: Iterable[Sequence[str]] = ()
) -> None:
    """Undo steps of the best settings that lower the figure of the target, beside the others.

    A step helped where the search made it, and may not any more beside those after it.

    Args:
        trials: The best so far, which may become another.
        groups: Entries of the ranges file whose tensors share a scale.
        apart: Activations that would share a scale, if it were not for the settings.

    Raises:
        OutOfBudgetError: There is no time left; what was undone so far is.
    """
    if trials.best is None:
        return
    steps = list(_steps(trials.best.settings, groups, with_nodes=not trials.is_reached))
    steps += [partial(_together, values=group) for group in apart]
    for _ in range(_MOST_ROUNDS):
        best = trials.best
        tried = [(step, step(best.settings)) for step in steps]
        tried = [(step, settings) for step, settings in tried if settings != best.settings]
        trials.measuring.ahead(trials.measuring.score_of(settings) for _, settings in tried)
        harmless = []
        for number, (step, settings) in enumerate(tried, 1):
            trials.tell(f"{trials.reached()}: looking back, {number} of {len(tried)}")
            score = trials.measuring.score(settings)
            if score is not None and trials.is_no_worse(score, best.score):
                harmless.append((trials.rank(score), step))
        harmless.sort(key=lambda found: found[0], reverse=True)  # ties stay in their order
        for _, step in harmless:
            settings = step(trials.best.settings)
            score = trials.measuring.score(settings)
            if score is not None and trials.is_no_worse(score, trials.best.score):
                trials.best = Best(settings=settings, score=score)
        if trials.best is best:
            return


def _steps(
    settings: Settings, groups: Iterable[Sequence[str]], *, with_nodes: bool
) -> Iterator[Callable[[Settings], Settings]]:
    """Yield what undoes each step."""
    changed = {new.entry for new in settings.ranges}
    for group in groups:
        entries = changed.intersection(group)
        changed -= entries
        if entries:
            yield lambda now, entries=entries: now.without_ranges(entries)  # type: ignore[misc]
    for entry in sorted(changed):
        yield lambda now, entry=entry: now.without_ranges([entry])  # type: ignore[misc]
    for name, _ in settings.weight_scales:
        yield lambda now, name=name: now.with_weights([name], None)  # type: ignore[misc]
    for values in _parts(settings.asymmetric):
        yield lambda now, values=values: now.without_shifts(values)  # type: ignore[misc]
    for nodes in _parts(settings.corrected):
        yield lambda now, nodes=nodes: now.without_corrections(nodes)  # type: ignore[misc]
    for node in sorted(settings.nodes) if with_nodes else ():
        yield lambda now, node=node: now.without_nodes([node])  # type: ignore[misc]


def _together(settings: Settings, values: Sequence[str]) -> Settings:
    return settings.without_own_scales(values)


def _parts(nodes: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the model's parts of nodes one after the other, and then all nodes."""
    size = -(-len(nodes) // _PARTS)
    for start in range(0, len(nodes), max(size, 1)):
        yield nodes[start : start + size]
    if len(nodes) > size:
        yield nodes
