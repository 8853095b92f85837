# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Resize."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from setrange.importer.helpers.inputs import optional, required
from setrange.importer.helpers.resize import require_scalable, resize_shape, set_scales
from setrange.importer.helpers.slices import interlace_subscripts
from setrange.importer.helpers.tensors import convert_axis, is_dynamic, require_not_type
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import ShapeTensor, interlace, shape_of
from setrange.importer.symbolic import whole
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Layer, Tensor

_TRANSFORMATIONS = (
    "align_corners",
    "tf_half_pixel_for_nn",
    "pytorch_half_pixel",
    "half_pixel",
    "asymmetric",
)


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


def _linear_mode(node: Node) -> str:
    """Up to 8.4 everything but nearest is linear."""
    return "nearest" if node.attr_str("mode", "nearest") == "nearest" else "linear"


def _check_70(node: Node, *, sizes: bool) -> None:
    transformation = node.attr_str("coordinate_transformation_mode", "half_pixel")
    require(transformation == "asymmetric", "Resize takes asymmetric coordinates only")
    _require_floor(node)


def _require_floor(node: Node) -> None:
    require(
        node.attr_str("mode", "nearest") != "nearest"
        or node.attr_str("nearest_mode", "round_prefer_floor") == "floor",
        "Resize in mode nearest takes nearest_mode floor only",
    )


#: Coordinate transformations of 7.1 and 7.2, by (sizes given, mode); other modes: any.
_TRANSFORMATIONS_71 = {
    (True, "nearest"): ("asymmetric", "align_corners"),
    (True, "linear"): ("half_pixel", "pytorch_half_pixel", "align_corners"),
    (False, "nearest"): ("asymmetric",),
    (False, "linear"): ("asymmetric", "half_pixel", "pytorch_half_pixel"),
}


def _check_71(node: Node, *, sizes: bool) -> None:
    mode = node.attr_str("mode", "nearest")
    transformation = node.attr_str("coordinate_transformation_mode", "half_pixel")
    known = set(_TRANSFORMATIONS) - {"tf_half_pixel_for_nn"}
    require(
        transformation in _TRANSFORMATIONS_71.get((sizes, mode), known),
        f"Resize in mode {mode} {'to sizes' if sizes else 'by scales'} does not take "
        f"coordinate_transformation_mode {transformation!r}",
    )
    _require_floor(node)


def _check_80(node: Node, *, sizes: bool) -> None:
    _require_transformation(node)


def _resize_before_85(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    check: Callable[..., None],
    dynamic_scales: bool = False,
    refuses_flat: bool = False,
) -> Sequence[Value]:
    """Nearest or linear; ``refuses_flat``: pytorch_half_pixel needs dimensions over 1."""
    tensor, layer = _start(ctx, node, inputs, ("INT32", "BOOL"))
    mode = _linear_mode(node)
    layer.set_params(mode=mode)
    if ctx.opset >= 11:
        require(node.attr_str("mode") != "cubic", "Resize does not take mode 'cubic'")
        sizes = len(inputs) == 4
        check(node, sizes=sizes)
        if sizes and not (dynamic_scales and inputs[3] is None):
            layer.set_input(1, ctx.to_tensor(inputs[3]))
            return [layer.output]
    scales = _scales_input(ctx, inputs)
    require(dynamic_scales or isinstance(scales, Weights), "the scales must be an initializer")
    set_scales(ctx, layer, tensor, scales, mode)
    if (
        refuses_flat
        and ctx.opset >= 11
        and node.attr_str("coordinate_transformation_mode") == "pytorch_half_pixel"
    ):
        shape = layer.output.shape
        require(
            is_dynamic(shape) or 1 not in shape[2:],
            "Resize does not take pytorch_half_pixel for outputs of one element per dimension",
        )
    return [layer.output]


_OPTIONS: dict[str, dict[str, Any]] = {
    "7.0": {"check": _check_70},
    "7.1": {"check": _check_71, "refuses_flat": True},
    "8.0": {"check": _check_80},
    "8.4": {"check": _check_80, "dynamic_scales": True},
}
for _since, _options in _OPTIONS.items():
    importer("Resize", since=_since, source=f"{_since}:importResize")(
        partial(_resize_before_85, **_options)
    )


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
    set_scales(ctx, layer, tensor, _scales_input(ctx, inputs), mode)
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


def _vector(weights: Weights, what: str) -> list[float]:
    """The values of a vector (``weightsToVector``, 10.x)."""
    require(weights.rank == 1, f"Resize: the {what} must be 1-D")
    require(
        weights.dtype in ("int32", "int64", "bool", "float32", "float16"),
        f"Resize does not take {what} of type {weights.dtype}",
    )
    return weights.floats()


@importer("Resize", since="10.1", source="10.1-GA:importResize")
def resize_101(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor, layer = _start(ctx, node, inputs, ("BOOL", "UINT8"))
    mode = node.attr_str("mode", "nearest")
    layer.set_params(mode=mode)
    axes = _Axes(node, tensor.rank)
    if ctx.opset >= 11:
        transformation = node.attr_str("coordinate_transformation_mode", "half_pixel")
        sizes = optional(inputs, 3)
        if len(inputs) == 4 and sizes is not None and transformation != "tf_half_pixel_for_nn":
            _set_sizes(ctx, layer, tensor, sizes, axes)
            return [layer.output]
    scales = _scales_input(ctx, inputs)
    if isinstance(scales, Weights):
        given = _vector(scales, "scales")
        values = axes.spread(given, [1.0] * tensor.rank, "scales")
        require(
            len(values) == tensor.rank,
            f"{len(values)} scales for a tensor of rank {tensor.rank}",
        )
        # The parser looks at the first scales by the number given, not by the rank.
        require_scalable(mode, values, len(given))
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
        values = axes.spread(_vector(sizes, "sizes"), tensor.shape, "sizes")
        require(
            len(values) == tensor.rank,
            f"{len(values)} sizes for a tensor of rank {tensor.rank}",
        )
        layer.set_params(output_dims=tuple(whole(v) for v in values))
        return
    dims = ctx.to_tensor(sizes)
    if axes.partial:
        require(
            dims.rank == 1 and dims.shape[0] == len(axes.axes),
            "Resize: as many sizes as axes are needed",
        )
        order = interlace_subscripts(ShapeTensor(rank=1, values=axes.axes), tensor.rank)
        ordered = interlace(ctx, shape_of(ctx, tensor), ShapeTensor.of_tensor(dims), order)
        dims = ordered.tensor(ctx)
    layer.set_input(1, dims)
