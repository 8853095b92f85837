# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What to ask a person for: the ranges an output needs that follow from nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from setrange.fill.facts import Fact
from setrange.fill.following import Following
from setrange.fill.interval import Interval
from setrange.plan.plan import Source
from setrange.resolver.describe import describe_tensor
from setrange.text.words import and_more

if TYPE_CHECKING:
    from setrange.network import Tensor
    from setrange.plan.needs import Needs
    from setrange.plan.plan import Plan

__all__ = ["DERIVED", "NEEDED", "OPTIONAL", "Questions", "questions_of"]

#: How the text begins that says what a range is for; docs/ranges-file.md has them.
NEEDED, DERIVED, OPTIONAL = "needed", "derived", "optional"

#: Of the ranges that one range follows from, so many are named.
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """The tensors without a range, in groups; each with a text that begins with its group.

    Attributes:
        needed: A person has to give these.
        derived: The output needs these, and they follow from others once those are there.
        optional: The output does not take these.
    """

    needed: dict[Tensor, str] = field(default_factory=dict)
    derived: dict[Tensor, str] = field(default_factory=dict)
    optional: dict[Tensor, str] = field(default_factory=dict)


def questions_of(plan: Plan, needs: Needs | None = None) -> Questions:
    """Return what a plan lacks for an output.

    Args:
        plan: The plan, before ``plan_for_output``.
        needs: What the output needs; ``None`` = every range, as a calibration cache does.
    """
    missing = [planned.tensor for planned in plan.missing()]
    known = {
        planned.tensor: Fact(
            interval=Interval(planned.range.min, planned.range.max),
            is_given=planned.source is Source.GIVEN,
            is_bound=planned.source is Source.BOUND,
            anchor=planned.range.amax,
            scale=planned.scale,
        )
        for planned in plan.tensors
        if planned.range is not None
    }
    is_filled = plan.fill != "none"
    wanted = [tensor for tensor in missing if needs is None or tensor in needs.reasons]
    following = Following(plan.network, known, is_filled=is_filled)
    every = following.copy()
    asked = following.ask(wanted)
    others: dict[Tensor, tuple[Tensor, ...]] = {}
    if needs is not None:
        every.ask(missing)
        others = every.roots
    is_asked = set(asked)
    questions = Questions()
    for tensor in missing:
        if tensor in is_asked:
            why = describe_tensor(tensor) if needs is None else needs.reasons[tensor]
            also = _names(others.get(tensor, ()), tensor)
            also = f"; it also follows from {also}" if also else ""
            questions.needed[tensor] = f"{NEEDED}: {why}{also}"
        elif needs is None or tensor in needs.reasons:
            roots = following.roots.get(tensor, ())
            is_there = "it is there" if len(roots) == 1 else "they are there"
            questions.derived[tensor] = (
                f"{DERIVED} from {_names(roots, tensor)} once {is_there}"
            )
        else:
            questions.optional[tensor] = f"{OPTIONAL}: only a calibration cache takes it"
    return questions


def _names(roots: tuple[Tensor, ...], tensor: Tensor) -> str:
    return and_more([root.name for root in roots if root is not tensor], _NAMED)
