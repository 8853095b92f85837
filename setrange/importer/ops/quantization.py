# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""QuantizeLinear and DequantizeLinear, and the parser's own for FP8, INT4 and FP4.

Source: onnx/onnx-tensorrt 8.0-GA to 10.16: QuantDequantLinearHelper, shiftIsAllZeros,
createZeroShifts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.importer.op_context import convert_axis, is_dynamic
from setrange.importer.registry import Row, history, since
from setrange.importer.rejections import refuse, require
from setrange.model.constants import DTYPE_NAMES
from setrange.model.weights import Weights
from setrange.network import LayerKind, Tensor

if TYPE_CHECKING:
    import numpy.typing as npt

    from setrange.importer.op_types import Given, Layer, Node, OpContext, Outputs, Value
    from setrange.network.modes import ScaleMode

_FLOATS = frozenset({"float32", "float16", "bf16"})
_FOUR_BITS = ("int4", "fp4")

#: Opset in which the attribute axis appeared.
_AXIS_SINCE = 13

#: Opset from which scale and data of QuantizeLinear may differ in type.
_MIXED_TYPES = 19


def _require_positive(scale: Weights) -> None:
    """Refuse scales that are not all positive."""
    require(scale.count > 0, "the scale has no values")
    require(bool((scale.data() > 0).all()), "all scales must be positive")


def _require_zeros(zero_point: Weights, *, bytes_read: int | None = None) -> None:
    """Refuse zero points that are not zero; ``bytes_read``: how much is looked at."""
    data = zero_point.data()
    seen = np.ascontiguousarray(data).reshape(-1).view(np.uint8)[:bytes_read]
    require(not seen.any(), "TensorRT quantizes symmetrically only: every zero point must be 0")


def _add(
    ctx: OpContext, tensors: list[Tensor | None], dtype: str, axis: int, dequantize: bool
) -> Layer:
    kind = LayerKind.DEQUANTIZE if dequantize else LayerKind.QUANTIZE
    layer = ctx.net.add(kind, tensors[:2], dtypes=(dtype,), axis=axis)
    if tensors[2] is not None:
        layer.set_input(2, tensors[2])
    return layer


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
class _Rules80:
    """What one release does."""

    dequantize: bool  #: The op is DequantizeLinear.
    fp8: bool = False  #: The quantized type is FP8, without a zero point.
    suffix: str = "_quantize_scale_node"  #: What the layer's name ends with.
    names_constants: bool = False  #: Constants are named after their initializers, and shared.
    checks_axis: bool = False  #: The axis may be negative, and is checked.
    checks_uint8: bool = False  #: UINT8 data and zero points are refused.
    fewest: int = 3  #: Inputs that the node must have.


def _quantization_80(
    ctx: OpContext, data: Given, scale: Given, zero: Value, *, rules: _Rules80
) -> Outputs:
    if rules.checks_uint8:
        ctx.refuse_types(data, "UINT8")
        if not rules.dequantize:
            ctx.refuse_types(zero, "UINT8")
    count = len(ctx.inputs)
    enough = count == 3 or count >= rules.fewest == 2
    require(enough, f"{ctx.node.op} needs {rules.fewest} inputs, the node has {count}")
    x = ctx.to_tensor(data)
    factor = _scale_80(ctx, scale, rules)
    size = math.prod(factor.shape)
    zero_point = None
    if not rules.fp8:
        zero_point = _zero_point_80(ctx, ctx.required(2), rules)
        same_size = math.prod(zero_point.shape) == size
        require(same_size, "scale and zero point must have the same size")
    axis = _axis_80(ctx.node, x, size, rules)
    dtype = "float32" if rules.dequantize else "fp8" if rules.fp8 else "int8"
    layer = _add(ctx, [x, factor, zero_point], dtype, axis, rules.dequantize)
    layer.name = ctx.node.label + rules.suffix
    return layer.output


def _constant(ctx: OpContext, weights: Weights, rules: _Rules80) -> Tensor:
    layer = ctx.net.add_constant(weights)
    if rules.names_constants and weights.name is not None:
        ctx.name_layer(layer, weights.name)
    return layer.output


def _is_new(ctx: OpContext, weights: Weights, rules: _Rules80) -> bool:
    """True for weights that no Constant layer holds yet."""
    return not rules.names_constants or ctx.constant_layer(weights.name) is None


def _scale_80(ctx: OpContext, value: Given, rules: _Rules80) -> Tensor:
    if not isinstance(value, Weights) or not _is_new(ctx, value, rules):
        return ctx.to_tensor(value)
    _require_positive(value)
    return _constant(ctx, value, rules)


def _zero_point_80(ctx: OpContext, value: Given, rules: _Rules80) -> Tensor:
    if not isinstance(value, Weights) or not _is_new(ctx, value, rules):
        return ctx.to_tensor(value)
    # The parser looks at as many bytes as there are values, whatever their type.
    _require_zeros(value, bytes_read=value.count)
    return _constant(ctx, _zeros(ctx, value).renamed(value.name), rules)


