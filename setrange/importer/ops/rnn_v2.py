# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""TRT_RNNv2: a recurrent network in one layer, from files TensorRT's tools wrote (to 8.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.helpers.inputs import required_tensor, required_weights
from setrange.importer.registry import history, importer, removed
from setrange.importer.rejections import require
from setrange.network import Layer, LayerKind, Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Shape

#: Operation -> number of gates.
_GATES = {"relu": 1, "tanh": 1, "lstm": 4, "gru": 3}

_REQUIRED = (
    "layer_count",
    "hidden_size",
    "max_seq_length",
    "has_hidden_state",
    "has_seq_lengths",
)


@importer("TRT_RNNv2", since="7.0", source="8.6-GA:importTRT_RNNv2")
def rnn_v2(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    missing = [name for name in _REQUIRED if not node.has(name)]
    require(not missing, f"TRT_RNNv2 lacks the attributes {missing}")
    op, mode = node.attr_str("rnn_op"), node.attr_str("input_mode")
    direction = node.attr_str("direction")
    require(op in _GATES, f"unknown rnn_op {op!r}")
    require(mode in ("skip", "linear"), f"unknown input_mode {mode!r}")
    require(direction in ("unidirection", "bidirection"), f"unknown direction {direction!r}")
    directions = 2 if direction == "bidirection" else 1
    data = required_tensor(inputs, 0)
    tensors: list[Tensor | None] = [data, None, None, None]
    counter = 1
    given = (
        node.attr_int("has_hidden_state"),
        op == "lstm" and node.attr_int("has_cell_state"),
        node.attr_int("has_seq_lengths"),
    )
    for slot, is_given in enumerate(given, start=1):
        if is_given:
            tensors[slot] = required_tensor(inputs, counter)
            counter += 1
    while tensors[-1] is None:
        tensors.pop()
    layers = node.attr_int("layer_count") * directions
    for n in range(layers):
        has_input_weights = n >= directions or mode == "linear"
        for _ in range(_GATES[op] * (4 if has_input_weights else 3)):
            required_weights(inputs, counter)
            counter += 1
    layer = ctx.net.add(
        LayerKind.RNN,
        tensors,
        dtypes=[data.dtype] * (3 if op == "lstm" else 2),
        infer_shapes=_infer,
        op=op,
        hidden=node.attr_int("hidden_size"),
        layers=layers,
        directions=directions,
    )
    ctx.register_layer(layer)
    return list(layer.outputs)


def _infer(layer: Layer) -> list[Shape]:
    """(batch..., sequence, hidden), then the last state of every layer."""
    tensor = layer.inputs[0]
    shape = () if tensor is None else tensor.shape
    require(len(shape) >= 2, "TRT_RNNv2 takes (batch..., sequence, elements)")
    hidden = layer.params["hidden"]
    states = (*shape[:-2], layer.params["layers"], hidden)
    sequence = (*shape[:-1], layer.params["directions"] * hidden)
    return [sequence, *[states] * (len(layer.outputs) - 1)]


history("TRT_RNNv2", removed("10.1", symbol="onnxOpImporters.cpp"))
