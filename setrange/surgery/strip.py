# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The float model inside a Q/DQ or ranged model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import ModelError, UnsupportedError
from setrange.formats.ranged_onnx import CARRIER, PRODUCER
from setrange.model.constants import weights_from_tensor
from setrange.model.graph import SHAPE_READERS, GraphEdit, drop_inputs, used_values
from setrange.model.loading import load_model
from setrange.model.op_traits import MOVES_VALUES
from setrange.model.qdq_nodes import QdqNode, QdqNodes
from setrange.model.streamed import StreamedTensor
from setrange.model.subgraphs import all_nodes, bodies
from setrange.model.unused_names import Names
from setrange.model.writing import skeleton_of, write_model
from setrange.surgery.strip_clips import add_activations, clipped_values

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt
    from onnx import GraphProto, TensorProto

    from setrange.model.fake_quantizers import FakeQuantizer
    from setrange.model.loading import Model
    from setrange.model.weights import Weights

__all__ = ["Stripped", "strip_model"]

#: Attributes that only TensorRT's parser reads.
_TRT_ATTRIBUTES = "trt_"

#: Ops that hand on quantized values as they would float ones.
_MOVING = MOVES_VALUES | {"DepthToSpace", "MaxPool", "SpaceToDepth"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stripped:
    """What was removed from a model.

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
    model = load_model(model_path)
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
        self._found = QdqNodes(model.proto, model.base)
        graphs = (self.skeleton.graph, *bodies(self.skeleton.graph))
        #: The copies of all nodes, at the indexes of QdqNodes.
        self._nodes = [node for graph in graphs for node in graph.node]
        self.removed: set[int] = set()
        self._carriers: set[int] = set()
        self.dequantized: dict[str, StreamedTensor] = {}
        self.clipped: dict[str, float | None] = {}
        self._names = Names(model.value_names())
        self._alias: dict[str, str] = {}
        self._copies: list[tuple[str, str]] = []

    def quantizers(self) -> None:
        """Note every Q and DQ as another name of what it takes."""
        found = self._found
        graph = self._model.graph
        for proto in found.all:
            if proto.op_type.startswith("QLinear") or proto.op_type.endswith("Integer"):
                label = f"{proto.name or (proto.output or ['?'])[0]!r} ({proto.op_type})"
                raise UnsupportedError(
                    f"{self._model.path}: node {label} computes in integers; export the "
                    f"model in Q/DQ form (in ONNX Runtime: QuantFormat.QDQ)"
                )
        inputs = {value.name for value in graph.input} - found.constants.keys()
        for name, clip in found.clips.items():
            self.removed.add(clip.index)
            self._alias[name] = clip.proto.input[0]
        for node in found.nodes:
            self.removed.add(node.index)
            source, low, high = found.unclipped(node.source)
            constant = found.constant(source)
            if node.op == "DequantizeLinear" and source in inputs:
                raise UnsupportedError(
                    f"{self._model.path}: input {source!r} is quantized itself; there is "
                    f"no float model with the same input"
                )
            if constant is not None and node.op == "DequantizeLinear":
                self.dequantized[node.result] = self._dequantized(node, constant, low, high)
            elif node.op == "DequantizeLinear" and found.is_constant(source):
                raise UnsupportedError(
                    f"{self._model.path}: node {node.label!r} dequantizes a constant that "
                    f"other nodes move; fold constants first, for example with polygraphy "
                    f"surgeon sanitize --fold-constants"
                )
            else:
                self._alias[node.result] = source
        for fake in found.fakes:  # its weights are float, and stay as they are
            self.removed.add(fake.index)
            self._alias[fake.result] = fake.source
        self._refuse_cycles()
        self._refuse_integers()
        outputs = {value.name for value in graph.output}
        self.clipped = clipped_values(found.all, found, outputs)
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
        for body in reversed(list(bodies(graph))):
            self._end_body(body)
            self._without_removed(body).apply()
        edit = self._without_removed(graph)
        add_activations(graph, edit, self.clipped, self._model.opset())
        edit.rename({name: self._resolved(name) for name in self._alias})
        edit.append(helper.make_node("Identity", [a], [b], name=b) for a, b in self._copies)
        used = used_values(edit.nodes(), (value.name for value in graph.output))
        freed = {
            name for i in self.removed | self._carriers for name in self._found.all[i].input
        } - used
        edit.apply(without=freed & self._found.constants.keys())
        drop_inputs(graph, freed)
        made = {name for node in graph.node for name in node.output}
        kept = [tensor for tensor in self._model.graph.initializer if tensor.name not in freed]
        made.update(tensor.name for tensor in kept)
        infos = [value for value in graph.value_info if value.name in made]
        del graph.value_info[:]
        graph.value_info.extend(infos)
        self._drop_domains()
        return [*kept, *(self.dequantized[name] for name in self.dequantized if name in used)]

    def _drop_domains(self) -> None:
        """Take out the domains of the ops that are gone."""
        gone = {self._found.all[i].domain for i in self.removed} - {"", "ai.onnx"}
        gone -= {node.domain for node in all_nodes(self.skeleton.graph.node)}
        gone -= {node.domain for f in self.skeleton.functions for node in all_nodes(f.node)}
        kept = [entry for entry in self.skeleton.opset_import if entry.domain not in gone]
        del self.skeleton.opset_import[:]
        self.skeleton.opset_import.extend(kept)

    # -- parts --------------------------------------------------------------------------

    def _without_removed(self, graph: GraphProto) -> GraphEdit:
        """Start an edit of a graph or body that takes the noted nodes out."""
        gone = {id(self._nodes[i]) for i in self.removed | self._carriers}
        edit = GraphEdit(graph, self._names)
        for position, node in enumerate(graph.node):
            if id(node) in gone:
                edit.remove(position)
        return edit

    def _keep_output_names(self, fixed: set[str], found: QdqNodes) -> None:
        """A value that left the graph through a pair takes the output's name."""
        outputs = {value.name for value in self._model.graph.output}
        quantizers: list[QdqNode | FakeQuantizer] = [*found.nodes, *found.fakes]
        for node in quantizers:
            if node.result not in outputs or node.result not in self._alias:
                continue
            if isinstance(node, QdqNode) and node.op == "QuantizeLinear":
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

    def _end_body(self, body: GraphProto) -> None:
        """A body gives what it makes itself: a copy, where a pair was on an outer value."""
        from onnx import helper

        made = {name for node in body.node for name in node.output}
        made -= self._alias.keys() | self.dequantized.keys()
        for value in body.output:
            source = self._resolved(value.name)
            if value.name in made or source in made:
                continue
            if value.name in self._alias or value.name in self.dequantized:
                copy = self._names.fresh(f"{value.name}_kept")
                body.node.append(helper.make_node("Identity", [source], [copy], name=copy))
                value.name = copy

    def _refuse_cycles(self) -> None:
        """A pair that is fed by itself has no float model."""
        known: set[str] = set()
        for start in self._alias:
            way: set[str] = set()
            name = start
            while name in self._alias and name not in known:
                if name in way:
                    raise ModelError(
                        f"{self._model.path}: the Q/DQ node that makes {name!r} is fed by "
                        f"itself; the model is damaged: export it again"
                    )
                way.add(name)
                name = self._alias[name]
            known |= way

    def _refuse_integers(self) -> None:
        """Ops between the two nodes of a pair that take integers only, or change them."""
        steps = {n.result for n in self._found.nodes if n.op == "QuantizeLinear"}
        steps.update(self._found.clips)
        for index, proto in enumerate(self._found.all):
            if index in self.removed or steps.isdisjoint(proto.input):
                continue
            taken = [slot for slot, name in enumerate(proto.input) if name in steps]
            if proto.op_type in SHAPE_READERS:
                continue
            is_moved = proto.op_type in _MOVING and taken == [0]
            is_joined = proto.op_type == "Concat" and len(taken) == len(proto.input)
            if not is_moved and not is_joined:
                label = proto.name or (proto.output or ["?"])[0]
                raise UnsupportedError(
                    f"{self._model.path}: {proto.op_type} {label!r} computes on the quantized "
                    f"{proto.input[taken[0]]!r}; there is no float model with the same nodes: "
                    f"put a DequantizeLinear before it"
                )
            steps.update(proto.output)

    def _resolved(self, name: str) -> str:
        while name in self._alias:
            name = self._alias[name]
        return name

    def _dequantized(
        self, node: QdqNode, constant: TensorProto, low: float, high: float
    ) -> StreamedTensor:
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
        for what, array in (("scale", scale), ("zero point", zero)):
            if not _fits(array, axis, weights.shape):
                raise ModelError(
                    f"{self._model.path}: node {node.label!r} has a {what} of shape "
                    f"{list(array.shape)} for weights of shape {list(weights.shape)} (axis "
                    f"{axis}); expected one number, one for each index of the axis, or one for "
                    f"each block of it"
                )
        return StreamedTensor(
            head=head,
            size=weights.count * dtype.itemsize,
            parts=partial(
                _floats,
                weights,
                _spread(scale, axis, weights.shape),
                _spread(zero.astype(np.float32), axis, weights.shape),
                (low, high),
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


def _fits(array: npt.NDArray[Any], axis: int, shape: tuple[int, ...]) -> bool:
    """True for one number, one an index along the axis, or one a block of it."""
    if array.size == 1:
        return True
    if axis >= len(shape):
        return False
    if array.ndim == 1:
        return len(array) == shape[axis]
    others = ([n for i, n in enumerate(dims) if i != axis] for dims in (array.shape, shape))
    is_block = array.ndim == len(shape) and 0 < array.shape[axis] <= shape[axis]
    return is_block and next(others) == next(others)


def _floats(
    weights: Weights,
    scale: npt.NDArray[Any],
    zero: npt.NDArray[Any],
    bounds: tuple[float, float],
) -> Iterator[bytes]:
    """(value - zero point) x scale, some rows at a time; values are clipped first."""
    is_clipped = bounds != (-np.inf, np.inf)
    for start, part in weights.slices():
        if is_clipped:
            part = np.clip(part.astype(np.float32), *bounds)
        rows = slice(start, start + len(part))
        factor, shift = (a[rows] if a.ndim and len(a) > 1 else a for a in (scale, zero))
        yield ((part.astype(np.float32) - shift).astype(scale.dtype) * factor).tobytes()
