# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Concat and Split."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.attributes import required_int
from setrange.importer.helpers.inputs import required, required_weights
from setrange.importer.helpers.tensors import (
    cast_helper,
    convert_axis,
    require_not_type,
    type_name,
)
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import (
    ShapeTensor,
    add,
    add_slice,
    floor_div,
    gather,
    interlace,
    mul,
    shape_of,
    shape_tensor,
    shape_vector,
    similar,
    sub,
)
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Tensor


# -- Concat -----------------------------------------------------------------------------


def _concat(ctx: ImporterContext, node: Node, tensors: list[Tensor]) -> Tensor:
    require(tensors, "Concat needs an input")
    axis = convert_axis(required_int(node, "axis"), tensors[0].rank)
    layer = ctx.net.add_concatenation(tensors, axis)
    return ctx.register_layer(layer).output


@importer("Concat", since="7.0", source="7.1:importConcat")
def concat_no_bool(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensors = []
    for value in inputs:
        require_not_type(ctx, value, "BOOL")
        tensors.append(ctx.to_tensor(value))
    return [_concat(ctx, node, tensors)]


@importer("Concat", since="7.2", source="7.2.1:importConcat")
def concat_cast_bool(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensors = []
    for value in inputs:
        tensor = ctx.to_tensor(value)
        tensors.append(cast_helper(ctx, tensor, "int32") if tensor.dtype == "bool" else tensor)
    output = _concat(ctx, node, tensors)
    boolean = any(type_name(ctx, value) == "BOOL" for value in inputs)
    return [cast_helper(ctx, output, "bool") if boolean else output]


@importer("Concat", since="8.0", source="8.4-GA:importConcat")
def concat(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    return [_concat(ctx, node, [ctx.to_tensor(value) for value in inputs])]


@importer("Concat", since="8.5", source="10.10:importConcat")
def concat_no_uint8(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    require_not_type(ctx, required(inputs, 0), "UINT8")
    return concat(ctx, node, inputs)


# -- Split ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _SplitRules:
    """What Split does in one version.

    Attributes:
        invalid: Input types it refuses.
        lengths_input: First opset whose lengths are an input (``None``: always an attribute).
        constant_lengths: Lengths that are an input must be an initializer.
        uneven: Without lengths, the last part may be smaller; checks ``num_outputs``.
    """

    invalid: tuple[str, ...] = ()
    lengths_input: int | None = 13
    constant_lengths: bool = False
    uneven: bool = False


def _lengths(
    ctx: ImporterContext, node: Node, inputs: list[Value], rules: _SplitRules
) -> list[int] | ShapeTensor | None:
    """The given lengths of the parts, or ``None``."""
    if rules.lengths_input is None or ctx.opset < rules.lengths_input:
        return node.attr_ints("split") if node.has("split") else None
    if len(inputs) != 2:
        return None
    value = required(inputs, 1)
    if isinstance(value, Weights) or rules.constant_lengths:
        return required_weights(inputs, 1).ints()
    return shape_tensor(ctx, value)


def _check_num_outputs(ctx: ImporterContext, node: Node, *, given: bool) -> None:
    """Opset 18's attribute excludes lengths and must tell the truth."""
    if ctx.opset < 18 or not node.has("num_outputs"):
        return
    require(not given, "Split takes lengths or the attribute num_outputs, not both")
    require(
        node.attr_int("num_outputs") == len(node.outputs),
        f"num_outputs is {node.attr_int('num_outputs')}, the node has {len(node.outputs)}",
    )


def _equal_parts(
    ctx: ImporterContext, length: ShapeTensor, count: int, *, uneven: bool
) -> tuple[ShapeTensor, ShapeTensor]:
    """Length of a part, and of the last part."""
    require(count > 0, "Split needs an output")
    if not uneven:
        part = floor_div(ctx, length, shape_vector(count))
        return part, part
    rounded = add(ctx, length, shape_vector(count - 1))
    part = floor_div(ctx, rounded, shape_vector(count))
    last = sub(ctx, length, mul(ctx, part, shape_vector(count - 1)))
    require(not last.all_known or last[0] >= 0, "the last part of Split has a negative length")
    return part, last


def _lengths_of_parts(
    ctx: ImporterContext, lengths: list[int] | ShapeTensor, count: int
) -> Iterator[ShapeTensor]:
    if isinstance(lengths, ShapeTensor):
        yield from (gather(ctx, lengths, shape_vector(i)) for i in range(count))
    else:
        require(len(lengths) == count, f"{len(lengths)} lengths for {count} outputs")
        yield from (shape_vector(length) for length in lengths)


def _parts(
    ctx: ImporterContext,
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
        for part in _lengths_of_parts(ctx, lengths, count):
            yield part, interlace(ctx, dims, part, subscripts)
        return
    length = gather(ctx, dims, shape_vector(axis))
    part, last = _equal_parts(ctx, length, count, uneven=uneven)
    sizes = last_sizes = interlace(ctx, dims, part, subscripts)
    if uneven:
        last_sizes = interlace(ctx, dims, last, subscripts)
    for _ in range(count - 1):
        yield part, sizes
    yield last, last_sizes


def _split(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, rules: _SplitRules
) -> Sequence[Value]:
    value = required(inputs, 0)
    require_not_type(ctx, value, *rules.invalid)
    data = ctx.to_tensor(value)
    dims = shape_of(ctx, data)
    rank, count = len(dims), len(node.outputs)
    axis = convert_axis(node.attr_int("axis", 0), rank, strict=True)
    subscripts = ShapeTensor(rank=1, values=[rank if i == axis else i for i in range(rank)])
    lengths = _lengths(ctx, node, inputs, rules)
    if rules.uneven:
        _check_num_outputs(ctx, node, given=lengths is not None)
    parts = _parts(ctx, dims, axis, subscripts, lengths, count, uneven=rules.uneven)
    zeros, ones = similar(ctx, dims, 0), similar(ctx, dims, 1)
    starts, start = zeros.copy(), shape_vector(0)
    outputs: list[Value] = []
    previous: ShapeTensor | None = None
    for _ in range(count):
        if previous is not None:
            start = add(ctx, start, previous)
            starts = interlace(ctx, zeros, start, subscripts)
        previous, sizes = next(parts)
        layer = add_slice(ctx, data, starts, sizes, ones)
        outputs.append(ctx.register_layer(layer).output)
    return outputs


for _since, _rules in {
    "7.0": _SplitRules(invalid=("BOOL",), lengths_input=None),
    "7.2": _SplitRules(invalid=("BOOL",), constant_lengths=True),
    "8.0": _SplitRules(constant_lengths=True),
    "8.2": _SplitRules(),
    "8.5": _SplitRules(invalid=("UINT8",)),
    "10.1": _SplitRules(invalid=("UINT8",), uneven=True),
}.items():
    importer("Split", since=_since, source="10.10:importSplit")(partial(_split, rules=_rules))
