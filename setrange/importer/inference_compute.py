# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Output shapes of layers that compute: windows, matrix products, normalization.

Same contract as ``inference``: one function per layer kind, -1 is unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.inference import broadcast_shapes, tensor_in
from setrange.importer.rejections import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.model.weights import Weights
    from setrange.network.graph import Layer, Shape

__all__ = [
    "infer_attention",
    "infer_convolution",
    "infer_deconvolution",
    "infer_dynamic_quantize",
    "infer_einsum",
    "infer_fully_connected",
    "infer_matrix_multiply",
    "infer_normalization",
    "infer_padding",
    "infer_pooling",
    "infer_scale",
    "window_extent",
]


def infer_matrix_multiply(layer: Layer) -> list[Shape]:
    """Matrix Multiply; ``op0``/``op1`` are ``none``, ``transpose`` or ``vector``."""
    a, b = tensor_in(layer).shape, tensor_in(layer, 1).shape
    op0, op1 = layer.params["op0"], layer.params["op1"]
    for shape, op in ((a, op0), (b, op1)):
        need = 1 if op == "vector" else 2
        require(len(shape) >= need, f"matrix multiply: {op} needs rank {need} or more")
    rows: Shape = ()
    cols: Shape = ()
    if op0 == "vector":
        batch_a, ka = a[:-1], a[-1]
    else:
        batch_a = a[:-2]
        rows, ka = ((a[-1],), a[-2]) if op0 == "transpose" else ((a[-2],), a[-1])
    if op1 == "vector":
        batch_b, kb = b[:-1], b[-1]
    else:
        batch_b = b[:-2]
        cols, kb = ((b[-2],), b[-1]) if op1 == "transpose" else ((b[-1],), b[-2])
    # Vectors of another length are found by the builder, not when the layer is added.
    vector = "vector" in (op0, op1)
    require(
        vector or ka == kb or -1 in (ka, kb),
        f"matrix multiply: inner dimensions {ka} and {kb} differ",
    )
    require(len(batch_a) == len(batch_b), "matrix multiply: inputs differ in rank")
    return [broadcast_shapes([batch_a, batch_b], "matrix multiply") + rows + cols]


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


def _require_extent(layer: Layer, dimension: int, size: int, extent: int) -> None:
    """Refuse an output that a window of known input ``size`` leaves nothing of."""
    require(
        size < 0 or extent > 0,
        f"{layer.kind.value}: spatial output dimension {dimension} is {extent}",
    )


def _spatial(layer: Layer, shape: Shape) -> Shape:
    p = layer.params
    n = len(p["kernel_size"])
    zeros, ones = (0,) * n, (1,) * n
    out = []
    for i in range(n):
        extent = window_extent(
            shape[len(shape) - n + i],
            p["kernel_size"][i],
            p.get("stride", ones)[i],
            p.get("dilation", ones)[i],
            p.get("pre_padding", zeros)[i] + p.get("post_padding", zeros)[i],
            p.get("padding_mode", "explicit_round_down"),
        )
        _require_extent(layer, i, shape[len(shape) - n + i], extent)
        out.append(extent)
    return tuple(out)


def infer_convolution(layer: Layer) -> list[Shape]:
    """Convolution: ``maps`` output channels."""
    shape = tensor_in(layer).shape
    n = len(layer.params["kernel_size"])
    return [(*shape[: len(shape) - n - 1], layer.params["maps"], *_spatial(layer, shape))]


def infer_pooling(layer: Layer) -> list[Shape]:
    """Pooling: channels stay."""
    shape = tensor_in(layer).shape
    n = len(layer.params["kernel_size"])
    require(n in (2, 3) and len(shape) > n, f"pooling: {n} dimensions of {len(shape)}")
    return [shape[: len(shape) - n] + _spatial(layer, shape)]


