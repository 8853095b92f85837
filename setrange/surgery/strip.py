# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The float model inside a Q/DQ or ranged model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import UnsupportedError
from setrange.formats.ranged_onnx import CARRIER, PRODUCER
from setrange.model.constants import weights_from_tensor
from setrange.model.in_place import embedded
from setrange.model.loading import load_model
from setrange.model.qdq_nodes import QdqNode, QdqNodes
from setrange.model.subgraphs import captured_values, subgraphs
from setrange.model.writing import StreamedTensor, skeleton_of, write_model
from setrange.surgery.strip_clips import clipped_values, with_activations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt
    from onnx import NodeProto, TensorProto

    from setrange.model.loading import Model
    from setrange.model.weights import Weights

__all__ = ["Stripped", "strip_model"]

#: Attributes that only TensorRT's parser reads.
_TRT_ATTRIBUTES = "trt_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stripped:
    """What was taken out.

    Attributes:
        nodes: Q and DQ nodes removed.
        weights: Constants that were stored quantized and are float again.
        attributes: Range and precision attributes removed.
        activations: Relu and Clip nodes that quantizers stood for, and are back.
    """

    nodes: int
    weights: int
    attributes: int
    activations: int


def strip_model(model_path: str | Path, path: str | Path) -> Stripped:
    """Write a model without its Q/DQ nodes and without TensorRT's range attributes.

    Values keep their names; integer weights become float ones.

    Raises:
        ModelError: The model cannot be read.
        UnsupportedError: Its inputs, outputs or ops are integers.
        InputError: The path cannot be written.
    """
    model = load_model(model_path, in_place=True)
    stripping = _Stripping(model)
    stripping.quantizers()
    attributes = stripping.attributes()
    initializers = stripping.finish()
    write_model(path, stripping.skeleton, initializers, base=model.base)
    return Stripped(
        nodes=len(stripping.removed),
        weights=len(stripping.dequantized),
        attributes=attributes,
        activations=len(stripping.clipped),
    )


