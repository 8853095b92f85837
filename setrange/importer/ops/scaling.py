# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""LRN, normalization by the p-norm or by mean and variance, and ops that are Scale layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.importer.arguments import one_of, required_int, required_weights
from setrange.importer.op_context import convert_axis
from setrange.importer.registry import history, since
from setrange.importer.rejections import require
from setrange.network import LayerKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from setrange.importer.op_types import (
        Computed,
        Node,
        OpContext,
        Outputs,
        Tensor,
        Value,
        Weights,
    )
    from setrange.network.modes import ElementwiseOp, ReduceOp, ScaleMode, UnaryOp


def _lrn(ctx: OpContext, node: Node, x: Tensor) -> Outputs:
    layer = ctx.net.add(
        LayerKind.LRN,
        [x],
        size=required_int(node, "size"),
        alpha=node.attr_float("alpha", 0.0001),
        beta=node.attr_float("beta", 0.75),
        bias=node.attr_float("bias", 1.0),
    )
    return ctx.main(layer)


history("LRN", since("7.0", _lrn))


# -- ops whose layers all carry the node's name -----------------------------------------


def _combine(ctx: OpContext, a: Tensor, b: Tensor, op: ElementwiseOp) -> Tensor:
    return ctx.main(ctx.net.add_elementwise(a, b, op))


def _reduce(ctx: OpContext, tensor: Tensor, op: ReduceOp, axes: Sequence[int]) -> Tensor:
    return ctx.main(ctx.net.add_reduce(tensor, op, axes, keepdims=True))


def _unary(ctx: OpContext, tensor: Tensor, op: UnaryOp) -> Tensor:
    return ctx.main(ctx.net.add_unary(tensor, op))


def _lp_normalization(ctx: OpContext, node: Node, x: Tensor, *, typed_zero: bool) -> Outputs:
    """Divide by the norm where it is not 0; ``typed_zero``: in the input's type."""
    require(
        x.dtype in ("float32", "float16"), "LpNormalization takes floating-point inputs only"
    )
    axis = convert_axis(node.attr_int("axis", -1), x.rank)
    p = node.attr_int("p", 2)
    require(p in (1, 2), f"TensorRT supports LpNormalization with p 1 or 2, not {p}")
    zero = ctx.to_tensor(ctx.temporary(0, x.dtype if typed_zero else "float32"))
    zero = ctx.broadcast_to(zero, x.rank)
    powers = _unary(ctx, x, "abs") if p == 1 else _combine(ctx, x, x, "prod")
    norm = _reduce(ctx, powers, "sum", (axis,))
    if p == 2:
        norm = _unary(ctx, norm, "sqrt")
    mask = ctx.cast(_combine(ctx, norm, zero, "equal"), x.dtype)
    return _combine(ctx, x, _combine(ctx, norm, mask, "sum"), "div")


def _mean_variance_normalization(
    ctx: OpContext, node: Node, x: Tensor, *, types: tuple[str, ...]
) -> Outputs:
    """Subtract the mean, divide by the deviation."""
    require(x.dtype in types, f"MeanVarianceNormalization does not take {x.dtype}")
    axes = [convert_axis(axis, x.rank) for axis in node.attr_ints("axes", (0, 2, 3))]
    numerator = _combine(ctx, x, _reduce(ctx, x, "avg", axes), "sub")
    squares = _combine(ctx, numerator, numerator, "prod")
    deviation = _unary(ctx, _reduce(ctx, squares, "avg", axes), "sqrt")
    epsilon = ctx.add_constant([1e-9], "float32", (1,) * x.rank)
    return _combine(ctx, numerator, _combine(ctx, deviation, epsilon, "sum"), "div")


history(
    "LpNormalization",
    since("7.2", _lp_normalization, typed_zero=False),
    since("10.1", typed_zero=True),
)
history(
    "MeanVarianceNormalization",
    since("8.5", _mean_variance_normalization, types=("float32", "float16")),
    since("10.1", types=("float32", "float16", "bf16")),
)


# -- Scale layers -----------------------------------------------------------------------


def _image_scaler(ctx: OpContext, node: Node, x: Tensor) -> Outputs:
    require(node.has("bias"), "attribute bias is required")
    bias: npt.NDArray[Any] = np.asarray(node.attr_floats("bias"), dtype=np.float32)
    shift = ctx.temporary(bias, "float32")
    factor = node.attr_float("scale", 1.0)
    scale = ctx.temporary(np.full(bias.shape, factor, dtype=np.float32), "float32")
    return ctx.main(ctx.net.add_scale(x, "channel", shift, scale, None))


_SCALE_MODES: tuple[ScaleMode, ...] = ("uniform", "channel", "elementwise")


def _trt_scale(ctx: OpContext, node: Node, inputs: list[Value], x: Computed) -> Outputs:
    if len(inputs) > 1:
        required_weights(inputs, 1)
    mode = one_of(node, "mode", _SCALE_MODES)
    given: dict[str, Weights | None] = {}
    position = 1
    for name in ("scale", "shift", "power"):
        require(node.has(name), f"attribute {name} is required")
        wanted = node.attr_int(name)
        given[name] = required_weights(inputs, position) if wanted else None
        position += bool(wanted)
    layer = ctx.net.add_scale(x, mode, given["shift"], given["scale"], given["power"])
    return ctx.main(layer)


history("ImageScaler", since("7.0", _image_scaler))
history("TRT_Scale", since("7.0", _trt_scale))
