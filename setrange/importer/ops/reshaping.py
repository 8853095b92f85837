# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Reshape, Flatten, Transpose and TRT_Shuffle."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.attributes import required_int, required_ints
from setrange.importer.helpers.inputs import required, required_tensor
from setrange.importer.helpers.tensors import (
    convert_axis,
    flatten_tensor,
    identity,
    transpose_tensor,
    transpose_weights,
)
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import add_shuffle, shape_tensor, shape_vector
from setrange.model.weights import Weights
from setrange.network import MAX_DIMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.shape_tensor import ShapeTensor
    from setrange.importer.value import Value
    from setrange.model.node import Node

#: Opset from which Reshape takes the shape as an input.
_SHAPE_INPUT = 5
#: Opset of Reshape's attribute ``allowzero``.
_ALLOWZERO = 14


def _new_shape(ctx: ImporterContext, node: Node, inputs: list[Value]) -> ShapeTensor:
    if ctx.opset >= _SHAPE_INPUT:
        return shape_tensor(ctx, required(inputs, 1))
    return shape_vector(*required_ints(node, "shape"))


def _reshape(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, allow_zero: int
) -> Sequence[Value]:
    data = ctx.to_tensor(required(inputs, 0))
    dims = _new_shape(ctx, node, inputs)
    layer = add_shuffle(ctx, data, dims, zero_is_placeholder=not allow_zero)
    return [ctx.register_layer(layer).output]


importer("Reshape", since="7.0", source="7.2.1:importReshape")(partial(_reshape, allow_zero=0))


@importer("Reshape", since="8.0", source="8.0-GA:importReshape")
def reshape_required_allowzero(
    ctx: ImporterContext, node: Node, inputs: list[Value]
) -> Sequence[Value]:
    # The attribute is read without its default.
    allow_zero = required_int(node, "allowzero") if ctx.opset >= _ALLOWZERO else 0
    return _reshape(ctx, node, inputs, allow_zero=allow_zero)


@importer("Reshape", since="8.4", source="8.4-GA:importReshape")
def reshape_allowzero(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    allow_zero = node.attr_int("allowzero") if ctx.opset >= _ALLOWZERO else 0
    return _reshape(ctx, node, inputs, allow_zero=allow_zero)


@importer("Reshape", since="8.5", source="10.10:importReshape")
def reshape_any_allowzero(
    ctx: ImporterContext, node: Node, inputs: list[Value]
) -> Sequence[Value]:
    allow_zero = node.attr_int("allowzero") if ctx.opset >= _SHAPE_INPUT else 0
    return _reshape(ctx, node, inputs, allow_zero=allow_zero)


def _legacy_flatten(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, strict: bool
) -> Sequence[Value]:
    """Flatten that leaves 2-D tensors as they are, whatever the axis."""
    tensor = ctx.to_tensor(required(inputs, 0))
    axis = convert_axis(node.attr_int("axis", 1), tensor.rank, strict=strict)
    if tensor.rank <= 2:
        return [tensor]
    return [flatten_tensor(ctx, tensor, axis, register=True)]


for _since, _strict in (("7.0", True), ("8.2", False)):
    importer("Flatten", since=_since, source="8.2-GA:importFlatten")(
        partial(_legacy_flatten, strict=_strict)
    )


@importer("Flatten", since="8.4", source="10.10:importFlatten")
def flatten(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    value = required(inputs, 0)
    tensor = ctx.to_tensor(value)
    axis = convert_axis(node.attr_int("axis", 1), tensor.rank)
    if tensor.rank == 2 and axis == 1:
        return [identity(ctx, value)]
    return [flatten_tensor(ctx, tensor, axis, register=True)]


def _permutation(node: Node, rank: int) -> list[int]:
    """The attribute perm, completed with the identity; reversed axes by default."""
    require(rank <= MAX_DIMS, f"TensorRT tensors have at most {MAX_DIMS} dimensions")
    if not node.has("perm"):
        return list(reversed(range(rank)))
    perm = node.attr_ints("perm")
    require(len(perm) <= MAX_DIMS, f"a permutation has at most {MAX_DIMS} entries")
    return [*perm[:rank], *range(len(perm), rank)]


def _checked(perm: Sequence[int]) -> Sequence[int]:
    require(sorted(perm) == list(range(len(perm))), f"{list(perm)} is not a permutation")
    return perm


def _legacy_transpose(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, max_rank: int
) -> Sequence[Value]:
    """Transpose that makes new weights of weights of up to ``max_rank`` dimensions."""
    value = required(inputs, 0)
    perm = _checked(_permutation(node, value.rank))
    if not isinstance(value, Weights):
        return [transpose_tensor(ctx, value, perm)]
    require(
        value.dtype in ("float32", "float16"),
        f"TensorRT transposes float constants only, this one is {value.dtype}",
    )
    require(
        value.rank == 2 if max_rank == 2 else value.rank <= max_rank,
        f"TensorRT cannot transpose a constant of {value.rank} dimensions",
    )
    return [transpose_weights(ctx, value, perm)]


for _since, _max_rank in (("7.0", 2), ("7.2", 4)):
    importer("Transpose", since=_since, source="8.2-GA:transposeWeights")(
        partial(_legacy_transpose, max_rank=_max_rank)
    )


@importer("Transpose", since="8.4", source="8.6-GA:importTranspose")
def transpose(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    value = required(inputs, 0)
    perm = _checked(_permutation(node, value.rank))
    return [transpose_tensor(ctx, ctx.to_tensor(value), perm)]


@importer("Transpose", since="10.1", source="10.10:importTranspose")
def transpose_negative_axes(
    ctx: ImporterContext, node: Node, inputs: list[Value]
) -> Sequence[Value]:
    value = required(inputs, 0)
    perm = [convert_axis(axis, value.rank) for axis in _permutation(node, value.rank)]
    return [transpose_tensor(ctx, ctx.to_tensor(value), _checked(perm))]


@importer("TRT_Shuffle", since="7.0", source="10.10:importTRT_Shuffle")
def trt_shuffle(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = required_tensor(inputs, 0)
    layer = ctx.net.add_shuffle(
        tensor,
        first_transpose=tuple(required_ints(node, "first_perm")),
        second_transpose=tuple(required_ints(node, "second_perm")),
        zero_is_placeholder=bool(node.attr_int("zero_is_placeholder", 1)),
    )
    ctx.register_layer(layer)
    if len(inputs) > 1:
        layer.set_input(1, required_tensor(inputs, 1))
    elif node.has("reshape_dims"):
        layer.set_params(reshape=tuple(node.attr_ints("reshape_dims")))
    return [layer.output]
