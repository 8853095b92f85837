# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Given ranges that cannot be right, by constants, functions, weights and neighbours.

Three kinds of evidence, the surest first: values that are known (constants and their copies),
limits that hold whatever the input is (Softmax, Tanh, Clip, and what follows from them), and
limits that follow from the ranges given for a layer's inputs.
"""

from __future__ import annotations

import enum
import math
from typing import TYPE_CHECKING, NamedTuple

from setrange.fill.evidence import Budget, FromInputs, certain_ranges, least_amax
from setrange.fill.facts import in_words
from setrange.network import LayerKind
from setrange.network.trace import is_constant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from setrange.fill.evidence import Limit
    from setrange.fill.facts import Fact
    from setrange.network import Network, Tensor

__all__ = ["Contradiction", "Evidence", "Findings", "find_contradictions"]

#: Ranges of one tensor from two tools differ, seldom by as much as two INT8 bits.
MOST_FROM_KNOWN = 4.0

#: Calibrators clip: a range beyond what clipped inputs allow is wrong only where an INT8 step
#: of it is more than all of the values.
MOST_FROM_INPUTS = 128.0

#: A tensor so many times as wide as all around it (masks are known by their constants).
MOST_FROM_NEIGHBOURS = 1e6

#: Values that programs use for "minus infinity" in masks.
_MASKS = (1e4, 65504.0, 1e5, 1e6, 1e9, 1e10, 1e12, 1e20, 1e30, 3.4028234663852886e38)


#: Beyond these no activation is believed, masks excepted.
_LARGEST = 1e25
_SMALLEST = 1e-25


class Evidence(enum.Enum):
    """The kind of evidence that a range was compared with."""

    CONSTANT = "constant"
    LIMIT = "limit"
    INPUTS = "inputs"
    LEAST = "least"
    NEIGHBOURS = "neighbours"
    REASON = "reason"


class Contradiction(NamedTuple):
    """A given range that contradicts other evidence.

    Attributes:
        tensor: Whose range.
        given: Its amax.
        known: The amax that is known, or the most or least it can be.
        evidence: What says so.
        why: The same in words.
    """

    tensor: Tensor
    given: float
    known: float
    evidence: Evidence
    why: str

    @property
    def ratio(self) -> float:
        """Given amax / known amax."""
        return self.given / self.known


class Findings(NamedTuple):
    """All contradictions, and how many ranges were checked.

    Attributes:
        contradictions: In network order.
        agreeing: Number of tensors of known amax whose given range agrees with it.
    """

    contradictions: tuple[Contradiction, ...]
    agreeing: int = 0


def find_contradictions(network: Network, facts: Mapping[Tensor, Fact]) -> Findings:
    """Hold the given ranges among ``facts`` against what is known of their tensors.

    Args:
        network: The network.
        facts: All ranges: the given ones and those derived from them.
    """
    given = [t for t in network.tensors() if t in facts and facts[t].is_given]
    if not given:
        return Findings(contradictions=())
    budget = Budget()
    inputs = FromInputs(facts, budget)
    certain = certain_ranges(network, given, budget)
    found: list[Contradiction] = []
    agreeing = 0
    for tensor in given:
        amax = facts[tensor].interval.amax
        limit = certain.get(tensor)
        if limit is not None and limit.interval.amax > 0:
            verdict = _against_limit(tensor, amax, limit)
            if verdict is not None:
                found.append(verdict)
                continue
            agreeing += amax > limit.interval.amax / MOST_FROM_KNOWN and not limit.is_bound
            if is_constant(tensor):
                continue
        verdict = (
            _against_least(tensor, amax, facts, budget)
            or _against_inputs(tensor, amax, inputs)
            or _against_neighbours(tensor, amax, facts)
            or (_against_reason(tensor, amax) if limit is None else None)
        )
        if verdict is not None:
            found.append(verdict)
    return Findings(contradictions=tuple(found), agreeing=agreeing)


def _against_limit(tensor: Tensor, amax: float, limit: Limit) -> Contradiction | None:
    exact, known = is_constant(tensor), limit.interval.amax
    most = MOST_FROM_INPUTS if limit.is_bound else MOST_FROM_KNOWN
    too_wide = amax > known * most
    too_narrow = amax * MOST_FROM_KNOWN < known
    looks_like_scale = is_scale_ratio(amax / known) and not limit.is_bound
    if not too_wide and not (too_narrow and (exact or looks_like_scale)):
        return None
    return Contradiction(
        tensor=tensor,
        given=amax,
        known=known,
        evidence=_kind(limit, exact=exact),
        why=in_words(limit.why),
    )


def _kind(limit: Limit, *, exact: bool) -> Evidence:
    if exact:
        return Evidence.CONSTANT
    return Evidence.INPUTS if limit.is_bound else Evidence.LIMIT


def is_scale_ratio(ratio: float) -> bool:
    """True for 1/127, but for what a histogram's bins add (0.02 %) and decimals cut."""
    return math.isclose(ratio * 127, 1.0, rel_tol=0.005)


