# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What DLA needs beside a range on every tensor.

Equal ranges: input and output of a Pooling layer, the two inputs of an ElementWise layer,
inputs and output of a Concatenation. Source: NvInfer.h 8.6 and 10.16; the larger range wins,
as in TensorRT's own calibration.

A convolution that feeds an Add is fused with it: its output has no scale of its own, and
takes the scale 1. Source: NVIDIA's qdq_translator; TensorRT Model Optimizer, PR 1661.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from setrange.fill.facts import Fact, label
from setrange.fill.interval import Interval
from setrange.network import LayerKind
from setrange.ranges.model import INT8_STEPS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from setrange.network import Layer, Network, Tensor

__all__ = ["Equalized", "equalize_for_dla", "set_unary_scales"]


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
    unary = _fused_into_add(network, facts)
    for group in _groups(network, unary):
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


def set_unary_scales(network: Network, facts: dict[Tensor, Fact]) -> None:
    """Give the scale 1 to convolutions fused into an Add; given ranges stay; last of all."""
    for tensor, layer in _fused_into_add(network, facts).items():
        facts[tensor] = Fact(
            interval=Interval(-float(INT8_STEPS), float(INT8_STEPS)),
            why=f"scale 1: DLA fuses the convolution into {label(layer)}",
            anchor=float(INT8_STEPS),
            scale=1.0,
        )


def _fused_into_add(network: Network, facts: Mapping[Tensor, Fact]) -> dict[Tensor, Layer]:
    """Convolution outputs without a given range -> the Add that alone uses them.

    Of two convolutions that feed one Add the later is fused.
    """
    outputs = frozenset(network.outputs)
    fused: dict[Tensor, Layer] = {}
    for layer in network.layers:
        if layer.kind is not LayerKind.ELEMENTWISE or layer.params.get("op") != "sum":
            continue
        candidates = [
            (tensor.layer.index, tensor)
            for tensor in layer.inputs
            if tensor is not None
            and tensor.layer is not None
            and tensor.layer.kind is LayerKind.CONVOLUTION
            and tensor.consumers == [layer]
            and tensor not in outputs
            and not (tensor in facts and facts[tensor].is_given)
        ]
        if candidates:
            fused[max(candidates, key=lambda item: item[0])[1]] = layer
    return fused


def _groups(network: Network, unary: Collection[Tensor]) -> list[list[Tensor]]:
    """Tensors that need one range, in network order (a union-find over the pairs)."""
    parent: dict[Tensor, Tensor] = {}

    def root(tensor: Tensor) -> Tensor:
        while (above := parent.setdefault(tensor, tensor)) is not tensor:
            parent[tensor] = parent[above]
            tensor = above
        return tensor

    for tensors in _equal(network, unary):
        first = root(tensors[0])
        for tensor in tensors[1:]:
            parent[root(tensor)] = first
    groups: dict[Tensor, list[Tensor]] = {}
    for tensor in network.tensors():
        if tensor in parent:
            groups.setdefault(root(tensor), []).append(tensor)
    return list(groups.values())


def _equal(network: Network, unary: Collection[Tensor]) -> Iterator[list[Tensor]]:
    for layer in network.layers:
        inputs = [t for t in layer.inputs if t is not None and t.is_float]
        if layer.kind is LayerKind.POOLING:
            tensors = [*inputs[:1], layer.output]
        elif layer.kind is LayerKind.ELEMENTWISE:
            tensors = [tensor for tensor in inputs if tensor not in unary]
        elif layer.kind is LayerKind.CONCATENATION:
            tensors = [*inputs, *(t for t in layer.outputs if t.is_float)]
        else:
            continue
        if len(tensors) > 1:
            yield tensors
