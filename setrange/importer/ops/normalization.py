# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Normalization of all kinds but by batch; ops that are Scale layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.importer import shape_tensor as st
from setrange.importer.op_context import convert_axis
from setrange.importer.registry import history, since
from setrange.importer.rejections import refuse, require
from setrange.network import LayerKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from setrange.importer.op_types import (
        Computed,
        Given,
        Layer,
        OpContext,
        Outputs,
        Tensor,
        Value,
        Weights,
    )
    from setrange.network.modes import ElementwiseOp, ReduceOp, ScaleMode, UnaryOp

_EPSILON = 1e-5
_FLOATS = ("FLOAT", "HALF")


def _channel_axes(rank: int) -> list[int]:
    """All axes but the channels': where a vector [C] gets dimensions of 1."""
    return [axis for axis in range(rank) if axis != 1]


def _add(ctx: OpContext, inputs: list[Tensor], axes: range, groups: int = 1) -> Layer:
    """A Normalization layer; scale and bias broadcast to the data."""
    epsilon = ctx.node.attr_float("epsilon", _EPSILON)
    kind = LayerKind.NORMALIZATION
    return ctx.net.add(kind, inputs, axes=tuple(axes), epsilon=epsilon, groups=groups)


def _normalize(ctx: OpContext, x: Tensor, scale: Tensor, bias: Tensor) -> Outputs:
    """One Normalization layer over the spatial axes (``normalizationHelper``)."""
    require(x.rank >= 3, f"{ctx.node.op} needs at least 3 dimensions, the input has {x.rank}")
    factor, shift = (ctx.unsqueeze(value, _channel_axes(x.rank)) for value in (scale, bias))
    groups = ctx.node.attr_int("num_groups", 1)
    return ctx.main(_add(ctx, [x, factor, shift], range(2, x.rank), groups))


# -- InstanceNormalization --------------------------------------------------------------


def _refused_plugin(ctx: OpContext) -> Outputs:
    refuse("this parser asks for version 001 of the InstanceNormalization_TRT plugin")


def _instance_norm(
    ctx: OpContext,
    x: Given,
    scale: Given,
    bias: Given,
    *,
    ranks: tuple[int, ...],  # what the plugin takes
    expands: bool,  # 3-D runs as 4-D
    native: bool,  # the parser knows the flag NATIVE_INSTANCENORM
) -> Outputs:
    """The InstanceNormalization_TRT plugin, or a layer where the parser is told to."""
    if native and ctx.native_instance_norm:
        return _normalize(ctx, *(ctx.to_tensor(value) for value in (x, scale, bias)))
    factor, shift = (ctx.required_weights(i) for i in (1, 2))
    tensor = ctx.to_tensor(x)
    known = tensor.rank in ranks
    require(known, f"InstanceNormalization does not take {tensor.rank} dimensions")
    tensor, back = ctx.as_4d(tensor, wanted=expands)
    layer = ctx.net.add(
        LayerKind.PLUGIN_V2_DYNAMIC,
        [tensor],
        plugin="InstanceNormalization_TRT",
        epsilon=ctx.node.attr_float("epsilon", _EPSILON),
        scale=factor,
        bias=shift,
    )
    return back(ctx.main(layer))


def _instance_norm_layer(
    ctx: OpContext, x: Tensor, scale: Tensor, bias: Tensor, *, any_float: bool
) -> Outputs:
    """A Normalization layer; all inputs are of one type."""
    types = {ctx.type_name(value) for value in (x, scale, bias)}
    require(len(types) == 1, f"inputs of InstanceNormalization differ in type: {sorted(types)}")
    taken = any_float or types <= set(_FLOATS)
    require(taken, "InstanceNormalization takes FLOAT or HALF inputs only")
    return _normalize(ctx, x, scale, bias)


# -- GroupNormalization -----------------------------------------------------------------


