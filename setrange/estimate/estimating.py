# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Makes estimates of observations on made inputs: scales, limits and doubts them."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, NamedTuple

from setrange.estimate.anchors import SMALL, Ends, Local, ends_of, local_scale
from setrange.estimate.estimates import Disagreement, Estimate, Estimates, disagreements
from setrange.estimate.kinship import Side
from setrange.fill.engine import fill_ranges
from setrange.fill.interval import Interval
from setrange.network import LayerKind
from setrange.network.trace import COPIES, producer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from setrange.estimate.observations import Observations
    from setrange.estimate.scales import Scale
    from setrange.fill.facts import Fact
    from setrange.measure.observed import Observed
    from setrange.network import Network, Tensor

__all__ = ["estimates_of", "ratios_of"]

#: Significant digits of an estimate: another processor adds in another order.
_DIGITS = 3

#: log2 of the doubt: what it is at least, what each factor of 2 between families adds, and what
#: each one that anchors may be off adds. With these, nine of ten truths of the benchmark are
#: within the doubt (pictures; made inputs of other kinds are worse).
_ALONE, _ALONE_SPREAD = 0.3, 1.4
_ANCHORED, _ANCHORED_SPREAD, _DEVIATION = 0.1, 0.4, 1.0
_WEAK = 1.5

#: The doubt of what only joins given ranges; and copies in a row that are followed.
_SURE, _MOST_COPIES = 1.1, 16


def ratios_of(
    found: Observations, anchors: Mapping[Tensor, Interval], observed: Mapping[str, Observed]
) -> dict[Tensor, float]:
    """Return, by anchor, the logarithm of what was given over what was estimated."""
    ratios = {}
    for tensor, given in anchors.items():
        bounds = _bounds(found, observed[tensor.onnx_value or ""])
        if bounds is not None and bounds.amax > 0 and given.amax > 0:
            ratios[tensor] = math.log(given.amax / bounds.amax)
    return ratios


def _bounds(found: Observations, item: Observed) -> Interval | None:
    bounds = found.bounds(item.base)
    if bounds is None:
        return None
    low, high = bounds
    if item.is_rectified:
        low, high = max(low, 0.0), max(high, 0.0)
    return Interval(low * item.factor, high * item.factor)


def estimates_of(
    network: Network,
    facts: Mapping[Tensor, Fact],
    found: Observations,
    observed: Mapping[str, Observed],
    anchors: Mapping[Tensor, Interval],
    *,
    missing: list[Tensor],
    input_scales: Mapping[str, Scale],
    is_weak: bool,
) -> Estimates:
    """Return the estimates of what is missing.

    Args:
        network: The network.
        facts: The known ranges.
        found: What made inputs led to.
        observed: The values that were seen, by name.
        anchors: The given ranges inside the network.
        missing: The tensors to estimate.
        input_scales: What the inputs were fed in, by name.
        is_weak: Made inputs resemble real ones little: everything is doubted more.
    """
    ratios = ratios_of(found, anchors, observed)
    wrong = disagreements(ratios, {t: x.amax for t, x in anchors.items()})
    outliers = {item.tensor for item in wrong if not item.is_common}
    trusted = {}
    for tensor in (anchor for anchor in ratios if anchor not in outliers):
        bounds = _bounds(found, observed[tensor.onnx_value or ""])
        if bounds is not None:
            trusted[tensor] = ends_of(anchors[tensor], bounds)
    limits = _limits(network, facts) if trusted else {}
    scales: dict[tuple[str, bool], _Scaling] = {}
    made: dict[Tensor, Estimate] = {}
    for tensor in missing:
        scale = input_scales.get(tensor.onnx_value or "")
        if scale is not None and tensor.is_network_input:
            made[tensor] = Estimate(interval=Interval(*scale.bounds), is_input=True)
            continue
        item = observed.get(tensor.onnx_value or "")
        raw = None if item is None else _bounds(found, item)
        if item is None or raw is None:
            continue
        # Copies of one value get one factor.
        key = (item.base, item.is_rectified)
        if key not in scales:
            scales[key] = _scaling(tensor, raw, trusted)
        interval = scales[key].applied(raw)
        limit = limits.get(tensor)
        if limit is not None:
            cut = Interval(max(interval.lo, limit.lo), min(interval.hi, limit.hi))
            if cut.lo <= cut.hi and cut.amax > 0:
                interval = cut
        local = scales[key].larger(raw)
        made[tensor] = _joined(tensor, facts, made) or Estimate(
            interval=Interval(_rounded(interval.lo), _rounded(interval.hi)),
            anchors=tuple(anchor.name for anchor in local.anchors),
            doubt=_doubt(found.spread(item.base), local, is_weak=is_weak),
        )
    return Estimates(by_tensor=made, disagreements=_sorted(wrong))


