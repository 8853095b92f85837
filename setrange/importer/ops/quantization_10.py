# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""QuantizeLinear, DequantizeLinear and TensorRT's variants of them in the parsers of 10.x."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.inputs import required, required_weights
from setrange.importer.helpers.quantization import (
    add_quantization,
    require_positive,
    require_zeros,
    zeros,
)
from setrange.importer.helpers.tensors import (
    convert_axis,
    is_dynamic,
    require_not_type,
    reshape_tensor,
)
from setrange.importer.registry import importer
from setrange.importer.rejections import refuse, require
from setrange.model.constants import DTYPE_NAMES
from setrange.model.weights import Weights
from setrange.network import LayerKind, Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node

_FLOATS = frozenset({"float32", "float16", "bf16"})
_FOUR_BITS = ("int4", "fp4")

#: Opset in which the attribute axis appeared.
_AXIS_SINCE = 13

#: Opset from which scale and data of QuantizeLinear may differ in type.
_MIXED_TYPES = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """What one parser version does.

    Attributes:
        dynamic_scale: The scale's shape may be unknown.
        counts_elements: A 4-bit tensor needs an even number of elements (else an even last
            dimension).
        registers_layers: Layers get unique names.
        uint8_zero_point: Quantize takes a UINT8 zero point (as INT8).
        typed_dequantize: ``output_dtype`` of Dequantize is the type of its output.
        default_axis: The axis where the node gives none; ``None``: see ``_axis``.
        dtypes: What data can be quantized to.
    """

    dynamic_scale: bool
    counts_elements: bool
    registers_layers: bool
    uint8_zero_point: bool
    typed_dequantize: bool
    default_axis: int | None = None
    dtypes: frozenset[str]


def _new_constant(ctx: ImporterContext, weights: Weights) -> Tensor:
    layer = ctx.net.add_constant(weights)
    ctx.name_layer(layer, weights.name or "")
    return layer.output


def _scale(ctx: ImporterContext, inputs: Sequence[Value]) -> Tensor:
    value = required(inputs, 1)
    if not isinstance(value, Weights) or ctx.constant_layer(value.name) is not None:
        return ctx.to_tensor(value)
    require(value.dtype in _FLOATS, f"the scale is {value.dtype}, it must be floating-point")
    require_positive(value)
    return _new_constant(ctx, value)


def _constant_behind(tensor: Tensor) -> Weights | None:
    """The weights a tensor stands for, seen through Identity and Cast layers."""
    source: Tensor | None = tensor
    while source is not None and source.layer is not None:
        if source.layer.kind not in (LayerKind.IDENTITY, LayerKind.CAST):
            return source.constant
        source = source.layer.inputs[0]
    return None


def _zero_point(ctx: ImporterContext, value: Weights | Tensor) -> Tensor:
    """A zero point of its own for each node, unless its values are unknown."""
    weights = value if isinstance(value, Weights) else _constant_behind(value)
    if weights is None:
        return ctx.to_tensor(value)
    if weights.count == 0:
        require(value is not weights, "the zero point has no values")
        return ctx.to_tensor(value)
    require_zeros(weights)
    return _new_constant(ctx, zeros(ctx, weights.shape))


def _attr_dtype(ctx: ImporterContext, node: Node, name: str) -> str | None:
    """A type attribute as TensorRT's type; ``None`` where it is absent or undefined."""
    code = node.attr_int(name)
    return ctx.trt_dtype(DTYPE_NAMES.get(code, "undefined")) if code else None


def _check_precision(ctx: ImporterContext, node: Node, *, dequantize: bool) -> None:
    precision = _attr_dtype(ctx, node, "precision")
    if precision is None:
        return
    require(not dequantize, "attribute precision is for QuantizeLinear only")
    require(precision in _FLOATS, f"attribute precision must not be {precision}")


