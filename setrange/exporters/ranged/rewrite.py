# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Rewriting nodes so that every tensor TensorRT makes of them is an ONNX value.

Only node outputs can carry a range. So an input gets an Identity behind it, a constant operand
becomes a Constant node of full rank, a Gemm its MatMul and Add. Results stay the same, up to
float rounding where a factor is multiplied into constants.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import UnsupportedError
from setrange.formats.ranged_onnx import RANGE_MAX, RANGE_MIN
from setrange.model.constants import weights_from_tensor
from setrange.model.writing import MAX_BYTES
from setrange.network import LayerKind

if TYPE_CHECKING:
    import numpy.typing as npt
    from onnx import ModelProto, NodeProto

    from setrange.model.loading import Model
    from setrange.model.node import Node
    from setrange.model.weights import Weights
    from setrange.network import Network, Tensor

__all__ = ["Rewritten", "rewrite"]

#: Ops whose operands the parser brings to one rank.
_BROADCASTING = frozenset(
    {"Add", "And", "Div", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"}
    | {"MatMul", "Max", "Mean", "Min", "Mod", "Mul", "Or", "PRelu", "Pow", "Sub", "Sum"}
    | {"Where", "Xor"}
)
#: Opset from which Unsqueeze takes its axes as an input.
_AXES_INPUT = 13
_FLOATS = ("float32", "float16")


class Rewritten:
    """A model in the making.

    Attributes:
        proto: The rewritten model.
        same: New value -> tensor of the original network that holds the same numbers.
    """

    def __init__(self, proto: ModelProto) -> None:
        self.proto = proto
        self.same: dict[str, Tensor] = {}


def rewrite(model: Model, network: Network) -> Rewritten:
    """Rewrite a model for the parser that made ``network`` of it.

    Raises:
        UnsupportedError: The constants to move into nodes are more than a file can hold.
    """
    return _Rewriting(model, network).run()


class _Rewriting:
    def __init__(self, model: Model, network: Network) -> None:
        import onnx

        proto = onnx.ModelProto()
        proto.CopyFrom(model.proto)
        self._made = Rewritten(proto)
        self._opset = model.opset()
        self._path = model.path
        self._graph = proto.graph
        self._source = model.nodes()
        self._constants = _constants(model, self._source)
        self._tensors = {t.onnx_value: t for t in network.tensors() if t.onnx_value}
        self._parts = {t.key: t for t in network.tensors()}
        self._operands = _operands(network, self._source)
        self._names = model.value_names() | {node.name for node in self._source}
        self._behind: dict[str, str] = {}
        self._reshaped: dict[tuple[str, int], str] = {}
        self._nodes: list[NodeProto] = []
        self._bytes = 0

    def run(self) -> Rewritten:
        for value in self._graph.input:
            tensor = self._tensors.get(value.name)
            if tensor is not None and tensor.is_network_input and tensor.is_float:
                self._behind[value.name] = self._add(
                    "Identity", [value.name], f"{value.name}_in"
                )
                self._made.same[self._behind[value.name]] = tensor
        for node in self._source:
            if not (node.op == "Gemm" and self._gemm(node)):
                self._keep(node)
        self._drop_unused()
        return self._made

    # -- nodes --------------------------------------------------------------------------

    def _keep(self, node: Node) -> None:
        """The node itself, with operands that are ONNX values of full rank."""
        ranks = [self._rank(name) for name in node.inputs if name]
        rank = None if None in ranks or not ranks else max(r for r in ranks if r is not None)
        broadcasts = (
            node.op in _BROADCASTING
            and rank is not None
            and 1 not in (ranks if node.op == "MatMul" else ())
        )
        copy = type(node.proto)()
        copy.CopyFrom(node.proto)
        for slot, name in enumerate(node.inputs):
            constant = self._constants.get(name)
            wanted = rank if broadcasts else None
            if constant is not None and self._is_operand(node, name, constant):
                copy.input[slot] = self._constant(name, constant, wanted)
            elif constant is None and name:
                copy.input[slot] = self._activation(name, wanted)
        self._nodes.append(copy)

    def _gemm(self, node: Node) -> bool:
        """MatMul and Add in the place of a Gemm; False where it must stay."""
        a, b, *rest = node.inputs
        c = rest[0] if rest and rest[0] else None
        alpha, beta = node.attr_float("alpha", 1.0), node.attr_float("beta", 1.0)
        weights, bias = self._constants.get(b), self._constants.get(c or "")
        if weights is None or weights.dtype not in _FLOATS or a in self._constants:
            return False
        if c is not None and (bias is None or bias.dtype not in _FLOATS or bias.rank > 2):
            return False
        left = self._activation(a, None)
        if node.attr_int("transA"):
            left = self._add("Transpose", [left], f"{a}_transposed", perm=[1, 0])
        values = weights.data()
        values = values.T if node.attr_int("transB") else values
        right = self._constant_node(f"{b}_matrix", _times(values, alpha))
        output = node.outputs[0]
        product = output if bias is None else self._unique(f"{output}_product")
        self._append("MatMul", [left, right], product, name=node.name)
        inner = self._parts.get(f"{output}@{LayerKind.MATRIX_MULTIPLY.value}[0]")
        if bias is not None:
            if inner is not None and alpha == 1.0:
                self._made.same[product] = inner
            shape = (1,) * (2 - bias.rank) + bias.shape
            addend = self._constant_node(f"{c}_row", _times(bias.data().reshape(shape), beta))
            self._append("Add", [product, addend], output, name=self._unique(f"{output}_bias"))
        return True

    def _drop_unused(self) -> None:
        used = {name for node in self._nodes for name in node.input}
        used |= {value.name for value in self._graph.output} | _taken_inside(self._nodes)
        kept = [n for n in self._nodes if n.op_type != "Constant" or n.output[0] in used]
        del self._graph.node[:]
        self._graph.node.extend(kept)
        gone = self._constants.keys() - used
        initializers = [t for t in self._graph.initializer if t.name not in gone]
        del self._graph.initializer[:]
        self._graph.initializer.extend(initializers)
        inputs = [value for value in self._graph.input if value.name not in gone]
        del self._graph.input[:]
        self._graph.input.extend(inputs)

    # -- operands -----------------------------------------------------------------------

    def _is_operand(self, node: Node, name: str, constant: Weights) -> bool:
        """True where the parser makes a Constant layer of it for this node."""
        if constant.dtype not in _FLOATS:
            return False
        return node.op == "MatMul" or (node.index, name) in self._operands

    def _constant(self, name: str, constant: Weights, rank: int | None) -> str:
        missing = 0 if rank is None else max(0, rank - constant.rank)
        key = (name, missing)
        if key not in self._reshaped:
            shape = (1,) * missing + constant.shape
            self._reshaped[key] = self._constant_node(
                f"{name}_constant", constant.data().reshape(shape)
            )
        return self._reshaped[key]

    def _activation(self, name: str, rank: int | None) -> str:
        value = self._behind.get(name, name)
        own = self._rank(name)
        tensor = self._tensors.get(name)
        if rank is None or own is None or own >= rank or tensor is None or not tensor.is_float:
            return value
        key = (name, rank - own)
        if key not in self._reshaped:
            self._reshaped[key] = self._full_rank(name, value, tensor, rank - own)
            self._made.same[self._reshaped[key]] = tensor
        return self._reshaped[key]

    def _full_rank(self, name: str, value: str, tensor: Tensor, missing: int) -> str:
        """Dimensions of 1 before the others; a Reshape, which every parser reads alike."""
        output = f"{name}_full_rank"
        if -1 not in tensor.shape:
            shape = self._integers(f"{name}_shape", [1] * missing + list(tensor.shape))
            return self._add("Reshape", [value, shape], output)
        axes = list(range(missing))
        if self._opset >= _AXES_INPUT:
            return self._add("Unsqueeze", [value, self._integers(f"{name}_axes", axes)], output)
        return self._add("Unsqueeze", [value], output, axes=axes)

    def _rank(self, name: str) -> int | None:
        if name in self._constants:
            return self._constants[name].rank
        tensor = self._tensors.get(name)
        return None if tensor is None else tensor.rank

    # -- parts --------------------------------------------------------------------------

    def _constant_node(self, name: str, values: npt.NDArray[Any]) -> str:
        """A Constant node that makes a layer; its range is set later."""
        from onnx import numpy_helper

        self._bytes += values.nbytes
        if self._bytes > MAX_BYTES // 2:
            raise UnsupportedError(
                f"{self._path}: more than 1 GB of constant operands would have to be moved "
                f"into nodes; write a calibration cache instead (-o model.cache)"
            )
        tensor = numpy_helper.from_array(np.array(values, order="C"))
        amax = float(np.abs(values).max(initial=0.0)) or 1.0
        return self._add(
            "Constant", [], name, value=tensor, **{RANGE_MIN: [-amax], RANGE_MAX: [amax]}
        )

    def _integers(self, name: str, values: list[int]) -> str:
        from onnx import numpy_helper

        tensor = numpy_helper.from_array(np.array(values, dtype=np.int64))
        return self._add("Constant", [], name, value=tensor)

    def _add(self, op: str, inputs: list[str], output: str, **attributes: Any) -> str:
        output = self._unique(output)
        self._append(op, inputs, output, name=self._unique(f"{output}_{op}"), **attributes)
        return output

    def _append(
        self, op: str, inputs: list[str], output: str, *, name: str, **attributes: Any
    ) -> None:
        from onnx import helper

        self._nodes.append(helper.make_node(op, inputs, [output], name=name, **attributes))

    def _unique(self, name: str) -> str:
        number, candidate = 0, name
        while candidate in self._names:
            number += 1
            candidate = f"{name}_{number}"
        self._names.add(candidate)
        return candidate


def _constants(model: Model, nodes: list[Node]) -> dict[str, Weights]:
    constants = {t.name: weights_from_tensor(t, model.base) for t in model.graph.initializer}
    for node in nodes:
        value = node.attr_tensor("value") if node.op == "Constant" else None
        if value is not None and not node.has(RANGE_MIN):
            constants[node.outputs[0]] = weights_from_tensor(value, model.base)
    return constants


def _operands(network: Network, nodes: list[Node]) -> set[tuple[int, str]]:
    """(node, constant) where the parser made a Constant layer for that node."""
    found = set()
    for layer in network.layers:
        weights = layer.output.constant if layer.outputs else None
        if weights is None or weights.initializer is None or not layer.output.is_float:
            continue
        for taker in layer.output.consumers:
            origin = taker.origin
            if origin is None or not 0 <= origin.index < len(nodes):
                continue
            # The position is that in its own graph, which may be a subgraph.
            if tuple(nodes[origin.index].outputs) == origin.outputs:
                found.add((origin.index, weights.initializer))
    return found


def _taken_inside(nodes: list[NodeProto]) -> set[str]:
    """Values that subgraphs take."""
    taken: set[str] = set()
    pending = [attr.g for node in nodes for attr in node.attribute if attr.HasField("g")]
    while pending:
        graph = pending.pop()
        taken.update(value.name for value in graph.output)
        for node in graph.node:
            taken.update(node.input)
            pending += [attr.g for attr in node.attribute if attr.HasField("g")]
    return taken


def _times(values: npt.NDArray[Any], factor: float) -> npt.NDArray[Any]:
    if math.isclose(factor, 1.0, rel_tol=0.0):
        return values
    scaled: npt.NDArray[Any] = (values.astype(np.float64) * factor).astype(values.dtype)
    return scaled
