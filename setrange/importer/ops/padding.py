# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Pad: a Padding layer up to 8.0, then a Slice that reaches beyond the tensor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.importer import shape_tensor as st
from setrange.importer.helpers.slices import (
    interlace_subscripts,
    normalized_axes,
    set_slice_axes,
)
from setrange.importer.op_context import convert_axis
from setrange.importer.registry import LATER, history, since
from setrange.importer.rejections import refuse, require
from setrange.importer.shape_tensor import ShapeTensor
from setrange.importer.shape_value import INT32_MIN
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from setrange.importer.op_types import Given, Layer, Node, OpContext, Outputs, Tensor

#: Opset from which pads and value are inputs.
_INPUTS = 11


# -- Padding layers (to 8.0) ------------------------------------------------------------

#: The Padding layer wants this many dimensions.
_RANK = 4


def _constants(ctx: OpContext) -> tuple[list[int], float]:
    """Pads and value, which must be constant."""
    if ctx.opset < _INPUTS:
        return ctx.required_ints("pads"), ctx.node.attr_float("value")
    pads = ctx.required_weights(1).ints()
    if len(ctx.inputs) != 3:
        return pads, 0.0
    value = ctx.required_weights(2)
    require(value.count == 1, "the value to pad with must be a scalar")
    return pads, value.floats()[0]


def _require_zeros(node: Node, value: float) -> None:
    constant = node.attr_str("mode", "constant") == "constant"
    require(constant and value == 0.0, "this release of TensorRT pads with constant 0 only")


def _pad_last_two(ctx: OpContext, data: Tensor, *, expands: bool) -> Outputs:
    require(expands or data.rank >= _RANK, "this release of TensorRT pads 4-D tensors only")
    axes = range(_RANK - data.rank)
    if axes:
        data = ctx.unsqueeze(data, axes)
    pads, value = _constants(ctx)
    _require_zeros(ctx.node, value)
    half = len(pads) // 2
    outer = [*pads[: half - 2], *pads[half:-2]]
    inner_only = half >= 2 and not any(outer)
    require(inner_only, "this release of TensorRT pads the last two dimensions only")
    output = ctx.main(ctx.net.add_padding(data, pads[half - 2 : half], pads[-2:]))
    return ctx.squeeze(output, axes) if axes else output


def _pad_two_axes(ctx: OpContext, value: Given) -> Outputs:
    data = ctx.to_tensor(value)
    axes = range(_RANK - data.rank)
    if axes:
        data = ctx.unsqueeze(data, axes)
    pads, fill = _constants(ctx)
    if not any(pads):
        return ctx.identity(value)
    _require_zeros(ctx.node, fill)
    half = len(pads) // 2
    outer = [0] * (_RANK - half)
    pads = [*outer, *pads[:half], *outer, *pads[half:]]
    rank = len(pads) // 2
    require(rank == data.rank, f"{2 * rank} pads for {data.rank} dimensions")
    padded = {i for i in range(rank) if pads[i] or pads[rank + i]}
    if len(padded) == 1:
        padded.add(rank - 2 if rank - 1 in padded else rank - 1)
    require(len(padded) == 2, "this release of TensorRT pads two dimensions at most")
    first, second = sorted(padded)
    perm = list(range(rank))
    perm[rank - 1], perm[second] = perm[second], perm[rank - 1]
    perm[rank - 2], perm[first] = perm[first], perm[rank - 2]
    dtype = data.dtype
    if dtype != "float32":
        data = ctx.cast(data, "float32")
    data = ctx.transpose(data, perm)
    before, after = (pads[first], pads[second]), (pads[rank + first], pads[rank + second])
    output = ctx.main(ctx.net.add_padding(data, before, after))
    output = ctx.transpose(output, [perm.index(i) for i in range(rank)])
    if dtype != "float32":
        output = ctx.cast(output, dtype)
    return ctx.squeeze(output, axes) if axes else output


# -- Slice layers -----------------------------------------------------------------------

