# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a model must be like before anything else looks at it, checked in one place.

This is less than ``onnx.checker`` demands, because TensorRT takes models that the checker
refuses, and more, because a file of a few hundred bytes must not take hours: no more than what
the rest of the code relies on.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from setrange.errors import ModelError
from setrange.model.held_tensors import all_graphs
from setrange.model.in_place import MOST_DIMS
from setrange.model.op_facts import op_facts

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from pathlib import Path

    from onnx import ModelProto, NodeProto, TensorProto

__all__ = ["check_well_formed"]

#: What a tensor can hold: sizes are signed 64-bit numbers.
_MOST_ELEMENTS = 2**63 - 1
#: Opset versions are looked up as signed 32-bit numbers.
_MOST_OPSET = 2**31 - 1
#: Nodes that calls of local functions may stand for, and how deep they may call each other.
#: TensorRT refuses more than 24 nested calls.
_MOST_NODES, _MOST_CALLS = 50_000, 64
#: Operands or outputs of all nodes that TensorRT makes a layer of for each of them. A few bytes
#: of the file are enough for one.
_MOST_PARTS = 50_000
_LAYER_PER_PART = frozenset({"Sum", "Max", "Min", "Mean", "Split"})

_OWN_DOMAINS = ("", "ai.onnx")
_HELP = "the model is damaged: export it again"


def check_well_formed(model: ModelProto, tensors: Iterable[TensorProto], path: Path) -> int:
    """Refuse a model that the rest of the code could not work with.

    Text that is not UTF-8 is replaced where it is only a remark (documentation, producer), and
    refused where it names something.

    Args:
        model: The model.
        tensors: All its tensors.
        path: Its file, for messages.

    Returns:
        How many nodes it has, counting those that calls of local functions stand for.

    Raises:
        ModelError: The message says what is wrong, and where.
    """
    try:
        _check_opsets(model)
        _clean_remarks(model)
        for function in model.functions:
            where = f"local function {_shown(function.name)}"
            _check_names(
                (function.name, function.domain, *function.input, *function.output), where
            )
            _check_nodes(function.node)
            _clean(function, "doc_string")
        for graph in all_graphs(model):
            _clean(graph, "name", "doc_string")
            for value in (*graph.input, *graph.output, *graph.value_info):
                _check_value(value)
            _check_nodes(graph.node)
        for tensor in tensors:
            _check_tensor(tensor)
        return _node_count(model)
    except ModelError as error:
        raise ModelError(f"{path}: {error}; {_HELP}") from None


def _check_opsets(model: ModelProto) -> None:
    for entry in (*model.opset_import, *(o for f in model.functions for o in f.opset_import)):
        _check_names((entry.domain,), "an imported opset")
        if not 0 <= entry.version <= _MOST_OPSET:
            raise ModelError(
                f"version {entry.version} of the opset {entry.domain!r} is no opset version"
            )


def _clean_remarks(model: ModelProto) -> None:
    _clean(model, "producer_name", "producer_version", "domain", "doc_string")
    for entry in model.metadata_props:
        _clean(entry, "key", "value")


def _clean(message: Any, *fields: str) -> None:
    """Replace text that is not UTF-8, which protobuf gives as bytes and does not take back."""
    for field in fields:
        value = getattr(message, field)
        if isinstance(value, bytes):
            setattr(message, field, value.decode("utf-8", "replace"))


def _check_names(names: Iterable[str | bytes], where: str) -> None:
    for name in names:
        if isinstance(name, bytes):
            raise ModelError(f"{where}: the name {_shown(name)} is not UTF-8 text")


def _check_value(value: Any) -> None:
    _check_names((value.name,), "an input, output or value")
    _clean(value, "doc_string")
    for dim in value.type.tensor_type.shape.dim:
        if dim.HasField("dim_param"):
            _check_names((dim.dim_param,), f"value {value.name!r}, a dimension")


def _check_tensor(tensor: Any) -> None:
    _check_names((tensor.name,), "a tensor")
    _clean(tensor, "doc_string")
    if len(tensor.dims) > MOST_DIMS:
        raise ModelError(
            f"tensor {tensor.name!r} has {len(tensor.dims)} dimensions, not up to {MOST_DIMS}"
        )
    if any(size < 0 for size in tensor.dims) or math.prod(tensor.dims) > _MOST_ELEMENTS:
        raise ModelError(
            f"tensor {tensor.name!r} has the shape {list(tensor.dims)}, which is impossible"
        )


# -- nodes ------------------------------------------------------------------------------