def _axis_80(node: Node, x: Tensor, scale_size: int, rules: _Rules80) -> int:
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


# -- from 10.1 on -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules101:
    """What one release does."""

    dequantize: bool  #: The op is DequantizeLinear.
    default: str  #: What data is quantized to where the node does not say.
    dynamic_scale: bool = False  #: The scale's shape may be unknown.
    #: A 4-bit tensor needs an even number of elements; else an even last dimension.
    counts_elements: bool = False
    registers_layers: bool = False  #: Layers get unique names.
    uint8_zero_point: bool = False  #: Quantize takes a UINT8 zero point (as INT8).
    typed_dequantize: bool = False  #: ``output_dtype`` of Dequantize is the type of its output.
    default_axis: int | None = None  #: The axis where none is given; ``None``: see below.
    dtypes: frozenset[str] = frozenset({"int8", "fp8", "int4"})  #: What data is quantized to.


def _quantization_101(
    ctx: OpContext, data: Given, given_scale: Given, zero: Value, *, rules: _Rules101
) -> Outputs:
    dequantize = rules.dequantize
    ctx.refuse_types(data, "UINT8")
    if not dequantize and not rules.uint8_zero_point:
        ctx.refuse_types(zero, "UINT8")
    complete = zero is not None or len(ctx.inputs) < 3
    require(complete, "the node has no zero point, but an input for it")
    tensor = ctx.to_tensor(data)
    scale = _scale_101(ctx, given_scale)
    dynamic = is_dynamic(scale.shape)
    require(rules.dynamic_scale or not dynamic, "the scale's shape must be known")
    size = 0 if dynamic else math.prod(scale.shape)
    quantized, zero_point = rules.default, None
    output_dtype = _attr_dtype(ctx, "output_dtype")
    typed = dequantize and rules.typed_dequantize
    if rules.typed_dequantize:
        _check_precision(ctx, dequantize=dequantize)
    if zero is not None:
        found = ctx.trt_dtype(zero.dtype) if isinstance(zero, Weights) else zero.dtype
        require(output_dtype in (None, found), f"output_dtype {output_dtype} is not {found}")
        quantized = found if found in rules.dtypes else "int8"
        if quantized != "fp8":
            zero_point = _zero_point_101(ctx, zero)
            same_size = dynamic or math.prod(zero_point.shape) == size
            require(same_size, "scale and zero point must have the same size")
    elif output_dtype is not None:
        allowed = _FLOATS if typed else rules.dtypes
        require(output_dtype in allowed, f"attribute output_dtype must not be {output_dtype}")
        if not typed:
            quantized = output_dtype
    axis = _axis_101(ctx, tensor, scale, size, rules)
    if quantized in _FOUR_BITS:
        _require_even(tensor, rules)
    if tensor.rank == 0:
        tensor = ctx.reshape(tensor, (1,))
    casts = ctx.strongly_typed and not dequantize and ctx.opset < _MIXED_TYPES
    if casts and scale.dtype != tensor.dtype:
        scale = ctx.net.add_cast(scale, tensor.dtype).output
    dtype = scale.dtype if dequantize else quantized
    if typed and output_dtype is not None:
        dtype = output_dtype
    layer = _add(ctx, [tensor, scale, zero_point], dtype, axis, dequantize)
    if rules.registers_layers:
        ctx.register_layer(layer)
    else:
        layer.name = ctx.node.label
    return layer.output


def _rows_101(dequantize: bool, default: str) -> list[Row]:
    """The history of one of these ops from 10.1 on."""
    rules = _Rules101(dequantize=dequantize, default=default)
    return [
        since("10.1", _quantization_101, rules, symbol="QuantDequantLinearHelper"),
        since("10.7", dynamic_scale=True, counts_elements=True, registers_layers=True),
        since(
            "10.10", uint8_zero_point=True, typed_dequantize=True, dtypes=rules.dtypes | {"fp4"}
        ),
        since("10.16", default_axis=1),
    ]


def _new_constant(ctx: OpContext, weights: Weights) -> Tensor:
    return ctx.name_layer(ctx.net.add_constant(weights), weights.name or "").output


def _scale_101(ctx: OpContext, value: Given) -> Tensor:
    if not isinstance(value, Weights) or ctx.constant_layer(value.name) is not None:
        return ctx.to_tensor(value)
    require(value.dtype in _FLOATS, f"the scale is {value.dtype}, it must be floating-point")
    _require_positive(value)
    return _new_constant(ctx, value)


def _constant_behind(tensor: Tensor) -> Weights | None:
    """The weights a tensor stands for, seen through Identity and Cast layers."""
    source: Tensor | None = tensor
    while source is not None and source.layer is not None:
        if source.layer.kind not in (LayerKind.IDENTITY, LayerKind.CAST):
            return source.constant
        source = source.layer.inputs[0]
    return None


def _zero_point_101(ctx: OpContext, value: Given) -> Tensor:
    """A zero point of its own for each node, unless its values are unknown."""
    weights = value if isinstance(value, Weights) else _constant_behind(value)
    if weights is None:
        return ctx.to_tensor(value)
    if weights.count == 0:
        require(value is not weights, "the zero point has no values")
        return ctx.to_tensor(value)
    _require_zeros(weights)
    return _new_constant(ctx, ctx.repeated(0, "float32", weights.shape))


