# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Range and the random ops: Fill layers."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.fill import add_fill
from setrange.importer.helpers.inputs import required, required_tensor
from setrange.importer.helpers.tensors import cast_helper, squeeze_tensor, type_name
from setrange.importer.registry import importer
from setrange.importer.rejections import refuse, require
from setrange.importer.shape_tensor import (
    ShapeTensor,
    cast_to_int32,
    cast_to_int64,
    convert_to_1d,
    floor_div,
    maximum,
    shape_of,
    shape_scalar,
    shape_tensor,
    shape_vector,
    sub,
)
from setrange.importer.shape_value import INT32_MAX
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Layer, Tensor
    from setrange.network.modes import FillOp

#: ONNX data types that random ops make; the rest is refused.
_RANDOM_TYPES = {1: "float32", 10: "float16"}


def _range_layer(
    ctx: ImporterContext,
    start: ShapeTensor,
    limit: ShapeTensor,
    delta: ShapeTensor,
    as_count: Callable[[ImporterContext, ShapeTensor], ShapeTensor] | None = None,
) -> Layer:
    """Fill layer of max(0 - floor((start - limit) / delta), 0) elements."""
    zero = shape_scalar(0)
    quotient = floor_div(ctx, sub(ctx, start, limit), delta)
    if as_count is not None:
        quotient = as_count(ctx, quotient)
    count = maximum(ctx, sub(ctx, zero, quotient), zero)
    return ctx.register_layer(add_fill(ctx, convert_to_1d(ctx, count), "linspace"))


def _set_dynamic_range(
    ctx: ImporterContext, layer: Layer, start: ShapeTensor, delta: ShapeTensor
) -> None:
    layer.set_input(1, start.tensor(ctx))
    layer.set_input(2, convert_to_1d(ctx, delta).tensor(ctx))


def _set_static_range(layer: Layer, start: float, delta: float) -> None:
    layer.set_params(alpha=start, beta=delta)


