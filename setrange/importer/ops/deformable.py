# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""DeformConv: the ModulatedDeformConv2d plugin (10.x)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.helpers.inputs import required
from setrange.importer.helpers.kernel_params import KernelParams, kernel_params
from setrange.importer.helpers.slices import constant_of_shape
from setrange.importer.helpers.tensors import squeeze_tensor, type_name, unsqueeze_tensor
from setrange.importer.layers.computing import window_extent
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import shape_of
from setrange.network import LayerKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Layer, Shape, Tensor


def _check_types(ctx: ImporterContext, inputs: Sequence[Value]) -> None:
    count = max(3, min(len(inputs), 5))
    types = {type_name(ctx, required(inputs, i)) for i in range(count)}
    require(
        types in ({"FLOAT"}, {"HALF"}), "DeformConv takes inputs of one type, FLOAT or HALF"
    )


def _window(ctx: ImporterContext, node: Node, weight_shape: Shape, rank: int) -> KernelParams:
    if node.has("kernel_shape"):
        require(
            len(node.attr_ints("kernel_shape")) == rank,
            "kernel_shape does not agree with the input's rank",
        )
    window = kernel_params(ctx, node, rank, kernel=weight_shape[2 : 2 + rank])
    pads = node.attr_ints("pads")
    require(
        not node.has("pads") or len(pads) // 2 == rank,
        "pads does not agree with the input's rank",
    )
    require(window.pre == window.post, "TensorRT pads DeformConv symmetrically only")
    return window


def _infer(layer: Layer) -> list[Shape]:
    data, weight = layer.inputs[0], layer.inputs[3]
    if data is None or weight is None:
        return [()]
    window: KernelParams = layer.params["window"]
    kernel = window.kernel or ()
    extents = [
        window_extent(
            data.shape[2 + i],
            kernel[i],
            window.stride[i],
            window.dilation[i],
            2 * window.pre[i],
            "explicit_round_down",
        )
        for i in range(len(kernel))
    ]
    return [(data.shape[0], weight.shape[0], *extents)]


def _ones(ctx: ImporterContext, offset: Tensor, dtype: str) -> Tensor:
    """The mask where the node has none: ones of the offset's shape."""
    shape = shape_of(ctx, offset).tensor(ctx)
    one = ctx.to_tensor(ctx.temporary([1.0], dtype))
    return constant_of_shape(ctx, one, shape)


@importer("DeformConv", since="10.1", source="10.1-GA:modulatedDeformableConvPluginHelper")
def deform_conv(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    _check_types(ctx, inputs)
    weight_shape = required(inputs, 1).shape
    data, weight, offset = (ctx.to_tensor(required(inputs, i)) for i in range(3))
    require(data.rank in (3, 4), f"TensorRT's DeformConv does not take {data.rank} dimensions")
    require(
        data.rank == weight.rank == offset.rank, "DeformConv's inputs must have equal ranks"
    )
    expand = data.rank == 3
    spatial = data.rank - 2
    if expand:
        data, weight, offset = (unsqueeze_tensor(ctx, t, (3,)) for t in (data, weight, offset))
    window = _window(ctx, node, weight_shape, spatial)
    if expand:
        window = window.with_unit_axis()
    if len(inputs) > 4:
        mask = ctx.to_tensor(required(inputs, 4))
        if expand:
            mask = unsqueeze_tensor(ctx, mask, (3,))
    else:
        mask = _ones(ctx, offset, data.dtype)
    tensors = [data, offset, mask, weight]
    if len(inputs) > 3:
        tensors.append(ctx.to_tensor(required(inputs, 3)))
    layer = ctx.net.add(
        LayerKind.PLUGIN_V2_DYNAMIC,
        tensors,
        infer_shapes=_infer,
        plugin="ModulatedDeformConv2d",
        window=window,
    )
    output = ctx.register_layer(layer).output
    return [squeeze_tensor(ctx, output, (3,)) if expand else output]
