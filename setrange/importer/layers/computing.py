# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Layers that compute: windows, matrix products, normalization, quantization; control flow.

See ``reshaping`` for the contract of the functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.layers.arithmetic import broadcast_shapes
from setrange.importer.layers.selecting import selected
from setrange.importer.layers.values import (
    NotComputableError,
    elements,
    input_tensor,
    input_values,
    known_dim,
    known_values,
)
from setrange.importer.rejections import refuse, require
from setrange.importer.symbolic import Calculator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from setrange.importer.layers.values import Array
    from setrange.network.graph import Layer, Shape
    from setrange.network.modes import MatrixOp


def infer_matrix_multiply(layer: Layer) -> list[Shape]:
    """Matrix Multiply; ``op0``/``op1`` are ``none``, ``transpose`` or ``vector``."""
    a, b = input_tensor(layer).shape, input_tensor(layer, 1).shape
    op0, op1 = layer.params["op0"], layer.params["op1"]
    batch_a, rows, inner_a = _factor(a, op0, inner=-1)
    batch_b, columns, inner_b = _factor(b, op1, inner=-2)
    # Vectors of another length are found by the builder, not when the layer is added.
    if "vector" not in (op0, op1) and inner_a != inner_b and -1 not in (inner_a, inner_b):
        refuse(f"matrix multiply: inner dimensions {inner_a} and {inner_b} differ")
    require(len(batch_a) == len(batch_b), "matrix multiply: inputs differ in rank")
    return [broadcast_shapes([batch_a, batch_b], "matrix multiply") + rows + columns]


def _factor(shape: Shape, op: MatrixOp, *, inner: int) -> tuple[Shape, Shape, int]:
    """Batch, outer and inner dimensions; ``inner``: where that is, if ``op`` is ``none``."""
    need = 1 if op == "vector" else 2
    if len(shape) < need:
        refuse(f"matrix multiply: {op} needs rank {need} or more")
    if op == "vector":
        return shape[:-1], (), shape[-1]
    if op == "transpose":
        inner = -3 - inner
    return shape[:-2], (shape[-3 - inner],), shape[inner]


