# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The table of fill rules, one per layer kind, and what rules are written with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.fill.facts import Proposal, Ranges, Rank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from setrange.fill.facts import Why
    from setrange.fill.interval import Interval
    from setrange.network import Layer, LayerKind, Tensor

    #: Proposes ranges for the inputs and outputs of one layer, from those already known.
    Rule = Callable[[Layer, Ranges], Iterable[Proposal]]

__all__ = ["find_rule", "propose", "rule"]

_RULES: dict[LayerKind, Rule] = {}


def rule(*kinds: LayerKind) -> Callable[[Rule], Rule]:
    """Register a function as the rule of these layer kinds."""

    def register(function: Rule) -> Rule:
        for kind in kinds:
            if kind in _RULES:
                raise ValueError(f"layer kind {kind.value} has two rules")
            _RULES[kind] = function
        return function

    return register


def find_rule(kind: LayerKind) -> Rule | None:
    """Return the rule of a layer kind, or ``None`` for a kind nothing is known about."""
    return _RULES.get(kind)


def propose(
    ranges: Ranges,
    tensor: Tensor | None,
    rank: Rank,
    operands: Sequence[Tensor | None],
    compute: Callable[..., Interval | None],
    why: Why,
) -> Sequence[Proposal]:
    """Return a proposal if ``tensor`` still wants a range and every operand has one.

    Args:
        ranges: What is known.
        tensor: Whose range.
        rank: How good the answer is.
        operands: What it is computed from.
        compute: Gets the operands' intervals.
        why: Where it comes from.
    """
    if tensor is None or not ranges.wants(tensor):
        return ()
    known: list[Tensor] = []
    intervals: list[Interval] = []
    for operand in operands:
        interval = ranges.get(operand)
        if operand is None or interval is None:
            return ()
        known.append(operand)
        intervals.append(interval)
    proposal = Proposal(
        tensor=tensor,
        rank=rank,
        operands=tuple(known),
        compute=lambda: compute(*intervals),
        why=why,
    )
    return (proposal,)
