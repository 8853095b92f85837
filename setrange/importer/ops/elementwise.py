# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Binary and variadic arithmetic."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.broadcast import (
    broadcast_tensors,
    compare_or_equal,
    elementwise_helper,
    zeros_like,
)
from setrange.importer.helpers.inputs import required
from setrange.importer.helpers.tensors import cast_helper, require_not_type, type_name
from setrange.importer.registry import importer
from setrange.importer.rejections import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Layer, Tensor
    from setrange.network.modes import ElementwiseOp


def _elementwise(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, op: ElementwiseOp
) -> Sequence[Value]:
    return elementwise_helper(ctx, inputs, op)


_OPERATIONS: dict[str, ElementwiseOp] = {
    "Add": "sum",
    "Sub": "sub",
    "Mul": "prod",
    "Div": "div",
    "Max": "max",
    "Min": "min",
    "Sum": "sum",
    "Pow": "pow",
    "TRT_FloorDiv": "floor_div",
}

for _op, _operation in _OPERATIONS.items():
    importer(_op, since="7.0", source=f"7.0:import{_op}")(partial(_elementwise, op=_operation))


def _mean(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, dtypes: Sequence[str]
) -> Sequence[Value]:
    """The sum times a constant, which has the sum's type if that is one of ``dtypes``."""
    total = ctx.to_tensor(elementwise_helper(ctx, inputs, "sum")[0])
    dtype = total.dtype if total.dtype in dtypes else "float32"
    weights = ctx.temporary(1.0 / len(inputs), dtype, (1,) * total.rank)
    scale = ctx.register_inner(ctx.net.add_constant(weights)).output
    return [ctx.register_inner(ctx.net.add_elementwise(total, scale, "prod")).output]


importer("Mean", since="7.0", source="7.0:importMean")(partial(_mean, dtypes=()))
importer("Mean", since="10.1", source="10.1-GA:importMean")(
    partial(_mean, dtypes=("float16", "bf16"))
)


@importer("Pow", since="10.10", source="10.10:importPow")
def pow_of_integer_exponent(
    ctx: ImporterContext, node: Node, inputs: list[Value]
) -> Sequence[Value]:
    """An integer exponent is cast to the base's type."""
    base, exponent = required(inputs, 0), inputs[1]
    if type_name(ctx, exponent) in ("INT32", "INT64"):
        exponent = cast_helper(ctx, ctx.to_tensor(exponent), ctx.trt_dtype(base.dtype))
    return elementwise_helper(ctx, [base, exponent], "pow")


@importer("Pow", since="10.16", source="10.16:importPow")
def pow_of_mixed_types(
    ctx: ImporterContext, node: Node, inputs: list[Value]
) -> Sequence[Value]:
    """Operands of two types are cast to FLOAT, and the result to the base's type."""
    values: list[Value] = [required(inputs, 0), required(inputs, 1)]
    dtypes = [ctx.trt_dtype(value.dtype) for value in values if value is not None]
    mixed = dtypes[0] != dtypes[1]
    if mixed:
        values = [cast_helper(ctx, ctx.to_tensor(value), "float32") for value in values]
    result = elementwise_helper(ctx, values, "pow")
    if mixed and dtypes[0] != "float32":
        result = [cast_helper(ctx, ctx.to_tensor(result[0]), dtypes[0])]
    return result


def _remainder(ctx: ImporterContext, a: Tensor, b: Tensor, quotient: Tensor) -> Layer:
    """Subtract b * quotient from a."""
    return ctx.net.add_elementwise(
        a, ctx.net.add_elementwise(b, quotient, "prod").output, "sub"
    )


@importer("Mod", since="8.5", source="10.10:importMod")
def mod(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    require_not_type(ctx, required(inputs, 0), "UINT8")
    a = ctx.to_tensor(inputs[0])
    a, b = broadcast_tensors(ctx, a, ctx.to_tensor(required(inputs, 1)))
    fmod = node.attr_int("fmod") != 0
    integer = a.dtype in ("int32", "int64")
    require(fmod or integer, "Mod without fmod takes integers only")
    if integer:
        quotient = ctx.net.add_elementwise(a, b, "div" if fmod else "floor_div").output
        return [ctx.register_layer(_remainder(ctx, a, b, quotient)).output]
    quotient = ctx.to_tensor(elementwise_helper(ctx, [a, b], "div")[0])
    down = _remainder(ctx, a, b, ctx.net.add_unary(quotient, "floor").output).output
    up = _remainder(ctx, a, b, ctx.net.add_unary(quotient, "ceil").output).output
    zero = zeros_like(ctx, quotient)
    positive = ctx.to_tensor(compare_or_equal(ctx, quotient, zero, "greater")[0])
    return [ctx.register_layer(ctx.net.add_select(positive, down, up)).output]
