# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Inserts the Q/DQ pairs of a placement into a model."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from setrange.exporters.qdq.biases import add_to_bias
from setrange.exporters.qdq.insertion import Insertion
from setrange.exporters.qdq.shifts import insert_shifted, taken_by_shift
from setrange.exporters.qdq.types import INT8
from setrange.exporters.qdq.weight_jobs import WeightJobs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from setrange.exporters.qdq.early_weights import EarlyWeights
    from setrange.exporters.qdq.graph import QdqGraph
    from setrange.exporters.qdq.insertion import PairedModel
    from setrange.exporters.qdq.placement import Placement
    from setrange.exporters.qdq.shifts import Shift
    from setrange.exporters.qdq.weight_jobs import KnownScales
    from setrange.model.loading import Model
    from setrange.ranges.model import WeightScale

__all__ = ["insert_pairs"]

_NONE: Mapping[str, Any] = MappingProxyType({})


def _largest(_node: str) -> WeightScale:
    return "max"


def insert_pairs(
    model: Model,
    graph: QdqGraph,
    placement: Placement,
    scales: Mapping[str, tuple[float, str]],
    *,
    int8_weights: bool,
    weight_scales: Callable[[str], WeightScale] = _largest,
    shifts: Mapping[str, Shift] = _NONE,
    early: EarlyWeights | None = None,
    known: KnownScales | None = None,
    is_restored: bool = False,
    biases: Mapping[str, npt.NDArray[Any]] = _NONE,
) -> PairedModel:
    """Return the model with its pairs.

    Args:
        model: The float model, at an opset that can hold the pairs; it is not changed.
        graph: Its index.
        placement: Where pairs go.
        scales: Activation -> its scale and the value the scale is from.
        int8_weights: INT8 constants with a DequantizeLinear, not float ones with a pair.
        weight_scales: Name of a node -> how the scales of its constants are chosen; of a
            constant that several nodes take, the first one decides.
        shifts: Activations that are shifted before their INT8 pair.
        early: Constants made before; given where a builder in this process takes the model.
        known: Scales of constants that were made before; see ``WeightJobs``.
        is_restored: An Add behind the pair gives the shift back, not the bias of a product.
        biases: Output of a convolution or product -> what is added to its channels.
    """
    weights = [
        (pair, kind, some)
        for pair, uses in placement.weights.items()
        for kind, some in placement.by_type(uses)
    ]
    pairs = [(pair, kind) for pair, kind, _ in weights]
    choices = {
        pair: weight_scales(graph.nodes[min(uses).node].name)
        for pair, uses in placement.weights.items()
    }
    known = {} if known is None else known
    with WeightJobs(graph, pairs, choices, early=early, known=known) as jobs:
        insertion = Insertion(model, graph, jobs)
        shifted = []
        for value, uses in placement.activations.items():
            scale, source = scales[value]
            for kind, some in placement.by_type(uses):
                if kind is INT8 and value in shifts:
                    products = insert_shifted(
                        insertion, value, shifts[value], some, is_restored=is_restored
                    )
                    shifted.append((value, products))
                else:
                    insertion.activation(value, scale, source, some, kind)
        for pair, kind, some in weights:
            insertion.weight(pair, some, kind, as_int8=int8_weights)
        more = {
            node.index: taken_by_shift(insertion, node, value, shifts[value].offset)
            for value, products in shifted
            for node in products
        }
        for node in graph.nodes if biases else ():
            if node.outputs and node.outputs[0] in biases:
                more[node.index] = more.get(node.index, 0.0) + biases[node.outputs[0]]
        for index, added in more.items():
            add_to_bias(insertion, graph.nodes[index], added)
    return insertion.finish()
