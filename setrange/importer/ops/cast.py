# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Cast and CastLike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.helpers.attributes import required_int
from setrange.importer.helpers.inputs import required
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.model.constants import DTYPE_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node


def _target(ctx: ImporterContext, node: Node) -> str:
    to = required_int(node, "to")
    return ctx.trt_dtype(DTYPE_NAMES.get(to, f"onnx{to}"))


@importer("Cast", since="7.0", source="7.0:importCast")
def cast_by_identity(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = ctx.to_tensor(required(inputs, 0))
    layer = ctx.net.add_identity(tensor, _target(ctx, node))
    return [ctx.register_layer(layer).output]


@importer("Cast", since="8.5", source="8.5-GA:importCast")
def cast_with_uint8(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """UINT8 converts from and to floating point only."""
    tensor = ctx.to_tensor(required(inputs, 0))
    target = _target(ctx, node)
    floats = ("float32", "float16")
    require(tensor.dtype != "uint8" or target in floats, "UINT8 casts to FLOAT and HALF only")
    require(target != "uint8" or tensor.dtype in floats, "only FLOAT and HALF cast to UINT8")
    return [ctx.register_layer(ctx.net.add_identity(tensor, target)).output]


@importer("Cast", since="8.6", source="8.6-GA:importCast")
def cast(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = ctx.to_tensor(required(inputs, 0))
    return [ctx.register_layer(ctx.net.add_cast(tensor, _target(ctx, node))).output]


@importer("CastLike", since="10.1", source="10.1-GA:importCastLike")
def cast_like(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = ctx.to_tensor(required(inputs, 0))
    target = ctx.to_tensor(required(inputs, 1)).dtype
    return [ctx.register_layer(ctx.net.add_cast(tensor, target)).output]
