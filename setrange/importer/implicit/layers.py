# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""TensorRT 6.0 (implicit batch): convolutions, pooling, normalization, matrix products."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.importer.helpers.kernel_params import KernelParams, kernel_params
from setrange.importer.implicit.parsing import add_scale, convert_axis, weights_of, with_shape
from setrange.importer.op_context import matrix_op, transposed
from setrange.importer.ops.batch_normalization import folded
from setrange.importer.ops.matrices import squeezed, without_leading_ones
from setrange.importer.registry import history, removed, since
from setrange.importer.rejections import require
from setrange.model.weights import Weights
from setrange.network import LayerKind, Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.op_types import Given, OpContext, Outputs, Value
    from setrange.network.modes import PoolingOp

_AUTO_PADS = ("NOTSET", "VALID", "SAME_LOWER", "SAME_UPPER")


# -- windows ---------------------------------------------------------------------------------


def _window(ctx: OpContext, kernel: Sequence[int]) -> KernelParams:
    auto_pad = ctx.node.attr_str("auto_pad", "NOTSET")
    require(auto_pad in _AUTO_PADS, f"unexpected auto_pad {auto_pad!r}")
    return kernel_params(ctx, len(kernel), kernel=kernel)


def _to_2d(ctx: OpContext, tensor: Tensor) -> Tensor:
    """Give 1-D spatial input a second dimension of 1."""
    return ctx.reshape(tensor, (*tensor.shape, 1)) if tensor.rank == 2 else tensor


def _as_before(ctx: OpContext, output: Tensor, tensor: Tensor) -> Tensor:
    """Take the second dimension away again."""
    return ctx.reshape(output, output.shape[:2]) if tensor.rank == 2 else output


def _convolution(
    ctx: OpContext, tensor: Tensor, kernel: Weights, bias: Value, *, transposes: bool
) -> Outputs:
    """A convolution, or the transposed one, whose kernel has input channels first."""
    if kernel.rank == 3:
        kernel = with_shape(kernel, (*kernel.shape, 1))
    data = _to_2d(ctx, tensor)
    spatial = data.rank - 1
    known = spatial in (2, 3) and kernel.rank == spatial + 2
    require(known, "only 2-D and 3-D convolutions are supported")
    maps, channels = kernel.shape[1::-1] if transposes else kernel.shape[:2]
    if bias is not None:
        bias = weights_of(bias, "the bias")
        require(bias.rank == 1, "the bias must be 1-D")
        require(bias.shape[0] == maps, "bias and kernel differ in channels")
    if transposes and not ctx.node.has("output_shape"):
        plain = ctx.node.attr_str("auto_pad", "VALID") in ("VALID", "NOTSET")
        require(plain, "auto_pad without output_shape is not supported")
    window = _window(ctx, kernel.shape[2:])
    require(window.kernel == kernel.shape[2:], "kernel_shape differs from the weights")
    groups = ctx.node.attr_int("group", 1)
    params: dict[str, Any] = {"kernel": kernel, "bias": bias, "groups": groups}
    params |= window.layer_params()
    if transposes:
        require(set(window.dilation) == {1}, "dilations are not supported")
        if not ctx.node.has("output_shape") and ctx.node.has("output_padding"):
            params["post_padding"] = (0,) * spatial
        layer = ctx.net.add_convolution(
            data, maps * groups, kernel.shape[2:], LayerKind.DECONVOLUTION, **params
        )
    else:
        params["dilation"] = window.dilation
        layer = ctx.net.add_convolution(data, maps, kernel.shape[2:], **params)
        channels *= groups
    require(channels == data.shape[0], "kernel channels do not fit the input")
    return _as_before(ctx, layer.output, tensor)


def _pool_window(ctx: OpContext, spatial: int) -> KernelParams:
    undilated = all(d == 1 for d in ctx.node.attr_ints("dilations"))
    require(undilated or ctx.opset < 10, "pooling with dilations is not supported")
    return _window(ctx, (1,) * spatial)


def _max_pool(ctx: OpContext, tensor: Tensor) -> Outputs:
    require(tensor.rank >= 2, "pooling needs a spatial dimension")
    data = _to_2d(ctx, tensor)
    spatial = data.rank - 1
    require(spatial in (2, 3), "only 2-D and 3-D pooling is supported")
    window = _pool_window(ctx, spatial)
    layer = ctx.net.add_pooling(data, "max", window.kernel or (), **window.layer_params())
    return _as_before(ctx, layer.output, tensor)


