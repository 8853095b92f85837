# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Gather, Scatter and their variants; OneHot, NonZero and EyeLike."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.importer.context import MAX_COMPUTED
from setrange.importer.op_context import convert_axis, is_dynamic
from setrange.importer.registry import history, since
from setrange.importer.rejections import require
from setrange.model.constants import DTYPE_NAMES
from setrange.model.weights import Weights
from setrange.network import LayerKind

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from setrange.importer.op_types import Computed, Given, OpContext, Outputs, Tensor
    from setrange.network.modes import GatherMode


def _gather(
    ctx: OpContext, data: Tensor, indices: Tensor, *, mode: GatherMode, casts: str
) -> Outputs:
    """One Gather layer.

    Indices of type ``casts`` (or ``any`` type) become INT32 unless the data is INT64.
    """
    axis = 0 if mode == "nd" else convert_axis(ctx.node.attr_int("axis"), data.rank)
    if ctx.type_name(data) != "INT64" and casts in ("any", ctx.type_name(indices)):
        indices = ctx.cast(indices, "int32")
    batch_dims = ctx.node.attr_int("batch_dims") if mode == "nd" else 0
    layer = ctx.net.add_gather(data, indices, axis, mode=mode, batch_dims=batch_dims)
    return ctx.main(layer)


def _flattened_gather(ctx: OpContext, data: Tensor, indices: Tensor) -> Outputs:
    """GatherElements as arithmetic on indices and a Gather from the flattened data."""
    shape, places = data.shape, indices.shape
    known = not is_dynamic(shape) and not is_dynamic(places)
    require(known, "GatherElements takes inputs of known shape only")
    axis = convert_axis(ctx.node.attr_int("axis"), len(shape), strict=True)
    require(len(shape) == len(places), "data and indices differ in rank")
    counted = max(math.prod(places), math.prod(shape)) <= MAX_COMPUTED
    require(counted, "the data or the indices have more elements than INT32 counts")
    pitches = [math.prod(shape[i + 1 :]) for i in range(len(shape))]

    def offsets() -> npt.NDArray[Any]:
        """Position of each element in the flattened data, its axis left out."""
        offset = np.zeros(places, dtype=np.int32)
        for i, pitch in enumerate(pitches):
            if i != axis:
                steps = np.arange(places[i], dtype=np.int32) * pitch
                offset += steps.reshape([-1 if j == i else 1 for j in range(len(places))])
        return offset

    def constant(values: Callable[[], npt.NDArray[Any]]) -> Tensor:
        name = ctx.reserve_temporary_name()
        return ctx.net.add_constant(Weights("int32", places, values, name=name)).output

    pitch = constant(lambda: np.broadcast_to(np.asarray(pitches[axis], dtype=np.int32), places))
    offset = constant(offsets)
    flat_indices = ctx.combine(ctx.combine(indices, pitch, "prod"), offset, "sum")
    flat = ctx.net.add_shuffle(data, reshape=(math.prod(shape),), zero_is_placeholder=False)
    return ctx.main(ctx.net.add_gather(flat.output, flat_indices, 0))


def _trt_gather(
    ctx: OpContext, data: Computed, indices: Computed, *, lowest_axis: int
) -> Outputs:
    """Gather with the network's own parameters; ``lowest_axis`` counts from -rank."""
    axis, rank = ctx.node.attr_int("axis"), data.rank
    require(indices.dtype == "int32", "TRT_Gather takes INT32 indices only")
    require(rank >= 1, "TRT_Gather takes no 0-D data")
    require(lowest_axis - rank <= axis < rank, f"axis {axis} is outside rank {rank}")
    batch_dims = ctx.node.attr_int("nbElementWiseDims")
    return ctx.main(ctx.net.add_gather(data, indices, axis % rank, batch_dims=batch_dims))


def _require_fit(data: Tensor, other: Tensor, what: str) -> None:
    require(data.rank == other.rank, f"data and {what} differ in rank")
    for have, given in zip(data.shape, other.shape, strict=True):
        fits = -1 in (have, given) or given <= have
        require(fits, f"{what} {list(other.shape)} exceed the data {list(data.shape)}")


def _scatter_elements(
    ctx: OpContext,
    data: Tensor,
    indices: Tensor,
    updates: Tensor,
    *,
    invalid: str = "",
    casts: bool = False,  # indices become INT32
    plugin: LayerKind | None = None,  # for reductions, which are not looked at without one
) -> Outputs:
    """A Scatter layer, or the ScatterElements plugin where a reduction is wanted."""
    axis = convert_axis(ctx.node.attr_int("axis"), data.rank)
    tensors = [data, indices, updates]
    if plugin is not None and ctx.node.attr_str("reduction", "none") != "none":
        return ctx.main(ctx.net.add(plugin, tensors, plugin="ScatterElements"))
    ctx.refuse_types(data, invalid)
    _require_fit(data, indices, "indices")
    _require_fit(data, updates, "updates")
    if casts:
        indices = ctx.net.add_cast(indices, "int32").output
    tensors = [data, indices, updates]
    return ctx.main(ctx.net.add(LayerKind.SCATTER, tensors, mode="element", axis=axis))