def _attr_dtype(ctx: OpContext, name: str) -> str | None:
    """A type attribute as TensorRT's type; ``None`` where it is absent or undefined."""
    code = ctx.node.attr_int(name)
    return ctx.trt_dtype(DTYPE_NAMES.get(code, "undefined")) if code else None


def _check_precision(ctx: OpContext, *, dequantize: bool) -> None:
    precision = _attr_dtype(ctx, "precision")
    if precision is None:
        return
    require(not dequantize, "attribute precision is for QuantizeLinear only")
    require(precision in _FLOATS, f"attribute precision must not be {precision}")


def _axis_101(
    ctx: OpContext, tensor: Tensor, scale: Tensor, size: int, rules: _Rules101
) -> int:
    rank = tensor.rank
    default = rank if rules.default_axis is None else rules.default_axis
    if rules.default_axis is not None and ctx.opset < _AXIS_SINCE:
        default = 0
    axis = convert_axis(ctx.node.attr_int("axis", default), rank)
    if size == 1:
        return 0 if rank <= 1 else 1
    if axis == rank:
        axis = 0
    if scale.rank == 1 and not is_dynamic(scale.shape):
        require(rank, "scalar data take one scale")
        require(
            tensor.shape[axis] == size,
            f"the data has {tensor.shape[axis]} channels, there are {size} scales",
        )
    elif scale.rank == rank:
        _require_block(tensor, scale)
    else:
        refuse(f"a scale of rank {scale.rank} does not fit data of rank {rank}")
    return axis


def _require_block(tensor: Tensor, scale: Tensor) -> None:
    """One dimension may be in blocks, all others have a scale per element."""
    if is_dynamic(tensor.shape) or is_dynamic(scale.shape):
        return
    require(0 not in scale.shape, "the scale has no values")
    blocks = [d // s for d, s in zip(tensor.shape, scale.shape, strict=True)]
    require(blocks.count(1) == len(blocks) - 1, "only one dimension can be in blocks")
    even = math.prod(tensor.shape) % math.prod(scale.shape) == 0
    require(even, "the block size is not a whole number")


def _require_even(tensor: Tensor, rules: _Rules101) -> None:
    if is_dynamic(tensor.shape):
        return
    last = tensor.shape[-1] if tensor.shape else 0
    count = math.prod(tensor.shape) if rules.counts_elements else last
    require(count % 2 == 0, "4-bit quantization packs two elements: their number must be even")


#: Elements per scale of dynamic FP4 quantization.
_BLOCK_SIZE = 16


def _fp4_dynamic_quantize(ctx: OpContext, x: Tensor, given: Weights) -> Outputs:
    scale = ctx.to_tensor(given)
    axis = convert_axis(ctx.node.attr_int("axis", 1), x.rank)
    scale_dtype = _attr_dtype(ctx, "scale_type") or "fp8"
    require(scale_dtype == "fp8", "attribute scale_type must be FP8")
    block_size = ctx.node.attr_int("block_size") or _BLOCK_SIZE
    require(block_size == _BLOCK_SIZE, f"attribute block_size must be {_BLOCK_SIZE}")
    require(given.count == 1, "the scale must be one value")
    layer = ctx.net.add(
        LayerKind.DYNAMIC_QUANTIZE,
        [x],
        dtypes=("fp4", scale_dtype),
        axis=axis,
        block_size=block_size,
    )
    layer.set_input(1, scale)
    return ctx.register_layer(layer).outputs


# -- change log -------------------------------------------------------------------------

_HELPER = {"symbol": "QuantDequantLinearHelper"}
_FP8: dict[str, Any] = {"fp8": True, "suffix": "", "names_constants": True, "fewest": 2}
_FP8 |= {"checks_axis": True, "checks_uint8": True}
for _op, _dequantize in {"QuantizeLinear": False, "DequantizeLinear": True}.items():
    _word = "dequantize" if _dequantize else "quantize"
    history(
        _op,
        since("7.0", _by_scale, dequantize=_dequantize, symmetric=False),
        since("7.1", symmetric=True),
        since("8.0", _quantization_80, _Rules80(dequantize=_dequantize), **_HELPER),
        since("8.2", suffix=f"_{_word}_scale_node", checks_axis=True),
        since("8.4", suffix="", names_constants=True),
        since("8.5", checks_uint8=True),
        since("8.6", fewest=2),
        *_rows_101(_dequantize, "int8"),
    )
    history(
        f"TRT_FP8{_op}",
        since("8.6", _quantization_80, _Rules80(dequantize=_dequantize, **_FP8), **_HELPER),
        *_rows_101(_dequantize, "fp8"),
    )
    history(f"TRT_INT4{_op}", *_rows_101(_dequantize, "int4"))
history("TRT_FP4DynamicQuantize", since("10.10", _fp4_dynamic_quantize))
