# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Layers as functions of one value, and chains of them as functions of one tensor.

``x * Sigmoid(x)`` is four layers deep in some exports and one in others. What it is as a
function of x does not depend on that: each output element follows from the one input element
at the same place, so the range of the output follows from the range of x.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from setrange.network import LayerKind
from setrange.network.trace import number

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    import numpy.typing as npt

    from setrange.model.weights import Weights
    from setrange.network import Layer, Tensor

    Values = npt.NDArray[Any]
    #: What a layer is a function of, place by place; ``None``: it is no such layer.
    Variables = tuple[Tensor, ...] | None

__all__ = ["Chain", "Known", "chains_to", "variables_of"]

#: Longer expressions than any exporter makes of one activation function.
_MOST_LAYERS = 48

#: The same for a row of layers with one input each: what stands before them has a range
#: already, unless it is one of the few whose range alone is no use, such as Exp.
_LONGEST_ROW = 8


#: Layers that keep each value at its place. A Shuffle does not: behind a transposition the
#: elements of two operands that meet come from different places.
_IN_PLACE = frozenset({LayerKind.CAST, LayerKind.IDENTITY})

_KINDS = _IN_PLACE | {
    LayerKind.ACTIVATION,
    LayerKind.ELEMENTWISE,
    LayerKind.SCALE,
    LayerKind.UNARY,
}


class Chain(NamedTuple):
    """A tensor as a function of one other tensor, element by element.

    Attributes:
        root: The argument.
        layers: The layers between them, each after those it reads.
        result: The tensor that is the function's value.
    """

    root: Tensor
    layers: tuple[Layer, ...]
    result: Tensor

    @property
    def is_monotone(self) -> bool:
        """True where each layer only rises or only falls, to the last bit: x + 1, Relu."""
        return all(_is_monotone(layer) for layer in self.layers)

    def __call__(self, x: Values) -> Values | None:
        """Return the function's values at ``x``; ``None`` where it has a pole in between.

        Args:
            x: Values of the root in rising order, float64. NaN in the result is a point
                outside the function's domain.
        """
        import numpy as np

        values: dict[Tensor, Values] = {self.root: x}
        with np.errstate(all="ignore"):
            for layer in self.layers:
                operands = [_operand(tensor, values) for tensor in layer.inputs]
                result = _evaluate(layer, [v for v in operands if v is not None])
                if result is None:
                    return None
                values[layer.output] = result
        return np.broadcast_to(values[self.result], x.shape)


@dataclass(frozen=True, slots=True)
class Known:
    """What was found out of a network, kept so that no layer is looked at twice.

    Attributes:
        variables: What ``variables_of`` said of a layer.
        nearest: The nearest single tensor that another is a function of, ``None`` where there
            is none within ``_MOST_LAYERS``; and the length of the longest way back.
    """

    variables: dict[Layer, Variables] = field(default_factory=dict)
    nearest: dict[Tensor, tuple[Tensor | None, int]] = field(default_factory=dict)

    def is_function_of_one(self, tensor: Tensor) -> bool:
        """True where the tensor may be a function of one other, not too many layers away."""
        if tensor not in self.nearest:
            self._find(tensor)
        root, length = self.nearest[tensor]
        return root is not None and length - self.nearest[root][1] <= _MOST_LAYERS

    def _find(self, tensor: Tensor) -> None:
        stack = [tensor]
        while stack:
            last = stack[-1]
            variables = None if last.layer is None else variables_of(last.layer, self)
            if variables is None:
                self.nearest[last] = None, 0
            elif last not in self.nearest:
                unknown = [operand for operand in variables if operand not in self.nearest]
                if unknown:
                    stack += unknown
                    continue
                length = 1 + max(self.nearest[operand][1] for operand in variables)
                self.nearest[last] = self._common(variables), length
            stack.pop()

    def _length(self, tensor: Tensor) -> int:
        return self.nearest[tensor][1]

    def _common(self, tensors: tuple[Tensor, ...]) -> Tensor | None:
        """The nearest tensor that all ways back from these lead through."""
        common, *others = tensors
        for other in others:
            for _ in range(2 * _MOST_LAYERS):
                if common is other:
                    break
                longer = common if self._length(common) >= self._length(other) else other
                root = self.nearest[longer][0]
                if root is None:
                    return None
                common, other = root, other if longer is common else common
            else:
                return None
        return common


