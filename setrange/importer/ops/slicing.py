# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Slice and TRT_Slice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.attributes import required_ints
from setrange.importer.helpers.inputs import optional, required, required_tensor
from setrange.importer.helpers.slices import (
    compute_slice_sizes,
    decode_starts_and_ends,
    interlace_subscripts,
    legacy_index,
    normalized_axes,
    set_slice_axes,
    static_slice,
)
from setrange.importer.helpers.tensors import cast_helper, is_dynamic, require_not_type
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import (
    ShapeTensor,
    add,
    add_slice,
    gather,
    interlace,
    iota_shape_vector,
    maximum,
    shape_of,
    shape_tensor,
    shape_vector,
    similar,
)
from setrange.importer.shape_value import INT32_MIN
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Tensor

#: Opset from which starts, ends, axes and steps are inputs.
_INPUTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bounds:
    """starts, ends, axes and steps, as given."""

    starts: ShapeTensor
    ends: ShapeTensor
    axes: ShapeTensor
    steps: ShapeTensor


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """What Slice does in one version.

    Attributes:
        invalid: Input types it refuses.
        legacy: Out-of-range starts and ends are decoded by the formula of 7.0 and 7.1.
        clamps: Sizes below 0 become 0.
        casts: Starts and ends are cast to INT64, which hides their values; INT32 constants
            take a shorter way.
        slice_axes: The Slice layer gets axes; those may be unknown.
        optional_axes: Axes may be skipped by an empty name.
    """

    invalid: tuple[str, ...] = ()
    legacy: bool = False
    clamps: bool = True
    casts: bool = False
    slice_axes: bool = False
    optional_axes: bool = False


def _attributes(ctx: ImporterContext, node: Node) -> _Bounds:
    starts = shape_vector(*required_ints(node, "starts"))
    ends = shape_vector(*required_ints(node, "ends"))
    axes = iota_shape_vector(starts.size)
    if node.has("axes"):
        axes = shape_vector(*node.attr_ints("axes"))
    return _Bounds(starts=starts, ends=ends, axes=axes, steps=similar(ctx, starts, 1))


def _input(ctx: ImporterContext, value: Value, *, casts: bool) -> ShapeTensor:
    if not casts:
        return shape_tensor(ctx, value)
    return ShapeTensor.of_tensor(cast_helper(ctx, ctx.to_tensor(value), "int64"))


def _inputs(ctx: ImporterContext, inputs: list[Value], rank: int, rules: _Rules) -> _Bounds:
    count = len(inputs)
    require(3 <= count <= 5, f"Slice takes 3 to 5 inputs from opset 10 on, it has {count}")
    starts = _input(ctx, required(inputs, 1), casts=rules.casts)
    ends = _input(ctx, required(inputs, 2), casts=rules.casts)
    skipped = count <= 3 or (rules.optional_axes and inputs[3] is None)
    axes = iota_shape_vector(rank) if skipped else shape_tensor(ctx, inputs[3])
    require(
        axes.all_known or rules.slice_axes,
        "this version of TensorRT needs Slice's axes to be an initializer",
    )
    require(
        starts.size == axes.size and ends.size == axes.size,
        f"Slice has {starts.size} starts, {ends.size} ends and {axes.size} axes",
    )
    steps = shape_tensor(ctx, inputs[4]) if count > 4 else similar(ctx, starts, 1)
    return _Bounds(starts=starts, ends=ends, axes=axes, steps=steps)


def _is_static(inputs: list[Value], data: Tensor) -> bool:
    """True if all bounds are constants, starts INT32, and the data's shape is known."""
    starts = optional(inputs, 1)
    if starts is None or starts.dtype != "int32" or is_dynamic(data.shape):
        return False
    return len(inputs) > 2 and all(isinstance(value, Weights) for value in inputs[1:5])


def _int32_words(weights: Weights) -> list[int]:
    """The first elements as the parser reads them there: as INT32, INT64 or not."""
    if weights.dtype != "int64":
        return weights.ints()
    words = [word for value in weights.ints() for word in (_low_word(value), value >> 32)]
    return words[: weights.count]


def _low_word(value: int) -> int:
    low = value & 0xFFFFFFFF
    return low - 2**32 if low >= 2**31 else low


def _complete(
    ctx: ImporterContext, dims: ShapeTensor, given: _Bounds, extra: ShapeTensor | None
) -> tuple[_Bounds, ShapeTensor | None]:
    """Bounds per dimension, in order, from bounds per axis; ``extra`` alike (else 0)."""
    rank = len(dims)
    axes = normalized_axes(given.axes, rank)
    require(len(set(axes)) == len(axes), "Slice's axes must differ from each other")
    if list(axes) == list(range(rank)):
        return given, extra
    subscripts = interlace_subscripts(axes, rank)
    starts = interlace(ctx, similar(ctx, dims, 0), given.starts, subscripts)
    ends = interlace(ctx, dims, given.ends, subscripts)
    steps = interlace(ctx, similar(ctx, dims, 1), given.steps, subscripts)
    if extra is not None:
        extra = interlace(ctx, similar(ctx, dims, 0), extra, subscripts)
    return _Bounds(starts=starts, ends=ends, axes=axes, steps=steps), extra


