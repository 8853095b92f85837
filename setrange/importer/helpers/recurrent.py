# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What LSTM, GRU and RNN have in common: inputs, gates, masks, the loop and its outputs.

Tensors are (sequence, batch, elements); states are (directions, batch, hidden).

Source: onnx/onnx-tensorrt 7.0 to 10.10: RNNHelpers.cpp, LoopHelpers.cpp,
concatenateRNNOutputs; OnnxAttrs.cpp (activationStringToEnum), getActivationDefaultAlpha,
getActivationDefaultBeta, parseLSTMActivationValues.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from setrange.importer.op_context import OpContext
from setrange.importer.rejections import refuse, require

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from setrange.importer.op_types import Layer, Node, Tensor, Value
    from setrange.network.modes import ActivationOp, LoopOutputMode

_SEQUENCE_LENGTHS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrentRules:
    """How one release builds recurrent ops."""

    #: Repeats a constant to a shape.
    repeat: Callable[[OpContext, Tensor, Tensor], Tensor] = OpContext.repeat_to_rank
    sequence_lengths: bool = False  #: Input 4 is looked at.
    by_need: bool = False  #: Given values of LSTM go to the activations that take one.
    optional_outputs: bool = False  #: Only the outputs that the node names are made.


def add_counter(ctx: OpContext) -> Tensor:
    """Count the iterations of a loop (``addLoopCounter``)."""
    dtype = "int64" if ctx.profile.native_int64 else "int32"
    start = ctx.add_constant([0], dtype, (1,))
    one = ctx.add_constant([1], dtype, (1,))
    counter = ctx.net.add_recurrence(start)
    counter.set_input(1, ctx.combine(counter.output, one, "sum"))
    return counter.output


