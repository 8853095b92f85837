# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Pooling: windows (1-D runs as 2-D), global pooling as Reduce, Lp pooling as arithmetic."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.inputs import required, required_tensor
from setrange.importer.helpers.kernel_params import KernelParams, kernel_params
from setrange.importer.helpers.tensors import squeeze_tensor, unsqueeze_tensor
from setrange.importer.registry import importer
from setrange.importer.rejections import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Layer, Tensor
    from setrange.network.modes import PoolingOp, ReduceOp


def _kernel_rank(node: Node) -> int:
    require(node.has("kernel_shape"), "attribute kernel_shape is required")
    return len(node.attr_ints("kernel_shape"))


def _ceil_mode(ctx: ImporterContext, node: Node) -> bool:
    """Opset 10 added ceil_mode and dilations, which TensorRT does not have."""
    if ctx.opset < 10:
        return False
    require(
        all(d == 1 for d in node.attr_ints("dilations")),
        "TensorRT does not support dilated pooling",
    )
    return bool(node.attr_int("ceil_mode"))


def _add(ctx: ImporterContext, tensor: Tensor, op: PoolingOp, window: KernelParams) -> Layer:
    return ctx.net.add_pooling(
        tensor,
        op,
        window.kernel or (),
        exclude_padding=window.exclude_padding,
        **window.layer_params(),
    )


def _pool(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    op: PoolingOp,
    asymmetric: bool = True,
    one_output: bool = False,
) -> Sequence[Value]:
    """Max or average pooling (``poolingHelper``).

    Args:
        ctx: The import.
        node: The pooling node.
        inputs: Data.
        op: ``max`` or ``average``.
        asymmetric: Averages take any padding; else the end may be padded by one more at most.
        one_output: The node must not have a second output (10.x checks that statically).
    """
    require(
        not one_output or len(node.outputs) == 1,
        f"TensorRT gives one output of {node.op} only",
    )
    tensor = ctx.to_tensor(required(inputs, 0))
    expand = tensor.rank == 3
    if expand:
        tensor = unsqueeze_tensor(ctx, tensor, (3,))
    rank = _kernel_rank(node)
    require(
        rank in (2, 3) or (rank == 1 and expand),
        "kernel_shape does not agree with the input's rank",
    )
    ceil_mode = _ceil_mode(ctx, node)
    window = kernel_params(ctx, node, rank, exclude_padding=True, ceil_mode=ceil_mode)
    if expand:
        window = window.with_unit_axis()
    if op == "average" and not asymmetric:
        uneven = {b - a for a, b in zip(window.pre[:2], window.post[:2], strict=True)}
        require(
            uneven <= {0, 1}, "TensorRT supports this asymmetric average pooling from 8.5 on"
        )
    output = ctx.register_layer(_add(ctx, tensor, op, window)).output
    return [squeeze_tensor(ctx, output, (3,)) if expand else output]


for _since, _one_output in {"7.0": False, "7.1": True, "10.1": False}.items():
    importer("MaxPool", "TRT_MaxPool", since=_since, source=f"{_since}:importMaxPool")(
        partial(_pool, op="max", one_output=_one_output)
    )
for _since, _asymmetric in {"7.0": False, "8.5": True}.items():
    importer("AveragePool", "TRT_AveragePool", since=_since, source=f"{_since}:poolingHelper")(
        partial(_pool, op="average", asymmetric=_asymmetric)
    )


def _reduce_spatial(ctx: ImporterContext, tensor: Tensor, op: ReduceOp) -> Tensor:
    """Reduce all but the first two dimensions (``globalPoolingHelper``)."""
    layer = ctx.net.add_reduce(tensor, op, range(2, tensor.rank), keepdims=True)
    return ctx.register_layer(layer).output


def _global_pool(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, op: ReduceOp
) -> Sequence[Value]:
    return [_reduce_spatial(ctx, ctx.to_tensor(required(inputs, 0)), op)]


_GLOBAL: dict[str, ReduceOp] = {"GlobalAveragePool": "avg", "GlobalMaxPool": "max"}

for _op, _operation in _GLOBAL.items():
    importer(_op, since="7.0", source="7.0:globalPoolingHelper")(
        partial(_global_pool, op=_operation)
    )


def _constant(ctx: ImporterContext, value: float, dtype: str, rank: int) -> Tensor:
    return ctx.add_constant([value], dtype, (1,) * rank)


def _global_lp_pool(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, half: bool
) -> Sequence[Value]:
    """The p-norm of all spatial elements; ``half``: checks the type and computes in it."""
    tensor = ctx.to_tensor(required(inputs, 0))
    dtype = tensor.dtype if half else "float32"
    require(
        dtype in ("float32", "float16"), "TensorRT pools FLOAT and HALF only in GlobalLpPool"
    )
    p = node.attr_int("p", 2)
    exponent = _constant(ctx, p, dtype, tensor.rank)
    inverse = _constant(ctx, 1 / p if p else math.inf, dtype, tensor.rank)
    powers = ctx.net.add_elementwise(tensor, exponent, "pow").output
    total = _reduce_spatial(ctx, powers, "sum")
    return [ctx.net.add_elementwise(total, inverse, "pow").output]


for _since, _half in {"7.0": False, "10.1": True}.items():
    importer("GlobalLpPool", since=_since, source=f"{_since}:importGlobalLpPool")(
        partial(_global_lp_pool, half=_half)
    )


def _lp_pool(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, half: bool, ceil_mode: bool
) -> Sequence[Value]:
    """Average pooling times the window's size; L2 squares before and takes the root after."""
    tensor = ctx.to_tensor(required(inputs, 0))
    rank = _kernel_rank(node)
    require(tensor.dtype in ("float32", "float16"), "LpPool takes floating-point inputs only")
    p = node.attr_int("p", 2)
    require(p in (1, 2), f"TensorRT supports LpPool with p 1 or 2, not {p}")
    window = kernel_params(
        ctx, node, rank, ceil_mode=ceil_mode and bool(node.attr_int("ceil_mode"))
    )
    dtype = tensor.dtype if half else "float32"
    size = _constant(ctx, math.prod(window.kernel or ()), dtype, tensor.rank)
    if p == 1:
        values = ctx.net.add_unary(tensor, "abs")
    else:
        values = ctx.net.add_elementwise(tensor, tensor, "prod")
    pooled = _add(ctx, ctx.register_layer(values).output, "average", window)
    layer = ctx.net.add_elementwise(ctx.register_layer(pooled).output, size, "prod")
    output = ctx.register_layer(layer).output
    if p == 2:
        output = ctx.register_layer(ctx.net.add_unary(output, "sqrt")).output
    return [output]


for _since, _is_10 in {"7.2": False, "10.1": True}.items():
    importer("LpPool", since=_since, source=f"{_since}:importLpPool")(
        partial(_lp_pool, half=_is_10, ceil_mode=_is_10)
    )


@importer("TRT_MaxAverageBlendPool", since="7.0", source="7.0:importTRT_MaxAverageBlendPool")
def max_average_blend_pool(
    ctx: ImporterContext, node: Node, inputs: list[Value]
) -> Sequence[Value]:
    tensor = required_tensor(inputs, 0)
    rank = _kernel_rank(node)
    require(node.has("blend"), "attribute blend is required")
    window = kernel_params(ctx, node, rank, exclude_padding=True)
    layer = _add(ctx, tensor, "max_average_blend", window)
    layer.set_params(blend=node.attr_float("blend"))
    return [ctx.register_layer(layer).output]
