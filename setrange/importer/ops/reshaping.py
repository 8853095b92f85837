# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Reshape, Flatten, Transpose, Squeeze, Unsqueeze, DepthToSpace, SpaceToDepth: Shuffles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer import shape_tensor as st
from setrange.importer.op_context import convert_axis, is_dynamic
from setrange.importer.registry import LISTS_OF_RTX_17, history, since
from setrange.importer.rejections import require
from setrange.model.weights import Weights
from setrange.network import MAX_DIMS, LayerKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.op_types import Computed, Given, Node, OpContext, Outputs, Tensor
    from setrange.importer.shape_tensor import ShapeTensor


# -- Reshape and Flatten ----------------------------------------------------------------

#: Opset from which Reshape takes the shape as an input.
_SHAPE_INPUT = 5
#: Opset of Reshape's attribute ``allowzero``.
_ALLOWZERO = 14


def _reshape(
    ctx: OpContext, data: Tensor, *, allowzero: int | None, mandatory: bool
) -> Outputs:
    """``allowzero``: the first opset that has it; ``mandatory``: the node must give it."""
    if ctx.opset >= _SHAPE_INPUT:
        dims = st.shape_tensor(ctx, ctx.required(1))
    else:
        dims = st.shape_vector(*ctx.required_ints("shape"))
    keeps_zero = 0
    if allowzero is not None and ctx.opset >= allowzero:
        keeps_zero = (ctx.required_int if mandatory else ctx.node.attr_int)("allowzero")
    return ctx.main(st.add_shuffle(ctx, data, dims, zero_is_placeholder=not keeps_zero))


def _flatten_70(ctx: OpContext, x: Tensor, *, strict: bool) -> Outputs:
    """Leave 2-D tensors as they are, whatever the axis; ``strict``: it is below the rank."""
    axis = convert_axis(ctx.node.attr_int("axis", 1), x.rank, strict=strict)
    return x if x.rank <= 2 else ctx.flatten(x, axis, register=True)


def _flatten(ctx: OpContext, value: Given) -> Outputs:
    x = ctx.to_tensor(value)
    axis = convert_axis(ctx.node.attr_int("axis", 1), x.rank)
    if x.rank == 2 and axis == 1:
        return ctx.identity(value)
    return ctx.flatten(x, axis, register=True)


# -- Transpose --------------------------------------------------------------------------


def _permutation(node: Node, rank: int, *, negative: bool = False) -> list[int]:
    """The attribute perm, completed with the identity; reversed axes by default."""
    require(rank <= MAX_DIMS, f"TensorRT tensors have at most {MAX_DIMS} dimensions")
    perm = node.attr_ints("perm", range(rank)[::-1])
    require(len(perm) <= MAX_DIMS, f"a permutation has at most {MAX_DIMS} entries")
    perm = [*perm[:rank], *range(len(perm), rank)]
    if negative:
        perm = [convert_axis(axis, rank) for axis in perm]
    require(sorted(perm) == list(range(len(perm))), f"{perm} is not a permutation")
    return perm


def _transpose_70(ctx: OpContext, value: Given, *, max_rank: int) -> Outputs:
    """Make new weights of weights of up to ``max_rank`` dimensions."""
    perm = _permutation(ctx.node, value.rank)
    if not isinstance(value, Weights):
        return ctx.transpose(value, perm)
    is_float = value.dtype in ("float32", "float16")
    require(is_float, f"TensorRT transposes float constants only, this one is {value.dtype}")
    small = value.rank == 2 if max_rank == 2 else value.rank <= max_rank
    require(small, f"TensorRT cannot transpose a constant of {value.rank} dimensions")
    shape = tuple(value.shape[axis] for axis in perm)
    return value.derived(lambda data: data.transpose(perm), value.dtype, shape)


def _transpose(ctx: OpContext, value: Given, *, negative_axes: bool) -> Outputs:
    perm = _permutation(ctx.node, value.rank, negative=negative_axes)
    return ctx.transpose(ctx.to_tensor(value), perm)


def _trt_shuffle(ctx: OpContext, x: Computed) -> Outputs:
    layer = ctx.net.add_shuffle(
        x,
        first_transpose=tuple(ctx.required_ints("first_perm")),
        second_transpose=tuple(ctx.required_ints("second_perm")),
        zero_is_placeholder=bool(ctx.node.attr_int("zero_is_placeholder", 1)),
    )
    ctx.register_layer(layer)
    if len(ctx.inputs) > 1:
        layer.set_input(1, ctx.required_tensor(1))
    elif ctx.node.has("reshape_dims"):
        layer.set_params(reshape=tuple(ctx.node.attr_ints("reshape_dims")))
    return layer.output


# -- Squeeze ----------------------------------------------------------------------------

#: Opset from which axes are an input.
_AXES_INPUT = 13


