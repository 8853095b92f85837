# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Tensors that hold infinity whatever the network is fed: masks made of minus infinity.

No range holds such a value, so nobody is asked for one: TensorRT leaves the layers that read or
make the tensor in float.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.errors import SetrangeError
from setrange.fill.interval import Interval
from setrange.network import LayerKind
from setrange.network.trace import COPIES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from setrange.fill.facts import Fact
    from setrange.network import Layer, Network, Tensor

__all__ = ["endless_tensors"]

#: Layers that hand infinity on from any of their inputs.
_MOVING = COPIES | {
    LayerKind.CONCATENATION,
    LayerKind.GATHER,
    LayerKind.PADDING,
    LayerKind.SELECT,
    LayerKind.SLICE,
}
_ADDING = frozenset({"sub", "sum"})


def endless_tensors(network: Network, facts: Mapping[Tensor, Fact]) -> tuple[Tensor, ...]:
    """Return the tensors without a range that hold infinity, or may by a mask.

    They are constants that hold it; what is moved, selected or joined of these; and sums with
    them.

    In network order.

    Args:
        network: The network.
        facts: All known ranges: a range that somebody gave is taken as it is.
    """
    found: dict[Tensor, None] = {}
    for layer in network.layers:
        for tensor in layer.outputs:
            if tensor in facts or not tensor.is_float:
                continue
            if _is_endless_constant(layer) or (found and _hands_on(layer, found)):
                found[tensor] = None
    return tuple(found)


def _is_endless_constant(layer: Layer) -> bool:
    weights = layer.params.get("weights") if layer.kind is LayerKind.CONSTANT else None
    if weights is None or not weights.is_float or not weights.count:
        return False
    try:
        return not Interval(*weights.extremes()).is_finite
    except SetrangeError:  # weights in a file that is not here
        return False


def _hands_on(layer: Layer, endless: Collection[Tensor]) -> bool:
    is_adding = layer.kind is LayerKind.ELEMENTWISE and layer.params.get("op") in _ADDING
    if layer.kind not in _MOVING and not is_adding:
        return False
    return any(tensor in endless for tensor in layer.inputs if tensor is not None)
