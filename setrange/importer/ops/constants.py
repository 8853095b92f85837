# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Constant, ConstantOfShape, Shape, Size, Identity, Dropout, Cast and CastLike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from setrange.importer import shape_tensor as st
from setrange.importer.op_context import OpContext
from setrange.importer.registry import checks, history, since
from setrange.importer.rejections import require
from setrange.model.constants import DTYPE_NAMES
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.importer.op_types import Given, Node, Outputs, Tensor, Value

#: Attribute present where the file was written by TensorRT itself.
_SERIALIZED = "trt_outputs_range_min"

#: Opset in which the value_* attributes of Constant appeared.
_VALUE_ATTRIBUTES = 12

_UNSUPPORTED = ("sparse_value", "value_string", "value_strings")


def _value(ctx: OpContext) -> Weights:
    name = ctx.node.outputs[0] if ctx.node.outputs else None
    return ctx.weights(ctx.required_tensor_attr("value"), name)


def _constant_70(ctx: OpContext) -> Value:
    weights = _value(ctx)
    if ctx.node.attr_floats(_SERIALIZED):
        return ctx.net.add_constant(weights).output
    return weights


def _constant(ctx: OpContext, *, integers: bool) -> Outputs:
    """Numbers are given by attributes, too; ``integers`` are read as such, not as floats."""
    if ctx.node.attr_floats(_SERIALIZED):
        return _constant_70(ctx)
    for name in _UNSUPPORTED:
        require(not ctx.node.has(name), f"TensorRT does not support the attribute {name}")
    if ctx.opset < _VALUE_ATTRIBUTES:
        return _constant_70(ctx)
    dtype = "int64" if integers else "int32"
    if ctx.node.has("value_float"):
        return ctx.temporary(ctx.node.attr_float("value_float"), "float32", ())
    if ctx.node.has("value_floats"):
        floats = ctx.node.attr_floats("value_floats")
        return ctx.temporary(floats, "float32", (len(floats),))
    if ctx.node.has("value_int"):
        return ctx.temporary(ctx.node.attr_int("value_int") if integers else 0, dtype, ())
    if ctx.node.has("value_ints"):
        values = ctx.node.attr_ints("value_ints") if integers else []
        return ctx.temporary(values, dtype, (len(values),))
    return _constant_70(ctx)


def _constant_of_shape(
    ctx: OpContext,
    shape: Tensor,
    *,
    invalid: str = "",
    needs_value: bool = True,
    repeat: Callable[[OpContext, Tensor, Tensor], Tensor] = OpContext.repeat_to_rank,
) -> Outputs:
    """``repeat`` repeats the value, which may not be empty if the op ``needs_value``."""
    weights = _fill_value(ctx)
    ctx.refuse_types(weights, invalid)
    if needs_value:
        require(weights.count > 0, "the value of ConstantOfShape must have an element")
    return repeat(ctx, ctx.to_tensor(weights), shape)


def _fill_value(ctx: OpContext) -> Weights:
    """The value to repeat; the parser makes its default first, needed or not."""
    if not ctx.profile.names_fill_values:
        default = ctx.temporary([0.0], "float32", (1,))
        return _value(ctx) if ctx.node.has("value") else default
    name = ctx.reserve_refittable_name()
    if ctx.node.has("value"):
        return _value(ctx).renamed(name)
    return Weights("float32", (1,), lambda: np.zeros(1, np.float32), name=name)


def _default_value(ctx: OpContext, node: Node) -> None:
    ctx.reserve_temporary_name()  # the checker makes a default value of its own


def _shape_70(ctx: OpContext, x: Tensor) -> Outputs:
    return ctx.main(ctx.net.add_shape(x))


def _shape(ctx: OpContext, x: Tensor) -> Outputs:
    """The shape as INT64, cut to the attributes start and end."""
    dims = ctx.inner(ctx.net.add_cast(ctx.main(ctx.net.add_shape(x)), "int64"))

    def within(index: int) -> int:
        return min(max(0, index + x.rank if index < 0 else index), x.rank)

    start, end = within(ctx.node.attr_int("start")), within(ctx.node.attr_int("end", x.rank))
    if (start, end) == (0, x.rank):
        return dims
    return ctx.inner(ctx.net.add_slice(dims, (start,), (max(0, end - start),), (1,)))


