# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""DepthToSpace and SpaceToDepth as Reshape, Transpose, Reshape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.exporters.ranged.registry import rewriting

if TYPE_CHECKING:
    from setrange.exporters.ranged.draft import Draft
    from setrange.model.node import Node
    from setrange.network import Tensor

_RANK = 4


@dataclass(frozen=True, slots=True)
class _Dim:
    """A dimension of the input, times and divided by a number."""

    axis: int
    times: int = 1
    by: int = 1


@rewriting("DepthToSpace", "SpaceToDepth")
def rearrange(draft: Draft, node: Node) -> bool:
    """Channels must be known, and the block must divide what it divides."""
    name, output = node.inputs[0], node.outputs[0]
    tensor, block = draft.tensor(name), node.attr_int("blocksize")
    if tensor is None or tensor.rank != _RANK or tensor.shape[1] < 0 or block < 1:
        return False
    first, perm, last = _steps(node, block)
    parts = _reshape(draft, name, draft.operand(name), tensor, first, f"{output}_parts")
    draft.same[parts] = tensor
    turned = draft.add(
        "Transpose", [parts], f"{output}_turned", same=tensor, main=True, perm=perm
    )
    _reshape(draft, name, turned, tensor, last, output, final=True)
    return True


def _steps(node: Node, block: int) -> tuple[list[_Dim | int], list[int], list[_Dim | int]]:
    batch, area = _Dim(0), block * block
    if node.op == "SpaceToDepth":
        height, width = _Dim(2, by=block), _Dim(3, by=block)
        first: list[_Dim | int] = [batch, _Dim(1), height, block, width, block]
        return first, [0, 3, 5, 1, 2, 4], [batch, _Dim(1, times=area), height, width]
    depth, height, width = _Dim(1, by=area), _Dim(2), _Dim(3)
    last: list[_Dim | int] = [batch, depth, _Dim(2, times=block), _Dim(3, times=block)]
    if node.attr_str("mode", "DCR") == "DCR":
        return [batch, block, block, depth, height, width], [0, 3, 4, 1, 5, 2], last
    return [batch, depth, block, block, height, width], [0, 1, 4, 2, 5, 3], last


def _reshape(
    draft: Draft,
    name: str,
    value: str,
    tensor: Tensor,
    parts: list[_Dim | int],
    output: str,
    *,
    final: bool = False,
) -> str:
    """Reshape a value to dimensions of ``name``; they are computed where two are unknown."""
    numbers = [_known(tensor, part) for part in parts]
    numbers[0] = 0  # copies the batch, known or not
    if numbers.count(-1) <= 1:
        return draft.reshape(value, numbers, output, final=final)
    shape = draft.add("Shape", [draft.operand(name)], f"{output}_dims")
    vectors = [_vector(draft, shape, part, output) for part in parts]
    target = draft.add("Concat", vectors, f"{output}_shape", axis=0)
    return draft.reshape_to(value, target, output, final=final)


def _known(tensor: Tensor, part: _Dim | int) -> int:
    if isinstance(part, int):
        return part
    size = tensor.shape[part.axis]
    return size if size < 0 else size * part.times // part.by


def _vector(draft: Draft, shape: str, part: _Dim | int, name: str) -> str:
    if isinstance(part, int):
        return draft.integers(f"{name}_block", [part])
    index = draft.integers(f"{name}_axis", [part.axis])
    vector = draft.add("Gather", [shape, index], f"{name}_dim", axis=0)
    for op, number in (("Mul", part.times), ("Div", part.by)):
        if number != 1:
            factor = draft.integers(f"{name}_factor", [number])
            vector = draft.add(op, [vector, factor], f"{name}_dim")
    return vector
