# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""OneHot, NonZero and EyeLike."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from setrange.importer.helpers.inputs import required
from setrange.importer.helpers.tensors import (
    cast_helper,
    convert_axis,
    is_dynamic,
    require_not_type,
    to_scalar,
    type_name,
)
from setrange.importer.registry import importer
from setrange.importer.rejections import refuse, require
from setrange.model.constants import DTYPE_NAMES
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Shape, Tensor


def _int32(ctx: ImporterContext, value: Value) -> Tensor:
    tensor = ctx.to_tensor(value)
    if type_name(ctx, value) == "INT32":
        return tensor
    return cast_helper(ctx, tensor, "int32")


def _one_hot(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, known_depth: bool
) -> Sequence[Value]:
    """One OneHot layer; ``known_depth`` refuses a depth unknown until run time."""
    given = [required(inputs, i) for i in range(3)]
    for value in given:
        require_not_type(ctx, value, "UINT8")
    values = ctx.to_tensor(given[2])
    indices = _int32(ctx, given[0])
    depth = to_scalar(ctx, _int32(ctx, given[1]))
    if depth is None:
        refuse("OneHot: the depth must be a single value")
    axis = convert_axis(node.attr_int("axis", -1), indices.rank + 1)
    require(axis <= indices.rank, f"OneHot: axis {axis} is outside rank {indices.rank + 1}")
    layer = ctx.net.add_one_hot(indices, values, depth, axis)
    if known_depth:
        require(layer.output.shape[axis] >= 0, "OneHot does not take a dynamic depth")
    return [ctx.register_layer(layer).output]


importer("OneHot", since="8.5", source="8.5-GA:importOneHot")(
    partial(_one_hot, known_depth=True)
)
importer("OneHot", since="8.6", source="8.6-GA:importOneHot")(
    partial(_one_hot, known_depth=False)
)


def _non_zero(
    ctx: ImporterContext, inputs: list[Value], valid: Sequence[str], dtype: str = "int32"
) -> Tensor:
    tensor = ctx.to_tensor(required(inputs, 0))
    require(tensor.dtype in valid, f"NonZero does not take inputs of type {tensor.dtype}")
    layer = ctx.net.add_non_zero(tensor)
    layer.output.dtype = dtype
    return ctx.register_layer(layer).output


@importer("NonZero", since="8.5", source="8.5-GA:importNonZero")
def non_zero_85(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    return [_non_zero(ctx, inputs, ("float32", "float16", "int32", "int8", "bool"))]


@importer("NonZero", since="10.1", source="10.1-GA:importNonZero")
def non_zero_101(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    valid = ("float32", "float16", "bf16", "int32", "int64", "int8", "bool")
    return [cast_helper(ctx, _non_zero(ctx, inputs, valid), "int64")]


@importer("NonZero", since="10.16", source="10.16:importNonZero")
def non_zero_1016(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    valid = ("float32", "float16", "bf16", "int32", "int64", "int8", "bool")
    return [_non_zero(ctx, inputs, valid, "int64")]


def _eye(shape: Shape, diagonal: int) -> npt.NDArray[Any]:
    import numpy as np

    return np.eye(shape[0], shape[1], k=diagonal, dtype=np.int32)


def _eye_like(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    invalid: tuple[str, ...],
    by_label: bool,
) -> Sequence[Value]:
    """A Constant, cast where another type is wanted; ``by_label`` names unnamed nodes too."""
    value = required(inputs, 0)
    require_not_type(ctx, value, *invalid)
    tensor = ctx.to_tensor(value)
    shape, diagonal = tensor.shape, node.attr_int("k")
    require(len(shape) == 2, "EyeLike takes inputs of rank 2 only")
    dtype = tensor.dtype
    if node.has("dtype"):
        dtype = ctx.trt_dtype(DTYPE_NAMES.get(node.attr_int("dtype"), "undefined"))
    require(not is_dynamic(shape), "EyeLike takes inputs of known shape only")
    weights = Weights(
        "int32", shape, lambda: _eye(shape, diagonal), name=ctx.reserve_temporary_name()
    )
    layer = ctx.net.add_constant(weights)
    if by_label:
        ctx.register_layer(layer)
    else:
        ctx.name_layer(layer, node.name)
    output = layer.output
    return [output if dtype == "int32" else cast_helper(ctx, output, dtype)]


for _since, _invalid, _by_label in (
    ("7.2", (), False),
    ("8.5", ("UINT8",), False),
    ("8.6", ("UINT8",), True),
):
    importer("EyeLike", since=_since, source=f"{_since}:importEyeLike")(
        partial(_eye_like, invalid=_invalid, by_label=_by_label)
    )