def _slice(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, rules: _Rules
) -> Sequence[Value]:
    value = required(inputs, 0)
    require_not_type(ctx, value, *rules.invalid)
    data = ctx.to_tensor(value)
    dims = shape_of(ctx, data)
    if ctx.opset < _INPUTS:
        given = _attributes(ctx, node)
    elif rules.casts and _is_static(inputs, data):
        bounds = [_int32_words(value) for value in inputs[1:5] if isinstance(value, Weights)]
        return [static_slice(ctx, data, bounds)]
    else:
        given = _inputs(ctx, inputs, data.rank, rules)
    if rules.slice_axes:
        return [_slice_along_axes(ctx, inputs, data, dims, given)]
    if rules.legacy:
        return [_legacy_slice(ctx, data, dims, given)]
    full, _ = _complete(ctx, dims, given, None)
    steps = full.steps
    starts, ends = decode_starts_and_ends(ctx, dims, steps, full.starts, full.ends)
    sizes = compute_slice_sizes(ctx, starts, ends, steps, dims)
    if rules.clamps:
        sizes = maximum(ctx, similar(ctx, dims, 0), sizes)
    return [ctx.register_layer(add_slice(ctx, data, starts, sizes, steps)).output]


def _slice_along_axes(
    ctx: ImporterContext,
    inputs: list[Value],
    data: Tensor,
    dims: ShapeTensor,
    given: _Bounds,
) -> Tensor:
    """The Slice layer takes bounds per axis, and the axes (10.3 on)."""
    axes, steps = given.axes, given.steps
    if axes.all_known:
        axes = normalized_axes(axes, data.rank)
    axes_dims = gather(ctx, dims, axes)
    starts, ends = decode_starts_and_ends(ctx, axes_dims, steps, given.starts, given.ends)
    sizes = compute_slice_sizes(ctx, starts, ends, steps, axes_dims)
    sizes = maximum(ctx, similar(ctx, axes_dims, 0), sizes)
    layer = add_slice(ctx, data, starts, sizes, steps)
    set_slice_axes(ctx, layer, axes, inputs)
    return ctx.register_layer(layer).output


def _legacy_slice(
    ctx: ImporterContext, data: Tensor, dims: ShapeTensor, given: _Bounds
) -> Tensor:
    """A whole axis taken backwards ends at INT_MIN and is one longer (7.0 and 7.1)."""
    known = given.ends.all_known
    shift = [int(known and end == INT32_MIN) for end in given.ends] or [0] * given.axes.size
    full, extra = _complete(ctx, dims, given, shape_vector(*shift))
    starts = legacy_index(ctx, full.starts, dims)
    ends = legacy_index(ctx, full.ends, dims)
    sizes = compute_slice_sizes(ctx, starts, ends, full.steps, dims)
    if extra is not None and not full.steps.is_all(1):
        sizes = add(ctx, sizes, extra)
    return ctx.register_layer(add_slice(ctx, data, starts, sizes, full.steps)).output


for _since, _rules in {
    "7.0": _Rules(invalid=("BOOL",), legacy=True),
    "7.2": _Rules(invalid=("BOOL",), clamps=False),
    "8.0": _Rules(clamps=False),
    "8.4": _Rules(),
    "8.5": _Rules(invalid=("UINT8",)),
    "10.1": _Rules(invalid=("UINT8",), casts=True),
    "10.3": _Rules(invalid=("UINT8",), casts=True, slice_axes=True),
    "10.10": _Rules(invalid=("UINT8",), casts=True, slice_axes=True, optional_axes=True),
}.items():
    importer("Slice", since=_since, source="10.10:importSlice")(partial(_slice, rules=_rules))


@importer("TRT_Slice", since="7.0", source="10.10:importTRT_Slice")
def trt_slice(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensor = required_tensor(inputs, 0)
    if len(inputs) == 1:
        start, size, stride = (required_ints(node, k) for k in ("start", "size", "stride"))
        return [ctx.register_layer(ctx.net.add_slice(tensor, start, size, stride)).output]
    require(len(inputs) == 4, f"TRT_Slice takes 1 or 4 inputs, it has {len(inputs)}")
    starts, sizes, strides = (shape_tensor(ctx, value) for value in inputs[1:])
    return [ctx.register_layer(add_slice(ctx, tensor, starts, sizes, strides)).output]