def chains_to(
    tensor: Tensor, known: Known, roots: Container[Tensor] | None = None
) -> Iterator[Chain]:
    """Yield the tensor as a function of each single tensor it depends on, nearest first.

    Args:
        tensor: The function's value.
        known: What earlier calls found out.
        roots: Functions of others are of no interest; ``None``: of all.
    """
    layers: list[Layer] = []
    last = tensor
    # First a row of layers with one input each, which is all there is for most tensors.
    while True:
        layer = last.layer
        variables = None if layer is None else variables_of(layer, known)
        if layer is None or variables is None:
            return
        if len(variables) > 1:
            break
        layers.append(layer)
        last = variables[0]
        if len(layers) == _LONGEST_ROW:
            return
        if roots is None or last in roots:
            yield Chain(root=last, layers=tuple(reversed(layers)), result=tensor)
    if known.is_function_of_one(last):
        yield from _tree(tensor, last, layers, known, roots)


def _tree(
    tensor: Tensor,
    top: Tensor,
    layers: list[Layer],
    known: Known,
    roots: Container[Tensor] | None,
) -> Iterator[Chain]:
    """The chains behind ``top``, whose layer has several inputs; a row of layers follows it."""
    frontier = [top]
    while len(layers) < _MOST_LAYERS - 1:
        # The last layer first: then no tensor of the frontier stands behind another.
        last = max(frontier, key=_position) if len(frontier) > 1 else frontier[0]
        layer = last.layer
        variables = None if layer is None else variables_of(layer, known)
        if layer is None or variables is None:
            return
        layers.append(layer)
        frontier.remove(last)
        frontier += [operand for operand in variables if operand not in frontier]
        if len(frontier) == 1:
            if roots is None or frontier[0] in roots:
                yield Chain(root=frontier[0], layers=tuple(reversed(layers)), result=tensor)
            if not known.is_function_of_one(frontier[0]):
                return


def _position(tensor: Tensor) -> int:
    return -1 if tensor.layer is None else tensor.layer.index


def variables_of(layer: Layer, known: Known) -> Variables:
    """Return the inputs of a layer whose output elements each follow from one place of them.

    A constant of one element is no variable; a constant of several makes the layer another
    function in each channel.

    Returns:
        The inputs, each once; ``None`` for any other layer.
    """
    memo = known.variables
    if layer not in memo:
        found = _variables(layer)
        memo[layer] = found if found and _is_pointwise(layer, found) else None
    return memo[layer]


def _is_pointwise(layer: Layer, variables: tuple[Tensor, ...]) -> bool:
    if len(layer.outputs) != 1 or not layer.output.is_float:
        return False
    if not all(tensor.is_float for tensor in variables):
        return False
    op = layer.params.get("op", "")
    if layer.kind in _IN_PLACE:
        return True
    if layer.kind is LayerKind.UNARY:
        return op in _UNARY
    if layer.kind is LayerKind.ACTIVATION:
        return op in _ACTIVATIONS
    if layer.kind is LayerKind.ELEMENTWISE:
        return op in _BINARY and len({tensor.shape for tensor in variables}) == 1
    if layer.kind is LayerKind.SCALE:
        return all(part is None or part.count <= 1 for part in _scale_parts(layer))
    return False


def _variables(layer: Layer) -> tuple[Tensor, ...]:
    if layer.kind not in _KINDS:
        return ()
    found = (t for t in layer.inputs if t is not None and number(t) is None)
    return tuple(dict.fromkeys(found))


def _operand(tensor: Tensor | None, values: dict[Tensor, Values]) -> Values | None:
    if tensor is None:
        return None
    if tensor in values:
        return values[tensor]
    import numpy as np

    constant = number(tensor)
    return None if constant is None else np.float64(constant)


def _evaluate(layer: Layer, operands: list[Values]) -> Values | None:
    params = layer.params
    if layer.kind in _IN_PLACE:
        return operands[0]
    op = params.get("op", "")
    if layer.kind is LayerKind.UNARY:
        return _UNARY[op](operands[0])
    if layer.kind is LayerKind.ACTIVATION:
        alpha, beta = params.get("alpha"), params.get("beta")
        return _ACTIVATIONS[op](operands[0], alpha, beta)
    if layer.kind is LayerKind.SCALE:
        return _scaled(layer, operands[0])
    return _BINARY[op](operands[0], operands[1])


#: Functions that only rise or only fall. Those of libraries may do so in all but last bits.
_MONOTONE_ACTIVATIONS = frozenset({"relu", "clip"})
_MONOTONE_BINARY = frozenset({"sum", "sub", "prod", "max", "min"})


def _is_monotone(layer: Layer) -> bool:
    op = layer.params.get("op", "")
    if layer.kind is LayerKind.ACTIVATION:
        return op in _MONOTONE_ACTIVATIONS
    if layer.kind is LayerKind.ELEMENTWISE:
        return op in _MONOTONE_BINARY and any(number(t) is not None for t in layer.inputs)
    return layer.kind in _IN_PLACE


def _scale_parts(layer: Layer) -> list[Weights | None]:
    params = layer.params
    return [params.get("scale"), params.get("shift"), params.get("power")]


