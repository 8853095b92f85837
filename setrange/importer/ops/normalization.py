# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Instance, layer and group normalization: Normalization layers, or a plugin."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.broadcast import broadcast_tensors
from setrange.importer.helpers.inputs import optional, required, required_weights
from setrange.importer.helpers.slices import constant_of_shape
from setrange.importer.helpers.tensors import (
    cast_helper,
    convert_axis,
    squeeze_tensor,
    type_name,
    unsqueeze_tensor,
)
from setrange.importer.registry import importer
from setrange.importer.rejections import refuse, require
from setrange.importer.shape_tensor import (
    concat,
    floor_div,
    gather,
    reshape,
    shape_of,
    shape_vector,
)
from setrange.network import LayerKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Tensor

_EPSILON = 1e-5


def _spatial_axes(rank: int) -> range:
    return range(2, rank)


def _channel_axes(rank: int) -> list[int]:
    """All axes but the channels': where a vector [C] gets dimensions of 1."""
    return [axis for axis in range(rank) if axis != 1]


def _normalize(ctx: ImporterContext, node: Node, inputs: Sequence[Value]) -> Sequence[Value]:
    """Normalization over the spatial axes (``normalizationHelper``)."""
    tensor, scale, bias = (ctx.to_tensor(required(inputs, i)) for i in range(3))
    rank = tensor.rank
    require(rank >= 3, f"{node.op} needs at least 3 dimensions, the input has {rank}")
    layer = ctx.net.add_normalization(
        tensor,
        unsqueeze_tensor(ctx, scale, _channel_axes(rank)),
        unsqueeze_tensor(ctx, bias, _channel_axes(rank)),
        _spatial_axes(rank),
        epsilon=node.attr_float("epsilon", _EPSILON),
        groups=node.attr_int("num_groups", 1),
    )
    return [ctx.register_layer(layer).output]


def _instance_norm_plugin(
    ctx: ImporterContext,
    node: Node,
    inputs: Sequence[Value],
    *,
    ranks: tuple[int, ...] = (3, 4, 5),
    expand: bool = True,
) -> Sequence[Value]:
    """The InstanceNormalization_TRT plugin; ``expand``: 3-D runs as 4-D."""
    parameters = [required_weights(inputs, i) for i in (1, 2)]
    tensor = ctx.to_tensor(required(inputs, 0))
    require(
        tensor.rank in ranks, f"InstanceNormalization does not take {tensor.rank} dimensions"
    )
    expand = expand and tensor.rank == 3
    if expand:
        tensor = unsqueeze_tensor(ctx, tensor, (3,))
    layer = ctx.net.add(
        LayerKind.PLUGIN_V2_DYNAMIC,
        [tensor],
        plugin="InstanceNormalization_TRT",
        epsilon=node.attr_float("epsilon", _EPSILON),
        scale=parameters[0],
        bias=parameters[1],
    )
    output = ctx.register_layer(layer).output
    return [squeeze_tensor(ctx, output, (3,)) if expand else output]


