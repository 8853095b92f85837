# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Pad as a Slice layer that reaches beyond the tensor (8.2 on)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.attributes import required_ints
from setrange.importer.helpers.inputs import optional, required
from setrange.importer.helpers.slices import (
    interlace_subscripts,
    normalized_axes,
    set_slice_axes,
)
from setrange.importer.helpers.tensors import convert_axis, identity, require_not_type
from setrange.importer.registry import importer
from setrange.importer.rejections import refuse, require
from setrange.importer.shape_tensor import (
    ShapeTensor,
    add,
    add_slice,
    floor_div,
    gather,
    interlace,
    iota_shape_vector,
    shape_of,
    shape_tensor,
    shape_vector,
    similar,
    sub,
)
from setrange.importer.shape_value import INT32_MIN
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Layer, Tensor

#: Opset from which pads and value are inputs.
_INPUTS = 11

_INTEGERS = ("int32", "int64", "bool")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """What Pad does in one version.

    Attributes:
        invalid: Input types it refuses.
        modes: ONNX mode -> mode of the Slice layer.
        value_types: Types of a constant value that are read; others become a Constant layer.
        fill_types: Type of the tensor -> type of the constant made of the value.
        pads_types: Types constant pads may have.
        strict_pads: Pads of another type are refused (else taken for unknown).
        axes: ``"ignored"``, ``"refused"`` or ``"taken"``.
        index: Type of the parser's own index constants.
    """

    invalid: tuple[str, ...] = ()
    modes: dict[str, str]
    value_types: tuple[str, ...]
    fill_types: dict[str, str]
    pads_types: tuple[str, ...] = _INTEGERS
    strict_pads: bool = False
    axes: str
    index: str = "int32"


@dataclass(slots=True, kw_only=True)
class _Fill:
    """What the padding is filled with."""

    value: float = 0.0
    tensor: Tensor | None = None


# -- reading the node -------------------------------------------------------------------


def _known_pads(
    ctx: ImporterContext, node: Node, inputs: list[Value], rules: _Rules
) -> list[int]:
    """The pads if they are constant, else nothing."""
    if ctx.opset < _INPUTS:
        return required_ints(node, "pads")
    pads = required(inputs, 1)
    if not isinstance(pads, Weights):
        return []
    if pads.dtype not in rules.pads_types:
        require(not rules.strict_pads, f"pads must be integers, they are {pads.dtype}")
        return []
    return pads.ints()


def _fill(ctx: ImporterContext, node: Node, inputs: list[Value], rules: _Rules) -> _Fill:
    if ctx.opset < _INPUTS:
        return _Fill(value=node.attr_float("value"))
    if len(inputs) < 3 or (rules.axes == "ignored" and len(inputs) != 3):
        return _Fill()
    value = inputs[2]
    if value is None:
        return _Fill()
    if isinstance(value, Weights):
        require(value.count == 1, "the value to pad with must be a scalar")
        if value.dtype in rules.value_types:
            return _Fill(value=value.floats()[0])
    return _Fill(tensor=ctx.to_tensor(value))


def _as_int32(value: float) -> int:
    """What a C++ cast makes of it on x86, where no integer is infinite or NaN."""
    return int(value) if math.isfinite(value) else INT32_MIN


def _set_mode(
    ctx: ImporterContext, node: Node, layer: Layer, tensor: Tensor, fill: _Fill, rules: _Rules
) -> None:
    mode = node.attr_str("mode", "constant")
    if mode not in rules.modes:
        refuse(f"TensorRT does not support the pad mode {mode!r}")
    layer.set_params(mode=rules.modes[mode])
    if mode != "constant":
        return
    if fill.tensor is not None:
        layer.set_input(4, fill.tensor)
    elif fill.value != 0.0:
        dtype = rules.fill_types.get(tensor.dtype, "int32")
        value = _as_int32(fill.value) if dtype == "int32" else fill.value
        layer.set_input(4, ctx.add_constant(value, dtype, ()))


# -- with the whole start and size (up to 10.3) -----------------------------------------


