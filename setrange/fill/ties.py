# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Given ranges that contradict each other: both sides of a copy hold the same values."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from setrange.network.trace import COPIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from setrange.fill.facts import Fact
    from setrange.network import Layer, Network, Tensor

__all__ = ["MAX_TIE_RATIO", "Tie", "find_ties"]

#: Two measurements of one tensor may differ; more than a factor of two is one INT8 bit.
MAX_TIE_RATIO = 2.0


class Tie(NamedTuple):
    """Two tensors with the same values and different given ranges.

    Attributes:
        layer: The layer that copies.
        before: Its input.
        after: Its output.
        ratio: Larger amax / smaller amax.
    """

    layer: Layer
    before: Tensor
    after: Tensor
    ratio: float


def find_ties(network: Network, facts: Mapping[Tensor, Fact]) -> Iterator[Tie]:
    """Yield the copies whose two given ranges differ by more than ``MAX_TIE_RATIO``."""
    for layer in network.layers:
        if layer.kind not in COPIES or not layer.inputs or layer.inputs[0] is None:
            continue
        before, after = layer.inputs[0], layer.output
        a, b = facts.get(before), facts.get(after)
        if a is None or b is None or not (a.is_given and b.is_given):
            continue
        small, large = sorted((a.interval.amax, b.interval.amax))
        if large > MAX_TIE_RATIO * small:
            yield Tie(layer=layer, before=before, after=after, ratio=large / small)
