# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Activations: those of one layer, those of several, PRelu and Clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.op_context import NUMPY_BROADCAST
from setrange.importer.registry import history, since
from setrange.importer.rejections import refuse, require
from setrange.model.weights import Weights
from setrange.network import LayerKind

if TYPE_CHECKING:
    from setrange.importer.op_types import Given, OpContext, Outputs, Tensor
    from setrange.network.modes import ActivationOp, ElementwiseOp

#: Attributes by their defaults; ``None``: the node must say.
Attributes = dict[str, "float | None"]


def _activation(
    ctx: OpContext, x: Given, *, op: ActivationOp, attributes: Attributes
) -> Outputs:
    values = [
        ctx.required_float(name) if default is None else ctx.node.attr_float(name, default)
        for name, default in attributes.items()
    ]
    return ctx.activation(x, op, *values)


ACTIVATIONS: dict[str, tuple[ActivationOp, Attributes]] = {
    "Elu": ("elu", {"alpha": 1.0}),
    "HardSigmoid": ("hard_sigmoid", {"alpha": 0.2, "beta": 0.5}),
    "LeakyRelu": ("leaky_relu", {"alpha": 0.01}),
    "ParametricSoftplus": ("softplus", {"alpha": None, "beta": None}),
    "Relu": ("relu", {}),
    "ScaledTanh": ("scaled_tanh", {"alpha": None, "beta": None}),
    "Selu": ("selu", {"alpha": 1.6732, "gamma": 1.0507}),
    "Sigmoid": ("sigmoid", {}),
    "Softplus": ("softplus", {}),
    "Softsign": ("softsign", {}),
    "Tanh": ("tanh", {}),
    "ThresholdedRelu": ("thresholded_relu", {"alpha": 1.0}),
}


def _gelu(ctx: OpContext, x: Given) -> Outputs:
    approximate = ctx.node.attr_str("approximate", "none")
    kinds: dict[str, ActivationOp] = {"none": "gelu_erf", "tanh": "gelu_tanh"}
    kind = kinds.get(approximate)
    if kind is None:
        refuse(f"Gelu does not know the approximation {approximate!r}")
    return ctx.activation(x, kind)


def _prelu(ctx: OpContext, x: Tensor, slope: Tensor, *, any_opset: bool) -> Outputs:
    """``any_opset``: before opset 7 a slope of another rank is left as it is."""
    ctx.refuse_types(x, "INT32", "INT64")
    ctx.refuse_types(slope, "INT32", "INT64")
    require(len(ctx.inputs) == 2, "PRelu takes two inputs")
    if not any_opset or ctx.opset >= NUMPY_BROADCAST:
        x, slope = ctx.broadcast(x, slope)
    return ctx.main(ctx.net.add(LayerKind.PARAMETRIC_RELU, [x, slope]))


def _celu(ctx: OpContext, x: Given, *, scale_op: ElementwiseOp) -> Outputs:
    """max(0, x) + min(0, alpha * (exp(x / alpha) - 1)); ``scale_op`` stands for the ``*``."""
    numbers = (0.0, 1.0, ctx.node.attr_float("alpha", 1.0))
    constants = [ctx.temporary(number, "float32", ()) for number in numbers]
    data, zero, one, alpha = ctx.equal_ranks([x, *constants])
    require(data.dtype != "bool", "Celu does not take BOOL inputs")

    def combine(a: Tensor, b: Tensor, op: ElementwiseOp) -> Tensor:
        return ctx.main(ctx.net.add_elementwise(a, b, op))

    power = ctx.main(ctx.net.add_unary(combine(data, alpha, "div"), "exp"))
    above = combine(data, zero, "max")
    scaled = combine(alpha, combine(power, one, "sub"), scale_op)
    return combine(above, combine(zero, scaled, "min"), "sum")


def _hard_swish(ctx: OpContext, x: Given, *, types: tuple[str, ...]) -> Outputs:
    """Multiply x by hard_sigmoid(x); without ``types``: of any type but BOOL."""
    tensor = ctx.to_tensor(x)
    valid = tensor.dtype in types if types else tensor.dtype != "bool"
    require(valid, f"HardSwish does not take inputs of type {tensor.dtype}")
    return ctx.elementwise("prod", tensor, ctx.activation(x, "hard_sigmoid", 1 / 6, 0.5))


def _mish(ctx: OpContext, x: Given) -> Outputs:
    """Multiply x by tanh(softplus(x))."""
    tensor = ctx.to_tensor(x)
    require(tensor.dtype in ("float32", "float16"), "Mish takes FLOAT and HALF inputs only")
    gate = ctx.activation(ctx.activation(x, "softplus"), "tanh")
    return ctx.elementwise("prod", tensor, gate)


def _swish(ctx: OpContext, x: Tensor) -> Outputs:
    """Multiply x by sigmoid(alpha * x)."""
    require(x.is_float, f"Swish does not take inputs of type {x.dtype}")
    constant = ctx.add_constant([ctx.node.attr_float("alpha", 1.0)], "float32", (1,))
    alpha, x = ctx.broadcast(ctx.cast(constant, x.dtype), x)
    scaled = ctx.main(ctx.net.add_elementwise(alpha, x, "prod"))
    gate = ctx.main(ctx.net.add_activation(scaled, "sigmoid"))
    return ctx.main(ctx.net.add_elementwise(x, gate, "prod"))


