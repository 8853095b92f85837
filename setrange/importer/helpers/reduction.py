# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Layers of the reduction ops.

Source: onnx/onnx-tensorrt: onnx2trt_utils.cpp (to 8.6), importerUtils.cpp (10.x), reduceTensor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.helpers.tensors import convert_axis, identity, require_not_type
from setrange.importer.rejections import refuse
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network.modes import ReduceOp

__all__ = ["is_reduce_no_op", "reduce_tensor", "reduced_axes"]


def is_reduce_no_op(ctx: ImporterContext, node: Node, inputs: Sequence[Value]) -> bool:
    """True where the node says that without axes nothing is reduced, and there are none."""
    if not ctx.profile.reduces_as_opset_18 or len(inputs) != 1:
        return False
    return node.attr_int("noop_with_empty_axes") == 1 and not node.has("axes")


def reduce_tensor(
    ctx: ImporterContext, node: Node, value: Value, op: ReduceOp, axes_input: Value = None
) -> list[Value]:
    """One Reduce layer over the attribute's axes, the input's, or all (``reduceTensor``)."""
    if ctx.profile.reduces_as_opset_18:
        require_not_type(ctx, value, "BOOL", "UINT8")
    tensor = ctx.to_tensor(value)
    axes = reduced_axes(ctx, node, tensor.rank, axes_input)
    if axes is None:
        return [identity(ctx, value)]
    keepdims = node.attr_int("keepdims", 1) != 0
    layer = ctx.net.add_reduce(tensor, op, axes, keepdims=keepdims)
    return [ctx.register_layer(layer).output]


def reduced_axes(
    ctx: ImporterContext, node: Node, rank: int, axes_input: Value
) -> list[int] | None:
    """The axes to reduce, counted from the front; ``None``: nothing is reduced."""
    as_opset_18 = ctx.profile.reduces_as_opset_18
    axes: list[int] | None = None
    if node.has("axes"):
        axes = node.attr_ints("axes")
    elif axes_input is not None:
        if not isinstance(axes_input, Weights):
            refuse("the axes to reduce must be an initializer")
        axes = axes_input.ints()
    if axes is None or (as_opset_18 and not axes):
        if as_opset_18 and node.attr_int("noop_with_empty_axes") == 1:
            return None
        axes = list(range(rank))
    return [convert_axis(axis, rank) for axis in axes]
