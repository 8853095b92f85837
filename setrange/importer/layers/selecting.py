# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Layers that make, pick, place or resample elements; see ``reshaping`` for the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.importer.layers.arithmetic import common_dim, stretched
from setrange.importer.layers.values import (
    MAX_ELEMENTS,
    NotComputableError,
    elements,
    input_tensor,
    input_values,
    known_dim,
    known_dims,
    known_input_values,
    known_values,
)
from setrange.importer.rejections import refuse, require
from setrange.importer.symbolic import Calculator, is_known, whole
from setrange.network.dimensions import FreeDim

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from setrange.importer.layers.values import Array
    from setrange.network.graph import Layer, Shape

#: A larger product of a dimension and a scale is no dimension (INT32), and NaN is none.
_LARGEST_EXTENT = 2.0**31


# -- Concatenation --------------------------------------------------------------------------


def infer_concatenation(layer: Layer) -> list[Shape]:
    """Concatenation along ``axis``."""
    shapes = [t.shape for t in layer.inputs if t is not None]
    axis = layer.params["axis"]
    rank = len(shapes[0])
    require(all(len(s) == rank for s in shapes), "concatenation: inputs differ in rank")
    if not 0 <= axis < rank:
        refuse(f"concatenation: axis {axis} is outside rank {rank}")
    result: list[int] = []
    for i in range(rank):
        dims = [s[i] for s in shapes]
        if i == axis:
            total: Any = 0
            for d in dims:
                total = Calculator(layer.network).combined(total, d, 1)
            result.append(total)
            continue
        sized = {d for d in dims if d >= 0}
        if len(sized) > 1:
            refuse(f"concatenation: dimension {i} differs: {dims}")
        result.append(sized.pop() if sized else common_dim(dims))
    return [tuple(result)]


def fold_concatenation(layer: Layer) -> Array:
    """All inputs, one after the other."""
    parts = [input_values(layer, i) for i in range(len(layer.inputs))]
    joined: Array = np.concatenate(parts, axis=layer.params["axis"])
    return joined


# -- Slice ----------------------------------------------------------------------------------


def infer_slice(layer: Layer) -> list[Shape]:
    """Slice: the sizes, given as a parameter or as input 2; with axes, of these only."""
    shape = input_tensor(layer).shape
    dynamic = layer.input_at(5)
    if dynamic is not None:
        axes = known_dims(dynamic, len(shape))
        if -1 in axes and known_values(dynamic) is None:
            return [(-1,) * len(shape)]
    else:
        axes = list(layer.params.get("axes", range(len(shape))))
    if not all(-len(shape) <= axis < len(shape) for axis in axes):
        refuse(f"slice: axes {axes} of a tensor of {len(shape)} dimensions")
    sizes = _slice_sizes(layer, len(axes))
    if len(sizes) != len(axes):
        refuse(f"slice: {len(sizes)} sizes for {len(axes)} dimensions")
    result = list(shape)
    for axis, size in zip(axes, sizes, strict=True):
        result[axis] = size
    return [tuple(result)]


def _slice_sizes(layer: Layer, count: int) -> Sequence[int]:
    dynamic = layer.input_at(2)
    if dynamic is not None:
        return known_dims(dynamic, count)
    sizes: Sequence[int] = layer.params.get("size") or ()
    if min(sizes, default=0) < 0:
        refuse(f"slice: sizes {list(sizes)} are negative")
    return sizes


def fold_slice(layer: Layer) -> Array:
    """The elements at known positions; along each axis their mode says what lies outside."""
    data = input_values(layer)
    if layer.input_at(5) is not None:
        raise NotComputableError
    params = layer.params
    given = params.get("start"), params.get("size"), params.get("stride")
    parts = [_slice_part(layer, i, values) for i, values in enumerate(given, 1)]
    mode = layer.params.get("mode", "default")
    places = [np.arange(extent) for extent in data.shape]
    for i, axis in enumerate(layer.params.get("axes") or range(data.ndim)):
        if any(part is None or not is_known(part[i]) for part in parts):
            raise NotComputableError
        start, size, stride = (whole(part[i]) for part in parts if part is not None)
        if not 0 <= size <= MAX_ELEMENTS:
            raise NotComputableError
        places[axis] = _sampled(start + stride * np.arange(size), data.shape[axis], mode)
    return data[np.ix_(*places)] if data.ndim else data


