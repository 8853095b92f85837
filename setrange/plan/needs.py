# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What one output needs of a plan's tensors: a Q/DQ model needs fewer ranges than a cache."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

from setrange.plan.plan import PlannedTensor, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from setrange.network import Tensor
    from setrange.plan.plan import Plan

__all__ = ["Needs", "plan_for_output"]

#: Findings about tensors without a range: of no matter where the output does not need it.
_OF_MISSING = ("SR201", "SR208")


class Needs(NamedTuple):
    """The tensors whose ranges an output takes, and why.

    Attributes:
        output: What it is called: ``the Q/DQ model``.
        reasons: Tensor -> why: ``input of Conv /b/conv``.
    """

    output: str
    reasons: Mapping[Tensor, str]


def plan_for_output(plan: Plan, needs: Needs) -> Plan:
    """Return a plan in which nothing is missing that the output does not need.

    Counts, findings and ``missing()`` are those of the output then. Given and derived ranges
    stay, whether or not the output takes them.
    """
    tensors = [
        PlannedTensor(
            tensor=planned.tensor,
            source=Source.NOT_NEEDED,
            why=f"{needs.output} does not take its range",
        )
        if planned.source is Source.MISSING and planned.tensor not in needs.reasons
        else planned
        for planned in plan.tensors
    ]
    still = {planned.tensor.name for planned in tensors if planned.source is Source.MISSING}
    findings = [
        finding
        for finding in plan.findings
        if finding.code not in _OF_MISSING or finding.tensor in still
    ]
    return dataclasses.replace(plan, tensors=tensors, findings=findings)
