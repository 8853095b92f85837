# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The QuantizeLinear and DequantizeLinear nodes of an ONNX model, with their numbers.

Bodies of If, Loop and Scan are looked at too: ONNX gives no two values of a model one name.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from setrange.errors import FormatError, ModelError
from setrange.model.fake_quantizers import fake_quantizer
from setrange.model.graph import constant_tensors, declared_types
from setrange.model.op_traits import MOVES_VALUES
from setrange.model.quantizer_node import QuantizerNode
from setrange.model.quantizer_ops import FAKE_OPS, QUANTIZER_OPS
from setrange.model.subgraphs import bodies
from setrange.model.types import DataType

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    import numpy.typing as npt
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto

__all__ = ["IntegerClip", "QdqNode", "QdqNodes", "type_name"]

#: Ops that hand a constant on as it is.
_CARRIERS = ("Identity", "Cast")
#: Ops whose outputs hold numbers of their first input.
_MOVERS = MOVES_VALUES | {"Cast"}
#: What numbers are quantized to, and the type of sums of them.
_INTEGERS = (
    *(DataType.UINT8, DataType.INT8, DataType.UINT16, DataType.INT16, DataType.INT32),
    *(DataType.UINT4, DataType.INT4),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QdqNode(QuantizerNode):
    """One QuantizeLinear or DequantizeLinear node.

    Attributes:
        scale: Scales; ``None`` where they are not constant.
        zero: Zero points; ``None`` where absent or not constant.
        dtype: Type it quantizes to or from (``int8``, ``uint8``, ``int32``, ...).
        axis: The attribute, or ``None`` where it is absent.
    """

    scale: npt.NDArray[Any] | None
    zero: npt.NDArray[Any] | None
    dtype: str
    axis: int | None

    @property
    def op(self) -> str:
        """QuantizeLinear or DequantizeLinear, whatever its tool calls it."""
        return QUANTIZER_OPS[self.proto.op_type]

    @property
    def is_per_tensor(self) -> bool:
        """True for one scale, as [] or [1]."""
        return self.scale is None or self.scale.size == 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntegerClip:
    """A Clip of integers between the two nodes of a pair, or behind INT8 weights.

    Brevitas writes them: they leave fewer steps than the type has.

    Attributes:
        proto: The node.
        index: Its position, as ``QuantizerNode.index``.
        low: Least step that is left, -inf where the node gives none.
        high: Greatest step that is left, inf where the node gives none.
    """

    proto: NodeProto
    index: int
    low: float
    high: float


class QdqNodes:
    """The QuantizeLinear and DequantizeLinear nodes of a model, indexed.

    Attributes:
        all: Every node: those of the main graph in its order, then those of bodies.
        nodes: The Q and DQ nodes, in that order.
        fakes: Nodes that quantize and dequantize in one.
        clips: Clips of quantized values, by the value they make.
        constants: Initializers and Constant nodes, by value.
        types: Element type of the values for which the file says it.
    """

    def __init__(self, model: ModelProto, base: Path) -> None:
        self._base = base
        graph = model.graph
        graphs = [graph, *bodies(graph)]
        self.all: list[NodeProto] = [node for one in graphs for node in one.node]
        self.constants: dict[str, TensorProto] = {}
        for one in graphs:
            self.constants.update(constant_tensors(one))
        self._carried = self._first_inputs(_CARRIERS)
        self._moved = self._first_inputs(_MOVERS)
        self.nodes = [
            self._read(node, index)
            for index, node in enumerate(self.all)
            if node.op_type in QUANTIZER_OPS and node.input and node.output
        ]
        self.fakes = [
            fake_quantizer(node, index, self._values)
            for index, node in enumerate(self.all)
            if node.op_type in FAKE_OPS and node.input and node.output
        ]
        self._source_of = {node.result: node.source for node in self.nodes}
        self.types = {
            **{name: tensor.data_type for name, tensor in self.constants.items()},
            **{name: dtype for one in graphs for name, dtype in declared_types(one).items()},
        }
        self.clips: dict[str, IntegerClip] = {}
        self._left: dict[str, tuple[float, float]] = {}
        self._steps = {node.result for node in self.nodes if node.op == "QuantizeLinear"}
        for index, node in enumerate(self.all):
            if node.op_type == "Clip" and node.input and node.output:
                self._note_clip(node, index)
        self._originals = _originals_of_casts(graph, self.types)

    @functools.cached_property
    def moved_before_dequantizing(self) -> set[str]:
        """Values that reach a DequantizeLinear through ops that only move or clip them."""
        steps = {**self._moved, **{n: c.proto.input[0] for n, c in self.clips.items()}}
        reached: set[str] = set()
        for node in self.nodes:
            value = node.source if node.op == "DequantizeLinear" else ""
            while value and value not in reached:
                reached.add(value)
                value = steps.get(value, "")
        return reached

    def uncast(self, value: str) -> str:
        """The value that this one is a copy of in the other float type, or itself.

        A model cast to FP16 has such copies, of its inputs, its outputs, and around FP32 nodes.
        """
        return self._originals.get(value, value)

    def constant(self, value: str) -> TensorProto | None:
        """The constant a value is, directly or through Identity and Cast."""
        return self.constants.get(self._followed(value, self._carried))

    def is_constant(self, value: str) -> bool:
        """True for a constant, also behind ops that only move or select it."""
        return self._followed(value, self._moved) in self.constants

    def unclipped(self, value: str) -> tuple[str, float, float]:
        """The value behind integer Clips, and the least and greatest step they leave."""
        low, high = -math.inf, math.inf
        for _ in self.clips:
            if value not in self.clips:
                break
            clip = self.clips[value]
            low, high = max(low, clip.low), min(high, clip.high)
            value = clip.proto.input[0]
        return value, low, high

    def steps_left(self, node: QdqNode) -> tuple[float, float]:
        """The least and greatest step that Clips behind a QuantizeLinear leave."""
        return self._left.get(node.result, (-math.inf, math.inf))

    def is_weight(self, node: QdqNode) -> bool:
        """True for a Q or DQ that works on a constant; for a DQ also behind its Q."""
        source = self.unclipped(node.source)[0]
        return self.is_constant(self._source_of.get(source, source))

    def origin(self, node: QdqNode) -> TensorProto | None:
        """The constant a Q or DQ works on; for a DQ also the one its Q took."""
        source = self.unclipped(node.source)[0]
        return self.constant(self._source_of.get(source, source))

    def _first_inputs(self, ops: Collection[str]) -> dict[str, str]:
        return {
            node.output[0]: node.input[0]
            for node in self.all
            if node.op_type in ops and node.input and node.output
        }

    def _followed(self, value: str, steps: Mapping[str, str]) -> str:
        for _ in steps:  # as long as the longest way; a cycle ends here
            if value in self.constants or value not in steps:
                break
            value = steps[value]
        return value

    def _note_clip(self, node: NodeProto, index: int) -> None:
        """Note a Clip of what a QuantizeLinear makes, or of integer weights."""
        source = self.unclipped(node.input[0])[0]
        constant = self.constant(source)
        is_step = constant is not None and constant.data_type in _INTEGERS
        if not is_step and source not in self._steps:
            return
        bounds = []
        for slot, open_end in ((1, -math.inf), (2, math.inf)):
            name = node.input[slot] if len(node.input) > slot else ""
            values = self._values(name) if name else None
            if name and (values is None or values.size != 1):
                return
            bounds.append(open_end if values is None else float(values.reshape(-1)[0]))
        low, high = bounds
        self.clips[node.output[0]] = IntegerClip(proto=node, index=index, low=low, high=high)
        left = self._left.get(source, (-math.inf, math.inf))
        self._left[source] = max(left[0], low), min(left[1], high)

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
        if QUANTIZER_OPS[node.op_type] == "DequantizeLinear":
            source = self.constant(node.input[0])
            return "" if source is None else type_name(source.data_type)
        return type_name(declared) if declared else "uint8"

    def _values(self, name: str) -> npt.NDArray[Any] | None:
        from setrange.model.constants import array_of

        tensor = self.constant(name)
        if tensor is None:
            return None
        try:
            values = array_of(tensor, self._base)
        except ModelError as e:
            raise FormatError(
                f"the constant {name!r} of a Q/DQ node cannot be read ({e}); export the model "
                f"again"
            ) from e
        if values.dtype.kind in "OSU":
            raise FormatError(
                f"the constant {name!r} of a Q/DQ node holds text; expected numbers; export "
                f"the model again"
            )
        return values


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
        if to == DataType.FLOAT16 and types.get(source) == DataType.FLOAT32:
            originals[result] = source
        elif to == DataType.FLOAT32 and types.get(source) == DataType.FLOAT16:
            if result in outputs:
                originals[source] = result
            else:
                originals[result] = source
    return originals