def _shrink(ctx: OpContext, x: Tensor, *, types: tuple[str, ...]) -> Outputs:
    """Select between x - bias, x + bias and 0, in FLOAT."""
    original = x.dtype
    require(original in types, f"Shrink does not take inputs of type {original}")
    x = ctx.cast(x, "float32")
    limit = ctx.node.attr_float("lambd", 0.5)

    def constant(number: float) -> Tensor:
        return ctx.broadcast(ctx.add_constant(number, "float32", ()), x)[0]

    high, low = constant(limit), constant(-limit)
    bias, zero = constant(ctx.node.attr_float("bias", 0.0)), constant(0.0)
    above, reduced = ctx.elementwise("greater", x, high), ctx.elementwise("sub", x, bias)
    inner = ctx.inner(ctx.net.add_select(above, reduced, zero))
    below, raised = ctx.elementwise("less", x, low), ctx.elementwise("sum", x, bias)
    return ctx.cast(ctx.main(ctx.net.add_select(below, raised, inner)), original)


#: Opset in which the bounds became inputs.
_BOUNDS_ARE_INPUTS = 11

_FLOAT_MAX = 3.4028234663852886e38

#: Bounds where none are given, by element type; FLOAT's for others.
_LIMITS = {
    "bf16": (-3.3895313892515355e38, 3.3895313892515355e38),
    "float16": (-65504.0, 65504.0),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
}


def _constant_bound(ctx: OpContext, index: int, default: float) -> float:
    """A bound that must be a constant; ``default`` if absent."""
    value = ctx.optional(index)
    if value is None:
        return default
    if not isinstance(value, Weights):
        refuse(f"input {index} must be an initializer")
    require(value.count > 0, f"input {index} is empty")
    return float(value.data().reshape(-1)[0])


def _clip_by_constants(ctx: OpContext, x: Given, *, last: bool = True) -> Outputs:
    """``last``: the last bound must not be absent."""
    low, high = -_FLOAT_MAX, _FLOAT_MAX
    if ctx.opset < _BOUNDS_ARE_INPUTS:
        low, high = ctx.node.attr_float("min", low), ctx.node.attr_float("max", high)
    elif len(ctx.inputs) in (2, 3):
        require(not last or ctx.inputs[-1] is not None, "the last bound must not be absent")
        low, high = _constant_bound(ctx, 1, low), _constant_bound(ctx, 2, high)
    return ctx.activation(x, "clip", low, high)


def _clip(
    ctx: OpContext, x: Given, *, constants: dict[str, str], attributes: bool, ranked: bool
) -> Outputs:
    """Max and Min for integers and for bounds that are tensors or absent.

    ``constants``: element type -> that of the constants; others are refused. ``attributes``:
    Max and Min know the attributes of older opsets. ``ranked``: an absent bound is a constant
    of the input's rank, in the place where it is needed.
    """
    integer = ctx.type_name(x) in ("INT32", "INT64")
    # An absent bound counts as a tensor.
    if not integer and all(isinstance(bound, Weights) for bound in ctx.inputs[1:]):
        return _clip_by_constants(ctx, x, last=False)
    tensor = ctx.to_tensor(x)
    dtype = constants.get(tensor.dtype)
    if dtype is None:
        refuse(f"Clip does not take inputs of type {tensor.dtype} here")
    require(len(ctx.inputs) <= 3, "Clip takes at most three inputs")
    require(len(ctx.inputs) != 2 or ctx.inputs[1] is not None, "the only bound is absent")
    limits = _LIMITS.get(dtype, (-_FLOAT_MAX, _FLOAT_MAX))

    def bound(which: int, name: str) -> Tensor:
        value, number = ctx.optional(which + 1), limits[which]
        if attributes and ctx.opset < _BOUNDS_ARE_INPUTS:
            value, number = None, ctx.node.attr_float(name, number)
        if value is None:
            return ctx.add_constant(number, dtype, (1,) * tensor.rank if ranked else ())
        given = ctx.to_tensor(value)
        return ctx.broadcast(tensor, given)[1] if ranked else given

    low, high = bound(0, "min"), bound(1, "max")
    if not ranked:
        tensor, low = ctx.broadcast(tensor, low)
        tensor, high = ctx.broadcast(tensor, high)
    lower = ctx.inner(ctx.net.add_elementwise(tensor, low, "max"))
    return ctx.inner(ctx.net.add_elementwise(lower, high, "min"))


_TYPES_80 = {"float32": "float32", "int32": "int32"}
_TYPES_101 = {t: t for t in ("float32", "float16", "bf16", "int32", "int64")}


# -- change log -------------------------------------------------------------------------

for _op, (_kind, _attributes) in ACTIVATIONS.items():
    history(_op, since("7.0", _activation, op=_kind, attributes=_attributes))
history("Gelu", since("10.1", _gelu))
history("PRelu", since("7.0", _prelu, any_opset=True), since("7.1", any_opset=False))
# Up to 8.2 the parser raises alpha to the power, where it should multiply.
history("Celu", since("7.2", _celu, scale_op="pow"), since("8.4", scale_op="prod"))
history(
    "HardSwish",
    since("8.4", _hard_swish, types=()),
    since("8.5", types=("float32", "float16", "int8")),
)
history("Mish", since("10.1", _mish))
history("Swish", since("11.4", _swish))
history(
    "Shrink",
    since("8.4", _shrink, types=("float32", "float16", "int32")),
    since("8.5", types=("float32", "float16", "int8", "int32", "int64")),
)
history(
    "Clip",
    since("7.0", _clip_by_constants),
    since("8.0", _clip, constants=_TYPES_80, attributes=True, ranked=False, refuses="UINT8"),
    since("8.5", constants={**_TYPES_80, "float16": "float32"}),
    since("10.1", constants=_TYPES_101, attributes=False),
    since("10.16", ranked=True),
)
