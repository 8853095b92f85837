# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Scatter, ScatterElements and ScatterND."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.inputs import required
from setrange.importer.helpers.tensors import convert_axis, require_not_type
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.network import LayerKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Tensor
    from setrange.network.modes import ScatterMode


def _add_scatter(
    ctx: ImporterContext,
    inputs: list[Value],
    mode: ScatterMode,
    axis: int,
    invalid: tuple[str, ...],
    *,
    cast: bool,
) -> Sequence[Value]:
    """One Scatter layer; ``cast`` makes the indices INT32 (10.x) (``addScatterLayer``)."""
    require_not_type(ctx, required(inputs, 0), *invalid)
    data, indices, updates = (ctx.to_tensor(required(inputs, i)) for i in range(3))
    if mode == "element":
        _require_fit(data, indices, "indices")
        _require_fit(data, updates, "updates")
    if cast:
        indices = ctx.net.add_cast(indices, "int32").output
    layer = ctx.net.add_scatter(data, indices, updates, mode, axis)
    return [ctx.register_layer(layer).output]


def _require_fit(data: Tensor, other: Tensor, what: str) -> None:
    require(data.rank == other.rank, f"ScatterElements: data and {what} differ in rank")
    for have, given in zip(data.shape, other.shape, strict=True):
        require(
            -1 in (have, given) or given <= have,
            f"ScatterElements: {what} {list(other.shape)} exceed the data {list(data.shape)}",
        )


def _element_axis(node: Node, inputs: list[Value]) -> int:
    return convert_axis(node.attr_int("axis"), required(inputs, 0).rank)


def _scatter_elements(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, invalid: tuple[str, ...]
) -> Sequence[Value]:
    axis = _element_axis(node, inputs)
    return _add_scatter(ctx, inputs, "element", axis, invalid, cast=False)


def _scatter_nd(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, invalid: tuple[str, ...]
) -> Sequence[Value]:
    return _add_scatter(ctx, inputs, "nd", 0, invalid, cast=False)


for _since, _invalid in (("8.2", ()), ("8.5", ("UINT8",))):
    importer("Scatter", "ScatterElements", since=_since, source=f"{_since}-GA:addScatterLayer")(
        partial(_scatter_elements, invalid=_invalid)
    )
    importer("ScatterND", since=_since, source=f"{_since}-GA:addScatterLayer")(
        partial(_scatter_nd, invalid=_invalid)
    )


def _scatter_elements_10(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    plugin: LayerKind,
    cast: bool = True,
) -> Sequence[Value]:
    """Scatter layer, or the ScatterElements plugin where a reduction is wanted."""
    axis = _element_axis(node, inputs)
    if node.attr_str("reduction", "none") == "none":
        return _add_scatter(ctx, inputs, "element", axis, ("UINT8",), cast=cast)
    tensors = [ctx.to_tensor(value) for value in inputs]
    layer = ctx.net.add(plugin, tensors, plugin="ScatterElements")
    return [ctx.register_layer(layer).output]


for _since, _kind in (("10.1", LayerKind.PLUGIN_V2_DYNAMIC), ("10.3", LayerKind.PLUGIN_V3)):
    importer(
        "Scatter", "ScatterElements", since=_since, source=f"{_since}:scatterPluginHelper"
    )(partial(_scatter_elements_10, plugin=_kind))
importer("Scatter", "ScatterElements", since="10.16", source="10.16:addScatterLayer")(
    partial(_scatter_elements_10, plugin=LayerKind.PLUGIN_V3, cast=False)
)


@importer("ScatterND", since="10.1", source="10.1-GA:importScatterND")
def scatter_nd_101(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    require(not node.has("reduction"), "ScatterND with a reduction is not supported")
    return _add_scatter(ctx, inputs, "nd", 0, ("UINT8",), cast=True)


def _scatter_nd_without_reduction(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, cast: bool
) -> Sequence[Value]:
    require(
        node.attr_str("reduction", "none") == "none",
        "ScatterND with a reduction is not supported",
    )
    return _add_scatter(ctx, inputs, "nd", 0, ("UINT8",), cast=cast)


for _since, _cast in (("10.10", True), ("10.16", False)):
    importer("ScatterND", since=_since, source=f"{_since}:importScatterND")(
        partial(_scatter_nd_without_reduction, cast=_cast)
    )
