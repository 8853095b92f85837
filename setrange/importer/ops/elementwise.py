# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ops that work element by element: arithmetic, comparisons, unary functions, selections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer import shape_tensor as st
from setrange.importer.registry import history, since
from setrange.importer.rejections import require

if TYPE_CHECKING:
    from setrange.importer.op_types import Given, OpContext, Outputs, Tensor, Value
    from setrange.importer.shape_tensor import ShapeTensor
    from setrange.network.modes import ElementwiseOp, UnaryOp


def _elementwise(ctx: OpContext, *values: Value, op: ElementwiseOp) -> Outputs:
    return ctx.elementwise(op, *values)


def _compare_or_equal(
    ctx: OpContext, a: Given, b: Given, *, op: ElementwiseOp, first: bool
) -> Outputs:
    """``first``: constants become tensors first, the second operand's before the first's."""
    if not first:
        return ctx.compare_or_equal(a, b, op)
    second = ctx.to_tensor(b)
    return ctx.compare_or_equal(ctx.to_tensor(a), second, op)


def _mean(ctx: OpContext, *values: Value, types: tuple[str, ...]) -> Outputs:
    """The sum times a constant, which has the sum's type if that is one of ``types``."""
    total = ctx.elementwise("sum", *values)
    dtype = total.dtype if total.dtype in types else "float32"
    weights = ctx.temporary(1.0 / len(values), dtype, (1,) * total.rank)
    scale = ctx.inner(ctx.net.add_constant(weights))
    return ctx.inner(ctx.net.add_elementwise(total, scale, "prod"))


def _pow_of_integers(ctx: OpContext, base: Given, exponent: Given) -> Outputs:
    """An integer exponent is cast to the base's type."""
    if ctx.type_name(exponent) in ("INT32", "INT64"):
        exponent = ctx.cast(ctx.to_tensor(exponent), ctx.trt_dtype(base.dtype))
    return ctx.elementwise("pow", base, exponent)


def _pow_of_mixed_types(ctx: OpContext, base: Given, exponent: Given) -> Outputs:
    """Operands of two types are cast to FLOAT, and the result to the base's type."""
    dtype = ctx.trt_dtype(base.dtype)
    if dtype == ctx.trt_dtype(exponent.dtype):
        return ctx.elementwise("pow", base, exponent)
    operands = [ctx.cast(ctx.to_tensor(value), "float32") for value in (base, exponent)]
    result = ctx.elementwise("pow", *operands)
    return result if dtype == "float32" else ctx.cast(result, dtype)


def _mod(ctx: OpContext, a: Tensor, b: Tensor) -> Outputs:
    a, b = ctx.broadcast(a, b)
    fmod = ctx.node.attr_int("fmod") != 0
    integer = a.dtype in ("int32", "int64")
    require(fmod or integer, "Mod without fmod takes integers only")
    net = ctx.net
    if integer:
        quotient = ctx.combine(a, b, "div" if fmod else "floor_div")
        return ctx.main(net.add_elementwise(a, ctx.combine(b, quotient, "prod"), "sub"))
    quotient = ctx.elementwise("div", a, b)

    def remainder(rounding: UnaryOp) -> Tensor:
        whole = net.add_unary(quotient, rounding).output
        return ctx.combine(a, ctx.combine(b, whole, "prod"), "sub")

    down, up = remainder("floor"), remainder("ceil")
    positive = ctx.compare_or_equal(quotient, ctx.zeros_like(quotient), "greater")
    return ctx.main(net.add_select(positive, down, up))


def _unary(ctx: OpContext, x: Given, *, op: UnaryOp) -> Outputs:
    return ctx.unary(x, op)


_UNARIES = (
    "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Cos", "Cosh", "Erf",
    "Exp", "Floor", "Log", "Neg", "Not", "Reciprocal", "Round", "Sign", "Sin", "Sinh", "Sqrt",
    "Tan",
)  # fmt: skip


def _is_inf(ctx: OpContext, x: Tensor, *, float_only: bool) -> Outputs:
    """Unary IsInf, and a comparison with zero where only one sign counts."""
    negative = ctx.node.attr_int("detect_negative", 1) != 0
    positive = ctx.node.attr_int("detect_positive", 1) != 0
    if negative and positive:
        taken = not float_only or x.dtype in ("float32", "float16")
        require(taken, "IsInf takes FLOAT and HALF inputs only")
        return ctx.unary(x, "isinf")
    zero = ctx.add_constant(0.0, "float32", (1,) * x.rank)
    net = ctx.net
    if negative or positive:
        first = ctx.inner(net.add_elementwise(x, zero, "less" if negative else "greater"))
        second = ctx.inner(net.add_unary(x, "isinf"))
    else:
        first = ctx.inner(net.add_elementwise(x, zero, "greater"))
        second = ctx.inner(net.add_elementwise(x, zero, "less"))
    return ctx.inner(net.add_elementwise(first, second, "and"))


