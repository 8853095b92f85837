# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Applying the fill rules until nothing more can be derived.

The best proposal in the queue is accepted first (``Rank``, then the order in which it was
made), so the result does not depend on where a walk starts. Each tensor gets its range
once, and then only the layers that touch it are asked again: linear in the number of
layers, but for the queue's logarithm.
"""

from __future__ import annotations

import heapq
import itertools
from typing import TYPE_CHECKING

import setrange.fill.rules  # noqa: F401 - registers the rules
from setrange.errors import UsageError
from setrange.fill.facts import Fact, Proposal, Ranges, Rank, in_words
from setrange.fill.registry import find_rule
from setrange.ranges.model import INT8_STEPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from setrange.fill.interval import Interval
    from setrange.network import Layer, Network, Tensor

__all__ = ["FILLS", "MAX_WIDENING", "ZERO_AMAX", "Filler", "fill_ranges", "same_values"]

#: What ``--fill`` may be.
FILLS = ("none", "safe", "estimate", "bounds")

#: How much wider a bound may be than the largest range it rests on that is not a bound
#: itself. At 127 times, a value as large as that range is still one INT8 step; any wider
#: and it would be rounded to zero, so that a layer in FP16 is the better choice.
MAX_WIDENING = INT8_STEPS

#: The range of a tensor that holds only zeros. Any positive one is right, 0 is not allowed.
ZERO_AMAX = 1.0


#: A layer of more inputs is asked less often.
_MANY_INPUTS = 256


def fill_ranges(
    network: Network, known: Mapping[Tensor, Fact], *, fill: str = "safe"
) -> tuple[dict[Tensor, Fact], dict[Tensor, Interval]]:
    """Derive ranges from known ones; those are never changed.

    Args:
        network: The network.
        known: Ranges by tensor: given ones, or those of an earlier run.
        fill: ``none``: nothing is derived. ``safe``: rules that do not cost accuracy; the
            same for ``estimate``, whose estimates are known ranges here. ``bounds``: interval
            arithmetic as well, where everything else fails.

    Returns:
        All known ranges, and the bounds that were found but are too wide or not finite.

    Raises:
        UsageError: ``fill`` is none of these.
    """
    if fill not in FILLS:
        raise UsageError(f"{fill!r} is no way to fill; expected {', '.join(FILLS)}")
    ranges = Ranges(facts=dict(known), outputs=frozenset(network.outputs))
    if fill == "none":
        return ranges.facts, {}
    return Filler(ranges, last=Rank.BOUND if fill == "bounds" else Rank.NORMALIZED).run(network)


def same_values(network: Network, known: Mapping[Tensor, Fact]) -> dict[Tensor, Fact]:
    """Return known ranges and what holds for certain: constants, functions with bounds, copies.

    Args:
        network: The network.
        known: Ranges by tensor.
    """
    ranges = Ranges(facts=dict(known), outputs=frozenset(network.outputs))
    return Filler(ranges, last=Rank.COPIED_FROM).run(network)[0]


class Filler:
    """One run: the ranges, and the proposals that wait for their turn.

    Attributes:
        ranges: The ranges known so far.
        derived: The tensors that got a range, in that order.
    """

    def __init__(self, ranges: Ranges, *, last: Rank = Rank.NORMALIZED) -> None:
        """Begin with known ranges; proposals that rank behind ``last`` are not accepted."""
        self.ranges = ranges
        self.last = last
        self.queue: list[tuple[Rank, int, Proposal]] = []
        self.order = itertools.count()
        self.too_wide: dict[Tensor, Interval] = {}
        self.derived: list[Tensor] = []
        #: Layers of many inputs, which wait until the others have nothing left to say.
        self.waiting: dict[Layer, None] = {}

    def run(self, network: Network) -> tuple[dict[Tensor, Fact], dict[Tensor, Interval]]:
        """Derive all that follows; return it, and the bounds that were too wide."""
        self.ask(network.layers)
        self.settle()
        found = self.ranges.facts
        return found, {t: x for t, x in self.too_wide.items() if t not in found}

    def give(self, tensor: Tensor, fact: Fact) -> None:
        """Add one range, and derive what follows from it."""
        self.ranges.facts[tensor] = fact
        self.ask(_touching(tensor))
        self.settle()

    def settle(self) -> None:
        """Take proposals until there are no more."""
        while self.queue or self.waiting:
            if not self.queue:
                waiting, self.waiting = self.waiting, {}
                self.ask(waiting)
                continue
            proposal = heapq.heappop(self.queue)[2]
            if self.ranges.wants(proposal.tensor) and self.accept(proposal):
                touched = list(_touching(proposal.tensor))
                self.ask(layer for layer in touched if len(layer.inputs) <= _MANY_INPUTS)
                # Asked for each of ten thousand inputs, they would take a minute.
                self.waiting.update(
                    dict.fromkeys(x for x in touched if len(x.inputs) > _MANY_INPUTS)
                )

    def ask(self, layers: Iterable[Layer]) -> None:
        """Put what rules propose for layers into the queue."""
        for layer in layers:
            rule = find_rule(layer.kind)
            if rule is None or not layer.outputs or not self._may_learn(layer):
                continue
            for proposal in rule(layer, self.ranges):
                if proposal.rank <= self.last:
                    entry = (proposal.rank, next(self.order), proposal)
                    heapq.heappush(self.queue, entry)

    def _may_learn(self, layer: Layer) -> bool:
        """True where a tensor of the layer has no range: rules propose for no others."""
        wants = self.ranges.wants
        return any(map(wants, layer.outputs)) or any(map(wants, layer.inputs))

    def accept(self, proposal: Proposal) -> bool:
        """Make a proposal the tensor's range, unless it is of no use."""
        operands = [self.ranges.facts[tensor] for tensor in proposal.operands]
        interval = proposal.compute()
        if interval is None:
            return False
        is_bound = proposal.rank is Rank.BOUND or any(o.is_bound for o in operands)
        anchor = max((o.anchor for o in operands), default=0.0)
        if is_bound and not interval.amax <= MAX_WIDENING * anchor:
            self.too_wide[proposal.tensor] = interval
            return False
        if not interval.is_finite or _is_vanished(proposal, interval, operands):
            return False
        self.derived.append(proposal.tensor)
        self.ranges.facts[proposal.tensor] = Fact(
            interval=interval,
            why=in_words(proposal.why),
            is_bound=is_bound,
            is_loose=proposal.rank.is_loose or any(o.is_loose for o in operands),
            doubt=max((o.doubt for o in operands), default=0.0),
            anchor=anchor if is_bound else interval.amax,
            operands=proposal.operands,
            scale=next((o.scale for o in operands if o.interval.amax == interval.amax), None),
        )
        return True


def _is_vanished(proposal: Proposal, interval: Interval, operands: list[Fact]) -> bool:
    """True for zero that comes from ranges, e.g. Relu of a negative one: samples, no proof."""
    return (
        interval.amax == 0
        and proposal.rank is not Rank.CONSTANT
        and all(operand.interval.amax > 0 for operand in operands)
    )


def _touching(tensor: Tensor) -> Iterator[Layer]:
    if tensor.layer is not None:
        yield tensor.layer
    yield from dict.fromkeys(tensor.consumers)  # each once
