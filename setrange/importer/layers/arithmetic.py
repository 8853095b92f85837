# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Layers that calculate with elements: ElementWise, Unary, Activation, Cast, Reduce.

See ``reshaping`` for the contract of the functions.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.importer.layers.values import (
    NotComputableError,
    elements,
    input_tensor,
    input_values,
    known_input_values,
)
from setrange.importer.rejections import refuse
from setrange.importer.symbolic import Calculator, as_dtype, float_binary, is_known, unary
from setrange.network.dimensions import FreeDim

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from setrange.importer.layers.values import Array
    from setrange.network.graph import Layer, Shape


def broadcast_shapes(shapes: Sequence[Shape], what: str) -> Shape:
    """Return the broadcast of shapes of equal rank; unknown against n > 1 is n."""
    result: list[int] = []
    for dims in zip(*shapes, strict=True):
        sized = {d for d in dims if d not in (1, -1)}
        if len(sized) > 1:
            refuse(f"{what}: dimensions {sorted(sized)} do not broadcast")
        if sized:
            result.append(sized.pop())
        else:
            result.append(common_dim([d for d in dims if d == -1]) if -1 in dims else 1)
    return tuple(result)


def common_dim(dims: Sequence[int]) -> int:
    """The free dimension that all of these are, -1 where they differ."""
    expressions = {d.expression if isinstance(d, FreeDim) else None for d in dims}
    return dims[0] if len(expressions) == 1 else -1


def stretched(layer: Layer, count: int) -> Iterator[tuple[Any, ...]]:
    """The elements of the first ``count`` inputs together, broadcast to the output's shape."""
    given = [input_values(layer, i) for i in range(count)]
    wide = [np.broadcast_to(values, layer.output.shape).reshape(-1) for values in given]
    return zip(*wide, strict=True)


def infer_elementwise(layer: Layer) -> list[Shape]:
    """ElementWise, Select: broadcast of all inputs."""
    shapes = [t.shape for t in layer.inputs if t is not None]
    ranks = [len(shape) for shape in shapes]
    if len(set(ranks)) != 1:
        refuse(f"{layer.kind.value}: inputs have ranks {ranks}, they must be equal")
    return [broadcast_shapes(shapes, layer.kind.value)]


def fold_elementwise(layer: Layer) -> Array:
    """Integers as far as they can be worked out, floats where both are known."""
    pairs = stretched(layer, 2)
    op, calc, dtype = layer.params["op"], Calculator(layer.network), input_tensor(layer).dtype
    if not input_tensor(layer).is_float:
        return elements(calc.binary(op, x, y) for x, y in pairs)

    def combined(x: Any, y: Any) -> Any:
        known = is_known(x) and is_known(y)
        value = float_binary(op, x, y, dtype) if known else None
        return calc.apply(op, x, y) if value is None else value

    return elements(combined(x, y) for x, y in pairs)


def fold_unary(layer: Layer) -> Array:
    """Known elements calculated; of the others the negative, or that they have no sign."""
    values, tensor = input_values(layer), input_tensor(layer)
    op, calc = layer.params["op"], Calculator(layer.network)

    def apply(value: Any) -> Any:
        if is_known(value):
            result = unary(op, value, tensor.dtype)
            return calc.apply(op, value) if result is None else result
        if op == "neg" and not tensor.is_float:
            return calc.scaled(value, -1)
        return value if op == "abs" and calc.lowest(value) >= 0 else calc.apply(op, value)

    return elements(apply(v) for v in values.reshape(-1))


def fold_activation(layer: Layer) -> Array:
    """Known elements, where their function is calculated here."""
    values = known_input_values(layer).reshape(-1)
    results = [unary(layer.params["op"], v, layer.output.dtype) for v in values]
    if None in results:
        raise NotComputableError
    return elements(results)


def fold_cast(layer: Layer) -> Array:
    """Known elements in another type; integers that are not known stay what they are."""
    values, source, target = input_values(layer), input_tensor(layer), layer.output.dtype
    calc = Calculator(layer.network)
    integers = not source.is_float and source.dtype != "bool"

    def cast(value: Any) -> Any:
        if is_known(value):
            number = as_dtype(value, target)
            return calc.apply("cast", value, target) if number is None else number
        if integers and target in ("int32", "int64"):
            return value
        return calc.apply("cast", value, target)

    return elements(cast(v) for v in values.reshape(-1))


def infer_reduce(layer: Layer) -> list[Shape]:
    """Reduce over ``axes``."""
    axes, keep = layer.params["axes"], layer.params["keepdims"]
    shape = input_tensor(layer).shape
    if not all(0 <= axis < len(shape) for axis in axes):
        refuse(f"reduce: axes {list(axes)} of a tensor of {len(shape)} dimensions")
    if keep:
        return [tuple(1 if i in axes else d for i, d in enumerate(shape))]
    return [tuple(d for i, d in enumerate(shape) if i not in axes)]


#: What a Reduce operation does with two elements.
_STEPS = {"prod": "prod", "sum": "sum", "avg": "sum", "max": "max", "min": "min"}


def fold_reduce(layer: Layer) -> Array:
    """Integers as far as they can be worked out, floats where all of a row are known."""
    values, tensor = input_values(layer), input_tensor(layer)
    op, axes, calc = layer.params["op"], layer.params["axes"], Calculator(layer.network)
    if not values.size:
        raise NotComputableError

    def combined(operation: str, a: Any, b: Any) -> Any:
        if not tensor.is_float:
            return calc.binary(operation, a, b)
        if not (is_known(a) and is_known(b)):
            raise NotComputableError
        return float_binary(operation, a, b, tensor.dtype)

    def reduced(row: Array) -> Any:
        total: Any = row[0]
        for value in row[1:]:
            total = combined(_STEPS[op], total, value)
        if op != "avg":
            return total
        if not is_known(total):
            raise NotComputableError
        return combined("div", total, len(row))

    rest = [i for i in range(values.ndim) if i not in axes]
    rows = values.transpose([*rest, *axes])
    rows = rows.reshape(-1, math.prod(values.shape[i] for i in axes))
    return elements(reduced(row) for row in rows)