def _pad_axes(ctx: ImporterContext, inputs: list[Value], rank: int, rules: _Rules) -> list[int]:
    """The axes that are padded, empty for all."""
    given = optional(inputs, 3) if len(inputs) == 4 and ctx.opset >= _INPUTS else None
    if given is None or rules.axes == "ignored":
        return []
    require(rules.axes != "refused", "TensorRT does not support axes for Pad")
    if not isinstance(given, Weights):
        refuse("the axes of Pad must be an initializer")
    axes = given.ints()
    require(len(set(axes)) == len(axes), "the axes of Pad must differ from each other")
    return [convert_axis(axis, rank, strict=True) for axis in axes]


def _pad(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, rules: _Rules
) -> Sequence[Value]:
    value = required(inputs, 0)
    require_not_type(ctx, value, *rules.invalid)
    tensor = ctx.to_tensor(value)
    rank = tensor.rank
    pads = _known_pads(ctx, node, inputs, rules)
    if not pads and ctx.opset < _INPUTS:
        return [identity(ctx, value)]
    fill = _fill(ctx, node, inputs, rules)
    axes = _pad_axes(ctx, inputs, rank, rules)
    if not pads:
        start, size = _unknown_extent(ctx, inputs, tensor, axes, rules)
    elif not any(pads):
        return [identity(ctx, value)]
    else:
        start, size = _known_extent(ctx, tensor, _spread(pads, axes, rank), rules)
    ones = (1,) * rank
    layer = ctx.net.add_slice(tensor, ones, ones, ones)
    layer.set_input(1, start)
    layer.set_input(2, size)
    _set_mode(ctx, node, layer, tensor, fill, rules)
    return [ctx.register_layer(layer).output]


def _spread(pads: list[int], axes: list[int], rank: int) -> list[int]:
    """Pads per axis as pads per dimension."""
    if not axes:
        return pads
    require(len(pads) == 2 * len(axes), "Pad needs two pads for each axis")
    full = [0] * (2 * rank)
    for i, axis in enumerate(axes):
        full[axis] = pads[i]
        full[rank + axis] = pads[len(axes) + i]
    return full


def _known_extent(
    ctx: ImporterContext, tensor: Tensor, pads: list[int], rules: _Rules
) -> tuple[Tensor, Tensor]:
    """Start and size; pads of fewer dimensions are for the last ones."""
    rank, half = tensor.rank, len(pads) // 2
    require(len(pads) % 2 == 0 and half <= rank, f"{len(pads)} pads for {rank} dimensions")
    require(min(pads) >= 0, "TensorRT does not support negative pads")
    outer = [0] * (rank - half)
    start = [*outer, *(-pad for pad in pads[:half])]
    total = [*outer, *(a + b for a, b in zip(pads[:half], pads[half:], strict=True))]
    first = ctx.add_constant(start, rules.index, (rank,))
    padding = ctx.add_constant(total, rules.index, (rank,))
    dims = shape_of(ctx, tensor).tensor(ctx)
    return first, ctx.net.add_elementwise(dims, padding, "sum").output


def _unknown_extent(
    ctx: ImporterContext, inputs: list[Value], tensor: Tensor, axes: list[int], rules: _Rules
) -> tuple[Tensor, Tensor]:
    rank = tensor.rank
    pads = _pads_vector(ctx, inputs, len(axes) or rank)
    if axes:
        pads = _spread_unknown(ctx, tensor, pads, axes)
    pre = ctx.net.add_slice(pads, (0,), (rank,), (1,)).output
    post = ctx.net.add_slice(pads, (rank,), (rank,), (1,)).output
    zeros = ctx.add_constant([0] * rank, rules.index, (rank,))
    start = ctx.net.add_elementwise(zeros, pre, "sub").output
    total = ctx.net.add_elementwise(pre, post, "sum").output
    dims = shape_of(ctx, tensor).tensor(ctx)
    return start, ctx.net.add_elementwise(dims, total, "sum").output


def _pads_vector(ctx: ImporterContext, inputs: list[Value], count: int) -> Tensor:
    pads = ctx.to_tensor(required(inputs, 1))
    require(
        pads.rank == 1 and pads.shape[0] == 2 * count,
        f"pads must be a vector of {2 * count} elements, its shape is {list(pads.shape)}",
    )
    return pads


