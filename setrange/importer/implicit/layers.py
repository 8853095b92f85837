# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""TensorRT 6.0 (implicit batch): convolutions, pooling, normalization, matrix products."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.importer.helpers.fully_connected import matrix_op
from setrange.importer.helpers.inputs import required, required_weights
from setrange.importer.implicit.helpers import (
    add_scale,
    broadcast_pair,
    convert_axis,
    reshape_tensor,
    squeeze_trailing,
    to_tensor,
    weights_of,
    with_shape,
)
from setrange.importer.registry import history, importer, removed
from setrange.importer.rejections import require
from setrange.model.weights import Weights
from setrange.network import LayerKind, Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node


def _input(ctx: ImporterContext, inputs: list[Value], index: int = 0) -> Tensor:
    return to_tensor(ctx, required(inputs, index))


def _window(node: Node, kernel: Sequence[int]) -> dict[str, Any]:
    """Kernel attributes (``get_kernel_params``); missing values are 1 or 0."""
    n = len(kernel)

    def ints(name: str, default: int) -> tuple[int, ...]:
        values = node.attr_ints(name)[:n]
        return tuple(values + [default] * (n - len(values)))

    window: dict[str, Any] = {
        "kernel_size": ints("kernel_shape", 1) if node.has("kernel_shape") else tuple(kernel),
        "stride": ints("strides", 1),
        "dilation": ints("dilations", 1),
        "pre_padding": (0,) * n,
        "post_padding": (0,) * n,
        "padding_mode": "explicit_round_down",
    }
    auto_pad = node.attr_str("auto_pad", "NOTSET")
    if auto_pad in ("VALID", "NOTSET"):
        pads = node.attr_ints("pads")
        half = len(pads) // 2
        window["pre_padding"] = tuple(pads[i] if i < half else 0 for i in range(n))
        window["post_padding"] = tuple(pads[i + half] if i < half else 0 for i in range(n))
    else:
        require(auto_pad in ("SAME_LOWER", "SAME_UPPER"), f"unexpected auto_pad {auto_pad!r}")
        window["padding_mode"] = auto_pad.lower()
    return window


def _to_2d(ctx: ImporterContext, tensor: Tensor) -> tuple[Tensor, bool]:
    """Give 1-D spatial input a second dimension of 1."""
    if tensor.rank != 2:
        return tensor, False
    return reshape_tensor(ctx, tensor, (*tensor.shape, 1)), True


def _from_2d(ctx: ImporterContext, tensor: Tensor, *, expanded: bool) -> Tensor:
    return reshape_tensor(ctx, tensor, tensor.shape[:2]) if expanded else tensor


def _kernel_and_bias(
    inputs: list[Value], tensor: Tensor, channel: int
) -> tuple[Weights, Weights | None]:
    kernel = required_weights(inputs, 1)
    if kernel.rank == 3:
        kernel = with_shape(kernel, (*kernel.shape, 1))
    spatial = tensor.rank - 1
    require(
        spatial in (2, 3) and kernel.rank == spatial + 2,
        "only 2-D and 3-D convolutions are supported",
    )
    bias = None
    if len(inputs) == 3:
        bias = weights_of(inputs[2], "the bias")
        require(bias.rank == 1, "the bias must be 1-D")
        require(bias.shape[0] == kernel.shape[channel], "bias and kernel differ in channels")
    return kernel, bias


