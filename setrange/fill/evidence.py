# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What can be computed of a tensor without its own range: limits that no value passes.

Weights are read within a budget only: a plan must not cost more than reading the model.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from setrange.errors import SetrangeError
from setrange.fill.facts import Ranges, Rank, label
from setrange.fill.registry import find_rule
from setrange.fill.rules.weighted import bound_of_first_channels
from setrange.network import LayerKind
from setrange.network.trace import constant_values, producer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    from setrange.fill.facts import Fact, Proposal, Why
    from setrange.fill.interval import Interval
    from setrange.network import Layer, Network, Tensor
    from setrange.network.params import WeightsName

__all__ = ["Budget", "FromInputs", "Limit", "certain_ranges", "least_amax"]

#: Rules whose answer holds all values of the output, whatever the user's ranges say.
_SOUND = frozenset(
    {
        Rank.CONSTANT,
        Rank.BOUNDED,
        Rank.COPY,
        Rank.SELECTED,
        Rank.MEAN,
        Rank.CLIP,
        Rank.BOUND,
    }
)

#: How much less than its biases alone a range may be: calibrators clip, but not most values.
_LEAST_SLACK = 8.0

#: The same for a softmax, whose values no calibrator clips.
_SOFTMAX_SLACK = 1.05

#: Output channels that are looked at before all of them are: one nearly always shows it.
_FIRST_CHANNELS = (1, 8)

#: Weights that are read for all of a network.
_MOST_VALUES = 1 << 25


class Budget:
    """A limit on how many weights are read to check ranges."""

    def __init__(self, values: int = _MOST_VALUES) -> None:
        self._left = values

    def allows(self, layer: Layer | None) -> bool:
        """True where the layer's weights may be read; they then count."""
        count = 0 if layer is None else _weights_read(layer)
        if count > self._left:
            return False
        self._left -= count
        return True


def _weights_read(layer: Layer) -> int:
    weights = [layer.params.get(name) for name in ("weights", "kernel", "bias")]
    weights += [tensor.constant for tensor in layer.inputs if tensor is not None]
    return sum(one.count for one in weights if one is not None and hasattr(one, "count"))


class Limit(NamedTuple):
    """What a tensor's values do not pass, whatever the network is fed.

    Attributes:
        interval: Where they lie.
        why: What says so.
        is_bound: Interval arithmetic had a part in it: weights, not only functions.
    """

    interval: Interval
    why: Why
    is_bound: bool


def certain_ranges(
    network: Network, wanted: Iterable[Tensor], budget: Budget
) -> dict[Tensor, Limit]:
    """Return the limits of tensors that have some whatever the network is fed.

    Layers stand in the order in which they are computed, so one pass forward is enough.

    Args:
        network: The network.
        wanted: The tensors that are asked about.
        budget: Weights that may be read.
    """
    asked = set(wanted)
    known: dict[Tensor, Limit] = {}
    ranges = _Intervals(known)
    for layer in network.layers:
        rule = find_rule(layer.kind)
        if rule is None or not _may_be_limited(layer, known):
            continue
        best = _best(rule(layer, ranges), layer)
        if best is None or not budget.allows(layer):
            continue
        interval = _computed(best)
        if interval is not None and interval.is_finite:
            is_bound = best.rank is Rank.BOUND or any(known[o].is_bound for o in best.operands)
            known[best.tensor] = Limit(interval, best.why, is_bound)
    return {tensor: known[tensor] for tensor in asked if tensor in known}


def _may_be_limited(layer: Layer, known: Mapping[Tensor, Any]) -> bool:
    if not layer.outputs:
        return False
    fed = [tensor for tensor in layer.inputs if tensor is not None]
    return not fed or any(tensor in known for tensor in fed) or layer.kind in _LIMITING


#: Layers whose output may be limited though no input is.
_LIMITING = frozenset(
    {
        LayerKind.ACTIVATION,
        LayerKind.SOFTMAX,
        LayerKind.RAGGED_SOFTMAX,
        LayerKind.UNARY,
        LayerKind.IDENTITY,
        LayerKind.CAST,
        LayerKind.NORMALIZATION,
    }
)


class _Intervals(Ranges):
    """Ranges that are only intervals, seen as a rule sees them."""

    takes_functions = False

    def __init__(self, known: Mapping[Tensor, Limit]) -> None:
        super().__init__()
        self._known = known

    def get(self, tensor: Tensor | None) -> Interval | None:
        found = None if tensor is None else self._known.get(tensor)
        return None if found is None else found.interval

    def wants(self, tensor: Tensor | None) -> bool:
        return tensor is not None and tensor.is_float

    def feeds_only(self, tensor: Tensor, layer: Layer) -> bool:
        return False  # nothing is concluded from a layer's output


def _computed(proposal: Proposal) -> Interval | None:
    try:
        return proposal.compute()
    except SetrangeError:  # weights in a file that is not here: nothing is known of them
        return None


def _best(proposals: Iterable[Proposal], layer: Layer) -> Proposal | None:
    sound = [p for p in proposals if p.rank in _SOUND and p.tensor in layer.outputs]
    return min(sound, key=lambda proposal: proposal.rank, default=None)