def _group_norm(ctx: OpContext, x: Tensor, scale: Tensor, bias: Tensor) -> Outputs:
    """From opset 21 on scale and bias are per channel: they follow the normalization."""
    if ctx.opset < 21:
        return _normalize(ctx, x, scale, bias)
    axes = _channel_axes(x.rank)
    groups = st.shape_vector(ctx.node.attr_int("num_groups", 1))
    shape = st.shape_of(ctx, x)
    target = st.concat(ctx, st.gather(ctx, shape, st.shape_vector(0)), groups)
    per_group = st.floor_div(ctx, st.gather(ctx, shape, st.shape_vector(1)), groups)
    target = st.concat(ctx, st.concat(ctx, target, per_group), st.shape_vector(-1))
    grouped = st.reshape(ctx, x, target)

    def filled(value: float, dtype: str) -> Tensor:
        """A vector as long as there are groups."""
        length = st.gather(ctx, st.shape_of(ctx, grouped), st.shape_vector(1)).tensor(ctx)
        constant = ctx.add_constant([value], "float32", ())
        return ctx.cast(ctx.repeat(constant, length), dtype)

    ones, zeros = filled(1.0, scale.dtype), filled(0.0, bias.dtype)
    factor, shift = ctx.unsqueeze(ones, axes), ctx.unsqueeze(zeros, axes)
    layer = _add(ctx, [grouped, factor, shift], range(2, x.rank))
    normalized = st.reshape(ctx, layer.output, shape)
    scale, bias = ctx.unsqueeze(scale, axes), ctx.unsqueeze(bias, axes)
    return ctx.combine(ctx.combine(scale, normalized, "prod"), bias, "sum")


# -- LayerNormalization -----------------------------------------------------------------


def _layer_norm(ctx: OpContext, x: Tensor, scale: Tensor, bias: Tensor) -> Layer:
    axis = convert_axis(ctx.node.attr_int("axis", -1), x.rank)
    axes = range(axis, x.rank)
    x, scale = ctx.broadcast(x, scale)
    x, bias = ctx.broadcast(x, bias)
    return _add(ctx, [x, scale, bias], axes)


def _layer_norm_86(ctx: OpContext, x: Tensor, scale: Tensor) -> Outputs:
    if len(ctx.inputs) == 3:
        bias = ctx.to_tensor(ctx.inputs[2])
    else:
        bias = ctx.add_constant([0], "float32" if x.dtype == "float32" else "float16", ())
    return _layer_norm(ctx, x, scale, bias).output


def _half_or_float(x: Tensor) -> str:
    return x.dtype if x.dtype in ("float16", "bf16") else "float32"


def _layer_norm_101(ctx: OpContext, x: Tensor, scale: Value, bias: Value) -> Outputs:
    """Constants for an absent scale and bias come first, wanted or not."""
    dtype = _half_or_float(x)
    # Only HALF gets a scale of 1: the parser's own oddity.
    ones = ctx.add_constant([1 if dtype == "float16" else 0], dtype, ())
    zeros = ctx.add_constant([0], dtype, ())
    require(len(ctx.inputs) > 1, "LayerNormalization needs a scale input")
    factor = ones if scale is None else ctx.to_tensor(scale)
    shift = zeros if bias is None or len(ctx.inputs) > 3 else ctx.to_tensor(bias)
    return ctx.main(_layer_norm(ctx, x, factor, shift))


def _layer_norm_1016(ctx: OpContext, x: Tensor, scale: Value, bias: Value) -> Outputs:
    """A constant stands for an absent scale or bias only."""

    def parameter(value: Value, default: float) -> Tensor:
        if value is None:
            return ctx.add_constant([default], _half_or_float(x), (1,) * x.rank)
        return ctx.broadcast(x, ctx.to_tensor(value))[1]

    require(len(ctx.inputs) > 1, "LayerNormalization needs a scale input")
    factor, shift = parameter(scale, 1.0), parameter(bias, 0.0)
    return ctx.main(_layer_norm(ctx, x, factor, shift))


# -- LRN -------------------------------------------------------------------------------


def _lrn(ctx: OpContext, x: Tensor) -> Outputs:
    layer = ctx.net.add(
        LayerKind.LRN,
        [x],
        size=ctx.required_int("size"),
        alpha=ctx.node.attr_float("alpha", 0.0001),
        beta=ctx.node.attr_float("beta", 0.75),
        bias=ctx.node.attr_float("bias", 1.0),
    )
    return ctx.main(layer)


# -- ops whose layers all carry the node's name -----------------------------------------


