# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Upsample and the parser's own TRT_Resize."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from setrange.importer.helpers.inputs import required, required_tensor
from setrange.importer.helpers.resize import require_scalable, set_scales
from setrange.importer.helpers.tensors import require_not_type
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Tensor


def _scales_attribute(node: Node, tensor: Tensor) -> list[float]:
    require(node.has("scales"), "Upsample needs the attribute scales before opset 9")
    scales = node.attr_floats("scales")
    require(
        len(scales) == tensor.rank, f"{len(scales)} scales for a tensor of rank {tensor.rank}"
    )
    return scales


def _upsample(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    modes: tuple[str, ...] = ("nearest", "linear", "bilinear"),
    invalid: tuple[str, ...] = ("INT32", "BOOL"),
    dynamic_scales: bool = True,
) -> Sequence[Value]:
    """One Resize layer by scales, named after everything else is there."""
    value = required(inputs, 0)
    require_not_type(ctx, value, *invalid)
    tensor = ctx.to_tensor(value)
    require(tensor.rank > 0, "Upsample does not take a scalar")
    layer = ctx.register_inner(ctx.net.add_resize(tensor))
    mode = node.attr_str("mode", "nearest")
    require(mode in modes, f"Upsample does not take mode {mode!r}")
    mode = "linear" if mode == "bilinear" else mode
    layer.set_params(mode=mode)
    if ctx.opset >= 9:
        require(len(inputs) == 2, "Upsample takes exactly 2 inputs")
        scales = required(inputs, 1)
        if isinstance(scales, Weights):
            require(scales.dtype == "float32", "Upsample takes FLOAT scales only")
        else:
            require(dynamic_scales, "Upsample takes scales from an initializer only")
        set_scales(ctx, layer, tensor, scales, mode)
    else:
        values = _scales_attribute(node, tensor)
        require_scalable(mode, values, len(values))
        layer.set_params(scales=tuple(values))
    return [ctx.register_layer(layer).output]


_FEW_MODES = ("nearest", "linear")
_UPSAMPLE_OPTIONS: dict[str, dict[str, Any]] = {
    "7.0": {"modes": _FEW_MODES, "dynamic_scales": False},
    "8.4": {},
    "8.5": {"invalid": ("BOOL", "UINT8")},
}
for _since, _options in _UPSAMPLE_OPTIONS.items():
    importer("Upsample", since=_since, source=f"{_since}:importUpsample")(
        partial(_upsample, **_options)
    )


#: Values of the attributes that TRT_Resize requires from 8.0 on.
_TRT_RESIZE_ATTRIBUTES = {
    "coordTransform": ("align_corners", "asymmetric", "half_pixel"),
    "resizeSelector": ("formula", "upper"),
    "round_mode": ("half_up", "half_down", "floor", "ceil"),
}


def _trt_resize(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    attributes: Mapping[str, tuple[str, ...]],
) -> Sequence[Value]:
    """One Resize layer; ``attributes`` are required, with their values."""
    tensor = required_tensor(inputs, 0)
    for name, allowed in attributes.items():
        require(
            node.attr_str(name) in allowed,
            f"TRT_Resize: attribute {name} must be one of {', '.join(allowed)}",
        )
    mode = "nearest" if node.attr_str("mode") == "nearest" else "linear"
    layer = ctx.register_layer(ctx.net.add_resize(tensor, mode=mode))
    if len(inputs) > 1:
        layer.set_input(1, required_tensor(inputs, 1))
    elif dims := node.attr_ints("output_dims"):
        layer.set_params(output_dims=tuple(dims))
    else:
        scales = node.attr_floats("scales")
        require(scales, "TRT_Resize needs output dimensions or scales")
        require(len(scales) == tensor.rank, "TRT_Resize: a scale per dimension is needed")
        layer.set_params(scales=tuple(scales))
    return [layer.output]


_TRT_RESIZE_OPTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "7.0": {"mode": ("nearest", "linear")},
    "8.0": {"mode": ("nearest", "linear"), **_TRT_RESIZE_ATTRIBUTES},
    "8.4": {"mode": ("nearest", "linear", "bilinear"), **_TRT_RESIZE_ATTRIBUTES},
}
for _since, _allowed in _TRT_RESIZE_OPTIONS.items():
    importer("TRT_Resize", since=_since, source=f"{_since}:importTRT_Resize")(
        partial(_trt_resize, attributes=_allowed)
    )