def _against_least(
    tensor: Tensor, amax: float, facts: Mapping[Tensor, Fact], budget: Budget
) -> Contradiction | None:
    least = least_amax(tensor, facts, budget, above=amax)
    if least is None or amax <= 0:
        return None
    known, why = least
    return Contradiction(
        tensor=tensor, given=amax, known=known, evidence=Evidence.LEAST, why=why
    )


def _against_inputs(tensor: Tensor, amax: float, inputs: FromInputs) -> Contradiction | None:
    most = inputs.largest(tensor, below=amax / MOST_FROM_INPUTS)
    if most is None or most[0] <= 0:
        return None
    known, why = most
    return Contradiction(
        tensor=tensor, given=amax, known=known, evidence=Evidence.INPUTS, why=why
    )


def _against_neighbours(
    tensor: Tensor, amax: float, facts: Mapping[Tensor, Fact]
) -> Contradiction | None:
    around: dict[Tensor, float] = {}
    for layer in (tensor.layer, *tensor.consumers):
        if layer is None:
            continue
        # The other operand of a product, and what a product gives, may be of any size.
        if layer.kind in _OF_ANY_SIZE:
            return None
        # Each input of a Concat of thousands would look at all the others.
        if len(layer.inputs) + len(layer.outputs) > _MOST_BESIDE:
            continue
        for other in (*layer.inputs, *layer.outputs):
            fact = None if other is None or other is tensor else facts.get(other)
            if fact is not None and fact.is_given:
                beside = fact.interval.amax
                if beside * MOST_FROM_NEIGHBOURS > amax > beside / MOST_FROM_NEIGHBOURS:
                    return None  # as the first one nearly always is
                if other is not None and beside > 0:
                    around[other] = beside
    if not around or _is_mask(amax):
        return None
    widest = max(around, key=around.__getitem__)
    narrowest = min(around, key=around.__getitem__)
    if amax > around[widest] * MOST_FROM_NEIGHBOURS:
        other, word = widest, "widest"
    elif amax * MOST_FROM_NEIGHBOURS < around[narrowest]:
        other, word = narrowest, "narrowest"
    else:
        return None
    return Contradiction(
        tensor=tensor,
        given=amax,
        known=around[other],
        evidence=Evidence.NEIGHBOURS,
        why=f"the {word} range beside it is ±{around[other]:g} of {other.name!r}",
    )


def _against_reason(tensor: Tensor, amax: float) -> Contradiction | None:
    if amax > _LARGEST and not _is_mask(amax):
        known, why = _LARGEST, f"no network computes with values beyond {_LARGEST:g}"
    elif amax < _SMALLEST:
        known, why = _SMALLEST, f"no network computes with values below {_SMALLEST:g} only"
    else:
        return None
    return Contradiction(
        tensor=tensor, given=amax, known=known, evidence=Evidence.REASON, why=why
    )


def _is_mask(amax: float) -> bool:
    return any(math.isclose(amax, mask, rel_tol=0.02) for mask in _MASKS)


_MOST_BESIDE = 64

#: Layers whose inputs and outputs need not be alike in size.
_OF_ANY_SIZE = frozenset(
    {
        LayerKind.ELEMENTWISE,
        LayerKind.SCALE,
        LayerKind.UNARY,
        LayerKind.SELECT,
        LayerKind.REDUCE,
    }
)
