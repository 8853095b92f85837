# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Make a plan of a network and the user's ranges: a pure function."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from setrange.errors import UsageError
from setrange.estimate.estimates import NO_ESTIMATES
from setrange.estimate.loops import loop_facts
from setrange.fill.endless import endless_tensors
from setrange.fill.engine import fill_ranges, same_values
from setrange.fill.facts import Fact
from setrange.fill.interval import Interval
from setrange.plan.contradictions import contradiction_findings
from setrange.plan.estimates import doubt_of, estimate_findings, facts_of
from setrange.plan.findings import (
    bound_findings,
    dla_findings,
    endless_findings,
    given_findings,
    missing_findings,
    tie_findings,
    unusable_findings,
    zero_findings,
)
from setrange.plan.plan import TARGETS, Plan, Source
from setrange.plan.planned import BY_PATTERN, planned_tensor
from setrange.ranges.choices import choices_of
from setrange.ranges.entry import ZERO_ON_DATA
from setrange.resolver.entries import resolve_entries
from setrange.resolver.result import MatchKind, Resolution

if TYPE_CHECKING:
    from collections.abc import Mapping

    from setrange.estimate.estimates import EstimatesRanges
    from setrange.fill.dla import Equalized
    from setrange.network import Network, Tensor
    from setrange.ranges.model import RangeEntry, RangeFile
    from setrange.resolver.versions import SameModel

__all__ = ["endless_for", "fill_for_dla", "make_plan"]


def make_plan(
    network: Network,
    ranges: RangeFile | None,
    *,
    fill: str = "safe",
    target: str = "gpu",
    model: SameModel | None = None,
    estimator: EstimatesRanges | None = None,
) -> Plan:
    """Give every tensor of a network its range, or say why it has none.

    Args:
        network: The network of the wanted TensorRT release.
        ranges: The user's ranges; ``None`` = only what can be derived without any.
        fill: ``none``: given ranges only. ``safe``: derive what costs no accuracy.
            ``estimate``: estimate the others as well. ``bounds``: interval arithmetic where
            nothing else helps.
        target: ``gpu``, or ``dla``, which needs some ranges to be equal.
        model: The model that the network is of (a ``ModelAt``): tells what names mean that
            another TensorRT release made. ``plan_model`` gives it.
        estimator: Estimates ranges of that model, for ``fill="estimate"``. ``plan_model``
            gives it.

    Returns:
        The plan; the same arguments give an equal one.

    Raises:
        UsageError: ``fill`` or ``target`` is none of these, the ranges have names that
            another release made and ``model`` is not given, or ``estimator`` is missing.
        InputError: Nothing can be estimated: the scale of an input is not known.
        BackendError: ONNX Runtime is needed for estimates, and is missing or fails.
    """
    if fill == "estimate" and estimator is None:
        raise UsageError('fill="estimate" needs an estimator; plan_model() has one')
    if target not in TARGETS:
        raise UsageError(f"{target!r} is no target; expected {' or '.join(TARGETS)}")
    resolution = Resolution()
    if ranges is not None:
        resolution = resolve_entries(network, ranges, model=model)
    given, unusable, proposed, by_pattern = _given(resolution, ranges)
    if by_pattern:
        # A pattern speaks only for tensors whose values nothing else tells.
        told = same_values(network, given)
        given.update({t: fact for t, fact in by_pattern.items() if t not in told})
    facts, too_wide = fill_ranges(network, given, fill=fill)
    # What a template proposed is derived again; what does not follow now is as it says.
    unfollowed = {
        tensor: fact
        for tensor, fact in proposed.items()
        if tensor not in facts and not (fill == "estimate" and fact.is_estimated)
    }
    if unfollowed:
        facts, too_wide = fill_ranges(network, {**facts, **unfollowed}, fill=fill)
    sound = dict(facts)  # before zeros are assumed, and ranges made equal for the DLA
    zeros = _zeros(unusable, facts) if fill != "none" else {}
    if zeros:
        facts, too_wide = fill_ranges(network, {**facts, **zeros}, fill=fill)
    estimates = NO_ESTIMATES
    if fill == "estimate" and estimator is not None and _lacks_some(network, facts):
        # A mean is at most its input, and usually far below it: estimates do better.
        facts = {tensor: fact for tensor, fact in facts.items() if not fact.is_loose}
        estimates = estimator.estimate(network, facts)
        facts, too_wide = fill_ranges(network, {**facts, **facts_of(estimates)}, fill=fill)
        inside = loop_facts(network, facts)
        if inside:
            facts, too_wide = fill_ranges(network, {**facts, **inside}, fill=fill)
    changes: list[Equalized] = []
    least: dict[Tensor, Tensor] = {}
    if target == "dla":
        from setrange.fill.dla import least_for_dla

        facts, more, changes = fill_for_dla(network, facts, fill=fill)
        too_wide = too_wide if more is None else more
        least = least_for_dla(network, facts)
    endless = endless_for(network, facts, fill=fill, target=target)
    entries = {tensor: match.entry for tensor, match in resolution.by_tensor.items()}
    tensors = [
        planned_tensor(
            tensor,
            facts.get(tensor),
            entries,
            estimates,
            endless,
            given={} if ranges is None else ranges.entries,
        )
        for tensor in network.tensors()
    ]
    without = [planned.tensor for planned in tensors if planned.source is Source.MISSING]
    findings = [
        *network.findings,
        *resolution.findings,
        *unusable_findings(unusable, zeros=zeros, facts=facts, fill=fill),
        *missing_findings(
            without,
            filled=fill != "none",
            target=target,
            least=least,
            facts=facts,
        ),
        *endless_findings(endless),
        *zero_findings(facts),
        *dla_findings(changes),
        *given_findings(facts),
        *contradiction_findings(network, sound),
        *tie_findings(network, facts, settled={change.tensor for change in changes}),
        *bound_findings(facts, too_wide),
        *estimate_findings(estimates, facts),
    ]
    return Plan(
        network=network,
        tensors=tensors,
        findings=findings,
        **({} if ranges is None else choices_of(ranges)),
        fill=fill,
        target=target,
        unresolved=resolution.unresolved,
        named_by=resolution.named_by,
        estimates=estimates,
    )