class _Others(Ranges):
    """All ranges but that of one tensor at a time, which is wanted again.

    Attributes:
        known: All ranges.
        hidden: That tensor.
    """

    takes_functions = False

    def __init__(self, facts: Mapping[Tensor, Fact]) -> None:
        super().__init__()
        self.known = facts
        self.hidden: Tensor | None = None

    def get(self, tensor: Tensor | None) -> Interval | None:
        if tensor is None or tensor is self.hidden:
            return None
        fact = self.known.get(tensor)
        return None if fact is None else fact.interval

    def wants(self, tensor: Tensor | None) -> bool:
        return tensor is self.hidden

    def feeds_only(self, tensor: Tensor, layer: Layer) -> bool:
        return False


class FromInputs:
    """The most that tensors can be, by the ranges of what their layers read.

    Args:
        facts: All ranges.
        budget: Weights that may be read.
    """

    def __init__(self, facts: Mapping[Tensor, Fact], budget: Budget) -> None:
        self._facts, self._budget = facts, budget
        self._others = _Others(facts)

    def largest(self, tensor: Tensor, *, below: float) -> tuple[float, str] | None:
        """Return the most a tensor can be if the ranges of its layer's inputs hold, and why.

        Args:
            tensor: The tensor.
            below: Only a limit below this is of interest. Most are above it, which a few
                channels of a convolution show.
        """
        layer, facts = tensor.layer, self._facts
        rule = None if layer is None else find_rule(layer.kind)
        if layer is None or rule is None:
            return None
        self._others.hidden = tensor
        best = _best(rule(layer, self._others), layer)
        if best is None or not best.operands:
            return None
        first = facts[best.operands[0]].interval
        if best.rank is Rank.BOUND and _reaches(below, layer, first):
            return None
        if not self._budget.allows(layer):
            return None
        interval = _computed(best)
        if interval is None or not interval.amax < below:
            return None
        fed = ", ".join(f"±{facts[o].interval.amax:g} of {o.name!r}" for o in best.operands[:2])
        return interval.amax, f"{label(layer)} gives at most ±{interval.amax:g} for {fed}"


def _reaches(amax: float, layer: Layer, x: Interval) -> bool:
    """True where a layer's first channels alone may give so much."""
    for count in _FIRST_CHANNELS:
        try:
            some = bound_of_first_channels(layer, x, count)
        except SetrangeError:  # weights in a file that is not here
            return False
        if some is None:
            return False
        if not some.amax < amax:
            return True
    return False


def least_amax(
    tensor: Tensor, facts: Mapping[Tensor, Fact], budget: Budget, *, above: float
) -> tuple[float, str] | None:
    """Return the least a tensor's amax can be, and why, where a given one is too small.

    A softmax over n values has one of at least 1/n. A channel with a large positive bias and a
    small product cannot be small: so ranges that are all too small by a factor are seen.

    Args:
        tensor: The tensor.
        facts: All ranges.
        budget: Weights that may be read.
        above: The given amax. Only what is more than this, and more than what clipping
            explains, is of interest: no kernel is read where no bias is.
    """
    layer = producer(tensor)
    if layer is None:
        return None
    if layer.kind in (LayerKind.SOFTMAX, LayerKind.RAGGED_SOFTMAX):
        shape = layer.output.shape
        if not shape or min(shape) < 1:
            return None
        longest = max(shape)
        if above * _SOFTMAX_SLACK >= 1 / longest:
            return None
        return (
            1 / longest,
            f"one of the at most {longest} values of {label(layer)} is {1 / longest:g} or more",
        )
    if layer.kind not in (LayerKind.CONVOLUTION, LayerKind.FULLY_CONNECTED):
        return None
    data = layer.input_at(0)
    fact = None if data is None else facts.get(data)
    if fact is None or not _has_bias_above(layer, above * _LEAST_SLACK):
        return None
    if not budget.allows(layer):
        return None
    least = _least_of_biased(layer, fact.interval.amax)
    if least is None or not above * _LEAST_SLACK < least < math.inf:
        return None
    why = (
        f"{label(layer)} adds biases that alone give {least:g} where its input is "
        f"±{fact.interval.amax:g}"
    )
    return least, why


def _has_bias_above(layer: Layer, least: float) -> bool:
    try:
        bias = _values(layer, "bias", 2)
    except SetrangeError:  # weights in a file that is not here
        return False
    return bias is not None and bool(bias.size) and float(bias.max()) > least


def _least_of_biased(layer: Layer, amax: float) -> float | None:
    """The largest bias, less the most that the product can take from it."""
    import numpy as np

    try:
        kernel, bias = _values(layer, "kernel", 1), _values(layer, "bias", 2)
    except SetrangeError:  # weights in a file that is not here
        return None
    if kernel is None or bias is None or not bias.size or kernel.size % bias.size:
        return None
    kernel = kernel.reshape(bias.size, -1)
    taken = np.abs(kernel).sum(axis=1, dtype=np.float64) * amax
    return float(np.max(bias.reshape(-1).astype(np.float64) - taken))


def _values(layer: Layer, name: WeightsName, index: int) -> npt.NDArray[Any] | None:
    weights = layer.params.get(name)
    if weights is not None and weights.count:
        values: npt.NDArray[Any] = weights.data()
        return values
    return constant_values(layer.input_at(index))
