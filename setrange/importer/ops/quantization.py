# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""QuantizeLinear and DequantizeLinear, and the parser's own for FP8: 7.0 to 8.6.

Source: onnx/onnx-tensorrt 8.0-GA to 10.10: QuantDequantLinearHelper, shiftIsAllZeros,
createZeroShifts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.importer.op_context import convert_axis
from setrange.importer.ops import quantization_10
from setrange.importer.registry import history, since
from setrange.importer.rejections import require
from setrange.model.weights import Weights
from setrange.network import LayerKind

if TYPE_CHECKING:
    import numpy.typing as npt

    from setrange.importer.op_types import Given, Node, OpContext, Outputs, Tensor, Value
    from setrange.network.modes import ScaleMode


# -- Scale layers (7.x) -----------------------------------------------------------------


def _by_scale(
    ctx: OpContext,
    x: Tensor,
    scale: Weights,
    shift: Weights,
    *,
    dequantize: bool,
    symmetric: bool,
) -> Outputs:
    """``symmetric``: zero points count as 0, and Dequantize divides by the scale."""
    require(
        len(ctx.inputs) == 3, f"{ctx.node.op} needs 3 inputs, the node has {len(ctx.inputs)}"
    )
    x.name = f"{ctx.node.name}_input_weight_tensor"
    require(scale.count == shift.count, "scale and zero point must have the same size")
    one_each = scale.count == 1 or (x.rank and x.shape[0] == scale.count)
    require(one_each, "the number of scales must be that of the output channels")
    if symmetric:
        shift = _zeros(ctx, shift)
        scale = _inverse(scale) if dequantize else scale
    mode: ScaleMode = "uniform" if scale.count == 1 else "channel"
    layer = ctx.net.add_scale(x, mode, shift, scale, None)
    layer.output.dtype = "float32" if dequantize else "int8"
    layer.name = f"{ctx.node.name}_{'dequantize' if dequantize else 'quantize'}_scale_node"
    layer.output.name = f"{layer.name}_output_tensor"
    return layer.output


def _inverse(scale: Weights) -> Weights:
    def load() -> npt.NDArray[Any]:
        inverse: npt.NDArray[Any] = np.float32(1) / scale.data()
        return inverse

    return Weights(scale.dtype, scale.shape, load, initializer=scale.initializer)


def _zeros(ctx: OpContext, zero_point: Weights) -> Weights:
    """FLOAT zeros that stand for a zero point; a temporary."""
    return ctx.repeated(0, "float32", zero_point.shape)


# -- Quantize and Dequantize layers (8.x) -----------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """What one release does."""

    dequantize: bool  #: The op is DequantizeLinear.
    fp8: bool = False  #: The quantized type is FP8, without a zero point.
    suffix: str = "_quantize_scale_node"  #: What the layer's name ends with.
    names_constants: bool = False  #: Constants are named after their initializers, and shared.
    checks_axis: bool = False  #: The axis may be negative, and is checked.
    checks_uint8: bool = False  #: UINT8 data and zero points are refused.
    fewest: int = 3  #: Inputs that the node must have.


def _quantization(
    ctx: OpContext, data: Given, scale: Given, zero: Value, *, rules: _Rules
) -> Outputs:
    if rules.checks_uint8:
        ctx.refuse_types(data, "UINT8")
        if not rules.dequantize:
            ctx.refuse_types(zero, "UINT8")
    count = len(ctx.inputs)
    enough = count == 3 or count >= rules.fewest == 2
    require(enough, f"{ctx.node.op} needs {rules.fewest} inputs, the node has {count}")
    x = ctx.to_tensor(data)
    factor = _scale(ctx, scale, rules)
    size = math.prod(factor.shape)
    zero_point = None
    if not rules.fp8:
        zero_point = _zero_point(ctx, ctx.required(2), rules)
        same_size = math.prod(zero_point.shape) == size
        require(same_size, "scale and zero point must have the same size")
    axis = _axis(ctx.node, x, size, rules)
    kind = LayerKind.DEQUANTIZE if rules.dequantize else LayerKind.QUANTIZE
    dtype = "float32" if rules.dequantize else "fp8" if rules.fp8 else "int8"
    layer = ctx.net.add(kind, [x, factor], dtypes=(dtype,), axis=axis)
    if zero_point is not None:
        layer.set_input(2, zero_point)
    layer.name = ctx.node.label + rules.suffix
    return layer.output


def _constant(ctx: OpContext, weights: Weights, rules: _Rules) -> Tensor:
    layer = ctx.net.add_constant(weights)
    if rules.names_constants and weights.name is not None:
        ctx.name_layer(layer, weights.name)
    return layer.output


def _is_new(ctx: OpContext, weights: Weights, rules: _Rules) -> bool:
    """True for weights that no Constant layer holds yet."""
    return not rules.names_constants or ctx.constant_layer(weights.name) is None


def _scale(ctx: OpContext, value: Given, rules: _Rules) -> Tensor:
    if not isinstance(value, Weights) or not _is_new(ctx, value, rules):
        return ctx.to_tensor(value)
    quantization_10.require_positive(value)
    return _constant(ctx, value, rules)


def _zero_point(ctx: OpContext, value: Given, rules: _Rules) -> Tensor:
    if not isinstance(value, Weights) or not _is_new(ctx, value, rules):
        return ctx.to_tensor(value)
    # The parser looks at as many bytes as there are values, whatever their type.
    quantization_10.require_zeros(value, bytes_read=value.count)
    return _constant(ctx, _zeros(ctx, value).renamed(value.name), rules)


def _axis(node: Node, x: Tensor, scale_size: int, rules: _Rules) -> int:
    axis = node.attr_int("axis", x.rank)
    if rules.checks_axis:
        axis = convert_axis(axis, x.rank)
    if scale_size == 1:
        return 0 if x.rank <= 1 else 1
    if axis == x.rank:
        axis = 0
    require(0 <= axis < x.rank, f"axis {axis} is outside the data's {x.rank} dimensions")
    require(
        x.shape[axis] == scale_size,
        f"dimension {axis} of the data is {x.shape[axis]}, there are {scale_size} scales",
    )
    return axis


_HELPER = {"symbol": "QuantDequantLinearHelper"}
_RULES_FP8: dict[str, Any] = {
    "fp8": True,
    "suffix": "",
    "names_constants": True,
    "checks_axis": True,
    "checks_uint8": True,
    "fewest": 2,
}


# -- change log -------------------------------------------------------------------------

for _op, _dequantize in {"QuantizeLinear": False, "DequantizeLinear": True}.items():
    _word = "dequantize" if _dequantize else "quantize"
    history(
        _op,
        since("7.0", _by_scale, dequantize=_dequantize, symmetric=False),
        since("7.1", symmetric=True),
        since("8.0", _quantization, _Rules(dequantize=_dequantize), **_HELPER),
        since("8.2", suffix=f"_{_word}_scale_node", checks_axis=True),
        since("8.4", suffix="", names_constants=True),
        since("8.5", checks_uint8=True),
        since("8.6", fewest=2),
        *quantization_10.rows(_dequantize, "int8"),
    )
    history(
        f"TRT_FP8{_op}",
        since("8.6", _quantization, _Rules(dequantize=_dequantize, **_RULES_FP8), **_HELPER),
        *quantization_10.rows(_dequantize, "fp8"),
    )
    history(f"TRT_INT4{_op}", *quantization_10.rows(_dequantize, "int4"))
