# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Normalized values: of n values with mean square 1 none is larger than sqrt(n)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from setrange.fill.facts import Rank
from setrange.fill.interval import Interval
from setrange.fill.registry import propose
from setrange.network import LayerKind
from setrange.network.trace import constant_values, is_constant, number, producer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy.typing as npt

    from setrange.fill.facts import Proposal, Ranges
    from setrange.network import Layer, Tensor

__all__ = ["before_scaling", "decomposed_normalization", "extent", "scaled_and_shifted"]


def extent(data: Tensor | None, axes: Sequence[int]) -> int | None:
    """Number of elements along ``axes``, ``None`` if not known."""
    if data is None:
        return None
    sizes = [data.shape[axis] for axis in axes]
    return None if -1 in sizes else math.prod(sizes)


def scaled_and_shifted(
    largest: float, scale: Tensor | None, bias: Tensor | None
) -> Interval | None:
    """The interval of ``scale * x + bias`` for x in [-largest, largest], over all channels.

    Args:
        largest: Largest absolute value of x.
        scale: A constant.
        bias: A constant that broadcasts with it, or ``None`` for none.
    """
    import numpy as np

    factors, shift = _values(scale), np.zeros(1) if bias is None else _values(bias)
    if factors is None or shift is None:
        return None
    try:
        factors, shift = np.broadcast_arrays(factors, shift)
    except ValueError:
        return None
    reach = np.abs(factors) * largest
    return Interval(float(np.min(shift - reach)), float(np.max(shift + reach)))


def _values(tensor: Tensor | None) -> npt.NDArray[Any] | None:
    import numpy as np

    values = constant_values(tensor)
    return None if values is None else values.astype(np.float64)


def decomposed_normalization(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    """LayerNorm or RMSNorm as single layers: the quotient, and weights after it."""
    if not ranges.wants(layer.output):
        return
    count = _normalized_count(layer.output)
    if count is not None:
        largest = math.sqrt(count)
        why = f"at most sqrt({count}): {{}} normalizes {count} values", layer
        interval = Interval(-largest, largest)
        yield from propose(ranges, layer.output, Rank.NORMALIZED, [], lambda: interval, why)
        return
    parts = _affine(layer)
    if parts is not None:
        data, scale, bias = parts
        largest = math.sqrt(_normalized_count(data) or 0)
        why = f"at most |scale| x {largest:.4g} + |bias| of {{}}: normalized values", layer
        yield from propose(
            ranges,
            layer.output,
            Rank.NORMALIZED,
            [],
            lambda: scaled_and_shifted(largest, scale, bias),
            why,
        )


def _affine(layer: Layer) -> tuple[Tensor, Tensor, Tensor | None] | None:
    """The normalized tensor, scale and bias behind ``x * scale`` or ``x * scale + bias``."""
    op = layer.params.get("op")
    if op == "prod":
        for data, scale in _with_constant(layer):
            if _normalized_count(data) is not None:
                return data, scale, None
    if op == "sum":
        for scaled, bias in _with_constant(layer):
            product = producer(scaled)
            if product is None or product.kind is not LayerKind.ELEMENTWISE:
                continue
            inner = _affine(product) if product.params.get("op") == "prod" else None
            if inner is not None:
                return inner[0], inner[1], bias
    return None


def _with_constant(layer: Layer) -> Iterator[tuple[Tensor, Tensor]]:
    for index in (0, 1):
        data, constant = layer.input_at(index), layer.input_at(1 - index)
        if data is not None and constant is not None and is_constant(constant):
            yield data, constant


def _normalized_count(tensor: Tensor | None) -> int | None:
    """Over how many values the tensor is ``u / sqrt(mean(u ** 2) + eps)``."""
    layer = producer(tensor)
    if layer is None or layer.kind is not LayerKind.ELEMENTWISE:
        return None
    op = layer.params.get("op")
    a, b = layer.input_at(0), layer.input_at(1)
    if op == "div":
        return _count_of_mean_square(_argument(b, "sqrt"), a)
    if op == "prod":  # u * (1 / sqrt(...))
        for data, factor in ((a, b), (b, a)):
            root = _argument(_argument(factor, "recip"), "sqrt")
            count = _count_of_mean_square(root, data)
            if count is not None:
                return count
    return None


def _argument(tensor: Tensor | None, op: str) -> Tensor | None:
    layer = producer(tensor)
    if layer is None or layer.kind is not LayerKind.UNARY or layer.params.get("op") != op:
        return None
    return layer.input_at(0)


def _count_of_mean_square(tensor: Tensor | None, data: Tensor | None) -> int | None:
    """The number of values if the tensor is ``mean(data ** 2) + eps``, eps >= 0."""
    layer = producer(tensor)
    if layer is not None and layer.kind is LayerKind.ELEMENTWISE:
        if layer.params.get("op") != "sum":
            return None
        parts = list(_with_constant(layer))
        epsilon = number(parts[0][1]) if len(parts) == 1 else None
        if epsilon is None or epsilon < 0:
            return None
        layer = producer(parts[0][0])
    if layer is None or layer.kind is not LayerKind.REDUCE or layer.params.get("op") != "avg":
        return None
    squared = layer.input_at(0)
    if not _is_square_of(squared, data):
        return None
    return extent(squared, layer.params["axes"])


def _is_square_of(tensor: Tensor | None, data: Tensor | None) -> bool:
    layer = producer(tensor)
    if layer is None or data is None or layer.kind is not LayerKind.ELEMENTWISE:
        return False
    a, b = layer.input_at(0), layer.input_at(1)
    if layer.params.get("op") == "prod":
        return a is b and _same(a, data)
    if layer.params.get("op") == "pow":
        return number(b) == 2.0 and _same(a, data)
    return False


def _same(a: Tensor | None, b: Tensor | None) -> bool:
    """True for one tensor, copies of it in its shape, and differences of the same two."""
    if a is b:
        return True
    first, second = producer(a), producer(b)
    if first is None or second is None:
        return False
    if first is second:
        return True
    return (
        first.kind is second.kind is LayerKind.ELEMENTWISE
        and first.params.get("op") == second.params.get("op") == "sub"
        and all(
            (producer(x) is producer(y) and producer(x) is not None) or x is y
            for x, y in zip(first.inputs, second.inputs, strict=True)
        )
    )


def before_scaling(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    """The input of ``x * number``, which nothing else reads, is the output / number."""
    op = layer.params.get("op")
    if op not in ("prod", "div"):
        return
    for data, constant in _with_constant(layer):
        value = number(constant)
        if value is None or not ranges.feeds_only(data, layer):
            continue
        if op == "div" and data is not layer.input_at(0):
            continue
        factor = value if op == "div" else 1 / value if value else 0.0
        if factor and math.isfinite(factor):
            sign = "/" if op == "prod" else "x"
            why = f"output of {{}} {sign} {value:g}", layer
            yield from propose(
                ranges,
                data,
                Rank.COPIED_FROM,
                [layer.output],
                lambda y, factor=factor: y.times(factor),
                why,
            )
