# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""DepthToSpace and SpaceToDepth: two Shuffles around a transpose."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.inputs import required
from setrange.importer.helpers.tensors import axis_length, require_not_type
from setrange.importer.registry import importer
from setrange.importer.rejections import require
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
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Tensor


#: (order of the first reshape's dimensions, transpose) of DepthToSpace, by mode. The
#: dimensions are N, C / block / block, H, W and the block (4).
_DCR = ((0, 4, 4, 1, 2, 3), (0, 3, 4, 1, 5, 2))
_CRD = ((0, 1, 4, 4, 2, 3), (0, 1, 4, 2, 5, 3))


def _plan(node: Node) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return _DCR if node.attr_str("mode", "DCR") == "DCR" else _CRD


def _data(
    ctx: ImporterContext, node: Node, inputs: list[Value], invalid: tuple[str, ...]
) -> tuple[Tensor, int]:
    """The data and the block size."""
    value = required(inputs, 0)
    require_not_type(ctx, value, *invalid)
    require(value.rank == 4, f"{node.op} takes 4-D inputs only")
    require(node.has("blocksize"), f"{node.op} needs the attribute blocksize")
    return ctx.to_tensor(value), node.attr_int("blocksize")


def _dimensions(ctx: ImporterContext, tensor: Tensor) -> list[ShapeTensor]:
    shape = shape_of(ctx, tensor)
    return [gather(ctx, shape, shape_vector(i)) for i in range(4)]


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
    tensor, size = _data(ctx, node, inputs, invalid)
    n, c, h, w = _dimensions(ctx, tensor)
    block = shape_vector(size)
    channels = floor_div(ctx, c, mul(ctx, block, block))
    height, width = mul(ctx, h, block), mul(ctx, w, block)
    order, perm = _plan(node)
    parts = (n, channels, h, w, block)
    first = [parts[i] for i in order]
    return _shuffled(ctx, tensor, first, perm, [n, channels, height, width])


@importer("DepthToSpace", since="7.0", source="7.0:importDepthToSpace")
def depth_to_space_70(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor, block = _data(ctx, node, inputs, ("BOOL",))
    require(block != 0, "DepthToSpace: the block size is zero")
    n, c, h, w = tensor.shape
    if -1 in (c, h, w):
        return _dynamic_depth_to_space(ctx, node, tensor, block)
    channels = c // (block * block)
    order, perm = _plan(node)
    parts = (n, channels, h, w, block)
    first = ctx.net.add_shuffle(
        tensor, reshape=tuple(parts[i] for i in order), second_transpose=perm
    )
    second = ctx.net.add_shuffle(
        ctx.register_layer(first).output, reshape=(n, channels, h * block, w * block)
    )
    return [second.output]


def _dynamic_depth_to_space(
    ctx: ImporterContext, node: Node, tensor: Tensor, block: int
) -> Sequence[Value]:
    """Dimensions as one-element tensors (``depthToSpaceDynamicImporter``)."""
    net = ctx.net
    n, c, h, w = (axis_length(ctx, tensor, i) for i in range(4))
    size = ctx.add_constant(block, "int32", (1,))
    area = ctx.add_constant(block * block, "int32", (1,))
    first = net.add_shuffle(tensor)
    order, perm = _plan(node)
    parts = (n, net.add_elementwise(c, area, "div").output, h, w, size)
    first.set_input(1, net.add_concatenation([parts[i] for i in order]).output)
    first.set_params(second_transpose=perm)
    second = net.add_shuffle(first.output)
    dims = [
        n,
        net.add_elementwise(c, area, "div").output,
        net.add_elementwise(h, size, "prod").output,
        net.add_elementwise(w, size, "prod").output,
    ]
    second.set_input(1, net.add_concatenation(dims).output)
    return [second.output]


def _space_to_depth(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, invalid: tuple[str, ...]
) -> Sequence[Value]:
    tensor, size = _data(ctx, node, inputs, invalid)
    n, c, h, w = _dimensions(ctx, tensor)
    block = shape_vector(size)
    channels = mul(ctx, c, mul(ctx, block, block))
    height, width = floor_div(ctx, h, block), floor_div(ctx, w, block)
    first = [n, c, height, block, width, block]
    perm = (0, 3, 5, 1, 2, 4)
    return _shuffled(ctx, tensor, first, perm, [n, channels, height, width])


for _since, _invalid in (("7.1", ("BOOL",)), ("8.5", ("BOOL", "UINT8"))):
    importer("DepthToSpace", since=_since, source=f"{_since}:importDepthToSpace")(
        partial(_depth_to_space, invalid=_invalid)
    )
for _since, _invalid in (("7.0", ("BOOL",)), ("8.5", ("BOOL", "UINT8"))):
    importer("SpaceToDepth", since=_since, source=f"{_since}:importSpaceToDepth")(
        partial(_space_to_depth, invalid=_invalid)
    )