class _Stripping:
    def __init__(self, model: Model) -> None:
        self._model = model
        self.skeleton = skeleton_of(model.proto)
        self.removed: set[int] = set()
        self._carriers: set[int] = set()
        self.dequantized: dict[str, StreamedTensor] = {}
        self.clipped: dict[str, float | None] = {}
        self._alias: dict[str, str] = {}
        self._copies: list[tuple[str, str]] = []

    def quantizers(self) -> None:
        """Note every Q and DQ as another name of what it takes."""
        found = QdqNodes(self._model.proto, self._model.base)
        graph = self._model.graph
        for proto in graph.node:
            if proto.op_type.startswith("QLinear") or proto.op_type.endswith("Integer"):
                label = f"{proto.name or proto.output[0]!r} ({proto.op_type})"
                raise UnsupportedError(
                    f"{self._model.path}: node {label} computes in integers; export the "
                    f"model in Q/DQ form (in ONNX Runtime: QuantFormat.QDQ)"
                )
        inputs = {value.name for value in graph.input} - found.constants.keys()
        for node in found.nodes:
            self.removed.add(node.index)
            constant = found.constant(node.source)
            if node.op == "DequantizeLinear" and node.source in inputs:
                raise UnsupportedError(
                    f"{self._model.path}: input {node.source!r} is quantized itself; there is "
                    f"no float model with the same input"
                )
            if constant is not None and node.op == "DequantizeLinear":
                self.dequantized[node.result] = self._dequantized(node, constant)
            elif node.op == "DequantizeLinear" and found.is_constant(node.source):
                raise UnsupportedError(
                    f"{self._model.path}: node {node.label!r} dequantizes a constant that "
                    f"other nodes move; fold constants first, for example with polygraphy "
                    f"surgeon sanitize --fold-constants"
                )
            else:
                self._alias[node.result] = node.source
        outputs = {value.name for value in graph.output}
        self.clipped = clipped_values(graph.node, found, outputs)
        self._keep_output_names(inputs | found.constants.keys(), found)

    def attributes(self) -> int:
        """Remove TensorRT's attributes, and nodes that only carry some; return how many."""
        count = 0
        for index, node in enumerate(self.skeleton.graph.node):
            kept = [a for a in node.attribute if not a.name.startswith(_TRT_ATTRIBUTES)]
            if len(kept) < len(node.attribute):
                count += len(node.attribute) - len(kept)
                del node.attribute[:]
                node.attribute.extend(kept)
                if node.name.startswith(CARRIER):
                    self._carriers.add(index)
        if count and self.skeleton.producer_name == PRODUCER:
            self.skeleton.ClearField("producer_name")
            self.skeleton.ClearField("doc_string")
        return count

    def finish(self) -> list[TensorProto | StreamedTensor]:
        """Rewire the graph; return its initializers."""
        from onnx import helper

        graph = self.skeleton.graph
        removed = self.removed | self._carriers
        nodes = [node for i, node in enumerate(graph.node) if i not in removed]
        nodes = with_activations(nodes, self.clipped, self._model.opset())
        for node in nodes:
            self._rewire(node)
        nodes += [helper.make_node("Identity", [a], [b], name=b) for a, b in self._copies]
        used = _used(nodes) | {value.name for value in graph.output}
        freed = {name for i in removed for name in self._model.graph.node[i].input} - used
        nodes = [n for n in nodes if n.op_type != "Constant" or n.output[0] not in freed]
        made = {name for node in nodes for name in node.output}
        del graph.node[:]
        graph.node.extend(nodes)
        inputs = [value for value in graph.input if value.name not in freed]
        del graph.input[:]
        graph.input.extend(inputs)
        kept = [tensor for tensor in self._model.graph.initializer if tensor.name not in freed]
        made.update(tensor.name for tensor in kept)
        infos = [value for value in graph.value_info if value.name in made]
        del graph.value_info[:]
        graph.value_info.extend(infos)
        rest = [embedded(tensor, self._model.base) for tensor in kept]
        return [*rest, *(self.dequantized[name] for name in self.dequantized if name in used)]

    # -- parts --------------------------------------------------------------------------

    def _keep_output_names(self, fixed: set[str], found: QdqNodes) -> None:
        """A value that left the graph through a pair takes the output's name."""
        outputs = {value.name for value in self._model.graph.output}
        for node in found.nodes:
            if node.result not in outputs or node.result not in self._alias:
                continue
            if node.op == "QuantizeLinear":
                raise UnsupportedError(
                    f"{self._model.path}: output {node.result!r} is quantized itself; there is "
                    f"no float model with the same output"
                )
            source = self._resolved(node.result)
            del self._alias[node.result]
            if source in fixed or source in outputs or source in self.dequantized:
                self._copies.append((source, node.result))
            else:
                self._alias[source] = node.result
                outputs.add(source)

    def _resolved(self, name: str) -> str:
        while name in self._alias:
            name = self._alias[name]
        return name

    def _rewire(self, node: NodeProto) -> None:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name in self._alias:
                    names[i] = self._resolved(name)
        for graph in subgraphs(node):
            for value in graph.output:
                value.name = self._resolved(value.name)
            for inner in graph.node:
                self._rewire(inner)

    def _dequantized(self, node: QdqNode, constant: TensorProto) -> StreamedTensor:
        import onnx

        weights = weights_from_tensor(constant, self._model.base)
        scale = node.scale
        if scale is None:
            raise UnsupportedError(
                f"{self._model.path}: the scale of node {node.label!r} is not constant; such "
                f"weights cannot be made float"
            )
        dtype = np.dtype(scale.dtype)
        head = onnx.TensorProto(
            name=node.result, data_type=onnx.helper.np_dtype_to_tensor_dtype(dtype)
        )
        head.dims.extend(weights.shape)
        axis = (1 if node.axis is None else node.axis) % max(1, weights.rank)
        zero = np.zeros_like(scale) if node.zero is None else node.zero
        return StreamedTensor(
            head=head,
            size=weights.count * dtype.itemsize,
            parts=partial(
                _floats,
                weights,
                _spread(scale, axis, weights.shape),
                _spread(zero.astype(np.float32), axis, weights.shape),
            ),
        )


def _spread(array: npt.NDArray[Any], axis: int, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Lay scales or zero points along the dimensions of a constant: one, a channel, a block."""
    if array.size == 1:
        return array.reshape((1,) * len(shape))
    if array.ndim == 1:
        return array.reshape([-1 if i == axis else 1 for i in range(len(shape))])
    block = -(-shape[axis] // array.shape[axis])
    return np.repeat(array, block, axis)[tuple(slice(dim) for dim in shape)]


def _floats(
    weights: Weights, scale: npt.NDArray[Any], zero: npt.NDArray[Any]
) -> Iterator[bytes]:
    """(value - zero point) x scale, some rows at a time."""
    for start, part in weights.slices():
        rows = slice(start, start + len(part))
        factor, shift = (a[rows] if a.ndim and len(a) > 1 else a for a in (scale, zero))
        yield ((part.astype(np.float32) - shift).astype(scale.dtype) * factor).tobytes()


def _used(nodes: list[NodeProto]) -> set[str]:
    """Every value these nodes take, subgraphs included."""
    return {name for node in nodes for name in node.input} | captured_values(nodes)
