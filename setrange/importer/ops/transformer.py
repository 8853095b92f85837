# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What transformers are made of since opset 23: Attention, RMSNormalization and others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from setrange.importer.helpers.broadcast import broadcast_tensors
from setrange.importer.helpers.inputs import optional, required
from setrange.importer.helpers.slices import constant_of_shape
from setrange.importer.helpers.tensors import cast_helper, convert_axis, unsqueeze_tensor
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import gather, shape_of, shape_scalar, shape_vector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Layer, Tensor
    from setrange.network.modes import ElementwiseOp

_HEADS_FIRST = (0, 2, 1, 3)


def _split_heads(ctx: ImporterContext, tensor: Tensor, heads: int) -> Layer:
    """``[batch, length, heads * size]`` to ``[batch, heads, length, size]``."""
    require(heads > 0, "an input of 3 dimensions needs the number of its heads")
    width = tensor.shape[2]
    require(width < 0 or width % heads == 0, f"{width} values do not make {heads} heads")
    return ctx.net.add_shuffle(
        tensor,
        reshape=(0, 0, heads, -1),
        second_transpose=_HEADS_FIRST,
        zero_is_placeholder=True,
    )


def _join_heads(ctx: ImporterContext, tensor: Tensor) -> Layer:
    return ctx.net.add_shuffle(
        tensor, first_transpose=_HEADS_FIRST, reshape=(0, 0, -1), zero_is_placeholder=True
    )


def _scaled(ctx: ImporterContext, node: Node, tensor: Tensor) -> Tensor:
    """Scale queries or keys by the root of the scale: 1 / sqrt(head size) by default."""
    if node.has("scale"):
        root = math.sqrt(node.attr_float("scale", 1.0))
        constant = ctx.add_constant([root], "float32", (1,) * tensor.rank)
        scale = cast_helper(ctx, constant, tensor.dtype)
    else:
        size = gather(ctx, shape_of(ctx, tensor), shape_scalar(3)).tensor(ctx)
        scale = cast_helper(ctx, size, tensor.dtype)
        for op in ("sqrt", "recip", "sqrt"):
            scale = ctx.net.add_unary(scale, op).output
        scale = unsqueeze_tensor(ctx, scale, range(tensor.rank))
    return ctx.net.add_elementwise(tensor, scale, "prod").output


