# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Small layer patterns that many ops share: casts, scalars, squeezes, reshapes.

Source: onnx/onnx-tensorrt: onnx2trt_utils.cpp (to 8.6), importerUtils.cpp (10.x).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from setrange.importer.rejections import require
from setrange.importer.shape_tensor import (
    ShapeTensor,
    add_shuffle,
    concat,
    gather,
    interlace,
    product,
    shape_of,
    shape_vector,
)
from setrange.model.types import DataType
from setrange.network import MAX_DIMS, Layer, Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.weights import Weights

__all__ = [
    "axis_length",
    "cast_helper",
    "convert_axis",
    "dimension_of",
    "flatten_tensor",
    "identity",
    "is_dynamic",
    "require_not_type",
    "reshape_tensor",
    "scalar_to_vector",
    "squeeze_layer",
    "squeeze_tensor",
    "to_scalar",
    "transpose_tensor",
    "transpose_weights",
    "type_name",
    "unsqueeze_layer",
    "unsqueeze_tensor",
]

_TYPE_NAMES = {dtype.label: dtype.trt for dtype in DataType if dtype.trt is not None}


def type_name(ctx: ImporterContext, value: Value) -> str:
    """The parser's name of a value's element type (``INT32``, ``HALF``, ...)."""
    if value is None:
        return "UNKNOWN TYPE"
    dtype = value.dtype
    if not isinstance(value, Tensor):
        if dtype == "float64":
            dtype = "float32"
        if dtype == "int64" and not ctx.profile.native_int64:
            dtype = "int32"
    return _TYPE_NAMES.get(dtype, "UNKNOWN TYPE")


def require_not_type(ctx: ImporterContext, value: Value, *invalid: str) -> None:
    """Refuse element types the op does not take (``notInvalidType``)."""
    name = type_name(ctx, value)
    require(name not in invalid, f"found unsupported input type of {name}")


def is_dynamic(shape: Sequence[int]) -> bool:
    """True if a dimension is unknown."""
    return any(d < 0 for d in shape)


def convert_axis(axis: int, rank: int, *, strict: bool = False) -> int:
    """Make a negative axis positive; refuses one outside [0, rank] (``strict``: rank too)."""
    positive = axis + rank if axis < 0 else axis
    last = rank - 1 if strict else rank
    require(0 <= positive <= last, f"axis must be in the range [0, {last}], it is {axis}")
    return positive


def axis_length(
    ctx: ImporterContext, tensor: Tensor, axis: int, shape: tuple[int, ...] = (1,)
) -> Tensor:
    """One dimension as an INT32 tensor of ``shape``, to 8.6 (``getAxisLength``)."""
    size = tensor.shape[axis]
    if size >= 0:
        return ctx.add_constant(size, "int32", shape)
    dims = ctx.net.add_shape(tensor).output
    return ctx.net.add_gather(dims, ctx.add_constant(axis, "int32", shape)).output


def dimension_of(
    ctx: ImporterContext,
    tensor: Tensor,
    axis: int,
    shape: tuple[int, ...] = (1,),
    *,
    dtype: str = "int64",
) -> Tensor:
    """One dimension as an INT64 or INT32 tensor, 10.x (``getAxisLengthInt64``, and 32)."""
    dims = ctx.net.add_shape(tensor).output
    if dtype != dims.dtype:
        dims = ctx.net.add_cast(dims, dtype).output
    layer = ctx.net.add_slice(dims, (axis,), (1,), (1,))
    length = ctx.register_helper(layer, "ONNXTRT_extractDimension").output
    if shape == (1,):
        return length
    layer = ctx.net.add_shuffle(length, reshape=shape)
    return ctx.register_helper(layer, "ONNXTRT_extractDimensionReshape").output


def cast_helper(ctx: ImporterContext, tensor: Tensor, dtype: str) -> Tensor:
    """Cast a tensor (``castHelper``)."""
    if ctx.profile.cast_layers:
        layer = ctx.net.add_cast(tensor, dtype)
        return ctx.register_helper(layer, "ONNXTRT_castHelper").output
    return ctx.net.add_identity(tensor, dtype).output


def identity(ctx: ImporterContext, value: Value) -> Value:
    """Wrap a tensor in an Identity layer; weights stay (``identity``)."""
    if not isinstance(value, Tensor):
        return value
    layer = ctx.net.add_identity(value)
    return ctx.register_helper(layer, "ONNXTRT_identity").output


def to_scalar(ctx: ImporterContext, value: Value) -> Tensor | None:
    """Return a 0-D tensor, or ``None`` where the value has not exactly one element."""
    if isinstance(value, Tensor):
        if value.rank == 0:
            return value
        if is_dynamic(value.shape) or math.prod(value.shape) != 1:
            return None
        layer = ctx.net.add_shuffle(value, reshape=())
        return ctx.register_helper(layer, "ONNXTRT_convertToScalar").output
    if value is None or value.count != 1:
        return None
    return ctx.net.add_constant(value, ()).output


