# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Findings about the ranges of a plan: SR201 to SR209, and SR214."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from setrange.fill.engine import MAX_WIDENING, ZERO_AMAX
from setrange.fill.ties import find_ties
from setrange.findings import Finding, Level
from setrange.network import LayerKind
from setrange.ranges.entry import NOT_FILLED_IN, ZERO_ON_DATA
from setrange.ranges.model import INT8_STEPS
from setrange.resolver.describe import describe_tensor, node_label
from setrange.text.words import and_more

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from setrange.fill.dla import Equalized
    from setrange.fill.facts import Fact
    from setrange.fill.interval import Interval
    from setrange.network import Network, Tensor
    from setrange.ranges.model import RangeEntry

#: Values below so many steps are rounded to nearly nothing.
_FEW_STEPS = 4.0

#: A range of which one side is at least so much of the other is as good as symmetric.
_NEARLY = 0.9

__all__ = [
    "bound_findings",
    "dla_findings",
    "given_findings",
    "missing_findings",
    "tie_findings",
    "unusable_findings",
    "zero_findings",
]


def missing_findings(
    tensors: Sequence[Tensor],
    *,
    filled: bool,
    target: str,
    least: Mapping[Tensor, Tensor],
    facts: Mapping[Tensor, Fact],
) -> Iterator[Finding]:
    """SR201 for each tensor without a range, SR208 for constants that are not finite.

    Args:
        tensors: Those without a range.
        filled: Whether the fill rules were applied.
        target: ``gpu`` or ``dla``, where a missing range is an error.
        least: Tensor -> the one that its range will be at least, since DLA makes them equal.
        facts: The known ranges.
    """
    for tensor in tensors:
        line = f'{json.dumps(tensor.name, ensure_ascii=False)}: {{"min": null, "max": null}}'
        words = describe_tensor(tensor)
        code, message = "SR201", f"no range for {tensor.name!r}: {words}"
        if filled and tensor.constant is not None:
            code = "SR208"
            message = (
                f"{tensor.name!r} ({words}) holds infinite values or NaN, so no range can be "
                f"derived"
            )
        if tensor in least:
            other = least[tensor]
            message += (
                f"; DLA makes it equal to {other.name!r}, so it will be at least "
                f"±{facts[other].interval.amax:g}, but its own values are not known"
            )
        yield Finding(
            code=code,
            tensor=tensor.name,
            message=message,
            help=f"add to the ranges, with its numbers: {line}",
            level=Level.ERROR if target == "dla" else None,
        )


def endless_findings(endless: Collection[Tensor]) -> Iterator[Finding]:
    """SR208 for each constant that is not finite, and so has no range."""
    for tensor in endless:
        if tensor.constant is not None:
            yield Finding(
                code="SR208",
                tensor=tensor.name,
                message=f"{tensor.name!r} ({describe_tensor(tensor)}) holds infinite values or "
                f"NaN, which no range holds; the layers that use it stay in float",
                help="export it with a large finite number, such as -1e4, if they shall run in "
                "INT8",
            )


def unusable_findings(
    unusable: Mapping[Tensor, RangeEntry],
    *,
    zeros: Mapping[Tensor, Fact],
    facts: Mapping[Tensor, Fact],
    fill: str,
) -> Iterator[Finding]:
    """SR206 for each entry whose value is not usable, SR214 where it was 0 on all of the data.

    Null that nobody filled in says nothing, nor does a 0 whose range was derived.

    Args:
        unusable: The entries, by tensor.
        zeros: Those that were 0 on all of the data, and that nothing else gave a range.
        facts: The known ranges.
        fill: How ranges are filled.
    """
    for tensor, entry in unusable.items():
        is_known = tensor in facts
        if entry.range is None and entry.reason in (None, NOT_FILLED_IN):
            continue
        if tensor in zeros:
            yield _zero_on_data_finding(tensor)
            continue
        if is_known and entry.reason == ZERO_ON_DATA:
            continue
        reason = entry.reason or "the range is 0"
        advice = (
            "give it a positive range, or let its layers run in FP16 or FP32 (--allow-missing)"
        )
        if fill == "none" and tensor.layer is not None:
            advice += "; --fill safe may derive one"
        elif fill == "safe" and tensor.layer is not None:
            advice += "; --fill estimate or --fill bounds may find one"
        yield Finding(
            code="SR206",
            tensor=tensor.name,
            message=f"the entry {entry.name!r} has no usable range ({reason}); it "
            + ("is derived instead" if is_known else "is ignored"),
            help=None if is_known else advice,
        )


def _zero_on_data_finding(tensor: Tensor) -> Finding:
    return Finding(
        code="SR214",
        tensor=tensor.name,
        message=f"{tensor.name!r} ({describe_tensor(tensor)}) was 0 on all of the data: "
        f"±{ZERO_AMAX:g} is set, which holds zeros and clips larger values",
        help="if it is not always 0 (the mask of a padded sentence), measure on data where it "
        "is not, or give it a range",
    )


