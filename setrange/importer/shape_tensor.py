# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Shape arithmetic as the parser does it: values where known, layers where not.

A ``ShapeTensor`` stands for a 0-D or 1-D tensor of integers. Operations on known values add
no layers; the others do, and those layers count. Importers call them as ``st.add(ctx, a, b)``.

Source: onnx/onnx-tensorrt 7.0 to 10.10: ShapeTensor.cpp.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, NamedTuple

from setrange.importer.rejections import refuse, require
from setrange.importer.shape_value import INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN
from setrange.importer.shape_value import ShapeTensor as ShapeTensor
from setrange.model.weights import Weights
from setrange.network import Layer, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.network.modes import ElementwiseOp

#: Longer shape tensors are refused: no dimension vector comes near.
MAX_LENGTH = 65536


def shape_tensor(ctx: ImporterContext, value: Value) -> ShapeTensor:
    """Represent the value of a tensor or weights."""
    if value is None:
        refuse("a shape input is absent")
    if isinstance(value, Tensor):
        return ShapeTensor.of_tensor(value)
    if value.dtype == "float32" and ctx.profile.float_shape_tensors:
        return ShapeTensor.of_tensor(ctx.to_tensor(value))
    if value.dtype == "float32" and value.count == 0:
        return ShapeTensor(rank=1)  # an empty constant has lost its type
    require(value.rank <= 1, f"shape constant {value.name!r} must be 0-D or 1-D")
    require(
        value.dtype in ("int32", "int64", "bool"),
        f"constant {value.name!r} of type {value.dtype} is not a valid shape tensor",
    )
    _length(value.count)
    return ShapeTensor(rank=value.rank, values=value.ints())


def shape_vector(*values: int) -> ShapeTensor:
    """A 1-D shape tensor of known values."""
    return ShapeTensor(rank=1, values=values)


def shape_scalar(value: int) -> ShapeTensor:
    """A 0-D shape tensor of a known value."""
    return ShapeTensor(rank=0, values=[value])


def iota_shape_vector(n: int) -> ShapeTensor:
    """[0, 1, ..., n - 1]."""
    return ShapeTensor(rank=1, values=range(n))


def shape_of(ctx: ImporterContext, value: Tensor | Weights | ShapeTensor | None) -> ShapeTensor:
    """The shape of a tensor, weights, or another shape tensor."""
    if value is None:
        refuse("a required input is absent")
    if isinstance(value, Tensor):
        if ctx.profile.eager_shapes and -1 in value.shape:
            return ShapeTensor.of_tensor(ctx.net.add_shape(value).output)
        return ShapeTensor.of_tensor(value, 1)
    if isinstance(value, Weights):
        return ShapeTensor(rank=1, values=value.shape)
    if value.source is not None:
        return ShapeTensor.of_tensor(value.source, value.depth + 1)
    return ShapeTensor(rank=0) if value.rank == 0 else shape_vector(value.size)


def similar(ctx: ImporterContext, exemplar: ShapeTensor, value: int) -> ShapeTensor:
    """A vector as long as ``exemplar``, filled with ``value``."""
    return fill_shape_vector(ctx, value, shape_of(ctx, exemplar))


def _length(count: int) -> int:
    require(count <= MAX_LENGTH, f"a shape tensor of {count} elements is too long")
    return count


def fill_shape_vector(ctx: ImporterContext, value: int, count: ShapeTensor) -> ShapeTensor:
    """A vector of ``count[0]`` elements, filled with ``value``."""
    if count.all_known:
        return ShapeTensor(rank=1, values=[value] * _length(count[0]))
    layer = add_slice(
        ctx, shape_vector(value).tensor(ctx), shape_vector(0), count, shape_vector(0)
    )
    ctx.register_helper(layer, "ONNXTRT_FillShapeVector")
    return ShapeTensor.of_tensor(layer.output)


