# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Bringing operands to equal rank, elementwise layers, unary and activation layers.

Source: onnx/onnx-tensorrt: onnx2trt_utils.cpp (to 8.6), importerUtils.cpp (10.x).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.helpers.inputs import required
from setrange.importer.helpers.slices import constant_of_shape
from setrange.importer.helpers.tensors import (
    cast_helper,
    identity,
    require_not_type,
    squeeze_tensor,
    type_name,
    unsqueeze_tensor,
)
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import (
    add_shuffle,
    concat,
    fill_shape_vector,
    shape_of,
    shape_vector,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.network import Tensor
    from setrange.network.modes import ActivationOp, ElementwiseOp, UnaryOp

__all__ = [
    "NUMPY_BROADCAST",
    "activation_helper",
    "broadcast_tensor",
    "broadcast_tensors",
    "compare_or_equal",
    "elementwise_helper",
    "equal_ranks",
    "rank_of",
    "unary_helper",
    "zeros_like",
]

#: The first opset whose elementwise ops broadcast as numpy does.
NUMPY_BROADCAST = 7

#: Element types an Activation layer does not take.
_NOT_ACTIVATED = ("INT32", "BOOL", "UINT8")

#: Elementwise operations on BOOL alone.
_BOOL_ONLY = frozenset({"and", "or", "xor"})


def rank_of(value: Value) -> int:
    """Number of dimensions of a tensor or weights."""
    require(value is not None, "a required input is absent")
    return 0 if value is None else value.rank


def broadcast_tensor(ctx: ImporterContext, tensor: Tensor, rank: int) -> Tensor:
    """Prepend dimensions of 1 up to ``rank`` (``broadcastTensor``)."""
    require(
        ctx.opset >= NUMPY_BROADCAST,
        "pre-opset 7 broadcasting is unsupported by the ONNX parser",
    )
    require(tensor.rank <= rank, "cannot broadcast a higher rank tensor to a lower rank")
    if tensor.rank == rank:
        return tensor
    dims = shape_of(ctx, tensor)
    ones = fill_shape_vector(ctx, 1, shape_vector(rank - len(dims)))
    layer = add_shuffle(ctx, tensor, concat(ctx, ones, dims))
    return ctx.register_helper(layer, "ONNXTRT_Broadcast").output


def broadcast_tensors(ctx: ImporterContext, *tensors: Tensor) -> tuple[Tensor, ...]:
    """Bring all tensors to the largest rank, in order (``broadcastTensors``)."""
    if len({t.rank for t in tensors}) == 1 and len(tensors) == 2:
        return tensors  # two operands of equal rank return before the opset check
    rank = max(t.rank for t in tensors)
    if len(tensors) == 2:
        return tuple(t if t.rank == rank else broadcast_tensor(ctx, t, rank) for t in tensors)
    return tuple(broadcast_tensor(ctx, t, rank) for t in tensors)


def _check_types(ctx: ImporterContext, inputs: Sequence[Value], op: ElementwiseOp) -> None:
    """Element types an elementwise operation takes (``elementwiseCheck``)."""
    names = {type_name(ctx, value) for value in inputs}
    if op in _BOOL_ONLY:
        require(names == {"BOOL"}, f"elementwise {op} takes BOOL inputs only")
    elif op == "pow":
        takes_integers = ctx.profile.pow_takes_integers
        invalid = {"BOOL"} if takes_integers else {"BOOL", "INT32", "INT64"}
        what = "BOOL" if takes_integers else "BOOL or integer"
        require(not invalid & names, f"elementwise pow does not take {what} inputs")
    elif op != "equal" or not ctx.profile.equal_takes_bool:
        require("BOOL" not in names, f"elementwise {op} does not take BOOL inputs")


def equal_ranks(ctx: ImporterContext, values: Sequence[Value]) -> list[Tensor]:
    """Make all values tensors of the largest rank, one after the other."""
    rank = max(rank_of(value) for value in values)
    lenient = ctx.profile.elementwise_before_opset_7
    tensors = []
    for value in values:
        tensor = ctx.to_tensor(value)
        if not lenient or tensor.rank != rank:
            tensor = broadcast_tensor(ctx, tensor, rank)
        tensors.append(tensor)
    return tensors


def elementwise_helper(
    ctx: ImporterContext, inputs: Sequence[Value], op: ElementwiseOp
) -> list[Value]:
    """Combine all inputs left to right with one operation (``elementwiseHelper``)."""
    require(inputs, "elementwise needs at least one input")
    tensors = equal_ranks(ctx, inputs)
    _check_types(ctx, inputs, op)
    combined = tensors[0]
    if len(tensors) == 1:
        # A single input is wrapped, so that naming the output does not rename the input.
        return [identity(ctx, combined)]
    for tensor in tensors[1:]:
        layer = ctx.net.add_elementwise(combined, tensor, op)
        combined = ctx.register_layer(layer).output
    return [combined]


def compare_or_equal(
    ctx: ImporterContext, a: Value, b: Value, op: ElementwiseOp
) -> list[Value]:
    """``op`` (greater or less) or equal, as three layers (``greaterLessOrEqual``)."""
    strict = elementwise_helper(ctx, [a, b], op)
    equal = elementwise_helper(ctx, [a, b], "equal")
    return elementwise_helper(ctx, [*strict, *equal], "or")


def zeros_like(ctx: ImporterContext, tensor: Tensor) -> Tensor:
    """Zeros of a tensor's shape and type (``createZeroTensor``)."""
    how = ctx.profile.zero_tensors
    dtype = tensor.dtype
    if how == "typed":
        zero = ctx.add_constant(0, "float32" if dtype == "float32" else "int32", ())
    else:
        zero = cast_helper(ctx, ctx.add_constant(0.0, "float32", ()), dtype)
    if how == "slice":
        return constant_of_shape(ctx, zero, shape_of(ctx, tensor).tensor(ctx))
    zero, data = broadcast_tensors(ctx, zero, tensor)
    layer = ctx.net.add_elementwise(data, zero, "prod")
    return ctx.register_helper(layer, "ONNXTRT_createZeroTensor").output


def activation_helper(
    ctx: ImporterContext,
    inputs: Sequence[Value],
    op: ActivationOp,
    alpha: float | None = None,
    beta: float | None = None,
) -> list[Value]:
    """One Activation layer (``activationHelper``)."""
    value = required(inputs, 0)
    require_not_type(ctx, value, *_NOT_ACTIVATED)
    layer = ctx.net.add_activation(ctx.to_tensor(value), op, alpha, beta)
    return [ctx.register_layer(layer).output]


def unary_helper(ctx: ImporterContext, value: Value, op: UnaryOp) -> list[Value]:
    """One Unary layer, or 0 - x for an integer Neg (``unaryHelper``)."""
    tensor = ctx.to_tensor(value)
    dtype = tensor.dtype
    integer = dtype in ("int32", "int64")
    how = ctx.profile.integer_unary.get(op) if integer else "native"
    if op == "not":
        valid = dtype == "bool"
    else:
        valid = how is not None and dtype not in ("bool", "uint8")
    require(valid, f"the operator {op} does not take inputs of type {dtype}")
    if how == "sub" and dtype == "int32":
        zero = ctx.add_constant([0], "int32", ())
        return elementwise_helper(ctx, broadcast_tensors(ctx, zero, tensor), "sub")
    if how == "cast":
        tensor = cast_helper(ctx, tensor, "float32")
    scalar = ctx.profile.unary_needs_vector and tensor.rank == 0
    if scalar:
        tensor = unsqueeze_tensor(ctx, tensor, [0])
    tensor = ctx.register_layer(ctx.net.add_unary(tensor, op)).output
    if scalar:
        tensor = squeeze_tensor(ctx, tensor, [0])
    return [cast_helper(ctx, tensor, dtype) if how == "cast" else tensor]