def zero_findings(facts: Mapping[Tensor, Fact]) -> Iterator[Finding]:
    """One SR205 for all constants that are all zero."""
    zeros = [
        tensor
        for tensor, fact in facts.items()
        if fact.interval.amax == 0
        and tensor.layer is not None
        and tensor.layer.kind is LayerKind.CONSTANT
    ]
    if not zeros:
        return
    first = f"{zeros[0].name!r} ({describe_tensor(zeros[0])})"
    which = f"{first} is" if len(zeros) == 1 else f"{len(zeros)} constants, e.g. {first}, are"
    yield Finding(
        code="SR205",
        tensor=zeros[0].name,
        message=f"{which} all zero: ±{ZERO_AMAX:g} is set, since a range of 0 breaks builds",
    )


def dla_findings(changes: Sequence[Equalized]) -> Iterator[Finding]:
    """SR209 for each range made equal to another, but those of zeros."""
    for change in changes:
        if change.before.interval.amax == 0:
            continue  # zeros are exact in any range
        yield Finding(
            code="SR209",
            tensor=change.tensor.name,
            message=f"{change.tensor.name!r} takes ±{change.after.interval.amax:g} of "
            f"{change.source.name!r} instead of "
            f"±{change.before.interval.amax:g}: DLA needs these ranges equal"
            + _step_sentence(change.before.interval.amax, change.after.interval.amax),
        )


def given_findings(facts: Mapping[Tensor, Fact]) -> Iterator[Finding]:
    """One SR202 for all given ranges of which a side is a tenth smaller than the other."""
    skewed = [
        (tensor, fact.interval)
        for tensor, fact in facts.items()
        if fact.is_given and _is_skewed(fact.interval)
    ]
    if not skewed:
        return
    tensor, interval = skewed[0]
    many = "1 given range is" if len(skewed) == 1 else f"{len(skewed)} given ranges are"
    yield Finding(
        code="SR202",
        message=f"{many} not symmetric; TensorRT uses the larger bound for both sides, e.g. "
        f"{tensor.name!r} [{interval.lo:g}, {interval.hi:g}] becomes ±{interval.amax:g}",
    )


def _is_skewed(interval: Interval) -> bool:
    """True where the smaller side is less than nine tenths of the other."""
    sides = sorted((abs(interval.lo), abs(interval.hi)))
    return sides[0] < _NEARLY * sides[1] or interval.lo * interval.hi > 0


def tie_findings(
    network: Network, facts: Mapping[Tensor, Fact], *, settled: Collection[Tensor]
) -> Iterator[Finding]:
    """SR204 for each copy whose two sides were given different ranges.

    Not where DLA's rules have set one of them: SR209 tells of that.
    """
    for tie in find_ties(network, facts):
        if tie.before in settled or tie.after in settled:
            continue
        before, after = tie.before.name, tie.after.name
        a, b = facts[tie.before].interval.amax, facts[tie.after].interval.amax
        yield Finding(
            code="SR204",
            tensor=after,
            message=f"{before!r} (±{a:g}) and {after!r} (±{b:g}) hold the same values, copied "
            f"by {node_label(tie.layer)}, but the ranges differ {tie.ratio:.1f}x",
            help="delete the one that is wrong: it is derived from the other",
        )


def bound_findings(
    facts: Mapping[Tensor, Fact], too_wide: Mapping[Tensor, Interval]
) -> Iterator[Finding]:
    """One SR203 for all bounds, one SR207 for all that were too wide."""
    bounds = [(tensor, fact) for tensor, fact in facts.items() if fact.is_bound and fact.anchor]
    if bounds:
        tensor, fact = max(bounds, key=lambda item: item[1].interval.amax / item[1].anchor)
        ratio = fact.interval.amax / fact.anchor
        many = (
            "1 range is a worst-case bound"
            if len(bounds) == 1
            else f"{len(bounds)} ranges are worst-case bounds"
        )
        yield Finding(
            code="SR203",
            message=f"{many} and may be too wide; the widest, {tensor.name!r}, is "
            f"{ratio:.3g} times the largest range it was computed from",
            help="measured ranges are better; see the entries with source 'bound'",
        )
    if too_wide:
        names = and_more([tensor.name for tensor in too_wide])
        yield Finding(
            code="SR207",
            message=f"no bound for {names}: the interval is not finite, or more than "
            f"{MAX_WIDENING} times the largest range it was computed from",
        )


def _step_sentence(own: float, shared: float) -> str:
    """What is left of small values where a much larger range is in force."""
    step = shared / INT8_STEPS
    if own >= _FEW_STEPS * step:
        return ""
    left = "all of it becomes 0" if own <= step / 2 else "little of it is left"
    return f"; one step is {step:.4g} then, so {left}"