def _ones(tensor: Tensor) -> list[int]:
    """All dimensions of 1: what to squeeze where nobody says."""
    require(
        not is_dynamic(tensor.shape),
        "without axes, Squeeze needs an input of known shape; export it with axes",
    )
    return [i for i, d in enumerate(tensor.shape) if d == 1]


def _squeeze_70(ctx: OpContext, data: Tensor, *, optional: bool, strict: bool) -> Outputs:
    """``optional``: axes may be left out, or an input; ``strict``: they are below the rank."""
    if not optional:
        axes = ctx.required_ints("axes")
    elif ctx.opset < _AXES_INPUT:
        axes = ctx.node.attr_ints("axes") or _ones(data)
    else:
        axes = (ctx.required_weights(1).ints() if len(ctx.inputs) == 2 else []) or _ones(data)
    axes = [convert_axis(axis, data.rank, strict=strict) for axis in axes]
    return ctx.main(ctx.squeeze_by_shuffle(data, axes))


def _squeeze(ctx: OpContext, data: Tensor, *, axes_optional: bool) -> Outputs:
    """A Squeeze layer; ``axes_optional``: it needs no axes."""
    if ctx.opset >= _AXES_INPUT and len(ctx.inputs) == 2:
        axes = ctx.input_tensor(1)
    elif ctx.opset < _AXES_INPUT and ctx.node.has("axes"):
        axes = _axes_constant(ctx, ctx.node.attr_ints("axes"))
    elif axes_optional:
        return ctx.main(ctx.net.add(LayerKind.SQUEEZE, [data]))
    else:
        axes = _axes_constant(ctx, _ones(data))
    return ctx.main(ctx.net.add(LayerKind.SQUEEZE, [data, _as_vector(ctx, axes)]))


def _axes_constant(ctx: OpContext, axes: Sequence[int]) -> Tensor:
    return ctx.add_constant(list(axes), "int64", (len(axes),))


def _as_vector(ctx: OpContext, axes: Tensor) -> Tensor:
    """A scalar as a vector of one element (``convertScalarToVector``)."""
    return axes if axes.rank else ctx.unsqueeze(axes, [0])


# -- Unsqueeze --------------------------------------------------------------------------


def _unsqueeze_70(ctx: OpContext, data: Tensor, *, axes: str, strict: bool) -> Outputs:
    """``axes`` are an ``attribute``, an ``input`` from opset 13 on, or ``either``.

    PyTorch may leave the input out. ``strict``: they are below the output's rank.
    """
    given: Sequence[int] = ()
    modern = ctx.opset >= _AXES_INPUT
    if modern and (axes == "input" or (axes == "either" and len(ctx.inputs) == 2)):
        known = st.shape_tensor(ctx, ctx.required(1))
        require(known.all_known, "the axes of Unsqueeze must be an initializer")
        given = known.values
    if not given and not (modern and axes == "input"):
        given = ctx.required_ints("axes")
    rank = data.rank + len(given)
    inserted = [convert_axis(axis, rank, strict=strict) for axis in given]
    return ctx.main(ctx.unsqueeze_by_shuffle(data, inserted))


def _unsqueeze(ctx: OpContext, data: Tensor) -> Outputs:
    if ctx.opset >= _AXES_INPUT and len(ctx.inputs) == 2:
        axes = ctx.input_tensor(1)
    else:
        axes = _axes_constant(ctx, ctx.required_ints("axes"))
    return ctx.main(ctx.net.add(LayerKind.UNSQUEEZE, [data, _as_vector(ctx, axes)]))


# -- DepthToSpace and SpaceToDepth ------------------------------------------------------

#: (order of the first reshape's dimensions, transpose) of DepthToSpace, by mode. The
#: dimensions are N, C / block / block, H, W and the block (4).
_DCR = ((0, 4, 4, 1, 2, 3), (0, 3, 4, 1, 5, 2))
_CRD = ((0, 1, 4, 4, 2, 3), (0, 1, 4, 2, 5, 3))


def _plan(node: Node) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return _DCR if node.attr_str("mode", "DCR") == "DCR" else _CRD


def _block_size(ctx: OpContext, data: Tensor) -> int:
    require(data.rank == 4, f"{ctx.node.op} takes 4-D inputs only")
    require(ctx.node.has("blocksize"), f"{ctx.node.op} needs the attribute blocksize")
    return ctx.node.attr_int("blocksize")


def _dimensions(ctx: OpContext, data: Tensor) -> list[ShapeTensor]:
    shape = st.shape_of(ctx, data)
    return [st.gather(ctx, shape, st.shape_vector(i)) for i in range(4)]


