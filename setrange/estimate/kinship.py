# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""How alike two neighbouring tensors are in what made inputs get wrong about them.

Made inputs make some values too small and others too large. What they get wrong of a tensor,
they get wrong of its neighbours too: exactly as much behind a Relu, about as much behind a sum,
less behind a convolution. The two ends of a range are told apart: a Relu hands on the upper end
and nothing of the lower one.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

from setrange.network import LayerKind
from setrange.network.trace import COPIES, is_constant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from setrange.network import Layer, Tensor

__all__ = ["SIDES", "Side", "Step", "steps_from"]


class Side(enum.IntEnum):
    """An end of a range."""

    LOW = 0
    HIGH = 1

    @property
    def other(self) -> Side:
        """The other end."""
        return Side.HIGH if self is Side.LOW else Side.LOW


SIDES = (Side.LOW, Side.HIGH)


class Step(NamedTuple):
    """A neighbour.

    Attributes:
        tensor: The neighbour.
        side: One end of its range.
        correlation: Of the two ends' errors, from 0 to 1.
    """

    tensor: Tensor
    side: Side
    correlation: float


class _Pass(NamedTuple):
    """Correlation across a layer: of equal ends, and of opposite ones; 0 is none."""

    same: float
    cross: float = 0.0


# Measured on six real networks: variance of the difference of the errors before and behind a
# layer, against twice the variance of all errors (0.45 in log2).
_EXACT, _NEARLY = _Pass(0.998), _Pass(0.97)
_SUM, _PRODUCT = _Pass(0.82), _Pass(0.7, 0.35)
_WEIGHTED = _Pass(0.6, 0.6)
_MEAN = _Pass(0.3, 0.1)
_AFFINE = _Pass(0.88, 0.7)
_NONE = _Pass(0.0)

_KINDS = {
    LayerKind.CONCATENATION: _SUM,
    LayerKind.CONVOLUTION: _WEIGHTED,
    LayerKind.DECONVOLUTION: _WEIGHTED,
    LayerKind.FULLY_CONNECTED: _WEIGHTED,
    LayerKind.MATRIX_MULTIPLY: _WEIGHTED,
    LayerKind.EINSUM: _WEIGHTED,
    LayerKind.GATHER: _NEARLY,
    LayerKind.SLICE: _NEARLY,
    LayerKind.PADDING: _NEARLY,
    LayerKind.RESIZE: _NEARLY,
    LayerKind.SCALE: _AFFINE,
    LayerKind.SELECT: _SUM,
    LayerKind.NORMALIZATION: _NONE,
    LayerKind.SOFTMAX: _NONE,
    LayerKind.RAGGED_SOFTMAX: _NONE,
    LayerKind.PARAMETRIC_RELU: _NEARLY,
    **dict.fromkeys(COPIES, _EXACT),
}

#: So many layers make a gate of what they gate: the Erf form of GELU has four.
_MOST_OF_A_GATE = 8

_POINTWISE = frozenset({LayerKind.ACTIVATION, LayerKind.ELEMENTWISE, LayerKind.UNARY})

#: Functions whose output does not grow with their input, or not in proportion.
_BOUNDED = frozenset({"hard_sigmoid", "sigmoid", "softsign", "tanh"})
_CURVED = frozenset({"erf", "exp", "log", "recip", "sqrt"})


def _across(layer: Layer, index: int) -> _Pass:
    """Correlation between an input of a layer and its outputs."""
    kind, op = layer.kind, layer.params.get("op")
    if kind in _KINDS:
        return _KINDS[kind]
    if kind is LayerKind.ACTIVATION:
        return _NONE if op in _BOUNDED else _NEARLY
    if kind is LayerKind.UNARY:
        if op == "neg":
            return _Pass(0.0, 0.998)
        return _NONE if op in _CURVED else _Pass(0.6, 0.3)
    if kind is LayerKind.POOLING:
        return _NEARLY if op == "max" else _AFFINE
    if kind is LayerKind.REDUCE:
        return _SUM if op in ("max", "min") else _MEAN
    if kind is LayerKind.ELEMENTWISE:
        return _across_elementwise(layer, index)
    return _WEIGHTED


def _across_elementwise(layer: Layer, index: int) -> _Pass:
    op, other = layer.params.get("op"), layer.input_at(1 - index)
    if op == "pow":
        return _NONE
    if op == "div" and not is_constant(layer.input_at(1)):
        # Values over what is computed of them: how a normalization ends that is single nodes.
        return _NONE
    if is_constant(other):
        return _NEARLY
    if op == "prod":
        # SiLU, GELU, HardSwish, Mish: where they are large, they are their input.
        return _NEARLY if _is_made_of(other, layer.input_at(index)) else _PRODUCT
    if op == "sub" and index == 1:
        return _Pass(0.0, _SUM.same)
    return _SUM


def _is_made_of(gate: Tensor | None, data: Tensor | None) -> bool:
    """True where a tensor is a function of another one alone."""
    source = _before_copies(data)
    for _ in range(_MOST_OF_A_GATE):
        gate = _before_copies(gate)
        layer = None if gate is None else gate.layer
        if gate is source or layer is None or layer.kind not in _POINTWISE:
            break
        operands = [x for x in layer.inputs if x is not None and not is_constant(x)]
        gate = operands[0] if len(operands) == 1 else None
    return gate is not None and gate is source


def _before_copies(tensor: Tensor | None) -> Tensor | None:
    for _ in range(_MOST_OF_A_GATE):
        layer = None if tensor is None else tensor.layer
        if layer is None or layer.kind not in COPIES:
            break
        tensor = layer.input_at(0)
    return tensor


def steps_from(tensor: Tensor, side: Side) -> Iterator[Step]:
    """Yield the neighbours of one end of a tensor's range, above and below."""
    layer = tensor.layer
    if layer is not None:
        for index, other in enumerate(layer.inputs):
            if other is not None and other.is_float:
                yield from _steps(_across(layer, index), other, side)
    for consumer in tensor.consumers:
        for index, data in enumerate(consumer.inputs):
            if data is not tensor:
                continue
            across = _across(consumer, index)
            for other in consumer.outputs:
                if other.is_float:
                    yield from _steps(across, other, side)


def _steps(across: _Pass, other: Tensor, side: Side) -> Iterator[Step]:
    if across.same:
        yield Step(other, side, across.same)
    if across.cross:
        yield Step(other, side.other, across.cross)