@importer("Attention", since="10.14", source="11.0:importAttention")
def attention(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """Two layers, and the scales of queries and keys; a mask comes after."""
    require(
        all(optional(inputs, i) is None for i in (4, 5)) and len(node.outputs) == 1,
        "Attention with past keys and values, or with several outputs, is not supported",
    )
    require(
        node.attr_float("softcap", 0.0) == 0.0 and not node.has("softmax_precision"),
        "Attention with softcap or softmax_precision is not supported",
    )
    mask = optional(inputs, 3)
    causal = node.attr_int("is_causal") == 1
    require(mask is None or not causal, "a causal Attention takes no mask")
    given = [ctx.to_tensor(required(inputs, i)) for i in range(3)]
    ranks = {tensor.rank for tensor in given}
    require(ranks <= {3, 4} and len(ranks) == 1, "Attention takes inputs of 3 or 4 dimensions")
    heads = [node.attr_int("q_num_heads"), *[node.attr_int("kv_num_heads")] * 2]
    tensors = []
    for i, (tensor, count) in enumerate(zip(given, heads, strict=True)):
        if tensor.rank == 3:
            layer = _split_heads(ctx, tensor, count)
            tensor = ctx.register_helper(layer, "ONNXTRT_ShapeShuffle").output
        tensors.append(_scaled(ctx, node, tensor) if i < 2 else tensor)
    first, last = ctx.net.add_attention(*tensors, causal=causal)
    ctx.register_attention(first, last)
    if mask is not None:
        masked = ctx.to_tensor(mask)
        if masked.rank < 4:
            masked = unsqueeze_tensor(ctx, masked, range(4 - masked.rank))
        first.set_input(3, masked)
    if given[0].rank == 4:
        return [last.output]
    return [ctx.register_helper(_join_heads(ctx, last.output), "ONNXTRT_ShapeShuffle").output]


@importer("RotaryEmbedding", since="10.15", source="10.15:importRotaryEmbedding")
def rotary_embedding(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """One layer, between two Shuffles for an input of 3 dimensions."""
    tensor, cosine, sine = (ctx.to_tensor(required(inputs, i)) for i in range(3))
    positions = optional(inputs, 3)
    rank = tensor.rank
    require(rank in (3, 4), "RotaryEmbedding takes inputs of 3 or 4 dimensions")
    require(
        positions is not None or cosine.rank == sine.rank == 3,
        "RotaryEmbedding without positions takes cosines and sines of 3 dimensions",
    )
    if rank == 3:
        layer = _split_heads(ctx, tensor, node.attr_int("num_heads"))
        tensor = ctx.register_layer(layer).output
    operands = [tensor, cosine, sine]
    if positions is not None:
        operands.append(ctx.to_tensor(positions))
    rotated = ctx.register_layer(ctx.net.add_rotary_embedding(operands)).output
    return [ctx.register_layer(_join_heads(ctx, rotated)).output if rank == 3 else rotated]


@importer("TensorScatter", since="10.15", source="10.15:importTensorScatter")
def tensor_scatter(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """One layer; the positions are INT32, zeros if absent."""
    require(node.attr_str("mode", "linear") == "linear", "TensorScatter writes linearly only")
    cache, update = (ctx.to_tensor(required(inputs, i)) for i in range(2))
    axis = convert_axis(node.attr_int("axis", -2), cache.rank)
    require(cache.rank == 4 and axis == 2, "TensorScatter takes 4 dimensions, and axis -2")
    positions = optional(inputs, 2)
    if positions is not None:
        written = cast_helper(ctx, ctx.to_tensor(positions), "int32")
    else:
        batch = gather(ctx, shape_of(ctx, cache), shape_vector(0)).tensor(ctx)
        zero = ctx.add_constant([0], "int32", (1,))
        written = constant_of_shape(ctx, zero, batch)
    return [ctx.register_layer(ctx.net.add_kv_cache_update(cache, update, written)).output]


@importer("RMSNormalization", since="10.15", source="10.16:importRMSNormalization")
def rms_normalization(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """Compute x / sqrt(mean(x ** 2) + epsilon) * scale: in FLOAT, unless the node says else."""
    tensor, scale = (ctx.to_tensor(required(inputs, i)) for i in range(2))
    dtype = tensor.dtype
    axis = convert_axis(node.attr_int("axis", -1), tensor.rank)
    if node.attr_int("stash_type", 1) == 1 and dtype != "float32":
        tensor = cast_helper(ctx, tensor, "float32")

    def combine(a: Tensor, b: Tensor, op: ElementwiseOp) -> Tensor:
        return ctx.register_inner(ctx.net.add_elementwise(a, b, op)).output

    squares = combine(tensor, tensor, "prod")
    axes = range(axis, tensor.rank)
    mean = ctx.net.add_reduce(squares, "avg", axes, keepdims=True)
    mean_square = ctx.register_inner(mean).output
    constant = ctx.add_constant([node.attr_float("epsilon", 1e-5)], "float32", ())
    epsilon = cast_helper(ctx, constant, tensor.dtype)
    mean_square, epsilon = broadcast_tensors(ctx, mean_square, epsilon)
    above = combine(mean_square, epsilon, "sum")
    root = ctx.register_inner(ctx.net.add_unary(above, "sqrt")).output
    normalized = combine(tensor, root, "div")
    if normalized.dtype != dtype:
        normalized = cast_helper(ctx, normalized, dtype)
    if scale.dtype != dtype:
        scale = cast_helper(ctx, scale, dtype)
    normalized, scale = broadcast_tensors(ctx, normalized, scale)
    return [ctx.register_layer(ctx.net.add_elementwise(normalized, scale, "prod")).output]
