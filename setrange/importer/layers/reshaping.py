# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Layers that only give elements another shape or order: Shuffle, Squeeze, Unsqueeze, Shape.

Of each kind, ``infer_*`` gives the shapes of the outputs, -1 being unknown; a contradiction
refuses the model, as the network's error recorder does in the parser. ``fold_*`` gives the
element values of the first output.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from setrange.importer.layers.values import (
    as_rank,
    element_values,
    elements,
    input_tensor,
    input_values,
    known_dims,
    known_values,
)
from setrange.importer.rejections import refuse, require
from setrange.importer.symbolic import Calculator, whole
from setrange.network import MAX_DIMS
from setrange.network.dimensions import FreeDim

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.layers.values import Array
    from setrange.network.graph import Layer, Shape


def fold_shape(layer: Layer) -> Array:
    """The dimensions, known or not."""
    return elements(input_tensor(layer).shape)


def infer_shuffle(layer: Layer) -> list[Shape]:
    """Shuffle: transpose, reshape, transpose."""
    shape = _permuted(input_tensor(layer).shape, layer.params.get("first_transpose"))
    dims: Sequence[int] | None = layer.params.get("reshape")
    dynamic = layer.input_at(1)
    calc = Calculator(layer.network)
    if dynamic is not None:
        is_vector = dynamic.rank == 1 and dynamic.shape[0] >= 0
        require(is_vector, "shuffle: the dimensions must be a vector of known length")
        values = element_values(dynamic)
        if values is not None:
            dims = [whole(v) for v in values]
        else:
            count = as_rank(dynamic.shape[0])
            dims = [calc.atom("element", id(dynamic), i) for i in range(count)]
    if dims is not None:
        placeholder = layer.params.get("zero_is_placeholder", True)
        shape = _reshaped(
            calc, shape, dims, zero_is_placeholder=placeholder, checks_volume=dynamic is None
        )
    return [_permuted(shape, layer.params.get("second_transpose"))]


def fold_shuffle(layer: Layer) -> Array:
    """The same elements, in the order that both transposes leave them in."""
    values = input_values(layer)
    first, second = layer.params.get("first_transpose"), layer.params.get("second_transpose")
    if first is not None:
        values = values.transpose(first[: values.ndim])
    if second is None:
        return values
    order = second[: layer.output.rank]
    between = [layer.output.shape[order.index(i)] for i in range(len(order))]
    turned: Array = values.reshape(between).transpose(order)
    return turned


def _permuted(shape: Shape, perm: Sequence[int] | None) -> Shape:
    if perm is None:
        return shape
    perm = perm[: len(shape)]
    if sorted(perm) != list(range(len(shape))):
        refuse(f"shuffle: {list(perm)} is not a permutation of {len(shape)} dimensions")
    return tuple(shape[i] for i in perm)


def _reshaped(
    calc: Calculator,
    shape: Shape,
    dims: Sequence[int],
    *,
    zero_is_placeholder: bool,
    checks_volume: bool,
) -> Shape:
    """Return ``shape`` reshaped to ``dims`` (0 = copy if placeholder, -1 = the rest).

    ``dims`` may hold expressions. Where dimensions are an input, the volumes are compared
    when the engine is built (``checks_volume`` false).
    """
    if len(dims) > MAX_DIMS:
        refuse(f"reshape: more than {MAX_DIMS} dimensions")
    result: list[int] = []
    rest: int | None = None
    source: list[int] = list(shape)
    target: list[int] = []
    for i, d in enumerate(dims):
        if d == 0 and zero_is_placeholder:
            if i >= len(shape):
                refuse(f"reshape: dimension {i} is copied from a tensor of rank {len(shape)}")
            d, source[i] = shape[i], 1
        elif d == -1 and not isinstance(d, FreeDim):
            require(rest is None, "reshape: more than one dimension is -1")
            rest = i
        else:
            target.append(d)
        result.append(d)
    have, want = _volume(source), _volume(target)
    known = have >= 0 and want >= 0
    if rest is None:
        if have != want and known and checks_volume:
            refuse(f"reshape: {list(shape)} has {have} elements, {list(dims)} has {want}")
        return tuple(result)
    if known and want and have % want != 0 and checks_volume:
        refuse(f"reshape: {list(shape)} does not divide into {list(dims)}")
    if known:
        result[rest] = have // want if want else 0
    else:
        result[rest] = _rest(calc, source, target) if want else 0
    return tuple(result)


def _volume(dims: Sequence[int]) -> int:
    return -1 if any(d < 0 for d in dims) else math.prod(dims)


def _rest(calc: Calculator, source: Sequence[int], target: Sequence[int]) -> int:
    """The dimension that is left of ``source``; free ones in both cancel out."""
    left = list(source)
    for d in target:
        if not isinstance(d, FreeDim):
            continue
        same = [i for i, s in enumerate(left) if _is_same(s, d)]
        if not same:
            return -1
        del left[same[0]]
    want = math.prod(d for d in target if not isinstance(d, FreeDim))
    rest = calc.binary("div", calc.product(left), want) if want else -1
    size: int = whole(rest)
    return size


def _is_same(a: int, b: int) -> bool:
    """True for equal expressions."""
    return isinstance(a, FreeDim) and isinstance(b, FreeDim) and a.expression == b.expression


def _axes_of(layer: Layer, rank: int, what: str) -> list[int]:
    """The axes that input 1 holds, which must be known."""
    values = known_values(input_tensor(layer, 1))
    if values is None or None in values:
        refuse(f"{what}: the axes must be known at build time")
    axes = [whole(v) for v in values]
    if any(not -rank <= axis < rank for axis in axes):
        refuse(f"{what}: axes {axes} are outside rank {rank}")
    return [axis % rank for axis in axes]


def infer_squeeze(layer: Layer) -> list[Shape]:
    """Squeeze (10.7 on): axes are input 1; without axes all dimensions of 1 go."""
    shape = input_tensor(layer).shape
    if layer.input_at(1) is None:
        return [tuple(d for d in shape if d != 1)]
    axes = set(_axes_of(layer, len(shape), "squeeze"))
    for axis in axes:
        if shape[axis] not in (1, -1):
            refuse(f"squeeze: dimension {axis} of {list(shape)} is not 1")
    return [tuple(d for i, d in enumerate(shape) if i not in axes)]


def infer_unsqueeze(layer: Layer) -> list[Shape]:
    """Unsqueeze (10.7 on): axes are input 1."""
    shape = list(input_tensor(layer).shape)
    count = len(known_dims(input_tensor(layer, 1), 0))
    if len(shape) + count > MAX_DIMS:
        refuse(f"unsqueeze: more than {MAX_DIMS} dimensions")
    for axis in sorted(_axes_of(layer, len(shape) + count, "unsqueeze")):
        shape.insert(axis, 1)
    return [tuple(shape)]
