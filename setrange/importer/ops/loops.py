# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Loop and Scan: the body is imported once, its state carried by Recurrence layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.conditional import graph_values
from setrange.importer.helpers.inputs import optional, present, required
from setrange.importer.helpers.recurrent import add_counter, int32_dimension
from setrange.importer.helpers.tensors import (
    axis_length,
    cast_helper,
    convert_axis,
    to_scalar,
)
from setrange.importer.parser import parse_graph
from setrange.importer.registry import importer
from setrange.importer.rejections import refuse, require
from setrange.importer.shape_value import INT32_MAX
from setrange.model.weights import Weights
from setrange.network import MAX_DIMS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from onnx import GraphProto

    from setrange.importer.op_context import OpContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Layer, Tensor
    from setrange.network.modes import LoopOutputMode

#: Length of a Loop's scan outputs where it has no trip count.
_DUMMY_LENGTH = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopStyle:
    """How one parser version builds Loop.

    Attributes:
        counter: What the body's iteration number is: ``limit`` the trip count itself (7.0),
            ``""`` nothing (7.1), ``vector`` a counter of shape (1,), ``scalar`` a counter.
        counter_dtype: Type of that counter.
        endless_count: A trip count of at least INT32's largest value is none (8.5 on).
        casts_limit: The trip count is cast to INT32 (10.x).
        condition_recurs: The body's condition ends the loop (8.0 on); else the outer one.
        names_state: The first state carries the node's name, and must exist (7.1).
    """

    counter: str = "scalar"
    counter_dtype: str = "int32"
    endless_count: bool = True
    casts_limit: bool = False
    condition_recurs: bool = True
    names_state: bool = False


def _body(node: Node, inputs: int) -> GraphProto:
    body = node.attr_graph("body")
    if body is None:
        refuse(f"{node.op} has no body")
    require(
        len(body.input) >= inputs,
        f"the body of {node.op} takes {len(body.input)} inputs, the node has {inputs}",
    )
    return body


def _scalar(ctx: OpContext, value: Value, what: str) -> Tensor:
    scalar = to_scalar(ctx, ctx.to_tensor(value))
    if scalar is None:
        refuse(f"the {what} must be a scalar")
    return scalar


def _is_endless(ctx: OpContext, count: Value) -> bool:
    """True for what exporters write to mean "until the condition is false"."""
    if not isinstance(count, Weights):
        return False
    integer = "int64" if ctx.profile.native_int64 else "int32"
    return count.dtype == integer and count.ints()[0] >= INT32_MAX


def _trip_limit(
    ctx: OpContext, inputs: list[Value], name: str, style: LoopStyle
) -> Tensor | None:
    """Bound the loop by its trip count, and bind the body's iteration number."""
    count = inputs[0]
    if not present(inputs, 0) or (style.endless_count and _is_endless(ctx, count)):
        return None
    limit = _scalar(ctx, count, "trip count")
    if style.casts_limit:
        limit = cast_helper(ctx, limit, "int32")
    ctx.net.add_trip_limit(limit)
    if style.counter == "limit":
        ctx.register_tensor(limit, name)
    elif style.counter:
        counter = add_counter(ctx, style.counter_dtype)
        if style.counter == "scalar":
            counter = _scalar(ctx, counter, "loop counter")
        ctx.register_tensor(counter, name)
    return limit


def _state_output(ctx: OpContext, state: Layer, value: Value) -> Tensor:
    """Carry a body's output to the next iteration, and out of the loop at the end."""
    state.set_input(1, ctx.to_tensor(value))
    return ctx.net.add_loop_output(state.output, "last_value").output


def _loop(
    ctx: OpContext, node: Node, inputs: list[Value], *, style: LoopStyle
) -> Sequence[Value]:
    require(len(inputs) >= 2, "Loop takes at least two inputs")
    body = _body(node, len(inputs))
    names = [value.name for value in body.input]
    with ctx.name_scope():
        limit = _trip_limit(ctx, inputs, names[0], style)
        condition = None
        if present(inputs, 1):
            condition = _scalar(ctx, inputs[1], "condition")
            if not style.condition_recurs:
                ctx.net.add_trip_limit(condition, "while")
            ctx.register_tensor(condition, names[1])
        states: list[Layer] = []
        for value, name in zip(inputs[2:], names[2:], strict=False):
            states.append(ctx.net.add_recurrence(ctx.to_tensor(value)))
            ctx.register_tensor(states[-1].output, name)
        if style.names_state:
            require(states, "a Loop without state is not supported")
            ctx.register_layer(states[0])
        parse_graph(ctx, body)
        if condition is not None and style.condition_recurs:
            _end_by_condition(ctx, condition, body)
        values = graph_values(ctx, body)[1:]
        require(len(values) >= len(states), "the body of Loop lacks outputs")
        outputs: list[Value] = []
        for state, value in zip(states, values, strict=False):
            outputs.append(_state_output(ctx, state, value))
        for value in values[len(states) :]:
            scan = ctx.net.add_loop_output(ctx.to_tensor(value), "concatenate")
            length = limit
            if length is None:
                length = ctx.add_constant(_DUMMY_LENGTH, "int32", ())
            scan.set_input(1, length)
            outputs.append(scan.output)
    return outputs


