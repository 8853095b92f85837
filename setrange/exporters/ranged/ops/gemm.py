# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Gemm as MatMul and Add; MatMul with operands that are matrices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.exporters.ranged.registry import rewriting
from setrange.network import LayerKind

if TYPE_CHECKING:
    import numpy.typing as npt

    from setrange.exporters.ranged.draft import Draft
    from setrange.model.node import Node
    from setrange.network import Tensor

_MATRIX = 2


@rewriting("Gemm")
def gemm(draft: Draft, node: Node) -> bool:
    """(alpha * A) B + (beta * C), the factors multiplied into constants where there are any."""
    a, b, *rest = node.inputs
    c = rest[0] if rest and rest[0] else None
    alpha, beta = node.attr_float("alpha", 1.0), node.attr_float("beta", 1.0)
    output = node.outputs[0]
    dtype = draft.dtype(a)
    if dtype is None or draft.rank(a) != _MATRIX or draft.rank(b) != _MATRIX:
        return False
    if c is not None and (draft.rank(c) is None or (draft.rank(c) or 0) > _MATRIX):
        return False
    left = _matrix(draft, a, transposed=bool(node.attr_int("transA")))
    right = _matrix(draft, b, transposed=bool(node.attr_int("transB")), factor=alpha)
    scales = alpha != 1.0 and draft.data(b) is None
    adds = c is not None
    # The parser scales the product: where alpha is in B, that is what the product holds.
    kind = LayerKind.ELEMENTWISE if alpha != 1.0 and not scales else LayerKind.MATRIX_MULTIPLY
    inner = draft.inner(node, kind)
    is_last = not adds and not scales
    product = draft.add(
        "MatMul",
        [left, right],
        output if is_last else f"{output}_product",
        same=None if is_last else inner,
        final=is_last,
        main=True,
    )
    if scales:
        same = draft.inner(node, LayerKind.ELEMENTWISE) if adds else None
        product = _scaled(draft, product, alpha, dtype, output, same=same, final=not adds)
    if c is not None:
        same = draft.inner(node, LayerKind.ELEMENTWISE, int(alpha != 1.0))
        addend = _addend(draft, c, beta, dtype, same)
        draft.add("Add", [product, addend], output, final=True)
    return True


def _matrix(draft: Draft, name: str, *, transposed: bool, factor: float = 1.0) -> str:
    values = draft.data(name)
    if values is None:
        value = draft.operand(name)
        if not transposed:
            return value
        same = draft.tensor(name)
        return draft.add("Transpose", [value], f"{name}_transposed", same=same, perm=[1, 0])
    if not transposed and factor == 1.0:
        return draft.operand(name)
    values = values.T if transposed else values
    same = draft.layer_of(name) if factor == 1.0 else None
    return draft.constant_node(f"{name}_matrix", _times(values, factor), same=same)


def _addend(draft: Draft, name: str, beta: float, dtype: str, scaled: Tensor | None) -> str:
    values = draft.data(name)
    if values is None:
        addend = draft.operand(name, _MATRIX)
        if beta == 1.0:
            return addend
        return _scaled(draft, addend, beta, dtype, name, same=scaled)
    rows = values.reshape((1,) * (_MATRIX - values.ndim) + values.shape)
    same = draft.layer_of(name) if beta == 1.0 else scaled
    return draft.constant_node(f"{name}_row", _times(rows, beta), same=same)


def _scaled(
    draft: Draft,
    value: str,
    factor: float,
    dtype: str,
    name: str,
    *,
    same: Tensor | None = None,
    final: bool = False,
) -> str:
    constant = draft.constant_node(f"{name}_factor", np.full((1, 1), factor, dtype=dtype))
    output = name if final else f"{name}_scaled"
    return draft.add("Mul", [value, constant], output, same=same, final=final)


def _times(values: npt.NDArray[Any], factor: float) -> npt.NDArray[Any]:
    if math.isclose(factor, 1.0, rel_tol=0.0):
        return values
    scaled: npt.NDArray[Any] = (values.astype(np.float64) * factor).astype(values.dtype)
    return scaled


@rewriting("MatMul")
def matmul(draft: Draft, node: Node) -> bool:
    """Constants as Constant nodes of full rank; a vector as a matrix of one row or column."""
    a, b = node.inputs
    left, right = draft.rank(a), draft.rank(b)
    if left is None or right is None or draft.dtype(a) is None:
        return False
    output = node.outputs[0]
    if left > 1 and right > 1:
        rank = max(left, right)
        operands = [draft.operand(a, rank), draft.operand(b, rank)]
        if operands == node.inputs:
            return False
        draft.again(node, operands)
        return True
    squeezed = draft.tensor(output)
    if squeezed is None or squeezed.rank != max(left, right) - 1:
        return False  # two vectors, or a parser that makes no vectors
    if left > right:
        column = draft.add(
            "MatMul",
            [draft.operand(a), _column(draft, b, left)],
            f"{output}_column",
            same=squeezed,
            main=True,
        )
        draft.squeeze(column, [left - 1], output, final=True)
        return True
    if (left, right) != (1, _MATRIX):
        return False  # the parser squeezes another dimension
    row = draft.add(
        "MatMul",
        [draft.operand(a, _MATRIX), draft.operand(b)],
        f"{output}_row",
        same=squeezed,
        main=True,
    )
    draft.squeeze(row, [0], output, final=True)
    return True


def _column(draft: Draft, name: str, rank: int) -> str:
    """A vector as a matrix of one column, with dimensions of 1 before."""
    values = draft.data(name)
    if values is None:
        axes = [*range(rank - _MATRIX), rank - 1]
        return draft.unsqueeze(
            draft.operand(name), axes, f"{name}_column", of=draft.tensor(name)
        )
    column = values.reshape((1,) * (rank - _MATRIX) + (-1, 1))
    return draft.constant_node(f"{name}_column", column, same=draft.layer_of(name))
