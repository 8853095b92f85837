# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Squeeze and Unsqueeze."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.attributes import required_ints
from setrange.importer.helpers.inputs import required, required_weights
from setrange.importer.helpers.tensors import (
    convert_axis,
    is_dynamic,
    scalar_to_vector,
    squeeze_layer,
    unsqueeze_layer,
)
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import shape_tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Tensor

    Axes: TypeAlias = Callable[[ImporterContext, Node, list[Value]], Sequence[int]]

#: Opset from which axes are an input.
_AXES_INPUT = 13


def _attribute(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[int]:
    return required_ints(node, "axes")


# -- Squeeze ----------------------------------------------------------------------------


def _ones(tensor: Tensor) -> list[int]:
    """All dimensions of 1: what to squeeze where nobody says."""
    require(
        not is_dynamic(tensor.shape),
        "without axes, Squeeze needs an input of known shape; export it with axes",
    )
    return [i for i, d in enumerate(tensor.shape) if d == 1]


def _optional_axes(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[int]:
    if ctx.opset < _AXES_INPUT:
        return node.attr_ints("axes")
    return required_weights(inputs, 1).ints() if len(inputs) == 2 else ()


def _squeeze(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, axes: Axes, strict: bool
) -> Sequence[Value]:
    data = ctx.to_tensor(required(inputs, 0))
    given = axes(ctx, node, inputs)
    if not given and axes is _optional_axes:
        given = _ones(data)
    kept = [convert_axis(axis, data.rank, strict=strict) for axis in given]
    return [ctx.register_layer(squeeze_layer(ctx, data, kept)).output]


def _squeeze_layer(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, axes_optional: bool
) -> Sequence[Value]:
    """A Squeeze layer; ``axes_optional``: it needs no axes (11.4 on)."""
    data = ctx.to_tensor(required(inputs, 0))
    if ctx.opset >= _AXES_INPUT and len(inputs) == 2:
        axes = ctx.to_tensor(required(inputs, 1))
    elif ctx.opset < _AXES_INPUT and node.has("axes"):
        axes = _axes_constant(ctx, node.attr_ints("axes"))
    elif axes_optional:
        return [ctx.register_layer(ctx.net.add_squeeze(data, None)).output]
    else:
        axes = _axes_constant(ctx, _ones(data))
    layer = ctx.net.add_squeeze(data, scalar_to_vector(ctx, axes))
    return [ctx.register_layer(layer).output]


importer("Squeeze", since="10.7", source="10.10:importSqueeze")(
    partial(_squeeze_layer, axes_optional=False)
)
importer("Squeeze", since="11.4", source="TensorRT for RTX 1.7: layer lists")(
    partial(_squeeze_layer, axes_optional=True)
)


# -- Unsqueeze --------------------------------------------------------------------------


def _known_axes(ctx: ImporterContext, value: Value) -> Sequence[int]:
    axes = shape_tensor(ctx, value)
    require(axes.all_known, "the axes of Unsqueeze must be an initializer")
    return axes.values


def _axes_input(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[int]:
    """The second input, which must be known; PyTorch may leave it out."""
    has_input = ctx.opset >= _AXES_INPUT and len(inputs) == 2
    given = _known_axes(ctx, inputs[1]) if has_input else ()
    return given or required_ints(node, "axes")


def _mandatory_input(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[int]:
    if ctx.opset < _AXES_INPUT:
        return required_ints(node, "axes")
    return _known_axes(ctx, required(inputs, 1))


def _unsqueeze(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, axes: Axes, strict: bool
) -> Sequence[Value]:
    data = ctx.to_tensor(required(inputs, 0))
    given = axes(ctx, node, inputs)
    rank = data.rank + len(given)
    inserted = [convert_axis(axis, rank, strict=strict) for axis in given]
    return [ctx.register_layer(unsqueeze_layer(ctx, data, inserted)).output]


@importer("Unsqueeze", since="10.7", source="10.10:importUnsqueeze")
def unsqueeze(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    data = ctx.to_tensor(required(inputs, 0))
    if ctx.opset >= _AXES_INPUT and len(inputs) == 2:
        axes = ctx.to_tensor(required(inputs, 1))
    else:
        axes = _axes_constant(ctx, required_ints(node, "axes"))
    layer = ctx.net.add_unsqueeze(data, scalar_to_vector(ctx, axes))
    return [ctx.register_layer(layer).output]


def _axes_constant(ctx: ImporterContext, axes: Sequence[int]) -> Tensor:
    return ctx.add_constant(list(axes), "int64", (len(axes),))


# -- registrations up to 10.3 -----------------------------------------------------------

for _since, _squeezed, _unsqueezed, _strict in (
    ("7.0", _attribute, _attribute, True),
    ("7.2", _optional_axes, _mandatory_input, True),
    ("8.0", _optional_axes, _axes_input, True),
    ("8.2", _optional_axes, _axes_input, False),
):
    importer("Squeeze", since=_since, source="8.6-GA:importSqueeze")(
        partial(_squeeze, axes=_squeezed, strict=_strict)
    )
    importer("Unsqueeze", since=_since, source="8.6-GA:importUnsqueeze")(
        partial(_unsqueeze, axes=_unsqueezed, strict=_strict)
    )
