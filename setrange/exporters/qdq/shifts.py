# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Values shifted to the middle of their range before an INT8 pair: asymmetric quantization.

TensorRT's pairs have no zero point, so a range of 0 to 6 leaves half of the steps unused. The
middle of the range is taken from the values before the pair. A product with constant weights
gives it back through its bias: ``W x = W (x - c) + c sum(W)``, with the sum of the weights as
INT8 holds them. What pads a convolution with zeros pads it with ``-c`` before the pair then.
"""

from __future__ import annotations

import collections
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from setrange.exporters.qdq.types import INT8
from setrange.exporters.qdq.weights import channel_sums, rounded_scale, weight_axis
from setrange.ranges.float32 import scale_of_amax

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import numpy.typing as npt

    from setrange.exporters.qdq.graph import QdqGraph
    from setrange.exporters.qdq.insertion import Insertion
    from setrange.exporters.qdq.moved_constants import MovedConstant
    from setrange.exporters.qdq.placement import Placement
    from setrange.model.graph import Use
    from setrange.model.node import Node

__all__ = ["Shift", "insert_shifted", "shifts_of", "taken_by_shift"]

#: A shift pays where the symmetric scale is so many times as large, 2 dB.
_LEAST_GAIN = 1.25
#: Zero is made exact where so many steps or more lie below it: they grow by an eighth at most.
_STEPS_BELOW_ZERO = 8
_PRODUCTS = ("Conv", "Gemm", "MatMul")


class Shift(NamedTuple):
    """What is taken from the values before their pair, and the pair's float32 scale."""

    offset: float
    scale: float


@dataclass(frozen=True, slots=True)
class _Product:
    """A product with weights that have a scale for each output channel.

    ``axis`` is the channel axis of the constant, ``pads`` what the convolution pads with.
    """

    weights: MovedConstant
    axis: int
    pads: tuple[int, ...]


def shifts_of(graph: QdqGraph, placed: Placement, wanted: Collection[str]) -> dict[str, Shift]:
    """Return the activations that gain by a shift, and whose consumers can take it back.

    Args:
        graph: The model.
        placed: Where pairs go.
        wanted: Activations that may be shifted.

    Returns:
        Value -> shift.
    """
    found = {}
    for value, uses in placed.activations.items():
        if value not in wanted:
            continue
        products = [_product(graph, use) for use in uses if not _is_sum(graph.nodes[use.node])]
        fact = graph.facts[value]
        is_possible = all(placed.types[use] is INT8 for use in uses) and None not in products
        if not products or not is_possible or not fact.has_two_ends:
            continue
        low, high = fact.low, fact.high
        if any(product is not None and any(product.pads) for product in products):
            low, high = min(low, 0.0), max(high, 0.0)
        if 0 < (high - low) / 2 * _LEAST_GAIN <= fact.amax:
            found[value] = _shift(low, high)
    return found


def _shift(low: float, high: float) -> Shift:
    """The middle of a range, and the scale around it.

    The lower end is exact: -127 steps. Many values lie there, behind a ReLU or a learned
    offset of one. Where the range reaches far enough below zero, the steps are a little longer
    so that zero is exact too, which is what convolutions pad with.
    """
    step = (high - low) / 254
    below = math.floor(-low / step)
    if below >= _STEPS_BELOW_ZERO:
        step = -low / below
    scale = scale_of_amax(127 * step)
    return Shift(low + 127 * scale, scale)


