# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Pooling: by a window, over all spatial dimensions, and by the p-norm."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from setrange.importer.helpers.kernel_params import KernelParams, kernel_params
from setrange.importer.registry import LATER, history, since
from setrange.importer.rejections import require

if TYPE_CHECKING:
    from setrange.importer.op_types import Computed, Layer, OpContext, Outputs, Tensor
    from setrange.network.modes import PoolingOp, ReduceOp


#: Opset in which ceil_mode and dilations appeared.
_OPSET_10 = 10


def _kernel_rank(ctx: OpContext) -> int:
    return len(ctx.required_ints("kernel_shape"))


def _add(ctx: OpContext, tensor: Tensor, op: PoolingOp, window: KernelParams) -> Layer:
    return ctx.net.add_pooling(
        tensor,
        op,
        window.kernel or (),
        exclude_padding=window.exclude_padding,
        **window.layer_params(),
    )


def _refuse_dilations(ctx: OpContext) -> None:
    flat = ctx.opset < _OPSET_10 or all(d == 1 for d in ctx.node.attr_ints("dilations"))
    require(flat, "TensorRT does not support dilated pooling")


def _pool(
    ctx: OpContext, x: Tensor, *, op: PoolingOp, asymmetric: bool, one_output: bool
) -> Outputs:
    """Max or average pooling (``poolingHelper``).

    ``asymmetric``: averages take any padding; else the end may be padded by one more at most.
    ``one_output``: the node must not have a second output, be it without a name.
    """
    if one_output:
        require(len(ctx.node.outputs) == 1, f"TensorRT gives one output of {ctx.node.op} only")
    expand = x.rank == 3
    tensor, back = ctx.as_4d(x)
    rank = _kernel_rank(ctx)
    agrees = rank in (2, 3) or (rank == 1 and expand)
    require(agrees, "kernel_shape does not agree with the input's rank")
    ceil_mode = ctx.opset >= _OPSET_10 and ctx.node.attr_int("ceil_mode") != 0
    _refuse_dilations(ctx)
    window = kernel_params(ctx, rank, exclude_padding=True, ceil_mode=ceil_mode)
    if expand:
        window = window.with_unit_axis()
    if op == "average" and not asymmetric:
        uneven = {b - a for a, b in zip(window.pre[:2], window.post[:2], strict=True)}
        require(
            uneven <= {0, 1}, "TensorRT supports this asymmetric average pooling from 8.5 on"
        )
    return back(ctx.main(_add(ctx, tensor, op, window)))


_MAX_POOL = (
    since("7.0", _pool, op="max", asymmetric=True, one_output=False),
    since("7.1", one_output=True),
)


def _reduce_spatial(ctx: OpContext, x: Tensor, *, op: ReduceOp) -> Tensor:
    """Reduce all but the first two dimensions (``globalPoolingHelper``)."""
    return ctx.main(ctx.net.add_reduce(x, op, range(2, x.rank), keepdims=True))


def _global_lp_pool(ctx: OpContext, x: Tensor, *, half: bool) -> Outputs:
    """The p-norm of all spatial elements; ``half``: checks the type and computes in it."""
    dtype = x.dtype if half else "float32"
    is_float = dtype in ("float32", "float16")
    require(is_float, "TensorRT pools FLOAT and HALF only in GlobalLpPool")
    p = ctx.node.attr_int("p", 2)
    ones = (1,) * x.rank
    exponent = ctx.add_constant([p], dtype, ones)
    inverse = ctx.add_constant([1 / p if p else math.inf], dtype, ones)
    total = _reduce_spatial(ctx, ctx.combine(x, exponent, "pow"), op="sum")
    return ctx.combine(total, inverse, "pow")


def _lp_pool(ctx: OpContext, x: Tensor, *, half: bool, knows_opset_10: bool) -> Outputs:
    """Average pooling times the window's size; L2 squares before and takes the root after."""
    rank = _kernel_rank(ctx)
    require(x.dtype in ("float32", "float16"), "LpPool takes floating-point inputs only")
    p = ctx.node.attr_int("p", 2)
    require(p in (1, 2), f"TensorRT supports LpPool with p 1 or 2, not {p}")
    ceil_mode = knows_opset_10 and ctx.node.attr_int("ceil_mode") != 0
    if knows_opset_10:
        _refuse_dilations(ctx)
    window = kernel_params(ctx, rank, ceil_mode=ceil_mode)
    dtype = x.dtype if half else "float32"
    size = ctx.add_constant([math.prod(window.kernel or ())], dtype, (1,) * x.rank)
    net = ctx.net
    values = net.add_unary(x, "abs") if p == 1 else net.add_elementwise(x, x, "prod")
    pooled = ctx.main(_add(ctx, ctx.main(values), "average", window))
    output = ctx.main(net.add_elementwise(pooled, size, "prod"))
    return output if p == 1 else ctx.main(net.add_unary(output, "sqrt"))


def _max_average_blend_pool(ctx: OpContext, x: Computed) -> Outputs:
    rank = _kernel_rank(ctx)
    require(ctx.node.has("blend"), "attribute blend is required")
    window = kernel_params(ctx, rank, exclude_padding=True)
    layer = _add(ctx, x, "max_average_blend", window)
    layer.set_params(blend=ctx.node.attr_float("blend"))
    return ctx.main(layer)


# -- change log -------------------------------------------------------------------------

history("MaxPool", *_MAX_POOL, since("10.6", one_output=False, read_at="10.7", why=LATER))
history("TRT_MaxPool", *_MAX_POOL)
history(
    ("AveragePool", "TRT_AveragePool"),
    since("7.0", _pool, op="average", asymmetric=False, one_output=False),
    since("8.5", asymmetric=True),
)
for _op, _operation in {"GlobalAveragePool": "avg", "GlobalMaxPool": "max"}.items():
    history(_op, since("7.0", _reduce_spatial, op=_operation))
history("GlobalLpPool", since("7.0", _global_lp_pool, half=False), since("10.1", half=True))
history(
    "LpPool",
    since("7.2", _lp_pool, half=False, knows_opset_10=False),
    since("10.1", half=True, knows_opset_10=True),
)
history("TRT_MaxAverageBlendPool", since("7.0", _max_average_blend_pool))