def infer_deconvolution(layer: Layer) -> list[Shape]:
    """Deconvolution. Source: NvInfer.h 8.6, IDeconvolutionLayer."""
    shape = tensor_in(layer).shape
    p = layer.params
    n = len(p["kernel_size"])
    zeros, ones = (0,) * n, (1,) * n
    mode = p.get("padding_mode", "explicit_round_down")
    out = []
    for i in range(n):
        size = shape[len(shape) - n + i]
        stride = p.get("stride", ones)[i]
        extent = p.get("dilation", ones)[i] * (p["kernel_size"][i] - 1) + 1
        if size < 0:
            out.append(-1)
        elif mode in ("same_upper", "same_lower"):
            out.append(size * stride)
        else:
            padding = p.get("pre_padding", zeros)[i] + p.get("post_padding", zeros)[i]
            out.append((size - 1) * stride + extent - padding)
        _require_extent(layer, i, size, out[-1])
    return [(*shape[: len(shape) - n - 1], p["maps"], *tuple(out))]


def infer_fully_connected(layer: Layer) -> list[Shape]:
    """Fully Connected: the last three dimensions become (maps, 1, 1)."""
    shape = tensor_in(layer).shape
    return [(*shape[:-3], layer.params["maps"], 1, 1)]


def infer_padding(layer: Layer) -> list[Shape]:
    """Padding: the last two dimensions grow, or shrink where a padding is negative."""
    shape = tensor_in(layer).shape
    require(len(shape) >= 3, f"padding: the input has {len(shape)} dimensions, 3 are needed")
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
    tensors = [tensor_in(layer, i) for i in range(len(layer.inputs))]
    require(
        len(inputs) == len(tensors),
        f"einsum: the equation names {len(inputs)} inputs, the layer has {len(tensors)}",
    )
    sizes: dict[str, int] = {}
    for subscripts, tensor in zip(inputs, tensors, strict=True):
        require("." not in subscripts, "einsum: TensorRT does not support ellipses")
        require(
            len(subscripts) == tensor.rank,
            f"einsum: {subscripts!r} does not fit a tensor of rank {tensor.rank}",
        )
        for letter, size in zip(subscripts, tensor.shape, strict=True):
            known = sizes.get(letter, -1)
            require(
                known in (-1, 1, size) or size in (-1, 1),
                f"einsum: dimension {letter!r} is {known} and {size}",
            )
            sizes[letter] = size if known in (-1, 1) and size >= 0 else known
    wanted = output if arrow else _einsum_output(inputs)
    require(
        all(letter in sizes for letter in wanted), f"einsum: no input has all of {wanted!r}"
    )
    return [tuple(sizes[letter] for letter in wanted)]


def infer_attention(layer: Layer) -> list[Shape]:
    """AttentionInput: as the queries, but for the size of the values' heads."""
    return [(*tensor_in(layer).shape[:3], tensor_in(layer, 2).shape[3])]


def infer_normalization(layer: Layer) -> list[Shape]:
    """Normalization: the input's shape; scale and bias have its rank."""
    shape = tensor_in(layer).shape
    ranks = {tensor_in(layer, i).rank for i in (1, 2)}
    require(ranks == {len(shape)}, "normalization: scale and bias must have the input's rank")
    return [shape]


def infer_scale(layer: Layer) -> list[Shape]:
    """Scale: as the input; weights per channel tell a number of channels that is unknown."""
    shape = tensor_in(layer).shape
    weights: Weights | None = layer.params["scale"]
    if layer.params["mode"] != "channel" or weights is None or len(shape) < 4 or shape[1] >= 0:
        return [shape]
    return [(shape[0], weights.count, *shape[2:])]


def infer_dynamic_quantize(layer: Layer) -> list[Shape]:
    """DynamicQuantize: the quantized data, and one scale per block of ``axis``."""
    shape = tensor_in(layer).shape
    axis, block = layer.params["axis"], layer.params["block_size"]
    scales = [
        -(-size // block) if i == axis and size >= 0 else size for i, size in enumerate(shape)
    ]
    return [shape, tuple(scales)]
