# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Gather, GatherElements, GatherND and the parser's own TRT_Gather."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from setrange.importer.context import MAX_COMPUTED
from setrange.importer.helpers.inputs import required, required_tensor
from setrange.importer.helpers.tensors import (
    cast_helper,
    convert_axis,
    is_dynamic,
    require_not_type,
    type_name,
)
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Layer, Shape, Tensor
    from setrange.network.modes import GatherMode


def _gather(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    mode: GatherMode,
    invalid: str,
    casts: str = "none",
) -> Sequence[Value]:
    """One Gather layer.

    ``invalid`` is the element type that is refused; indices of type ``casts`` (or ``any``
    type) become INT32 unless the data is INT64 (10.x).
    """
    first, second = required(inputs, 0), required(inputs, 1)
    require_not_type(ctx, first, invalid)
    data = ctx.to_tensor(first)
    indices = ctx.to_tensor(second)
    axis = 0 if mode == "nd" else convert_axis(node.attr_int("axis"), data.rank)
    if type_name(ctx, first) != "INT64" and casts in ("any", type_name(ctx, second)):
        indices = cast_helper(ctx, indices, "int32")
    batch_dims = node.attr_int("batch_dims") if mode == "nd" else 0
    layer = ctx.net.add_gather(data, indices, axis, mode=mode, batch_dims=batch_dims)
    return [ctx.register_layer(layer).output]


_GATHERS: tuple[tuple[str, GatherMode, str, str], ...] = (
    ("Gather", "default", "7.0", "INT64"),
    ("GatherElements", "element", "8.2", "any"),
    ("GatherND", "nd", "8.2", "any"),
)

for _op, _mode, _first, _casts in _GATHERS:
    importer(_op, since=_first, source=f"{_first}:import{_op}")(
        partial(_gather, mode=_mode, invalid="BOOL")
    )
    importer(_op, since="8.5", source=f"8.5-GA:import{_op}")(
        partial(_gather, mode=_mode, invalid="UINT8")
    )
    importer(_op, since="10.1", source=f"10.1-GA:import{_op}")(
        partial(_gather, mode=_mode, invalid="UINT8", casts=_casts)
    )


def _pitches(shape: Shape) -> list[int]:
    """Elements to step over per dimension, row-major."""
    return [math.prod(shape[i + 1 :]) for i in range(len(shape))]


def _flat_offsets(shape: Shape, pitches: Sequence[int], axis: int) -> npt.NDArray[Any]:
    """Position of each element of ``shape`` in the flattened data, its axis left out."""
    import numpy as np

    offsets = np.zeros(shape, dtype=np.int32)
    for i, pitch in enumerate(pitches):
        if i != axis:
            steps = np.arange(shape[i], dtype=np.int32) * pitch
            offsets += steps.reshape([-1 if j == i else 1 for j in range(len(shape))])
    return offsets


def _flattened_gather(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, invalid: tuple[str, ...]
) -> Sequence[Value]:
    """GatherElements as arithmetic on indices and a Gather from the flattened data."""
    first = required(inputs, 0)
    data, indices = ctx.to_tensor(first), ctx.to_tensor(required(inputs, 1))
    require_not_type(ctx, first, *invalid)
    shape, places = data.shape, indices.shape
    require(
        not is_dynamic(shape) and not is_dynamic(places),
        "GatherElements takes inputs of known shape only",
    )
    axis = convert_axis(node.attr_int("axis"), len(shape))
    require(axis < len(shape), f"GatherElements: axis {axis} is outside rank {len(shape)}")
    require(len(shape) == len(places), "GatherElements: data and indices differ in rank")
    pitches = _pitches(shape)
    require(
        max(math.prod(places), math.prod(shape)) <= MAX_COMPUTED,
        "GatherElements: the data or the indices have more elements than INT32 counts",
    )

    def constant(values: Callable[[], npt.NDArray[Any]]) -> Tensor:
        name = ctx.reserve_temporary_name()
        return ctx.net.add_constant(Weights("int32", places, values, name=name)).output

    pitch = constant(lambda: _filled(places, pitches[axis]))
    offset = constant(lambda: _flat_offsets(places, pitches, axis))
    scaled = ctx.net.add_elementwise(indices, pitch, "prod").output
    flat_indices = ctx.net.add_elementwise(scaled, offset, "sum").output
    flat = ctx.net.add_shuffle(data, reshape=(math.prod(shape),), zero_is_placeholder=False)
    layer: Layer = ctx.net.add_gather(flat.output, flat_indices, 0)
    return [ctx.register_layer(layer).output]


def _filled(shape: Shape, value: int) -> npt.NDArray[Any]:
    import numpy as np

    return np.broadcast_to(np.asarray(value, dtype=np.int32), shape)


for _since, _refused in (("7.2", ()), ("8.0", ("BOOL",))):
    importer("GatherElements", since=_since, source=f"{_since}:importGatherElements")(
        partial(_flattened_gather, invalid=_refused)
    )


def _trt_gather(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, lowest_axis: int
) -> Sequence[Value]:
    """Gather with the network's own parameters; ``lowest_axis`` counts from -rank."""
    data, indices = required_tensor(inputs, 0), required_tensor(inputs, 1)
    axis, rank = node.attr_int("axis"), data.rank
    require(indices.dtype == "int32", "TRT_Gather takes INT32 indices only")
    require(rank >= 1, "TRT_Gather takes no 0-D data")
    require(
        lowest_axis - rank <= axis < rank, f"TRT_Gather: axis {axis} is outside rank {rank}"
    )
    layer = ctx.net.add_gather(
        data,
        indices,
        axis + rank if axis < 0 else axis,
        batch_dims=node.attr_int("nbElementWiseDims"),
    )
    return [ctx.register_layer(layer).output]


importer("TRT_Gather", since="7.0", source="7.0:importTRT_Gather")(
    partial(_trt_gather, lowest_axis=1)
)
importer("TRT_Gather", since="8.0", source="8.0-GA:importTRT_Gather")(
    partial(_trt_gather, lowest_axis=0)
)
