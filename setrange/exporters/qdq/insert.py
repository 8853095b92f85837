# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Putting the pairs of a placement into a model."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.exporters.qdq.weights import quantized, weight_scales
from setrange.model.writing import StreamedTensor, skeleton_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy.typing as npt
    from onnx import ModelProto, NodeProto, TensorProto

    from setrange.exporters.qdq.graph import QdqGraph, Use
    from setrange.exporters.qdq.placement import Placement, WeightPair
    from setrange.model.loading import Model
    from setrange.model.weights import Weights

__all__ = ["insert_pairs"]


def insert_pairs(
    model: Model,
    graph: QdqGraph,
    placement: Placement,
    scales: Mapping[str, tuple[float, str]],
    *,
    int8_weights: bool,
) -> tuple[ModelProto, list[TensorProto | StreamedTensor]]:
    """Return the model with its pairs, as skeleton and initializers.

    Args:
        model: The float model, at an opset that can hold the pairs; it is not changed.
        graph: Its index.
        placement: Where pairs go.
        scales: Activation -> its scale and the value the scale is from.
        int8_weights: INT8 constants with a DequantizeLinear, not float ones with a pair.
    """
    insertion = _Insertion(model, graph)
    for value, uses in placement.activations.items():
        scale, source = scales[value]
        insertion.activation(value, scale, source, uses)
    for pair, uses in placement.weights.items():
        insertion.weight(pair, uses, as_int8=int8_weights)
    return insertion.finish()


class _Insertion:
    def __init__(self, model: Model, graph: QdqGraph) -> None:
        self._model = model
        self._graph = graph
        self._skeleton = skeleton_of(model.proto)
        self._added: dict[str, TensorProto | StreamedTensor] = {}
        self._before: dict[int, list[NodeProto]] = defaultdict(list)
        self._names = model.value_names() | {node.name for node in graph.nodes}
        self._shared: dict[tuple[str, str], str] = {}
        self._rewired: dict[str, int] = defaultdict(int)

    def activation(self, value: str, scale: float, source: str, uses: Iterable[Use]) -> None:
        dtype = np.dtype(self._graph.facts[value].dtype)
        key = (source, dtype.name)
        if key not in self._shared:
            limits = np.finfo(dtype)
            kept = np.clip(scale, float(limits.smallest_normal), float(limits.max))
            self._shared[key] = self._initializer(f"{source}_scale", kept.astype(dtype))
        inputs = [self._shared[key], self._zero_point()]
        steps = self._node("QuantizeLinear", value, [value, *inputs], "quantized")
        floats = self._node(
            "DequantizeLinear", value, [steps.output[0], *inputs], "dequantized"
        )
        self._place([steps, floats], uses)

    def weight(self, pair: WeightPair, uses: Iterable[Use], *, as_int8: bool) -> None:
        value, axis = pair.value, pair.axis
        constant = self._graph.constants[value]
        scales = weight_scales(constant, axis)
        zero = self._zero_point() if axis is None else self._zero_points(value, scales.shape)
        inputs = [self._initializer(f"{value}_scale", scales), zero]
        # ONNX's default axis is 1, TensorRT's parser takes 0 where there is none.
        options = {"axis": axis or 0}
        if as_int8:
            steps = self._stream(f"{value}_quantized", constant, scales, axis)
            floats = self._node("DequantizeLinear", value, [steps, *inputs], "dequantized")
            nodes = [floats]
            self._rewired[value] += len(set(uses))
        else:
            first = self._node("QuantizeLinear", value, [value, *inputs], "quantized")
            floats = self._node(
                "DequantizeLinear", value, [first.output[0], *inputs], "dequantized"
            )
            nodes = [first, floats]
        for node in nodes:
            node.attribute.extend(_attributes(options))
        self._place(nodes, uses)

    def finish(self) -> tuple[ModelProto, list[TensorProto | StreamedTensor]]:
        graph = self._skeleton.graph
        gone = {
            value
            for value, count in self._rewired.items()
            if count == len(self._graph.uses[value]) and value not in self._graph.outputs
        }
        nodes = list(graph.node)
        del graph.node[:]
        for position, node in enumerate(nodes):
            graph.node.extend(self._before.get(position, ()))
            if not (node.op_type == "Constant" and node.output[0] in gone):
                graph.node.append(node)
        inputs = [value for value in graph.input if value.name not in gone]
        del graph.input[:]
        graph.input.extend(inputs)
        kept = [t for t in self._model.graph.initializer if t.name not in gone]
        return self._skeleton, [*kept, *self._added.values()]

    # -- parts --------------------------------------------------------------------------

    def _place(self, nodes: list[NodeProto], uses: Iterable[Use]) -> None:
        """Put nodes before the first taker, and hand their result to all of them."""
        takers = sorted(uses, key=lambda use: (use.node, use.slot))
        self._before[takers[0].node] += nodes
        for use in takers:
            self._skeleton.graph.node[use.node].input[use.slot] = nodes[-1].output[0]

    def _node(self, op: str, value: str, inputs: list[str], suffix: str) -> NodeProto:
        from onnx import helper

        output = self._unique(f"{value}_{suffix}")
        return helper.make_node(op, inputs, [output], name=self._unique(f"{value}_{op}"))

    def _initializer(self, name: str, values: npt.NDArray[Any]) -> str:
        from onnx import numpy_helper

        name = self._unique(name)
        self._added[name] = numpy_helper.from_array(np.asarray(values), name)
        return name

    def _zero_point(self) -> str:
        """The one scalar zero point; every pair shares it."""
        key = ("", "int8")
        if key not in self._shared:
            zero = np.zeros((), dtype=np.int8)
            self._shared[key] = self._initializer("qdq_zero_point", zero)
        return self._shared[key]

    def _zero_points(self, value: str, shape: tuple[int, ...]) -> str:
        return self._initializer(f"{value}_zero_point", np.zeros(shape, dtype=np.int8))

    def _stream(
        self, name: str, constant: Weights, scales: npt.NDArray[Any], axis: int | None
    ) -> str:
        import onnx

        name = self._unique(name)
        head = onnx.TensorProto(name=name, data_type=onnx.TensorProto.INT8, dims=constant.shape)
        self._added[name] = StreamedTensor(
            head=head, size=constant.count, parts=partial(_bytes, constant, scales, axis)
        )
        return name

    def _unique(self, name: str) -> str:
        number, candidate = 0, name
        while candidate in self._names:
            number += 1
            candidate = f"{name}_{number}"
        self._names.add(candidate)
        return candidate


def _bytes(constant: Weights, scales: npt.NDArray[Any], axis: int | None) -> Iterator[bytes]:
    return (part.tobytes() for part in quantized(constant, scales, axis))


def _attributes(options: Mapping[str, int]) -> list[Any]:
    from onnx import helper

    return [helper.make_attribute(name, value) for name, value in options.items()]
