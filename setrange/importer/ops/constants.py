# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Constant, ConstantOfShape, Shape and Size."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from setrange.importer.helpers.attributes import required_tensor_attr
from setrange.importer.helpers.inputs import required
from setrange.importer.helpers.slices import constant_of_shape, legacy_constant_of_shape
from setrange.importer.helpers.tensors import require_not_type
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import product, shape_of
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Tensor

#: Attribute present where the file was written by TensorRT itself.
_SERIALIZED = "trt_outputs_range_min"

#: Opset in which the value_* attributes of Constant appeared.
_VALUE_ATTRIBUTES = 12

_UNSUPPORTED = ("sparse_value", "value_string", "value_strings")


def _value(ctx: ImporterContext, node: Node) -> Weights:
    name = node.outputs[0] if node.outputs else None
    return ctx.weights(required_tensor_attr(node, "value"), name)


def _plain(ctx: ImporterContext, node: Node) -> Value:
    weights = _value(ctx, node)
    if node.attr_floats(_SERIALIZED):
        return ctx.net.add_constant(weights).output
    return weights


@importer("Constant", since="7.0", source="7.0:importConstant")
def constant(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    return [_plain(ctx, node)]


def _value_attribute(ctx: ImporterContext, node: Node, *, integers: bool) -> Weights | None:
    """The value given as numbers; without ``integers`` they are read as if they were floats."""
    if ctx.opset < _VALUE_ATTRIBUTES:
        return None
    if node.has("value_float"):
        return ctx.temporary(node.attr_float("value_float"), "float32", ())
    if node.has("value_floats"):
        floats = node.attr_floats("value_floats")
        return ctx.temporary(floats, "float32", (len(floats),))
    if node.has("value_int"):
        value = node.attr_int("value_int") if integers else 0
        return ctx.temporary(value, "int64" if integers else "int32", ())
    if node.has("value_ints"):
        values = node.attr_ints("value_ints") if integers else []
        return ctx.temporary(values, "int64" if integers else "int32", (len(values),))
    return None


@importer("Constant", since="8.0", source="8.6-GA:importConstant")
def constant_with_values(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, integers: bool = False
) -> Sequence[Value]:
    if node.attr_floats(_SERIALIZED):
        return [_plain(ctx, node)]
    for name in _UNSUPPORTED:
        require(not node.has(name), f"TensorRT does not support the attribute {name}")
    given = _value_attribute(ctx, node, integers=integers)
    return [_plain(ctx, node) if given is None else given]


importer("Constant", since="10.1", source="10.10:importConstant")(
    partial(constant_with_values, integers=True)
)


def _fill_value(ctx: ImporterContext, node: Node) -> Weights:
    """The value to repeat; the parser makes its default first, needed or not."""
    if not ctx.profile.names_fill_values:
        default = ctx.temporary([0.0], "float32", (1,))
        return _value(ctx, node) if node.has("value") else default
    name = ctx.reserve_refittable_name()
    if node.has("value"):
        return _value(ctx, node).renamed(name)
    return Weights("float32", (1,), lambda: np.zeros(1, np.float32), name=name)


def _legacy_constant_of_shape(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, checks_type: bool = False
) -> Sequence[Value]:
    shape = ctx.to_tensor(required(inputs, 0))
    weights = _fill_value(ctx, node)
    if checks_type:
        require_not_type(ctx, weights, "UINT8")
    require(weights.count > 0, "the value of ConstantOfShape must have an element")
    return [legacy_constant_of_shape(ctx, ctx.to_tensor(weights), shape)]


importer("ConstantOfShape", since="7.0", source="7.0:importConstantOfShape")(
    _legacy_constant_of_shape
)
importer("ConstantOfShape", since="8.5", source="8.5-GA:importConstantOfShape")(
    partial(_legacy_constant_of_shape, checks_type=True)
)


@importer("ConstantOfShape", since="8.6", source="10.10:importConstantOfShape")
def constant_of_any_shape(
    ctx: ImporterContext, node: Node, inputs: list[Value]
) -> Sequence[Value]:
    shape = ctx.to_tensor(required(inputs, 0))
    weights = _fill_value(ctx, node)
    require_not_type(ctx, weights, "UINT8")
    return [constant_of_shape(ctx, ctx.to_tensor(weights), shape)]


@importer("Shape", since="7.0", source="8.6-GA:importShape")
def shape(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    layer = ctx.net.add_shape(ctx.to_tensor(required(inputs, 0)))
    return [ctx.register_layer(layer).output]


@importer("Shape", since="10.1", source="10.10:importShape")
def shape_with_bounds(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = ctx.to_tensor(required(inputs, 0))
    layer = ctx.register_layer(ctx.net.add_shape(tensor))
    dims: Tensor = ctx.register_inner(ctx.net.add_cast(layer.output, "int64")).output
    rank = tensor.rank
    start = _within(node.attr_int("start", 0), rank)
    end = _within(node.attr_int("end", rank), rank)
    if (start, end) == (0, rank):
        return [dims]
    part = ctx.net.add_slice(dims, (start,), (max(0, end - start),), (1,))
    return [ctx.register_inner(part).output]


def _within(index: int, rank: int) -> int:
    return min(max(0, index + rank if index < 0 else index), rank)


@importer("Size", since="7.0", source="10.10:importSize")
def size(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    dims = shape_of(ctx, required(inputs, 0))
    return [product(ctx, dims, 0, len(dims), 0).tensor(ctx)]
