# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights that nodes make of constants, computed once: Q/DQ pairs go on constants."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import SetrangeError
from setrange.model.constants import weights_from_tensor
from setrange.model.graph import GraphEdit, GraphIndex, constant_tensors, drop_inputs
from setrange.model.op_traits import WEIGHTED
from setrange.model.subgraphs import captured_values
from setrange.model.writing import skeleton_of

if TYPE_CHECKING:
    import numpy.typing as npt
    from onnx import NodeProto, TensorProto

    from setrange.model.loading import Model

__all__ = ["with_folded_weights"]

#: Ops that only move numbers: placement follows them, so that they need no folding.
_MOVING = frozenset(
    {"Cast", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"}
)
#: What is folded: ops that select, join and compute, and give no more numbers than they take.
_FOLDED = _MOVING | frozenset(
    {"Abs", "Add", "Clip", "Concat", "Div", "Gather", "MatMul", "Max", "Min", "Mul", "Neg"}
    | {"Pow", "Reciprocal", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceSum", "Slice"}
    | {"ReduceSumSquare", "Softmax", "Split", "Sqrt", "Sub", "Tanh", "Where"}
)
#: Numbers that a folded constant may hold.
_MOST = 1 << 28


def with_folded_weights(model: Model) -> Model:
    """Return the model with computed weights of weighted nodes as initializers.

    The values keep their names. What cannot be folded stays, and so does the model itself
    where there is nothing to fold.
    """
    folding = _Folding(model)
    wanted = folding.wanted()
    if not wanted:
        return model
    made = folding.constants(wanted)
    if not made:
        return model
    return _replaced(model, made)


class _Folding:
    def __init__(self, model: Model) -> None:
        self._model = model
        self._graph = GraphIndex(model.nodes(), (value.name for value in model.graph.output))
        self._tensors = constant_tensors(model.graph)
        self._values: dict[str, npt.NDArray[Any] | None] = {}
        #: Value -> True where more than moving a constant makes it.
        self._computed: dict[str, bool] = {}
        for node in self._graph.nodes:
            self._follow(node.proto)

    def wanted(self) -> list[str]:
        """The computed operands of weighted nodes."""
        return [
            name
            for node in self._model.graph.node
            if node.op_type in WEIGHTED
            for name in node.input[:2]
            if self._computed.get(name)
        ]

    def constants(self, wanted: list[str]) -> dict[str, npt.NDArray[Any]]:
        """Compute these values, as far as it goes."""
        for name in wanted:
            self._compute(name)
        return {n: v for n in wanted if (v := self._values.get(n)) is not None}

    def _follow(self, node: NodeProto) -> None:
        names = [name for name in node.input if name]
        if node.op_type not in _FOLDED or node.domain not in ("", "ai.onnx") or not names:
            return
        if all(name in self._tensors or name in self._computed for name in names):
            moves = node.op_type in _MOVING and not self._computed.get(names[0], False)
            self._computed.update(dict.fromkeys(node.output, not moves))

    def _compute(self, wanted: str) -> None:
        """Compute a value and what it is made of, without recursion."""
        pending = [wanted]
        while pending:
            name = pending[-1]
            if name in self._values:
                pending.pop()
                continue
            if name in self._tensors:
                self._values[name] = self._read(self._tensors[name])
                continue
            node = self._graph.producer(name)
            missing = [n for n in node.inputs if n and n not in self._values] if node else []
            if missing:
                pending += missing
            elif node is not None:
                self._values.update(self._run(node.proto))

    def _read(self, tensor: TensorProto) -> npt.NDArray[Any] | None:
        try:
            weights = weights_from_tensor(tensor, self._model.base)
            if weights.count > _MOST or weights.dtype == "bf16":
                return None
            return np.asarray(weights.data())
        except SetrangeError:
            return None

    def _run(self, node: NodeProto) -> dict[str, npt.NDArray[Any] | None]:
        """What a node makes; ``None`` where it cannot be computed, or is too large."""
        from onnx import helper
        from onnx.reference import ReferenceEvaluator

        given = {n: self._values[n] for n in node.input if n}
        nothing: dict[str, npt.NDArray[Any] | None] = dict.fromkeys(node.output, None)
        arrays = {n: v for n, v in given.items() if v is not None}
        if len(arrays) < len(given) or _size(node, list(arrays.values())) > _MOST:
            return nothing
        graph = helper.make_graph(
            [node],
            "g",
            [helper.make_tensor_value_info(n, 1, None) for n in arrays],
            [helper.make_tensor_value_info(n, 1, None) for n in node.output if n],
        )
        opset = helper.make_opsetid("", self._model.opset())
        try:
            with np.errstate(all="ignore"):
                evaluator = ReferenceEvaluator(helper.make_model(graph, opset_imports=[opset]))
                results: Any = evaluator.run(None, arrays)
        except Exception:  # the evaluator raises whatever numpy and Python do
            return nothing
        names = [n for n in node.output if n]
        return {
            **nothing,
            **{n: np.asarray(r) for n, r in zip(names, results, strict=True)},
        }


def _size(node: NodeProto, arrays: list[npt.NDArray[Any]]) -> int:
    """An upper bound of how many numbers a node makes of these."""
    if node.op_type == "Concat":
        return sum(array.size for array in arrays)
    if node.op_type == "Gather":
        axis = next((attr.i for attr in node.attribute if attr.name == "axis"), 0)
        shape = arrays[0].shape
        kept = math.prod(shape[:axis] + shape[axis + 1 :]) if axis >= 0 else arrays[0].size
        return kept * max(1, arrays[-1].size)
    if node.op_type == "MatMul":
        batch = math.prod(arrays[0].shape[:-1]) * math.prod(arrays[-1].shape[:-2])
        return batch * math.prod(arrays[-1].shape[-1:])
    ranks = max(array.ndim for array in arrays)
    padded = [(1,) * (ranks - array.ndim) + array.shape for array in arrays]
    return math.prod(max(dims) for dims in zip(*padded, strict=True))


def _replaced(model: Model, made: dict[str, npt.NDArray[Any]]) -> Model:
    """Put constants in place of the nodes that made them; drop what nobody takes then."""
    from onnx import numpy_helper

    proto = skeleton_of(model.proto)
    graph = proto.graph
    outputs = {value.name for value in graph.output}
    edit = GraphEdit(graph, model.value_names())
    # A graph output is still made by its node, under its name; the constant gets none then.
    made = {name: values for name, values in made.items() if name not in outputs}
    before = {name for node in graph.node for name in node.input}
    taken = outputs | captured_values(graph.node)
    nodes = []
    for position, node in reversed(list(enumerate(graph.node))):
        results = [name for name in node.output if name]
        is_used = any(name in taken for name in results if name not in made)
        if not is_used and results and (node.op_type in _FOLDED or node.op_type == "Constant"):
            edit.remove(position)  # its results are folded, or nobody takes them any more
            continue
        taken.update(node.input)
        nodes.append(node)
    for node in nodes:
        for i, name in enumerate(node.output):
            if name in made:  # another result of the node is taken still
                node.output[i] = edit.fresh_name(f"{name}_unused")
    edit.apply()
    freed = {t.name for t in model.graph.initializer} & before - taken
    drop_inputs(graph, freed)
    graph.initializer.extend(t for t in model.graph.initializer if t.name not in freed)
    graph.initializer.extend(
        numpy_helper.from_array(np.ascontiguousarray(values), name)
        for name, values in made.items()
    )
    return model.changed(proto)
