# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a plan comes to, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.findings import Level, without_effects
from setrange.plan.plan import Source
from setrange.text.words import plural

if TYPE_CHECKING:
    from setrange.plan.plan import Plan

__all__ = ["verdict_of"]

GOOD, WARNING, ERROR = "good", "warning", "error"


def verdict_of(plan: Plan) -> dict[str, str]:
    """Return ``{"level": "good", "text": "Every tensor that needs a range has one ..."}``.

    The level is ``good``, ``warning`` or ``error``.
    """
    errors = [f for f in without_effects(plan.findings) if f.level is Level.ERROR]
    if errors:
        number = plural(len(errors), "error")
        return _said(ERROR, f"The ranges do not fit the model: {number}, see the findings.")
    needed = sum(planned.source is not Source.NOT_NEEDED for planned in plan.tensors)
    missing = plan.count(Source.MISSING)
    if not needed:
        return _said(GOOD, "No tensor of this network needs a range.")
    if missing == needed:
        ranges = "the range is" if needed == 1 else f"all {needed} ranges are"
        return _said(WARNING, f"Nothing is filled in yet: {ranges} missing.")
    if missing:
        verb = "is" if missing == 1 else "are"
        return _said(
            WARNING,
            f"{missing} of {needed} ranges {verb} missing: the layers around them run in FP16 "
            f"or FP32.",
        )
    doubtful = [
        f"{plan.count(source)} {word}"
        for source, word in ((Source.ESTIMATED, "estimated"), (Source.BOUND, "wide bounds"))
        if plan.count(source)
    ]
    if doubtful:
        return _said(
            WARNING,
            f"Every range is there, but some are not measured: {' and '.join(doubtful)}.",
        )
    given, derived = plan.count(Source.GIVEN), plan.count(Source.DERIVED)
    return _said(GOOD, f"Every range is there: {given} given, {derived} derived from them.")


def _said(level: str, text: str) -> dict[str, str]:
    return {"level": level, "text": text}
