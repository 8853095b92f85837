# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The plan: every tensor's range and where it came from."""

from __future__ import annotations

from setrange.plan.blocking import raise_if_blocked
from setrange.plan.making import make_plan
from setrange.plan.of_model import plan_model, plan_network
from setrange.plan.plan import TARGETS, Plan, PlannedTensor, Source

__all__ = [
    "TARGETS",
    "Plan",
    "PlannedTensor",
    "Source",
    "make_plan",
    "plan_model",
    "plan_network",
    "raise_if_blocked",
]
