# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Resize, Upsample and the parser's own TRT_Resize."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer import shape_tensor as st
from setrange.importer.helpers.slices import interlace_subscripts
from setrange.importer.op_context import convert_axis, is_dynamic
from setrange.importer.registry import history, since
from setrange.importer.rejections import require
from setrange.importer.symbolic import whole
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from setrange.importer.op_types import (
        Computed,
        Layer,
        Node,
        OpContext,
        Outputs,
        Tensor,
        Value,
    )
    from setrange.network.modes import ResizeMode


# -- scales -----------------------------------------------------------------------------

#: Innermost dimensions that an interpolation may scale.
_SCALABLE = {"linear": 3, "cubic": 2}


def _output_shape(ctx: OpContext, tensor: Tensor, scales: Value) -> Tensor:
    """Compute the output dimensions from scales in the network (``resizeShapeTensor``)."""
    prefix = "ONNXTRT_resizeShapeTensor_"
    net = ctx.net
    cast = net.add_cast if ctx.profile.cast_layers else net.add_identity
    as_float = cast(st.shape_of(ctx, tensor).tensor(ctx), "float32")
    ctx.register_helper(as_float, f"{prefix}floatCast")
    product = net.add_elementwise(ctx.to_tensor(scales), as_float.output, "prod")
    ctx.register_helper(product, f"{prefix}prod")
    floor = net.add_unary(product.output, "floor")
    ctx.register_helper(floor, f"{prefix}floor")
    return ctx.register_helper(cast(floor.output, "int32"), f"{prefix}intCast").output


def _require_scalable(mode: str, scales: Sequence[float], count: int) -> None:
    """Refuse scales of the outer dimensions; ``count`` scales are looked at."""
    inner = _SCALABLE.get(mode)
    if inner is not None:
        inner_only = all(s == 1 for s in scales[: max(count - inner, 0)])
        require(inner_only, f"{mode} resizing scales the innermost {inner} dimensions only")


def _set_scales(ctx: OpContext, layer: Layer, tensor: Tensor, scales: Value, mode: str) -> None:
    """Scales as parameters if they are weights, else dimensions computed in the network."""
    if not isinstance(scales, Weights):
        layer.set_input(1, _output_shape(ctx, tensor, scales))
        return
    require(scales.rank == 1, "the scales must be 1-D")
    _require_one_each(scales.count, tensor, "scales")
    values = scales.floats()
    _require_scalable(mode, values, len(values))
    layer.set_params(scales=tuple(values))


def _require_one_each(count: int, tensor: Tensor, what: str) -> None:
    require(count == tensor.rank, f"{count} {what} for a tensor of rank {tensor.rank}")


# -- Resize -----------------------------------------------------------------------------

#: Opset from which scales are input 2, sizes input 3, and coordinates can be transformed.
_SIZES = 11

_ALL_MODES: tuple[ResizeMode, ...] = ("nearest", "linear", "cubic")
_TRANSFORMATIONS = (
    "align_corners",
    "tf_half_pixel_for_nn",
    "pytorch_half_pixel",
    "half_pixel",
    "asymmetric",
)


def _start(ctx: OpContext, x: Tensor) -> Layer:
    require(x.rank > 0, "Resize does not take a scalar")
    return ctx.register_layer(ctx.net.add_resize(x))


def _scales_input(ctx: OpContext) -> Value:
    return ctx.required(2 if ctx.opset >= _SIZES else 1)


def _transformation(ctx: OpContext) -> str:
    return ctx.node.attr_str("coordinate_transformation_mode", "half_pixel")


def _require_transformation(ctx: OpContext) -> str:
    """Refuse what no TensorRT from 8.0 on resamples; returns the coordinate transformation."""
    name, rounding = "coordinate_transformation_mode", "round_prefer_floor"
    transformation = ctx.one_of(name, _TRANSFORMATIONS, "half_pixel")
    floors = ctx.node.attr_str("nearest_mode", rounding) == rounding
    if transformation == "tf_half_pixel_for_nn":
        require(floors, f"tf_half_pixel_for_nn goes with nearest_mode {rounding} only")
    return transformation


def _require_floor(ctx: OpContext) -> None:
    require(
        ctx.node.attr_str("mode", "nearest") != "nearest"
        or ctx.node.attr_str("nearest_mode", "round_prefer_floor") == "floor",
        "Resize in mode nearest takes nearest_mode floor only",
    )


def _check_70(ctx: OpContext, sizes: bool) -> None:
    require(_transformation(ctx) == "asymmetric", "Resize takes asymmetric coordinates only")
    _require_floor(ctx)


#: Coordinate transformations of 7.1 and 7.2, by (sizes given, mode); other modes: any.
_TRANSFORMATIONS_71 = {
    (True, "nearest"): ("asymmetric", "align_corners"),
    (True, "linear"): ("half_pixel", "pytorch_half_pixel", "align_corners"),
    (False, "nearest"): ("asymmetric",),
    (False, "linear"): ("asymmetric", "half_pixel", "pytorch_half_pixel"),
}