@importer("InstanceNormalization", since="7.0", source="7.0:importInstanceNormalization")
def instance_norm_70(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    refuse("this parser asks for version 001 of the InstanceNormalization_TRT plugin")


for _since, _ranks, _expand in (
    ("7.1", (3, 4), False),
    ("7.2", (3, 4, 5), False),
    ("8.2", (3, 4, 5), True),
):
    importer(
        "InstanceNormalization", since=_since, source=f"{_since}:importInstanceNormalization"
    )(partial(_instance_norm_plugin, ranks=_ranks, expand=_expand))


@importer("InstanceNormalization", since="8.6", source="8.6-GA:importInstanceNormalization")
def instance_norm_86(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    if ctx.native_instance_norm:
        return _normalize(ctx, node, inputs)
    return _instance_norm_plugin(ctx, node, inputs)


def _instance_norm_10(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, types: frozenset[str] | None
) -> Sequence[Value]:
    """Native by default; all inputs of one type."""
    found = {type_name(ctx, required(inputs, i)) for i in range(3)}
    require(len(found) == 1, f"inputs of InstanceNormalization differ in type: {sorted(found)}")
    require(
        types is None or found <= types, "InstanceNormalization takes FLOAT or HALF inputs only"
    )
    return _normalize(ctx, node, inputs)


for _since, _types in {"10.1": frozenset({"FLOAT", "HALF"}), "10.7": None}.items():
    importer(
        "InstanceNormalization", since=_since, source=f"{_since}:importInstanceNormalization"
    )(partial(_instance_norm_10, types=_types))


importer("GroupNormalization", since="8.6", source="8.6-GA:normalizationHelper")(_normalize)


def _filled(ctx: ImporterContext, value: float, tensor: Tensor, dtype: str) -> Tensor:
    """A vector as long as dimension 1 of ``tensor``."""
    length = gather(ctx, shape_of(ctx, tensor), shape_vector(1)).tensor(ctx)
    constant = ctx.add_constant([value], "float32", ())
    return cast_helper(ctx, constant_of_shape(ctx, constant, length), dtype)


@importer("GroupNormalization", since="10.10", source="10.10:groupNorm21Helper")
def group_norm_1010(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """From opset 21 on scale and bias are per channel: they follow the normalization."""
    if ctx.opset < 21:
        return _normalize(ctx, node, inputs)
    tensor, scale, bias = (ctx.to_tensor(required(inputs, i)) for i in range(3))
    axes = _channel_axes(tensor.rank)
    groups = shape_vector(node.attr_int("num_groups", 1))
    shape = shape_of(ctx, tensor)
    target = concat(ctx, gather(ctx, shape, shape_vector(0)), groups)
    per_group = floor_div(ctx, gather(ctx, shape, shape_vector(1)), groups)
    target = concat(ctx, concat(ctx, target, per_group), shape_vector(-1))
    grouped = reshape(ctx, tensor, target)
    ones = _filled(ctx, 1.0, grouped, scale.dtype)
    zeros = _filled(ctx, 0.0, grouped, bias.dtype)
    layer = ctx.net.add_normalization(
        grouped,
        unsqueeze_tensor(ctx, ones, axes),
        unsqueeze_tensor(ctx, zeros, axes),
        _spatial_axes(tensor.rank),
        epsilon=node.attr_float("epsilon", _EPSILON),
    )
    normalized = reshape(ctx, layer.output, shape)
    scale = unsqueeze_tensor(ctx, scale, axes)
    bias = unsqueeze_tensor(ctx, bias, axes)
    scaled = ctx.net.add_elementwise(scale, normalized, "prod").output
    return [ctx.net.add_elementwise(scaled, bias, "sum").output]


def _layer_norm(
    ctx: ImporterContext, node: Node, tensor: Tensor, scale: Tensor, bias: Tensor
) -> Tensor:
    axis = convert_axis(node.attr_int("axis", -1), tensor.rank)
    axes = range(axis, tensor.rank)
    tensor, scale = broadcast_tensors(ctx, tensor, scale)
    tensor, bias = broadcast_tensors(ctx, tensor, bias)
    epsilon = node.attr_float("epsilon", _EPSILON)
    return ctx.net.add_normalization(tensor, scale, bias, axes, epsilon=epsilon).output


@importer("LayerNormalization", since="8.6", source="8.6-GA:importLayerNormalization")
def layer_norm_86(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = ctx.to_tensor(required(inputs, 0))
    scale = ctx.to_tensor(required(inputs, 1))
    if len(inputs) == 3:
        bias = ctx.to_tensor(required(inputs, 2))
    else:
        dtype = "float32" if tensor.dtype == "float32" else "float16"
        bias = ctx.add_constant([0], dtype, ())
    return [_layer_norm(ctx, node, tensor, scale, bias)]


@importer("LayerNormalization", since="10.16", source="10.16:importLayerNormalization")
def layer_norm_1016(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """A constant stands for an absent scale or bias only."""
    tensor = ctx.to_tensor(required(inputs, 0))
    rank = tensor.rank
    dtype = tensor.dtype if tensor.dtype in ("float16", "bf16") else "float32"

    def parameter(index: int, default: float) -> Tensor:
        value = optional(inputs, index)
        if value is None:
            return ctx.add_constant([default], dtype, (1,) * rank)
        return broadcast_tensors(ctx, tensor, ctx.to_tensor(value))[1]

    require(len(inputs) > 1, "LayerNormalization needs a scale input")
    scale, bias = parameter(1, 1.0), parameter(2, 0.0)
    axis = convert_axis(node.attr_int("axis", -1), rank)
    epsilon = node.attr_float("epsilon", _EPSILON)
    layer = ctx.net.add_normalization(tensor, scale, bias, range(axis, rank), epsilon=epsilon)
    return [ctx.register_layer(layer).output]


@importer("LayerNormalization", since="10.1", source="10.1-GA:importLayerNormalization")
def layer_norm_10(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """Constants for an absent scale and bias come first, wanted or not."""
    tensor = ctx.to_tensor(required(inputs, 0))
    dtype = tensor.dtype if tensor.dtype in ("float16", "bf16") else "float32"
    # Only HALF gets a scale of 1: the parser's own oddity.
    default_scale = ctx.add_constant([1 if dtype == "float16" else 0], dtype, ())
    default_bias = ctx.add_constant([0], dtype, ())
    require(len(inputs) > 1, "LayerNormalization needs a scale input")
    scale = default_scale if inputs[1] is None else ctx.to_tensor(inputs[1])
    given = optional(inputs, 2) if len(inputs) == 3 else None
    bias = default_bias if given is None else ctx.to_tensor(given)
    output = _layer_norm(ctx, node, tensor, scale, bias)
    if output.layer is not None:
        ctx.register_layer(output.layer)
    return [output]
