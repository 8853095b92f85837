# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What LSTM, GRU and RNN share: state shapes, the loop's input, masks, outputs.

Tensors are (sequence, batch, elements); states are (directions, batch, hidden).

Source: onnx/onnx-tensorrt 7.0 to 10.10: RNNHelpers.cpp, LoopHelpers.cpp,
concatenateRNNOutputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.importer.helpers.inputs import present, required
from setrange.importer.helpers.tensors import cast_helper, dimension_of, unsqueeze_tensor
from setrange.importer.rejections import refuse, require

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.helpers.rnn_activations import Activation
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Layer, Tensor
    from setrange.network.modes import ElementwiseOp

__all__ = ["Recurrent", "RecurrentStyle", "add_counter", "int32_dimension"]

_SEQUENCE_LENGTHS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrentStyle:
    """How one parser version builds recurrent ops.

    Attributes:
        length: Adds (tensor, axis, shape) -> the dimension as an INT32 tensor of ``shape``.
        fill: Adds (constant, shape) -> the constant repeated to a shape.
        counter_dtype: Type of the iteration counter.
        casts_counter: The counter is cast to INT32 where it masks.
        sequence_lengths: Input 4 is looked at (7.1 on).
        optional_outputs: Only the outputs that the node names are made (10.6 on).
    """

    length: Callable[[ImporterContext, Tensor, int, tuple[int, ...]], Tensor]
    fill: Callable[[ImporterContext, Tensor, Tensor], Tensor]
    counter_dtype: str = "int32"
    casts_counter: bool = False
    sequence_lengths: bool = True
    optional_outputs: bool = False


def add_counter(ctx: ImporterContext, dtype: str, initial: int = 0) -> Tensor:
    """Count the iterations of a loop (``addLoopCounter``)."""
    start = ctx.add_constant([initial], dtype, (1,))
    one = ctx.add_constant([1], dtype, (1,))
    counter = ctx.net.add_recurrence(start)
    counter.set_input(1, ctx.net.add_elementwise(counter.output, one, "sum").output)
    return counter.output


def int32_dimension(
    ctx: ImporterContext, tensor: Tensor, axis: int, shape: tuple[int, ...]
) -> Tensor:
    """One dimension as an INT32 tensor (``getAxisLength`` of 10.x)."""
    return dimension_of(ctx, tensor, axis, shape, dtype="int32")


