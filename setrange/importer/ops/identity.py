# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Identity and Dropout."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.inputs import required, required_tensor, required_weights
from setrange.importer.helpers.tensors import identity
from setrange.importer.registry import importer
from setrange.importer.rejections import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network.modes import ElementwiseOp

#: Opset in which Dropout's mask became BOOL.
_BOOL_MASK = 10

#: Opset in which Dropout got its training_mode input.
_TRAINING_MODE = 12

#: Last opset in which Dropout has the attribute is_test.
_IS_TEST = 6


@importer("Identity", since="7.0", source="10.10:importIdentity")
def identity_layer(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    layer = ctx.net.add_identity(ctx.to_tensor(required(inputs, 0)))
    return [ctx.register_layer(layer).output]


@importer("Dropout", since="7.0", source="7.0:importDropout")
def dropout_70(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    value = required(inputs, 0)
    if len(node.outputs) == 1:
        return [identity(ctx, value)]
    require(ctx.opset < _BOOL_MASK, "the mask of Dropout is BOOL, which is not supported")
    return [identity(ctx, value), identity(ctx, value)]


def _refuse_training(ctx: ImporterContext, node: Node, inputs: list[Value]) -> None:
    rule = "TensorRT does not support Dropout in training mode"
    if ctx.opset <= _IS_TEST:
        require(node.attr_int("is_test", 1), rule)
    elif ctx.opset >= _TRAINING_MODE and len(node.inputs) == 3:
        mode = required_weights(inputs, 2)
        require(mode.dtype in ("bool", "int32", "int64"), "training_mode must be BOOL")
        require(mode.count > 0 and not mode.ints()[0], rule)


def _dropout(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, wraps: bool
) -> Sequence[Value]:
    """The input, and a mask of ones (BOOL) or zeros; ``wraps`` adds an Identity."""
    _refuse_training(ctx, node, inputs)
    value = required(inputs, 0)
    if len(node.outputs) == 1:
        return [identity(ctx, value)]
    output = identity(ctx, value) if wraps else value
    tensor = required_tensor(inputs, 0)
    op: ElementwiseOp = "equal" if ctx.opset >= _TRAINING_MODE else "less"
    return [output, ctx.net.add_elementwise(tensor, tensor, op).output]


importer("Dropout", since="8.0", source="8.0-GA:importDropout")(partial(_dropout, wraps=False))
importer("Dropout", since="8.6", source="8.6-GA:importDropout")(partial(_dropout, wraps=True))
