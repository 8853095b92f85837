# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Quantize and Dequantize layers, and the checks on their scales and zero points.

Source: onnx/onnx-tensorrt 8.0-GA to 10.10: QuantDequantLinearHelper, shiftIsAllZeros,
createZeroShifts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from setrange.importer.rejections import require

if TYPE_CHECKING:
    from setrange.importer.context import ImporterContext
    from setrange.model.weights import Weights
    from setrange.network import Layer, Shape, Tensor

__all__ = ["add_quantization", "require_positive", "require_zeros", "zeros"]


def require_positive(scale: Weights) -> None:
    """Refuse scales that are not all positive."""
    require(scale.count > 0, "the scale has no values")
    require(bool((scale.data() > 0).all()), "all scales must be positive")


def require_zeros(zero_point: Weights, *, bytes_read: int | None = None) -> None:
    """Refuse zero points that are not zero; ``bytes_read``: how much is looked at."""
    data = zero_point.data()
    seen = np.ascontiguousarray(data).reshape(-1).view(np.uint8)[:bytes_read]
    require(not seen.any(), "TensorRT quantizes symmetrically only: every zero point must be 0")


def zeros(ctx: ImporterContext, shape: Shape) -> Weights:
    """FLOAT zeros that stand for a zero point; a temporary."""
    return ctx.repeated(0, "float32", shape)


def add_quantization(
    ctx: ImporterContext,
    tensor: Tensor,
    scale: Tensor,
    zero_point: Tensor | None,
    dtype: str,
    *,
    axis: int,
    dequantize: bool,
) -> Layer:
    """A Quantize or Dequantize layer whose output is of type ``dtype``."""
    add = ctx.net.add_dequantize if dequantize else ctx.net.add_quantize
    layer = add(tensor, scale, dtype, axis=axis)
    if zero_point is not None:
        layer.set_input(2, zero_point)
    return layer
