# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Fill layers: ranges and random tensors of a shape that may be dynamic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.shape_tensor import (
    ShapeTensor,
    set_shape_input,
    to_dims,
)

if TYPE_CHECKING:
    from setrange.importer.context import ImporterContext
    from setrange.network import Layer
    from setrange.network.modes import FillOp

#: Largest dimension of a Fill layer.
_MAX_DIM = 2**31 - 1

__all__ = ["add_fill"]


def add_fill(ctx: ImporterContext, shape: ShapeTensor, op: FillOp, **params: float) -> Layer:
    """Add a Fill layer of ``shape`` (a vector); ``op`` as in ``NetworkBuilder.add_fill``."""
    dims = to_dims(ctx, shape, "fill output", 0, _MAX_DIM)
    layer = ctx.net.add_fill(dims, op, **params)
    set_shape_input(ctx, layer, 0, shape)
    return ctx.register_helper(layer, "ONNXTRT_ShapeFill")
