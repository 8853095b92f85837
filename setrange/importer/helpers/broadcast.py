# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Bringing operands to equal rank, elementwise layers, unary and activation layers.

Source: onnx/onnx-tensorrt: onnx2trt_utils.cpp (to 8.6), importerUtils.cpp (10.x).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.helpers.tensors import identity, require_not_type, type_name
from setrange.importer.refusal import require
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
    from setrange.importer.registry import Value
    from setrange.network import Tensor

__all__ = [
    "activation_helper",
    "broadcast_tensor",
    "broadcast_tensors",
    "elementwise_helper",
    "rank_of",
    "unary_helper",
]

_BOOL_ONLY = frozenset({"and", "or", "xor"})


def rank_of(value: Value) -> int:
    """Number of dimensions of a tensor or weights."""
    require(value is not None, "a required input is absent")
    return 0 if value is None else value.rank


def broadcast_tensor(ctx: ImporterContext, tensor: Tensor, rank: int) -> Tensor:
    """Prepend dimensions of 1 up to ``rank`` (``broadcastTensor``)."""
    require(ctx.opset >= 7, "pre-opset 7 broadcasting is unsupported by the ONNX parser")
    dims = shape_of(tensor)
    require(len(dims) <= rank, "cannot broadcast a higher rank tensor to a lower rank tensor")
    if len(dims) == rank:
        return tensor
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


def _check_types(ctx: ImporterContext, inputs: Sequence[Value], op: str) -> None:
    """Element types an elementwise operation takes (``elementwiseCheck``)."""
    names = [type_name(ctx, value) for value in inputs]
    if op in _BOOL_ONLY:
        require(all(n == "BOOL" for n in names), f"elementwise {op} takes BOOL inputs only")
    elif op == "pow":
        invalid = {"BOOL", "INT32", "INT64"} & set(names)
        require(not invalid, "elementwise pow does not take BOOL or integer inputs")
    elif op != "equal":
        require("BOOL" not in names, f"elementwise {op} does not take BOOL inputs")


def elementwise_helper(ctx: ImporterContext, inputs: Sequence[Value], op: str) -> list[Value]:
    """Combine all inputs left to right with one operation (``elementwiseHelper``)."""
    require(inputs, "elementwise needs at least one input")
    rank = max(rank_of(value) for value in inputs)
    tensors = [broadcast_tensor(ctx, ctx.to_tensor(value), rank) for value in inputs]
    _check_types(ctx, inputs, op)
    combined = tensors[0]
    if len(tensors) == 1:
        # A single input is wrapped, so that naming the output does not rename the input.
        return [identity(ctx, combined)]
    for tensor in tensors[1:]:
        layer = ctx.net.add_elementwise(combined, tensor, op)
        combined = ctx.register_layer(layer).output
    return [combined]


def activation_helper(
    ctx: ImporterContext,
    inputs: Sequence[Value],
    op: str,
    alpha: float | None = None,
    beta: float | None = None,
) -> list[Value]:
    """One Activation layer (``activationHelper``)."""
    require_not_type(ctx, inputs[0], *ctx.profile.activation_invalid_types)
    tensor = ctx.to_tensor(inputs[0])
    layer = ctx.net.add_activation(tensor, op, alpha, beta)
    return [ctx.register_layer(layer).output]


def unary_helper(ctx: ImporterContext, value: Value, op: str) -> list[Value]:
    """One Unary layer, or 0 - x for an integer Neg (``unaryHelper``)."""
    tensor = ctx.to_tensor(value)
    dtype = tensor.dtype
    if op == "neg" and dtype == "int32":
        zero = ctx.add_constant([0], "int32", ())
        return elementwise_helper(ctx, list(broadcast_tensors(ctx, zero, tensor)), "sub")
    if op == "not":
        valid = dtype == "bool"
    elif op in ("abs", "sign", "neg"):
        valid = dtype not in ("bool", "uint8")
    else:
        valid = dtype not in ("bool", "int32", "int64", "uint8")
    require(valid, f"the operator {op} does not take inputs of type {dtype}")
    layer = ctx.net.add_unary(tensor, op)
    return [ctx.register_layer(layer).output]
