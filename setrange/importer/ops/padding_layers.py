# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Pad as a Padding layer, which pads two dimensions with zeros (up to 8.0)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.attributes import required_ints
from setrange.importer.helpers.inputs import required, required_weights
from setrange.importer.helpers.tensors import (
    cast_helper,
    identity,
    squeeze_tensor,
    transpose_tensor,
    unsqueeze_tensor,
)
from setrange.importer.registry import importer
from setrange.importer.rejections import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Tensor

#: Opset from which pads and value are inputs.
_INPUTS = 11
#: The Padding layer wants this many dimensions.
_RANK = 4


def _arguments(
    ctx: ImporterContext, node: Node, inputs: list[Value]
) -> tuple[list[int], float]:
    """Pads and value, which must be constant."""
    if ctx.opset < _INPUTS:
        return required_ints(node, "pads"), node.attr_float("value")
    pads = required_weights(inputs, 1).ints()
    if len(inputs) != 3:
        return pads, 0.0
    value = required_weights(inputs, 2)
    require(value.count == 1, "the value to pad with must be a scalar")
    return pads, value.floats()[0]


def _require_zeros(node: Node, value: float) -> None:
    constant = node.attr_str("mode", "constant") == "constant"
    require(constant and value == 0.0, "this version of TensorRT pads with constant 0 only")


def _to_4d(ctx: ImporterContext, tensor: Tensor) -> tuple[Tensor, list[int]]:
    axes = list(range(_RANK - tensor.rank))
    return (unsqueeze_tensor(ctx, tensor, axes) if axes else tensor), axes


def _pad_last_two(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, expands: bool
) -> Sequence[Value]:
    tensor = ctx.to_tensor(required(inputs, 0))
    require(expands or tensor.rank >= _RANK, "this version of TensorRT pads 4-D tensors only")
    tensor, axes = _to_4d(ctx, tensor)
    pads, value = _arguments(ctx, node, inputs)
    _require_zeros(node, value)
    half = len(pads) // 2
    outer = [*pads[: half - 2], *pads[half:-2]]
    require(
        half >= 2 and not any(outer),
        "this version of TensorRT pads the last two dimensions only",
    )
    layer = ctx.net.add_padding(tensor, pads[half - 2 : half], pads[-2:])
    output = ctx.register_layer(layer).output
    return [squeeze_tensor(ctx, output, axes) if axes else output]


for _since, _expands in (("7.0", False), ("7.1", True)):
    importer("Pad", since=_since, source="7.2.1:importPad")(
        partial(_pad_last_two, expands=_expands)
    )


def _two_axes(pads: list[int], rank: int) -> list[int]:
    """The two dimensions that are padded, in order; refuses more than two."""
    padded = {i for i in range(rank) if pads[i] or pads[rank + i]}
    if len(padded) == 1:
        padded.add(rank - 2 if rank - 1 in padded else rank - 1)
    require(len(padded) == 2, "this version of TensorRT pads two dimensions at most")
    return sorted(padded)


@importer("Pad", since="8.0", source="8.0-GA:importPad")
def pad_two_axes(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    value = required(inputs, 0)
    tensor, axes = _to_4d(ctx, ctx.to_tensor(value))
    pads, fill = _arguments(ctx, node, inputs)
    if not any(pads):
        return [identity(ctx, value)]
    _require_zeros(node, fill)
    half = len(pads) // 2
    outer = [0] * (_RANK - half)
    pads = [*outer, *pads[:half], *outer, *pads[half:]]
    rank = len(pads) // 2
    require(rank == tensor.rank, f"{2 * rank} pads for {tensor.rank} dimensions")
    first, second = _two_axes(pads, rank)
    perm = list(range(rank))
    perm[rank - 1], perm[second] = perm[second], perm[rank - 1]
    perm[rank - 2], perm[first] = perm[first], perm[rank - 2]
    dtype = tensor.dtype
    if dtype != "float32":
        tensor = cast_helper(ctx, tensor, "float32")
    tensor = transpose_tensor(ctx, tensor, perm)
    layer = ctx.net.add_padding(
        tensor, [pads[first], pads[second]], [pads[rank + first], pads[rank + second]]
    )
    output = ctx.register_layer(layer).output
    inverse = [perm.index(i) for i in range(rank)]
    output = transpose_tensor(ctx, output, inverse)
    if dtype != "float32":
        output = cast_helper(ctx, output, dtype)
    return [squeeze_tensor(ctx, output, axes) if axes else output]
