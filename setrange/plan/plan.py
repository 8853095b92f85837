# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The plan: every tensor's range and where it came from. Pure data from a pure function."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from setrange.errors import UsageError
from setrange.estimate.estimates import NO_ESTIMATES, Estimates
from setrange.estimate.loops import loop_facts
from setrange.fill.endless import endless_tensors
from setrange.fill.engine import ZERO_AMAX, fill_ranges, same_values
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
from setrange.ranges.entry import ZERO_ON_DATA
from setrange.ranges.float32 import float32_scale
from setrange.ranges.model import DynamicRange
from setrange.resolver.entries import resolve_entries
from setrange.resolver.result import MatchKind, Resolution, Unresolved

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from setrange.estimate.estimates import EstimatesRanges
    from setrange.fill.dla import Equalized
    from setrange.findings import Finding
    from setrange.network import Network, Tensor
    from setrange.ranges.model import RangeEntry, RangeFile, WeightScale
    from setrange.resolver.versions import SameModel

__all__ = [
    "TARGETS",
    "Plan",
    "PlannedTensor",
    "Source",
    "endless_for",
    "fill_for_dla",
    "make_plan",
    "planned_tensor",
]

#: How the reason of a range begins that a pattern of the file gave.
_BY_PATTERN = "by the pattern"

#: What ``--target`` may be.
TARGETS = ("gpu", "dla")


class Source(str, enum.Enum):
    """Where a tensor's range came from."""

    GIVEN = "given"
    DERIVED = "derived"
    ESTIMATED = "estimated"
    BOUND = "bound"
    MISSING = "missing"
    NOT_NEEDED = "not needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTensor:
    """One tensor of the network in the plan.

    Attributes:
        tensor: The tensor.
        source: Where the range came from.
        range: The range, or ``None`` if missing or not needed.
        scale: Exact float32 scale where the source gave one; else ``None``.
        why: In words: ``"= input of Reshape /fc/Reshape"``, ``"max |values| of fc.bias"``.
        entry: Name of the ranges-file entry used, if given.
        doubt: The factor by which an estimated range may miss; 0 for all others.
        anchors: Tensors whose given ranges an estimate was scaled to, the nearest first.
        is_by_pattern: True where that entry is a pattern.
        operands: The tensors that a derived range was derived from.
        note: What the ranges file says of where its number is from: ``measured: entropy``.
    """

    tensor: Tensor
    source: Source
    range: DynamicRange | None = None
    scale: float | None = None
    why: str = ""
    entry: str | None = None
    doubt: float = 0.0
    anchors: tuple[str, ...] = ()
    is_by_pattern: bool = False
    operands: tuple[Tensor, ...] = ()
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return one item of ``tensors`` in ``Plan.to_dict``."""
        layer, found = self.tensor.layer, self.range
        estimated: dict[str, Any] = {}
        if self.source is Source.ESTIMATED:
            estimated = {"doubt": self.doubt, "anchors": list(self.anchors)}
        return {
            "name": self.tensor.name,
            "key": self.tensor.key,
            "source": self.source.value,
            "min": None if found is None else found.min,
            "max": None if found is None else found.max,
            "amax": None if found is None else found.amax,
            "scale": None if found is None else float32_scale(found.amax, self.scale),
            "why": self.why,
            "entry": self.entry,
            "kind": "Input" if layer is None else layer.kind.value,
            "node": "" if layer is None or layer.origin is None else layer.origin.node,
            **estimated,
            **({"note": self.note} if self.note else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All tensors of a network in network order, with findings.

    Attributes:
        network: The network.
        tensors: Its tensors: inputs, then each layer's outputs.
        findings: Remarks of the importer, the resolver and the plan itself.
        precision: Glob over node names -> precision, from the ranges file.
        weight_scales: Glob over node names -> how scales of constants are chosen, from there.
        fill: How ranges were filled: ``none``, ``safe``, ``estimate`` or ``bounds``.
        target: ``gpu`` or ``dla``.
        unresolved: Entries of the ranges file that are not used, with the reason.
        named_by: TensorRT release whose parser-made names the ranges file holds, if known.
        estimates: What was estimated, where that was asked for.
    """

    network: Network
    tensors: Sequence[PlannedTensor]
    findings: Sequence[Finding] = ()
    precision: Mapping[str, str] = field(default_factory=dict)
    weight_scales: Mapping[str, WeightScale] = field(default_factory=dict)
    fill: str = "safe"
    target: str = "gpu"
    unresolved: tuple[Unresolved, ...] = ()
    named_by: str | None = None
    estimates: Estimates = NO_ESTIMATES

    def __post_init__(self) -> None:
        # A plan is handed to many: none of them can change it for the others.
        object.__setattr__(self, "tensors", tuple(self.tensors))
        object.__setattr__(self, "findings", tuple(self.findings))
        object.__setattr__(self, "precision", MappingProxyType(dict(self.precision)))
        scales = MappingProxyType(dict(self.weight_scales))
        object.__setattr__(self, "weight_scales", scales)

    def count(self, source: Source) -> int:
        """Return how many tensors have their range from ``source``."""
        return sum(1 for planned in self.tensors if planned.source is source)

    def missing(self) -> list[PlannedTensor]:
        """The tensors that need a range and have none."""
        return [planned for planned in self.tensors if planned.source is Source.MISSING]

    def to_dict(self) -> dict[str, Any]:
        """Return the stable ``check --json`` object.

        ::

            {"setrange": 1, "model": "resnet18.onnx", "trt": "8.6", "profile": "8.6",
             "fill": "safe", "target": "gpu", "named_by": "7.2",
             "counts": {"given": 41, "derived": 30, "estimated": 0, "bound": 0,
                        "missing": 2, "not needed": 0},
             "tensors": [{"name": "92", "key": "92", "source": "given", "min": -30.0,
                          "max": 30.6, "amax": 30.6, "scale": 0.24094488,
                          "why": "given", "entry": "92", "kind": "ElementWise",
                          "node": "Add_49"}],
             "findings": [{"code": "SR201", "level": "warning", "message": "...",
                           "tensor": "...", "help": "..."}],
             "unresolved": [{"entry": "...", "code": "SR102", "why": "..."}]}

        Tensors are in network order. ``min``, ``max``, ``amax`` and ``scale`` are ``null``
        where the tensor has no range; ``scale`` is a float32 value. ``kind`` is TensorRT's
        label of the layer, ``Input`` for network inputs; ``node`` is ``""`` where the ONNX
        node has no name. ``named_by`` is ``null`` where it is not known or does not matter.
        Estimated tensors have ``doubt``, the factor by which the range may miss, and
        ``anchors``, the tensors whose given ranges it was scaled to.
        """
        return {
            "setrange": 1,
            "model": self.network.model,
            "trt": self.network.trt,
            "profile": self.network.profile,
            "fill": self.fill,
            "target": self.target,
            "named_by": self.named_by,
            "counts": {source.value: self.count(source) for source in Source},
            "tensors": [planned.to_dict() for planned in self.tensors],
            "findings": [finding.to_dict() for finding in self.findings],
            "unresolved": [
                {"entry": item.entry, "code": item.code, "why": item.why}
                for item in self.unresolved
            ],
        }


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
        precision=dict(ranges.precision) if ranges is not None else {},
        weight_scales=dict(ranges.weight_scales) if ranges is not None else {},
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
                    why=f"{_BY_PATTERN} {resolved.entry!r}",
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


