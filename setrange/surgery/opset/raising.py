# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Raising a model's opset, only as far as Q/DQ needs.

ONNX's own converter changes what Upsample, Resize and Hardmax compute, and crashes on models
that ONNX's checker has not passed, so the adapters here are setrange's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import setrange.surgery.opset.adapters  # noqa: F401  (registers itself)
from setrange.errors import UnsupportedError
from setrange.model.graph import GraphEdit, declared_types
from setrange.model.subgraphs import all_nodes, subgraphs
from setrange.model.types import DataType
from setrange.model.writing import skeleton_of
from setrange.surgery.opset.step import ADAPTERS, CannotRaiseError, Raising

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from onnx import GraphProto, ModelProto, NodeProto

    from setrange.model.loading import Model

__all__ = ["needed_opset", "raised", "same_function"]

#: QuantizeLinear has `axis` from 13 on, float16 scales and float8 from 19 on.
_WITH_AXIS = 13
_WITH_FLOAT16 = 19

#: Oldest IR version that may hold an opset.
_IR_VERSIONS = {13: 7, 19: 9}

#: The oldest opset whose ops the adapters know.
_OLDEST = 6

#: Ops whose results have a type of their own.
_MAKES = {
    **dict.fromkeys(("Shape", "Size", "NonZero", "ArgMax", "ArgMin"), int(DataType.INT64)),
    **dict.fromkeys(
        ("Equal", "Greater", "Less", "And", "Or", "Not", "Xor", "IsNaN"), int(DataType.BOOL)
    ),
}


def needed_opset(*, has_float16: bool) -> int:
    """Return the oldest opset that can hold the pairs."""
    return _WITH_FLOAT16 if has_float16 else _WITH_AXIS


def same_function(nodes: Iterable[NodeProto], one: int, other: int) -> bool:
    """True where nodes read alike in two opsets."""
    low, high = sorted((one, other))
    changed = {op for op, since in ADAPTERS if low < since <= high}
    return not any(node.op_type in changed for node in all_nodes(nodes))


def raised(
    model: Model, opset: int, shapes: Mapping[str, tuple[int, ...]] | None = None
) -> Model:
    """Return the model at ``opset`` or later; the same one if it is there already.

    Every value keeps its name, and every output its numbers.

    Args:
        model: Any model without local functions; it is not changed.
        opset: 13 to 19.
        shapes: Dimensions of values, -1 where unknown, as far as they are known.

    Raises:
        UnsupportedError: An op has no form there that computes the same; the message says why.
    """
    have = model.opset()
    if have >= opset:
        return model
    advice = f"export the model with opset {opset} or later"
    if have < _OLDEST or not any(d in model.opsets for d in ("", "ai.onnx")):
        raise UnsupportedError(
            f"{model.path} has opset {have}, Q/DQ needs {opset}, and setrange raises opsets "
            f"from {_OLDEST} on: {advice}"
        )
    if model.proto.functions:
        raise UnsupportedError(
            f"{model.path} has opset {have}, Q/DQ needs {opset}, and the opset of a model with "
            f"local functions is not raised: {advice}"
        )
    proto = skeleton_of(model.proto)
    raising = Raising(
        _types(proto, model.proto),
        {**_declared_shapes(model.proto), **(shapes or {})},
        {tensor.name: tensor for tensor in model.graph.initializer},
        model.value_names(),
    )
    changed = {op for op, since in ADAPTERS if have < since <= opset}
    try:
        _raise_graph(proto.graph, have, opset, raising, changed)
    except CannotRaiseError as e:
        raise UnsupportedError(
            f"{model.path} has opset {have}, Q/DQ needs {opset}, and {e}: {advice}"
        ) from e
    proto.graph.initializer.extend([*model.graph.initializer, *raising.added])
    proto.ir_version = max(model.proto.ir_version, _IR_VERSIONS.get(opset, 9))
    for entry in proto.opset_import:
        if entry.domain in ("", "ai.onnx"):
            entry.version = opset
    return model.changed(proto)


def _raise_graph(
    graph: GraphProto, have: int, opset: int, raising: Raising, changed: set[str]
) -> None:
    edit = GraphEdit(graph)
    for position, given in enumerate(graph.node):
        for body in subgraphs(given):
            _raise_graph(body, have, opset, raising, changed)
        pending = [given]
        if given.op_type in changed and given.domain in ("", "ai.onnx"):
            label = f"{given.op_type} {given.name or (given.output or ['?'])[0]!r}"
            if not given.input or not given.output:
                raise CannotRaiseError(f"{label} has no inputs or no outputs")
            for version in range(have + 1, opset + 1):
                made = []
                for node in pending:
                    adapt = ADAPTERS.get((node.op_type, version))
                    try:
                        made += [node] if adapt is None else adapt(node, raising)
                    except CannotRaiseError as e:
                        raise CannotRaiseError(f"{label} cannot be raised: {e}") from e
                    except IndexError as e:
                        raise CannotRaiseError(f"{label} lacks an input") from e
                pending = made
        edit.replace(position, pending)
    edit.apply()


def _declared_shapes(model: ModelProto) -> dict[str, tuple[int, ...]]:
    """Shapes that the file itself tells."""
    graph = model.graph
    shapes: dict[str, tuple[int, ...]] = {
        value.name: tuple(
            dim.dim_value if dim.HasField("dim_value") else -1
            for dim in value.type.tensor_type.shape.dim
        )
        for value in (*graph.value_info, *graph.input, *graph.output)
        if value.type.tensor_type.HasField("shape")
    }
    shapes.update({tensor.name: tuple(tensor.dims) for tensor in graph.initializer})
    return shapes


def _types(skeleton: ModelProto, given: ModelProto) -> dict[str, int]:
    """Element types: as declared, and carried on from a node's first typed input."""
    graph = given.graph
    types = {tensor.name: tensor.data_type for tensor in graph.initializer}
    types |= declared_types(graph)
    graphs = [skeleton.graph]
    while graphs:
        for node in graphs.pop().node:
            graphs += subgraphs(node)
            made = _type_made(node, types)
            if made:
                for name in node.output:
                    types.setdefault(name, made)
    return types


def _type_made(node: NodeProto, types: Mapping[str, int]) -> int:
    """Element type of what a node makes; 0 where it cannot be told."""
    if node.op_type in _MAKES:
        return _MAKES[node.op_type]
    for attr in node.attribute:
        if attr.name == "to":
            return int(attr.i)
        if attr.name == "value" and attr.HasField("t"):
            return int(attr.t.data_type)
    operands = node.input[1:] if node.op_type == "Where" else node.input
    return next((types[name] for name in operands if name in types), 0)