def window_extent(
    size: int, kernel: int, stride: int, dilation: int, padding: int, mode: str
) -> int:
    """Output extent of a sliding window; ``padding`` is that of both ends together.

    Source: NvInfer.h 8.6, PaddingMode.
    """
    if size < 0:
        return -1
    require(stride > 0, "the stride of a window must be positive")
    if mode in ("same_upper", "same_lower"):
        return -(-size // stride)
    span = size + padding - dilation * (kernel - 1) - 1
    if mode == "explicit_round_up":
        return -(-span // stride) + 1
    if mode == "caffe_round_up":
        extent = -(-span // stride) + 1
        return extent - 1 if (extent - 1) * stride >= size + padding else extent
    return span // stride + 1


def _deconvolved_extent(
    size: int, kernel: int, stride: int, dilation: int, padding: int, mode: str
) -> int:
    """Output extent of a deconvolution. Source: NvInfer.h 8.6, IDeconvolutionLayer."""
    if size < 0:
        return -1
    if mode in ("same_upper", "same_lower"):
        return size * stride
    return (size - 1) * stride + dilation * (kernel - 1) + 1 - padding


def _spatial(layer: Layer, extent_of: Callable[..., int] = window_extent) -> Shape:
    """Output extents of a layer that moves a window over the last dimensions."""
    p, shape = layer.params, input_tensor(layer).shape
    n = len(p["kernel_size"])
    zeros, ones = (0,) * n, (1,) * n
    pre, post = p.get("pre_padding", zeros), p.get("post_padding", zeros)
    stride, dilation = p.get("stride", ones), p.get("dilation", ones)
    mode = p.get("padding_mode", "explicit_round_down")
    extents = []
    for i, (size, kernel) in enumerate(zip(shape[-n:], p["kernel_size"], strict=True)):
        extent = extent_of(size, kernel, stride[i], dilation[i], pre[i] + post[i], mode)
        if size >= 0 and extent <= 0:
            refuse(f"{layer.kind.value}: spatial output dimension {i} is {extent}")
        extents.append(extent)
    return tuple(extents)


def infer_convolution(layer: Layer) -> list[Shape]:
    """Convolution: ``maps`` output channels."""
    batch = input_tensor(layer).shape[: -len(layer.params["kernel_size"]) - 1]
    return [(*batch, layer.params["maps"], *_spatial(layer))]


def infer_deconvolution(layer: Layer) -> list[Shape]:
    """Deconvolution: ``maps`` output channels."""
    batch = input_tensor(layer).shape[: -len(layer.params["kernel_size"]) - 1]
    return [(*batch, layer.params["maps"], *_spatial(layer, _deconvolved_extent))]


def infer_pooling(layer: Layer) -> list[Shape]:
    """Pooling: channels stay."""
    shape, n = input_tensor(layer).shape, len(layer.params["kernel_size"])
    if n not in (2, 3) or len(shape) <= n:
        refuse(f"pooling: {n} dimensions of {len(shape)}")
    return [shape[:-n] + _spatial(layer)]


def infer_fully_connected(layer: Layer) -> list[Shape]:
    """Fully Connected: the last three dimensions become (maps, 1, 1)."""
    shape = input_tensor(layer).shape
    return [(*shape[:-3], layer.params["maps"], 1, 1)]


def infer_padding(layer: Layer) -> list[Shape]:
    """Padding: the last two dimensions grow, or shrink where a padding is negative."""
    shape = input_tensor(layer).shape
    if len(shape) < 3:
        refuse(f"padding: the input has {len(shape)} dimensions, 3 are needed")
    pre, post = layer.params["pre_padding"], layer.params["post_padding"]
    padded = [d if d < 0 else d + a + b for d, a, b in zip(shape[-2:], pre, post, strict=True)]
    return [(*shape[:-2], *padded)]


def _einsum_output(inputs: Sequence[str]) -> str:
    """Letters that occur once, sorted: the output of an equation that names none."""
    text = "".join(inputs)
    return "".join(sorted(c for c in set(text) if c.isalpha() and text.count(c) == 1))


def infer_einsum(layer: Layer) -> list[Shape]:
    """Einsum: the dimensions its equation's output names."""
    left, arrow, output = layer.params["equation"].replace(" ", "").partition("->")
    inputs = left.split(",")
    tensors = [input_tensor(layer, i) for i in range(len(layer.inputs))]
    if len(inputs) != len(tensors):
        refuse(f"einsum: the equation names {len(inputs)} inputs, the layer has {len(tensors)}")
    sizes: dict[str, int] = {}
    for subscripts, tensor in zip(inputs, tensors, strict=True):
        require("." not in subscripts, "einsum: TensorRT does not support ellipses")
        if len(subscripts) != tensor.rank:
            refuse(f"einsum: {subscripts!r} does not fit a tensor of rank {tensor.rank}")
        for letter, size in zip(subscripts, tensor.shape, strict=True):
            known = sizes.get(letter, -1)
            if known not in (-1, 1, size) and size not in (-1, 1):
                refuse(f"einsum: dimension {letter!r} is {known} and {size}")
            sizes[letter] = size if known in (-1, 1) and size >= 0 else known
    wanted = output if arrow else _einsum_output(inputs)
    if not all(letter in sizes for letter in wanted):
        refuse(f"einsum: no input has all of {wanted!r}")
    return [tuple(sizes[letter] for letter in wanted)]


def infer_attention(layer: Layer) -> list[Shape]:
    """AttentionInput: as the queries, but for the size of the values' heads."""
    return [(*input_tensor(layer).shape[:3], input_tensor(layer, 2).shape[3])]


def infer_normalization(layer: Layer) -> list[Shape]:
    """Normalization: the input's shape; scale and bias have its rank."""
    shape = input_tensor(layer).shape
    ranks = {input_tensor(layer, i).rank for i in (1, 2)}
    require(ranks == {len(shape)}, "normalization: scale and bias must have the input's rank")
    return [shape]


def infer_scale(layer: Layer) -> list[Shape]:
    """Scale: as the input; weights per channel tell a number of channels that is unknown."""
    shape = input_tensor(layer).shape
    weights = layer.params["scale"]
    if layer.params["mode"] != "channel" or weights is None or len(shape) < 4 or shape[1] >= 0:
        return [shape]
    return [(shape[0], weights.count, *shape[2:])]


def infer_dynamic_quantize(layer: Layer) -> list[Shape]:
    """DynamicQuantize: the quantized data, and one scale per block of ``axis``."""
    shape = input_tensor(layer).shape
    axis, block = layer.params["axis"], layer.params["block_size"]
    scales = [
        -(-size // block) if i == axis and size >= 0 else size for i, size in enumerate(shape)
    ]
    return [shape, tuple(scales)]


# -- control flow -----------------------------------------------------------------------


def _chosen_branch(layer: Layer) -> int | None:
    """The input that a known condition chooses."""
    condition = known_values(layer.params["condition"])
    if condition is None or condition[0] is None:
        return None
    return 0 if condition[0] else 1


def infer_conditional_output(layer: Layer) -> list[Shape]:
    """Conditional Output: a dimension is known where both branches agree on it.

    Where the condition can be computed, the shape is that of the branch it chooses.
    """
    then, other = input_tensor(layer).shape, input_tensor(layer, 1).shape
    branch = _chosen_branch(layer)
    if branch is not None:
        return [(then, other)[branch]]
    require(len(then) == len(other), "the branches of a conditional differ in rank")
    return [tuple(a if a == b else -1 for a, b in zip(then, other, strict=True))]


def fold_conditional_output(layer: Layer) -> Array:
    """What both branches give, or the one that a known condition chooses."""
    branch = _chosen_branch(layer)
    if branch is not None:
        return input_values(layer, branch)
    then, other = input_values(layer), input_values(layer, 1)
    if then.shape != other.shape:
        raise NotComputableError
    calc = Calculator(layer.network)
    what = calc.atom("condition", id(layer.params["condition"]))
    pairs = zip(then.reshape(-1), other.reshape(-1), strict=True)
    return elements(selected(calc, what, a, b) for a, b in pairs)


def infer_iterator(layer: Layer) -> list[Shape]:
    """Iterator: the tensor without the dimension iterated over."""
    shape, axis = input_tensor(layer).shape, layer.params["axis"]
    if not 0 <= axis < len(shape):
        refuse(f"iterator: axis {axis} is outside rank {len(shape)}")
    return [shape[:axis] + shape[axis + 1 :]]


def infer_loop_output(layer: Layer) -> list[Shape]:
    """LoopOutput: the last value, or all values along a new dimension (length: input 1)."""
    shape, axis = input_tensor(layer).shape, layer.params["axis"]
    if layer.params["mode"] == "last_value":
        return [shape]
    length = layer.input_at(1)
    return [(*shape[:axis], known_dim(length), *shape[axis:])]
