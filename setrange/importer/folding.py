# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Element values that TensorRT knows at definition time.

TensorRT evaluates shape arithmetic while the network is built, element by element, integers
and floats alike: part of a vector can be known, and of the rest it knows how it is computed
(``symbolic``). Values are computed on demand, from the tensor backwards.

What a file of a few bytes can ask for is limited here, for all layers alike: a tensor of more
than ``MAX_ELEMENTS`` elements is not evaluated, and neither is a value that does not fit into
64 bits. No dimension needs either.

Source: the shapes that NVIDIA's own library infers (TensorRT for RTX 1.4 to 1.7).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.importer.folding_floats import as_dtype, float_binary, unary
from setrange.importer.symbolic import Calculator, is_known, whole
from setrange.network.dimensions import FreeDim
from setrange.network.kinds import LayerKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from setrange.network.graph import Layer, Tensor

    #: Element values in the tensor's shape; numbers, booleans and expressions.
    Array = npt.NDArray[np.object_]
    Folder = Callable[[Layer], Array | None]

__all__ = ["FOLDED_KINDS", "MAX_ELEMENTS", "element_values", "known_values"]

#: Larger tensors are not evaluated; dimensions never need them.
MAX_ELEMENTS = 1024

_UNKNOWN = object()


def known_values(tensor: Tensor) -> list[Any] | None:
    """Return the element values, row-major, ``None`` per unknown element.

    ``None`` for the whole if nothing is known (not computable, or too large).
    """
    values = element_values(tensor)
    if values is None:
        return None
    known = [v if is_known(v) else None for v in values]
    return None if known and all(v is None for v in known) else known


def element_values(tensor: Tensor) -> list[Any] | None:
    """Return the element values, row-major: numbers, booleans and expressions.

    ``None`` if the tensor is not computed from constants and dimensions, or is too large.
    """
    if tensor.values is None:
        _evaluate_back_from(tensor)
    return None if tensor.values is _UNKNOWN else list(tensor.values.reshape(-1))


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
    if layer is None or tensor.output_index != 0:
        return None
    return layer if layer.kind in _FOLDERS else None


def _operands(layer: Layer) -> list[Tensor]:
    """The inputs whose values count: a Shape layer looks at none."""
    if layer.kind is LayerKind.SHAPE:
        return []
    return [t for t in layer.inputs if t is not None and t.values is None]


def _evaluate(tensor: Tensor) -> Array | None:
    layer = _foldable_layer(tensor)
    if layer is None or not _is_small(_count(tensor)):
        return None
    values = _FOLDERS[layer.kind](layer)
    if values is not None and not isinstance(values, np.ndarray):
        values = _array([values])  # what numpy makes of 0-D arrays of objects
    if values is None or values.size != _count(tensor):
        return None
    return values.reshape(tensor.shape)


def _count(tensor: Tensor) -> int:
    """Number of elements, -1 if unknown."""
    return -1 if min(tensor.shape, default=0) < 0 else math.prod(tensor.shape)


def _is_small(count: int) -> bool:
    """True for a number of elements that is known and worth evaluating."""
    return 0 <= count <= MAX_ELEMENTS


def _array(values: Sequence[Any]) -> Array:
    array = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        array[i] = value
    return array


def _input(layer: Layer, index: int = 0) -> Array | None:
    """Values of an input in its shape; expressions for each element of a small integer tensor.

    A network input, or what no rule here computes, has values that are unknown, but the same
    wherever they are used.
    """
    tensor = layer.input_at(index)
    if tensor is None:
        return None
    if tensor.values is None:
        _evaluate_back_from(tensor)
    if tensor.values is not _UNKNOWN:
        values: Array = tensor.values
        return values
    if tensor.is_float or not _is_small(_count(tensor)):
        return None
    calc = Calculator(layer.network)
    elements = [calc.atom("element", id(tensor), i) for i in range(_count(tensor))]
    return _array(elements).reshape(tensor.shape)


def _constant(layer: Layer) -> Array | None:
    weights = layer.params["weights"]
    if not _is_small(weights.count) or weights.dtype in ("int4", "fp4", "fp8"):
        return None
    return _array([v.item() for v in weights.data().reshape(-1)])


def _shape(layer: Layer) -> Array | None:
    tensor = layer.inputs[0]
    return None if tensor is None else _array(tensor.shape)


def _same(layer: Layer) -> Array | None:
    return _input(layer)


def _cast(layer: Layer) -> Array | None:
    values = _input(layer)
    source = layer.input_at(0)
    if values is None or source is None:
        return None
    target = layer.output.dtype
    calc = Calculator(layer.network)

    def cast(value: Any) -> Any:
        if is_known(value):
            number = as_dtype(value, target)
            return calc.apply("cast", value, target) if number is None else number
        integers = not source.is_float and source.dtype != "bool"
        if integers and target in ("int32", "int64"):
            return value
        return calc.apply("cast", value, target)

    return _array([cast(v) for v in values.reshape(-1)])


