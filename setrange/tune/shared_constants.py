# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Sessions of models that differ little: their large constants are in memory once.

A search loads a model for each figure. To write its constants to a file, and to have ONNX
Runtime read and round them, takes longer than to run it on a few samples.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.accuracy.pairs import pairs_of
from setrange.accuracy.simulation import with_only
from setrange.exporters.qdq.types import INT8
from setrange.model.constants import array_of
from setrange.model.graph import constant_tensors
from setrange.model.messages import messages
from setrange.model.node_names import has_equal_names
from setrange.model.streamed import StreamedTensor, embedded, head_of
from setrange.model.subgraphs import captured_values
from setrange.model.types import EXTERNAL, DataType
from setrange.model.writing import external_files, skeleton_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt
    from onnx import ModelProto, NodeProto, TensorProto

    from setrange.accuracy.pairs import Pair
    from setrange.accuracy.session import Loader
    from setrange.exporters.qdq import QdqModel
    from setrange.measure.session import Session
    from setrange.model.loading import Model

__all__ = ["SharedConstants"]

#: Numbers in the constants of a model that is not held: 256 MiB.
_MOST_NUMBERS = 1 << 26
#: Bytes of rounded weights that are kept.
_MOST_BYTES = 1 << 28

#: Constants with fewer numbers are parts of the model: shapes, scales, biases.
_LARGE = 1024


