# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What DLA needs beside a range on every tensor.

Equal ranges: input and output of a Pooling layer, the two inputs of an ElementWise layer,
inputs and output of a Concatenation. Source: NvInfer.h 8.6 and 10.16; the larger range wins,
as in TensorRT's own calibration.

A convolution that feeds an Add is fused with it: its output has no scale of its own, and
takes the scale 1, a mark and no range: other tensors never take it over. Source: NVIDIA's
qdq_translator; TensorRT Model Optimizer, PR 1661.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from setrange.fill.facts import Fact, label
from setrange.fill.interval import Interval
from setrange.model.disjoint_sets import DisjointSets
from setrange.network import LayerKind
from setrange.ranges.model import INT8_STEPS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from setrange.network import Layer, Network, Tensor

__all__ = ["Equalized", "equalize_for_dla", "least_for_dla", "set_unary_scales"]


class Equalized(NamedTuple):
    """A tensor that took the range of another.

    Attributes:
        tensor: The tensor.
        source: Where the larger range is from.
        before: Its range until now.
        after: Its range now.
    """

    tensor: Tensor
    source: Tensor
    before: Fact
    after: Fact


#: How the reason of a range begins that is only the mark of a fused convolution.
FUSED = "scale 1: DLA fuses"


def equalize_for_dla(network: Network, facts: dict[Tensor, Fact]) -> list[Equalized]:
    """Make the known ranges equal that DLA needs equal; ``facts`` is changed.

    A tensor without a range gets none here: what one branch of a concatenation or one operand
    of an Add holds says nothing of the other.

    Returns:
        What changed, in network order.
    """
    changes: list[Equalized] = []
    unary = _fused_into_add(network, facts)
    for group in _groups(network, (*_moved(network), *_operands(network, unary))):
        known = [tensor for tensor in group if tensor in facts]
        if not known:
            continue
        source = max(known, key=lambda t: facts[t].interval.amax)
        largest = facts[source]
        for tensor in known:
            before = facts[tensor]
            if before.interval.amax == largest.interval.amax:
                continue
            after = largest._replace(
                why=f"= range of {source.name}: DLA needs equal ranges here",
                is_given=before.is_given,
            )
            facts[tensor] = after
            changes.append(Equalized(tensor=tensor, source=source, before=before, after=after))
    return changes


def least_for_dla(network: Network, facts: Mapping[Tensor, Fact]) -> dict[Tensor, Tensor]:
    """Return, by tensor without a range, the largest known one that DLA makes equal to it.

    A pooling or a concatenation holds both, so the missing range will be at least that.
    """
    least: dict[Tensor, Tensor] = {}
    for group in _groups(network, _moved(network)):
        known = [tensor for tensor in group if tensor in facts]
        if known:
            largest = max(known, key=lambda t: facts[t].interval.amax)
            least.update((tensor, largest) for tensor in group if tensor not in facts)
    return least


def set_unary_scales(network: Network, facts: dict[Tensor, Fact]) -> None:
    """Give the scale 1 to convolutions fused into an Add; given ranges stay; last of all."""
    for tensor, layer in _fused_into_add(network, facts).items():
        if _is_given(facts.get(tensor)):
            continue  # the mark itself
        facts[tensor] = Fact(
            interval=Interval(-float(INT8_STEPS), float(INT8_STEPS)),
            why=f"{FUSED} the convolution into {label(layer)}",
            anchor=float(INT8_STEPS),
            scale=1.0,
        )


def _fused_into_add(network: Network, facts: Mapping[Tensor, Fact]) -> dict[Tensor, Layer]:
    """Convolution outputs without a given range -> the Add that alone uses them.

    The scale 1 given for one is the mark, as a template or NVIDIA's qdq_translator writes it.
    Of two convolutions that feed one Add the later is fused.
    """
    outputs = frozenset(network.outputs)
    fused: dict[Tensor, Layer] = {}
    for layer in network.layers:
        if layer.kind is not LayerKind.ELEMENTWISE or layer.params.get("op") != "sum":
            continue
        candidates = [
            (_is_marked(facts.get(tensor)), tensor.layer.index, tensor)
            for tensor in layer.inputs
            if tensor is not None
            and tensor.layer is not None
            and tensor.layer.kind is LayerKind.CONVOLUTION
            and tensor.consumers == [layer]
            and tensor not in outputs
            and (_is_marked(facts.get(tensor)) or not _is_given(facts.get(tensor)))
        ]
        if candidates:
            *_, chosen = max(candidates, key=lambda item: item[:2])
            fused[chosen] = layer
    return fused


def _is_given(fact: Fact | None) -> bool:
    return fact is not None and fact.is_given


def _is_marked(fact: Fact | None) -> bool:
    return fact is not None and fact.scale == 1.0


def _groups(network: Network, equal: Iterable[list[Tensor]]) -> list[list[Tensor]]:
    """Tensors that need one range, in network order."""
    sets: DisjointSets[Tensor] = DisjointSets()
    for tensors in equal:
        sets.join(tensors)
    groups: dict[Tensor, list[Tensor]] = {}
    for tensor in network.tensors():
        if tensor in sets:
            groups.setdefault(sets.root(tensor), []).append(tensor)
    return list(groups.values())


def _moved(network: Network) -> Iterator[list[Tensor]]:
    for layer in network.layers:
        inputs = _float_inputs(layer)
        if layer.kind is LayerKind.POOLING:
            yield [*inputs[:1], layer.output]
        elif layer.kind is LayerKind.CONCATENATION:
            yield [*inputs, *(t for t in layer.outputs if t.is_float)]


def _operands(network: Network, unary: Collection[Tensor]) -> Iterator[list[Tensor]]:
    for layer in network.layers:
        if layer.kind is LayerKind.ELEMENTWISE:
            tensors = [tensor for tensor in _float_inputs(layer) if tensor not in unary]
            if len(tensors) > 1:
                yield tensors


def _float_inputs(layer: Layer) -> list[Tensor]:
    return [t for t in layer.inputs if t is not None and t.is_float]
