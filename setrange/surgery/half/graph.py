# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What casting asks of a model: element types, and where ONNX lets them be float16."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from setrange.model.graph import GraphIndex, declared_types
from setrange.model.node import Node
from setrange.model.streamed import head_of
from setrange.model.types import DataType
from setrange.surgery.half.op_types import inferred_types, op_types

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from onnx import ModelProto, TensorProto

    from setrange.model.streamed import StreamedTensor

__all__ = ["FLOAT", "HALF", "HalfGraph", "Slots"]

FLOAT, HALF = int(DataType.FLOAT32), int(DataType.FLOAT16)


class Slots(NamedTuple):
    """The inputs and outputs of a node that are float32 and may be float16, by position."""

    inputs: frozenset[int]
    outputs: frozenset[int]


class HalfGraph(GraphIndex):
    """The main graph of a model, indexed, with the types of its values.

    Attributes:
        types: Value -> element type, where it is known.
        slots: For each node, what may be float16; ``None`` where ONNX does not say.
    """

    def __init__(
        self,
        skeleton: ModelProto,
        initializers: Sequence[TensorProto | StreamedTensor],
        floats: Collection[str],
        types: Mapping[str, int],
    ) -> None:
        super().__init__(
            [Node(proto, i) for i, proto in enumerate(skeleton.graph.node)],
            (value.name for value in skeleton.graph.output),
        )
        opset = max((e.version for e in skeleton.opset_import if not e.domain), default=1)
        given = {
            **declared_types(skeleton.graph),
            **{head.name: head.data_type for head in map(head_of, initializers)},
            **dict.fromkeys(floats, FLOAT),
        }
        told = inferred_types(self.nodes, given, opset)
        if told is None:
            told = _asked_types(skeleton, initializers, floats, types)
        self.types = told
        self.slots = [self._slots_of(node, opset) for node in self.nodes]

    def is_float(self, value: str) -> bool:
        """True for a float32 value."""
        return self.types.get(value) == FLOAT

    def _slots_of(self, node: Node, opset: int) -> Slots | None:
        if node.domain not in ("", "ai.onnx"):
            return None
        found = op_types(node.op, opset)
        names = filter(None, (*node.inputs, *node.outputs))
        if found is None or found.chooses or any(name not in self.types for name in names):
            return None

        def float_slots(names: list[str], formal: Sequence[str]) -> Iterator[int]:
            for slot, name in enumerate(names):
                # The last parameter may be repeated.
                if self.is_float(name) and formal[min(slot, len(formal) - 1)] in found.half:
                    yield slot

        return Slots(
            inputs=frozenset(float_slots(node.inputs, found.inputs)),
            outputs=frozenset(float_slots(node.outputs, found.outputs)),
        )


def _asked_types(
    skeleton: ModelProto,
    initializers: Sequence[TensorProto | StreamedTensor],
    floats: Collection[str],
    types: Mapping[str, int],
) -> dict[str, int]:
    """Element types by ONNX's own inference, which needs no weights; ``floats`` are float32.

    Inference is native code, so it is given only what ONNX's checker passes: where that
    refuses a model (plugins among ONNX's own ops), ``types`` and the file's own words stand.
    """
    import onnx

    probe = onnx.ModelProto()
    probe.CopyFrom(skeleton)
    given = {value.name for value in probe.graph.input}
    for tensor in map(head_of, initializers):
        if tensor.name not in given:
            probe.graph.input.append(
                onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
            )
    declared = {value.name for value in (*probe.graph.value_info, *probe.graph.output)}
    for name in sorted(set(floats) - declared):
        probe.graph.value_info.append(onnx.helper.make_tensor_value_info(name, FLOAT, None))
    is_inferred = False
    with contextlib.suppress(RuntimeError, ValueError, onnx.checker.ValidationError):
        onnx.checker.check_model(probe)
        is_inferred = True
    if not is_inferred:
        for name in sorted(types.keys() - declared - set(floats)):
            probe.graph.value_info.append(
                onnx.helper.make_tensor_value_info(name, types[name], None)
            )
        return declared_types(probe.graph)
    # Where inference fails, what the file itself declares stays.
    with contextlib.suppress(RuntimeError, ValueError, onnx.shape_inference.InferenceError):
        probe = onnx.shape_inference.infer_shapes(probe)
    return declared_types(probe.graph)