def _only_leaves_a_plugin(tensor: Tensor) -> bool:
    """True where a range would be of no use: a plugin has none of its own to keep in INT8."""
    return tensor.layer is not None and tensor.layer.kind.is_plugin and not tensor.consumers


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


def planned_tensor(
    tensor: Tensor,
    fact: Fact | None,
    entries: Mapping[Tensor, str],
    estimates: Estimates,
    endless: Container[Tensor] = (),
    *,
    given: Mapping[str, RangeEntry] = MappingProxyType({}),
) -> PlannedTensor:
    """Make the item of a tensor in a plan.

    Args:
        tensor: The tensor.
        fact: Its range, if it has one.
        entries: Tensor -> the name of the entry that was given for it.
        estimates: What was estimated.
        endless: The tensors that hold infinity.
        given: The entries of the ranges file by name.
    """
    if not tensor.needs_range:
        kind = "shape tensor" if tensor.is_shape_tensor else tensor.dtype.upper()
        return PlannedTensor(
            tensor=tensor, source=Source.NOT_NEEDED, why=f"{kind}: never quantized"
        )
    if fact is None and _only_leaves_a_plugin(tensor):
        return PlannedTensor(
            tensor=tensor,
            source=Source.NOT_NEEDED,
            why="made by a plugin, and only leaves the network: no layer reads it in INT8",
        )
    if fact is None and tensor in endless:
        return PlannedTensor(
            tensor=tensor,
            source=Source.NOT_NEEDED,
            why="holds infinity, which no range does; layers that use it stay in float",
        )
    if fact is None:
        return PlannedTensor(tensor=tensor, source=Source.MISSING)
    interval = fact.interval
    if interval.amax == 0:
        return PlannedTensor(
            tensor=tensor,
            source=Source.ESTIMATED if fact.is_estimated else Source.DERIVED,
            range=DynamicRange.symmetric(ZERO_AMAX),
            why=f"{fact.why}: all zero, any positive range will do",
            doubt=fact.doubt,
        )
    source = Source.BOUND if fact.is_bound else Source.DERIVED
    if fact.is_estimated:
        source = Source.ESTIMATED
    made = estimates.by_tensor.get(tensor)
    entry, note = None, ""
    is_by_pattern = fact.why.startswith(_BY_PATTERN)
    if fact.is_given or is_by_pattern:
        source, entry = Source.GIVEN, entries[tensor]
        note = (given[entry].source or "") if entry in given else ""
    return PlannedTensor(
        tensor=tensor,
        source=source,
        range=DynamicRange(interval.lo + 0.0, interval.hi + 0.0),  # no "-0.0" in files
        scale=fact.scale,
        why=fact.why or "given",
        entry=entry,
        doubt=fact.doubt,
        anchors=() if made is None else made.anchors,
        is_by_pattern=is_by_pattern,
        operands=fact.operands,
        note=note,
    )
