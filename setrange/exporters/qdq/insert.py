# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Inserts the Q/DQ pairs of a placement into a model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.exporters.qdq.types import INT8
from setrange.exporters.qdq.weight_jobs import WeightJobs
from setrange.exporters.qdq.weights import rounded_scale
from setrange.model.graph import GraphEdit, used_values
from setrange.model.making import make_node, make_tensor, set_attribute
from setrange.model.messages import messages
from setrange.model.streamed import StreamedTensor, head_of
from setrange.model.types import DataType
from setrange.model.writing import skeleton_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt
    from onnx import ModelProto, NodeProto, TensorProto

    from setrange.exporters.qdq.graph import QdqGraph
    from setrange.exporters.qdq.placement import Placement, WeightPair
    from setrange.exporters.qdq.types import QuantizedType
    from setrange.model.graph import Use
    from setrange.model.loading import Model

__all__ = ["PairedModel", "insert_pairs"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairedModel:
    """A model with Q/DQ pairs that is not written yet.

    Attributes:
        skeleton: The model without its initializers.
        initializers: Its initializers.
        quantizers: Name of a QuantizeLinear on an activation -> the activation.
        types: Activation -> what its pair quantizes to.
    """

    skeleton: ModelProto
    initializers: Sequence[TensorProto | StreamedTensor]
    quantizers: Mapping[str, str]
    types: Mapping[str, QuantizedType]

    def scales(self) -> dict[str, float]:
        """Activation -> the scale of its pair, rounded to the type it is stored in."""
        tensors = {head_of(tensor).name: tensor for tensor in self.initializers}
        return {
            self.quantizers[node.name]: _number(tensors[node.input[1]])
            for node in self.skeleton.graph.node
            if node.name in self.quantizers
        }


def insert_pairs(
    model: Model,
    graph: QdqGraph,
    placement: Placement,
    scales: Mapping[str, tuple[float, str]],
    *,
    int8_weights: bool,
    weight_scales: str = "max",
    ahead: bool = False,
) -> PairedModel:
    """Return the model with its pairs.

    Args:
        model: The float model, at an opset that can hold the pairs; it is not changed.
        graph: Its index.
        placement: Where pairs go.
        scales: Activation -> its scale and the value the scale is from.
        int8_weights: INT8 constants with a DequantizeLinear, not float ones with a pair.
        weight_scales: One of ``WEIGHT_SCALES``.
        ahead: The values of constants are made now, for a builder in this process.
    """
    weights = [
        (pair, kind, some)
        for pair, uses in placement.weights.items()
        for kind, some in placement.by_type(uses)
    ]
    pairs = [(pair, kind) for pair, kind, _ in weights]
    with WeightJobs(graph, pairs, weight_scales, ahead=ahead) as jobs:
        insertion = _Insertion(model, graph, jobs)
        for value, uses in placement.activations.items():
            scale, source = scales[value]
            for kind, some in placement.by_type(uses):
                insertion.activation(value, scale, source, some, kind)
        for pair, kind, some in weights:
            insertion.weight(pair, some, kind, as_int8=int8_weights)
    return insertion.finish()


class _Insertion:
    def __init__(self, model: Model, graph: QdqGraph, jobs: WeightJobs) -> None:
        self._jobs = jobs
        self._model = model
        self._graph = graph
        self._skeleton = skeleton_of(model.proto)
        self._added: dict[str, TensorProto | StreamedTensor] = {}
        names = model.value_names() | {node.name for node in graph.nodes}
        self._edit = GraphEdit(self._skeleton.graph, names)
        self._shared: dict[tuple[str, str, str], str] = {}
        self._replaced: list[str] = []
        self._quantizers: dict[str, str] = {}
        self._types: dict[str, QuantizedType] = {}

    def activation(
        self, value: str, scale: float, source: str, uses: Iterable[Use], kind: QuantizedType
    ) -> None:
        key = (source, self._graph.facts[value].dtype, kind.name)
        if key not in self._shared:
            if kind is not INT8:
                scale = self._graph.facts[source].amax / kind.largest
            kept = rounded_scale(scale, key[1])
            self._shared[key] = self._initializer(f"{source}_scale", kept)
        inputs = [self._shared[key], self._zero_point(kind)]
        steps = self._node("QuantizeLinear", value, [value, *inputs], "quantized")
        floats = self._node(
            "DequantizeLinear", value, [steps.output[0], *inputs], "dequantized"
        )
        self._quantizers[steps.name] = value
        self._types.setdefault(value, kind)
        self._place([steps, floats], uses)

    def weight(
        self, pair: WeightPair, uses: Iterable[Use], kind: QuantizedType, *, as_int8: bool
    ) -> None:
        value, axis = pair.value, pair.axis
        rooted = self._graph.rooted[value]
        scales = self._jobs.scales(pair, kind)
        zero = (
            self._zero_point(kind)
            if axis is None
            else self._zeros(f"{value}_zero_point", scales.shape, kind)
        )
        inputs = [self._initializer(f"{value}_scale", scales), zero]
        if as_int8 and rooted.is_in_order and not pair.stays_float:
            steps = self._stream(f"{value}_quantized", pair, kind)
            floats = self._node("DequantizeLinear", value, [steps, *inputs], "dequantized")
            nodes = [floats]
            self._replaced.append(value)
        else:
            first = self._node("QuantizeLinear", value, [value, *inputs], "quantized")
            floats = self._node(
                "DequantizeLinear", value, [first.output[0], *inputs], "dequantized"
            )
            nodes = [first, floats]
        for node in nodes:
            # ONNX's default axis is 1, TensorRT's parser takes 0 where there is none.
            set_attribute(node, "axis", axis or 0)
        self._place(nodes, uses)

    def finish(self) -> PairedModel:
        gone = self._unused()
        for node in self._graph.nodes:
            if node.op == "Transpose":
                proto = self._skeleton.graph.node[node.index]
                _write_perm(proto, self._graph.shape(node.inputs[0]))
        self._edit.apply(without=gone)
        kept = [t for t in self._model.graph.initializer if t.name not in gone]
        return PairedModel(
            skeleton=self._skeleton,
            initializers=[*kept, *self._added.values()],
            quantizers=self._quantizers,
            types=self._types,
        )

    def _unused(self) -> set[str]:
        """Float constants that INT8 ones replace, and what moved them, if nobody takes them."""
        if not self._replaced:
            return set()
        taken = used_values(self._edit.nodes(), self._graph.outputs)
        gone: set[str] = set()
        for value in self._replaced:
            while value not in taken and value not in gone:
                gone.add(value)
                producer = self._graph.producer(value)
                if producer is None or not producer.inputs:
                    break
                value = producer.inputs[0]
                if any(
                    consumer.outputs[0] not in gone for consumer in self._graph.consumers(value)
                ):
                    break
                taken.discard(value)
        return gone

    # -- parts --------------------------------------------------------------------------

    def _place(self, nodes: list[NodeProto], uses: Iterable[Use]) -> None:
        """Put nodes before the first consumer, and hand their result to all of them."""
        consumers = sorted(uses)
        self._edit.insert_before(consumers[0].node, nodes)
        for use in consumers:
            self._edit.set_use(use, nodes[-1].output[0])

    def _node(self, op: str, value: str, inputs: list[str], suffix: str) -> NodeProto:
        output = self._edit.fresh_name(f"{value}_{suffix}")
        return make_node(op, inputs, [output], self._edit.fresh_name(f"{value}_{op}"))

    def _initializer(self, name: str, values: npt.NDArray[Any]) -> str:
        name = self._edit.fresh_name(name)
        self._added[name] = make_tensor(np.asarray(values), name)
        return name

    def _zero_point(self, kind: QuantizedType) -> str:
        """The one scalar zero point of a type; every pair of it shares it."""
        key = ("", "", kind.name)
        if key not in self._shared:
            self._shared[key] = self._zeros("qdq_zero_point", (), kind)
        return self._shared[key]

    def _zeros(self, name: str, shape: tuple[int, ...], kind: QuantizedType) -> str:
        name = self._edit.fresh_name(name)
        self._added[name] = messages().TensorProto(
            name=name,
            data_type=kind.onnx_type,
            dims=shape,
            raw_data=kind.zero_bytes(math.prod(shape)),
        )
        return name

    def _stream(self, name: str, pair: WeightPair, kind: QuantizedType) -> str:
        name = self._edit.fresh_name(name)
        rooted = self._graph.rooted[pair.value]
        head = messages().TensorProto(name=name, data_type=kind.onnx_type, dims=rooted.shape)
        self._added[name] = StreamedTensor(
            head=head,
            size=rooted.constant.count,
            parts=self._jobs.values(pair, kind),
        )
        return name


def _write_perm(node: NodeProto, shape: tuple[int, ...] | None) -> None:
    """Write the default order of a Transpose out.

    ONNX Runtime up to 1.23 aborts the process on one without it behind a DequantizeLinear,
    also where it moves that behind other ops.
    """
    if not node.attribute and shape is not None:
        set_attribute(node, "perm", list(range(len(shape)))[::-1])


def _number(tensor: TensorProto | StreamedTensor) -> float:
    if isinstance(tensor, StreamedTensor):
        return float(np.frombuffer(b"".join(tensor.parts()), dtype=np.float16)[0])
    dtype = np.float16 if tensor.data_type == DataType.FLOAT16 else np.float32
    return float(np.frombuffer(tensor.raw_data, dtype=dtype)[0])