def _axes_constant(ctx: ImporterContext, axes: Sequence[int]) -> Tensor:
    return ctx.add_constant(list(axes), "int32", (len(axes),))


def unsqueeze_tensor(ctx: ImporterContext, tensor: Tensor, axes: Sequence[int]) -> Tensor:
    """Insert dimensions of 1 (``unsqueezeTensor``)."""
    if ctx.profile.squeeze_layers:
        layer = ctx.net.add_unsqueeze(tensor, _axes_constant(ctx, axes))
    else:
        layer = unsqueeze_layer(ctx, tensor, axes)
    return ctx.register_helper(layer, "ONNXTRT_unsqueezeTensor").output


def squeeze_tensor(ctx: ImporterContext, tensor: Tensor, axes: Sequence[int]) -> Tensor:
    """Remove dimensions of 1 (``squeezeTensor``)."""
    if ctx.profile.squeeze_layers:
        layer = ctx.net.add_squeeze(tensor, _axes_constant(ctx, axes))
    else:
        layer = squeeze_layer(ctx, tensor, axes)
    return ctx.register_helper(layer, "ONNXTRT_squeezeTensor").output


def unsqueeze_layer(ctx: ImporterContext, tensor: Tensor, axes: Sequence[int]) -> Layer:
    """Unsqueeze as a Shuffle, unregistered (up to 10.3)."""
    dims = shape_of(ctx, tensor)
    subscripts = list(range(len(dims)))
    require(
        len(dims) + len(set(axes)) <= MAX_DIMS,
        f"TensorRT tensors have at most {MAX_DIMS} dimensions",
    )
    for axis in sorted(set(axes)):
        subscripts.insert(axis, len(dims))
    target = interlace(ctx, dims, shape_vector(1), ShapeTensor(rank=1, values=subscripts))
    return add_shuffle(ctx, tensor, target)


def squeeze_layer(ctx: ImporterContext, tensor: Tensor, axes: Sequence[int]) -> Layer:
    """Squeeze as a Shuffle, unregistered (up to 10.3)."""
    dims = shape_of(ctx, tensor)
    kept = [i for i in range(len(dims)) if i not in set(axes)]
    return add_shuffle(ctx, tensor, gather(ctx, dims, ShapeTensor(rank=1, values=kept)))


def flatten_tensor(
    ctx: ImporterContext, tensor: Tensor, axis: int, *, register: bool = False
) -> Tensor:
    """Reshape to 2-D around ``axis`` (``flattenTensor``); ``register`` names it by node."""
    dims = shape_of(ctx, tensor)
    d0 = product(ctx, dims, 0, axis, 1)
    d1 = product(ctx, dims, axis, len(dims), 1)
    layer = add_shuffle(ctx, tensor, concat(ctx, d0, d1))
    if register:
        ctx.register_layer(layer)
    else:
        ctx.register_helper(layer, "ONNXTRT_flattenTensor")
    return layer.output


def transpose_tensor(ctx: ImporterContext, tensor: Tensor, perm: Sequence[int]) -> Tensor:
    """Transpose as a Shuffle named after the node (``transposeTensor``)."""
    if ctx.profile.skips_identity_transposes and list(perm) == list(range(tensor.rank)):
        return tensor
    layer = ctx.net.add_shuffle(tensor, first_transpose=tuple(perm))
    return ctx.register_layer(layer).output


def transpose_weights(ctx: ImporterContext, weights: Weights, perm: Sequence[int]) -> Weights:
    """Transpose a constant; the values are not read yet (``transposeWeights``, to 8.2)."""
    order = list(perm)
    shape = tuple(weights.shape[axis] for axis in order)
    return weights.derived(lambda data: data.transpose(order), weights.dtype, shape)


def scalar_to_vector(ctx: ImporterContext, tensor: Tensor) -> Tensor:
    """Make a scalar a vector of one element (``convertScalarToVector``)."""
    return tensor if tensor.rank else unsqueeze_tensor(ctx, tensor, [0])


def reshape_tensor(ctx: ImporterContext, tensor: Tensor, shape: Sequence[int]) -> Tensor:
    """Reshape to known dimensions, no layer if they are the same (``reshapeTensor``)."""
    if tuple(shape) == tensor.shape:
        return tensor
    layer = ctx.net.add_shuffle(tensor, reshape=tuple(shape), zero_is_placeholder=False)
    return ctx.register_helper(layer, "ONNXTRT_reshapeTensor").output