@importer("Conv", since="6.0", source="6.0:importConv")
def conv(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    required_weights(inputs, 1)
    tensor, expanded = _to_2d(ctx, _input(ctx, inputs))
    kernel, bias = _kernel_and_bias(inputs, tensor, 0)
    window = _window(node, kernel.shape[2:])
    require(window["kernel_size"] == kernel.shape[2:], "kernel_shape differs from the weights")
    groups = node.attr_int("group", 1)
    layer = ctx.net.add_convolution(
        tensor, kernel.shape[0], kernel=kernel, bias=bias, groups=groups, **window
    )
    require(kernel.shape[1] * groups == tensor.shape[0], "kernel channels do not fit the input")
    return [_from_2d(ctx, layer.output, expanded=expanded)]


@importer("ConvTranspose", since="6.0", source="6.0:importConvTranspose")
def conv_transpose(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    required_weights(inputs, 1)
    tensor, expanded = _to_2d(ctx, _input(ctx, inputs))
    kernel, bias = _kernel_and_bias(inputs, tensor, 1)
    if not node.has("output_shape"):
        require(
            node.attr_str("auto_pad", "VALID") in ("VALID", "NOTSET"),
            "auto_pad without output_shape is not supported",
        )
    window = _window(node, kernel.shape[2:])
    require(window["kernel_size"] == kernel.shape[2:], "kernel_shape differs from the weights")
    require(set(window.pop("dilation")) == {1}, "dilations are not supported")
    if not node.has("output_shape") and node.has("output_padding"):
        window["post_padding"] = (0,) * len(window["kernel_size"])
    groups = node.attr_int("group", 1)
    layer = ctx.net.add_deconvolution(
        tensor, kernel.shape[1] * groups, kernel=kernel, bias=bias, groups=groups, **window
    )
    require(kernel.shape[0] == tensor.shape[0], "kernel channels do not fit the input")
    return [_from_2d(ctx, layer.output, expanded=expanded)]


def _refuse_dilations(ctx: ImporterContext, node: Node) -> None:
    """Opset 10 added dilations."""
    if ctx.opset >= 10:
        undilated = all(d == 1 for d in node.attr_ints("dilations"))
        require(undilated, "pooling with dilations is not supported")


@importer("MaxPool", since="6.0", source="6.0:importMaxPool")
def max_pool(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = _input(ctx, inputs)
    require(tensor.rank >= 2, "pooling needs a spatial dimension")
    tensor, expanded = _to_2d(ctx, tensor)
    _refuse_dilations(ctx, node)
    spatial = tensor.rank - 1
    require(spatial in (2, 3), "only 2-D and 3-D pooling is supported")
    window = _window(node, (1,) * spatial)
    window.pop("dilation")
    layer = ctx.net.add_pooling(tensor, "max", **window)
    return [_from_2d(ctx, layer.output, expanded=expanded)]


@importer("AveragePool", since="6.0", source="6.0:importAveragePool")
def average_pool(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor, expanded = _to_2d(ctx, _input(ctx, inputs))
    _refuse_dilations(ctx, node)
    require(tensor.rank == 3, "only 2-D average pooling is supported")
    window = _window(node, (1, 1))
    pre, post = list(window["pre_padding"]), list(window["post_padding"])
    crop = [0, 0]
    for i, stride in enumerate(window["stride"]):
        if post[i] == pre[i]:
            continue
        require(post[i] == pre[i] + 1, "this asymmetric padding is not supported")
        # One output more at the beginning, cropped after the pooling.
        pre[i] += stride
        crop[i] = 1
    layer = ctx.net.add_pooling(
        tensor,
        "average",
        window["kernel_size"],
        stride=window["stride"],
        pre_padding=tuple(pre),
        post_padding=tuple(pre),
    )
    output = layer.output
    if any(crop):
        output = _padding(ctx, output, [-c for c in crop], [0, 0])
    return [_from_2d(ctx, output, expanded=expanded)]


def _padding(
    ctx: ImporterContext, tensor: Tensor, pre: Sequence[int], post: Sequence[int]
) -> Tensor:
    """A 2-D Padding layer; negative values crop."""
    shape = tensor.shape
    spatial = [d + a + b for d, a, b in zip(shape[-2:], pre, post, strict=True)]
    return ctx.net.add(
        LayerKind.PADDING,
        [tensor],
        infer_shapes=lambda _: [(*shape[:-2], *spatial)],
        pre_padding=tuple(pre),
        post_padding=tuple(post),
    ).output


@importer("Pad", since="6.0", source="6.0:importPad")
def pad(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = _input(ctx, inputs)
    constant = node.attr_str("mode", "constant") == "constant"
    require(constant and node.attr_float("value") == 0, "only padding with zeros is supported")
    legacy = node.has("paddings")
    pads = node.attr_ints("paddings" if legacy else "pads")
    require(len(pads) == 8, "only 4-D padding is supported")
    if legacy:
        require(not any(pads[:4]), "only spatial padding is supported")
        pre, post = (pads[4], pads[6]), (pads[5], pads[7])
    else:
        require(not any(pads[:2] + pads[4:6]), "only spatial padding is supported")
        pre, post = (pads[2], pads[3]), (pads[6], pads[7])
    return [_padding(ctx, tensor, pre, post)]


def _global_pool(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, op: Any
) -> Sequence[Value]:
    tensor = _input(ctx, inputs)
    require(tensor.rank == 3, "only 2-D global pooling is supported")
    return [ctx.net.add_pooling(tensor, op, tensor.shape[1:]).output]


for _name, _op in {"GlobalAveragePool": "average", "GlobalMaxPool": "max"}.items():
    importer(_name, since="6.0", source="6.0:importGlobalAveragePool")(
        partial(_global_pool, op=_op)
    )


@importer("BatchNormalization", "SpatialBN", since="6.0", source="6.0:importBatchNormalization")
def batch_normalization(
    ctx: ImporterContext, node: Node, inputs: list[Value]
) -> Sequence[Value]:
    require(len(inputs) >= 5, "BatchNormalization takes five inputs")
    names = ("scale", "bias", "mean", "variance")
    parts = [weights_of(v, f"the {n}") for v, n in zip(inputs[1:5], names, strict=True)]
    tensor = _input(ctx, inputs)
    require(all(w.dtype == "float32" for w in parts), "the weights must be FLOAT")
    channels = tensor.shape[0]
    require(all(w.shape == (channels,) for w in parts), "the weights must be one per channel")
    scale, bias, mean, variance = parts
    epsilon = node.attr_float("epsilon", 1e-5)

    def combined_scale() -> npt.NDArray[Any]:
        values: npt.NDArray[Any] = scale.data() / np.sqrt(variance.data() + np.float32(epsilon))
        return values

    def combined_bias() -> npt.NDArray[Any]:
        values: npt.NDArray[Any] = bias.data() - mean.data() * combined_scale()
        return values

    return [
        add_scale(
            ctx,
            tensor,
            "channel",
            shift=Weights("float32", (channels,), combined_bias),
            scale=Weights("float32", (channels,), combined_scale),
        )
    ]


@importer("ImageScaler", since="6.0", source="6.0:importImageScaler")
def image_scaler(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    biases = np.asarray(node.attr_floats("bias"), dtype=np.float32)
    scale = np.full_like(biases, node.attr_float("scale", 1.0))
    layer = ctx.net.add_scale(
        _input(ctx, inputs), "channel", Weights.of(biases), Weights.of(scale), None
    )
    return [layer.output]


@importer("InstanceNormalization", since="6.0", source="6.0:importInstanceNormalization")
def instance_normalization(
    ctx: ImporterContext, node: Node, inputs: list[Value]
) -> Sequence[Value]:
    require(len(inputs) == 3, "InstanceNormalization takes three inputs")
    weights_of(inputs[1], "the scale")
    weights_of(inputs[2], "the bias")
    return [ctx.net.add(LayerKind.PLUGIN_V2_DYNAMIC, [_input(ctx, inputs)]).output]


@importer("LRN", since="6.0", source="6.0:importLRN")
def lrn(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    return [
        ctx.net.add(LayerKind.LRN, [_input(ctx, inputs)], size=node.attr_int("size")).output
    ]


@importer("MatMul", since="6.0", source="6.0:importMatMul")
def matmul(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    a, b = _input(ctx, inputs), _input(ctx, inputs, 1)
    return [ctx.net.add_matrix_multiply(a, b, matrix_op(a), matrix_op(b)).output]


def _transposed(weights: Weights) -> Weights:
    require(weights.rank == 2, "only 2-D weights can be transposed at parse time")
    require(weights.dtype in ("float32", "float16"), "only float weights can be transposed")
    return Weights(
        weights.dtype,
        weights.shape[::-1],
        lambda: np.ascontiguousarray(weights.data().T),
        initializer=weights.initializer,
    )


@importer("Gemm", since="6.0", source="6.0:importGemm")
def gemm(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    require(len(inputs) == 3, "GEMM takes three inputs")
    alpha, beta = node.attr_float("alpha", 1.0), node.attr_float("beta", 1.0)
    trans_a, trans_b = bool(node.attr_int("transA")), bool(node.attr_int("transB"))
    a = _input(ctx, inputs)
    c = _input(ctx, inputs, 2)
    left, right, bias = inputs
    if (
        isinstance(left, Tensor)
        and isinstance(right, Weights)
        and isinstance(bias, Weights)
        and (alpha, beta) == (1.0, 1.0)
        and (left.rank, right.rank, bias.rank) == (3, 2, 1)
    ):
        kernel = right if trans_b else _transposed(right)
        return [ctx.net.add_fully_connected(left, bias.shape[0], kernel, bias).output]
    if isinstance(right, Weights):
        b = ctx.net.add_constant(_transposed(right) if trans_b else right).output
        trans_b = False
    else:
        b = _input(ctx, inputs, 1)
    dims: Sequence[int] = squeeze_trailing(a.shape)
    if len(dims) > 2:
        dims = (-1,)
    if len(dims) < a.rank:
        a = ctx.net.add_shuffle(a, reshape=tuple(dims)).output
    op_a, op_b = matrix_op(a, transpose=trans_a), matrix_op(b, transpose=trans_b)
    if op_a == op_b == "vector":
        require(a.shape == b.shape, "two vectors must have equal length")
    product = ctx.net.add_matrix_multiply(a, b, op_a, op_b).output
    product = _scaled(ctx, product, alpha)
    c = _scaled(ctx, c, beta)
    if ctx.opset < 7 and not node.attr_int("broadcast"):
        dims = c.shape
        first = next((i for i, d in enumerate(dims) if d != 1), len(dims))
        c = reshape_tensor(ctx, c, dims[first:])
    product, c = broadcast_pair(ctx, product, c)
    return [ctx.net.add_elementwise(product, c, "sum").output]


def _scaled(ctx: ImporterContext, tensor: Tensor, factor: float) -> Tensor:
    """Multiply by alpha or beta, unless it is 1."""
    if factor == 1.0:
        return tensor
    constant = ctx.net.add_constant(Weights.of(np.asarray(factor, dtype=np.float32))).output
    _, tensor = broadcast_pair(ctx, constant, tensor)
    # The parser multiplies by the constant itself, not by its broadcast copy.
    return ctx.net.add_elementwise(constant, tensor, "prod").output


@importer("Flatten", since="6.0", source="6.0:importFlatten")
def flatten(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    require(node.attr_int("axis", 1) == 1, "only axis 1 is supported")
    tensor = _input(ctx, inputs)
    return [reshape_tensor(ctx, tensor, (math.prod(tensor.shape),))]


@importer("Split", since="6.0", source="6.0:importSplit")
def split(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    require(len(inputs) == 1, "Split takes one input; the lengths are an attribute")
    value = required(inputs, 0)
    axis = convert_axis(node.attr_int("axis"), value.rank)
    count = len(node.outputs)
    lengths = node.attr_ints("split")
    if lengths:
        require(len(lengths) == count, "the number of lengths differs from the outputs")
    else:
        require(value.shape[axis] % count == 0, "the dimension does not divide equally")
        lengths = [value.shape[axis] // count] * count
    tensor = _input(ctx, inputs)
    shape = tensor.shape
    layer = ctx.net.add(
        LayerKind.PLUGIN_V2_DYNAMIC,
        [tensor],
        dtypes=(tensor.dtype,) * count,
        infer_shapes=lambda _: [(*shape[:axis], n, *shape[axis + 1 :]) for n in lengths],
        plugin="Split",
    )
    return layer.outputs


history("SpatialBN", removed("7.0", symbol="getBuiltinOpImporterMap"))
