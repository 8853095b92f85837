# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The QuantizeLinear and DequantizeLinear nodes of an ONNX model, with their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from setrange.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto

__all__ = ["QdqNode", "QdqNodes", "has_qdq", "type_name"]

#: Ops that quantize, ONNX's and (with the same names) ONNX Runtime's own.
_OPS = ("QuantizeLinear", "DequantizeLinear")
#: Ops that hand a constant on as it is.
_CARRIERS = ("Identity", "Cast")
#: Ops whose output holds the numbers of their first input, all of them.
_MOVERS = (*_CARRIERS, "Flatten", "Reshape", "Squeeze", "Transpose", "Unsqueeze")
#: onnx.TensorProto.FLOAT and FLOAT16.
_FLOAT, _HALF = 1, 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QdqNode:
    """One of the two nodes.

    Attributes:
        proto: The node.
        index: Its position in the graph.
        scale: Scales; ``None`` where they are not constant.
        zero: Zero points; ``None`` where absent or not constant.
        dtype: Type it quantizes to or from (``int8``, ``uint8``, ``int32``, ...).
        axis: The attribute, or ``None`` where it is absent.
    """

    proto: NodeProto
    index: int
    scale: npt.NDArray[Any] | None
    zero: npt.NDArray[Any] | None
    dtype: str
    axis: int | None

    @property
    def label(self) -> str:
        """The node's name, else ``node_of_<output>``."""
        name: str = self.proto.name
        return name or f"node_of_{self.proto.output[0]}"

    @property
    def op(self) -> str:
        """QuantizeLinear or DequantizeLinear."""
        op: str = self.proto.op_type
        return op

    @property
    def source(self) -> str:
        """The value it takes."""
        name: str = self.proto.input[0]
        return name

    @property
    def result(self) -> str:
        """The value it makes."""
        name: str = self.proto.output[0]
        return name

    @property
    def is_per_tensor(self) -> bool:
        """True for one scale, as [] or [1]."""
        return self.scale is None or self.scale.size == 1


class QdqNodes:
    """What the main graph quantizes.

    Attributes:
        nodes: Its Q and DQ nodes, in order.
        constants: Initializers and Constant nodes, by value.
        types: Element type of the values for which the file says it.
    """

    def __init__(self, model: ModelProto, base: Path) -> None:
        self._base = base
        graph = model.graph
        self.constants: dict[str, TensorProto] = _constants(graph)
        self._carried = {
            node.output[0]: node.input[0]
            for node in graph.node
            if node.op_type in _CARRIERS and node.input and node.output
        }
        self.nodes = [
            self._read(node, index)
            for index, node in enumerate(graph.node)
            if node.op_type in _OPS and node.input and node.output
        ]
        self._moved = {
            node.output[0]: node.input[0]
            for node in graph.node
            if node.op_type in _MOVERS and node.input and node.output
        }
        self._source_of = {node.result: node.source for node in self.nodes}
        self.types = {
            **{name: tensor.data_type for name, tensor in self.constants.items()},
            **{
                value.name: value.type.tensor_type.elem_type
                for value in (*graph.value_info, *graph.input, *graph.output)
            },
        }
        self._originals = _originals_of_casts(graph, self.types)

    def uncast(self, value: str) -> str:
        """The value that this one is a copy of in the other float type, or itself.

        A model cast to FP16 has such copies, of its inputs, its outputs, and around FP32 nodes.
        """
        return self._originals.get(value, value)

    def constant(self, value: str) -> TensorProto | None:
        """The constant a value is, directly or through Identity and Cast."""
        for _ in self._carried:
            if value in self.constants or value not in self._carried:
                break
            value = self._carried[value]
        return self.constants.get(value)

    def is_constant(self, value: str) -> bool:
        """True for a constant, also behind ops that only move it."""
        for _ in self._moved:
            if value in self.constants or value not in self._moved:
                break
            value = self._moved[value]
        return value in self.constants

    def is_weight(self, node: QdqNode) -> bool:
        """True for a Q or DQ that works on a constant; for a DQ also behind its Q."""
        return self.is_constant(self._source_of.get(node.source, node.source))

    def origin(self, node: QdqNode) -> TensorProto | None:
        """The constant a Q or DQ works on; for a DQ also the one its Q took."""
        return self.constant(self._source_of.get(node.source, node.source))

    def _read(self, node: NodeProto, index: int) -> QdqNode:
        attributes = {attr.name: attr for attr in node.attribute}
        scale = self._values(node.input[1]) if len(node.input) > 1 else None
        zero_name = node.input[2] if len(node.input) > 2 else ""
        axis = attributes.get("axis")
        declared = attributes.get("output_dtype")
        return QdqNode(
            proto=node,
            index=index,
            scale=scale,
            zero=self._values(zero_name) if zero_name else None,
            dtype=self._dtype(node, zero_name, declared.i if declared is not None else 0),
            axis=None if axis is None else axis.i,
        )

    def _dtype(self, node: NodeProto, zero_name: str, declared: int) -> str:
        zero = self.constant(zero_name) if zero_name else None
        if zero is not None:
            return type_name(zero.data_type)
        if node.op_type == "DequantizeLinear":
            source = self.constant(node.input[0])
            return "" if source is None else type_name(source.data_type)
        return type_name(declared) if declared else "uint8"

    def _values(self, name: str) -> npt.NDArray[Any] | None:
        import onnx
        from onnx import numpy_helper

        tensor = self.constant(name)
        if tensor is None:
            return None
        try:
            return numpy_helper.to_array(tensor, str(self._base))
        except (TypeError, ValueError, KeyError, OSError, onnx.checker.ValidationError) as e:
            raise FormatError(
                f"the constant {name!r} of a Q/DQ node cannot be read ({e}); export the model "
                f"again"
            ) from e


def has_qdq(model: ModelProto) -> bool:
    """True for a model with Q or DQ nodes in its main graph."""
    return any(node.op_type in _OPS for node in model.graph.node)


def type_name(data_type: int) -> str:
    """ONNX's name of an element type, in lower case (``int8``, ``float8e4m3fn``)."""
    import onnx

    if data_type not in onnx.TensorProto.DataType.values():
        return f"type {data_type}"
    name: str = onnx.TensorProto.DataType.Name(data_type)
    return name.lower()


def _originals_of_casts(graph: GraphProto, types: Mapping[str, int]) -> dict[str, str]:
    """Copy in the other float type -> the value it is cast from, or the output it becomes."""
    outputs = {value.name for value in graph.output}
    originals = {}
    for node in graph.node:
        if node.op_type != "Cast" or not node.input or not node.output:
            continue
        source, result = node.input[0], node.output[0]
        to = next((attr.i for attr in node.attribute if attr.name == "to"), 0)
        if to == _HALF and types.get(source) == _FLOAT:
            originals[result] = source
        elif to == _FLOAT and types.get(source) == _HALF:
            if result in outputs:
                originals[source] = result
            else:
                originals[result] = source
    return originals


def _constants(graph: GraphProto) -> dict[str, TensorProto]:
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant" and node.output:
            for attr in node.attribute:
                if attr.name == "value":
                    constants[node.output[0]] = attr.t
    return constants