_INTEGERS = ("int32", "int64", "bool")
_MODES = {"constant": "fill", "reflect": "reflect", "edge": "clamp"}
_FLOATS_101 = {"float32": "float32", "int8": "float32", "float16": "float16", "bf16": "bf16"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _PadRules:
    """What Pad does in one release."""

    modes: dict[str, str]  #: ONNX mode -> mode of the Slice layer.
    #: Types of a constant value that are read, as if it were float; others become a layer.
    value_types: tuple[str, ...]
    fill_types: dict[str, str]  #: Type of the tensor -> type of the constant made of the value.
    pads_types: tuple[str, ...] = _INTEGERS  #: Types constant pads may have.
    strict_pads: bool = False  #: Pads of another type are refused (else taken for unknown).
    axes: str = "ignored"  #: ``"ignored"``, ``"refused"`` or ``"taken"``.
    index: str = "int32"  #: Type of the parser's own index constants.
    along_axes: bool = False  #: The Slice layer gets axes, which may be unknown.


def _known_pads(ctx: OpContext, rules: _PadRules) -> list[int]:
    """The pads if they are constant, else nothing."""
    if ctx.opset < _INPUTS:
        return ctx.required_ints("pads")
    pads = ctx.required(1)
    if not isinstance(pads, Weights):
        return []
    if pads.dtype not in rules.pads_types:
        require(not rules.strict_pads, f"pads must be integers, they are {pads.dtype}")
        return []
    return pads.ints()


def _fill(ctx: OpContext, rules: _PadRules) -> float | Tensor:
    """What the padding is filled with."""
    if ctx.opset < _INPUTS:
        return ctx.node.attr_float("value")
    value = ctx.optional(2)
    if value is None or (rules.axes == "ignored" and len(ctx.inputs) != 3):
        return 0.0
    if isinstance(value, Weights):
        require(value.count == 1, "the value to pad with must be a scalar")
        if value.dtype in rules.value_types:
            return value.floats()[0]
    return ctx.to_tensor(value)


def _padded(
    ctx: OpContext, layer: Layer, data: Tensor, fill: float | Tensor, rules: _PadRules
) -> Tensor:
    """The Slice's output, its mode and its value set."""
    mode = ctx.node.attr_str("mode", "constant")
    if mode not in rules.modes:
        refuse(f"TensorRT does not support the pad mode {mode!r}")
    layer.set_params(mode=rules.modes[mode])
    if mode != "constant":
        return ctx.main(layer)
    if not isinstance(fill, float):
        layer.set_input(4, fill)
    elif fill != 0.0:
        dtype = rules.fill_types.get(data.dtype, "int32")
        value = _as_int32(fill) if dtype == "int32" else fill
        layer.set_input(4, ctx.add_constant(value, dtype, ()))
    return ctx.main(layer)


def _as_int32(value: float) -> int:
    """What a C++ cast makes of it on x86, where no integer is infinite or NaN."""
    return int(value) if math.isfinite(value) else INT32_MIN


def _pad(ctx: OpContext, value: Given, *, rules: _PadRules) -> Outputs:
    data = ctx.to_tensor(value)
    pads = _known_pads(ctx, rules)
    if not pads and ctx.opset < _INPUTS:
        return ctx.identity(value)
    fill = _fill(ctx, rules)
    add = _add_along_axes if rules.along_axes else _add
    layer = add(ctx, data, pads, rules)
    return ctx.identity(value) if layer is None else _padded(ctx, layer, data, fill, rules)


# -- with the whole start and size ------------------------------------------------------


def _add(ctx: OpContext, data: Tensor, pads: list[int], rules: _PadRules) -> Layer | None:
    """The Slice layer, if there is something to pad."""
    rank = data.rank
    axes = _pad_axes(ctx, rank, rules)
    if not pads:
        start, size = _unknown_extent(ctx, data, axes, rules)
    elif not any(pads):
        return None
    else:
        start, size = _known_extent(ctx, data, _spread(pads, axes, rank), rules)
    return ctx.slice_by_tensors(data, start, size)


def _pad_axes(ctx: OpContext, rank: int, rules: _PadRules) -> list[int]:
    """The axes that are padded, empty for all."""
    given = ctx.optional(3) if len(ctx.inputs) == 4 and ctx.opset >= _INPUTS else None
    if given is None or rules.axes == "ignored":
        return []
    require(rules.axes != "refused", "TensorRT does not support axes for Pad")
    if not isinstance(given, Weights):
        refuse("the axes of Pad must be an initializer")
    axes = given.ints()
    require(len(set(axes)) == len(axes), "the axes of Pad must differ from each other")
    return [convert_axis(axis, rank, strict=True) for axis in axes]


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
    ctx: OpContext, data: Tensor, pads: list[int], rules: _PadRules
) -> tuple[Tensor, Tensor]:
    """Start and size; pads of fewer dimensions are for the last ones."""
    rank, half = data.rank, len(pads) // 2
    require(len(pads) % 2 == 0 and half <= rank, f"{len(pads)} pads for {rank} dimensions")
    require(min(pads) >= 0, "TensorRT does not support negative pads")
    outer = [0] * (rank - half)
    start = [*outer, *(-pad for pad in pads[:half])]
    total = [*outer, *(a + b for a, b in zip(pads[:half], pads[half:], strict=True))]
    first = ctx.add_constant(start, rules.index, (rank,))
    padding = ctx.add_constant(total, rules.index, (rank,))
    return first, ctx.combine(st.shape_of(ctx, data).tensor(ctx), padding, "sum")