def _slice_part(layer: Layer, index: int, given: Sequence[int] | None) -> Sequence[Any] | None:
    if layer.input_at(index) is None:
        return given
    return list(input_values(layer, index).reshape(-1))


def _sampled(positions: npt.NDArray[np.int64], extent: int, mode: str) -> npt.NDArray[np.int64]:
    """Positions inside a dimension, as the Slice layer's mode says."""
    if ((positions >= 0) & (positions < extent)).all():
        return positions
    if extent and mode == "wrap":
        return positions % extent
    if extent and mode == "clamp":
        inner: npt.NDArray[np.int64] = np.clip(positions, 0, extent - 1)
        return inner
    if extent > 1 and mode == "reflect":
        period = 2 * (extent - 1)
        folded = np.abs(positions) % period
        mirrored: npt.NDArray[np.int64] = np.minimum(folded, period - folded)
        return mirrored
    raise NotComputableError


# -- Gather, Select, OneHot -----------------------------------------------------------------


def infer_gather(layer: Layer) -> list[Shape]:
    """Gather: default, elements and ND modes."""
    data, indices = input_tensor(layer).shape, input_tensor(layer, 1).shape
    mode = layer.params.get("mode", "default")
    axis = layer.params.get("axis", 0)
    batch = layer.params.get("batch_dims", 0)
    if mode == "element":
        require(len(data) == len(indices), "gather elements: data and indices differ in rank")
        return [indices]
    if mode == "nd":
        require(len(indices) > batch, "gather ND: the indices lack a dimension")
        last = indices[-1]
        require(last >= 0, "gather ND: the last dimension of the indices is unknown")
        if batch + last > len(data):
            refuse(f"gather ND: {last} indices into rank {len(data)} data")
        return [indices[:-1] + data[batch + last :]]
    if not 0 <= axis < len(data):
        refuse(f"gather: axis {axis} is outside rank {len(data)}")
    return [data[:axis] + indices[batch:] + data[axis + 1 :]]


def fold_gather(layer: Layer) -> Array:
    """The elements at known indices that lie inside the data."""
    data, indices = input_values(layer), known_input_values(layer, 1)
    axis, mode = layer.params.get("axis", 0), layer.params.get("mode", "default")
    whole_numbers = [whole(i) for i in indices.reshape(-1)]
    positions: Any = np.array(whole_numbers, np.int64).reshape(indices.shape)
    extent = data.shape[-1] if mode == "nd" else data.shape[axis]
    if positions.size and not (-extent <= positions.min() and positions.max() < extent):
        raise NotComputableError
    if mode == "element":
        picked: Array = np.take_along_axis(data, positions, axis)
    elif mode == "nd" and data.ndim == 1 and positions.shape[-1] == 1:
        picked = data[positions[..., 0]]
    elif mode == "default" and not layer.params.get("batch_dims"):
        picked = np.take(data, positions, axis)
    else:
        raise NotComputableError
    return picked


def fold_select(layer: Layer) -> Array:
    """Of each pair the element that the condition chooses, if that is known."""
    calc = Calculator(layer.network)
    return elements(selected(calc, c, a, b) for c, a, b in stretched(layer, 3))


def selected(calc: Calculator, condition: Any, then: Any, other: Any) -> Any:
    """One of two elements, or an expression where it is not known which."""
    if is_known(condition):
        return then if condition else other
    same = _expression(then) == _expression(other)
    return then if same else calc.apply("select", condition, then, other)


def _expression(value: Any) -> Any:
    return value.expression if isinstance(value, FreeDim) else value


def infer_one_hot(layer: Layer) -> list[Shape]:
    """OneHot: the depth becomes dimension ``axis``."""
    shape = list(input_tensor(layer).shape)
    shape.insert(layer.params["axis"], known_dim(input_tensor(layer, 2)))
    return [tuple(shape)]


