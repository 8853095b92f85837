# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Expand and Tile: Slice layers that repeat elements."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.broadcast import rank_of
from setrange.importer.helpers.inputs import required
from setrange.importer.helpers.tensors import require_not_type
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import (
    ShapeTensor,
    add_shuffle,
    add_slice,
    broadcast,
    concat,
    fill_shape_vector,
    maximum,
    minimum,
    mul,
    reshape,
    shape_of,
    shape_tensor,
    shape_vector,
    similar,
    sub,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node


# -- Expand -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _ExpandRules:
    """What Expand does in one version.

    Attributes:
        invalid: Input types it refuses.
        empty_strides: Dimensions of 0 have stride 0, not -1.
    """

    invalid: tuple[str, ...]
    empty_strides: bool = False


def _ones(ctx: ImporterContext, rank: ShapeTensor, length: ShapeTensor) -> ShapeTensor:
    """Dimensions of 1 that bring ``length`` dimensions to ``rank``."""
    return fill_shape_vector(ctx, 1, sub(ctx, rank, length))


def _expand(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, rules: _ExpandRules
) -> Sequence[Value]:
    value = required(inputs, 0)
    require_not_type(ctx, value, *rules.invalid)
    tensor = ctx.to_tensor(value)
    dims = shape_of(ctx, tensor)
    rank = shape_of(ctx, dims)
    require(rank_of(required(inputs, 1)) == 1, "the shape to expand to must be a vector")
    shape = shape_tensor(ctx, inputs[1])
    length = shape_of(ctx, shape)
    new_rank = maximum(ctx, length, rank)
    new_dims = concat(ctx, _ones(ctx, new_rank, rank), dims)
    tensor = reshape(ctx, tensor, new_dims)
    new_shape = concat(ctx, _ones(ctx, new_rank, length), shape)
    starts = similar(ctx, new_dims, 0)
    sizes = broadcast(ctx, new_dims, new_shape)
    zero, one = shape_vector(0), shape_vector(1)
    strides = sub(ctx, new_dims, one)
    if rules.empty_strides:
        strides = maximum(ctx, strides, zero)
    strides = minimum(ctx, one, strides)
    layer = add_slice(ctx, tensor, starts, sizes, strides)
    return [ctx.register_layer(layer).output]


@importer("Expand", since="7.0", source="7.0:importExpand")
def expand_70(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    value = required(inputs, 0)
    require_not_type(ctx, value, "BOOL")
    tensor = ctx.to_tensor(value)
    dims = shape_of(ctx, tensor)
    require(rank_of(required(inputs, 1)) == 1, "the shape to expand to must be a vector")
    shape = shape_tensor(ctx, inputs[1])
    missing = len(shape) - len(dims)
    if missing > 0:
        dims = concat(ctx, fill_shape_vector(ctx, 1, shape_vector(missing)), dims)
        tensor = add_shuffle(ctx, tensor, dims).output
    elif missing < 0:
        shape = concat(ctx, fill_shape_vector(ctx, 1, shape_vector(-missing)), shape)
    starts = similar(ctx, dims, 0)
    sizes = maximum(ctx, dims, shape)
    one = shape_vector(1)
    strides = minimum(ctx, one, sub(ctx, dims, one))
    return [ctx.register_layer(add_slice(ctx, tensor, starts, sizes, strides)).output]


for _since, _rules in {
    "7.1": _ExpandRules(invalid=("BOOL",)),
    "8.0": _ExpandRules(invalid=()),
    "8.5": _ExpandRules(invalid=("UINT8",)),
    "10.10": _ExpandRules(invalid=("UINT8",), empty_strides=True),
}.items():
    importer("Expand", since=_since, source="10.10:importExpand")(
        partial(_expand, rules=_rules)
    )


# -- Tile -------------------------------------------------------------------------------


def _tile(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, invalid: tuple[str, ...]
) -> Sequence[Value]:
    value = required(inputs, 0)
    require_not_type(ctx, value, *invalid)
    tensor = ctx.to_tensor(value)
    dims = shape_of(ctx, tensor)
    repeats = shape_tensor(ctx, required(inputs, 1))
    sizes = mul(ctx, dims, repeats)
    starts, strides = similar(ctx, dims, 0), similar(ctx, dims, 1)
    layer = ctx.register_layer(add_slice(ctx, tensor, starts, sizes, strides))
    layer.set_params(mode="wrap")
    return [layer.output]


for _since, _invalid in (("7.0", ("BOOL",)), ("8.2", ()), ("8.5", ("UINT8",))):
    importer("Tile", since=_since, source="10.10:importTile")(partial(_tile, invalid=_invalid))
