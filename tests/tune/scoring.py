# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Trials whose scores a function gives, without any model."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from setrange.tune.evaluation import Score
from setrange.tune.prices import Share
from setrange.tune.target import Target
from setrange.tune.trials import Best, Limits, Trials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from setrange.tune.settings import Settings

ALL = Share(1.0, 1.0)


def scored(value: float, share: Share = ALL) -> Score:
    """Return a score whose quality is its value."""
    return Score(value=value, quality=value, share=share)


def trials_of(
    score: Callable[[Settings], Score],
    target: str,
    *,
    names: Iterable[str] = (),
    keep: float = 0.0,
    best: Settings | None = None,
    ranks_apart: bool = False,
) -> Trials:
    """Return trials.

    Args:
        score: What settings are worth.
        target: As the user gives it.
        names: Nodes that may fall back.
        keep: Share of the multiply-adds that stays in INT8.
        best: The best settings so far.
        ranks_apart: See ``Trials``.
    """
    measuring: Any = SimpleNamespace(
        score=lambda settings, count=None: score(settings),
        ahead=list,
        score_of=lambda settings, _count=None: settings,
    )
    return Trials(
        measuring=measuring,
        target=Target.parse(target),
        limits=Limits(
            is_locked=lambda _: False, names=frozenset(names), kind="fp16", keep=keep
        ),
        metric="sqnr",
        few=1,
        tell=lambda _: None,
        best=None if best is None else Best(settings=best, score=score(best)),
        ranks_apart=ranks_apart,
    )
