# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Tensors inside the loops that TensorRT's parser makes of LSTM, GRU and RNN.

ONNX Runtime computes such a node as a whole, so nothing inside is ever seen. What is known: a
hidden state is a product of values from -1 to 1; a cell state adds such products up. Interval
bounds follow from these for the rest. A matrix product's terms do not all have the same sign:
of n terms the sum seldom passes 2/sqrt(n) of the bound.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from setrange.fill.engine import fill_ranges
from setrange.fill.facts import Fact
from setrange.fill.interval import Interval
from setrange.network import LayerKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from setrange.network import Network, Tensor

__all__ = ["loop_facts"]

_RECURRENT = frozenset({"GRU", "LSTM", "RNN"})
#: Of a hidden state, and of a cell state. The latter is a guess: a step adds 1 at most.
_HIDDEN, _CELL = Interval(-1.0, 1.0), Interval(-4.0, 4.0)
#: How much of a product's bound is taken at most, and how far off all of this may be.
_MOST_SHARE, _DOUBT = 0.5, 8.0
#: A product of sums of products: so often something follows from what was estimated last.
_MOST_ROUNDS = 8


def loop_facts(network: Network, facts: Mapping[Tensor, Fact]) -> dict[Tensor, Fact]:
    """Return estimates for tensors inside recurrent nodes that have no range.

    Args:
        network: The network.
        facts: What is known, estimates too.
    """
    inside = [
        tensor
        for tensor in network.tensors()
        if tensor.needs_range
        and tensor not in facts
        and tensor.layer is not None
        and tensor.layer.origin is not None
        and tensor.layer.origin.op in _RECURRENT
    ]
    if not inside:
        return {}
    states: dict[Tensor, Fact] = {}
    for tensor in inside:
        layer = tensor.layer
        if layer is not None and layer.kind is LayerKind.RECURRENCE:
            is_cell = layer.position > 0 and layer.origin is not None
            interval = _CELL if is_cell else _HIDDEN
            states[tensor] = _fact(interval, "a state of")
    made = dict(states)
    for _ in range(_MOST_ROUNDS):
        known, wide = fill_ranges(network, {**facts, **made}, fill="bounds")
        left = [tensor for tensor in inside if tensor not in made]
        found = {t: known[t].interval for t in left if t in known}
        products = {t: interval for t, interval in found.items() if _is_product(t)}
        # A bound of a product that is too wide as it is may be none after its share is taken.
        products |= {t: wide[t] for t in left if t in wide and _is_sound_product(t, wide[t])}
        found |= products
        for tensor, interval in (products or found).items():
            share = _share(tensor) if tensor in products else 1.0
            made[tensor] = _fact(interval.times(share), "a bound inside")
        if not found:
            break
    return made


def _is_product(tensor: Tensor) -> bool:
    return tensor.layer is not None and tensor.layer.kind is LayerKind.MATRIX_MULTIPLY


def _is_sound_product(tensor: Tensor, bound: Interval) -> bool:
    return _is_product(tensor) and math.isfinite(bound.amax)


def _share(product: Tensor) -> float:
    data = None if product.layer is None else product.layer.input_at(0)
    terms = data.shape[-1] if data is not None and data.shape else 1
    return min(_MOST_SHARE, 2 / math.sqrt(terms)) if terms > 0 else _MOST_SHARE


def _fact(interval: Interval, what: str) -> Fact:
    why = f"within {_DOUBT:g}x; {what} a loop that ONNX Runtime does not show"
    return Fact.estimated(interval, _DOUBT, why)