def _average_pool(ctx: OpContext, tensor: Tensor) -> Outputs:
    """Average pooling; of an asymmetric padding one output more is made, and cropped."""
    data = _to_2d(ctx, tensor)
    require(data.rank == 3, "only 2-D average pooling is supported")
    window = _pool_window(ctx, 2)
    padding, crop = list(window.pre), [0, 0]
    for i, (pre, post) in enumerate(zip(window.pre, window.post, strict=True)):
        if post != pre:
            require(post == pre + 1, "this asymmetric padding is not supported")
            padding[i] += window.stride[i]
            crop[i] = -1
    output = ctx.net.add_pooling(
        data,
        "average",
        window.kernel or (),
        stride=window.stride,
        pre_padding=tuple(padding),
        post_padding=tuple(padding),
    ).output
    if any(crop):
        output = ctx.net.add_padding(output, crop, (0, 0)).output
    return _as_before(ctx, output, tensor)


def _global_pool(ctx: OpContext, tensor: Tensor, *, op: PoolingOp) -> Outputs:
    require(tensor.rank == 3, "only 2-D global pooling is supported")
    return ctx.net.add_pooling(tensor, op, tensor.shape[1:]).output


def _pad(ctx: OpContext, tensor: Tensor) -> Outputs:
    constant = ctx.node.attr_str("mode", "constant") == "constant"
    require(
        constant and ctx.node.attr_float("value") == 0, "only padding with zeros is supported"
    )
    legacy = ctx.node.has("paddings")
    pads = ctx.node.attr_ints("paddings" if legacy else "pads")
    require(len(pads) == 8, "only 4-D padding is supported")
    # The old attribute has (before, after) of each dimension, the new one all before all.
    before, after = (pads[::2], pads[1::2]) if legacy else (pads[:4], pads[4:])
    require(not any(before[:2] + after[:2]), "only spatial padding is supported")
    return ctx.net.add_padding(tensor, before[2:], after[2:]).output


# -- normalization ---------------------------------------------------------------------------


def _batch_normalization(
    ctx: OpContext,
    tensor: Tensor,
    scale: Weights,
    bias: Weights,
    mean: Weights,
    variance: Weights,
) -> Outputs:
    parts = (scale, bias, mean, variance)
    require(all(w.dtype == "float32" for w in parts), "the weights must be FLOAT")
    channels = tensor.shape[:1]
    require(all(w.shape == channels for w in parts), "the weights must be one per channel")
    epsilon = ctx.node.attr_float("epsilon", 1e-5)
    factors, shift = folded(parts, epsilon, "float32", (None, None))
    return add_scale(ctx, tensor, "channel", shift=shift, scale=factors)


def _image_scaler(ctx: OpContext, tensor: Tensor) -> Outputs:
    biases = np.asarray(ctx.node.attr_floats("bias"), dtype=np.float32)
    scale = np.full_like(biases, ctx.node.attr_float("scale", 1.0))
    weights = Weights.of(biases), Weights.of(scale)
    return ctx.net.add_scale(tensor, "channel", *weights, None).output


def _instance_normalization(
    ctx: OpContext, tensor: Tensor, scale: Weights, bias: Weights
) -> Outputs:
    return ctx.net.add(LayerKind.PLUGIN_V2_DYNAMIC, [tensor]).output


def _lrn(ctx: OpContext, tensor: Tensor) -> Outputs:
    return ctx.net.add(LayerKind.LRN, [tensor], size=ctx.node.attr_int("size")).output


# -- matrix products, flattening, splitting --------------------------------------------------


def _matmul(ctx: OpContext, a: Tensor, b: Tensor) -> Outputs:
    return ctx.net.add_matrix_multiply(a, b, matrix_op(a), matrix_op(b)).output


