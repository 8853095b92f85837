# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A float32 model as float16: types, casts between, constants one by one.

Inputs and outputs stay float32, and so does whatever would lose by the change (``policy``).
Values keep their names; where one is needed in both types, the other one is a twin
``<name>_fp16`` or ``<name>_fp32``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from setrange.model.graph import GraphEdit, drop_inputs
from setrange.model.making import declare, make_node
from setrange.model.streamed import StreamedTensor, head_of
from setrange.model.subgraphs import rename_captured
from setrange.surgery.half.constants import LARGEST, float_constants, half_tensor
from setrange.surgery.half.graph import FLOAT, HALF, HalfGraph
from setrange.surgery.half.policy import BOUNDED, KeptNode, kept_nodes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from onnx import ModelProto, NodeProto, TensorProto

    from setrange.model.node import Node
    from setrange.model.weights import Weights

__all__ = ["HalfModel", "to_half"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HalfModel:
    """A model in float16, ready to be written.

    Attributes:
        skeleton: The model without its initializers.
        initializers: Its initializers.
        kept: The nodes that stay float32.
        clamped: Constants with numbers beyond float16, which were made smaller.
    """

    skeleton: ModelProto
    initializers: Sequence[TensorProto | StreamedTensor]
    kept: tuple[KeptNode, ...]
    clamped: tuple[str, ...]


def to_half(
    skeleton: ModelProto,
    initializers: Sequence[TensorProto | StreamedTensor],
    *,
    base: Path,
    amax: Mapping[str, float],
    floats: Collection[str] = (),
    types: Mapping[str, int] | None = None,
    keep: Mapping[str, str],
) -> HalfModel:
    """Cast a model to float16.

    Args:
        skeleton: The model without initializers, which is changed; of opset 19 or later if it
            has Q/DQ nodes.
        initializers: Its initializers; they are read when the result is written.
        base: Directory of external data.
        amax: Largest magnitude of values whose range is known.
        floats: Results of plugins that are float32; ONNX does not know them.
        types: Element types of values, for models that ONNX's checker does not pass.
        keep: Name of a node that stays float32 -> the reason.

    Raises:
        ModelError: A constant cannot be read.
    """
    graph = HalfGraph(skeleton, initializers, floats, types or {})
    constants = float_constants(graph.nodes, initializers, base)
    kept = kept_nodes(graph, constants, amax, keep)
    casting = _Casting(skeleton, graph, constants, kept, initializers)
    casting.nodes()
    return casting.finish()


class _Casting:
    def __init__(
        self,
        skeleton: ModelProto,
        graph: HalfGraph,
        constants: Mapping[str, Weights],
        kept: Mapping[int, KeptNode],
        initializers: Sequence[TensorProto | StreamedTensor],
    ) -> None:
        self._skeleton = skeleton
        self._graph = graph
        self._constants = constants
        self._kept = kept
        self._initializers = initializers
        names = {*graph.types, *(head_of(t).name for t in initializers)}
        names.update(node.name for node in graph.nodes)
        self._edit = GraphEdit(skeleton.graph, names)
        #: Values that float16 nodes make, and constants that nobody needs in float32.
        self._native = {
            node.outputs[slot] for node in graph.nodes for slot in self._half_outputs(node)
        }
        self._native |= {name for name in constants if self._is_all_half(name)}
        #: (value, in float16) -> the name it has in that type.
        self._named = {(name, name in self._native): name for name in graph.types}
        self._added: dict[str, StreamedTensor] = {}
        self._clamped: list[str] = []
        graph_proto = skeleton.graph
        self._declared = {
            v.name for v in (*graph_proto.value_info, *graph_proto.input, *graph_proto.output)
        }

    def nodes(self) -> None:
        """Rewire every node, with casts before the first node that needs one."""
        for name in sorted(self._graph.outputs & self._native):
            self._named[name, True] = self._edit.fresh_name(f"{name}_fp16")
            self._named[name, False] = name
        for node in self._graph.nodes:
            if node.op == "Constant" and node.outputs[0] in self._native:
                self._edit.remove(node.index)
                continue
            self._rewire(node)
            for name in node.outputs:
                if self._graph.is_output(name) and name in self._native:
                    cast = self._cast(self._named[name, True], name, to=FLOAT)
                    self._edit.insert_after(node.index, [cast])

    def finish(self) -> HalfModel:
        """Return the result."""
        graph = self._skeleton.graph
        cast = self._native & self._constants.keys()
        self._edit.apply()
        drop_inputs(graph, cast)
        for value in graph.value_info:
            if value.name in self._native and not self._graph.is_output(value.name):
                value.type.tensor_type.elem_type = HALF
        for name in sorted(cast):
            self._half_constant(name, name)
        rest = [self._added.pop(head_of(t).name, t) for t in self._initializers]
        return HalfModel(
            skeleton=self._skeleton,
            initializers=[*rest, *self._added.values()],
            kept=tuple(self._kept[index] for index in sorted(self._kept)),
            clamped=tuple(self._clamped),
        )

    # -- parts --------------------------------------------------------------------------

    def _half_inputs(self, node: Node) -> frozenset[int]:
        slots = self._graph.slots[node.index]
        return frozenset() if slots is None or node.index in self._kept else slots.inputs

    def _half_outputs(self, node: Node) -> frozenset[int]:
        slots = self._graph.slots[node.index]
        is_float = slots is None or node.index in self._kept or node.op == "Constant"
        return frozenset() if slots is None or is_float else slots.outputs

    def _is_all_half(self, constant: str) -> bool:
        if self._graph.is_seen_outside(constant):
            return False
        nodes = self._graph.nodes
        uses = self._graph.uses(constant)
        return bool(uses) and all(slot in self._half_inputs(nodes[i]) for i, slot in uses)

    def _rewire(self, node: Node) -> None:
        proto, half = node.proto, self._half_inputs(node)
        for slot, name in enumerate(node.inputs):
            if self._graph.is_float(name):
                proto.input[slot] = self._in_type(name, node, is_half=slot in half)
        captured = self._native & self._graph.captured if node.has_bodies else ()
        rename_captured(
            proto, {n: self._in_type(n, node, is_half=False) for n in sorted(captured)}
        )
        outputs = self._half_outputs(node)
        for slot in outputs:
            proto.output[slot] = self._named[node.outputs[slot], True]
        if outputs:
            _set_type(proto)

    def _in_type(self, name: str, node: Node, *, is_half: bool) -> str:
        """The name of a value in a type; where it has none yet, it is made before the node."""
        key = (name, is_half)
        if key not in self._named:
            twin = self._edit.fresh_name(f"{name}_{'fp16' if is_half else 'fp32'}")
            self._named[key] = twin
            if is_half and name in self._constants:
                self._half_constant(name, twin)
            else:
                source, to = self._named[name, not is_half], HALF if is_half else FLOAT
                self._edit.insert_before(node.index, [self._cast(source, twin, to=to)])
        return self._named[key]

    def _half_constant(self, name: str, twin: str) -> None:
        constant, uses = self._constants[name], self._graph.uses(name)
        consumers = {(self._graph.nodes[i].op, slot) for i, slot in uses}
        is_bound = all(op in BOUNDED for op, _ in consumers)
        tensor = half_tensor(
            constant,
            twin,
            is_scale=("QuantizeLinear", 1) in consumers or ("DequantizeLinear", 1) in consumers,
            is_bound=is_bound,
        )
        self._added[twin] = tensor
        if LARGEST < constant.amax() < math.inf and not is_bound:
            self._clamped.append(name)

    def _cast(self, name: str, twin: str, *, to: int) -> NodeProto:
        # Readers tell by the type that the two are one value.
        declared = self._skeleton.graph.value_info
        if name not in self._declared:
            elem_type = FLOAT if to == HALF else HALF
            declared.append(declare(name, elem_type))
        label = self._edit.fresh_name(f"{twin}_Cast")
        return make_node("Cast", [name], [twin], label, to=to)


def _set_type(node: NodeProto) -> None:
    """Make an attribute that says float32 say float16."""
    if node.op_type == "ConstantOfShape":
        from onnx import helper, numpy_helper

        number = [numpy_helper.to_array(attr.t).item() for attr in node.attribute] or [0.0]
        del node.attribute[:]
        value = helper.make_tensor("value", HALF, [1], np.clip(number, -LARGEST, LARGEST))
        node.attribute.append(helper.make_attribute("value", value))
    for attr in node.attribute:
        if attr.name in ("to", "output_dtype") and attr.i == FLOAT:
            attr.i = HALF