def _wrapped(value: int) -> int:
    """An INT64 after overflow, as the parser's own arithmetic gives it."""
    return (value - INT64_MIN) % 2**64 + INT64_MIN


def _floor_div(a: int, b: int) -> int:
    require(b != 0, "shape arithmetic divides by zero")
    return a // b


class _Operation(NamedTuple):
    """An operation on two shape tensors."""

    name: ElementwiseOp
    function: Callable[[int, int], int]
    right_identity: int
    commutative: bool = True

    def __call__(self, ctx: ImporterContext, x: ShapeTensor, y: ShapeTensor) -> ShapeTensor:
        """Return the result: one of the operands, values that are worked out, or a layer."""
        if ctx.profile.empty_operand_shortcut:
            if x.is_empty:
                return x.copy()
            if y.is_empty:
                return y.copy()
        if x.size_known and y.size_known:
            if y.is_all(self.right_identity) and y.size <= x.size:
                return x.copy()
            if self.commutative and x.is_all(self.right_identity) and x.size <= y.size:
                return y.copy()
        if x.all_known and y.all_known:
            count = max(x.size, y.size) if x.size and y.size else 0
            pairs = [(x.values[i % x.size], y.values[i % y.size]) for i in range(count)]
            values = [_wrapped(self.function(a, b)) for a, b in pairs]
            return ShapeTensor(rank=x.rank, values=values)
        # The operands' own layers are added right to left (C++ argument order of the build).
        second = y.tensor(ctx)
        first = x.tensor(ctx)
        layer = ctx.net.add_elementwise(first, second, self.name)
        ctx.register_helper(layer, "ONNXTRT_ShapeElementWise")
        return ShapeTensor.of_tensor(layer.output)


add = _Operation("sum", operator.add, 0)
sub = _Operation("sub", operator.sub, 0, commutative=False)
mul = _Operation("prod", operator.mul, 1)
minimum = _Operation("min", min, INT64_MAX)
maximum = _Operation("max", max, INT64_MIN)
floor_div = _Operation("floor_div", _floor_div, 1, commutative=False)


def broadcast(ctx: ImporterContext, x: ShapeTensor, y: ShapeTensor) -> ShapeTensor:
    """The broadcast of two dimension vectors: max(x, y) * min(x, y, 1)."""
    # Evaluated right to left, as the C++ arguments are.
    low = minimum(ctx, x, minimum(ctx, y, similar(ctx, y, 1)))
    return mul(ctx, maximum(ctx, x, y), low)


def product(
    ctx: ImporterContext, x: ShapeTensor, first: int, last: int, rank: int
) -> ShapeTensor:
    """Product of x[first:last], as a scalar (rank 0) or a one-element vector."""
    z = ShapeTensor(rank=rank, values=[1])
    for i in range(first, last):
        z = mul(ctx, z, gather(ctx, x, ShapeTensor(rank=rank, values=[i])))
    return z


def concat(ctx: ImporterContext, x: ShapeTensor, y: ShapeTensor) -> ShapeTensor:
    """Concatenation of two vectors."""
    if x.is_empty:
        return y.copy()
    if y.is_empty:
        return x.copy()
    if x.all_known and y.all_known:
        _length(x.size + y.size)
        return ShapeTensor(rank=1, values=[*x.values, *y.values])
    layer = ctx.net.add_concatenation([x.tensor(ctx), y.tensor(ctx)])
    ctx.register_helper(layer, "ONNXTRT_ShapeConcat")
    return ShapeTensor.of_tensor(layer.output)


def gather(ctx: ImporterContext, data: ShapeTensor, indices: ShapeTensor) -> ShapeTensor:
    """data[indices]."""
    if indices.all_known and all(data.value_known(i) for i in indices.values):
        values = [data.values[i] for i in indices.values]
        return ShapeTensor(rank=indices.rank, values=values)
    positions = indices.tensor(ctx)
    layer = ctx.net.add_gather(data.tensor(ctx), positions)
    ctx.register_helper(layer, "ONNXTRT_ShapeGather")
    return ShapeTensor.of_tensor(layer.output)


