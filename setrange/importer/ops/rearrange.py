# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""DepthToSpace and SpaceToDepth: two Shuffles around a transpose."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.inputs import required
from setrange.importer.helpers.tensors import require_not_type
from setrange.importer.refusal import require
from setrange.importer.registry import importer
from setrange.importer.shape_tensor import (
    ShapeTensor,
    add_shuffle,
    concat,
    floor_div,
    gather,
    mul,
    shape_of,
    shape_vector,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.registry import Value
    from setrange.model.node import Node
    from setrange.network import Tensor


def _start(
    ctx: ImporterContext, node: Node, inputs: list[Value], invalid: tuple[str, ...]
) -> tuple[Tensor, list[ShapeTensor], ShapeTensor]:
    """The data, its four dimensions, and the block size, each as a vector of one."""
    value = required(inputs, 0)
    require_not_type(ctx, value, *invalid)
    require(value.rank == 4, f"{node.op} takes 4-D inputs only")
    require(node.has("blocksize"), f"{node.op} needs the attribute blocksize")
    tensor = ctx.to_tensor(value)
    shape = shape_of(tensor)
    dims = [gather(ctx, shape, shape_vector(i)) for i in range(4)]
    return tensor, dims, shape_vector(node.attr_int("blocksize"))


def _joined(ctx: ImporterContext, parts: Sequence[ShapeTensor]) -> ShapeTensor:
    """Concatenate vectors, the last two first."""
    joined = parts[-1]
    for part in reversed(parts[:-1]):
        joined = concat(ctx, part, joined)
    return joined


def _shuffled(
    ctx: ImporterContext,
    tensor: Tensor,
    first: Sequence[ShapeTensor],
    perm: tuple[int, ...],
    second: Sequence[ShapeTensor],
) -> Sequence[Value]:
    """Reshape to ``first``, transpose, reshape to ``second``."""
    shuffle = add_shuffle(ctx, tensor, _joined(ctx, first))
    shuffle.set_params(second_transpose=perm)
    ctx.register_layer(shuffle)
    return [add_shuffle(ctx, shuffle.output, _joined(ctx, second)).output]


def _depth_to_space(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, invalid: tuple[str, ...]
) -> Sequence[Value]:
    tensor, (n, c, h, w), block = _start(ctx, node, inputs, invalid)
    channels = floor_div(ctx, c, mul(ctx, block, block))
    height, width = mul(ctx, h, block), mul(ctx, w, block)
    if node.attr_str("mode", "DCR") == "DCR":
        first, perm = [n, block, block, channels, h, w], (0, 3, 4, 1, 5, 2)
    else:
        first, perm = [n, channels, block, block, h, w], (0, 1, 4, 2, 5, 3)
    return _shuffled(ctx, tensor, first, perm, [n, channels, height, width])


def _space_to_depth(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, invalid: tuple[str, ...]
) -> Sequence[Value]:
    tensor, (n, c, h, w), block = _start(ctx, node, inputs, invalid)
    channels = mul(ctx, c, mul(ctx, block, block))
    height, width = floor_div(ctx, h, block), floor_div(ctx, w, block)
    first = [n, c, height, block, width, block]
    perm = (0, 3, 5, 1, 2, 4)
    return _shuffled(ctx, tensor, first, perm, [n, channels, height, width])


for _since, _invalid in (("7.0", ("BOOL",)), ("8.5", ("BOOL", "UINT8"))):
    importer("DepthToSpace", since=_since, source=f"{_since}:importDepthToSpace")(
        partial(_depth_to_space, invalid=_invalid)
    )
    importer("SpaceToDepth", since=_since, source=f"{_since}:importSpaceToDepth")(
        partial(_space_to_depth, invalid=_invalid)
    )
