# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Loop and Scan: the body's layers between Recurrence, Iterator and Loop Output layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.importer.helpers.recurrent import add_counter
from setrange.importer.op_context import convert_axis
from setrange.importer.ops.conditional import graph_values
from setrange.importer.parser import parse_graph
from setrange.importer.registry import history, since
from setrange.importer.rejections import refuse, require
from setrange.importer.shape_value import INT32_MAX
from setrange.model.weights import Weights
from setrange.network import MAX_DIMS

if TYPE_CHECKING:
    from onnx import GraphProto

    from setrange.importer.op_types import Layer, Node, OpContext, Outputs, Tensor, Value
    from setrange.network.modes import LoopOutputMode

#: Length of a Loop's scan outputs where it has no trip count.
_DUMMY_LENGTH = 1024


def _body(node: Node, inputs: int) -> GraphProto:
    body = node.attr_graph("body")
    if body is None:
        refuse(f"{node.op} has no body")
    require(
        len(body.input) >= inputs,
        f"the body of {node.op} takes {len(body.input)} inputs, the node has {inputs}",
    )
    return body


def _states(
    ctx: OpContext, values: list[Value], names: list[str], *, named: bool
) -> list[Layer]:
    """Recurrences; ``named``: the first carries the node's name, and must exist."""
    states = []
    for value, name in zip(values, names, strict=False):
        states.append(ctx.net.add_recurrence(ctx.to_tensor(value)))
        ctx.register_tensor(states[-1].output, name)
    if named:
        require(states, f"a {ctx.node.op} without state is not supported")
        ctx.register_layer(states[0])
    return states


def _state_output(ctx: OpContext, state: Layer, value: Value) -> Tensor:
    """Carry a body's output to the next iteration, and out of the loop at the end."""
    state.set_input(1, ctx.to_tensor(value))
    return ctx.net.add_loop_output(state.output, "last_value").output


@dataclass(frozen=True, slots=True, kw_only=True)
class _LoopRules:
    """How one release builds Loop."""

    #: What the body's iteration number is: ``limit`` the trip count itself, ``""`` nothing,
    #: ``vector`` a counter of shape (1,), ``scalar`` a counter.
    counter: str = "limit"
    endless_count: bool = False  #: A trip count of at least INT32's largest value is none.
    condition_recurs: bool = False  #: The body's condition ends the loop; else the outer one.
    names_state: bool = False  #: The first state carries the node's name, and must exist.


def _loop(ctx: OpContext, *, rules: _LoopRules) -> Outputs:
    require(len(ctx.inputs) >= 2, "Loop takes at least two inputs")
    body = _body(ctx.node, len(ctx.inputs))
    names = [value.name for value in body.input]
    with ctx.name_scope():
        limit = _trip_limit(ctx, names[0], rules)
        condition = None
        if ctx.present(1):
            condition = ctx.scalar(ctx.to_tensor(ctx.inputs[1]), "the condition")
            if not rules.condition_recurs:
                ctx.net.add_trip_limit(condition, "while")
            ctx.register_tensor(condition, names[1])
        states = _states(ctx, ctx.inputs[2:], names[2:], named=rules.names_state)
        parse_graph(ctx, body)
        if condition is not None and rules.condition_recurs:
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


def _is_endless(ctx: OpContext, count: Value) -> bool:
    """True for what exporters write to mean "until the condition is false"."""
    if not isinstance(count, Weights):
        return False
    integer = "int64" if ctx.profile.native_int64 else "int32"
    return count.dtype == integer and count.ints()[0] >= INT32_MAX


def _trip_limit(ctx: OpContext, name: str, rules: _LoopRules) -> Tensor | None:
    """Bound the loop by its trip count, and bind the body's iteration number."""
    if not ctx.present(0) or (rules.endless_count and _is_endless(ctx, ctx.inputs[0])):
        return None
    limit = ctx.scalar(ctx.to_tensor(ctx.inputs[0]), "the trip count")
    if ctx.profile.native_int64:
        limit = ctx.cast(limit, "int32")
    ctx.net.add_trip_limit(limit)
    if rules.counter == "limit":
        ctx.register_tensor(limit, name)
    elif rules.counter:
        counter = add_counter(ctx)
        if rules.counter == "scalar":
            counter = ctx.scalar(counter, "the loop counter")
        ctx.register_tensor(counter, name)
    return limit


def _end_by_condition(ctx: OpContext, condition: Tensor, body: GraphProto) -> None:
    recurrence = ctx.net.add_recurrence(condition)
    require(body.output, "the body of Loop has no condition")
    name = body.output[0].name
    require(name in ctx.values, f"the body's condition {name!r} is not produced")
    recurrence.set_input(1, ctx.scalar(ctx.to_tensor(ctx.values[name]), "the condition"))
    ctx.net.add_trip_limit(recurrence.output, "while")


def _integers(node: Node, name: str, count: int, default: int) -> list[int]:
    values = node.attr_ints(name, [default] * count)
    require(len(values) >= count, f"attribute {name} needs {count} values")
    return values


def _axes(node: Node, name: str, count: int, default: int) -> list[int]:
    """Axes as given; a negative one counts from the largest rank TensorRT has."""
    return [convert_axis(axis, MAX_DIMS) for axis in _integers(node, name, count, default)]


def _scan(ctx: OpContext, *, names_state: bool) -> Outputs:
    inputs, offset = ctx.inputs, 1 if ctx.opset == 8 else 0
    if offset:
        require(inputs and inputs[0] is None, "Scan does not take sequence_lens")
        inputs = inputs[1:]
    require(ctx.node.has("num_scan_inputs"), "Scan lacks the attribute num_scan_inputs")
    scans = ctx.node.attr_int("num_scan_inputs")
    states = len(inputs) - scans
    require(scans > 0 and states >= 0, f"Scan has {len(inputs)} inputs, {scans} to scan")
    scan_outputs = len(ctx.node.outputs) - states
    require(scan_outputs >= 0, "Scan has fewer outputs than states")
    input_axes = _axes(ctx.node, "scan_input_axes", scans, offset)
    output_axes = _axes(ctx.node, "scan_output_axes", scan_outputs, offset)
    input_directions = _integers(ctx.node, "scan_input_directions", scans, 0)
    output_directions = _integers(ctx.node, "scan_output_directions", scan_outputs, 0)
    body = _body(ctx.node, len(inputs))
    names = [value.name for value in body.input]

    last = ctx.to_tensor(inputs[-1])
    require(input_axes[-1] < last.rank, "a scan input axis is outside the input's rank")
    limit = ctx.dimension(last, input_axes[-1], ())
    ctx.net.add_trip_limit(limit)
    with ctx.name_scope():
        recurrences = _states(ctx, inputs[:states], names, named=names_state)
        for i, value in enumerate(inputs[states:]):
            tensor, reverse = ctx.to_tensor(value), input_directions[i] == 1
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


# -- change log -------------------------------------------------------------------------

history(
    "Loop",
    since("7.0", _loop, _LoopRules()),
    since("7.1", counter="", names_state=True),
    since("7.2", counter="vector", names_state=False),
    since("8.0", condition_recurs=True),
    since("8.5", endless_count=True),
    since("8.6", counter="scalar"),
)
history("Scan", since("7.0", _scan, names_state=False), since("7.1", names_state=True))