def _halves(ctx: ImporterContext, pads: Tensor) -> tuple[ShapeTensor, ShapeTensor]:
    """Pads before and after, cut out of a vector."""
    length = gather(ctx, shape_of(ctx, pads), shape_vector(0))
    half = floor_div(ctx, length, shape_vector(2))
    before = add_slice(ctx, pads, shape_vector(0), half, shape_vector(1))
    ctx.register_layer(before)
    after = add_slice(ctx, pads, half, half, shape_vector(1))
    ctx.register_layer(after)
    return ShapeTensor.of_tensor(before.output), ShapeTensor.of_tensor(after.output)


def _spread_unknown(
    ctx: ImporterContext, tensor: Tensor, pads: Tensor, axes: list[int]
) -> Tensor:
    """Pads per axis as pads per dimension, by layers."""
    dims = shape_of(ctx, tensor)
    before, after = _halves(ctx, pads)
    subscripts = interlace_subscripts(shape_vector(*axes), tensor.rank)
    ordered = [
        interlace(ctx, similar(ctx, dims, 0), half, subscripts) for half in (before, after)
    ]
    layer = ctx.net.add_concatenation([half.tensor(ctx) for half in ordered], 0)
    return ctx.register_layer(layer).output


# -- with axes of the Slice layer (10.4 on) ---------------------------------------------


def _pad_along_axes(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, rules: _Rules
) -> Sequence[Value]:
    value = required(inputs, 0)
    require_not_type(ctx, value, "UINT8")
    tensor = ctx.to_tensor(value)
    pads = _known_pads(ctx, node, inputs, rules)
    if not pads and ctx.opset < _INPUTS:
        return [identity(ctx, value)]
    fill = _fill(ctx, node, inputs, rules)
    given = optional(inputs, 3) if len(inputs) == 4 else None
    axes = iota_shape_vector(tensor.rank) if given is None else shape_tensor(ctx, given)
    count = len(axes)
    if pads and axes.all_known:
        if not any(pads):
            return [identity(ctx, value)]
        require(len(pads) == 2 * count, "Pad needs two pads for each axis")
        before, after = shape_vector(*pads[:count]), shape_vector(*pads[count:])
    else:
        before, after = _halves(ctx, _pads_vector(ctx, inputs, count))
    if axes.all_known:
        axes = normalized_axes(axes, tensor.rank)
    axes_dims = gather(ctx, shape_of(ctx, tensor), axes)
    start = sub(ctx, similar(ctx, before, 0), before)
    size = add(ctx, axes_dims, add(ctx, before, after))
    layer = add_slice(ctx, tensor, start, size, similar(ctx, start, 1))
    set_slice_axes(ctx, layer, axes, inputs)
    _set_mode(ctx, node, layer, tensor, fill, rules)
    return [ctx.register_layer(layer).output]


# -- registrations ----------------------------------------------------------------------

_MODES = {"constant": "fill", "reflect": "reflect", "edge": "clamp"}
_FLOATS = {"float32": "float32", "float16": "float32", "int8": "float32"}
_FLOATS_10 = {"float32": "float32", "int8": "float32", "float16": "float16", "bf16": "bf16"}

_RULES_82 = _Rules(
    modes=_MODES,
    value_types=("float32", "float16", "int32", "int8", "bool"),  # read as if it were float
    fill_types=_FLOATS,
    axes="ignored",
)
_RULES_84 = _Rules(
    modes=_MODES, value_types=("float32", "float16"), fill_types=_FLOATS, axes="ignored"
)
_RULES_85 = _Rules(
    invalid=("UINT8",),
    modes=_MODES,
    value_types=("float32", "float16"),
    fill_types=_FLOATS,
    axes="refused",
)
_RULES_101 = _Rules(
    invalid=("UINT8",),
    modes={**_MODES, "wrap": "wrap"},
    value_types=("float32", "float16", "bf16"),
    fill_types=_FLOATS_10,
    pads_types=(*_INTEGERS, "float32"),
    strict_pads=True,
    axes="taken",
    index="int64",
)

for _since, _rules in (("8.2", _RULES_82), ("8.4", _RULES_84), ("8.5", _RULES_85)):
    importer("Pad", since=_since, source=f"{_since}-GA:importPad")(partial(_pad, rules=_rules))
importer("Pad", since="10.1", source="10.1-GA:importPad")(partial(_pad, rules=_RULES_101))
importer("Pad", since="10.4", source="10.10:importPad")(
    partial(_pad_along_axes, rules=_RULES_101)
)