def _scaled(layer: Layer, x: Values) -> Values | None:
    import numpy as np

    scale, shift, power = (
        None if part is None or not part.count else np.float64(part.data().reshape(-1)[0])
        for part in _scale_parts(layer)
    )
    y: Values = x * (1.0 if scale is None else scale) + (0.0 if shift is None else shift)
    return y if power is None else _power(y, power)


def _divide(x: Values, y: Values) -> Values | None:
    import numpy as np

    if np.min(y) <= 0 <= np.max(y):
        return None  # a pole, perhaps between two of the points
    return np.asarray(x / y)


def _power(x: Values, y: Values) -> Values | None:
    import numpy as np

    if np.min(y) < 0 and np.min(x) <= 0 <= np.max(x):
        return None
    return np.asarray(np.power(x, y))


def _log(x: Values) -> Values | None:
    import numpy as np

    return None if np.min(x) <= 0 <= np.max(x) else np.log(x)


def _numpy(name: str) -> Callable[..., Values]:
    """A function of numpy, which is imported when it is called."""

    def function(*operands: Values) -> Values:
        import numpy as np

        result: Values = getattr(np, name)(*operands)
        return result

    return function


def _erf(x: Values) -> Values:
    import numpy as np

    result: Values = np.vectorize(math.erf, otypes=[np.float64])(x)
    return result


def _reciprocal(x: Values) -> Values | None:
    import numpy as np

    return _divide(np.float64(1.0), x)


_UNARY: dict[str, Callable[[Values], Values | None]] = {
    "abs": _numpy("abs"),
    "neg": _numpy("negative"),
    "exp": _numpy("exp"),
    "log": _log,
    "sqrt": _numpy("sqrt"),
    "recip": _reciprocal,
    "erf": _erf,
    "sin": _numpy("sin"),
    "cos": _numpy("cos"),
    "atan": _numpy("arctan"),
    "sinh": _numpy("sinh"),
    "cosh": _numpy("cosh"),
    "asinh": _numpy("arcsinh"),
}


def _sigmoid(x: Values) -> Values:
    import numpy as np

    return np.asarray(1.0 / (1.0 + np.exp(-x)))


def _softplus(x: Values, alpha: float, beta: float) -> Values:
    import numpy as np

    return np.asarray(alpha * np.logaddexp(0.0, beta * x))


def _elu(x: Values, alpha: float, factor: float = 1.0) -> Values:
    import numpy as np

    return np.asarray(factor * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0))))


def _gelu_erf(x: Values) -> Values:
    return 0.5 * x * (1.0 + _erf(x / math.sqrt(2.0)))


def _gelu_tanh(x: Values) -> Values:
    import numpy as np

    inner = math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)
    return np.asarray(0.5 * x * (1.0 + np.tanh(inner)))


def _clip(x: Values, low: float | None, high: float | None) -> Values:
    import numpy as np

    low = -math.inf if low is None else low
    return np.minimum(np.maximum(x, low), math.inf if high is None else high)


def _leaky_relu(x: Values, slope: float) -> Values:
    import numpy as np

    return np.where(x >= 0, x, slope * x)


def _hard_sigmoid(x: Values, alpha: float, beta: float) -> Values:
    return _clip(alpha * x + beta, 0.0, 1.0)


def _or(value: float | None, default: float) -> float:
    return default if value is None else float(value)


_ACTIVATIONS: dict[str, Callable[[Values, Any, Any], Values]] = {
    "relu": lambda x, a, b: _clip(x, 0.0, None),
    "clip": _clip,
    "leaky_relu": lambda x, a, b: _leaky_relu(x, _or(a, 0.01)),
    "sigmoid": lambda x, a, b: _sigmoid(x),
    "hard_sigmoid": lambda x, a, b: _hard_sigmoid(x, _or(a, 0.2), _or(b, 0.5)),
    "tanh": lambda x, a, b: _numpy("tanh")(x),
    "scaled_tanh": lambda x, a, b: _or(a, 1.0) * _numpy("tanh")(_or(b, 1.0) * x),
    "softsign": lambda x, a, b: x / (1.0 + abs(x)),
    "softplus": lambda x, a, b: _softplus(x, _or(a, 1.0), _or(b, 1.0)),
    "elu": lambda x, a, b: _elu(x, _or(a, 1.0)),
    "selu": lambda x, a, b: _elu(x, _or(a, 1.6732632), _or(b, 1.050701)),
    "gelu_erf": lambda x, a, b: _gelu_erf(x),
    "gelu_tanh": lambda x, a, b: _gelu_tanh(x),
    "thresholded_relu": lambda x, a, b: x * (x > _or(a, 1.0)),
}


_BINARY: dict[str, Callable[[Values, Values], Values | None]] = {
    "sum": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "prod": lambda x, y: x * y,
    "div": _divide,
    "pow": _power,
    "max": _numpy("maximum"),
    "min": _numpy("minimum"),
}
