# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Calls of local functions (10.x): the body is imported in the caller's network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from setrange.importer.parser import LOCAL_FUNCTION, function_attributes, parse_node
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.model.node import Node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onnx import FunctionProto

    from setrange.importer.op_context import OpContext
    from setrange.importer.value import Value

_ABSENT: Final = object()


def _import_body(ctx: OpContext, node: Node, function: FunctionProto) -> list[Value]:
    """Import a function's nodes in file order and return its outputs."""
    with ctx.attribute_scope(function_attributes(node, function)):
        for i, proto in enumerate(function.node):
            parse_node(ctx, Node(proto, i, ctx.attribute_scopes[-1]))
    outputs: list[Value] = []
    for name in function.output:
        require(name in ctx.values, f"function {node.op} does not make its output {name!r}")
        outputs.append(ctx.values[name])
    return outputs


def _require_arity(node: Node, function: FunctionProto) -> None:
    require(
        len(node.inputs) == len(function.input),
        f"function {node.op} takes {len(function.input)} inputs, not {len(node.inputs)}",
    )


def _function(ctx: OpContext, node: Node) -> FunctionProto:
    require(node.op in ctx.functions, f"the model defines no function {node.op}")
    return ctx.functions[node.op]


def _outer_value(ctx: OpContext, name: str) -> Value:
    require(name in ctx.values, f"function argument {name!r} is not produced by any node")
    return ctx.values[name]


@importer(LOCAL_FUNCTION, since="10.1", source="10.1-GA:importLocalFunctionImporter")
def call_function(ctx: OpContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """A parameter whose name is taken outside already means the outside value."""
    function = _function(ctx, node)
    _require_arity(node, function)
    local: list[str] = []
    with ctx.name_scope():
        for outside, inside in zip(node.inputs, function.input, strict=True):
            if inside not in ctx.values:
                ctx.values[inside] = _outer_value(ctx, outside)
                local.append(inside)
        outputs = _import_body(ctx, node, function)
        for name in local:
            ctx.values.pop(name, None)
    return outputs


@importer(LOCAL_FUNCTION, since="10.10", source="10.10:importLocalFunctionImporter")
def call_function_shadowing(ctx: OpContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """A parameter shadows an outside value of its name."""
    function = _function(ctx, node)
    _require_arity(node, function)
    saved: dict[str, object] = {}
    with ctx.name_scope():
        for outside, inside in zip(node.inputs, function.input, strict=True):
            if inside != outside:
                saved[inside] = ctx.values.pop(inside, _ABSENT)
                ctx.values[inside] = _outer_value(ctx, outside)
            require(inside in ctx.values, f"function argument {inside!r} is not known")
        outputs = _import_body(ctx, node, function)
        for name, value in saved.items():
            ctx.values.pop(name, None)
            if value is not _ABSENT:
                ctx.values[name] = value  # type: ignore[assignment]
    return outputs
