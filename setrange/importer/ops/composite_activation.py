# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Activations that are several layers: Celu, HardSwish, Mish, Shrink."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.broadcast import (
    activation_helper,
    broadcast_tensors,
    elementwise_helper,
    equal_ranks,
)
from setrange.importer.helpers.inputs import required
from setrange.importer.helpers.tensors import cast_helper
from setrange.importer.registry import importer
from setrange.importer.rejections import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Tensor
    from setrange.network.modes import ElementwiseOp


def _celu(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, scale_op: ElementwiseOp
) -> Sequence[Value]:
    """max(0, x) + min(0, alpha * (exp(x / alpha) - 1)); ``scale_op`` stands for the ``*``."""
    value = required(inputs, 0)
    constants = [
        ctx.temporary(v, "float32", ()) for v in (0.0, 1.0, node.attr_float("alpha", 1.0))
    ]
    x, zero, one, alpha = equal_ranks(ctx, [value, *constants])
    require(x.dtype != "bool", "Celu does not take BOOL inputs")

    def combine(a: Tensor, b: Tensor, op: ElementwiseOp) -> Tensor:
        return ctx.register_layer(ctx.net.add_elementwise(a, b, op)).output

    ratio = combine(x, alpha, "div")
    power = ctx.register_layer(ctx.net.add_unary(ratio, "exp")).output
    above = combine(x, zero, "max")
    scaled = combine(alpha, combine(power, one, "sub"), scale_op)
    return [combine(above, combine(zero, scaled, "min"), "sum")]


# Up to 8.2 the parser raises alpha to the power, where it should multiply.
importer("Celu", since="7.2", source="7.2.1:importCelu")(partial(_celu, scale_op="pow"))
importer("Celu", since="8.4", source="8.4-GA:importCelu")(partial(_celu, scale_op="prod"))


def _hard_swish(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, dtypes: Sequence[str] | None
) -> Sequence[Value]:
    """Multiply x by hard_sigmoid(x); ``dtypes`` = ``None``: any but BOOL."""
    x = ctx.to_tensor(required(inputs, 0))
    valid = x.dtype in dtypes if dtypes is not None else x.dtype != "bool"
    require(valid, f"HardSwish does not take inputs of type {x.dtype}")
    return elementwise_helper(
        ctx, [x, *activation_helper(ctx, inputs, "hard_sigmoid", 1 / 6, 0.5)], "prod"
    )


importer("HardSwish", since="8.4", source="8.4-GA:importHardSwish")(
    partial(_hard_swish, dtypes=None)
)
importer("HardSwish", since="8.5", source="8.5-GA:importHardSwish")(
    partial(_hard_swish, dtypes=("float32", "float16", "int8"))
)


@importer("Mish", since="10.1", source="10.1-GA:importMish")
def mish(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """Multiply x by tanh(softplus(x))."""
    x = ctx.to_tensor(required(inputs, 0))
    require(x.dtype in ("float32", "float16"), "Mish takes FLOAT and HALF inputs only")
    softplus = activation_helper(ctx, inputs, "softplus")
    return elementwise_helper(ctx, [x, *activation_helper(ctx, softplus, "tanh")], "prod")


@importer("Swish", since="11.4", source="11.4:importSwish")
def swish(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """Multiply x by sigmoid(alpha * x)."""
    x = ctx.to_tensor(required(inputs, 0))
    require(x.is_float, f"Swish does not take inputs of type {x.dtype}")
    constant = ctx.add_constant([node.attr_float("alpha", 1.0)], "float32", (1,))
    alpha, x = broadcast_tensors(ctx, cast_helper(ctx, constant, x.dtype), x)
    scaled = ctx.register_layer(ctx.net.add_elementwise(alpha, x, "prod")).output
    gate = ctx.register_layer(ctx.net.add_activation(scaled, "sigmoid")).output
    return [ctx.register_layer(ctx.net.add_elementwise(x, gate, "prod")).output]


def _shrink(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, dtypes: Sequence[str]
) -> Sequence[Value]:
    """Select between x - bias, x + bias and 0, in FLOAT."""
    x = ctx.to_tensor(required(inputs, 0))
    original = x.dtype
    require(original in dtypes, f"Shrink does not take inputs of type {original}")
    x = cast_helper(ctx, x, "float32")
    limit = node.attr_float("lambd", 0.5)

    def constant(number: float) -> Tensor:
        return broadcast_tensors(ctx, ctx.add_constant(number, "float32", ()), x)[0]

    def combine(other: Tensor, op: ElementwiseOp) -> Tensor:
        return ctx.to_tensor(elementwise_helper(ctx, [x, other], op)[0])

    high, low = constant(limit), constant(-limit)
    bias, zero = constant(node.attr_float("bias", 0.0)), constant(0.0)
    above, reduced = combine(high, "greater"), combine(bias, "sub")
    inner = ctx.register_inner(ctx.net.add_select(above, reduced, zero)).output
    below, raised = combine(low, "less"), combine(bias, "sum")
    layer = ctx.register_layer(ctx.net.add_select(below, raised, inner))
    return [cast_helper(ctx, layer.output, original)]


importer("Shrink", since="8.4", source="8.4-GA:importShrink")(
    partial(_shrink, dtypes=("float32", "float16", "int32"))
)
importer("Shrink", since="8.5", source="10.10:importShrink")(
    partial(_shrink, dtypes=("float32", "float16", "int8", "int32", "int64"))
)
