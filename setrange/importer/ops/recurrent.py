# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""LSTM, GRU and RNN as loops of simple layers; TRT_RNNv2 in one layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.helpers.recurrent import Recurrent, RecurrentRules, recurrent_activations
from setrange.importer.op_context import OpContext
from setrange.importer.registry import history, removed, since
from setrange.importer.rejections import require
from setrange.network import LayerKind

if TYPE_CHECKING:
    from setrange.importer.op_types import Computed, Layer, Outputs, Shape, Tensor
    from setrange.network.modes import RnnOp

_ACTIVATIONS = {
    "LSTM": ("Sigmoid", "Tanh", "Tanh"),
    "GRU": ("Sigmoid", "Tanh"),
    "RNN": ("Tanh",),
}


def _lstm(ctx: OpContext, *, rules: RecurrentRules) -> Outputs:
    separate = not ctx.node.attr_int("input_forget")
    require(separate, "LSTM must not have coupled input and forget gates")
    rnn = Recurrent(ctx, rules)
    weights, recurrence_weights = ctx.input_tensor(1), ctx.input_tensor(2)
    gate_act, cell_act, hidden_act = recurrent_activations(
        ctx.node, _ACTIVATIONS["LSTM"], by_need=rules.by_need
    )
    bias = rnn.combined_bias(4)
    shape = rnn.state_shape()
    initial_hidden = rnn.initial_value(5, lambda: shape)
    initial_cell = rnn.initial_value(6, lambda: shape)
    x = rnn.enter()
    hidden = ctx.register_layer(ctx.net.add_recurrence(initial_hidden))
    cell = ctx.net.add_recurrence(initial_cell)
    gates = rnn.weighted(x, weights, hidden, recurrence_weights)
    if bias is not None:
        gates = ctx.combine(gates, bias, "sum")
    peephole = ctx.input_tensor(7) if ctx.present(7) else None

    def gate(index: int, state: Tensor) -> Tensor:
        """The gate, activated; a peephole lets it see the cell state."""
        value = rnn.gate(gates, index, shape)
        if peephole is not None:
            size = (rnn.directions, rnn.hidden)
            weight = rnn.slice(peephole, (0, index * rnn.hidden), size)
            weight = ctx.unsqueeze(weight, [1])
            value = ctx.combine(value, ctx.combine(weight, state, "prod"), "sum")
        return rnn.activate(value, gate_act)

    i, f = gate(0, cell.output), gate(2, cell.output)
    c = rnn.activate(rnn.gate(gates, 3, shape), cell_act)
    updated = ctx.combine(i, c, "prod")
    kept = ctx.combine(f, cell.output, "prod")
    next_cell = ctx.combine(kept, updated, "sum")
    if rules.sequence_lengths:
        single_pass = rnn.single_pass_shape(lambda: shape)
        next_cell = rnn.next_state(cell.output, next_cell, single_pass)
    cell.set_input(1, next_cell)
    o = gate(1, next_cell)
    next_hidden = ctx.combine(o, rnn.activate(next_cell, hidden_act), "prod")
    if rules.sequence_lengths:
        next_hidden = rnn.next_state(hidden.output, next_hidden, single_pass)
    hidden.set_input(1, next_hidden)
    if not rules.sequence_lengths:
        single_pass = rnn.single_pass_shape(lambda: shape)
    return rnn.outputs(next_hidden, single_pass, hidden, cell)


def _gru(ctx: OpContext, *, rules: RecurrentRules) -> Outputs:
    rnn = Recurrent(ctx, rules)
    n, h = rnn.directions, rnn.hidden
    weights, recurrence_weights = ctx.input_tensor(1), ctx.input_tensor(2)
    gate_act, hidden_act = recurrent_activations(ctx.node, _ACTIVATIONS["GRU"])
    directions = ctx.add_constant([n], "int32", (1,))
    hidden_size = ctx.add_constant([h], "int32", (1,))
    doubled = ctx.add_constant([2 * h], "int32", (1,))
    elements = rnn.length(2, (1,))

    def rows(start: int, count: Tensor) -> Tensor:
        """Rows of W from ``start`` on, for all directions."""
        begin = ctx.add_constant([0, start, 0], "int32", (3,))
        size = ctx.net.add_concatenation([directions, count, elements]).output
        return ctx.slice_by_tensors(weights, begin, size).output

    weights_zr, weights_h = rows(0, doubled), rows(2 * h, hidden_size)
    recurrence_zr = rnn.slice(recurrence_weights, (0, 0, 0), (n, 2 * h, h))
    recurrence_h = rnn.slice(recurrence_weights, (0, 2 * h, 0), (n, h, h))
    biases: list[Tensor] = []
    if ctx.present(3):
        by_direction = rules.sequence_lengths  # as the parser of the same release, 7.1
        lead = (n, 1) if by_direction else (1, n)
        stacked = ctx.net.add_shuffle(
            ctx.input_tensor(3), reshape=(*lead, 6 * h), zero_is_placeholder=not by_direction
        ).output
        biases = [
            rnn.slice(stacked, (0, 0, start * h), (*lead, count * h))
            for start, count in ((0, 2), (2, 1), (3, 2), (5, 1))
        ]
    shape = rnn.state_shape()
    x = rnn.enter()
    hidden = ctx.net.add_recurrence(rnn.initial_value(5, lambda: shape))
    ctx.register_layer(hidden)
    zr = rnn.weighted(x, weights_zr, hidden, recurrence_zr)
    if biases:
        zr = ctx.combine(zr, biases[0], "sum")
        zr = ctx.combine(zr, biases[2], "sum")
    zr = rnn.activate(zr, gate_act)
    z, r = rnn.gate(zr, 0, shape), rnn.gate(zr, 1, shape)
    from_input = rnn.multiply(x, weights_h)
    if not ctx.node.attr_int("linear_before_reset"):
        reset = ctx.combine(r, hidden.output, "prod")
        candidate = ctx.combine(from_input, rnn.multiply(reset, recurrence_h), "sum")
        if biases:
            bias = ctx.combine(biases[3], biases[1], "sum")
            candidate = ctx.combine(candidate, bias, "sum")
    else:
        from_state = rnn.multiply(hidden.output, recurrence_h)
        if biases:
            from_state = ctx.combine(from_state, biases[3], "sum")
        from_state = ctx.combine(r, from_state, "prod")
        if biases:
            from_state = ctx.combine(from_state, biases[1], "sum")
        candidate = ctx.combine(from_input, from_state, "sum")
    candidate = rnn.activate(candidate, hidden_act)
    # (1 - z) * candidate + z * state, the operands' layers added right to left.
    kept = ctx.combine(z, hidden.output, "prod")
    one = ctx.add_constant([1.0], "float32", (1, 1, 1))
    updated = ctx.combine(ctx.combine(one, z, "sub"), candidate, "prod")
    next_hidden = ctx.combine(updated, kept, "sum")
    single_pass = rnn.single_pass_shape(lambda: shape)
    next_hidden = rnn.next_state(hidden.output, next_hidden, single_pass)
    hidden.set_input(1, next_hidden)
    return rnn.outputs(next_hidden, single_pass, hidden)