def _check_71(ctx: OpContext, sizes: bool) -> None:
    mode, transformation = ctx.node.attr_str("mode", "nearest"), _transformation(ctx)
    known = set(_TRANSFORMATIONS) - {"tf_half_pixel_for_nn"}
    require(
        transformation in _TRANSFORMATIONS_71.get((sizes, mode), known),
        f"Resize in mode {mode} {'to sizes' if sizes else 'by scales'} does not take "
        f"coordinate_transformation_mode {transformation!r}",
    )
    _require_floor(ctx)


def _check_80(ctx: OpContext, sizes: bool) -> None:
    _require_transformation(ctx)


def _resize_70(
    ctx: OpContext,
    x: Tensor,
    *,
    check: Callable[[OpContext, bool], None],  # refuses attributes
    dynamic_scales: bool = False,
    refuses_flat: bool = False,  # pytorch_half_pixel needs dimensions over 1
) -> Outputs:
    """Nearest, and linear for all else."""
    layer = _start(ctx, x)
    mode = "nearest" if ctx.node.attr_str("mode", "nearest") == "nearest" else "linear"
    layer.set_params(mode=mode)
    if ctx.opset >= _SIZES:
        require(ctx.node.attr_str("mode") != "cubic", "Resize does not take mode 'cubic'")
        sizes = len(ctx.inputs) == 4
        check(ctx, sizes)
        if sizes and not (dynamic_scales and ctx.inputs[3] is None):
            layer.set_input(1, ctx.to_tensor(ctx.inputs[3]))
            return layer.output
    scales = _scales_input(ctx)
    require(dynamic_scales or isinstance(scales, Weights), "the scales must be an initializer")
    _set_scales(ctx, layer, x, scales, mode)
    flat = ctx.node.attr_str("coordinate_transformation_mode") == "pytorch_half_pixel"
    if refuses_flat and ctx.opset >= _SIZES and flat:
        shape = layer.output.shape
        require(
            is_dynamic(shape) or 1 not in shape[2:],
            "Resize does not take pytorch_half_pixel for outputs of one element per dimension",
        )
    return layer.output


class _Axes:
    """The axes attribute (opset 18): which dimensions sizes and scales are about."""

    def __init__(self, node: Node | None, rank: int) -> None:
        given = [] if node is None else node.attr_ints("axes")
        self.axes = [convert_axis(axis, rank, strict=True) for axis in given]
        require(len(set(self.axes)) == len(self.axes), "the axes must be unique")
        self.partial = bool(self.axes) and self.axes != list(range(rank))

    def spread(self, values: list[float], rest: Sequence[float], what: str) -> list[float]:
        """``rest`` with the axes' elements replaced by ``values``."""
        if not self.partial:
            return values
        require(len(values) == len(self.axes), f"as many {what} as axes are needed")
        full = list(rest)
        for axis, value in zip(self.axes, values, strict=True):
            full[axis] = value
        return full


def _vector(weights: Weights, what: str) -> list[float]:
    """The values of a vector (``weightsToVector``, 10.x)."""
    require(weights.rank == 1, f"the {what} must be 1-D")
    taken = weights.dtype in ("int32", "int64", "bool", "float32", "float16")
    require(taken, f"Resize does not take {what} of type {weights.dtype}")
    return weights.floats()


def _resize(ctx: OpContext, x: Tensor, *, knows_opset_18: bool) -> Outputs:
    """``knows_opset_18``: axes are looked at, and sizes may be parameters."""
    layer = _start(ctx, x)
    mode = ctx.one_of("mode", _ALL_MODES, "nearest")
    layer.set_params(mode=mode)
    axes = _Axes(ctx.node if knows_opset_18 else None, x.rank)
    if knows_opset_18:
        require(not ctx.node.attr_int("antialias"), "TensorRT does not support antialiasing")
        ctx.one_of("keep_aspect_ratio_policy", ("stretch",), "stretch")
    transformation = _require_transformation(ctx) if ctx.opset >= _SIZES else ""
    sizes = ctx.optional(3) if ctx.opset >= _SIZES and len(ctx.inputs) == 4 else None
    if sizes is not None and transformation != "tf_half_pixel_for_nn":
        if isinstance(sizes, Weights) and knows_opset_18:
            values = axes.spread(_vector(sizes, "sizes"), x.shape, "sizes")
            _require_one_each(len(values), x, "sizes")
            layer.set_params(output_dims=tuple(whole(v) for v in values))
        else:
            layer.set_input(1, _unknown_sizes(ctx, x, ctx.to_tensor(sizes), axes))
        return layer.output
    scales = _scales_input(ctx)
    if isinstance(scales, Weights) and knows_opset_18:
        given = _vector(scales, "scales")
        values = axes.spread(given, [1.0] * x.rank, "scales")
        _require_one_each(len(values), x, "scales")
        # The parser looks at the first scales by the number given, not by the rank.
        _require_scalable(mode, values, len(given))
        layer.set_params(scales=tuple(values))
    else:
        require(not axes.partial, "Resize takes axes with scales only if these are constant")
        _set_scales(ctx, layer, x, scales, mode)
    return layer.output