class Recurrent:
    """One recurrent node while it is being imported."""

    def __init__(self, ctx: OpContext, rules: RecurrentRules) -> None:
        node = ctx.node
        self.hidden = ctx.required_int("hidden_size")
        self.direction = node.attr_str("direction", "forward")
        self.directions = 2 if self.direction == "bidirectional" else 1
        self._clip = node.attr_float("clip", -1.0)
        self._ctx = ctx
        self._node = node
        self._rules = rules
        self.input = ctx.input_tensor(0)

    # -- inputs and shapes --------------------------------------------------------------

    def combined_bias(self, gates: int) -> Tensor | None:
        """W's bias plus R's, (directions, 1, gates * hidden)."""
        if not self._ctx.present(3):
            return None
        net, shape = self._ctx.net, (self.directions, 2, gates * self.hidden)
        layer = net.add_shuffle(
            self._ctx.input_tensor(3), reshape=shape, zero_is_placeholder=False
        )
        return self.inner(net.add_reduce(self.inner(layer), "sum", [1], keepdims=True))

    def initial_value(self, index: int, shape: Callable[[], Tensor]) -> Tensor:
        """Input ``index``, else zeros of ``shape``."""
        if self._ctx.present(index):
            return self._ctx.input_tensor(index)
        dims = shape()
        zero = self._ctx.add_constant([0.0], "float32", (1,))
        return self._rules.repeat(self._ctx, zero, dims)

    def length(self, axis: int, shape: tuple[int, ...] = ()) -> Tensor:
        """A dimension of the input."""
        require(axis < self.input.rank, f"{self._node.op} takes an input of rank 3")
        return self._ctx.dimension(self.input, axis, shape)

    def state_shape(self) -> Tensor:
        """(directions, batch, hidden)."""
        directions = self._ctx.add_constant([self.directions], "int32", (1,))
        hidden = self._ctx.add_constant([self.hidden], "int32", (1,))
        batch = self.length(1, (1,))
        return self.inner(self._ctx.net.add_concatenation([directions, batch, hidden]))

    def single_pass_shape(self, state_shape: Callable[[], Tensor]) -> Tensor:
        """(1, batch, hidden)."""
        divisor = self._ctx.add_constant([self.directions, 1, 1], "int32", (3,))
        return self._ctx.combine(state_shape(), divisor, "div")

    # -- layers -------------------------------------------------------------------------

    def inner(self, layer: Layer) -> Tensor:
        """Name a layer where the parser names what LSTM and RNN consist of; its output."""
        return layer.output if self._node.op == "GRU" else self._ctx.inner(layer)

    def weighted(self, x: Tensor, weights: Tensor, state: Layer, recurrence: Tensor) -> Tensor:
        """The input and the state, each times its weights^T."""
        a, b = self.multiply(x, weights), self.multiply(state.output, recurrence)
        return self._ctx.combine(a, b, "sum")

    def multiply(self, a: Tensor, weights: Tensor) -> Tensor:
        """A * weights^T."""
        layer = self._ctx.net.add_matrix_multiply(a, weights, "none", "transpose")
        return self.inner(layer) if self._node.op == "RNN" else layer.output

    def slice(self, tensor: Tensor, start: Sequence[int], size: Sequence[int]) -> Tensor:
        """Slice with known start and size."""
        return self.inner(self._ctx.net.add_slice(tensor, start, size, (1,) * len(start)))

    def gate(self, gates: Tensor, index: int, shape: Tensor) -> Tensor:
        """Gate ``index`` of a stack along the last dimension."""
        layer = self._ctx.net.add_slice(gates, None, None, (1, 1, 1))
        output = self.inner(layer)
        start = self._ctx.add_constant([0, 0, index * self.hidden], "int32", (3,))
        layer.set_input(1, start)
        layer.set_input(2, shape)
        return output

    def activate(self, tensor: Tensor, activation: Activation) -> Tensor:
        """Clip if asked for, then activate."""
        net = self._ctx.net
        if self._clip >= 0:
            tensor = net.add_activation(tensor, "clip", -self._clip, self._clip).output
        return self.inner(net.add_activation(tensor, *activation))

    # -- the loop -----------------------------------------------------------------------

    @property
    def _reversals(self) -> list[bool]:
        """For each pass, whether it goes backwards."""
        return {"forward": [False], "reverse": [True]}.get(self.direction, [False, True])

    def enter(self) -> Tensor:
        """Start the loop over the sequence and return its input, (directions, batch, E)."""
        net = self._ctx.net
        net.add_trip_limit(self.length(0))
        if self.direction not in ("forward", "reverse", "bidirectional"):
            refuse(f"unknown direction {self.direction!r}")
        iterators = [net.add_iterator(self.input, reverse=r) for r in self._reversals]
        parts = [self._ctx.unsqueeze(i.output, [0]) for i in iterators]
        if self._is_ragged:
            lengths = self._ctx.input_tensor(_SEQUENCE_LENGTHS)
            counter = add_counter(self._ctx) if len(parts) == 2 else None
            longest = self.length(0)
            parts = [
                self._inside(lengths, part, None, longest, reverse, counter)
                for part, reverse in zip(parts, self._reversals, strict=True)
            ]
        return parts[0] if len(parts) == 1 else net.add_concatenation(parts, 0).output

    @property
    def _is_ragged(self) -> bool:
        return self._rules.sequence_lengths and self._ctx.present(_SEQUENCE_LENGTHS)

    def _mask(
        self, lengths: Tensor, longest: Tensor, reverse: bool, counter: Tensor | None
    ) -> Tensor:
        """True where an element lies within its sequence (``getRaggedMask``)."""
        ctx = self._ctx
        counter = counter if counter is not None else add_counter(ctx)
        if ctx.profile.native_int64:
            counter = ctx.cast(counter, "int32")
        if reverse:
            counter = ctx.combine(ctx.unsqueeze(longest, [0]), counter, "sub")
            outside = ctx.combine(lengths, counter, "less")
            mask = ctx.net.add_unary(outside, "not").output
        else:
            mask = ctx.combine(counter, lengths, "less")
        return ctx.unsqueeze(mask, [0, 2])

    def _inside(
        self,
        lengths: Tensor,
        tensor: Tensor,
        outside: Tensor | None,
        longest: Tensor,
        reverse: bool,
        counter: Tensor | None = None,
    ) -> Tensor:
        """The tensor, and outside the sequence something else, zeros by default.

        (``clearMissingSequenceElements``, ``maskRNNHidden``)
        """
        if outside is None:
            outside = self._ctx.add_constant([0.0], "float32", (1, 1, 1))
        mask = self._mask(lengths, longest, reverse, counter)
        return self._ctx.net.add_select(mask, tensor, outside).output

    def next_state(self, previous: Tensor, state: Tensor, single_pass: Tensor) -> Tensor:
        """The state to carry on: the previous one where a sequence has ended."""
        if not self._is_ragged:
            return state
        lengths = self._ctx.input_tensor(_SEQUENCE_LENGTHS)
        longest = self.length(0)
        if self.directions == 1:
            return self._inside(lengths, state, previous, longest, self._reversals[0])
        starts = self._pass_starts()
        states = [self._pass(state, start, single_pass) for start in starts]
        befores = [self._pass(previous, start, single_pass) for start in starts]
        counter = add_counter(self._ctx)
        parts = [
            self._inside(lengths, after, before, longest, reverse, counter)
            for before, after, reverse in zip(befores, states, self._reversals, strict=True)
        ]
        return self._ctx.net.add_concatenation(parts, 0).output

    def _pass_starts(self) -> list[Tensor]:
        """Where the forward and the backward pass start in a bidirectional state."""
        return [self._ctx.add_constant([i, 0, 0], "int32", (3,)) for i in range(2)]

    def _pass(self, state: Tensor, start: Tensor, single_pass: Tensor) -> Tensor:
        return self._ctx.inner(self._ctx.slice_by_tensors(state, start, single_pass))

    # -- outputs ------------------------------------------------------------------------

    def outputs(self, state: Tensor, single_pass: Tensor, *carried: Layer) -> list[Value]:
        """All states, then the last value of each carried one."""
        made: list[Value] = []
        if self._wanted(0):
            made.append(self._sequence(state, single_pass, self.length(0)))
        for i, recurrence in enumerate(carried, start=1):
            if self._wanted(i):
                layer = self._ctx.net.add_loop_output(recurrence.output, "last_value")
                made.append(layer.output)
        return made

    def _wanted(self, index: int) -> bool:
        names = self._node.outputs
        return not self._rules.optional_outputs or (index < len(names) and names[index] != "")

    def _sequence(self, state: Tensor, single_pass: Tensor, length: Tensor) -> Tensor:
        """The states of all iterations (``concatenateRNNOutputs``)."""
        reversals = self._reversals
        if self.directions == 1:
            parts = [state]
            if not self._rules.sequence_lengths:
                reversals = [False]
        else:
            parts = [self._pass(state, start, single_pass) for start in self._pass_starts()]
        if self._is_ragged:
            lengths = self._ctx.input_tensor(_SEQUENCE_LENGTHS)
            parts = [
                self._inside(lengths, part, None, length, reverse)
                for part, reverse in zip(parts, reversals, strict=True)
            ]
        passes = []
        for part, reverse in zip(parts, reversals, strict=True):
            mode: LoopOutputMode = "reverse" if reverse else "concatenate"
            layer = self._ctx.net.add_loop_output(part, mode)
            layer.set_input(1, length)
            passes.append(layer.output)
        if len(passes) == 1:
            return passes[0]
        return self._ctx.inner(self._ctx.net.add_concatenation(passes, 1))


