# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Resize, Upsample and the parser's own TRT_Resize."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.inputs import optional, required
from setrange.importer.helpers.tensors import convert_axis, require_not_type
from setrange.importer.refusal import require
from setrange.importer.registry import importer
from setrange.importer.shape_tensor import ShapeTensor, interlace, shape_of
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.registry import Value
    from setrange.model.node import Node
    from setrange.network import Layer, Tensor

_TRANSFORMATIONS = (
    "align_corners",
    "tf_half_pixel_for_nn",
    "pytorch_half_pixel",
    "half_pixel",
    "asymmetric",
)

#: Innermost dimensions that an interpolation may scale.
_SCALABLE = {"linear": 3, "cubic": 2}


def resize_shape(ctx: ImporterContext, tensor: Tensor, scales: Value) -> Tensor:
    """Compute the output dimensions from scales in the network (``resizeShapeTensor``)."""
    prefix = "ONNXTRT_resizeShapeTensor_"
    net = ctx.net
    cast = net.add_cast if ctx.profile.cast_layers else net.add_identity
    as_float = cast(shape_of(tensor).tensor(ctx), "float32")
    ctx.register_helper(as_float, f"{prefix}floatCast")
    product = net.add_elementwise(ctx.to_tensor(scales), as_float.output, "prod")
    ctx.register_helper(product, f"{prefix}prod")
    floor = net.add_unary(product.output, "floor")
    ctx.register_helper(floor, f"{prefix}floor")
    as_int = cast(floor.output, "int32")
    return ctx.register_helper(as_int, f"{prefix}intCast").output


def _require_scalable(mode: str, scales: Sequence[float], count: int) -> None:
    """Refuse scales of the outer dimensions; ``count`` scales are looked at."""
    inner = _SCALABLE.get(mode)
    if inner is not None:
        outer = scales[: max(count - inner, 0)]
        require(
            all(s == 1 for s in outer),
            f"{mode} resizing scales the innermost {inner} dimensions only",
        )


def _scale_values(scales: Weights, rank: int) -> list[float]:
    require(scales.rank == 1, "the scales must be 1-D")
    require(scales.count == rank, f"{scales.count} scales for a tensor of rank {rank}")
    return scales.floats()


def _set_scales(
    ctx: ImporterContext, layer: Layer, tensor: Tensor, scales: Value, mode: str
) -> None:
    """Scales as parameters if they are weights, else dimensions computed in the network."""
    if isinstance(scales, Weights):
        values = _scale_values(scales, tensor.rank)
        _require_scalable(mode, values, len(values))
        layer.set_params(scales=tuple(values))
    else:
        layer.set_input(1, resize_shape(ctx, tensor, scales))


def _start(
    ctx: ImporterContext, node: Node, inputs: list[Value], invalid: Sequence[str]
) -> tuple[Tensor, Layer]:
    value = required(inputs, 0)
    require_not_type(ctx, value, *invalid)
    tensor = ctx.to_tensor(value)
    require(tensor.rank > 0, "Resize does not take a scalar")
    return tensor, ctx.register_layer(ctx.net.add_resize(tensor))


def _scales_input(ctx: ImporterContext, inputs: list[Value]) -> Value:
    """The scales: input 2 from opset 11 on, input 1 before."""
    return required(inputs, 2 if ctx.opset >= 11 else 1)


def _require_transformation(node: Node) -> str:
    """Refuse what no TensorRT from 8.0 on resamples; returns the coordinate transformation."""
    transformation = node.attr_str("coordinate_transformation_mode", "half_pixel")
    rounding = node.attr_str("nearest_mode", "round_prefer_floor")
    require(
        transformation in _TRANSFORMATIONS,
        f"Resize does not take coordinate_transformation_mode {transformation!r}",
    )
    require(
        transformation != "tf_half_pixel_for_nn" or rounding == "round_prefer_floor",
        "tf_half_pixel_for_nn goes with nearest_mode round_prefer_floor only",
    )
    return transformation