class _Given(NamedTuple):
    """What a ranges file says, by tensor."""

    ranges: dict[Tensor, Fact]
    unusable: dict[Tensor, RangeEntry]
    proposed: dict[Tensor, Fact]
    by_pattern: dict[Tensor, Fact]


def _given(resolution: Resolution, ranges: RangeFile | None) -> _Given:
    """The usable ranges of the file, the entries that hold none, and the proposed ranges."""
    given = _Given({}, {}, {}, {})
    for tensor, resolved in resolution.by_tensor.items():
        if ranges is None:
            break
        entry = ranges.entries[resolved.entry]
        is_by_pattern = resolved.how is MatchKind.PATTERN
        if entry.range is not None and entry.range.amax > 0:
            interval = Interval(entry.range.min, entry.range.max)
            if is_by_pattern:
                given.by_pattern[tensor] = Fact(
                    interval=interval,
                    why=f"{BY_PATTERN} {resolved.entry!r}",
                    anchor=interval.amax,
                    scale=entry.scale,
                )
            elif entry.is_proposal:
                given.proposed[tensor] = _proposed(entry, interval)
            else:
                given.ranges[tensor] = Fact.given(interval, entry.scale)
        elif not is_by_pattern:
            given.unusable[tensor] = entry
    return given


def _proposed(entry: RangeEntry, interval: Interval) -> Fact:
    """A range that setrange put into a template, as it was: derived, or a bound."""
    label, _, why = (entry.source or "").partition(": ")
    return Fact(
        interval=interval,
        why=why or "as the template says",
        is_bound=label == Source.BOUND.value,
        doubt=doubt_of(why) if label == Source.ESTIMATED.value else 0.0,
        anchor=interval.amax,
        scale=entry.scale,
    )


def _lacks_some(network: Network, facts: Mapping[Tensor, Fact]) -> bool:
    return any(tensor.needs_range and tensor not in facts for tensor in network.tensors())


def _zeros(
    unusable: Mapping[Tensor, RangeEntry], facts: Mapping[Tensor, Fact]
) -> dict[Tensor, Fact]:
    """Those that were measured as 0 and have no range: as constants of zeros, any will do."""
    zero = Fact(interval=Interval(0.0, 0.0), why=ZERO_ON_DATA)
    return {
        tensor: zero
        for tensor, entry in unusable.items()
        if entry.reason == ZERO_ON_DATA and tensor not in facts
    }


def fill_for_dla(
    network: Network, facts: Mapping[Tensor, Fact], *, fill: str
) -> tuple[dict[Tensor, Fact], dict[Tensor, Interval] | None, list[Equalized]]:
    """Make ranges equal where a DLA needs it, and fill in what follows from that.

    Returns:
        All ranges; the bounds that are too wide, or ``None`` where nothing was filled in
        again; and what was made equal.
    """
    from setrange.fill.dla import equalize_for_dla, set_unary_scales

    facts, too_wide = dict(facts), None
    changes: list[Equalized] = []
    while changed := equalize_for_dla(network, facts):
        changes += changed
        facts, too_wide = fill_ranges(network, facts, fill=fill)
    if fill != "none":
        set_unary_scales(network, facts)
    return facts, too_wide, changes


def endless_for(
    network: Network, facts: Mapping[Tensor, Fact], *, fill: str, target: str
) -> dict[Tensor, None]:
    """Return the tensors that need no range as none holds them, in network order.

    For a DLA a tensor without a range is an error all the same.
    """
    if fill == "none" or target == "dla":
        return {}
    return dict.fromkeys(endless_tensors(network, facts))
