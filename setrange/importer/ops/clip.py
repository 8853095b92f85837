# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Clip: an Activation where the bounds are constants, else Max and Min."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.broadcast import activation_helper, broadcast_tensors
from setrange.importer.helpers.inputs import optional, required
from setrange.importer.helpers.tensors import require_not_type, type_name
from setrange.importer.registry import importer
from setrange.importer.rejections import refuse, require
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Tensor

#: Opset in which the bounds became inputs.
_BOUNDS_ARE_INPUTS = 11

_FLOAT_MAX = 3.4028234663852886e38
#: Types that Max and Min take from 10.1 on.
_TYPES_10 = ("float32", "float16", "bf16", "int32", "int64")

#: Bounds where none are given, by element type; FLOAT's for others.
_LIMITS = {
    "bf16": (-3.3895313892515355e38, 3.3895313892515355e38),
    "float16": (-65504.0, 65504.0),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
}


def _constant_bound(inputs: Sequence[Value], index: int, default: float) -> float:
    """A bound that must be a constant; ``default`` if absent."""
    value = optional(inputs, index)
    if value is None:
        return default
    if not isinstance(value, Weights):
        refuse(f"Clip: input {index} must be an initializer")
    require(value.count > 0, f"Clip: input {index} is empty")
    return float(value.data().reshape(-1)[0])


def _activation(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    low, high = -_FLOAT_MAX, _FLOAT_MAX
    if ctx.opset < _BOUNDS_ARE_INPUTS:
        low, high = node.attr_float("min", low), node.attr_float("max", high)
    elif len(inputs) in (2, 3):
        low, high = _constant_bound(inputs, 1, low), _constant_bound(inputs, 2, high)
    return activation_helper(ctx, inputs, "clip", low, high)


@importer("Clip", since="7.0", source="7.0:importClip")
def clip_by_constants(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    if ctx.opset >= _BOUNDS_ARE_INPUTS and len(inputs) in (2, 3):
        require(inputs[-1] is not None, "Clip: the last bound must not be absent")
    return _activation(ctx, node, inputs)


def _bounds(
    ctx: ImporterContext, node: Node, inputs: list[Value], dtype: str, *, attributes: bool
) -> tuple[Tensor, Tensor]:
    limits = _LIMITS.get(dtype, (-_FLOAT_MAX, _FLOAT_MAX))

    def bound(which: int, name: str) -> Tensor:
        value = optional(inputs, which + 1)
        if attributes and ctx.opset < _BOUNDS_ARE_INPUTS:
            value = None
            number = node.attr_float(name, limits[which])
        else:
            number = limits[which]
        return ctx.add_constant(number, dtype, ()) if value is None else ctx.to_tensor(value)

    require(len(inputs) <= 3, "Clip takes at most three inputs")
    require(len(inputs) != 2 or inputs[1] is not None, "Clip: the only bound is absent")
    return bound(0, "min"), bound(1, "max")


def _max_min(ctx: ImporterContext, tensor: Tensor, low: Tensor, high: Tensor) -> list[Value]:
    lower = ctx.register_inner(ctx.net.add_elementwise(tensor, low, "max")).output
    return [ctx.register_inner(ctx.net.add_elementwise(lower, high, "min")).output]


def _clip(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    constant_types: dict[str, str],
    attributes: bool,
) -> Sequence[Value]:
    """Max and Min for integers and for bounds that are tensors or absent.

    ``constant_types``: element type -> that of the constants; others are refused.
    ``attributes``: Max and Min know the attributes of older opsets.
    """
    value = required(inputs, 0)
    require_not_type(ctx, value, "UINT8")
    integer = type_name(ctx, value) in ("INT32", "INT64")
    # An absent bound counts as a tensor.
    if not integer and all(isinstance(bound, Weights) for bound in inputs[1:]):
        return _activation(ctx, node, inputs)
    tensor = ctx.to_tensor(value)
    dtype = constant_types.get(tensor.dtype)
    if dtype is None:
        refuse(f"Clip does not take inputs of type {tensor.dtype} here")
    low, high = _bounds(ctx, node, inputs, dtype, attributes=attributes)
    tensor, low = broadcast_tensors(ctx, tensor, low)
    tensor, high = broadcast_tensors(ctx, tensor, high)
    return _max_min(ctx, tensor, low, high)


@importer("Clip", since="10.16", source="10.16:importClip")
def clip_1016(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """An absent bound is a constant of the input's rank, in the place where it is needed."""
    value = required(inputs, 0)
    require_not_type(ctx, value, "UINT8")
    integer = type_name(ctx, value) in ("INT32", "INT64")
    if not integer and all(isinstance(bound, Weights) for bound in inputs[1:]):
        return _activation(ctx, node, inputs)
    tensor = ctx.to_tensor(value)
    require(tensor.dtype in _TYPES_10, f"Clip does not take inputs of type {tensor.dtype} here")
    require(len(inputs) <= 3, "Clip takes at most three inputs")
    require(len(inputs) != 2 or inputs[1] is not None, "Clip: the only bound is absent")
    limits = _LIMITS.get(tensor.dtype, (-_FLOAT_MAX, _FLOAT_MAX))

    def bound(index: int) -> Tensor:
        given = optional(inputs, index + 1)
        if given is None:
            return ctx.add_constant(limits[index], tensor.dtype, (1,) * tensor.rank)
        return broadcast_tensors(ctx, tensor, ctx.to_tensor(given))[1]

    low = bound(0)
    return _max_min(ctx, tensor, low, bound(1))


_TYPES = {"float32": "float32", "int32": "int32"}

importer("Clip", since="8.0", source="8.0-GA:importClip")(
    partial(_clip, constant_types=_TYPES, attributes=True)
)
importer("Clip", since="8.5", source="8.5-GA:importClip")(
    partial(_clip, constant_types={**_TYPES, "float16": "float32"}, attributes=True)
)
importer("Clip", since="10.1", source="10.1-GA:importClip")(
    partial(
        _clip,
        constant_types={t: t for t in _TYPES_10},
        attributes=False,
    )
)
