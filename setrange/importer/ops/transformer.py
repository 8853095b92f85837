# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Attention, RotaryEmbedding, TensorScatter and RMSNormalization (10.14 on)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from setrange.importer import shape_tensor as st
from setrange.importer.op_context import convert_axis
from setrange.importer.registry import LATER, history, since
from setrange.importer.rejections import require
from setrange.network import LayerKind

if TYPE_CHECKING:
    from setrange.importer.op_types import Layer, OpContext, Outputs, Tensor, Value

_HEADS_FIRST = (0, 2, 1, 3)


def _split_heads(ctx: OpContext, tensor: Tensor, heads: int) -> Layer:
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


def _join_heads(ctx: OpContext, tensor: Tensor) -> Layer:
    return ctx.net.add_shuffle(
        tensor, first_transpose=_HEADS_FIRST, reshape=(0, 0, -1), zero_is_placeholder=True
    )


def _scaled(ctx: OpContext, tensor: Tensor) -> Tensor:
    """Scale queries or keys by the root of the scale: 1 / sqrt(head size) by default."""
    if ctx.node.has("scale"):
        root = math.sqrt(ctx.node.attr_float("scale", 1.0))
        constant = ctx.add_constant([root], "float32", (1,) * tensor.rank)
        return ctx.combine(tensor, ctx.cast(constant, tensor.dtype), "prod")
    size = st.gather(ctx, st.shape_of(ctx, tensor), st.shape_scalar(3)).tensor(ctx)
    scale = ctx.cast(size, tensor.dtype)
    for op in ("sqrt", "recip", "sqrt"):
        scale = ctx.net.add_unary(scale, op).output
    return ctx.combine(tensor, ctx.unsqueeze(scale, range(tensor.rank)), "prod")


def _attention(
    ctx: OpContext, q: Tensor, k: Tensor, v: Tensor, mask: Value, *past: Value
) -> Outputs:
    """Two layers, and the scales of queries and keys; a mask comes after."""
    require(
        all(value is None for value in past[:2]) and len(ctx.node.outputs) == 1,
        "Attention with past keys and values, or with several outputs, is not supported",
    )
    plain = ctx.node.attr_float("softcap", 0.0) == 0.0 and not ctx.node.has("softmax_precision")
    require(plain, "Attention with softcap or softmax_precision is not supported")
    causal = ctx.node.attr_int("is_causal") == 1
    require(mask is None or not causal, "a causal Attention takes no mask")
    fits = q.rank == k.rank == v.rank and q.rank in (3, 4)
    require(fits, "Attention takes inputs of 3 or 4 dimensions")
    heads = [ctx.node.attr_int("q_num_heads"), *[ctx.node.attr_int("kv_num_heads")] * 2]
    tensors = []
    for i, (tensor, count) in enumerate(zip((q, k, v), heads, strict=True)):
        if tensor.rank == 3:
            layer = _split_heads(ctx, tensor, count)
            tensor = ctx.register_helper(layer, "ONNXTRT_ShapeShuffle").output
        tensors.append(_scaled(ctx, tensor) if i < 2 else tensor)
    first = ctx.net.add(LayerKind.ATTENTION_INPUT, tensors, causal=causal)
    last = ctx.net.add(LayerKind.ATTENTION_OUTPUT, [first.output])
    ctx.network.uncounted += 1  # TensorRT numbers the whole as well
    ctx.register_attention(first, last)
    if mask is not None:
        masked = ctx.to_tensor(mask)
        if masked.rank < 4:
            masked = ctx.unsqueeze(masked, range(4 - masked.rank))
        first.set_input(3, masked)
    if q.rank == 4:
        return last.output
    return ctx.register_helper(_join_heads(ctx, last.output), "ONNXTRT_ShapeShuffle").output


def _rotary_embedding(
    ctx: OpContext, x: Tensor, cosine: Tensor, sine: Tensor, positions: Value
) -> Outputs:
    """One layer, between two Shuffles for an input of 3 dimensions."""
    rank = x.rank
    require(rank in (3, 4), "RotaryEmbedding takes inputs of 3 or 4 dimensions")
    require(
        positions is not None or cosine.rank == sine.rank == 3,
        "RotaryEmbedding without positions takes cosines and sines of 3 dimensions",
    )
    if rank == 3:
        x = ctx.main(_split_heads(ctx, x, ctx.node.attr_int("num_heads")))
    operands = [x, cosine, sine]
    if positions is not None:
        operands.append(ctx.to_tensor(positions))
    rotated = ctx.main(ctx.net.add(LayerKind.ROTARY_EMBEDDING, operands))
    return ctx.main(_join_heads(ctx, rotated)) if rank == 3 else rotated


def _tensor_scatter(ctx: OpContext, cache: Tensor, update: Tensor, positions: Value) -> Outputs:
    """One layer; the positions are INT32, zeros if absent."""
    require(
        ctx.node.attr_str("mode", "linear") == "linear", "TensorScatter writes linearly only"
    )
    axis = convert_axis(ctx.node.attr_int("axis", -2), cache.rank)
    require(cache.rank == 4 and axis == 2, "TensorScatter takes 4 dimensions, and axis -2")
    if positions is not None:
        written = ctx.cast(ctx.to_tensor(positions), "int32")
    else:
        batch = st.gather(ctx, st.shape_of(ctx, cache), st.shape_vector(0)).tensor(ctx)
        written = ctx.repeat(ctx.add_constant([0], "int32", (1,)), batch)
    return ctx.main(ctx.net.add(LayerKind.KV_CACHE_UPDATE, [cache, update, written]))


def _rms_normalization(ctx: OpContext, x: Tensor, scale: Tensor) -> Outputs:
    """Compute x / sqrt(mean(x ** 2) + epsilon) * scale: in FLOAT, unless the node says else."""
    dtype, net = x.dtype, ctx.net
    axis = convert_axis(ctx.node.attr_int("axis", -1), x.rank)
    if ctx.node.attr_int("stash_type", 1) == 1 and dtype != "float32":
        x = ctx.cast(x, "float32")
    squares = ctx.inner(net.add_elementwise(x, x, "prod"))
    mean = ctx.inner(net.add_reduce(squares, "avg", range(axis, x.rank), keepdims=True))
    constant = ctx.add_constant([ctx.node.attr_float("epsilon", 1e-5)], "float32", ())
    mean, epsilon = ctx.broadcast(mean, ctx.cast(constant, x.dtype))
    above = ctx.inner(net.add_elementwise(mean, epsilon, "sum"))
    root = ctx.inner(net.add_unary(above, "sqrt"))
    normalized = ctx.inner(net.add_elementwise(x, root, "div"))
    if normalized.dtype != dtype:
        normalized = ctx.cast(normalized, dtype)
    if scale.dtype != dtype:
        scale = ctx.cast(scale, dtype)
    normalized, scale = ctx.broadcast(normalized, scale)
    return ctx.main(net.add_elementwise(normalized, scale, "prod"))


# -- change log -------------------------------------------------------------------------

history("Attention", since("10.14", _attention, read_at="11.0", why=LATER))
history("RotaryEmbedding", since("10.15", _rotary_embedding))
history("TensorScatter", since("10.15", _tensor_scatter))
history("RMSNormalization", since("10.15", _rms_normalization, read_at="10.16", why=LATER))
