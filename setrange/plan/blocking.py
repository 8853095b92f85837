# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What keeps a plan from being written: errors, and ranges that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.errors import BlockingFindingsError, InputError
from setrange.findings import Level, without_effects
from setrange.text.words import plural

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.plan.plan import Plan

__all__ = ["raise_if_blocked"]

#: Ways to fill that reach further than the safe rules, each further than the one before.
_WIDER = ("estimate", "bounds")


def raise_if_blocked(
    plan: Plan,
    *,
    allow_missing: bool = False,
    out: str | Path | None = None,
    on_command_line: bool = False,
) -> None:
    """Stop where a finding is an error or a range is missing.

    Args:
        plan: The plan.
        allow_missing: Missing ranges do not matter.
        out: What is not written then, for the message.
        on_command_line: The findings are on the screen, and the message names options.

    Raises:
        InputError: A finding is an error, e.g. about an unknown tensor name in the ranges.
        BlockingFindingsError: A range is missing and ``allow_missing`` is not set.
    """
    unwritten = "" if out is None else f"; {out} is not written"
    told = without_effects(plan.findings)
    errors = [finding for finding in told if finding.level is Level.ERROR]
    if errors:
        first = (
            "above"
            if on_command_line
            else f"the first is {errors[0].code}: {errors[0].message}"
        )
        raise InputError(
            f"the ranges do not fit the model ({plural(len(errors), 'error')}"
            f"{' ' if on_command_line else ', '}{first}){unwritten}; correct the ranges file"
        )
    missing = plan.missing()
    if missing and not allow_missing:
        without = f"{plural(len(missing), 'tensor')} without a range{_enough(plan)}"
        left = _WIDER[_WIDER.index(plan.fill) + 1 :] if plan.fill in _WIDER else _WIDER
        if on_command_line:
            wider = "try " + " or ".join(f"--fill {fill}" for fill in left)
            allow = "use --allow-missing"
        else:
            without += f", the first is {missing[0].tensor.name!r}"
            wider = "plan with " + " or ".join(f'fill="{fill}"' for fill in left)
            allow = "write with allow_missing=True"
        ways = ["add them to the ranges", *([wider] if left else [])]
        raise BlockingFindingsError(
            f"{without}{unwritten}; {', '.join(ways)}, or {allow} (the layers around them run "
            f"in FP16 or FP32)"
        )


def _enough(plan: Plan) -> str:
    """How many of the missing ranges a person has to give; the others follow from them."""
    from setrange.plan.asking import questions_of

    needed = len(questions_of(plan).needed)
    if needed == len(plan.missing()):
        return ""
    return (
        f", of which {needed} {'is' if needed == 1 else 'are'} enough, since the others follow"
    )
