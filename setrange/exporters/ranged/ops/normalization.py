# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Normalizations: scale and shift where the parser's layers take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from setrange.exporters.ranged.known_model import FLOATS
from setrange.exporters.ranged.ops.spatial import around
from setrange.exporters.ranged.registry import rewriting
from setrange.network import LayerKind

if TYPE_CHECKING:
    from setrange.exporters.ranged.draft import Draft
    from setrange.model.node import Node

_EPSILON = 1e-5
#: Epsilon of MeanVarianceNormalization, which ONNX gives no attribute.
_SMALL = 1e-9
_WITH_BIAS = 3
_MATRIX, _SEQUENCE, _IMAGE = 2, 3, 4


@rewriting("LayerNormalization")
def layer_normalization(draft: Draft, node: Node) -> bool:
    """Scale and bias of full rank, and a bias where there is none; the layer stays one."""
    rank, dtype = draft.rank(node.inputs[0]), draft.dtype(node.inputs[0])
    scale = node.inputs[1]
    scale_rank, values = draft.rank(scale), draft.constants.get(scale)
    if rank is None or dtype not in FLOATS or scale_rank is None or len(node.outputs) > 1:
        return False
    has_bias = len(node.inputs) >= _WITH_BIAS and bool(node.inputs[2])
    if has_bias and scale_rank == draft.rank(node.inputs[2]) == rank:
        return False
    if has_bias:
        bias = draft.operand(node.inputs[2], rank)
    elif values is not None:
        shape = (1,) * (rank - scale_rank) + values.shape
        bias = draft.constant_node(f"{node.outputs[0]}_bias", np.zeros(shape, dtype=dtype))
    else:
        return False
    draft.again(node, [draft.operand(node.inputs[0]), draft.operand(scale, rank), bias])
    return True


@rewriting("InstanceNormalization")
def instance_normalization(draft: Draft, node: Node) -> bool:
    """Three dimensions as four (where the parser does so)."""
    tensor = draft.tensor(node.outputs[0])
    if tensor is None or tensor.layer is None or tensor.layer.kind is LayerKind.NORMALIZATION:
        return False  # what nothing names are its scale and bias
    return tensor.rank == _SEQUENCE and around(draft, node, [3])


@rewriting("BatchNormalization")
def batch_normalization(draft: Draft, node: Node) -> bool:
    """Two or three dimensions as four around one Scale layer, else element by element."""
    rank = draft.rank(node.inputs[0])
    if (
        rank is None
        or rank < _MATRIX
        or any(node.outputs[1:])
        or node.attr_int("training_mode")
    ):
        return False
    if draft.inner(node, LayerKind.SCALE) is not None:
        return rank < _IMAGE and around(draft, node, range(rank, _IMAGE))
    return _by_elements(draft, node, rank)


def _by_elements(draft: Draft, node: Node, rank: int) -> bool:
    """Compute scale * ((x - mean) / sqrt(variance + epsilon)) + bias."""
    dtype = draft.dtype(node.inputs[0])
    if dtype not in FLOATS or any(draft.rank(name) != 1 for name in node.inputs[1:5]):
        return False
    output = node.outputs[0]

    def parameter(slot: int) -> str:
        name = node.inputs[slot]
        values = draft.data(name)
        if values is not None:
            values = values.reshape(1, -1, *[1] * (rank - 2)).astype(dtype)
            same = draft.layer_of(name)
            return draft.constant_node(f"{name}_channels", values, same=same)
        axes = [0, *range(2, rank)]
        return draft.unsqueeze(
            draft.operand(name), axes, f"{name}_channels", of=draft.tensor(name)
        )

    def step(op: str, a: str, b: str, number: int) -> str:
        same = draft.inner(node, LayerKind.ELEMENTWISE, number)
        return draft.add(op, [a, b], f"{output}_step", same=same)

    scale, bias, mean, variance = (parameter(slot) for slot in range(1, 5))
    epsilon = np.full((1,) * rank, node.attr_float("epsilon", _EPSILON), dtype=dtype)
    spread = step("Add", variance, draft.constant_node(f"{output}_epsilon", epsilon), 0)
    same = draft.inner(node, LayerKind.UNARY)
    divisor = draft.add("Sqrt", [spread], f"{output}_divisor", same=same)
    centred = step("Sub", draft.operand(node.inputs[0]), mean, 1)
    scaled = step("Mul", scale, step("Div", centred, divisor, 2), 3)
    draft.add("Add", [scaled, bias], output, final=True, main=True)
    return True


@rewriting("MeanVarianceNormalization")
def mean_variance_normalization(draft: Draft, node: Node) -> bool:
    """Divide x - mean by the root of its squares' mean + epsilon."""
    rank, dtype = draft.rank(node.inputs[0]), draft.dtype(node.inputs[0])
    if rank is None or dtype not in FLOATS:
        return False
    x, output = draft.operand(node.inputs[0]), node.outputs[0]
    axes = node.attr_ints("axes", (0, 2, 3))
    means = [draft.inner(node, LayerKind.REDUCE, number) for number in range(2)]
    steps = [draft.inner(node, LayerKind.ELEMENTWISE, number) for number in range(3)]
    root = draft.inner(node, LayerKind.UNARY)
    mean = draft.reduce_mean(x, axes, f"{output}_mean", same=means[0])
    centred = draft.add("Sub", [x, mean], f"{output}_centred", same=steps[0])
    squares = draft.add("Mul", [centred, centred], f"{output}_squares", same=steps[1])
    variance = draft.reduce_mean(squares, axes, f"{output}_variance", same=means[1])
    deviation = draft.add("Sqrt", [variance], f"{output}_deviation", same=root)
    small = np.full((1,) * rank, _SMALL, dtype=dtype)
    epsilon = draft.constant_node(f"{output}_epsilon", small)
    divisor = draft.add("Add", [deviation, epsilon], f"{output}_divisor", same=steps[2])
    draft.add("Div", [centred, divisor], output, final=True, main=True)
    return True