def _size(ctx: OpContext, value: Given) -> Outputs:
    dims = st.shape_of(ctx, value)
    return st.product(ctx, dims, 0, len(dims), 0).tensor(ctx)


#: Opset in which Dropout's mask became BOOL.
_BOOL_MASK = 10
#: Opset in which Dropout got its training_mode input.
_TRAINING_MODE = 12
#: Last opset in which Dropout has the attribute is_test.
_IS_TEST = 6


def _identity(ctx: OpContext, x: Tensor) -> Outputs:
    return ctx.main(ctx.net.add_identity(x))


def _dropout_70(ctx: OpContext, value: Given) -> Outputs:
    if len(ctx.node.outputs) == 1:
        return ctx.identity(value)
    require(ctx.opset < _BOOL_MASK, "the mask of Dropout is BOOL, which is not supported")
    return [ctx.identity(value), ctx.identity(value)]


def _dropout(ctx: OpContext, value: Given, *, wraps: bool) -> Outputs:
    """The input, and a mask of ones (BOOL) or zeros; ``wraps`` adds an Identity."""
    rule = "TensorRT does not support Dropout in training mode"
    if ctx.opset <= _IS_TEST:
        require(ctx.node.attr_int("is_test", 1), rule)
    elif ctx.opset >= _TRAINING_MODE and len(ctx.node.inputs) == 3:
        mode = ctx.required_weights(2)
        require(mode.dtype in ("bool", "int32", "int64"), "training_mode must be BOOL")
        require(mode.count > 0 and not mode.ints()[0], rule)
    if len(ctx.node.outputs) == 1:
        return ctx.identity(value)
    output = ctx.identity(value) if wraps else value
    x = ctx.required_tensor(0)
    return [output, ctx.combine(x, x, "equal" if ctx.opset >= _TRAINING_MODE else "less")]


def _cast(ctx: OpContext, x: Tensor, *, checks_uint8: bool, cast_layer: bool) -> Outputs:
    """``checks_uint8``: UINT8 converts from and to floating point only."""
    to = ctx.required_int("to")
    target = ctx.trt_dtype(DTYPE_NAMES.get(to, f"onnx{to}"))
    if checks_uint8:
        floats = ("float32", "float16")
        require(x.dtype != "uint8" or target in floats, "UINT8 casts to FLOAT and HALF only")
        require(target != "uint8" or x.dtype in floats, "only FLOAT and HALF cast to UINT8")
    add = ctx.net.add_cast if cast_layer else ctx.net.add_identity
    return ctx.main(add(x, target))


def _cast_like(ctx: OpContext, x: Tensor, like: Tensor) -> Outputs:
    return ctx.main(ctx.net.add_cast(x, like.dtype))


# -- change log -------------------------------------------------------------------------

history(
    "Constant",
    since("7.0", _constant_70),
    since("8.0", _constant, integers=False),
    since("10.1", integers=True),
)
checks("ConstantOfShape", since("10.1", _default_value))
history(
    "ConstantOfShape",
    since("7.0", _constant_of_shape),
    since("8.5", invalid="UINT8"),
    since("8.6", needs_value=False, repeat=OpContext.repeat),
)
history("Shape", since("7.0", _shape_70), since("10.1", _shape))
history("Size", since("7.0", _size))
history("Identity", since("7.0", _identity))
history(
    "Dropout",
    since("7.0", _dropout_70),
    since("8.0", _dropout, wraps=False),
    since("8.6", wraps=True),
)
history(
    "Cast",
    since("7.0", _cast, checks_uint8=False, cast_layer=False),
    since("8.5", checks_uint8=True),
    since("8.6", checks_uint8=False, cast_layer=True),
)
history("CastLike", since("10.1", _cast_like))