def _equal_ranks(ctx: OpContext, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Give the lower-rank tensor the other's rank, matching dimensions greedily."""
    if a.rank > b.rank:
        b, a = _equal_ranks(ctx, b, a)
    elif a.rank < b.rank:
        left = list(a.shape)
        dims = [left.pop(0) if left[:1] == [extent] else 1 for extent in b.shape]
        a = ctx.reshape(a, dims)
    return a, b


def _scaled(ctx: OpContext, tensor: Tensor, factor: float) -> Tensor:
    """Multiply by alpha or beta, unless it is 1."""
    if factor == 1.0:
        return tensor
    constant = ctx.net.add_constant(Weights.of(np.asarray(factor, dtype=np.float32))).output
    _equal_ranks(ctx, constant, tensor)
    # The parser multiplies by the constant itself, not by its broadcast copy.
    return ctx.net.add_elementwise(constant, tensor, "prod").output


def _gemm(ctx: OpContext, left: Given, right: Given, bias: Value) -> Outputs:
    require(bias is not None, "GEMM takes three inputs")
    alpha, beta = ctx.node.attr_float("alpha", 1.0), ctx.node.attr_float("beta", 1.0)
    trans_a, trans_b = bool(ctx.node.attr_int("transA")), bool(ctx.node.attr_int("transB"))
    a, c = ctx.to_tensor(left), ctx.to_tensor(bias)
    if (
        isinstance(left, Tensor)
        and isinstance(right, Weights)
        and isinstance(bias, Weights)
        and (alpha, beta) == (1.0, 1.0)
        and (left.rank, right.rank, bias.rank) == (3, 2, 1)
    ):
        kernel = right if trans_b else transposed(right)
        return ctx.net.add_fully_connected(left, bias.shape[0], kernel, bias).output
    if isinstance(right, Weights):
        b = ctx.net.add_constant(transposed(right) if trans_b else right).output
        trans_b = False
    else:
        b = right
    a = squeezed(ctx, a)
    op_a, op_b = matrix_op(a, transpose=trans_a), matrix_op(b, transpose=trans_b)
    if op_a == op_b == "vector":
        require(a.shape == b.shape, "two vectors must have equal length")
    product = ctx.net.add_matrix_multiply(a, b, op_a, op_b).output
    product = _scaled(ctx, product, alpha)
    c = _scaled(ctx, c, beta)
    if ctx.opset < 7 and not ctx.node.attr_int("broadcast"):
        c = ctx.reshape(c, without_leading_ones(c.shape))
    product, c = _equal_ranks(ctx, product, c)
    return ctx.net.add_elementwise(product, c, "sum").output


def _flatten(ctx: OpContext, tensor: Tensor) -> Outputs:
    require(ctx.node.attr_int("axis", 1) == 1, "only axis 1 is supported")
    return ctx.reshape(tensor, (math.prod(tensor.shape),))


def _split(ctx: OpContext, value: Given, *more: Value) -> Outputs:
    require(not more, "Split takes one input; the lengths are an attribute")
    axis = convert_axis(ctx.node.attr_int("axis"), value.rank)
    count = len(ctx.node.outputs)
    lengths = ctx.node.attr_ints("split")
    if lengths:
        require(len(lengths) == count, "the number of lengths differs from the outputs")
    else:
        require(value.shape[axis] % count == 0, "the dimension does not divide equally")
        lengths = [value.shape[axis] // count] * count
    tensor = ctx.to_tensor(value)
    shape = tensor.shape
    layer = ctx.net.add(
        LayerKind.PLUGIN_V2_DYNAMIC,
        [tensor],
        dtypes=(tensor.dtype,) * count,
        infer_shapes=lambda _: [(*shape[:axis], n, *shape[axis + 1 :]) for n in lengths],
        plugin="Split",
    )
    return layer.outputs


# -- change log -------------------------------------------------------------------------

history("Conv", since("6.0", _convolution, transposes=False))
history("ConvTranspose", since("6.0", _convolution, transposes=True))
history("MaxPool", since("6.0", _max_pool))
history("AveragePool", since("6.0", _average_pool))
history("GlobalAveragePool", since("6.0", _global_pool, op="average"))
history("GlobalMaxPool", since("6.0", _global_pool, op="max", symbol="importGlobalAveragePool"))
history("Pad", since("6.0", _pad))
history(("BatchNormalization", "SpatialBN"), since("6.0", _batch_normalization))
history("SpatialBN", since("7.0", removed, symbol="getBuiltinOpImporterMap"))
history("ImageScaler", since("6.0", _image_scaler))
history("InstanceNormalization", since("6.0", _instance_normalization))
history("LRN", since("6.0", _lrn))
history("MatMul", since("6.0", _matmul))
history("Gemm", since("6.0", _gemm))
history("Flatten", since("6.0", _flatten))
history("Split", since("6.0", _split))
