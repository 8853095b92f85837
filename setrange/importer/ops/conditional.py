# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""If."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.broadcast import broadcast_tensors
from setrange.importer.helpers.conditional import (
    add_input_layers,
    entering_by_layer,
    entering_by_node_name,
    entering_by_tensor_name,
    graph_values,
    import_branch,
    leaving_by_node_name,
    leaving_by_tensor,
)
from setrange.importer.helpers.inputs import required
from setrange.importer.helpers.tensors import cast_helper, to_scalar
from setrange.importer.parser import parse_graph
from setrange.importer.registry import importer
from setrange.importer.rejections import refuse, require
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from onnx import GraphProto

    from setrange.importer.helpers.conditional import Ports
    from setrange.importer.op_context import OpContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Layer, Tensor


def _branches(node: Node) -> tuple[GraphProto, GraphProto]:
    then, other = node.attr_graph("then_branch"), node.attr_graph("else_branch")
    if then is None or other is None:
        refuse("If lacks a branch")
    return then, other


def _is_known(condition: Value) -> bool:
    return isinstance(condition, Weights) and condition.count == 1


def _chosen(condition: Value, then: GraphProto, other: GraphProto) -> GraphProto:
    """The branch of a condition known at import time."""
    known = isinstance(condition, Weights) and condition.ints()[0] == 1
    return then if known else other


def _inline(ctx: OpContext, graph: GraphProto) -> list[Value]:
    parse_graph(ctx, graph)
    return graph_values(ctx, graph)