def _check_nodes(nodes: Iterable[NodeProto]) -> None:
    layers = 0
    for node in nodes:
        try:
            # One call in C for all names of a node: models have many.
            "".join((node.name, node.op_type, node.domain, *node.input, *node.output))
            label = node.name or node.op_type
        except TypeError:
            _check_names((node.op_type, node.domain), f"a node called {_shown(node.name)}")
            where = f"node {_shown(node.name)} ({node.op_type})"
            _check_names((node.name, *node.input, *node.output), where)
            raise
        _clean(node, "doc_string")
        facts = op_facts(node.op_type) if node.domain in _OWN_DOMAINS else None
        for attr in node.attribute:
            _check_names((attr.name, attr.ref_attr_name), f"node {label!r}, an attribute")
            _clean(attr, "doc_string")
            if facts is not None and attr.type and not attr.ref_attr_name:
                allowed = facts.types.get(attr.name)
                if allowed is not None and attr.type not in allowed:
                    raise ModelError(
                        f"node {label!r} ({node.op_type}): attribute {attr.name!r} has another "
                        f"type than ONNX gives it"
                    )
        if facts is None:
            continue
        if len(node.input) < facts.inputs or "" in node.input[: facts.needed]:
            raise ModelError(
                f"node {label!r} ({node.op_type}) lacks an input: it has "
                f"{sum(1 for name in node.input if name)}, and ONNX asks for {facts.inputs}"
            )
        if len(node.input) > facts.most_inputs or len(node.output) > facts.most_outputs:
            raise ModelError(
                f"node {label!r} ({node.op_type}) has {len(node.input)} inputs and "
                f"{len(node.output)} outputs; ONNX knows {facts.most_inputs} and "
                f"{facts.most_outputs} at most"
            )
        parts = node.output if node.op_type == "Split" else node.input
        if node.op_type in _LAYER_PER_PART and len(parts) > 2:
            layers += len(parts)
            if layers > _MOST_PARTS:
                raise ModelError(
                    f"up to node {label!r} ({node.op_type}), there are {layers} operands of "
                    f"Sum, Max, Min and Mean and outputs of Split, and at most {_MOST_PARTS} "
                    f"are imported"
                )
        if len(node.output) < facts.outputs:
            raise ModelError(
                f"node {label!r} ({node.op_type}) has {len(node.output)} outputs, not "
                f"{facts.outputs} or more"
            )


# -- local functions --------------------------------------------------------------------


def _node_count(model: ModelProto) -> int:
    """Nodes of all graphs, and those that calls of local functions stand for.

    Raises:
        ModelError: A function calls itself, or calls stand for more than can be imported.
    """
    own = sum(len(graph.node) for graph in all_graphs(model))
    functions: dict[str, Any] = {}
    for function in model.functions:
        functions.setdefault(function.name, function)
    if not functions:
        return own
    sizes: dict[str, tuple[int, int]] = {}
    active: list[str] = []
    stack: list[tuple[str, bool]] = [(name, False) for name in functions]
    while stack:
        name, is_done = stack.pop()
        calls = _calls(_with_bodies(functions[name].node), functions)
        if is_done:
            active.remove(name)
            sizes[name] = _size(calls, sizes)
            if sizes[name][1] > _MOST_CALLS:
                raise ModelError(
                    f"local functions call each other more than {_MOST_CALLS} deep, down from "
                    f"{_shown(name)}"
                )
        elif name in active:
            raise ModelError(f"the local function {_shown(name)} calls itself")
        elif name not in sizes:
            active.append(name)
            stack.append((name, True))
            stack += [(call, False) for call in set(calls) if call]
    calls = [call for g in all_graphs(model) for call in _calls(g.node, functions)]
    total, _ = _size(calls, sizes)
    if total - own > _MOST_NODES:
        raise ModelError(
            f"its calls of local functions stand for {total} nodes, and at most {_MOST_NODES} "
            f"are imported"
        )
    return total


def _calls(nodes: Iterable[NodeProto], functions: Container[str]) -> list[str]:
    """The local function that each node calls, "" for a node that calls none.

    The importer goes by the name alone; an op of ONNX itself comes first.
    """
    return [
        node.op_type
        if node.op_type in functions
        and not (node.domain in _OWN_DOMAINS and op_facts(node.op_type) is not None)
        else ""
        for node in nodes
    ]


def _size(calls: list[str], sizes: dict[str, tuple[int, int]]) -> tuple[int, int]:
    """Nodes that these stand for, and how deep the calls among them go."""
    called = [sizes[call] for call in calls if call]
    count = len(calls) + sum(size for size, _ in called)
    return min(count, 10**18), 1 + max((depth for _, depth in called), default=0)


def _with_bodies(nodes: Iterable[NodeProto]) -> Iterator[NodeProto]:
    pending = list(nodes)
    while pending:
        node = pending.pop()
        yield node
        for attr in node.attribute:
            if attr.HasField("g"):
                pending += attr.g.node
            for graph in attr.graphs:
                pending += graph.node


def _shown(name: str | bytes) -> str:
    text = name.decode("utf-8", "backslashreplace") if isinstance(name, bytes) else name
    return repr(text[:80])