def _shuffle(layer: Layer) -> Array | None:
    values = _input(layer)
    if values is None:
        return None
    first, second = (layer.params.get(f"{n}_transpose") for n in ("first", "second"))
    if first is not None:
        values = values.transpose(first[: values.ndim])
    if second is None:
        return values
    order = second[: layer.output.rank]
    between = [layer.output.shape[order.index(i)] for i in range(len(order))]
    turned: Array = values.reshape(between).transpose(order)
    return turned


def _concatenation(layer: Layer) -> Array | None:
    parts = [_input(layer, i) for i in range(len(layer.inputs))]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    joined: Array = np.concatenate(known, axis=layer.params["axis"])
    return joined


def _gather(layer: Layer) -> Array | None:
    data, indices = _input(layer), _input(layer, 1)
    if data is None or indices is None or not all(is_known(i) for i in indices.reshape(-1)):
        return None
    axis, mode = layer.params.get("axis", 0), layer.params.get("mode", "default")
    whole_numbers = [whole(i) for i in indices.reshape(-1)]
    positions: Any = np.array(whole_numbers, np.int64).reshape(indices.shape)
    extent = data.shape[-1] if mode == "nd" else data.shape[axis]
    if positions.size and not (-extent <= positions.min() and positions.max() < extent):
        return None
    if mode == "element":
        picked: Array = np.take_along_axis(data, positions, axis)
        return picked
    if mode == "nd":
        return data[positions[..., 0]] if data.ndim == 1 and positions.shape[-1] == 1 else None
    return np.take(data, positions, axis) if not layer.params.get("batch_dims") else None


def _slice_part(layer: Layer, index: int, key: str) -> list[Any] | None:
    if layer.input_at(index) is not None:
        values = _input(layer, index)
        return None if values is None else list(values.reshape(-1))
    given = layer.params.get(key)
    return None if given is None else list(given)


def _slice(layer: Layer) -> Array | None:
    data = _input(layer)
    if data is None or layer.input_at(5) is not None:
        return None
    parts = [
        _slice_part(layer, index, key)
        for index, key in ((1, "start"), (2, "size"), (3, "stride"))
    ]
    axes = list(layer.params.get("axes") or range(data.ndim))
    mode = layer.params.get("mode", "default")
    places = [np.arange(extent) for extent in data.shape]
    for i, axis in enumerate(axes):
        part = [None if values is None else values[i] for values in parts]
        if any(v is None or not is_known(v) for v in part):
            return None
        start, size, stride = (whole(v) for v in part if v is not None)
        if not _is_small(size):
            return None
        place = _sampled(start + stride * np.arange(size), data.shape[axis], mode)
        if place is None:
            return None
        places[axis] = place
    return data[np.ix_(*places)] if data.ndim else data


def _sampled(
    positions: npt.NDArray[np.int64], extent: int, mode: str
) -> npt.NDArray[np.int64] | None:
    """Positions inside a dimension, as the Slice layer's mode says; ``None``: outside."""
    inside = bool(((positions >= 0) & (positions < extent)).all())
    if inside or not extent:
        return positions if inside else None
    if mode == "wrap":
        return positions % extent
    if mode == "clamp":
        inner: npt.NDArray[np.int64] = np.clip(positions, 0, extent - 1)
        return inner
    if mode == "reflect" and extent > 1:
        period = 2 * (extent - 1)
        folded = np.abs(positions) % period
        mirrored: npt.NDArray[np.int64] = np.minimum(folded, period - folded)
        return mirrored
    return None


def _stretched(layer: Layer, count: int) -> list[Array] | None:
    """The first ``count`` inputs, broadcast to the output's shape."""
    wide: list[Array] = []
    for i in range(count):
        values = _input(layer, i)
        if values is None:
            return None
        wide.append(np.broadcast_to(values, layer.output.shape).reshape(-1))
    return wide


def _select(layer: Layer) -> Array | None:
    wide = _stretched(layer, 3)
    if wide is None:
        return None
    calc = Calculator(layer.network)
    return _array([_selected(calc, c, a, b) for c, a, b in zip(*wide, strict=True)])


def _selected(calc: Calculator, condition: Any, then: Any, other: Any) -> Any:
    if is_known(condition):
        return then if condition else other
    same = _expression(then) == _expression(other)
    return then if same else calc.apply("select", condition, then, other)


def _expression(value: Any) -> Any:
    return value.expression if isinstance(value, FreeDim) else value


def _elementwise(layer: Layer) -> Array | None:
    wide = _stretched(layer, 2)
    first = layer.input_at(0)
    if wide is None or first is None:
        return None
    op, calc = layer.params["op"], Calculator(layer.network)
    if not first.is_float:
        return _array([calc.binary(op, x, y) for x, y in zip(*wide, strict=True)])
    results = []
    for x, y in zip(*wide, strict=True):
        known = is_known(x) and is_known(y)
        value = float_binary(op, x, y, first.dtype) if known else None
        results.append(calc.apply(op, x, y) if value is None else value)
    return _array(results)


