# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Findings about given ranges that cannot be right: SR210 to SR212."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from setrange.fill.contradictions import Evidence, find_contradictions, is_scale_ratio
from setrange.findings import Finding
from setrange.ranges.model import INT8_STEPS
from setrange.text.words import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from setrange.fill.contradictions import Contradiction
    from setrange.fill.facts import Fact
    from setrange.network import Network, Tensor

__all__ = ["contradiction_findings"]

_AS_SCALES = (
    'to read them as scales, give {"scale": x} for each tensor in the ranges file, or a CSV '
    'file with the header "name,scale"'
)
_AS_AMAX = (
    "whoever wrote the file put the largest value where its format has largest value / 127; "
    'give the numbers as {"NAME": amax} in a JSON file'
)


def contradiction_findings(network: Network, facts: Mapping[Tensor, Fact]) -> Iterator[Finding]:
    """One SR210 for scales taken for amax or the reverse; else SR211 for each, and SR212."""
    found = find_contradictions(network, facts)
    cases = found.contradictions
    sure = [case for case in cases if case.evidence in _SURE]
    for small in (True, False):
        fitting = [case for case in sure if _fits_scales(case, small=small)]
        exact = [case for case in fitting if case.evidence is Evidence.CONSTANT] or [
            case for case in fitting if is_scale_ratio(case.ratio if small else 1 / case.ratio)
        ]
        others = len(sure) - len(fitting) + found.agreeing
        if len(fitting) > others and (exact or len(fitting) >= _ENOUGH):
            checked = len(sure) + found.agreeing
            yield _scale_finding([*exact, *fitting], len(fitting), checked, small=small)
            return
    constants = [case for case in cases if case.evidence is Evidence.CONSTANT]
    if len(constants) > max(1, found.agreeing):
        # Of what follows from that, one example says enough.
        case = max(constants, key=lambda case: max(case.ratio, 1 / case.ratio))
        yield Finding(
            code="SR212",
            message=f"the ranges look like those of other weights: "
            f"{plural(len(constants), 'constant')} of {len(constants) + found.agreeing} hold "
            f"other values than the ranges say, by different factors, e.g. "
            f"{case.tensor.name!r} is given ±{case.given:g}, but {case.why}{_factor(case)}",
            help="make new ranges for this model file",
        )
        return
    for case in cases:
        yield Finding(
            code="SR211",
            tensor=case.tensor.name,
            message=f"{case.tensor.name!r} is given ±{case.given:g}, but {case.why}"
            f"{_factor(case)}",
            help="check the number and its unit (largest value, or largest value / 127), and "
            "whether the ranges are this model's",
        )


#: Evidence from which the factor itself is known, not only a limit.
_SURE = frozenset({Evidence.CONSTANT, Evidence.LIMIT, Evidence.LEAST})

#: Limits that only allow for the factor speak for it together.
_ENOUGH = 2


def _fits_scales(case: Contradiction, *, small: bool) -> bool:
    """True where a factor of 127 alone explains the contradiction."""
    mended = case.ratio * INT8_STEPS if small else case.ratio / INT8_STEPS
    if case.evidence is Evidence.CONSTANT:
        return math.isclose(mended, 1.0, rel_tol=0.005)
    if case.evidence is Evidence.LEAST:
        return small and mended >= 0.5
    return 0.1 <= mended <= 1.01


def _scale_finding(
    cases: Sequence[Contradiction], fitting: int, checked: int, *, small: bool
) -> Finding:
    case = cases[0]
    size, reading, other = (
        ("small", "look like scales, not amax", _AS_SCALES)
        if small
        else ("large", "look like amax written as scales", _AS_AMAX)
    )
    return Finding(
        code="SR210",
        tensor=case.tensor.name,
        message=f"the ranges are {INT8_STEPS} times too {size}: these {reading}. Of "
        f"{plural(checked, 'range')} that can be checked, {fitting} differ by that factor, "
        f"e.g. {case.tensor.name!r} is given ±{case.given:g}, but {case.why} "
        f"(±{case.known:g})",
        help=other,
    )


def _factor(case: Contradiction) -> str:
    if case.evidence is Evidence.REASON:
        return ""
    ratio = case.ratio
    word = "wide" if ratio > 1 else "narrow"
    factor = max(ratio, 1 / ratio)
    near = ""
    if math.isclose(factor, INT8_STEPS, rel_tol=0.005):
        near = " (a scale is amax / 127)"
    return f": {factor:.3g} times too {word}{near}"
