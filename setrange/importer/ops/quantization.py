# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""QuantizeLinear and DequantizeLinear as Quantize and Dequantize layers (8.0 to 8.6)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.inputs import optional, required
from setrange.importer.helpers.quantization import (
    add_quantization,
    require_positive,
    require_zeros,
    zeros,
)
from setrange.importer.helpers.tensors import convert_axis, require_not_type
from setrange.importer.registry import importer
from setrange.importer.rejections import refuse, require
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """What one parser version does.

    Attributes:
        suffixes: What Quantize and Dequantize layers' names end with.
        names_constants: Constants are named after their initializers, and shared.
        checks_axis: The axis may be negative, and is checked.
        checks_uint8: UINT8 data and zero points are refused.
        optional_zero_point: Two inputs pass the first check.
    """

    suffixes: tuple[str, str] = ("", "")
    names_constants: bool = True
    checks_axis: bool = True
    checks_uint8: bool = True
    optional_zero_point: bool = False


def _constant(ctx: ImporterContext, weights: Weights, rules: _Rules) -> Tensor:
    layer = ctx.net.add_constant(weights)
    if rules.names_constants and weights.name is not None:
        ctx.name_layer(layer, weights.name)
    return layer.output


def _is_new(ctx: ImporterContext, value: Weights | Tensor, rules: _Rules) -> bool:
    """True for weights that no Constant layer holds yet."""
    if not isinstance(value, Weights):
        return False
    return not rules.names_constants or ctx.constant_layer(value.name) is None


def _scale(ctx: ImporterContext, inputs: Sequence[Value], rules: _Rules) -> Tensor:
    value = required(inputs, 1)
    if not isinstance(value, Weights) or not _is_new(ctx, value, rules):
        return ctx.to_tensor(value)
    require_positive(value)
    return _constant(ctx, value, rules)


def _zero_point(ctx: ImporterContext, inputs: Sequence[Value], rules: _Rules) -> Tensor:
    value = required(inputs, 2)
    if not isinstance(value, Weights) or not _is_new(ctx, value, rules):
        return ctx.to_tensor(value)
    # The parser looks at as many bytes as there are values, whatever their type.
    require_zeros(value, bytes_read=value.count)
    return _constant(ctx, zeros(ctx, value.shape).renamed(value.name), rules)


def _axis(node: Node, tensor: Tensor, scale_size: int, rules: _Rules) -> int:
    rank = tensor.rank
    axis = node.attr_int("axis", rank)
    if rules.checks_axis:
        axis = convert_axis(axis, rank)
    if scale_size == 1:
        return 0 if rank <= 1 else 1
    if axis == rank:
        axis = 0
    require(0 <= axis < rank, f"axis {axis} is outside the data's {rank} dimensions")
    require(
        tensor.shape[axis] == scale_size,
        f"dimension {axis} of the data is {tensor.shape[axis]}, there are {scale_size} scales",
    )
    return axis


def _quantization(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    dequantize: bool,
    rules: _Rules,
    fp8: bool = False,
) -> Sequence[Value]:
    data = required(inputs, 0)
    if rules.checks_uint8:
        require_not_type(ctx, data, "UINT8")
        if not dequantize and optional(inputs, 2) is not None:
            require_not_type(ctx, inputs[2], "UINT8")
    fewest = 2 if rules.optional_zero_point else 3
    if len(inputs) != 3 and not (rules.optional_zero_point and len(inputs) >= fewest):
        refuse(f"{node.op} needs {fewest} inputs, the node has {len(inputs)}")
    tensor = ctx.to_tensor(data)
    scale = _scale(ctx, inputs, rules)
    size = math.prod(scale.shape)
    zero_point = None
    if not fp8:
        zero_point = _zero_point(ctx, inputs, rules)
        require(
            math.prod(zero_point.shape) == size, "scale and zero point must have the same size"
        )
    axis = _axis(node, tensor, size, rules)
    quantized = "fp8" if fp8 else "int8"
    dtype = "float32" if dequantize else quantized
    layer = add_quantization(
        ctx, tensor, scale, zero_point, dtype, axis=axis, dequantize=dequantize
    )
    layer.name = node.label + rules.suffixes[dequantize]
    return [layer.output]


_RULES = {
    "8.0": _Rules(
        suffixes=("_quantize_scale_node", "_quantize_scale_node"),
        names_constants=False,
        checks_axis=False,
        checks_uint8=False,
    ),
    "8.2": _Rules(
        suffixes=("_quantize_scale_node", "_dequantize_scale_node"),
        names_constants=False,
        checks_uint8=False,
    ),
    "8.4": _Rules(checks_uint8=False),
    "8.5": _Rules(),
    "8.6": _Rules(optional_zero_point=True),
}
_OPS = {"QuantizeLinear": False, "DequantizeLinear": True}

for _since, _rules in _RULES.items():
    for _op, _dequantize in _OPS.items():
        importer(_op, since=_since, source=f"{_since}-GA:QuantDequantLinearHelper")(
            partial(_quantization, dequantize=_dequantize, rules=_rules)
        )
for _op, _dequantize in _OPS.items():
    importer(f"TRT_FP8{_op}", since="8.6", source="8.6-GA:QuantDequantLinearHelper")(
        partial(_quantization, dequantize=_dequantize, rules=_RULES["8.6"], fp8=True)
    )
