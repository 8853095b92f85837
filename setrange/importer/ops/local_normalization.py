# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""LRN, LpNormalization, MeanVarianceNormalization, ImageScaler, TRT_Scale."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.importer.helpers.attributes import required_int
from setrange.importer.helpers.broadcast import broadcast_tensor
from setrange.importer.helpers.inputs import required, required_tensor, required_weights
from setrange.importer.helpers.tensors import cast_helper, convert_axis
from setrange.importer.registry import importer
from setrange.importer.rejections import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.model.weights import Weights
    from setrange.network import Tensor
    from setrange.network.modes import ElementwiseOp, ReduceOp, ScaleMode, UnaryOp

_SCALE_MODES: dict[str, ScaleMode] = {
    "uniform": "uniform",
    "channel": "channel",
    "elementwise": "elementwise",
}


@importer("LRN", since="7.0", source="7.0:importLRN")
def lrn(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = ctx.to_tensor(required(inputs, 0))
    layer = ctx.net.add_lrn(
        tensor,
        size=required_int(node, "size"),
        alpha=node.attr_float("alpha", 0.0001),
        beta=node.attr_float("beta", 0.75),
        bias=node.attr_float("bias", 1.0),
    )
    return [ctx.register_layer(layer).output]


def _registered_elementwise(
    ctx: ImporterContext, a: Tensor, b: Tensor, op: ElementwiseOp
) -> Tensor:
    return ctx.register_layer(ctx.net.add_elementwise(a, b, op)).output


def _registered_reduce(
    ctx: ImporterContext, tensor: Tensor, op: ReduceOp, axes: Sequence[int]
) -> Tensor:
    return ctx.register_layer(ctx.net.add_reduce(tensor, op, axes, keepdims=True)).output


def _registered_unary(ctx: ImporterContext, tensor: Tensor, op: UnaryOp) -> Tensor:
    return ctx.register_layer(ctx.net.add_unary(tensor, op)).output


def _lp_normalization(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, typed_zero: bool
) -> Sequence[Value]:
    """Divide by the norm where it is not 0; ``typed_zero``: in the input's type."""
    tensor = ctx.to_tensor(required(inputs, 0))
    require(
        tensor.dtype in ("float32", "float16"),
        "LpNormalization takes floating-point inputs only",
    )
    axis = convert_axis(node.attr_int("axis", -1), tensor.rank)
    p = node.attr_int("p", 2)
    require(p in (1, 2), f"TensorRT supports LpNormalization with p 1 or 2, not {p}")
    zero = ctx.to_tensor(ctx.temporary(0, tensor.dtype if typed_zero else "float32"))
    zero = broadcast_tensor(ctx, zero, tensor.rank)
    if p == 1:
        norm = _registered_reduce(ctx, _registered_unary(ctx, tensor, "abs"), "sum", (axis,))
    else:
        squares = _registered_elementwise(ctx, tensor, tensor, "prod")
        norm = _registered_reduce(ctx, squares, "sum", (axis,))
        norm = _registered_unary(ctx, norm, "sqrt")
    mask = _registered_elementwise(ctx, norm, zero, "equal")
    mask = cast_helper(ctx, mask, tensor.dtype)
    norm = _registered_elementwise(ctx, norm, mask, "sum")
    return [_registered_elementwise(ctx, tensor, norm, "div")]


for _since, _typed_zero in {"7.2": False, "10.1": True}.items():
    importer("LpNormalization", since=_since, source=f"{_since}:importLpNormalization")(
        partial(_lp_normalization, typed_zero=_typed_zero)
    )


def _mean_variance_normalization(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, dtypes: tuple[str, ...]
) -> Sequence[Value]:
    """Subtract the mean, divide by the deviation."""
    tensor = ctx.to_tensor(required(inputs, 0))
    require(tensor.dtype in dtypes, f"MeanVarianceNormalization does not take {tensor.dtype}")
    rank = tensor.rank
    axes = [convert_axis(axis, rank) for axis in node.attr_ints("axes", (0, 2, 3))]
    mean = _registered_reduce(ctx, tensor, "avg", axes)
    numerator = _registered_elementwise(ctx, tensor, mean, "sub")
    squares = _registered_elementwise(ctx, numerator, numerator, "prod")
    variance = _registered_reduce(ctx, squares, "avg", axes)
    deviation = _registered_unary(ctx, variance, "sqrt")
    epsilon = ctx.add_constant([1e-9], "float32", (1,) * rank)
    deviation = _registered_elementwise(ctx, deviation, epsilon, "sum")
    return [_registered_elementwise(ctx, numerator, deviation, "div")]


for _since, _dtypes in (
    ("8.5", ("float32", "float16")),
    ("10.1", ("float32", "float16", "bf16")),
):
    importer(
        "MeanVarianceNormalization",
        since=_since,
        source=f"{_since}:importMeanVarianceNormalization",
    )(partial(_mean_variance_normalization, dtypes=_dtypes))


@importer("ImageScaler", since="7.0", source="7.0:importImageScaler")
def image_scaler(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = ctx.to_tensor(required(inputs, 0))
    require(node.has("bias"), "attribute bias is required")
    bias: npt.NDArray[Any] = np.asarray(node.attr_floats("bias"), dtype=np.float32)
    shift = ctx.temporary(bias, "float32")
    factor = node.attr_float("scale", 1.0)
    scale = ctx.temporary(np.full(bias.shape, factor, dtype=np.float32), "float32")
    layer = ctx.net.add_scale(tensor, "channel", shift, scale, None)
    return [ctx.register_layer(layer).output]


@importer("TRT_Scale", since="7.0", source="7.0:importTRT_Scale")
def trt_scale(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = required_tensor(inputs, 0)
    if len(inputs) > 1:
        required_weights(inputs, 1)
    mode = node.attr_str("mode")
    require(mode in _SCALE_MODES, f"mode of TRT_Scale must be one of {', '.join(_SCALE_MODES)}")
    given: dict[str, Weights | None] = {}
    position = 1
    for name in ("scale", "shift", "power"):
        require(node.has(name), f"attribute {name} is required")
        wanted = node.attr_int(name)
        given[name] = required_weights(inputs, position) if wanted else None
        position += bool(wanted)
    layer = ctx.net.add_scale(
        tensor, _SCALE_MODES[mode], given["shift"], given["scale"], given["power"]
    )
    return [ctx.register_layer(layer).output]
