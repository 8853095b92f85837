# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What is added to the output channels of a convolution or product: through its bias."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import InputError
from setrange.plan.precision import node_names
from setrange.ranges.problems import quoted
from setrange.text.words import plural

if TYPE_CHECKING:
    import numpy.typing as npt

    from setrange.exporters.qdq.graph import QdqGraph
    from setrange.exporters.qdq.insertion import Insertion
    from setrange.model.loading import Model
    from setrange.model.node import Node
    from setrange.plan import Plan

__all__ = ["add_to_bias", "biases_of", "channel_axis"]

_CONVOLUTIONS = ("Conv", "ConvTranspose")
_PRODUCTS = ("Gemm", "MatMul")


def channel_axis(graph: QdqGraph, node: Node) -> int | None:
    """Return which dimension of its output is the channels, by which a bias is added.

    Returns:
        ``None`` for a node that is no convolution or product with constant weights.
    """
    if node.op not in (*_CONVOLUTIONS, *_PRODUCTS) or node.domain not in ("", "ai.onnx"):
        return None
    weights = graph.rooted.get(node.inputs[1])
    if weights is None or len(weights.shape) < 2 or node.inputs[0] in graph.rooted:
        return None
    return 1 if node.op in _CONVOLUTIONS else -1


def biases_of(graph: QdqGraph, plan: Plan, model: Model) -> dict[str, npt.NDArray[np.float64]]:
    """Return what a plan's ``bias_corrections`` add, by output of the node.

    Args:
        graph: The main graph.
        plan: Its findings name the nodes that the model does not have.
        model: The model as it was read.

    Raises:
        InputError: A node is in a body, is none with a bias, or has other output channels.
    """
    known = set(node_names(model)) if plan.bias_corrections else set()
    named: dict[str, list[Node]] = {}
    for node in graph.nodes:
        named.setdefault(node.name, []).append(node)
    found = {}
    for name, numbers in plan.bias_corrections.items():
        if name not in known:
            continue
        what = f"bias_corrections: {quoted(name)}"
        nodes = named.get(name, [])
        if len(nodes) != 1:
            where = f"the name of {len(nodes)} nodes" if nodes else "not in the main graph"
            raise InputError(
                f"{what} is {where}; expected one node of the main graph; remove the line"
            )
        node = nodes[0]
        if channel_axis(graph, node) is None:
            raise InputError(
                f"{what} is {node.op}; expected a convolution or product with constant "
                f"weights; remove the line"
            )
        count = _channels(graph, node)
        if len(numbers) != count:
            raise InputError(
                f"{what} holds {plural(len(numbers), 'number')}, and {node.op} has "
                f"{plural(count, 'output channel')}; give one for each, or remove the line"
            )
        found[node.outputs[0]] = np.asarray(numbers, np.float64)
    return found


def _channels(graph: QdqGraph, node: Node) -> int:
    shape = graph.rooted[node.inputs[1]].shape
    if node.op == "Conv":
        return shape[0]
    if node.op == "ConvTranspose":
        return shape[1] * node.attr_int("group", 1)
    return shape[0] if node.op == "Gemm" and node.attr_int("transB") else shape[-1]


def add_to_bias(insertion: Insertion, node: Node, more: npt.NDArray[np.float64]) -> None:
    """Add a number to each output channel of a convolution or product.

    A convolution without a bias gets one; behind a product, and a convolution whose bias is no
    constant, there is an Add.

    Args:
        insertion: The model that is changed.
        node: A node that has a ``channel_axis``.
        more: What is added, by channel.

    Raises:
        InputError: The type of the bias does not hold the sum.
    """
    graph = insertion.graph
    weights = graph.rooted[node.inputs[1]]
    proto = insertion.proto(node)
    is_convolution = node.op in _CONVOLUTIONS
    bias = node.inputs[2] if is_convolution and len(node.inputs) > 2 else ""
    if is_convolution and (not bias or bias in graph.constants):
        if bias:
            more = more + graph.constants[bias].data().astype(np.float64)
            insertion.replaced(bias)
        name = insertion.initializer(
            f"{node.outputs[0]}_bias", _stored(more, weights.dtype, node)
        )
        del proto.input[2:]
        proto.input.append(name)
        return
    if is_convolution:
        more = more.reshape(-1, *[1] * (len(weights.shape) - 2))
    stored = _stored(more, weights.dtype, node)
    name = insertion.initializer(f"{node.outputs[0]}_shift", stored)
    bare = insertion.edit.fresh_name(f"{node.outputs[0]}_shifted")
    added = insertion.node("Add", node.outputs[0], [bare, name], "sum")
    added.output[0] = proto.output[0]
    proto.output[0] = bare
    insertion.edit.insert_after(node.index, [added])


def _stored(numbers: npt.NDArray[np.float64], dtype: str, node: Node) -> npt.NDArray[Any]:
    """Return numbers in a type."""
    with np.errstate(over="ignore"):
        found = numbers.astype(dtype)
    if not np.isfinite(found).all():
        largest = float(np.abs(numbers).max())
        raise InputError(
            f"{node.op} {node.name or node.outputs[0]}: with what is added to it, its bias is "
            f"{largest:g}, which {dtype} does not hold; correct bias_corrections in "
            f"the ranges file"
        )
    return found
