# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A model while Q/DQ pairs are put into it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.exporters.qdq.types import INT8
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
    from setrange.exporters.qdq.placement import WeightPair
    from setrange.exporters.qdq.types import QuantizedType
    from setrange.exporters.qdq.weight_jobs import WeightJobs
    from setrange.model.graph import Use
    from setrange.model.loading import Model
    from setrange.model.node import Node

__all__ = ["Insertion", "PairedModel"]


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


class Insertion:
    """A model while its pairs are put in.

    Args:
        model: The float model.
        graph: Its index.
        jobs: Make the scales and values of constants.

    Attributes:
        graph: The same.
        edit: The changes of the graph so far.
        scales_of: Constant and its channel axis -> the scales of its INT8 pair.
    """

    def __init__(self, model: Model, graph: QdqGraph, jobs: WeightJobs) -> None:
        self._jobs = jobs
        self._model = model
        self.graph = graph
        self._skeleton = skeleton_of(model.proto)
        self._added: dict[str, TensorProto | StreamedTensor] = {}
        names = model.value_names() | {node.name for node in graph.nodes}
        self.edit = GraphEdit(self._skeleton.graph, names)
        self._shared: dict[tuple[str, str, str], str] = {}
        self._replaced: list[str] = []
        self._quantizers: dict[str, str] = {}
        self._types: dict[str, QuantizedType] = {}
        self.scales_of: dict[tuple[str | None, int], npt.NDArray[Any]] = {}

    def proto(self, node: Node) -> NodeProto:
        """Return the node to be changed."""
        found: NodeProto = self._skeleton.graph.node[node.index]
        return found

    def activation(
        self, value: str, scale: float, source: str, uses: Iterable[Use], kind: QuantizedType
    ) -> None:
        """Put a pair on an activation."""
        key = (source, self.graph.facts[value].dtype, kind.name)
        if key not in self._shared:
            if kind is not INT8:
                scale = self.graph.facts[source].amax / kind.largest
            kept = rounded_scale(scale, key[1])
            self._shared[key] = self.initializer(f"{source}_scale", kept)
        inputs = [self._shared[key], self.zero_point(kind)]
        self.place(self.pair(value, value, inputs, kind), uses)

    def pair(
        self, value: str, taken: str, inputs: Sequence[str], kind: QuantizedType
    ) -> list[NodeProto]:
        """Make a pair.

        Args:
            value: The activation it is for.
            taken: What it quantizes: the activation, maybe changed.
            inputs: Its scale and zero point.
            kind: What it quantizes to.
        """
        steps = self.node("QuantizeLinear", value, [taken, *inputs], "quantized")
        floats = self.node("DequantizeLinear", value, [steps.output[0], *inputs], "dequantized")
        self._quantizers[steps.name] = value
        self._types.setdefault(value, kind)
        return [steps, floats]

    def weight(
        self, pair: WeightPair, uses: Iterable[Use], kind: QuantizedType, *, as_int8: bool
    ) -> None:
        """Put a pair on a constant."""
        value, axis = pair.value, pair.axis
        rooted = self.graph.rooted[value]
        root_axis = None if axis is None else rooted.axes[axis]
        scales = self._jobs.scales(pair, kind)
        if kind is INT8 and root_axis is not None:
            self.scales_of[rooted.constant.name, root_axis] = scales
        zero = (
            self.zero_point(kind)
            if axis is None
            else self._zeros(f"{value}_zero_point", scales.shape, kind)
        )
        inputs = [self.initializer(f"{value}_scale", scales), zero]
        if as_int8 and rooted.is_in_order and not pair.stays_float:
            steps = self._stream(f"{value}_quantized", pair, kind)
            floats = self.node("DequantizeLinear", value, [steps, *inputs], "dequantized")
            nodes = [floats]
            self._replaced.append(value)
        else:
            first = self.node("QuantizeLinear", value, [value, *inputs], "quantized")
            floats = self.node(
                "DequantizeLinear", value, [first.output[0], *inputs], "dequantized"
            )
            nodes = [first, floats]
        for node in nodes:
            # ONNX's default axis is 1, TensorRT's parser takes 0 where there is none.
            set_attribute(node, "axis", axis or 0)
        self.place(nodes, uses)

    def finish(self) -> PairedModel:
        """Make the changes and return the model."""
        gone = self._unused()
        for node in self.graph.nodes:
            if node.op == "Transpose":
                proto = self._skeleton.graph.node[node.index]
                _write_perm(proto, self.graph.shape(node.inputs[0]))
        self.edit.apply(without=gone)
        kept = [t for t in self._model.graph.initializer if t.name not in gone]
        return PairedModel(
            skeleton=self._skeleton,
            initializers=[*kept, *self._added.values()],
            quantizers=self._quantizers,
            types=self._types,
        )

    def _unused(self) -> set[str]:
        """Constants that others replace, and what moved them, if nobody takes them."""
        if not self._replaced:
            return set()
        taken = used_values(self.edit.nodes(), self.graph.outputs)
        gone: set[str] = set()
        for value in self._replaced:
            while value not in taken and value not in gone:
                gone.add(value)
                producer = self.graph.producer(value)
                if producer is None or not producer.inputs:
                    break
                value = producer.inputs[0]
                if any(
                    consumer.outputs[0] not in gone for consumer in self.graph.consumers(value)
                ):
                    break
                taken.discard(value)
        return gone

    # -- parts --------------------------------------------------------------------------

    def place(self, nodes: list[NodeProto], uses: Iterable[Use]) -> None:
        """Put nodes before the first consumer, and hand their result to all of them."""
        consumers = sorted(uses)
        self.edit.insert_before(consumers[0].node, nodes)
        for use in consumers:
            self.edit.set_use(use, nodes[-1].output[0])

    def node(self, op: str, value: str, inputs: list[str], suffix: str) -> NodeProto:
        """Make a node with one output, named after a value."""
        output = self.edit.fresh_name(f"{value}_{suffix}")
        return make_node(op, inputs, [output], self.edit.fresh_name(f"{value}_{op}"))

    def initializer(self, name: str, values: npt.NDArray[Any]) -> str:
        """Add a constant and return its name."""
        name = self.edit.fresh_name(name)
        self._added[name] = make_tensor(np.asarray(values), name)
        return name

    def replaced(self, constant: str) -> None:
        """Note that another constant stands for one, which goes if nobody else takes it."""
        self._replaced.append(constant)

    def zero_point(self, kind: QuantizedType) -> str:
        """The one scalar zero point of a type; every pair of it shares it."""
        key = ("", "", kind.name)
        if key not in self._shared:
            self._shared[key] = self._zeros("qdq_zero_point", (), kind)
        return self._shared[key]

    def _zeros(self, name: str, shape: tuple[int, ...], kind: QuantizedType) -> str:
        name = self.edit.fresh_name(name)
        self._added[name] = messages().TensorProto(
            name=name,
            data_type=kind.onnx_type,
            dims=shape,
            raw_data=kind.zero_bytes(math.prod(shape)),
        )
        return name

    def _stream(self, name: str, pair: WeightPair, kind: QuantizedType) -> str:
        name = self.edit.fresh_name(name)
        rooted = self.graph.rooted[pair.value]
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