def _require_block(tensor: Tensor, scale: Tensor) -> None:
    """One dimension may be in blocks, all others have a scale per element."""
    if is_dynamic(tensor.shape) or is_dynamic(scale.shape):
        return
    require(0 not in scale.shape, "the scale has no values")
    blocks = [d // s for d, s in zip(tensor.shape, scale.shape, strict=True)]
    require(blocks.count(1) == len(blocks) - 1, "only one dimension can be in blocks")
    require(
        math.prod(tensor.shape) % math.prod(scale.shape) == 0,
        "the block size is not a whole number",
    )


def _axis(
    ctx: ImporterContext, node: Node, tensor: Tensor, scale: Tensor, size: int, rules: _Rules
) -> int:
    rank = tensor.rank
    default = rank if rules.default_axis is None else rules.default_axis
    if rules.default_axis is not None and ctx.opset < _AXIS_SINCE:
        default = 0
    axis = convert_axis(node.attr_int("axis", default), rank)
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


def _require_even(tensor: Tensor, rules: _Rules) -> None:
    if is_dynamic(tensor.shape):
        return
    last = tensor.shape[-1] if tensor.shape else 0
    count = math.prod(tensor.shape) if rules.counts_elements else last
    require(count % 2 == 0, "4-bit quantization packs two elements: their number must be even")


def _quantization(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    dequantize: bool,
    rules: _Rules,
    default: str = "int8",
) -> Sequence[Value]:
    data = required(inputs, 0)
    require_not_type(ctx, data, "UINT8")
    if not dequantize and not rules.uint8_zero_point and len(inputs) > 2:
        require_not_type(ctx, required(inputs, 2), "UINT8")
    tensor = ctx.to_tensor(data)
    scale = _scale(ctx, inputs)
    dynamic = is_dynamic(scale.shape)
    require(rules.dynamic_scale or not dynamic, "the scale's shape must be known")
    size = 0 if dynamic else math.prod(scale.shape)
    quantized, zero_point = default, None
    output_dtype = _attr_dtype(ctx, node, "output_dtype")
    typed = dequantize and rules.typed_dequantize
    if rules.typed_dequantize:
        _check_precision(ctx, node, dequantize=dequantize)
    if len(inputs) > 2:
        value = required(inputs, 2)
        found = ctx.trt_dtype(value.dtype) if isinstance(value, Weights) else value.dtype
        require(output_dtype in (None, found), f"output_dtype {output_dtype} is not {found}")
        quantized = found if found in rules.dtypes else "int8"
        if quantized != "fp8":
            zero_point = _zero_point(ctx, value)
            require(
                dynamic or math.prod(zero_point.shape) == size,
                "scale and zero point must have the same size",
            )
    elif output_dtype is not None:
        allowed = _FLOATS if typed else rules.dtypes
        require(output_dtype in allowed, f"attribute output_dtype must not be {output_dtype}")
        if not typed:
            quantized = output_dtype
    axis = _axis(ctx, node, tensor, scale, size, rules)
    if quantized in _FOUR_BITS:
        _require_even(tensor, rules)
    if tensor.rank == 0:
        tensor = reshape_tensor(ctx, tensor, (1,))
    casts = ctx.strongly_typed and not dequantize and ctx.opset < _MIXED_TYPES
    if casts and scale.dtype != tensor.dtype:
        scale = ctx.net.add_cast(scale, tensor.dtype).output
    dtype = scale.dtype if dequantize else quantized
    if typed and output_dtype is not None:
        dtype = output_dtype
    layer = add_quantization(
        ctx, tensor, scale, zero_point, dtype, axis=axis, dequantize=dequantize
    )
    if rules.registers_layers:
        ctx.register_layer(layer)
    else:
        layer.name = node.label
    return [layer.output]


_DTYPES_101 = frozenset({"int8", "fp8", "int4"})
_RULES_101 = _Rules(
    dynamic_scale=False,
    counts_elements=False,
    registers_layers=False,
    uint8_zero_point=False,
    typed_dequantize=False,
    dtypes=_DTYPES_101,
)
_RULES_107 = _Rules(
    dynamic_scale=True,
    counts_elements=True,
    registers_layers=True,
    uint8_zero_point=False,
    typed_dequantize=False,
    dtypes=_DTYPES_101,
)
_RULES_1010 = _Rules(
    dynamic_scale=True,
    counts_elements=True,
    registers_layers=True,
    uint8_zero_point=True,
    typed_dequantize=True,
    dtypes=_DTYPES_101 | {"fp4"},
)
_RULES_1016 = replace(_RULES_1010, default_axis=1)
_OPS = {"QuantizeLinear": False, "DequantizeLinear": True}
_PREFIXES = {"": "int8", "TRT_FP8": "fp8", "TRT_INT4": "int4"}

for _since, _rules in (
    ("10.1", _RULES_101),
    ("10.7", _RULES_107),
    ("10.10", _RULES_1010),
    ("10.16", _RULES_1016),
):
    for _op, _dequantize in _OPS.items():
        for _prefix, _default in _PREFIXES.items():
            importer(_prefix + _op, since=_since, source=f"{_since}:QuantDequantLinearHelper")(
                partial(_quantization, dequantize=_dequantize, rules=_rules, default=_default)
            )

#: Elements per scale of dynamic FP4 quantization.
_BLOCK_SIZE = 16


@importer("TRT_FP4DynamicQuantize", since="10.10", source="10.10:importTRT_FP4DynamicQuantize")
def fp4_dynamic_quantize(
    ctx: ImporterContext, node: Node, inputs: list[Value]
) -> Sequence[Value]:
    tensor = ctx.to_tensor(required(inputs, 0))
    scale = ctx.to_tensor(required(inputs, 1))
    axis = convert_axis(node.attr_int("axis", 1), tensor.rank)
    scale_dtype = _attr_dtype(ctx, node, "scale_type") or "fp8"
    require(scale_dtype == "fp8", "attribute scale_type must be FP8")
    block_size = node.attr_int("block_size") or _BLOCK_SIZE
    require(block_size == _BLOCK_SIZE, f"attribute block_size must be {_BLOCK_SIZE}")
    require(required_weights(inputs, 1).count == 1, "the scale must be one value")
    layer = ctx.net.add_dynamic_quantize(tensor, "fp4", scale_dtype, axis, block_size)
    layer.set_input(1, scale)
    return [*ctx.register_layer(layer).outputs]
