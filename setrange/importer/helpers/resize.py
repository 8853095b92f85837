# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What Resize and Upsample share: scales as parameters or as dimensions computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.rejections import require
from setrange.importer.shape_tensor import shape_of
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.network import Layer, Tensor

__all__ = ["require_scalable", "resize_shape", "set_scales"]

#: Innermost dimensions that an interpolation may scale.
_SCALABLE = {"linear": 3, "cubic": 2}


def resize_shape(ctx: ImporterContext, tensor: Tensor, scales: Value) -> Tensor:
    """Compute the output dimensions from scales in the network (``resizeShapeTensor``)."""
    prefix = "ONNXTRT_resizeShapeTensor_"
    net = ctx.net
    cast = net.add_cast if ctx.profile.cast_layers else net.add_identity
    as_float = cast(shape_of(ctx, tensor).tensor(ctx), "float32")
    ctx.register_helper(as_float, f"{prefix}floatCast")
    product = net.add_elementwise(ctx.to_tensor(scales), as_float.output, "prod")
    ctx.register_helper(product, f"{prefix}prod")
    floor = net.add_unary(product.output, "floor")
    ctx.register_helper(floor, f"{prefix}floor")
    as_int = cast(floor.output, "int32")
    return ctx.register_helper(as_int, f"{prefix}intCast").output


def require_scalable(mode: str, scales: Sequence[float], count: int) -> None:
    """Refuse scales of the outer dimensions; ``count`` scales are looked at."""
    inner = _SCALABLE.get(mode)
    if inner is not None:
        outer = scales[: max(count - inner, 0)]
        require(
            all(s == 1 for s in outer),
            f"{mode} resizing scales the innermost {inner} dimensions only",
        )


def _scale_values(scales: Weights, rank: int) -> list[float]:
    require(scales.rank == 1, "the scales must be 1-D")
    require(scales.count == rank, f"{scales.count} scales for a tensor of rank {rank}")
    return scales.floats()


def set_scales(
    ctx: ImporterContext, layer: Layer, tensor: Tensor, scales: Value, mode: str
) -> None:
    """Scales as parameters if they are weights, else dimensions computed in the network."""
    if isinstance(scales, Weights):
        values = _scale_values(scales, tensor.rank)
        require_scalable(mode, values, len(values))
        layer.set_params(scales=tuple(values))
    else:
        layer.set_input(1, resize_shape(ctx, tensor, scales))