def _scatter_nd(
    ctx: OpContext,
    data: Tensor,
    indices: Tensor,
    updates: Tensor,
    *,
    casts: bool = False,
    reductions: tuple[str, ...] = (),
) -> Outputs:
    """``reductions``: the values of that attribute that pass, ``""`` = it is absent."""
    passes = not reductions or ctx.node.attr_str("reduction") in reductions
    require(passes, "ScatterND with a reduction is not supported")
    if casts:
        indices = ctx.net.add_cast(indices, "int32").output
    return ctx.main(ctx.net.add(LayerKind.SCATTER, [data, indices, updates], mode="nd", axis=0))


def _one_hot(
    ctx: OpContext, indices: Given, depth: Given, values: Tensor, *, known_depth: bool
) -> Outputs:
    """One OneHot layer; ``known_depth`` refuses a depth unknown until run time."""
    for value in (indices, depth, values):
        ctx.refuse_types(value, "UINT8")

    def int32(value: Given) -> Tensor:
        tensor = ctx.to_tensor(value)
        return tensor if ctx.type_name(value) == "INT32" else ctx.cast(tensor, "int32")

    positions = int32(indices)
    scalar = ctx.scalar(int32(depth), "the depth of OneHot")
    axis = convert_axis(ctx.node.attr_int("axis", -1), positions.rank + 1, strict=True)
    layer = ctx.net.add(
        LayerKind.ONE_HOT, [positions, values, scalar], dtypes=(values.dtype,), axis=axis
    )
    if known_depth:
        require(layer.output.shape[axis] >= 0, "OneHot does not take a dynamic depth")
    return ctx.main(layer)


def _non_zero(
    ctx: OpContext, x: Tensor, *, types: tuple[str, ...], dtype: str, casts: bool
) -> Outputs:
    """``dtype`` is that of the layer's indices; ``casts`` makes them INT64."""
    require(x.dtype in types, f"NonZero does not take inputs of type {x.dtype}")
    layer = ctx.net.add(LayerKind.NON_ZERO, [x])
    layer.output.dtype = dtype
    output = ctx.main(layer)
    return ctx.cast(output, "int64") if casts else output


def _eye_like(ctx: OpContext, x: Tensor, *, by_label: bool) -> Outputs:
    """A Constant, cast where another type is wanted; ``by_label`` names unnamed nodes too."""
    shape, diagonal, dtype = x.shape, ctx.node.attr_int("k"), x.dtype
    require(len(shape) == 2, "EyeLike takes inputs of rank 2 only")
    if ctx.node.has("dtype"):
        dtype = ctx.trt_dtype(DTYPE_NAMES.get(ctx.node.attr_int("dtype"), "undefined"))
    require(not is_dynamic(shape), "EyeLike takes inputs of known shape only")

    def eye() -> npt.NDArray[Any]:
        return np.eye(shape[0], shape[1], k=diagonal, dtype=np.int32)

    weights = Weights("int32", shape, eye, name=ctx.reserve_temporary_name())
    layer = ctx.net.add_constant(weights)
    if by_label:
        ctx.register_layer(layer)
    else:
        ctx.name_layer(layer, ctx.node.name)
    return layer.output if dtype == "int32" else ctx.cast(layer.output, dtype)


_NON_ZERO_85 = ("float32", "float16", "int32", "int8", "bool")


# -- change log -------------------------------------------------------------------------

history(
    "Gather",
    since("7.0", _gather, mode="default", casts="none", refuses="BOOL"),
    since("8.5", refuses="UINT8"),
    since("10.1", casts="INT64"),
)
history(
    "GatherElements",
    since("7.2", _flattened_gather),
    since("8.0", refuses="BOOL"),
    since("8.2", _gather, mode="element", casts="none"),
    since("8.5", refuses="UINT8"),
    since("10.1", casts="any"),
)
history(
    "GatherND",
    since("8.2", _gather, mode="nd", casts="none", refuses="BOOL"),
    since("8.5", refuses="UINT8"),
    since("10.1", casts="any"),
)
history("TRT_Gather", since("7.0", _trt_gather, lowest_axis=1), since("8.0", lowest_axis=0))
history(
    ("ScatterElements", "Scatter"),
    since("8.2", _scatter_elements, symbol="addScatterLayer"),
    since("8.5", invalid="UINT8"),
    since("10.1", symbol="scatterPluginHelper", casts=True, plugin=LayerKind.PLUGIN_V2_DYNAMIC),
    since("10.3", plugin=LayerKind.PLUGIN_V3),
    since("10.16", symbol="addScatterLayer", casts=False),
)
history(
    "ScatterND",
    since("8.2", _scatter_nd, symbol="addScatterLayer"),
    since("8.5", refuses="UINT8"),
    since("10.1", symbol="importScatterND", casts=True, reductions=("",)),
    since("10.10", reductions=("", "none")),
    since("10.16", casts=False),
)
history("OneHot", since("8.5", _one_hot, known_depth=True), since("8.6", known_depth=False))
history(
    "NonZero",
    since("8.5", _non_zero, types=_NON_ZERO_85, dtype="int32", casts=False),
    since("10.1", types=(*_NON_ZERO_85, "bf16", "int64"), casts=True),
    since("10.16", dtype="int64", casts=False),
)
history(
    "EyeLike",
    since("7.2", _eye_like, by_label=False),
    since("8.5", refuses="UINT8"),
    since("8.6", by_label=True),
)
