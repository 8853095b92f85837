# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Layers that count along one axis of a shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.helpers.tensors import cast_helper

if TYPE_CHECKING:
    from setrange.importer.context import ImporterContext
    from setrange.importer.shape_tensor import ShapeTensor
    from setrange.network import Tensor

__all__ = ["iota"]


def iota(ctx: ImporterContext, dims: ShapeTensor, axis: int) -> Tensor:
    """Positions along ``axis`` in a tensor of shape ``dims`` (``iota``, 8.5 on)."""
    layer = ctx.net.add_fill(None, "linspace")
    start = ctx.add_constant(0, "int32", ())
    delta = [int(i == axis) for i in range(len(dims))]
    step = ctx.add_constant(delta, "int32", (len(dims),))
    # The parser passes the dimensions by value: their tensor is made anew each time.
    layer.set_input(0, dims.copy().tensor(ctx))
    layer.set_input(1, start)
    layer.set_input(2, step)
    layer.output.dtype = "int32"
    counted = ctx.register_helper(layer, "ONNXTRT_iota").output
    return cast_helper(ctx, counted, "int64") if ctx.profile.native_int64 else counted