class SharedConstants:
    """Loads a float model and the Q/DQ models of it.

    Args:
        model: The float model.
        names: Outputs of the sessions of Q/DQ models.
        loader: Makes sessions of models that do not fit here.
    """

    def __init__(self, model: Model, names: Sequence[str], loader: Loader) -> None:
        self._names = names
        self._loader = loader
        self._base = model.base
        self._tensors = constant_tensors(model.graph)
        count = sum(math.prod(tensor.dims) for tensor in self._tensors.values())
        self._is_held = (
            count <= _MOST_NUMBERS
            and loader.provider.upper().startswith("CPU")
            and not has_equal_names(model.proto)
            and not external_files(skeleton_of(model.proto), (), model.base)
        )
        self._given: dict[str, npt.NDArray[Any]] = {}
        self._rounded: OrderedDict[tuple[Any, ...], npt.NDArray[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def holds(self, value: str) -> bool:
        """True for a constant of the model itself, where its constants are in memory."""
        return self._is_held and value in self._tensors

    def quantized(self, made: QdqModel) -> Session:
        """Return a session of a Q/DQ model: the numbers are those that its file gives.

        Raises:
            SetrangeError: ONNX Runtime refuses the model.
        """
        if not self._is_held:
            skeleton = with_only(made.skeleton, self._names)
            return self._loader.load(skeleton, made.initializers, made.base)
        added = {head_of(tensor).name: tensor for tensor in made.initializers}
        replaced = {}
        for pair in pairs_of(made):
            tensor = self._tensors.get(pair.value)
            if pair.kind != "weight" or pair.taken != pair.value or tensor is None:
                continue
            if tensor.data_type != DataType.FLOAT32 or pair.quantized is not INT8:
                continue
            steps = array_of(_whole(added[pair.scale], made.base), made.base)
            replaced[pair.result] = self._of(pair, steps)
        return self._session(made.skeleton, made.initializers, replaced, self._names)

    def with_one_rounded(
        self,
        skeleton: ModelProto,
        initializers: Sequence[TensorProto | StreamedTensor],
        pair: Pair,
        scales: npt.NDArray[Any],
        names: Sequence[str],
    ) -> Session:
        """Return a session of the float model with one constant as INT8 holds it.

        Args:
            skeleton: The float model without its initializers.
            initializers: Its initializers.
            pair: The pair of a constant that ``holds`` is true for.
            scales: Its scales, one for each channel or one for all.
            names: Outputs of the session.
        """
        replaced = {pair.value: self._of(pair, scales)}
        return self._session(skeleton, initializers, replaced, names)

    def _of(self, pair: Pair, scales: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return a constant as its pair gives it."""
        key = (pair.value, pair.axis, pair.quantized.name, scales.tobytes())
        with self._lock:
            if key in self._rounded:
                self._rounded.move_to_end(key)
                return self._rounded[key]
        given = self._array(pair.value)
        shape = [-1 if i == pair.axis else 1 for i in range(given.ndim)]
        steps = scales.astype(np.float32).reshape(shape if pair.axis is not None else ())
        scaled = given.astype(np.float32) / steps
        # A QuantizeLinear keeps -128, which no scale by the largest |value| makes.
        is_int8 = pair.quantized is INT8
        held = np.clip(np.rint(scaled), -128, 127) if is_int8 else pair.quantized.held(scaled)
        found = np.asarray(held * steps, dtype=given.dtype, order="C")
        with self._lock:
            self._rounded[key] = found
            size = sum(array.nbytes for array in self._rounded.values())
            while size > _MOST_BYTES and len(self._rounded) > 1:
                size -= self._rounded.popitem(last=False)[1].nbytes
        return found

    def _array(self, name: str) -> npt.NDArray[Any]:
        if name not in self._given:
            values = array_of(_whole(self._tensors[name], self._base), self._base)
            self._given[name] = np.ascontiguousarray(values).reshape(values.shape)
        return self._given[name]

    def _session(
        self,
        skeleton: ModelProto,
        initializers: Sequence[TensorProto | StreamedTensor],
        replaced: Mapping[str, npt.NDArray[Any]],
        names: Sequence[str],
    ) -> Session:
        """Return a session with constants in the place of what nodes, or constants, give."""
        nodes = _needed(skeleton.graph.node, replaced, names)
        used = _taken(nodes, names)
        values = {name: array for name, array in replaced.items() if name in used}
        proto = skeleton_of(skeleton, nodes=False)
        for node in nodes:
            name = node.output[0] if node.op_type == "Constant" and node.output else ""
            if self._is_large(name):
                values[name] = self._array(name)
            else:
                proto.graph.node.append(node)
        proto = with_only(proto, names)
        for tensor in initializers:
            name = head_of(tensor).name
            if name not in used or name in values:
                continue
            if self._is_large(name):
                values[name] = self._array(name)
            else:
                proto.graph.initializer.append(_whole(tensor, self._base))
        return self._loader.in_memory(proto, values)

    def _is_large(self, name: str) -> bool:
        tensor = self._tensors.get(name)
        return (
            tensor is not None
            and tensor.data_type in (DataType.FLOAT32, DataType.FLOAT16)
            and math.prod(tensor.dims) >= _LARGE
        )


def _needed(
    nodes: Sequence[NodeProto], replaced: Collection[str], names: Iterable[str]
) -> list[NodeProto]:
    """Return the nodes but for those that make replaced values, and what is for these alone."""
    left = [n for n in nodes if not n.output or not all(x in replaced for x in n.output)]
    for op in ("QuantizeLinear", "Constant"):  # a constant may be for a quantizer alone
        used = _taken(left, names)
        left = [node for node in left if node.op_type != op or used.intersection(node.output)]
    return left


def _taken(nodes: Sequence[NodeProto], names: Iterable[str]) -> set[str]:
    return {name for node in nodes for name in node.input} | captured_values(nodes) | {*names}


def _whole(tensor: TensorProto | StreamedTensor, base: Path) -> TensorProto:
    """Return a tensor with its numbers in it."""
    from onnx import numpy_helper

    tensor = embedded(tensor, base)
    if isinstance(tensor, StreamedTensor):
        whole: TensorProto = messages().TensorProto()
        whole.CopyFrom(tensor.head)
        whole.raw_data = b"".join(tensor.parts())
        return whole
    if tensor.data_location == EXTERNAL:
        found: TensorProto = numpy_helper.from_array(array_of(tensor, base), tensor.name)
        return found
    return tensor