@importer("Resize", since="8.5", source="8.5-GA:importResize")
def resize_85(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor, layer = _start(ctx, node, inputs, ("BOOL", "UINT8"))
    mode = node.attr_str("mode", "nearest")
    require(mode in ("nearest", "linear", "cubic"), f"Resize does not take mode {mode!r}")
    layer.set_params(mode=mode)
    if ctx.opset >= 11:
        transformation = _require_transformation(node)
        sizes = optional(inputs, 3)
        if len(inputs) == 4 and sizes is not None and transformation != "tf_half_pixel_for_nn":
            layer.set_input(1, ctx.to_tensor(sizes))
            return [layer.output]
    _set_scales(ctx, layer, tensor, _scales_input(ctx, inputs), mode)
    return [layer.output]


class _Axes:
    """The axes attribute (opset 18): which dimensions sizes and scales are about."""

    def __init__(self, node: Node, rank: int) -> None:
        self.axes = [convert_axis(axis, rank) for axis in node.attr_ints("axes")]
        require(len(set(self.axes)) == len(self.axes), "Resize: the axes must be unique")
        require(all(a < rank for a in self.axes), f"Resize: an axis is outside rank {rank}")
        self.partial = bool(self.axes) and self.axes != list(range(rank))

    def spread(self, values: list[float], rest: Sequence[float], what: str) -> list[float]:
        """``rest`` with the axes' elements replaced by ``values``."""
        if not self.partial:
            return values
        require(len(values) == len(self.axes), f"Resize: as many {what} as axes are needed")
        full = list(rest)
        for axis, value in zip(self.axes, values, strict=True):
            full[axis] = value
        return full


@importer("Resize", since="10.1", source="10.1-GA:importResize")
def resize_101(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor, layer = _start(ctx, node, inputs, ("BOOL", "UINT8"))
    mode = node.attr_str("mode", "nearest")
    require(mode in ("nearest", "linear", "cubic"), f"Resize does not take mode {mode!r}")
    require(node.attr_int("antialias") == 0, "Resize with antialias is not supported")
    require(
        node.attr_str("keep_aspect_ratio_policy", "stretch") == "stretch",
        "Resize takes keep_aspect_ratio_policy stretch only",
    )
    layer.set_params(mode=mode)
    axes = _Axes(node, tensor.rank)
    if ctx.opset >= 11:
        transformation = _require_transformation(node)
        sizes = optional(inputs, 3)
        if len(inputs) == 4 and sizes is not None and transformation != "tf_half_pixel_for_nn":
            _set_sizes(ctx, layer, tensor, sizes, axes)
            return [layer.output]
    scales = _scales_input(ctx, inputs)
    if isinstance(scales, Weights):
        require(scales.rank == 1, "the scales must be 1-D")
        given = scales.floats()
        values = axes.spread(given, [1.0] * tensor.rank, "scales")
        require(
            len(values) == tensor.rank,
            f"{len(values)} scales for a tensor of rank {tensor.rank}",
        )
        # The parser looks at the first scales by the number given, not by the rank.
        _require_scalable(mode, values, len(given))
        layer.set_params(scales=tuple(values))
    else:
        require(not axes.partial, "Resize takes axes with scales only if these are constant")
        layer.set_input(1, resize_shape(ctx, tensor, scales))
    return [layer.output]


def _set_sizes(
    ctx: ImporterContext, layer: Layer, tensor: Tensor, sizes: Value, axes: _Axes
) -> None:
    """Sizes as parameters if they are weights, else as input 1."""
    if isinstance(sizes, Weights):
        require(sizes.rank == 1, "the sizes must be 1-D")
        values = axes.spread(sizes.floats(), tensor.shape, "sizes")
        require(
            len(values) == tensor.rank,
            f"{len(values)} sizes for a tensor of rank {tensor.rank}",
        )
        layer.set_params(output_dims=tuple(int(v) for v in values))
        return
    dims = ctx.to_tensor(sizes)
    if axes.partial:
        require(
            dims.rank == 1 and dims.shape[0] == len(axes.axes),
            "Resize: as many sizes as axes are needed",
        )
        subscripts = list(range(tensor.rank))
        for i, axis in enumerate(axes.axes):
            subscripts[axis] = tensor.rank + i
        order = ShapeTensor(rank=1, values=subscripts)
        ordered = interlace(ctx, shape_of(tensor), ShapeTensor.of_tensor(dims), order)
        dims = ordered.tensor(ctx)
    layer.set_input(1, dims)


def _scales_attribute(node: Node, tensor: Tensor) -> list[float]:
    require(node.has("scales"), "Upsample needs the attribute scales before opset 9")
    scales = node.attr_floats("scales")
    require(
        len(scales) == tensor.rank, f"{len(scales)} scales for a tensor of rank {tensor.rank}"
    )
    return scales


def _upsample(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, invalid: tuple[str, ...]
) -> Sequence[Value]:
    """Upsample with scales of any kind (8.4 on)."""
    value = required(inputs, 0)
    require_not_type(ctx, value, *invalid)
    tensor = ctx.to_tensor(value)
    require(tensor.rank > 0, "Upsample does not take a scalar")
    layer = ctx.net.add_resize(tensor)
    mode = node.attr_str("mode", "nearest")
    require(mode in ("nearest", "linear", "bilinear"), f"Upsample does not take mode {mode!r}")
    mode = "linear" if mode == "bilinear" else mode
    layer.set_params(mode=mode)
    if ctx.opset >= 9:
        require(len(inputs) == 2, "Upsample takes exactly 2 inputs")
        scales = required(inputs, 1)
        if isinstance(scales, Weights):
            require(scales.dtype == "float32", "Upsample takes FLOAT scales only")
        _set_scales(ctx, layer, tensor, scales, mode)
    else:
        values = _scales_attribute(node, tensor)
        _require_scalable(mode, values, len(values))
        layer.set_params(scales=tuple(values))
    return [ctx.register_layer(layer).output]


for _since, _invalid in (
    ("8.4", ("INT32", "BOOL")),
    ("8.5", ("BOOL", "UINT8")),
):
    importer("Upsample", since=_since, source=f"{_since}-GA:importUpsample")(
        partial(_upsample, invalid=_invalid)
    )
