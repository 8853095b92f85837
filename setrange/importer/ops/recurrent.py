# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""LSTM, GRU, RNN: a loop over the sequence."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.recurrent import Recurrent, RecurrentStyle, int32_dimension
from setrange.importer.helpers.rnn_activations import recurrent_activations
from setrange.importer.helpers.slices import constant_of_shape, legacy_constant_of_shape
from setrange.importer.helpers.tensors import axis_length, unsqueeze_tensor
from setrange.importer.registry import checker, importer
from setrange.importer.rejections import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Tensor

_LSTM_ACTIVATIONS = ("Sigmoid", "Tanh", "Tanh")
_GRU_ACTIVATIONS = ("Sigmoid", "Tanh")
_RNN_ACTIVATIONS = ("Tanh",)


def _lstm(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    style: RecurrentStyle,
    by_need: bool = True,
) -> Sequence[Value]:
    _require_separate_gates(node)
    rnn = Recurrent(ctx, node, inputs, style)
    weights, recurrence_weights = rnn.tensor(1), rnn.tensor(2)
    gate_act, cell_act, hidden_act = recurrent_activations(
        node, _LSTM_ACTIVATIONS, by_need=by_need
    )
    bias = rnn.combined_bias(4)
    shape = rnn.state_shape()
    initial_hidden = rnn.initial_value(5, lambda: shape)
    initial_cell = rnn.initial_value(6, lambda: shape)
    x = rnn.enter()
    hidden = ctx.register_layer(ctx.net.add_recurrence(initial_hidden))
    cell = ctx.net.add_recurrence(initial_cell)
    gates = rnn.multiply(x, weights)
    gates = rnn.combine(gates, rnn.multiply(hidden.output, recurrence_weights), "sum")
    if bias is not None:
        gates = rnn.combine(gates, bias, "sum")
    peephole = rnn.tensor(7) if rnn.given(7) else None

    def gate(index: int, state: Tensor) -> Tensor:
        """The gate, activated; a peephole lets it see the cell state."""
        value = rnn.gate(gates, index, shape)
        if peephole is not None:
            size = (rnn.directions, rnn.hidden)
            weight = rnn.slice(peephole, (0, index * rnn.hidden), size)
            weight = unsqueeze_tensor(ctx, weight, [1])
            value = rnn.combine(value, rnn.combine(weight, state, "prod"), "sum")
        return rnn.activate(value, gate_act)

    i = gate(0, cell.output)
    f = gate(2, cell.output)
    c = rnn.activate(rnn.gate(gates, 3, shape), cell_act)
    updated = rnn.combine(i, c, "prod")
    kept = rnn.combine(f, cell.output, "prod")
    next_cell = rnn.combine(kept, updated, "sum")
    if style.sequence_lengths:
        single_pass = rnn.single_pass_shape(lambda: shape)
        next_cell = rnn.next_state(cell.output, next_cell, single_pass)
    cell.set_input(1, next_cell)
    o = gate(1, next_cell)
    next_hidden = rnn.combine(o, rnn.activate(next_cell, hidden_act), "prod")
    if style.sequence_lengths:
        next_hidden = rnn.next_state(hidden.output, next_hidden, single_pass)
    hidden.set_input(1, next_hidden)
    if not style.sequence_lengths:
        single_pass = rnn.single_pass_shape(lambda: shape)
    return rnn.outputs(next_hidden, single_pass, hidden, cell)


def _require_separate_gates(node: Node) -> None:
    require(not node.attr_int("input_forget"), "LSTM with coupled input and forget gates")