def _combine(ctx: OpContext, a: Tensor, b: Tensor, op: ElementwiseOp) -> Tensor:
    return ctx.main(ctx.net.add_elementwise(a, b, op))


def _reduce(ctx: OpContext, tensor: Tensor, op: ReduceOp, axes: Sequence[int]) -> Tensor:
    return ctx.main(ctx.net.add_reduce(tensor, op, axes, keepdims=True))


def _unary(ctx: OpContext, tensor: Tensor, op: UnaryOp) -> Tensor:
    return ctx.main(ctx.net.add_unary(tensor, op))


def _lp_normalization(ctx: OpContext, x: Tensor, *, typed_zero: bool) -> Outputs:
    """Divide by the norm where it is not 0; ``typed_zero``: in the input's type."""
    is_float = x.dtype in ("float32", "float16")
    require(is_float, "LpNormalization takes floating-point inputs only")
    axis = convert_axis(ctx.node.attr_int("axis", -1), x.rank)
    p = ctx.node.attr_int("p", 2)
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
    ctx: OpContext, x: Tensor, *, types: tuple[str, ...]
) -> Outputs:
    """Subtract the mean, divide by the deviation."""
    require(x.dtype in types, f"MeanVarianceNormalization does not take {x.dtype}")
    axes = [convert_axis(axis, x.rank) for axis in ctx.node.attr_ints("axes", (0, 2, 3))]
    numerator = _combine(ctx, x, _reduce(ctx, x, "avg", axes), "sub")
    squares = _combine(ctx, numerator, numerator, "prod")
    deviation = _unary(ctx, _reduce(ctx, squares, "avg", axes), "sqrt")
    epsilon = ctx.add_constant([1e-9], "float32", (1,) * x.rank)
    return _combine(ctx, numerator, _combine(ctx, deviation, epsilon, "sum"), "div")


# -- Scale layers -----------------------------------------------------------------------


def _image_scaler(ctx: OpContext, x: Tensor) -> Outputs:
    require(ctx.node.has("bias"), "attribute bias is required")
    bias: npt.NDArray[Any] = np.asarray(ctx.node.attr_floats("bias"), dtype=np.float32)
    shift = ctx.temporary(bias, "float32")
    factor = ctx.node.attr_float("scale", 1.0)
    scale = ctx.temporary(np.full(bias.shape, factor, dtype=np.float32), "float32")
    return ctx.main(ctx.net.add_scale(x, "channel", shift, scale, None))


_SCALE_MODES: tuple[ScaleMode, ...] = ("uniform", "channel", "elementwise")


def _trt_scale(ctx: OpContext, x: Computed) -> Outputs:
    if len(ctx.inputs) > 1:
        ctx.required_weights(1)
    mode = ctx.one_of("mode", _SCALE_MODES)
    given: dict[str, Weights | None] = {}
    position = 1
    for name in ("scale", "shift", "power"):
        require(ctx.node.has(name), f"attribute {name} is required")
        wanted = ctx.node.attr_int(name)
        given[name] = ctx.required_weights(position) if wanted else None
        position += bool(wanted)
    layer = ctx.net.add_scale(x, mode, given["shift"], given["scale"], given["power"])
    return ctx.main(layer)


# -- change log -------------------------------------------------------------------------

history(
    "InstanceNormalization",
    since("7.0", _refused_plugin),
    since("7.1", _instance_norm, ranks=(3, 4), expands=False, native=False),
    since("7.2", ranks=(3, 4, 5)),
    since("8.2", expands=True),
    since("8.6", native=True),
    since("10.1", _instance_norm_layer, any_float=False),
    since("10.7", any_float=True),
)
history(
    "GroupNormalization",
    since("8.6", _normalize, symbol="normalizationHelper"),
    since("10.10", _group_norm, symbol="groupNorm21Helper"),
)
history(
    "LayerNormalization",
    since("8.6", _layer_norm_86),
    since("10.1", _layer_norm_101),
    since("10.16", _layer_norm_1016),
)
history("LRN", since("7.0", _lrn))
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
history("ImageScaler", since("7.0", _image_scaler))
history("TRT_Scale", since("7.0", _trt_scale))