def _end_by_condition(ctx: OpContext, condition: Tensor, body: GraphProto) -> None:
    recurrence = ctx.net.add_recurrence(condition)
    require(body.output, "the body of Loop has no condition")
    name = body.output[0].name
    require(name in ctx.values, f"the body's condition {name!r} is not produced")
    recurrence.set_input(1, _scalar(ctx, ctx.values[name], "condition"))
    ctx.net.add_trip_limit(recurrence.output, "while")


_STYLE_86 = LoopStyle()
_STYLE_85 = replace(_STYLE_86, counter="vector")
_STYLE_80 = replace(_STYLE_85, endless_count=False)
_STYLE_72 = replace(_STYLE_80, condition_recurs=False)
_STYLE_71 = replace(_STYLE_72, counter="", names_state=True)
_STYLE_70 = replace(_STYLE_72, counter="limit")
_STYLE_101 = replace(_STYLE_86, counter_dtype="int64", casts_limit=True)

for _since, _style in {
    "7.0": _STYLE_70,
    "7.1": _STYLE_71,
    "7.2": _STYLE_72,
    "8.0": _STYLE_80,
    "8.5": _STYLE_85,
    "8.6": _STYLE_86,
    "10.1": _STYLE_101,
}.items():
    importer("Loop", since=_since, source=f"{_since}:importLoop")(partial(_loop, style=_style))


def _integers(node: Node, name: str, count: int, default: int) -> list[int]:
    values = node.attr_ints(name, [default] * count)
    require(len(values) >= count, f"attribute {name} needs {count} values")
    return values


def _axes(node: Node, name: str, count: int, default: int) -> list[int]:
    """Axes as given; a negative one counts from the largest rank TensorRT has."""
    return [convert_axis(axis, MAX_DIMS) for axis in _integers(node, name, count, default)]


def _scan(
    ctx: OpContext,
    node: Node,
    inputs: list[Value],
    *,
    length: Callable[[OpContext, Tensor, int, tuple[int, ...]], Tensor],
    named: bool = True,
) -> Sequence[Value]:
    """``length`` adds a dimension as a tensor; ``named``: the first state has a name."""
    offset = 1 if ctx.opset == 8 else 0
    if offset:
        require(inputs and inputs[0] is None, "Scan does not take sequence_lens")
        inputs = inputs[1:]
    require(node.has("num_scan_inputs"), "Scan lacks the attribute num_scan_inputs")
    scans = node.attr_int("num_scan_inputs")
    states = len(inputs) - scans
    require(scans > 0 and states >= 0, f"Scan has {len(inputs)} inputs, {scans} to scan")
    scan_outputs = len(node.outputs) - states
    require(scan_outputs >= 0, "Scan has fewer outputs than states")
    input_axes = _axes(node, "scan_input_axes", scans, offset)
    output_axes = _axes(node, "scan_output_axes", scan_outputs, offset)
    input_directions = _integers(node, "scan_input_directions", scans, 0)
    output_directions = _integers(node, "scan_output_directions", scan_outputs, 0)
    body = _body(node, len(inputs))
    names = [value.name for value in body.input]

    last = ctx.to_tensor(required(inputs, len(inputs) - 1))
    require(input_axes[-1] < last.rank, "Scan: a scan input axis is outside the input's rank")
    limit = length(ctx, last, input_axes[-1], ())
    ctx.net.add_trip_limit(limit)
    with ctx.name_scope():
        recurrences: list[Layer] = []
        for i in range(states):
            recurrences.append(ctx.net.add_recurrence(ctx.to_tensor(optional(inputs, i))))
            ctx.register_tensor(recurrences[-1].output, names[i])
        if named:
            require(recurrences, "a Scan without state is not supported")
            ctx.register_layer(recurrences[0])
        for i in range(scans):
            tensor = ctx.to_tensor(optional(inputs, states + i))
            reverse = input_directions[i] == 1
            iterator = ctx.net.add_iterator(tensor, input_axes[i], reverse=reverse)
            ctx.register_tensor(iterator.output, names[states + i])
        parse_graph(ctx, body)
        values = graph_values(ctx, body)
        require(len(values) >= states + scan_outputs, "the body of Scan lacks outputs")
        outputs: list[Value] = [
            _state_output(ctx, recurrence, value)
            for recurrence, value in zip(recurrences, values, strict=False)
        ]
        for i, value in enumerate(values[states : states + scan_outputs]):
            mode: LoopOutputMode = "reverse" if output_directions[i] else "concatenate"
            scan = ctx.net.add_loop_output(ctx.to_tensor(value), mode, output_axes[i])
            scan.set_input(1, limit)
            outputs.append(scan.output)
    return outputs


importer("Scan", since="7.0", source="7.0:importScan")(
    partial(_scan, length=axis_length, named=False)
)
importer("Scan", since="7.1", source="7.1:importScan")(partial(_scan, length=axis_length))
importer("Scan", since="10.1", source="10.1-GA:importScan")(
    partial(_scan, length=int32_dimension)
)
