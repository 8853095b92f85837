# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Scale layers, which take 4-D and 5-D tensors only.

Source: onnx/onnx-tensorrt: onnx2trt_utils.cpp (to 8.6), importerUtils.cpp (10.x): scaleHelper.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from setrange.importer.helpers.tensors import reshape_tensor, unsqueeze_tensor
from setrange.importer.shape_tensor import (
    concat,
    gather,
    iota_shape_vector,
    product,
    reshape,
    shape_of,
)

if TYPE_CHECKING:
    from setrange.importer.context import ImporterContext
    from setrange.model.weights import Weights
    from setrange.network import Tensor

__all__ = ["scale_channels", "scale_channels_7"]


def _scale(ctx: ImporterContext, tensor: Tensor, shift: Weights, scale: Weights) -> Tensor:
    layer = ctx.net.add_scale(tensor, "channel", shift, scale, None)
    return ctx.register_layer(layer).output


def scale_channels(
    ctx: ImporterContext, tensor: Tensor, shift: Weights, scale: Weights
) -> Tensor:
    """Scale and shift each channel (7.2 on)."""
    shape = shape_of(ctx, tensor)
    rank = len(shape)
    if rank in (4, 5):
        return _scale(ctx, tensor, shift, scale)
    if rank < 4:
        tensor = unsqueeze_tensor(ctx, tensor, range(rank, 4))
    else:
        rest = product(ctx, shape, 3, rank, 1)
        head = gather(ctx, shape, iota_shape_vector(3))
        tensor = reshape(ctx, tensor, concat(ctx, head, rest))
    return reshape(ctx, _scale(ctx, tensor, shift, scale), shape)


def scale_channels_7(
    ctx: ImporterContext, tensor: Tensor, shift: Weights, scale: Weights
) -> Tensor:
    """Scale and shift each channel (7.0 and 7.1: reshapes to known dimensions only)."""
    shape = tensor.shape
    rank = len(shape)
    if rank in (4, 5):
        return _scale(ctx, tensor, shift, scale)
    flat = (*shape, *[1] * (4 - rank)) if rank < 4 else (*shape[:3], math.prod(shape[3:]))
    return reshape_tensor(
        ctx, _scale(ctx, reshape_tensor(ctx, tensor, flat), shift, scale), shape
    )
