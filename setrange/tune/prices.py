# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a node costs: its multiply-adds and its weights, from shapes that a run shows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from setrange.exporters.qdq.decision import Verdict
from setrange.model.op_traits import WEIGHTED
from setrange.model.streamed import embedded
from setrange.model.writing import skeleton_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from setrange.accuracy.session import Loader
    from setrange.exporters.qdq import QdqModel
    from setrange.measure.inputs import Arrays
    from setrange.model.loading import Model
    from setrange.model.node import Node

__all__ = ["Price", "PriceList", "Share"]


@dataclass(frozen=True, slots=True)
class Price:
    """What one node costs.

    Attributes:
        macs: Multiply-adds of one batch.
        weights: Numbers in its constant operands.
    """

    macs: int
    weights: int


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a model runs in 8 bits.

    Attributes:
        macs: Share of the multiply-adds of all convolutions and products, from 0 to 1.
        bytes: Share of the bytes that the weights had in float.
    """

    macs: float
    bytes: float


class PriceList:
    """Prices of a model's weighted nodes, by label.

    Nodes in the bodies of an If, Loop or Scan are not counted; they are never quantized.

    Args:
        prices: The prices.
    """

    def __init__(self, prices: Mapping[str, Price]) -> None:
        self.prices = dict(prices)
        self._macs = sum(price.macs for price in prices.values())
        self._weights = sum(price.weights for price in prices.values())

    @classmethod
    def measured(cls, model: Model, loader: Loader, feeds: Arrays, label: str) -> PriceList:
        """Run a model once, and count from the shapes that its values have.

        Args:
            model: The float model.
            loader: Makes the session.
            feeds: One batch.
            label: What to call it in messages.
        """
        nodes = [node for node in model.nodes() if node.op in WEIGHTED and node.outputs]
        values = dict.fromkeys(
            name for node in nodes for name in (*node.inputs[:2], node.outputs[0]) if name
        )
        constants = {t.name: tuple(t.dims) for t in model.graph.initializer}
        for node in model.nodes():
            if node.op == "Constant" and node.proto.attribute:
                constants[node.outputs[0]] = tuple(node.proto.attribute[0].t.dims)
        shapes = dict(constants)
        shapes |= _shapes_in_a_run(
            model, loader, feeds, label, [name for name in values if name not in constants]
        )
        prices: dict[str, Price] = {}
        for node in nodes:
            price = _price(node, shapes, constants)
            known = prices.get(node.label, Price(0, 0))
            prices[node.label] = Price(known.macs + price.macs, known.weights + price.weights)
        return cls(prices)

    def share(self, nodes: Iterable[str]) -> Share:
        """Return what some nodes are of the whole."""
        found = [self.prices[node] for node in set(nodes) if node in self.prices]
        macs = sum(price.macs for price in found) / self._macs if self._macs else 0.0
        weights = sum(price.weights for price in found)
        return Share(macs, weights / self._weights if self._weights else 0.0)

    def in_8_bits(self, made: QdqModel) -> Share:
        """Return how much of a Q/DQ model runs in 8 bits."""
        return self.share(quantized_nodes(made))


def quantized_nodes(made: QdqModel) -> list[str]:
    """Return the labels of nodes that multiply quantized values, in the model's order."""
    return list(
        dict.fromkeys(
            decision.node
            for decision in made.decisions
            if decision.op in WEIGHTED
            and decision.verdict in (Verdict.ACTIVATION, Verdict.WEIGHT)
        )
    )


def _shapes_in_a_run(
    model: Model, loader: Loader, feeds: Arrays, label: str, values: Sequence[str]
) -> dict[str, tuple[int, ...]]:
    """Run the model with a Shape node behind each value: outputs of a few bytes."""
    from onnx import TensorProto, helper

    taken = model.value_names()
    proto = skeleton_of(model.proto)
    del proto.graph.output[:]
    names = []
    for number, value in enumerate(values):
        name = f"setrange/shape/{number}"
        while name in taken:
            name += "_"
        proto.graph.node.append(helper.make_node("Shape", [value], [name]))
        proto.graph.output.append(helper.make_tensor_value_info(name, TensorProto.INT64, None))
        names.append(name)
    if not names:
        return {}
    session = loader.load(
        proto, [embedded(tensor, model.base) for tensor in model.graph.initializer], model.base
    )
    found = session.run(feeds, label)
    return {
        value: tuple(int(size) for size in np.asarray(shape))
        for value, shape in zip(values, found, strict=True)
    }


def _price(
    node: Node,
    shapes: Mapping[str, tuple[int, ...]],
    constants: Mapping[str, tuple[int, ...]],
) -> Price:
    first, second = (shapes.get(name, ()) for name in node.inputs[:2])
    result = math.prod(shapes.get(node.outputs[0], ()))
    if node.op == "Conv":
        macs = result * math.prod(second[1:])
    elif node.op == "ConvTranspose":
        macs = math.prod(first) * math.prod(second[1:])
    elif node.op == "Gemm":
        macs = result * (first[0] if node.attr_int("transA") and first else first[-1])
    else:
        macs = result * (first[-1] if first else 1)
    weights = sum(math.prod(constants[name]) for name in node.inputs[:2] if name in constants)
    return Price(macs, weights)
