# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ranges that must be equal on DLA.

Input and output of a Pooling layer, the two inputs of an ElementWise layer, inputs and
output of a Concatenation. Source: NvInfer.h 8.6 and 10.16; the larger range wins, as in
TensorRT's own calibration.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from setrange.network import LayerKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from setrange.fill.facts import Fact
    from setrange.network import Network, Tensor

__all__ = ["Equalized", "equalize_for_dla"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Equalized:
    """A tensor that took the range of another.

    Attributes:
        tensor: The tensor.
        source: Where the larger range is from.
        before: Its range until now, ``None`` where it had none.
        after: Its range now.
    """

    tensor: Tensor
    source: Tensor
    before: Fact | None
    after: Fact


def equalize_for_dla(
    network: Network, facts: dict[Tensor, Fact], *, fill: bool
) -> list[Equalized]:
    """Make the ranges equal that DLA needs equal; ``facts`` is changed.

    Args:
        network: The network.
        facts: The ranges known so far.
        fill: Also give a range to tensors that have none.

    Returns:
        What changed, in network order.
    """
    changes = []
    for group in _groups(network):
        known = [tensor for tensor in group if tensor in facts]
        if not known:
            continue
        source = max(known, key=lambda t: facts[t].interval.amax)
        largest = facts[source]
        for tensor in group:
            before = facts.get(tensor)
            if before is None and not fill:
                continue
            if before is not None and before.interval.amax == largest.interval.amax:
                continue
            after = replace(
                largest,
                why=f"= range of {source.name}: DLA needs equal ranges here",
                is_given=before is not None and before.is_given,
            )
            facts[tensor] = after
            changes.append(Equalized(tensor=tensor, source=source, before=before, after=after))
    return changes


def _groups(network: Network) -> list[list[Tensor]]:
    """Tensors that need one range, in network order (a union-find over the pairs)."""
    parent: dict[Tensor, Tensor] = {}

    def root(tensor: Tensor) -> Tensor:
        while (above := parent.setdefault(tensor, tensor)) is not tensor:
            parent[tensor] = parent[above]
            tensor = above
        return tensor

    for tensors in _equal(network):
        first = root(tensors[0])
        for tensor in tensors[1:]:
            parent[root(tensor)] = first
    groups: dict[Tensor, list[Tensor]] = {}
    for tensor in network.tensors():
        if tensor in parent:
            groups.setdefault(root(tensor), []).append(tensor)
    return list(groups.values())


def _equal(network: Network) -> Iterator[list[Tensor]]:
    for layer in network.layers:
        inputs = [t for t in layer.inputs if t is not None and t.is_float]
        if layer.kind is LayerKind.POOLING:
            tensors = [*inputs[:1], layer.output]
        elif layer.kind is LayerKind.ELEMENTWISE:
            tensors = inputs
        elif layer.kind is LayerKind.CONCATENATION:
            tensors = [*inputs, *(t for t in layer.outputs if t.is_float)]
        else:
            continue
        if len(tensors) > 1:
            yield tensors
