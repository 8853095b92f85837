# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Estimates in a plan: as facts, as findings SR220 and SR221, and those that matter most."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from setrange.estimate.estimates import MOST_RATIO
from setrange.fill.facts import Fact
from setrange.findings import Finding
from setrange.ranges.model import INT8_STEPS
from setrange.text.words import and_more, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from setrange.estimate.estimates import Disagreement, Estimate, Estimates
    from setrange.network import Tensor

__all__ = ["doubt_of", "estimate_findings", "facts_of", "with_doubt"]

#: How the reason of an estimate begins.
_WITHIN = re.compile(r"within ([0-9]{1,9}(?:\.[0-9]{1,9})?)x(?:;|$)")
#: Disagreements that are told one by one.
_MOST_TOLD = 5
#: Anchors that are named where an estimate says what it rests on.
_ANCHORS_NAMED = 2


def facts_of(estimates: Estimates) -> dict[Tensor, Fact]:
    """Return estimates as known ranges."""
    return {
        tensor: Fact.estimated(item.interval, item.doubt, _why(item))
        for tensor, item in estimates.by_tensor.items()
    }


def _why(item: Estimate) -> str:
    within = f"within {item.doubt:g}x"
    if item.is_input:
        return f"{within}; the scale that the network was run with"
    if not item.anchors:
        return f"{within}; no given range is near"
    names = and_more(item.anchors, _ANCHORS_NAMED)
    return f"{within}; scaled to what is given for {names}"


def doubt_of(why: str) -> float:
    """Return the doubt of an estimate whose reason a file holds.

    >>> doubt_of("within 2.5x; no given range is near")
    2.5
    """
    match = _WITHIN.match(why)
    return MOST_RATIO if match is None else float(match[1])


def with_doubt(why: str, doubt: float) -> str:
    """Return the reason of an estimated range with its doubt, which may be there already."""
    return why if _WITHIN.match(why) else f"within {doubt:g}x; {why}"


def estimate_findings(estimates: Estimates, facts: Mapping[Tensor, Fact]) -> Iterator[Finding]:
    """One SR220 for all estimates, an SR221 for each given range that is far from them."""
    yield from _disagreement_findings(estimates.disagreements)
    made = [(tensor, fact) for tensor, fact in facts.items() if fact.is_estimated]
    if not made:
        return
    tensor, fact = max(made, key=lambda item: item[1].doubt)
    many = "1 range is" if len(made) == 1 else f"{len(made)} ranges are"
    inputs = f", input {'; '.join(estimates.inputs)}" if estimates.inputs else ""
    ran = f"the network ran on {plural(estimates.sets * estimates.families, 'made input')}"
    how = f"{ran}{inputs}" if estimates.sets else "the ranges file says so"
    message = (
        f"{many} estimated: {how}; the most doubtful one, {tensor.name!r}, may be "
        f"{fact.doubt:g} times off"
    )
    if estimates.weak:
        message += f"; made {' and '.join(estimates.weak)} resemble real ones little"
    if estimates.sets < estimates.wanted:
        message += (
            f"; time was short for the other "
            f"{(estimates.wanted - estimates.sets) * estimates.families}, so another run may "
            f"give other numbers"
        )
    yield Finding(
        code="SR220",
        message=message,
        help="estimates are for trying out and as a start; measured ranges are better: "
        "setrange collect MODEL --data PLACE",
    )


def _disagreement_findings(found: tuple[Disagreement, ...]) -> Iterator[Finding]:
    common = [item for item in found if item.is_common]
    if common:
        yield _common_finding(common)
        return
    for item in found[:_MOST_TOLD]:
        yield Finding(
            code="SR221",
            tensor=item.tensor.name,
            message=f"the range given for {item.tensor.name!r}, ±{item.given:g}, is "
            f"{_times(item.ratio)} what is estimated from the other ranges (more than "
            f"{MOST_RATIO:g} times is remarkable); it is kept, and no estimate is scaled to it",
            help="is it in other units, of another tensor, or a slip of the hand?",
        )
    if len(found) > _MOST_TOLD:
        names = and_more([item.tensor.name for item in found[_MOST_TOLD:]])
        yield Finding(
            code="SR221",
            message=f"the ranges given for {names} differ as much from what is estimated",
        )


def _common_finding(common: list[Disagreement]) -> Finding:
    logs = sorted(math.log(item.ratio) for item in common)
    ratio = math.exp(logs[len(logs) // 2])
    if math.isclose(ratio, 1 / INT8_STEPS, rel_tol=0.5):
        help_text = (
            "are they scales, which are amax / 127? Convert them, or write them as "
            '{"scale": 0.05}'
        )
    else:
        help_text = (
            "are they of another model, or is the input's range another one than the network "
            "was trained on?"
        )
    return Finding(
        code="SR221",
        message=f"{plural(len(common), 'given range')} differ from what is estimated in the "
        f"same way, by about {ratio:.3g} times, e.g. {common[0].tensor.name!r}, "
        f"±{common[0].given:g}; estimates are scaled to them all the same",
        help=help_text,
    )


def _times(ratio: float) -> str:
    return f"{ratio:.3g} times" if ratio >= 1 else f"1/{1 / ratio:.3g} of"