def fold_one_hot(layer: Layer) -> Array:
    """Off, but on at the known indices."""
    indices, values = known_input_values(layer), input_values(layer, 1)
    axis = layer.params["axis"]
    depth = layer.output.shape[axis]
    off, on = values.reshape(-1)[:2]
    picked = np.expand_dims(indices.astype(np.int64), axis)
    shape = [1] * picked.ndim
    shape[axis] = depth
    hot = (picked % depth if depth else picked) == np.arange(depth).reshape(shape)
    return elements(on if h else off for h in hot.reshape(-1))


# -- Constant, Fill, Resize, GridSample, TopK ------------------------------------------------


def fold_constant(layer: Layer) -> Array:
    """The weights, if they are few; types that numpy lacks are not read."""
    weights = layer.params["weights"]
    if weights.count > MAX_ELEMENTS or weights.dtype in ("int4", "fp4", "fp8"):
        raise NotComputableError
    values = weights.data().reshape(-1)
    # Integers that no 64 bits hold, computed from absurd floats, are Python's own.
    return elements(v.item() if isinstance(v, np.generic) else v for v in values)


def infer_fill(layer: Layer) -> list[Shape]:
    """Fill: the dimensions, given as a parameter or as input 0."""
    dynamic = layer.input_at(0)
    if dynamic is None:
        return [tuple(layer.params["dims"] or ())]
    return [tuple(known_dims(dynamic, 1))]


def fold_fill(layer: Layer) -> Array:
    """A row of integers from a known start in known steps."""
    output = layer.output
    if layer.params["op"] != "linspace" or output.rank != 1 or output.is_float:
        raise NotComputableError
    start, step = layer.params.get("alpha"), layer.params.get("beta")
    if layer.input_at(1) is not None and layer.input_at(2) is not None:
        both = [known_input_values(layer, i).reshape(-1) for i in (1, 2)]
        if any(len(values) != 1 for values in both):
            raise NotComputableError
        start, step = both[0][0], both[1][0]
    if start is None or step is None or not 0 <= output.shape[0] <= MAX_ELEMENTS:
        raise NotComputableError
    return elements(whole(start) + i * whole(step) for i in range(output.shape[0]))


def infer_resize(layer: Layer) -> list[Shape]:
    """Resize: dimensions as input 1 or as a parameter, or scales (floor of the product)."""
    shape = input_tensor(layer).shape
    dynamic = layer.input_at(1)
    if dynamic is not None:
        dims: Sequence[int] = known_dims(dynamic, len(shape))
    elif layer.params.get("output_dims") is not None:
        dims = layer.params["output_dims"]
    elif layer.params.get("scales") is not None:
        dims = _scaled(shape, layer.params["scales"])
    else:
        dims = shape
    if len(dims) != len(shape):
        refuse(f"resize: {len(dims)} output dimensions for a tensor of rank {len(shape)}")
    return [tuple(dims)]


def _scaled(shape: Shape, scales: Sequence[float]) -> list[int]:
    # TensorRT multiplies in float32: 10 * 0.7 is 7 there, and 6.99... in float64.
    dims = []
    for d, s in zip(shape, scales, strict=False):
        if d < 0:
            dims.append(-1)
            continue
        if not abs(d * float(s)) <= _LARGEST_EXTENT:  # NaN is none either
            refuse(
                f"resize: dimension {d} times scale {s:g} is no size that a dimension can have"
            )
        dims.append(int(np.floor(np.float32(d) * np.float32(s))))
    return dims


def infer_grid_sample(layer: Layer) -> list[Shape]:
    """GridSample: batch and channels of the data, spatial dimensions of the grid."""
    data, grid = input_tensor(layer).shape, input_tensor(layer, 1).shape
    require(len(data) == len(grid), "grid sample: data and grid differ in rank")
    return [data[:2] + grid[1:-1]]


def infer_topk(layer: Layer) -> list[Shape]:
    """TopK along ``axis``; k is a parameter or input 1."""
    shape = list(input_tensor(layer).shape)
    dynamic = layer.input_at(1)
    k = layer.params["k"] if dynamic is None else known_dim(dynamic)
    shape[layer.params["axis"]] = k
    return [tuple(shape)] * 2