def _is_nan(ctx: OpContext, x: Given) -> Outputs:
    """Not (x == x)."""
    return ctx.unary(ctx.elementwise("equal", x, x), "not")


def _where(
    ctx: OpContext, condition: Tensor, x: Tensor, y: Tensor, *, refused: str, one_type: bool
) -> Outputs:
    ctx.refuse_types(x, refused)
    ctx.refuse_types(y, refused)
    require(not one_type or x.dtype == y.dtype, "Where takes operands of one type only")
    x, y, condition = ctx.broadcast(x, y, condition)
    return ctx.main(ctx.net.add_select(condition, x, y))


def _iota(ctx: OpContext, dims: ShapeTensor, axis: int) -> Tensor:
    """Positions along ``axis`` in a tensor of shape ``dims`` (``iota``)."""
    layer = ctx.net.add_fill(None, "linspace")
    start = ctx.add_constant(0, "int32", ())
    delta = [int(i == axis) for i in range(len(dims))]
    step = ctx.add_constant(delta, "int32", (len(dims),))
    # The parser passes the dimensions by value: their tensor is made again each time.
    layer.set_input(0, dims.copy().tensor(ctx))
    layer.set_input(1, start)
    layer.set_input(2, step)
    layer.output.dtype = "int32"
    counted = ctx.register_helper(layer, "ONNXTRT_iota").output
    return ctx.cast(counted, "int64") if ctx.profile.native_int64 else counted


def _trilu(ctx: OpContext, data: Tensor, *, max_rank: int) -> Outputs:
    """Select the data or 0 by comparing row numbers with column numbers."""
    rank = data.rank
    require(2 <= rank <= max_rank, f"Trilu does not take inputs of rank {rank}")
    dims = st.shape_of(ctx, data)
    columns = st.gather(ctx, dims, st.shape_vector(rank - 1))
    grid = st.concat(ctx, st.gather(ctx, dims, st.shape_vector(rank - 2)), columns)
    rows, cols = _iota(ctx, grid, 0), _iota(ctx, grid, 1)
    zero = ctx.zeros_like(data)
    if len(ctx.inputs) == 2:
        cols = ctx.elementwise("sub", cols, ctx.to_tensor(ctx.inputs[1]))
    if rank > 2:
        batch = range(rank - 2)
        rows, cols = ctx.unsqueeze(rows, batch), ctx.unsqueeze(cols, batch)
    # The parser's default is the lower triangle, ONNX's is the upper.
    op: ElementwiseOp = "less" if ctx.node.attr_int("upper") else "greater"
    kept = ctx.compare_or_equal(rows, cols, op)
    return ctx.inner(ctx.net.add_select(kept, data, zero))


# -- change log -------------------------------------------------------------------------

_ELEMENTWISE = {
    "Add": "sum", "And": "and", "Div": "div", "Equal": "equal", "Greater": "greater",
    "Less": "less", "Max": "max", "Min": "min", "Mul": "prod", "Or": "or", "Sub": "sub",
    "Sum": "sum", "TRT_FloorDiv": "floor_div",
}  # fmt: skip
for _name, _op in _ELEMENTWISE.items():
    history(_name, since("7.0", _elementwise, op=_op))
history("Xor", since("8.4", _elementwise, op="xor"))
for _name, _op in {"GreaterOrEqual": "greater", "LessOrEqual": "less"}.items():
    history(
        _name, since("7.2", _compare_or_equal, op=_op, first=False), since("8.5", first=True)
    )
history("Mean", since("7.0", _mean, types=()), since("10.1", types=("float16", "bf16")))
history(
    "Pow",
    since("7.0", _elementwise, op="pow"),
    since("10.10", _pow_of_integers),
    since("10.16", _pow_of_mixed_types),
)
history("Mod", since("8.5", _mod, refuses="UINT8"))
for _name in _UNARIES:
    _op = "recip" if _name == "Reciprocal" else _name.lower()
    history(_name, since("8.2" if _name in ("Round", "Sign") else "7.0", _unary, op=_op))
history("IsInf", since("8.6", _is_inf, float_only=True), since("10.1", float_only=False))
history("IsNaN", since("8.2", _is_nan), since("10.1", _unary, op="isnan"))
history(
    "Where",
    since("7.0", _where, refused="BOOL", one_type=True),
    since("8.2", one_type=False),
    since("8.5", refused="UINT8"),
)
history("Trilu", since("8.5", _trilu, max_rank=3, refuses="UINT8"), since("8.6", max_rank=8))