# -- activations ------------------------------------------------------------------------

#: TensorRT's operation, alpha, beta.
Activation: TypeAlias = "tuple[ActivationOp, float, float]"

#: ONNX name -> TensorRT's operation, default alpha, default beta.
_KNOWN: dict[str, Activation] = {
    "Relu": ("relu", 0.0, 0.0),
    "Tanh": ("tanh", 0.0, 0.0),
    "Sigmoid": ("sigmoid", 0.0, 0.0),
    "LeakyRelu": ("leaky_relu", 0.01, 0.0),
    "ThresholdedRelu": ("thresholded_relu", 1.0, 0.0),
    "ScaledTanh": ("scaled_tanh", 1.0, 1.0),
    "HardSigmoid": ("hard_sigmoid", 0.2, 0.5),
    "Elu": ("elu", 1.0, 0.0),
    "Softsign": ("softsign", 0.0, 0.0),
    "Softplus": ("softplus", 0.0, 0.0),
}


def recurrent_activations(
    node: Node, defaults: Sequence[str], *, by_need: bool = False
) -> list[Activation]:
    """Return the activations of one direction, which must be those of the other, too.

    ``defaults`` are their ONNX names where the node gives none. ``by_need``: given values go
    to the activations that take one, in order; else to the first.
    """
    count = len(defaults)
    directions = 2 if node.attr_str("direction", "forward") == "bidirectional" else 1
    names = node.attr_strs("activations", [*defaults] * directions)
    require(len(names) >= count * directions, f"{node.op} needs {count} activations")
    known: list[Activation] = []
    for name in names:
        if name not in _KNOWN:
            refuse(f"unknown activation {name!r}")
        known.append(_KNOWN[name])
    assign = _by_need if by_need else _from_front
    alphas = assign([a for _, a, _ in known], node.attr_floats("activation_alpha"))
    betas = assign([b for _, _, b in known], node.attr_floats("activation_beta"))
    result = [(op, a, b) for (op, _, _), a, b in zip(known, alphas, betas, strict=True)]
    same = directions == 1 or result[:count] == result[count : 2 * count]
    require(same, f"the activations of both directions of {node.op} must be the same")
    return result[:count]


def _from_front(defaults: list[float], given: list[float]) -> list[float]:
    return [*given, *defaults[len(given) :]][: len(defaults)]


def _by_need(defaults: list[float], given: list[float]) -> list[float]:
    values = iter(given)
    return [default if default == 0 else next(values, default) for default in defaults]