def _unknown_sizes(ctx: OpContext, x: Tensor, dims: Tensor, axes: _Axes) -> Tensor:
    """The output's dimensions from sizes that are not known, along the axes."""
    if not axes.partial:
        return dims
    one_each = dims.rank == 1 and dims.shape[0] == len(axes.axes)
    require(one_each, "as many sizes as axes are needed")
    order = interlace_subscripts(st.shape_vector(*axes.axes), x.rank)
    given = st.ShapeTensor.of_tensor(dims)
    return st.interlace(ctx, st.shape_of(ctx, x), given, order).tensor(ctx)


# -- Upsample ---------------------------------------------------------------------------


def _upsample(
    ctx: OpContext, x: Tensor, *, modes: tuple[str, ...], dynamic_scales: bool
) -> Outputs:
    """One Resize layer by scales, named after everything else is there."""
    require(x.rank > 0, "Upsample does not take a scalar")
    layer = ctx.register_inner(ctx.net.add_resize(x))
    mode = ctx.node.attr_str("mode", "nearest")
    require(mode in modes, f"Upsample does not take mode {mode!r}")
    mode = "linear" if mode == "bilinear" else mode
    layer.set_params(mode=mode)
    if ctx.opset >= 9:
        require(len(ctx.inputs) == 2, "Upsample takes exactly 2 inputs")
        scales = ctx.required(1)
        if isinstance(scales, Weights):
            require(scales.dtype == "float32", "Upsample takes FLOAT scales only")
        else:
            require(dynamic_scales, "Upsample takes scales from an initializer only")
        _set_scales(ctx, layer, x, scales, mode)
    else:
        require(ctx.node.has("scales"), "Upsample needs the attribute scales before opset 9")
        values = ctx.node.attr_floats("scales")
        _require_one_each(len(values), x, "scales")
        _require_scalable(mode, values, len(values))
        layer.set_params(scales=tuple(values))
    return ctx.main(layer)


_MODES = ("nearest", "linear")


# -- TRT_Resize -------------------------------------------------------------------------


def _trt_resize(
    ctx: OpContext,
    x: Computed,
    *,
    modes: tuple[str, ...],
    attributes: Mapping[str, tuple[str, ...]],
) -> Outputs:
    """One Resize layer; ``attributes`` are required, with their values."""
    for name, allowed in {"mode": modes, **attributes}.items():
        ctx.one_of(name, allowed)
    mode: ResizeMode = "nearest" if ctx.node.attr_str("mode") == "nearest" else "linear"
    layer = ctx.register_layer(ctx.net.add_resize(x, mode=mode))
    if len(ctx.inputs) > 1:
        layer.set_input(1, ctx.required_tensor(1))
    elif dims := ctx.node.attr_ints("output_dims"):
        layer.set_params(output_dims=tuple(dims))
    else:
        scales = ctx.node.attr_floats("scales")
        require(scales, "TRT_Resize needs output dimensions or scales")
        require(len(scales) == x.rank, "TRT_Resize: a scale per dimension is needed")
        layer.set_params(scales=tuple(scales))
    return layer.output


_ATTRIBUTES_80 = {
    "coordTransform": ("align_corners", "asymmetric", "half_pixel"),
    "resizeSelector": ("formula", "upper"),
    "round_mode": ("half_up", "half_down", "floor", "ceil"),
}


# -- change log -------------------------------------------------------------------------

history(
    "Resize",
    since("7.0", _resize_70, check=_check_70, refuses="INT32 BOOL"),
    since("7.1", check=_check_71, refuses_flat=True),
    since("8.0", check=_check_80, refuses_flat=False),
    since("8.4", dynamic_scales=True),
    since("8.5", _resize, knows_opset_18=False, refuses="BOOL UINT8"),
    since("10.1", knows_opset_18=True),
)
history(
    "Upsample",
    since("7.0", _upsample, modes=_MODES, dynamic_scales=False, refuses="INT32 BOOL"),
    since("8.4", modes=(*_MODES, "bilinear"), dynamic_scales=True),
    since("8.5", refuses="BOOL UINT8"),
)
history(
    "TRT_Resize",
    since("7.0", _trt_resize, modes=_MODES, attributes={}),
    since("8.0", attributes=_ATTRIBUTES_80),
    since("8.4", modes=(*_MODES, "bilinear")),
)