def _sorted(wrong: list[Disagreement]) -> tuple[Disagreement, ...]:
    return tuple(sorted(wrong, key=lambda item: -abs(math.log(item.ratio))))


def _joined(
    tensor: Tensor, facts: Mapping[Tensor, Fact], made: Mapping[Tensor, Estimate]
) -> Estimate | None:
    """What a Concat joins, if all of it is known or estimated: the widest branch decides."""
    layer = producer(tensor)
    if layer is None or layer.kind is not LayerKind.CONCATENATION:
        return None
    parts = [_known(data, facts, made) for data in layer.inputs if data is not None]
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts):
        return None
    widest = max(known, key=lambda part: part.interval.amax)
    interval = functools.reduce(Interval.union, (part.interval for part in known))
    return Estimate(interval=interval, anchors=widest.anchors, doubt=widest.doubt)


def _known(
    tensor: Tensor | None, facts: Mapping[Tensor, Fact], made: Mapping[Tensor, Estimate]
) -> Estimate | None:
    """The range of a tensor or of what it is a copy of."""
    for _ in range(_MOST_COPIES):
        if tensor is None or tensor in made:
            break
        if tensor in facts:
            fact = facts[tensor]
            return Estimate(
                interval=fact.interval, anchors=(tensor.name,), doubt=max(fact.doubt, _SURE)
            )
        is_copy = tensor.layer is not None and tensor.layer.kind in COPIES
        tensor = tensor.layer.input_at(0) if is_copy and tensor.layer is not None else None
    return None if tensor is None else made.get(tensor)


class _Scaling(NamedTuple):
    """What anchors say of both ends of a range; ``None`` of one that reaches nowhere."""

    low: Local | None
    high: Local | None

    def applied(self, raw: Interval) -> Interval:
        """Return the range, each end scaled by what is said of it.

        An end that reaches nowhere stays where it is, as that of a SiLU does however far the
        other one goes; but it does not come to reach further than the other.
        """
        low, high = (
            end * math.exp(0.0 if said is None else said.log)
            for end, said in zip(raw, (self.low, self.high), strict=True)
        )
        if self.low is None:
            low = max(low, -high)
        if self.high is None:
            high = min(high, -low)
        return Interval(min(low, high), max(low, high))

    def larger(self, raw: Interval) -> Local:
        """Return what is said of the end that reaches further."""
        first, other = (self.high, self.low) if raw.hi >= -raw.lo else (self.low, self.high)
        return first or other or Local()


def _scaling(tensor: Tensor, raw: Interval, anchors: Mapping[Tensor, Ends]) -> _Scaling:
    has_low, has_high = -raw.lo > SMALL * raw.amax, raw.hi > SMALL * raw.amax
    return _Scaling(
        low=local_scale(tensor, Side.LOW, anchors) if has_low else None,
        high=local_scale(tensor, Side.HIGH, anchors) if has_high else None,
    )


def _limits(network: Network, facts: Mapping[Tensor, Fact]) -> dict[Tensor, Interval]:
    """What no value passes if the given ranges hold."""
    known, _ = fill_ranges(network, facts, fill="bounds")
    return {t: fact.interval for t, fact in known.items() if fact.is_bound or fact.is_loose}


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}") + 0.0


def _doubt(spread: float, local: Local, *, is_weak: bool) -> float:
    """The factor by which most truths are not missed."""
    if not local.anchors:
        log = _ALONE + _ALONE_SPREAD * spread
    else:
        log = _ANCHORED + _ANCHORED_SPREAD * spread + _DEVIATION * local.deviation / math.log(2)
    return float(f"{2.0 ** (log + _WEAK * is_weak):.2g}")