def interlace(
    ctx: ImporterContext, x: ShapeTensor, y: ShapeTensor, subscripts: ShapeTensor
) -> ShapeTensor:
    """concat(x, y)[subscripts]."""
    return gather(ctx, concat(ctx, x, y), subscripts)


def cast(ctx: ImporterContext, x: ShapeTensor, dtype: str) -> ShapeTensor:
    """Cast to INT32, or to INT64 (10.x)."""
    tensor = x.tensor(ctx)
    if ctx.profile.cast_layers:
        layer = ctx.net.add_cast(tensor, dtype)
    else:
        layer = ctx.net.add_identity(tensor, dtype)
    helper = "ONNXTRT_ShapeCastToInt64" if dtype == "int64" else "ONNXTRT_ShapeCastToInt32"
    return ShapeTensor.of_tensor(ctx.register_helper(layer, helper).output)


def convert_to_1d(ctx: ImporterContext, x: ShapeTensor) -> ShapeTensor:
    """Make a scalar a vector of one element."""
    if x.value_known(0):
        return ShapeTensor(rank=1 if ctx.profile.makes_scalars_vectors else 0, values=[x[0]])
    return ShapeTensor.of_tensor(add_shuffle(ctx, x.tensor(ctx), shape_vector(1)).output)


def to_dims(
    ctx: ImporterContext, x: ShapeTensor, what: str, low: int, high: int
) -> list[int] | None:
    """The values as dimensions, ``None`` if not all are known; refuses values out of bounds."""
    if not x.all_known:
        return None
    for value in x.values if ctx.profile.checks_dims else ():
        require(
            low <= value <= high, f"{what} dimensions have value {value} beyond allowed bounds"
        )
    return list(x.values)


def set_shape_input(ctx: ImporterContext, layer: Layer, index: int, x: ShapeTensor) -> None:
    """Make ``x`` input ``index`` of a layer, unless all its values are known."""
    if not x.all_known:
        layer.set_input(index, x.tensor(ctx))


def reshape(ctx: ImporterContext, data: Tensor, shape: ShapeTensor) -> Tensor:
    """Reshape; no layer where the shape is known to be the same already."""
    if shape.same_as(shape_of(ctx, data)):
        return data
    return add_shuffle(ctx, data, shape).output


def add_shuffle(
    ctx: ImporterContext, data: Tensor, dims: ShapeTensor, *, zero_is_placeholder: bool = False
) -> Layer:
    """Add a Shuffle layer that reshapes."""
    layer = ctx.net.add_shuffle(data, zero_is_placeholder=zero_is_placeholder)
    known = to_dims(ctx, dims, "reshape", -1, INT32_MAX)
    if known is not None:
        layer.set_params(reshape=tuple(known))
    else:
        layer.set_input(1, dims.tensor(ctx))
    return ctx.register_helper(layer, "ONNXTRT_ShapeShuffle")


def add_slice(
    ctx: ImporterContext,
    data: Tensor,
    starts: ShapeTensor,
    sizes: ShapeTensor,
    strides: ShapeTensor,
) -> Layer:
    """Add a Slice layer."""
    low = INT32_MIN if ctx.profile.negative_slice_starts else 0
    layer = ctx.net.add_slice(
        data,
        to_dims(ctx, starts, "slice start", low, INT32_MAX),
        to_dims(ctx, sizes, "slice size", 0, INT32_MAX),
        to_dims(ctx, strides, "slice strides", INT32_MIN, INT32_MAX),
    )
    set_shape_input(ctx, layer, 1, starts)
    set_shape_input(ctx, layer, 2, sizes)
    set_shape_input(ctx, layer, 3, strides)
    return ctx.register_helper(layer, "ONNXTRT_ShapeSlice")
