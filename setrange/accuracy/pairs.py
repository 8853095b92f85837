# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The Q/DQ pairs of a model our exporter made, found again in its graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.accuracy.results import TensorResult
from setrange.accuracy.tensors import weight_sqnr
from setrange.exporters.qdq.decision import Verdict
from setrange.exporters.qdq.types import FP8, INT8
from setrange.model.constants import weights_from_tensor
from setrange.model.graph import producers_of
from setrange.model.streamed import StreamedTensor, head_of

if TYPE_CHECKING:
    from setrange.exporters.qdq import QdqModel
    from setrange.exporters.qdq.graph import QdqGraph
    from setrange.exporters.qdq.types import QuantizedType

__all__ = ["Pair", "nodes_of", "pairs_of", "weight_results"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One Q/DQ pair of a model, with the value it quantizes.

    Attributes:
        value: The ONNX value it is for.
        taken: What it quantizes: that value, or what it is shifted and padded to.
        middle: Constant that is taken from the value before; ``None`` where nothing is.
        border: Constant that a convolution's padding has then; ``None`` where it pads nothing.
        kind: ``activation`` or ``weight``.
        scale: Initializer of its scales; activations may share one.
        result: The value behind it.
        axis: Channel axis of a weight's scales; ``None`` where there is one scale.
        quantized: What it quantizes to.
    """

    value: str
    taken: str
    middle: str | None
    border: str | None
    kind: str
    scale: str
    result: str
    axis: int | None = None
    quantized: QuantizedType = INT8


def pairs_of(made: QdqModel) -> list[Pair]:
    """Return the pairs of a model with float weights, in the order of its nodes."""
    quantizers = {
        node.output[0]: node
        for node in made.skeleton.graph.node
        if node.op_type == "QuantizeLinear"
    }
    heads = {head.name: head for head in map(head_of, made.initializers)}
    scalars = {name for name, head in heads.items() if not head.dims}
    weights = set(made.weights)
    producers = producers_of(made.skeleton.graph.node)
    pairs = []
    for node in made.skeleton.graph.node:
        if node.op_type != "DequantizeLinear":
            continue
        taken, scale = quantizers[node.input[0]].input[0], node.input[1]
        value, middle, border = taken, None, None
        if taken not in made.scales and taken not in weights:
            before = producers[taken]
            if before.op_type == "Pad":
                border, before = before.input[2], producers[before.input[0]]
            value, middle = before.input
        is_weight = value in weights and value not in made.scales
        axes = [attr.i for attr in node.attribute if attr.name == "axis"]
        pairs.append(
            Pair(
                value=value,
                taken=taken,
                middle=middle,
                border=border,
                kind="weight" if is_weight else "activation",
                scale=scale,
                result=node.output[0],
                axis=axes[0] if is_weight and scale not in scalars and axes else None,
                quantized=FP8 if heads[node.input[2]].data_type == FP8.onnx_type else INT8,
            )
        )
    return pairs


def nodes_of(made: QdqModel) -> dict[str, tuple[str, ...]]:
    """Return the nodes that take each quantized value."""
    nodes: dict[str, dict[str, None]] = {}
    for decision in made.decisions:
        if decision.value is not None and decision.verdict in (
            Verdict.ACTIVATION,
            Verdict.WEIGHT,
        ):
            nodes.setdefault(decision.value, {})[decision.node] = None
    return {value: tuple(found) for value, found in nodes.items()}


def weight_results(made: QdqModel, graph: QdqGraph) -> list[TensorResult]:
    """Return what quantization does to each constant; no data are needed for that.

    Args:
        made: The Q/DQ model.
        graph: The float model it is of.
    """
    tensors = {
        tensor.name: tensor
        for tensor in made.initializers
        if not isinstance(tensor, StreamedTensor)
    }
    nodes = nodes_of(made)
    results = []
    for pair in pairs_of(made):
        if pair.kind != "weight":
            continue
        rooted = graph.rooted[pair.value]
        weights, axis = rooted.constant, pair.axis
        scales = weights_from_tensor(tensors[pair.scale], made.base).data()
        low, high = weights.extremes()
        amax = weights.amax()
        results.append(
            TensorResult(
                name=pair.value,
                kind="weight",
                nodes=nodes.get(pair.value, ()),
                amax=amax,
                min=low,
                max=high,
                clipped=0.0,
                width=1.0 if amax else None,
                sqnr=weight_sqnr(
                    weights,
                    scales,
                    None if axis is None else rooted.axes[axis],
                    pair.quantized,
                ),
            )
        )
    return results