def _unknown_extent(
    ctx: OpContext, data: Tensor, axes: list[int], rules: _PadRules
) -> tuple[Tensor, Tensor]:
    rank = data.rank
    pads = _pads_vector(ctx, len(axes) or rank)
    if axes:
        pads = _spread_unknown(ctx, data, pads, axes)
    pre = ctx.net.add_slice(pads, (0,), (rank,), (1,)).output
    post = ctx.net.add_slice(pads, (rank,), (rank,), (1,)).output
    zeros = ctx.add_constant([0] * rank, rules.index, (rank,))
    start = ctx.combine(zeros, pre, "sub")
    total = ctx.combine(pre, post, "sum")
    return start, ctx.combine(st.shape_of(ctx, data).tensor(ctx), total, "sum")


def _pads_vector(ctx: OpContext, count: int) -> Tensor:
    pads = ctx.input_tensor(1)
    require(
        pads.rank == 1 and pads.shape[0] == 2 * count,
        f"pads must be a vector of {2 * count} elements, its shape is {list(pads.shape)}",
    )
    return pads


def _halves(ctx: OpContext, pads: Tensor) -> list[ShapeTensor]:
    """Pads before and after, cut out of a vector."""
    length = st.gather(ctx, st.shape_of(ctx, pads), st.shape_vector(0))
    half = st.floor_div(ctx, length, st.shape_vector(2))
    return [
        ShapeTensor.of_tensor(
            ctx.main(st.add_slice(ctx, pads, start, half, st.shape_vector(1)))
        )
        for start in (st.shape_vector(0), half)
    ]


def _spread_unknown(ctx: OpContext, data: Tensor, pads: Tensor, axes: list[int]) -> Tensor:
    """Pads per axis as pads per dimension, by layers."""
    dims = st.shape_of(ctx, data)
    subscripts = interlace_subscripts(st.shape_vector(*axes), data.rank)
    ordered = [
        st.interlace(ctx, st.similar(ctx, dims, 0), half, subscripts)
        for half in _halves(ctx, pads)
    ]
    return ctx.main(ctx.net.add_concatenation([half.tensor(ctx) for half in ordered], 0))


# -- with axes of the Slice layer -------------------------------------------------------


def _add_along_axes(
    ctx: OpContext, data: Tensor, pads: list[int], rules: _PadRules
) -> Layer | None:
    """The Slice layer, if there is something to pad; it gets the axes."""
    given = ctx.optional(3) if len(ctx.inputs) == 4 else None
    axes = st.iota_shape_vector(data.rank) if given is None else st.shape_tensor(ctx, given)
    count = len(axes)
    if pads and axes.all_known:
        if not any(pads):
            return None
        require(len(pads) == 2 * count, "Pad needs two pads for each axis")
        before, after = st.shape_vector(*pads[:count]), st.shape_vector(*pads[count:])
    else:
        before, after = _halves(ctx, _pads_vector(ctx, count))
    if axes.all_known:
        axes = normalized_axes(axes, data.rank)
    axes_dims = st.gather(ctx, st.shape_of(ctx, data), axes)
    start = st.sub(ctx, st.similar(ctx, before, 0), before)
    size = st.add(ctx, axes_dims, st.add(ctx, before, after))
    layer = st.add_slice(ctx, data, start, size, st.similar(ctx, start, 1))
    set_slice_axes(ctx, layer, axes, ctx.inputs)
    return layer


_RULES_82 = _PadRules(
    modes=_MODES,
    value_types=("float32", "float16", "int32", "int8", "bool"),
    fill_types={"float32": "float32", "float16": "float32", "int8": "float32"},
)
_RULES_101 = _PadRules(
    modes={**_MODES, "wrap": "wrap"},
    value_types=("float32", "float16", "bf16"),
    fill_types=_FLOATS_101,
    pads_types=(*_INTEGERS, "float32"),
    strict_pads=True,
    axes="taken",
    index="int64",
)


# -- change log -------------------------------------------------------------------------

history(
    "Pad",
    since("7.0", _pad_last_two, expands=False),
    since("7.1", expands=True),
    since("8.0", _pad_two_axes),
    since("8.2", _pad, _RULES_82),
    since("8.4", value_types=("float32", "float16")),
    since("8.5", axes="refused", refuses="UINT8"),
    since("10.1", _pad, _RULES_101),
    since("10.4", along_axes=True, read_at="10.10", why=LATER),
)