def _gru(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    style: RecurrentStyle,
    bias_by_direction: bool = True,
) -> Sequence[Value]:
    """``bias_by_direction``: biases are (directions, 1, n); else (1, directions, n), 7.0."""
    rnn = Recurrent(ctx, node, inputs, style)
    n, h = rnn.directions, rnn.hidden
    weights, recurrence_weights = rnn.tensor(1), rnn.tensor(2)
    gate_act, hidden_act = recurrent_activations(node, _GRU_ACTIVATIONS)
    directions = ctx.add_constant([n], "int32", (1,))
    hidden_size = ctx.add_constant([h], "int32", (1,))
    doubled = ctx.add_constant([2 * h], "int32", (1,))
    elements = rnn.length(2, (1,))

    def rows(start: int, count: Tensor) -> Tensor:
        """Rows of W from ``start`` on, for all directions."""
        begin = ctx.add_constant([0, start, 0], "int32", (3,))
        size = ctx.net.add_concatenation([directions, count, elements]).output
        layer = ctx.net.add_slice(weights, None, None, (1, 1, 1))
        layer.set_input(1, begin)
        layer.set_input(2, size)
        return layer.output

    weights_zr, weights_h = rows(0, doubled), rows(2 * h, hidden_size)
    recurrence_zr = rnn.slice(recurrence_weights, (0, 0, 0), (n, 2 * h, h))
    recurrence_h = rnn.slice(recurrence_weights, (0, 2 * h, 0), (n, h, h))
    biases: list[Tensor] = []
    if rnn.given(3):
        lead = (n, 1) if bias_by_direction else (1, n)
        stacked = ctx.net.add_shuffle(
            rnn.tensor(3), reshape=(*lead, 6 * h), zero_is_placeholder=not bias_by_direction
        ).output
        biases = [
            rnn.slice(stacked, (0, 0, start * h), (*lead, count * h))
            for start, count in ((0, 2), (2, 1), (3, 2), (5, 1))
        ]
    shape = rnn.state_shape()
    x = rnn.enter()
    hidden = ctx.net.add_recurrence(rnn.initial_value(5, lambda: shape))
    ctx.register_layer(hidden)
    zr = rnn.multiply(x, weights_zr)
    zr = rnn.combine(zr, rnn.multiply(hidden.output, recurrence_zr), "sum")
    if biases:
        zr = rnn.combine(zr, biases[0], "sum")
        zr = rnn.combine(zr, biases[2], "sum")
    zr = rnn.activate(zr, gate_act)
    z, r = rnn.gate(zr, 0, shape), rnn.gate(zr, 1, shape)
    from_input = rnn.multiply(x, weights_h)
    if not node.attr_int("linear_before_reset"):
        reset = rnn.combine(r, hidden.output, "prod")
        candidate = rnn.combine(from_input, rnn.multiply(reset, recurrence_h), "sum")
        if biases:
            bias = rnn.combine(biases[3], biases[1], "sum")
            candidate = rnn.combine(candidate, bias, "sum")
    else:
        from_state = rnn.multiply(hidden.output, recurrence_h)
        if biases:
            from_state = rnn.combine(from_state, biases[3], "sum")
        from_state = rnn.combine(r, from_state, "prod")
        if biases:
            from_state = rnn.combine(from_state, biases[1], "sum")
        candidate = rnn.combine(from_input, from_state, "sum")
    candidate = rnn.activate(candidate, hidden_act)
    # (1 - z) * candidate + z * state, the operands' layers added right to left.
    kept = rnn.combine(z, hidden.output, "prod")
    one = ctx.add_constant([1.0], "float32", (1, 1, 1))
    updated = rnn.combine(rnn.combine(one, z, "sub"), candidate, "prod")
    next_hidden = rnn.combine(updated, kept, "sum")
    single_pass = rnn.single_pass_shape(lambda: shape)
    next_hidden = rnn.next_state(hidden.output, next_hidden, single_pass)
    hidden.set_input(1, next_hidden)
    return rnn.outputs(next_hidden, single_pass, hidden)


def _rnn(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, style: RecurrentStyle
) -> Sequence[Value]:
    rnn = Recurrent(ctx, node, inputs, style)
    weights, recurrence_weights = rnn.tensor(1), rnn.tensor(2)
    (activation,) = recurrent_activations(node, _RNN_ACTIVATIONS)
    bias = rnn.combined_bias(1)
    initial_hidden = rnn.initial_value(5, rnn.state_shape)
    x = rnn.enter()
    hidden = ctx.register_layer(ctx.net.add_recurrence(initial_hidden))
    state = rnn.multiply(x, weights)
    state = rnn.combine(state, rnn.multiply(hidden.output, recurrence_weights), "sum")
    if bias is not None:
        state = rnn.combine(state, bias, "sum")
    state = rnn.activate(state, activation)
    single_pass = rnn.single_pass_shape(rnn.state_shape)
    state = rnn.next_state(hidden.output, state, single_pass)
    hidden.set_input(1, state)
    return rnn.outputs(state, single_pass, hidden)


_STYLE_71 = RecurrentStyle(length=axis_length, fill=legacy_constant_of_shape)
_STYLE_70 = replace(_STYLE_71, sequence_lengths=False)
_STYLE_86 = replace(_STYLE_71, fill=constant_of_shape)
_STYLE_101 = replace(
    _STYLE_86, length=int32_dimension, counter_dtype="int64", casts_counter=True
)
_STYLE_106 = replace(_STYLE_101, optional_outputs=True)

for _since, _style in {
    "7.0": _STYLE_70,
    "7.1": _STYLE_71,
    "8.6": _STYLE_86,
    "10.1": _STYLE_101,
    "10.6": _STYLE_106,
}.items():
    _legacy = _since in ("7.0", "7.1")
    importer("RNN", since=_since, source=f"{_since}:importRNN")(partial(_rnn, style=_style))
    importer("GRU", since=_since, source=f"{_since}:importGRU")(
        partial(_gru, style=_style, bias_by_direction=_style.sequence_lengths)
    )
    importer("LSTM", since=_since, source=f"{_since}:importLSTM")(
        partial(_lstm, style=_style, by_need=not _legacy)
    )

importer("LSTM", since="8.0", source="8.0-GA:importLSTM")(partial(_lstm, style=_STYLE_71))


@checker("LSTM", "GRU", "RNN", since="10.1", source="10.1-GA:checkLSTM")
def check_recurrent(ctx: ImporterContext, node: Node) -> None:
    if node.op == "LSTM":
        _require_separate_gates(node)
        recurrent_activations(node, _LSTM_ACTIVATIONS, by_need=True)
    else:
        recurrent_activations(node, _GRU_ACTIVATIONS if node.op == "GRU" else _RNN_ACTIVATIONS)
