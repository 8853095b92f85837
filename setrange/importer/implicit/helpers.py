# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Shapes and layers that importers of the implicit-batch parser have in common."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from setrange.importer.rejections import refuse, require
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.op_context import OpContext
    from setrange.importer.value import Value
    from setrange.network import Shape, Tensor
    from setrange.network.modes import ScaleMode

__all__ = [
    "add_scale",
    "convert_axis",
    "remove_batch",
    "transpose",
    "volume",
    "weights_of",
    "with_shape",
]


def volume(shape: Sequence[int]) -> int:
    """Number of elements; 0 for a scalar, as this parser counts."""
    return math.prod(shape) if len(shape) else 0


def remove_batch(dims: Sequence[int]) -> Shape:
    """Drop the first dimension; what would be a scalar becomes (1,)."""
    require(len(dims) > 0, "a scalar has no batch dimension")
    return tuple(dims[1:]) or (1,)


def convert_axis(axis: int, rank: int) -> int:
    """ONNX axis -> TensorRT axis without the batch dimension."""
    converted = axis + rank if axis < 0 else axis - 1
    require(0 <= converted < rank, f"axis {axis} is the batch dimension or outside rank {rank}")
    return converted


def weights_of(value: Value, what: str) -> Weights:
    """The value as weights; this parser demands initializers in many places."""
    if not isinstance(value, Weights):
        refuse(f"{what} must be an initializer")
    return value


def with_shape(weights: Weights, shape: Sequence[int]) -> Weights:
    """The same values under another shape."""
    return weights.derived(lambda data: data, weights.dtype, tuple(shape))


def transpose(ctx: OpContext, tensor: Tensor, perm: Sequence[int]) -> Tensor:
    """Transpose, as a plain reshape where no data moves."""
    shape = tensor.shape
    moved = [source for source in perm if shape[source] != 1]
    if moved != sorted(moved):
        return ctx.net.add_shuffle(tensor, first_transpose=tuple(perm)).output
    return ctx.net.add_shuffle(tensor, reshape=tuple(shape[i] for i in perm)).output


def add_scale(
    ctx: OpContext,
    tensor: Tensor,
    mode: ScaleMode,
    *,
    shift: Weights | None = None,
    scale: Weights | None = None,
    power: Weights | None = None,
) -> Tensor:
    """A Scale layer; tensors that are not 3-D or 4-D are reshaped around it."""
    original = tensor.shape
    if len(original) not in (3, 4):
        dims = [*original, *[1] * (3 - len(original))]
        tensor = ctx.reshape(tensor, [*dims[:2], math.prod(dims[2:])])
    types = {w.dtype for w in (shift, scale, power) if w is not None and w.count}
    require(len(types) == 1, "the weights of a Scale layer differ in type, or are empty")
    result = ctx.net.add_scale(tensor, mode, shift, scale, power).output
    return ctx.reshape(result, original)