def _shuffled(
    ctx: OpContext,
    data: Tensor,
    first: Sequence[ShapeTensor],
    perm: tuple[int, ...],
    second: Sequence[ShapeTensor],
) -> Tensor:
    """Reshape to ``first``, transpose, reshape to ``second``."""

    def joined(parts: Sequence[ShapeTensor]) -> ShapeTensor:
        """The vectors as one, the last two concatenated first."""
        vector = parts[-1]
        for part in reversed(parts[:-1]):
            vector = st.concat(ctx, part, vector)
        return vector

    shuffle = st.add_shuffle(ctx, data, joined(first))
    shuffle.set_params(second_transpose=perm)
    return st.add_shuffle(ctx, ctx.main(shuffle), joined(second)).output


def _depth_to_space(ctx: OpContext, data: Tensor) -> Outputs:
    block = st.shape_vector(_block_size(ctx, data))
    n, c, h, w = _dimensions(ctx, data)
    channels = st.floor_div(ctx, c, st.mul(ctx, block, block))
    height, width = st.mul(ctx, h, block), st.mul(ctx, w, block)
    order, perm = _plan(ctx.node)
    parts = (n, channels, h, w, block)
    first = [parts[i] for i in order]
    return _shuffled(ctx, data, first, perm, [n, channels, height, width])


def _depth_to_space_70(ctx: OpContext, data: Tensor) -> Outputs:
    block = _block_size(ctx, data)
    require(block != 0, "the block size is zero")
    n, c, h, w = data.shape
    order, perm = _plan(ctx.node)
    if -1 in (c, h, w):
        return _dynamic_depth_to_space(ctx, data, block, order, perm)
    channels = c // (block * block)
    parts = (n, channels, h, w, block)
    first = ctx.net.add_shuffle(
        data, reshape=tuple(parts[i] for i in order), second_transpose=perm
    )
    dims = (n, channels, h * block, w * block)
    return ctx.net.add_shuffle(ctx.main(first), reshape=dims).output


def _dynamic_depth_to_space(
    ctx: OpContext, data: Tensor, block: int, order: Sequence[int], perm: Sequence[int]
) -> Tensor:
    """Dimensions as one-element tensors (``depthToSpaceDynamicImporter``)."""
    net = ctx.net
    n, c, h, w = (ctx.dimension(data, i) for i in range(4))
    size = ctx.add_constant(block, "int32", (1,))
    area = ctx.add_constant(block * block, "int32", (1,))
    first = net.add_shuffle(data)
    parts = (n, ctx.combine(c, area, "div"), h, w, size)
    first.set_input(1, net.add_concatenation([parts[i] for i in order]).output)
    first.set_params(second_transpose=perm)
    second = net.add_shuffle(first.output)
    channels = ctx.combine(c, area, "div")
    dims = [n, channels, ctx.combine(h, size, "prod"), ctx.combine(w, size, "prod")]
    second.set_input(1, net.add_concatenation(dims).output)
    return second.output


def _space_to_depth(ctx: OpContext, data: Tensor) -> Outputs:
    block = st.shape_vector(_block_size(ctx, data))
    n, c, h, w = _dimensions(ctx, data)
    channels = st.mul(ctx, c, st.mul(ctx, block, block))
    height, width = st.floor_div(ctx, h, block), st.floor_div(ctx, w, block)
    first = [n, c, height, block, width, block]
    return _shuffled(ctx, data, first, (0, 3, 5, 1, 2, 4), [n, channels, height, width])


# -- change log -------------------------------------------------------------------------

history(
    "Reshape",
    since("7.0", _reshape, allowzero=None, mandatory=False),
    since("8.0", allowzero=_ALLOWZERO, mandatory=True),
    since("8.4", mandatory=False),
    since("8.5", allowzero=_SHAPE_INPUT),
)
history(
    "Flatten",
    since("7.0", _flatten_70, strict=True),
    since("8.2", strict=False),
    since("8.4", _flatten),
)
history(
    "Transpose",
    since("7.0", _transpose_70, max_rank=2),
    since("7.2", max_rank=4),
    since("8.4", _transpose, negative_axes=False),
    since("10.1", negative_axes=True),
)
history("TRT_Shuffle", since("7.0", _trt_shuffle))
history(
    "Squeeze",
    since("7.0", _squeeze_70, optional=False, strict=True),
    since("7.2", optional=True),
    since("8.2", strict=False),
    since("10.7", _squeeze, axes_optional=False),
    since("11.4", axes_optional=True, **LISTS_OF_RTX_17),
)
history(
    "Unsqueeze",
    since("7.0", _unsqueeze_70, axes="attribute", strict=True),
    since("7.2", axes="input"),
    since("8.0", axes="either"),
    since("8.2", strict=False),
    since("10.7", _unsqueeze),
)
history(
    "DepthToSpace",
    since("7.0", _depth_to_space_70, refuses="BOOL"),
    since("7.1", _depth_to_space),
    since("8.5", refuses="BOOL UINT8"),
)
history(
    "SpaceToDepth",
    since("7.0", _space_to_depth, refuses="BOOL"),
    since("8.5", refuses="BOOL UINT8"),
)