def _rnn(ctx: OpContext, *, rules: RecurrentRules) -> Outputs:
    rnn = Recurrent(ctx, rules)
    weights, recurrence_weights = ctx.input_tensor(1), ctx.input_tensor(2)
    (activation,) = recurrent_activations(ctx.node, _ACTIVATIONS["RNN"])
    bias = rnn.combined_bias(1)
    initial_hidden = rnn.initial_value(5, rnn.state_shape)
    x = rnn.enter()
    hidden = ctx.register_layer(ctx.net.add_recurrence(initial_hidden))
    state = rnn.weighted(x, weights, hidden, recurrence_weights)
    if bias is not None:
        state = ctx.combine(state, bias, "sum")
    state = rnn.activate(state, activation)
    single_pass = rnn.single_pass_shape(rnn.state_shape)
    state = rnn.next_state(hidden.output, state, single_pass)
    hidden.set_input(1, state)
    return rnn.outputs(state, single_pass, hidden)


#: Operation -> number of gates.
_GATES: dict[RnnOp, int] = {"relu": 1, "tanh": 1, "lstm": 4, "gru": 3}

_REQUIRED = (
    "layer_count",
    "hidden_size",
    "max_seq_length",
    "has_hidden_state",
    "has_seq_lengths",
)


def _rnn_v2(ctx: OpContext, data: Computed) -> Outputs:
    missing = [name for name in _REQUIRED if not ctx.node.has(name)]
    require(not missing, f"TRT_RNNv2 lacks the attributes {missing}")
    op = ctx.one_of("rnn_op", tuple(_GATES))
    mode = ctx.one_of("input_mode", ("skip", "linear"))
    direction = ctx.one_of("direction", ("unidirection", "bidirection"))
    directions = 2 if direction == "bidirection" else 1
    tensors: list[Tensor | None] = [data, None, None, None]
    counter = 1
    given = (
        ctx.node.attr_int("has_hidden_state"),
        op == "lstm" and ctx.node.attr_int("has_cell_state"),
        ctx.node.attr_int("has_seq_lengths"),
    )
    for slot, is_given in enumerate(given, start=1):
        if is_given:
            tensors[slot] = ctx.required_tensor(counter)
            counter += 1
    while tensors[-1] is None:
        tensors.pop()
    layers = ctx.node.attr_int("layer_count") * directions
    for n in range(layers):
        has_input_weights = n >= directions or mode == "linear"
        for _ in range(_GATES[op] * (4 if has_input_weights else 3)):
            ctx.required_weights(counter)
            counter += 1
    layer = ctx.net.add(
        LayerKind.RNN,
        tensors,
        dtypes=[data.dtype] * (3 if op == "lstm" else 2),
        infer_shapes=_infer_rnn_v2,
        op=op,
        hidden=ctx.node.attr_int("hidden_size"),
        layers=layers,
        directions=directions,
    )
    return ctx.register_layer(layer).outputs


def _infer_rnn_v2(layer: Layer) -> list[Shape]:
    """(batch..., sequence, hidden), then the last state of every layer."""
    tensor = layer.inputs[0]
    shape = () if tensor is None else tensor.shape
    require(len(shape) >= 2, "TRT_RNNv2 takes (batch..., sequence, elements)")
    hidden = layer.params["hidden"]
    states = (*shape[:-2], layer.params["layers"], hidden)
    sequence = (*shape[:-1], layer.params["directions"] * hidden)
    return [sequence, *[states] * (len(layer.outputs) - 1)]


# -- change log -------------------------------------------------------------------------

history(
    "LSTM",
    since("7.0", _lstm, RecurrentRules()),
    since("7.1", sequence_lengths=True),
    since("8.0", by_need=True),
    since("8.6", repeat=OpContext.repeat),
    since("10.6", optional_outputs=True),
)
for _op, _handler in {"GRU": _gru, "RNN": _rnn}.items():
    history(
        _op,
        since("7.0", _handler, RecurrentRules()),
        since("7.1", sequence_lengths=True),
        since("8.6", repeat=OpContext.repeat),
        since("10.6", optional_outputs=True),
    )
history(
    "TRT_RNNv2", since("7.0", _rnn_v2), since("10.1", removed, symbol="onnxOpImporters.cpp")
)
