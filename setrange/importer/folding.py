# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Element values that TensorRT knows at definition time.

TensorRT evaluates integer shape arithmetic while the network is built, element by element:
part of a vector can be known. A float on the way (a scale factor, a float Range) makes the
result unknown. Values are computed on demand, from the tensor backwards.

What a file of a few bytes can ask for is limited here, for all layers alike: a tensor of more
than ``MAX_ELEMENTS`` elements is not evaluated, and neither is a value that does not fit into
64 bits. No dimension needs either.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from setrange.network.kinds import LayerKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.network.graph import Layer, Tensor

    #: Row-major element values; ``None`` = not known.
    Values = list[Any]
    Folder = Callable[[Layer], Values | None]

__all__ = ["MAX_ELEMENTS", "known_values"]

#: Larger tensors are not evaluated; dimensions never need them.
MAX_ELEMENTS = 1024

#: What an INT64 holds: arithmetic that leaves it has no value that anybody could rely on.
_INT64 = range(-(2**63), 2**63)

_UNKNOWN = object()


def known_values(tensor: Tensor) -> list[Any] | None:
    """Return the element values, row-major, ``None`` per unknown element.

    ``None`` for the whole if nothing is known (not computable, or too large).
    """
    if tensor.values is None:
        _evaluate_back_from(tensor)
    return None if tensor.values is _UNKNOWN else list(tensor.values)


def _evaluate_back_from(tensor: Tensor) -> None:
    """Evaluate a tensor and what it depends on, operands first.

    No recursion: a chain of thousands of layers is fine.
    """
    stack = [(tensor, False)]
    while stack:
        current, operands_done = stack.pop()
        if operands_done:
            values = _evaluate(current)
            current.values = _UNKNOWN if values is None else values
        elif current.values is None:
            current.values = _UNKNOWN  # cuts cycles through loops
            layer = _foldable_layer(current)
            if layer is not None:
                stack.append((current, True))
                stack.extend((t, False) for t in _operands(layer))


def _foldable_layer(tensor: Tensor) -> Layer | None:
    layer = tensor.layer
    if layer is None or tensor.output_index != 0 or tensor.is_float:
        return None
    return layer if layer.kind in _FOLDERS else None


def _operands(layer: Layer) -> list[Tensor]:
    """The inputs whose values count: a Shape layer looks at none."""
    if layer.kind is LayerKind.SHAPE:
        return []
    return [t for t in layer.inputs if t is not None and t.values is None]


def _evaluate(tensor: Tensor) -> Values | None:
    layer = _foldable_layer(tensor)
    if layer is None:
        return None
    values = _FOLDERS[layer.kind](layer)
    if values is None or len(values) > MAX_ELEMENTS:
        return None
    values = [v if v is None or v in _INT64 else None for v in values]
    return None if values and all(v is None for v in values) else values


def _is_small(count: int) -> bool:
    """True for a number of elements that is known and worth evaluating."""
    return 0 <= count <= MAX_ELEMENTS


def _input(layer: Layer, index: int = 0) -> Values | None:
    tensor = layer.input_at(index)
    return None if tensor is None else known_values(tensor)


def _constant(layer: Layer) -> Values | None:
    weights = layer.params["weights"]
    if not _is_small(weights.count) or weights.dtype in ("int4", "fp4", "fp8"):
        return None
    return [v.item() for v in weights.data().reshape(-1)]


def _shape(layer: Layer) -> Values | None:
    tensor = layer.inputs[0]
    return None if tensor is None else [None if d < 0 else d for d in tensor.shape]


def _same(layer: Layer) -> Values | None:
    return _input(layer)


def _cast(layer: Layer) -> Values | None:
    values = _input(layer)
    if values is None:
        return None
    target = bool if layer.output.dtype == "bool" else int
    return [None if v is None else target(v) for v in values]


def _shuffle(layer: Layer) -> Values | None:
    if layer.params.get("first_transpose") or layer.params.get("second_transpose"):
        tensor = layer.inputs[0]
        if tensor is not None and tensor.rank > 1:
            return None
    return _input(layer)


def _concatenation(layer: Layer) -> Values | None:
    values: Values = []
    for tensor in layer.inputs:
        if tensor is None or tensor.rank > 1 or any(d < 0 for d in tensor.shape):
            return None
        if not _is_small(len(values) + math.prod(tensor.shape)):
            return None
        part = known_values(tensor)
        values += part if part is not None else [None] * math.prod(tensor.shape)
    return values


def _gather(layer: Layer) -> Values | None:
    data, indices = layer.inputs[0], layer.inputs[1]
    if data is None or indices is None or data.rank != 1 or layer.params.get("axis", 0) != 0:
        return None
    values, positions = known_values(data), known_values(indices)
    if values is None or positions is None:
        return None
    out: Values = []
    for position in positions:
        known = position is not None and -len(values) <= position < len(values)
        out.append(values[int(position)] if known else None)
    return out