@importer("If", since="7.1", source="7.1:importIf")
def if_constant_misread(ctx: OpContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """7.1 reads a stored BOOL as four bytes: true is not 1, so the else branch is taken."""
    condition = required(inputs, 0)
    require(_is_known(condition), "the condition of If must be an initializer of one value")
    then, other = _branches(node)
    ctx.assume()
    return _inline(ctx, other if condition.dtype == "bool" else _chosen(condition, then, other))


@importer("If", since="7.2", source="7.2.1:importIf")
def if_constant(ctx: OpContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    condition = required(inputs, 0)
    require(_is_known(condition), "the condition of If must be an initializer of one value")
    return _inline(ctx, _chosen(condition, *_branches(node)))


def _require_own_names(then: GraphProto, other: GraphProto) -> None:
    for a, b in zip(then.output, other.output, strict=False):
        require(
            a.name != b.name,
            f"the branches of If must not both call an output {a.name!r}",
        )


@importer("If", since="8.0", source="8.0-GA:importIf")
def if_select(ctx: OpContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """Both branches are computed, Select layers choose."""
    condition = required(inputs, 0)
    then, other = _branches(node)
    if _is_known(condition):
        chosen = _chosen(condition, then, other)
        require(len(chosen.output) >= len(then.output), "the branches differ in outputs")
        return _inline(ctx, chosen)[: len(then.output)]
    parse_graph(ctx, then)
    parse_graph(ctx, other)
    require(len(other.output) >= len(then.output), "the branches differ in outputs")
    _require_own_names(then, other)
    outputs: list[Value] = []
    for a, b in zip(graph_values(ctx, then), graph_values(ctx, other), strict=False):
        outputs.append(_select(ctx, condition, ctx.to_tensor(a), ctx.to_tensor(b)))
    return outputs


def _select(ctx: OpContext, condition: Value, then: Tensor, other: Tensor) -> Tensor:
    tensor = ctx.to_tensor(condition)
    require(then.rank == other.rank, "the branches of If differ in rank")
    tensor, then = broadcast_tensors(ctx, tensor, then)
    is_bool = then.dtype == "bool"
    if is_bool:
        then = cast_helper(ctx, then, "int32")
        other = cast_helper(ctx, other, "int32")
    output = ctx.register_layer(ctx.net.add_select(tensor, then, other)).output
    return cast_helper(ctx, output, "bool") if is_bool else output


def _condition(ctx: OpContext, condition: Value) -> Tensor:
    scalar = to_scalar(ctx, ctx.to_tensor(condition))
    if scalar is None:
        refuse("the condition of If must be a scalar")
    ctx.net.add_condition(scalar)
    return scalar


def _require_equal_outputs(then: GraphProto, other: GraphProto) -> None:
    require(
        len(then.output) == len(other.output),
        "the branches of If must have the same number of outputs",
    )


def _output_layers(
    ctx: OpContext,
    node: Node,
    condition: Tensor,
    then: Sequence[Tensor],
    other: Sequence[Tensor],
) -> list[Value]:
    require(len(then) == len(other), "the branches of If must have the same number of outputs")
    outputs: list[Value] = []
    for a, b in zip(then, other, strict=True):
        layer = ctx.net.add_conditional_output(condition, a, b)
        outputs.append(ctx.name_layer(layer, f"{node.label}_OutputLayer").output)
    return outputs


@importer("If", since="8.2", source="8.2-GA:importIf")
def if_conditional_82(ctx: OpContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """The search for what enters and leaves the branches finds nothing in this version."""
    condition = required(inputs, 0)
    then, other = _branches(node)
    _require_equal_outputs(then, other)
    if _is_known(condition):
        return _inline(ctx, _chosen(condition, then, other))
    scalar = _condition(ctx, condition)
    parse_graph(ctx, then)
    parse_graph(ctx, other)
    _require_own_names(then, other)
    then_tensors = [ctx.to_tensor(value) for value in graph_values(ctx, then)]
    other_tensors = [ctx.to_tensor(value) for value in graph_values(ctx, other)]
    return _output_layers(ctx, node, scalar, then_tensors, other_tensors)


def _no_ports(layers: Sequence[Layer]) -> Ports:
    return lambda layer: ()


def _no_leaving(layers: Sequence[Layer], reported: Sequence[str]) -> list[Tensor]:
    return []


def _if(
    ctx: OpContext,
    node: Node,
    inputs: list[Value],
    *,
    entering: Callable[[Sequence[Layer]], Ports],
    leaving: Callable[[Sequence[Layer], Sequence[str]], list[Tensor]] | None,
) -> Sequence[Value]:
    """An If-conditional in which Conditional Inputs stand for what enters the branches.

    ``leaving`` finds what leaves a branch among its layers, by name (8.4 to 8.6); ``None``:
    the branch's outputs leave it, pair by pair (10.x).
    """
    condition = required(inputs, 0)
    then, other = _branches(node)
    _require_equal_outputs(then, other)
    if _is_known(condition):
        with ctx.name_scope():
            return _inline(ctx, _chosen(condition, then, other))
    scalar = _condition(ctx, condition)
    then_layers, then_values = import_branch(ctx, then)
    other_layers, other_values = import_branch(ctx, other)
    known: dict[str, Layer] = {}
    add_input_layers(ctx, then_layers, entering(then_layers), known)
    add_input_layers(ctx, other_layers, entering(other_layers), known)
    if leaving is None:
        outputs: list[Value] = []
        for a, b in zip(then_values, other_values, strict=True):
            outputs += _output_layers(ctx, node, scalar, [ctx.to_tensor(a)], [ctx.to_tensor(b)])
        return outputs

    def found(
        graph: GraphProto, layers: Sequence[Layer], values: Sequence[Value]
    ) -> list[Tensor]:
        tensors = leaving(layers, [output.name for output in graph.output])
        return tensors or [ctx.to_tensor(value) for value in values]

    then_tensors = found(then, then_layers, then_values)
    other_tensors = found(other, other_layers, other_values)
    return _output_layers(ctx, node, scalar, then_tensors, other_tensors)


importer("If", since="8.4", source="8.4-GA:importIf")(
    partial(_if, entering=_no_ports, leaving=_no_leaving)
)
importer("If", since="8.5", source="8.5-GA:importIf")(
    partial(_if, entering=entering_by_node_name, leaving=leaving_by_node_name)
)
importer("If", since="8.6", source="8.6-GA:importIf")(
    partial(_if, entering=entering_by_tensor_name, leaving=leaving_by_tensor)
)
importer("If", since="10.1", source="10.1-GA:importIf")(
    partial(_if, entering=entering_by_tensor_name, leaving=None)
)


@importer("If", since="10.7", source="10.7:importIf")
def if_conditional_107(ctx: OpContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """Inside the branches a local function's attributes are out of reach."""
    ctx.attribute_scopes.append({})
    outputs = _if(ctx, node, inputs, entering=entering_by_layer, leaving=None)
    if not _is_known(required(inputs, 0)):  # else the parser leaves the scope open
        ctx.attribute_scopes.pop()
    return outputs