def _unary(layer: Layer) -> Array | None:
    values = _input(layer)
    tensor = layer.input_at(0)
    if values is None or tensor is None:
        return None
    op, calc = layer.params["op"], Calculator(layer.network)

    def apply(value: Any) -> Any:
        if not is_known(value):
            if op == "neg" and not tensor.is_float:
                return calc.scaled(value, -1)
            return value if op == "abs" and calc.lowest(value) >= 0 else calc.apply(op, value)
        result = unary(op, value, tensor.dtype)
        return calc.apply(op, value) if result is None else result

    return _array([apply(v) for v in values.reshape(-1)])


def _activation(layer: Layer) -> Array | None:
    values = _input(layer)
    if values is None or not all(is_known(v) for v in values.reshape(-1)):
        return None
    results = [unary(layer.params["op"], v, layer.output.dtype) for v in values.reshape(-1)]
    return None if None in results else _array(results)


_FOLDED = {"prod": "prod", "sum": "sum", "avg": "sum", "max": "max", "min": "min"}


def _reduce(layer: Layer) -> Array | None:
    values = _input(layer)
    op = layer.params["op"]
    tensor = layer.input_at(0)
    if values is None or tensor is None or op not in _FOLDED or not values.size:
        return None
    calc = Calculator(layer.network)
    axes = layer.params["axes"]
    rest = [i for i in range(values.ndim) if i not in axes]
    rows = values.transpose([*rest, *axes])
    rows = rows.reshape(-1, math.prod(values.shape[i] for i in axes))
    results = []
    for row in rows:
        total: Any = row[0]
        for value in row[1:]:
            if not tensor.is_float:
                total = calc.binary(_FOLDED[op], total, value)
                continue
            if not (is_known(total) and is_known(value)):
                return None
            total = float_binary(_FOLDED[op], total, value, tensor.dtype)
        if op == "avg":
            if not is_known(total):
                return None
            divide = float_binary if tensor.is_float else None
            total = (
                calc.binary("div", total, len(row))
                if divide is None
                else divide("div", total, float(len(row)), tensor.dtype)
            )
        results.append(total)
    return _array(results)


def _conditional_output(layer: Layer) -> Array | None:
    """What both branches give, or the one that a known condition chooses."""
    condition = known_values(layer.params["condition"])
    if condition is not None and condition[0] is not None:
        return _input(layer, 0 if condition[0] else 1)
    then, other = _input(layer), _input(layer, 1)
    if then is None or other is None or then.shape != other.shape:
        return None
    calc = Calculator(layer.network)
    what = calc.atom("condition", id(layer.params["condition"]))
    pairs = zip(then.reshape(-1), other.reshape(-1), strict=True)
    return _array([_selected(calc, what, a, b) for a, b in pairs])


def _fill(layer: Layer) -> Array | None:
    if layer.params.get("op") != "linspace" or layer.output.rank != 1:
        return None
    size = layer.output.shape[0]
    start, delta = layer.params.get("alpha"), layer.params.get("beta")
    if layer.input_at(1) is not None and layer.input_at(2) is not None:
        starts, deltas = _input(layer, 1), _input(layer, 2)
        if starts is None or deltas is None or starts.size != 1 or deltas.size != 1:
            return None
        start, delta = starts.reshape(-1)[0], deltas.reshape(-1)[0]
    if start is None or delta is None or not (is_known(start) and is_known(delta)):
        return None
    if not _is_small(size) or layer.output.is_float:
        return None
    return _array([whole(start) + i * whole(delta) for i in range(size)])


def _one_hot(layer: Layer) -> Array | None:
    indices, values = _input(layer), _input(layer, 1)
    if indices is None or values is None or not all(is_known(i) for i in indices.reshape(-1)):
        return None
    depth = layer.output.shape[layer.params["axis"]]
    off, on = values.reshape(-1)[:2]
    picked = np.expand_dims(indices.astype(np.int64), layer.params["axis"])
    shape = [1] * picked.ndim
    shape[layer.params["axis"]] = depth
    hot = (picked % depth if depth else picked) == np.arange(depth).reshape(shape)
    return _array([on if h else off for h in hot.reshape(-1)])


_FOLDERS: dict[LayerKind, Folder] = {
    LayerKind.ACTIVATION: _activation,
    LayerKind.CAST: _cast,
    LayerKind.CONCATENATION: _concatenation,
    LayerKind.CONDITIONAL_INPUT: _same,
    LayerKind.CONDITIONAL_OUTPUT: _conditional_output,
    LayerKind.CONSTANT: _constant,
    LayerKind.ELEMENTWISE: _elementwise,
    LayerKind.FILL: _fill,
    LayerKind.GATHER: _gather,
    LayerKind.IDENTITY: _cast,
    LayerKind.ONE_HOT: _one_hot,
    LayerKind.REDUCE: _reduce,
    LayerKind.SELECT: _select,
    LayerKind.SHAPE: _shape,
    LayerKind.SHUFFLE: _shuffle,
    LayerKind.SLICE: _slice,
    LayerKind.SQUEEZE: _same,
    LayerKind.UNARY: _unary,
    LayerKind.UNSQUEEZE: _same,
}

#: Kinds of layers whose values are computed here.
FOLDED_KINDS = frozenset(_FOLDERS)