def _slice(layer: Layer) -> Values | None:
    data = layer.inputs[0]
    if data is None or data.rank != 1:
        return None
    values = known_values(data)
    if values is None or layer.params.get("mode", "default") != "default":
        return None
    parts = []
    for index, key in ((1, "start"), (2, "size"), (3, "stride")):
        dynamic = layer.input_at(index)
        if dynamic is not None:
            known = known_values(dynamic)
            part = None if known is None else known[0]
        else:
            given = layer.params.get(key)
            part = given[0] if given else None
        if part is None:
            return None
        parts.append(int(part))
    start, size, stride = parts
    if not _is_small(size):
        return None
    positions = [start + i * stride for i in range(size)]
    if any(not 0 <= p < len(values) for p in positions):
        return None
    return [values[p] for p in positions]


def _select(layer: Layer) -> Values | None:
    wide = _stretched_inputs(layer, 3)
    if wide is None:
        return None
    out: Values = []
    for c, a, b in zip(*wide, strict=True):
        if c is None:
            out.append(a if a is not None and a == b else None)
        else:
            out.append(a if c else b)
    return out


def _stretched_inputs(layer: Layer, count: int) -> list[Values] | None:
    """The first ``count`` inputs broadcast to the output's size, unless that is too large."""
    size = math.prod(layer.output.shape)
    if not _is_small(size):
        return None
    return [_stretch(_input(layer, i), size) for i in range(count)]


def _stretch(values: Values | None, size: int) -> Values:
    if values is None:
        return [None] * size
    if len(values) == size:
        return values
    return values * size if len(values) == 1 else [None] * size


def _floor_div(a: Any, b: Any) -> Any:
    return None if b == 0 else a // b


def _div(a: Any, b: Any) -> Any:
    if b == 0:
        return None
    quotient = abs(a) // abs(b)  # TensorRT truncates integer division
    return quotient if (a < 0) == (b < 0) else -quotient


_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "sum": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "prod": lambda a, b: a * b,
    "min": min,
    "max": max,
    "div": _div,
    "floor_div": _floor_div,
    "equal": lambda a, b: a == b,
    "greater": lambda a, b: a > b,
    "less": lambda a, b: a < b,
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "xor": lambda a, b: a != b,
}


def _elementwise(layer: Layer) -> Values | None:
    function = _BINARY.get(layer.params["op"])
    if function is None:
        return None
    wide = _stretched_inputs(layer, 2)
    if wide is None:
        return None
    return [
        None if x is None or y is None else function(x, y) for x, y in zip(*wide, strict=True)
    ]


_UNARY: dict[str, Callable[[Any], Any]] = {
    "neg": lambda a: -a,
    "abs": abs,
    "not": lambda a: not a,
}


def _unary(layer: Layer) -> Values | None:
    function = _UNARY.get(layer.params["op"])
    values = _input(layer)
    if function is None or values is None:
        return None
    return [None if v is None else function(v) for v in values]


def _reduce(layer: Layer) -> Values | None:
    tensor = layer.inputs[0]
    values = _input(layer)
    if tensor is None or values is None or tensor.rank != 1 or None in values or not values:
        return None
    functions: dict[str, Callable[[Values], Any]] = {
        "prod": math.prod,
        "sum": sum,
        "max": max,
        "min": min,
    }
    function = functions.get(layer.params["op"])
    return None if function is None else [function(values)]


def _fill(layer: Layer) -> Values | None:
    if layer.params.get("op") != "linspace" or layer.output.rank != 1:
        return None
    size = layer.output.shape[0]
    start, delta = layer.params.get("alpha"), layer.params.get("beta")
    if start is None or delta is None or not _is_small(size):
        return None
    return [start + i * delta for i in range(size)]


_FOLDERS: dict[LayerKind, Folder] = {
    LayerKind.CAST: _cast,
    LayerKind.CONCATENATION: _concatenation,
    LayerKind.CONSTANT: _constant,
    LayerKind.ELEMENTWISE: _elementwise,
    LayerKind.FILL: _fill,
    LayerKind.GATHER: _gather,
    LayerKind.IDENTITY: _cast,
    LayerKind.REDUCE: _reduce,
    LayerKind.SELECT: _select,
    LayerKind.SHAPE: _shape,
    LayerKind.SHUFFLE: _shuffle,
    LayerKind.SLICE: _slice,
    LayerKind.SQUEEZE: _same,
    LayerKind.UNARY: _unary,
    LayerKind.UNSQUEEZE: _same,
}
