# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What is known of a model that is to be rewritten: its constants, and the parser's tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.formats.ranged_onnx import RANGE_MIN
from setrange.model.constants import weights_from_tensor

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy.typing as npt
    from onnx import TensorProto

    from setrange.model.loading import Model
    from setrange.model.node import Node
    from setrange.model.origin import Origin
    from setrange.network import LayerKind, Network, Tensor

__all__ = ["FLOATS", "KnownModel", "constants_of", "made_for_nodes"]

#: Types of constants that are moved into nodes.
FLOATS = ("float32", "float16")


class KnownModel:
    """A model and the network that the parser makes of it.

    Attributes:
        network: The network.
        opset: The model's opset.
        base: Directory that external data locations are relative to.
        source: The model's nodes.
        constants: Initializers and values of Constant nodes that are no layers of their own.
    """

    def __init__(self, model: Model, network: Network) -> None:
        self.network = network
        self.opset = model.opset()
        self.base = model.base
        self.source = model.nodes()
        self.protos = constants_of(model)
        self.constants = {
            name: weights_from_tensor(tensor, model.base)
            for name, tensor in self.protos.items()
        }
        self._tensors = {t.onnx_value: t for t in network.tensors() if t.onnx_value}
        self._parts = {t.key: t for t in network.tensors()}
        self._operands, self._unnamed = made_for_nodes(
            network, self.source, self.constants.keys()
        )
        self._first_operands: dict[str, Tensor] = {}
        for (_, name), tensor in self._operands.items():
            self._first_operands.setdefault(name, tensor)

    def has_unnamed_tensors(self, node: Node) -> bool:
        """True where the parser makes float tensors for the node that nothing names."""
        return node.index in self._unnamed

    def tensor(self, name: str) -> Tensor | None:
        """The network's tensor of an ONNX value; ``None`` for constants."""
        return self._tensors.get(name)

    def inner(self, node: Node, kind: LayerKind, number: int = 0) -> Tensor | None:
        """What the ``number``-th layer of a kind gives that the parser makes for a node."""
        return self._parts.get(f"{node.origin.value}@{kind.value}[{number}]")

    def rank(self, name: str) -> int | None:
        """Number of dimensions of a value, ``None`` if unknown."""
        if name in self.constants:
            return self.constants[name].rank
        tensor = self._tensors.get(name)
        return None if tensor is None else tensor.rank

    def dtype(self, name: str) -> str | None:
        """Element type of a value in numpy's words, ``None`` if unknown."""
        if name in self.constants:
            return self.constants[name].dtype
        tensor = self._tensors.get(name)
        return None if tensor is None else tensor.dtype

    def data(self, name: str) -> npt.NDArray[Any] | None:
        """Values of a constant of floats; ``None`` for anything else."""
        constant = self.constants.get(name)
        if constant is None or constant.dtype not in FLOATS:
            return None
        return constant.data()

    def layer_of(self, name: str) -> Tensor | None:
        """What the first Constant layer made of a constant gives."""
        return self._first_operands.get(name)

    def is_operand(self, node: Node, name: str) -> bool:
        """True where the parser makes a Constant layer of a constant for this node."""
        constant = self.constants.get(name)
        if constant is None or constant.dtype not in FLOATS:
            return False
        return node.op == "MatMul" or (node.index, name) in self._operands


def constants_of(model: Model) -> dict[str, TensorProto]:
    """Initializers, and values of Constant nodes that are no layers of their own, by name."""
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.nodes():
        value = node.attr_tensor("value") if node.op == "Constant" else None
        if value is not None and not node.has(RANGE_MIN):
            constants[node.outputs[0]] = value
    return constants


def made_for_nodes(
    network: Network, nodes: list[Node], constants: Collection[str]
) -> tuple[dict[tuple[int, str], Tensor], set[int]]:
    """Constant layers by (node, constant), and the nodes with tensors that nothing names."""
    operands: dict[tuple[int, str], Tensor] = {}
    unnamed: set[int] = set()
    for layer in network.layers:
        weights = layer.output.constant if layer.outputs else None
        name = None if weights is None else weights.initializer
        if name in constants and layer.output.is_float:
            for consumer in layer.output.consumers:
                index = _index(consumer.origin, nodes)
                if index is not None and name is not None:
                    operands.setdefault((index, name), layer.output)
            continue
        index = _index(layer.origin, nodes)
        if index is not None and any(
            t.onnx_value is None and t.needs_range for t in layer.outputs
        ):
            unnamed.add(index)
    return operands, unnamed


def _index(origin: Origin | None, nodes: list[Node]) -> int | None:
    """Position of the main graph's node a layer was made for."""
    if origin is None or not 0 <= origin.index < len(nodes):
        return None
    # The position is that in its own graph, which may be a subgraph.
    return origin.index if tuple(nodes[origin.index].outputs) == origin.outputs else None