@importer("Range", since="7.0", source="7.0:importRange")
def range_70(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    values = [required(inputs, i) for i in range(3)]
    floats = [v for v in values if isinstance(v, Weights)]
    if len(floats) == 3 and floats[0].dtype == "float32":
        return _constant_float_range(ctx, floats)
    require(
        type_name(ctx, values[0]) == "INT32",
        "Range takes FLOAT inputs only if all are constant, else INT32",
    )
    start, limit, delta = (shape_tensor(ctx, value) for value in values)
    layer = _range_layer(ctx, start, limit, delta)
    if start.all_known and delta.all_known:
        _set_static_range(layer, start[0], delta[0])
    else:
        _set_dynamic_range(ctx, layer, start, delta)
    layer.output.dtype = "int32"
    return [layer.output]


def _constant_float_range(ctx: ImporterContext, values: Sequence[Weights]) -> Sequence[Value]:
    start, limit, delta = (_first(value) for value in values)
    require(delta != 0, "Range: the step is zero")
    steps = (limit - start) / delta
    require(
        math.isfinite(steps), f"Range: {start:g} to {limit:g} in steps of {delta:g} never ends"
    )
    size = max(math.ceil(steps), 0)
    require(size != 0, "Range: ranges of no elements are not supported")
    require(size <= INT32_MAX, "Range: the number of elements must fit in INT32")
    layer = ctx.register_layer(add_fill(ctx, shape_vector(size), "linspace"))
    _set_static_range(layer, start, delta)
    return [layer.output]


def _first(weights: Weights) -> float:
    values = weights.floats()
    require(values, "Range: an input is empty")
    return values[0]


@importer("Range", since="8.4", source="8.4-GA:importRange")
def range_84(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    values = [required(inputs, i) for i in range(3)]
    is_int = type_name(ctx, values[0]) == "INT32"
    require(
        is_int or type_name(ctx, values[0]) == "FLOAT",
        "Range takes INT32 and FLOAT inputs only",
    )
    start, limit, delta = (shape_tensor(ctx, value) for value in values)
    require(
        start.is_float == limit.is_float == delta.is_float,
        "Range: start, limit and delta must be of one type",
    )
    layer = _range_layer(ctx, start, limit, delta, cast_to_int32 if start.is_float else None)
    if start.all_known and delta.all_known:
        _set_static_range(layer, start[0], delta[0])
    else:
        _set_dynamic_range(ctx, layer, start, delta)
    if is_int:
        layer.output.dtype = "int32"
    return [layer.output]


def _as_scalar(ctx: ImporterContext, tensor: Tensor) -> Tensor:
    if tensor.rank != 1:
        return tensor
    require(tensor.shape[0] in (1, -1), "Range: start, limit and delta must be single values")
    return squeeze_tensor(ctx, tensor, [0])


def _range_10(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    same: tuple[int, ...],
    takes_vectors: bool = False,
) -> Sequence[Value]:
    """Range in INT64 arithmetic; inputs ``same`` must be of the first one's type.

    ``takes_vectors``: integers may be vectors of one element (11.4 on).
    """
    values = [required(inputs, i) for i in range(3)]
    kind = type_name(ctx, values[0])
    require(
        all(type_name(ctx, values[i]) == kind for i in same),
        "Range: start, limit and delta must be of one type",
    )
    require(kind in ("INT32", "INT64", "FLOAT"), "Range takes INT32, INT64 and FLOAT only")
    if kind == "FLOAT":
        start, limit, delta = (shape_tensor(ctx, value) for value in values)
    else:
        tensors = [cast_helper(ctx, ctx.to_tensor(value), "int64") for value in values]
        if takes_vectors:
            tensors = [_as_scalar(ctx, tensor) for tensor in tensors]
        start, limit, delta = (ShapeTensor.of_tensor(tensor) for tensor in tensors)
    as_count = None if kind == "INT64" else cast_to_int64
    layer = _range_layer(ctx, start, limit, delta, as_count)
    first, step = values[0], values[2]
    if start.all_known and delta.all_known and kind != "INT64":
        _set_static_range(layer, start[0], delta[0])
    elif kind == "INT32" and isinstance(first, Weights) and isinstance(step, Weights):
        require(first.count == step.count == 1, "Range: start and delta must be single values")
        _set_static_range(layer, first.ints()[0], step.ints()[0])
    else:
        _set_dynamic_range(ctx, layer, start, delta)
    if kind != "FLOAT":
        layer.output.dtype = kind.lower()
    return [layer.output]


importer("Range", since="10.1", source="10.1-GA:importRange")(partial(_range_10, same=(2,)))
importer("Range", since="10.7", source="10.7:importRange")(partial(_range_10, same=(1, 2)))
importer("Range", since="11.4", source="TensorRT for RTX 1.7: layer lists")(
    partial(_range_10, same=(1, 2), takes_vectors=True)
)


def _random(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, op: FillOp, like: bool
) -> Sequence[Value]:
    """A random tensor of a given shape or of the input's."""
    if like:
        require(len(inputs) == 1, f"{node.op} takes exactly one input")
        tensor = required_tensor(inputs, 0)
        shape, dtype = shape_of(ctx, tensor), tensor.dtype
    else:
        require(node.has("shape"), f"{node.op} needs the attribute shape")
        shape, dtype = ShapeTensor(rank=1, values=node.attr_ints("shape")), "float32"
    low, high = ("low", "high") if op == "random_uniform" else ("mean", "scale")
    layer = add_fill(
        ctx,
        shape,
        op,
        alpha=node.attr_float(low, 0.0),
        beta=node.attr_float(high, 1.0),
    )
    ctx.register_layer(layer)
    if node.has("dtype"):
        wanted = _RANDOM_TYPES.get(node.attr_int("dtype"))
        if wanted is None:
            refuse(f"{node.op} makes FLOAT and FLOAT16 only")
        dtype = wanted
    layer.output.dtype = dtype
    return [layer.output]


_RANDOM: tuple[tuple[str, str, FillOp, bool], ...] = (
    ("RandomUniform", "7.0", "random_uniform", False),
    ("RandomUniformLike", "7.0", "random_uniform", True),
    ("RandomNormal", "8.5", "random_normal", False),
    ("RandomNormalLike", "8.5", "random_normal", True),
)

for _op, _since, _fill, _like in _RANDOM:
    importer(_op, since=_since, source=f"8.6-GA:import{_op}")(
        partial(_random, op=_fill, like=_like)
    )
