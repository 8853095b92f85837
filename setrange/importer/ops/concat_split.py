# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Concat and Split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.importer import shape_tensor as st
from setrange.importer.op_context import convert_axis
from setrange.importer.registry import history, since
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import ShapeTensor
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Iterator

    from setrange.importer.op_types import Given, OpContext, Outputs, Tensor, Value


def _concat(ctx: OpContext, *values: Given, bools: str) -> Outputs:
    """``bools``: BOOL is ``refused``, ``cast`` to INT32 and back, or ``taken``."""
    require(values, "Concat needs an input")
    boolean = any(ctx.type_name(value) == "BOOL" for value in values)
    require(bools != "refused" or not boolean, "Concat does not take BOOL inputs")
    tensors = []
    for value in values:
        tensor = ctx.to_tensor(value)
        casts = bools == "cast" and tensor.dtype == "bool"
        tensors.append(ctx.cast(tensor, "int32") if casts else tensor)
    axis = convert_axis(ctx.required_int("axis"), tensors[0].rank)
    output = ctx.main(ctx.net.add_concatenation(tensors, axis))
    return ctx.cast(output, "bool") if boolean and bools == "cast" else output


@dataclass(frozen=True, slots=True, kw_only=True)
class _SplitRules:
    """What Split does in one release."""

    lengths_input: int | None = None  #: First opset whose lengths are an input, if any.
    constant_lengths: bool = True  #: Lengths that are an input must be an initializer.
    uneven: bool = False  #: The last part may be smaller; ``num_outputs`` is checked.


def _split(ctx: OpContext, data: Tensor, *, rules: _SplitRules) -> Outputs:
    dims = st.shape_of(ctx, data)
    rank, count = len(dims), len(ctx.node.outputs)
    axis = convert_axis(ctx.node.attr_int("axis", 0), rank, strict=True)
    subscripts = st.shape_vector(*(rank if i == axis else i for i in range(rank)))
    lengths = _lengths(ctx, rules)
    if rules.uneven:
        _check_num_outputs(ctx, given=lengths is not None)
    parts = _parts(ctx, dims, axis, subscripts, lengths, count, uneven=rules.uneven)
    zeros, ones = st.similar(ctx, dims, 0), st.similar(ctx, dims, 1)
    starts, start = zeros.copy(), st.shape_vector(0)
    outputs: list[Value] = []
    previous: ShapeTensor | None = None
    for _ in range(count):
        if previous is not None:
            start = st.add(ctx, start, previous)
            starts = st.interlace(ctx, zeros, start, subscripts)
        previous, sizes = next(parts)
        outputs.append(ctx.main(st.add_slice(ctx, data, starts, sizes, ones)))
    return outputs


def _lengths(ctx: OpContext, rules: _SplitRules) -> list[int] | ShapeTensor | None:
    """The given lengths of the parts, or ``None``."""
    if rules.lengths_input is None or ctx.opset < rules.lengths_input:
        return ctx.node.attr_ints("split") if ctx.node.has("split") else None
    if len(ctx.inputs) != 2:
        return None
    value = ctx.required(1)
    if isinstance(value, Weights) or rules.constant_lengths:
        return ctx.required_weights(1).ints()
    return st.shape_tensor(ctx, value)


def _check_num_outputs(ctx: OpContext, *, given: bool) -> None:
    """Opset 18's attribute excludes lengths and must tell the truth."""
    if ctx.opset < 18 or not ctx.node.has("num_outputs"):
        return
    require(not given, "Split takes lengths or the attribute num_outputs, not both")
    stated, count = ctx.node.attr_int("num_outputs"), len(ctx.node.outputs)
    require(stated == count, f"num_outputs is {stated}, the node has {count}")


def _parts(
    ctx: OpContext,
    dims: ShapeTensor,
    axis: int,
    subscripts: ShapeTensor,
    lengths: list[int] | ShapeTensor | None,
    count: int,
    *,
    uneven: bool,
) -> Iterator[tuple[ShapeTensor, ShapeTensor]]:
    """Each part's length and sizes; layers are added as the parts are asked for."""
    if lengths is not None:
        if not isinstance(lengths, ShapeTensor):
            require(len(lengths) == count, f"{len(lengths)} lengths for {count} outputs")
        for i in range(count):
            if isinstance(lengths, ShapeTensor):
                part = st.gather(ctx, lengths, st.shape_vector(i))
            else:
                part = st.shape_vector(lengths[i])
            yield part, st.interlace(ctx, dims, part, subscripts)
        return
    length = st.gather(ctx, dims, st.shape_vector(axis))
    part, last = _equal_parts(ctx, length, count, uneven=uneven)
    sizes = last_sizes = st.interlace(ctx, dims, part, subscripts)
    if uneven:
        last_sizes = st.interlace(ctx, dims, last, subscripts)
    for _ in range(count - 1):
        yield part, sizes
    yield last, last_sizes


def _equal_parts(
    ctx: OpContext, length: ShapeTensor, count: int, *, uneven: bool
) -> tuple[ShapeTensor, ShapeTensor]:
    """Length of a part, and of the last part."""
    require(count > 0, "Split needs an output")
    if not uneven:
        part = st.floor_div(ctx, length, st.shape_vector(count))
        return part, part
    rounded = st.add(ctx, length, st.shape_vector(count - 1))
    part = st.floor_div(ctx, rounded, st.shape_vector(count))
    last = st.sub(ctx, length, st.mul(ctx, part, st.shape_vector(count - 1)))
    require(not last.all_known or last[0] >= 0, "the last part of Split has a negative length")
    return part, last


# -- change log -------------------------------------------------------------------------

history(
    "Concat",
    since("7.0", _concat, bools="refused"),
    since("7.2", bools="cast"),
    since("8.0", bools="taken"),
    since("8.5", refuses="UINT8"),
)
history(
    "Split",
    since("7.0", _split, _SplitRules(), refuses="BOOL"),
    since("7.2", lengths_input=13),
    since("8.0", refuses=""),
    since("8.2", constant_lengths=False),
    since("8.5", refuses="UINT8"),
    since("10.1", uneven=True),
)