class Recurrent:
    """One recurrent node while it is being imported.

    Attributes:
        directions: 2 for a bidirectional node, else 1.
        hidden: The attribute ``hidden_size``.
        input: The sequence.
    """

    def __init__(
        self, ctx: ImporterContext, node: Node, inputs: list[Value], style: RecurrentStyle
    ) -> None:
        require(node.has("hidden_size"), f"{node.op} lacks the attribute hidden_size")
        self.direction = node.attr_str("direction", "forward")
        self.directions = 2 if self.direction == "bidirectional" else 1
        self.hidden = node.attr_int("hidden_size")
        self._clip = node.attr_float("clip", -1.0)
        self._ctx = ctx
        self._node = node
        self._inputs = inputs
        self._style = style
        self.input = ctx.to_tensor(required(inputs, 0))

    # -- inputs -------------------------------------------------------------------------

    def tensor(self, index: int) -> Tensor:
        """Input ``index``, which must be present."""
        return self._ctx.to_tensor(required(self._inputs, index))

    def given(self, index: int) -> bool:
        """True if the node has input ``index``, with values."""
        return present(self._inputs, index)

    def combined_bias(self, gates: int) -> Tensor | None:
        """W's bias plus R's, (directions, 1, gates * hidden)."""
        if not self.given(3):
            return None
        reshaped = self.inner(
            self._ctx.net.add_shuffle(
                self.tensor(3),
                reshape=(self.directions, 2, gates * self.hidden),
                zero_is_placeholder=False,
            )
        )
        layer = self._ctx.net.add_reduce(reshaped.output, "sum", [1], keepdims=True)
        return self.inner(layer).output

    def initial_value(self, index: int, shape: Callable[[], Tensor]) -> Tensor:
        """Input ``index``, else zeros of ``shape``."""
        if self.given(index):
            return self.tensor(index)
        dims = shape()
        return self._style.fill(self._ctx, self._ctx.add_constant([0.0], "float32", (1,)), dims)

    # -- shapes -------------------------------------------------------------------------

    def length(self, axis: int, shape: tuple[int, ...] = ()) -> Tensor:
        """A dimension of the input."""
        require(axis < self.input.rank, f"{self._node.op} takes an input of rank 3")
        return self._style.length(self._ctx, self.input, axis, shape)

    def state_shape(self) -> Tensor:
        """(directions, batch, hidden)."""
        directions = self._ctx.add_constant([self.directions], "int32", (1,))
        hidden = self._ctx.add_constant([self.hidden], "int32", (1,))
        batch = self.length(1, (1,))
        return self.inner(self._ctx.net.add_concatenation([directions, batch, hidden])).output

    def single_pass_shape(self, state_shape: Callable[[], Tensor]) -> Tensor:
        """(1, batch, hidden)."""
        divisor = self._ctx.add_constant([self.directions, 1, 1], "int32", (3,))
        return self._ctx.net.add_elementwise(state_shape(), divisor, "div").output

    # -- layers -------------------------------------------------------------------------

    def inner(self, layer: Layer) -> Layer:
        """Name a layer where the parser names what LSTM and RNN consist of (10.16 on)."""
        return layer if self._node.op == "GRU" else self._ctx.register_inner(layer)

    def combine(self, a: Tensor, b: Tensor, op: ElementwiseOp) -> Tensor:
        """Elementwise ``op``."""
        return self._ctx.net.add_elementwise(a, b, op).output

    def multiply(self, a: Tensor, weights: Tensor) -> Tensor:
        """A * weights^T."""
        layer = self._ctx.net.add_matrix_multiply(a, weights, "none", "transpose")
        return (self.inner(layer) if self._node.op == "RNN" else layer).output

    def slice(self, tensor: Tensor, start: Sequence[int], size: Sequence[int]) -> Tensor:
        """Slice with known start and size."""
        layer = self._ctx.net.add_slice(tensor, start, size, (1,) * len(start))
        return self.inner(layer).output

    def gate(self, gates: Tensor, index: int, shape: Tensor) -> Tensor:
        """Gate ``index`` of a stack along the last dimension."""
        layer = self.inner(self._ctx.net.add_slice(gates, None, None, (1, 1, 1)))
        start = self._ctx.add_constant([0, 0, index * self.hidden], "int32", (3,))
        layer.set_input(1, start)
        layer.set_input(2, shape)
        return layer.output

    def activate(self, tensor: Tensor, activation: Activation) -> Tensor:
        """Clip if asked for, then activate."""
        net = self._ctx.net
        if self._clip >= 0:
            tensor = net.add_activation(tensor, "clip", -self._clip, self._clip).output
        op, alpha, beta = activation
        return self.inner(net.add_activation(tensor, op, alpha, beta)).output

    # -- the loop -----------------------------------------------------------------------

    def enter(self) -> Tensor:
        """Start the loop over the sequence and return its input, (directions, batch, E)."""
        net = self._ctx.net
        net.add_trip_limit(self.length(0))
        if self.direction not in ("forward", "reverse", "bidirectional"):
            refuse(f"unknown direction {self.direction!r}")
        reversals = {"forward": [False], "reverse": [True]}.get(self.direction, [False, True])
        iterators = [net.add_iterator(self.input, reverse=reverse) for reverse in reversals]
        parts = [unsqueeze_tensor(self._ctx, i.output, [0]) for i in iterators]
        if self._is_ragged:
            lengths = self.tensor(_SEQUENCE_LENGTHS)
            counter = self._counter() if len(parts) == 2 else None
            longest = self.length(0)
            parts = [
                self._cleared(lengths, part, longest, reverse, counter)
                for part, reverse in zip(parts, reversals, strict=True)
            ]
        return parts[0] if len(parts) == 1 else net.add_concatenation(parts, 0).output

    @property
    def _is_ragged(self) -> bool:
        return self._style.sequence_lengths and self.given(_SEQUENCE_LENGTHS)

    def _counter(self) -> Tensor:
        return add_counter(self._ctx, self._style.counter_dtype)

    def _mask(
        self, lengths: Tensor, longest: Tensor, reverse: bool, counter: Tensor | None
    ) -> Tensor:
        """True where an element lies within its sequence (``getRaggedMask``)."""
        ctx = self._ctx
        counter = counter if counter is not None else self._counter()
        if self._style.casts_counter:
            counter = cast_helper(ctx, counter, "int32")
        if reverse:
            counter = self.combine(unsqueeze_tensor(ctx, longest, [0]), counter, "sub")
            outside = self.combine(lengths, counter, "less")
            mask = ctx.net.add_unary(outside, "not").output
        else:
            mask = self.combine(counter, lengths, "less")
        return unsqueeze_tensor(ctx, mask, [0, 2])

    def _cleared(
        self,
        lengths: Tensor,
        tensor: Tensor,
        longest: Tensor,
        reverse: bool,
        counter: Tensor | None = None,
    ) -> Tensor:
        """Zero outside the sequence (``clearMissingSequenceElements``)."""
        zero = self._ctx.add_constant([0.0], "float32", (1, 1, 1))
        mask = self._mask(lengths, longest, reverse, counter)
        return self._ctx.net.add_select(mask, tensor, zero).output

    def _kept(
        self,
        lengths: Tensor,
        previous: Tensor,
        state: Tensor,
        longest: Tensor,
        reverse: bool,
        counter: Tensor | None = None,
    ) -> Tensor:
        """The previous state outside the sequence (``maskRNNHidden``)."""
        mask = self._mask(lengths, longest, reverse, counter)
        return self._ctx.net.add_select(mask, state, previous).output

    def next_state(self, previous: Tensor, state: Tensor, single_pass: Tensor) -> Tensor:
        """The state to carry on: the previous one where a sequence has ended."""
        if not self._is_ragged:
            return state
        lengths = self.tensor(_SEQUENCE_LENGTHS)
        longest = self.length(0)
        if self.directions == 1:
            reverse = self.direction == "reverse"
            return self._kept(lengths, previous, state, longest, reverse)
        starts = self._pass_starts()
        states = [self._pass(state, start, single_pass) for start in starts]
        befores = [self._pass(previous, start, single_pass) for start in starts]
        counter = self._counter()
        parts = [
            self._kept(lengths, before, after, longest, reverse, counter)
            for before, after, reverse in zip(befores, states, (False, True), strict=True)
        ]
        return self._ctx.net.add_concatenation(parts, 0).output

    def _pass_starts(self) -> list[Tensor]:
        """Where the forward and the backward pass start in a bidirectional state."""
        return [self._ctx.add_constant([i, 0, 0], "int32", (3,)) for i in range(2)]

    def _pass(self, state: Tensor, start: Tensor, single_pass: Tensor) -> Tensor:
        layer = self._ctx.register_inner(self._ctx.net.add_slice(state, None, None, (1, 1, 1)))
        layer.set_input(1, start)
        layer.set_input(2, single_pass)
        return layer.output

    # -- outputs ------------------------------------------------------------------------

    def outputs(self, state: Tensor, single_pass: Tensor, *carried: Layer) -> list[Value]:
        """All states, then the last value of each carried one."""
        made: list[Value] = []
        if self._wanted(0):
            made.append(self._sequence(state, single_pass, self.length(0)))
        for i, recurrence in enumerate(carried):
            if self._wanted(i + 1):
                layer = self._ctx.net.add_loop_output(recurrence.output, "last_value")
                made.append(layer.output)
        return made

    def _wanted(self, index: int) -> bool:
        names = self._node.outputs
        return not self._style.optional_outputs or (index < len(names) and names[index] != "")

    def _sequence(self, state: Tensor, single_pass: Tensor, length: Tensor) -> Tensor:
        """The states of all iterations (``concatenateRNNOutputs``)."""
        if self.directions == 1:
            reverse = self.direction == "reverse" and self._style.sequence_lengths
            if self._is_ragged:
                lengths = self.tensor(_SEQUENCE_LENGTHS)
                state = self._cleared(lengths, state, length, reverse)
            return self._collected(state, length, reverse)
        parts = [self._pass(state, start, single_pass) for start in self._pass_starts()]
        if self._is_ragged:
            lengths = self.tensor(_SEQUENCE_LENGTHS)
            parts = [
                self._cleared(lengths, part, length, reverse)
                for part, reverse in zip(parts, (False, True), strict=True)
            ]
        passes = [
            self._collected(part, length, reverse)
            for part, reverse in zip(parts, (False, True), strict=True)
        ]
        return self._ctx.register_inner(self._ctx.net.add_concatenation(passes, 1)).output

    def _collected(self, tensor: Tensor, length: Tensor, reverse: bool) -> Tensor:
        layer = self._ctx.net.add_loop_output(tensor, "reverse" if reverse else "concatenate")
        layer.set_input(1, length)
        return layer.output