def insert_shifted(
    insertion: Insertion, value: str, shift: Shift, uses: Iterable[Use], *, is_restored: bool
) -> list[Node]:
    """Shift a value, put pairs behind, and hand them to its consumers.

    Convolutions that pad differently take a pair each.

    Args:
        insertion: The model that is changed.
        value: The value.
        shift: What is taken from it.
        uses: Its consumers.
        is_restored: An Add behind the pair gives the shift back to all of them.

    Returns:
        The products whose bias is to give the shift back.
    """
    graph, edit = insertion.graph, insertion.edit
    dtype = graph.facts[value].dtype
    offset = np.asarray(shift.offset, dtype=dtype)
    scale = insertion.initializer(f"{value}_scale", rounded_scale(shift.scale, dtype))
    inputs = [scale, insertion.zero_point(INT8)]
    middle = insertion.initializer(f"{value}_middle", offset)
    by_pads: dict[tuple[int, ...], list[Use]] = collections.defaultdict(list)
    for use in sorted(uses):
        product = _product(graph, use)
        pads = () if product is None or not any(product.pads) else product.pads
        by_pads[pads].append(use)
    first = min(use.node for some in by_pads.values() for use in some)
    shifted = insertion.node("Sub", value, [value, middle], "shifted")
    edit.insert_before(first, [shifted])
    products = []
    for pads, some in by_pads.items():
        nodes = []
        taken = shifted.output[0]
        if pads:
            half = len(pads) // 2
            sides = [0, 0, *pads[:half], 0, 0, *pads[half:]]
            amounts = insertion.initializer(f"{value}_pads", np.array(sides, dtype=np.int64))
            border = insertion.initializer(f"{value}_border", -offset)
            nodes.append(insertion.node("Pad", value, [taken, amounts, border], "padded"))
            taken = nodes[-1].output[0]
        nodes += insertion.pair(value, taken, inputs, INT8)
        if pads:
            for use in some:
                _remove_pads(insertion, graph.nodes[use.node])
        sums = [use for use in some if is_restored or _is_sum(graph.nodes[use.node])]
        rest = [use for use in some if use not in sums]
        edit.insert_before(some[0].node, nodes)
        for use in rest:
            edit.set_use(use, nodes[-1].output[0])
            products.append(graph.nodes[use.node])
        if sums:
            back = insertion.node("Add", value, [nodes[-1].output[0], middle], "restored")
            insertion.place([back], sums)
    return products


def taken_by_shift(
    insertion: Insertion, node: Node, value: str, offset: float
) -> npt.NDArray[np.float64]:
    """Return what the shift of its input took from each output channel of a product."""
    graph = insertion.graph
    product = _product_of(graph, node)
    assert product is not None
    weights = product.weights.constant
    scales = insertion.scales_of[weights.name, product.axis]
    # What the constant is in the model, rounded to its type.
    taken = float(np.asarray(offset, dtype=graph.facts[value].dtype))
    sums = taken * channel_sums(weights, scales, product.axis)
    return sums * node.attr_float("alpha", 1.0) if node.op == "Gemm" else sums


def _is_sum(node: Node) -> bool:
    return node.op == "Add"


def _product(graph: QdqGraph, use: Use) -> _Product | None:
    """The product that takes a value as its first operand, or ``None``."""
    return _product_of(graph, graph.nodes[use.node]) if use.slot == 0 else None


def _product_of(graph: QdqGraph, node: Node) -> _Product | None:
    if node.op not in _PRODUCTS:
        return None
    weights = graph.rooted.get(node.inputs[1])
    if weights is None:
        return None
    axis = weight_axis(
        node.op,
        1,
        len(weights.shape),
        group=node.attr_int("group", 1),
        transpose_b=bool(node.attr_int("transB")),
    )
    root_axis = None if axis is None else weights.axes[axis]
    if root_axis is None:
        return None
    pads = _pads(node, len(weights.shape) - 2) if node.op == "Conv" else ()
    return None if pads is None else _Product(weights, root_axis, pads)


def _pads(node: Node, spatial: int) -> tuple[int, ...] | None:
    """What a convolution adds at each side; ``None`` where that depends on the size."""
    way = node.attr_str("auto_pad", "NOTSET")
    if way == "VALID":
        return (0,) * (2 * spatial)
    if way != "NOTSET":
        return None
    return tuple(node.attr_ints("pads") or [0] * (2 * spatial))


def _remove_pads(insertion: Insertion, node: Node) -> None:
    proto = insertion.proto(node)
    kept = [attribute for attribute in proto.attribute if attribute.name != "pads"]
    del proto.attribute[:]
    proto.attribute.extend(kept)
