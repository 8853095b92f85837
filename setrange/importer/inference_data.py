# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Output shapes of layers that make, pick, place or resample elements.

Same contract as ``inference``: one function per layer kind, -1 is unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from setrange.importer.inference import known_dim, known_dims, tensor_in
from setrange.importer.rejections import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.network.graph import Layer, Shape

__all__ = [
    "infer_fill",
    "infer_grid_sample",
    "infer_nms",
    "infer_non_zero",
    "infer_one_hot",
    "infer_resize",
]


#: A larger product of a dimension and a scale is no dimension (INT32), and NaN is none.
_LARGEST_EXTENT = 2.0**31


def infer_fill(layer: Layer) -> list[Shape]:
    """Fill: the dimensions, given as a parameter or as input 0."""
    dynamic = layer.input_at(0)
    if dynamic is None:
        return [tuple(layer.params["dims"] or ())]
    return [tuple(known_dims(dynamic, 1))]


def infer_resize(layer: Layer) -> list[Shape]:
    """Resize: dimensions as input 1 or as a parameter, or scales (floor of the product)."""
    shape = tensor_in(layer).shape
    dynamic = layer.input_at(1)
    if dynamic is not None:
        dims: Sequence[int] = known_dims(dynamic, len(shape))
    elif layer.params.get("output_dims") is not None:
        dims = layer.params["output_dims"]
    elif layer.params.get("scales") is not None:
        dims = _scaled(shape, layer.params["scales"])
    else:
        dims = shape
    require(
        len(dims) == len(shape),
        f"resize: {len(dims)} output dimensions for a tensor of rank {len(shape)}",
    )
    return [tuple(dims)]


def _scaled(shape: Shape, scales: Sequence[float]) -> list[int]:
    # TensorRT multiplies in float32: 10 * 0.7 is 7 there, and 6.99... in float64.
    dims = []
    for d, s in zip(shape, scales, strict=False):
        if d < 0:
            dims.append(-1)
            continue
        require(
            abs(d * float(s)) <= _LARGEST_EXTENT,
            f"resize: dimension {d} times scale {s:g} is no size that a dimension can have",
        )
        dims.append(int(np.floor(np.float32(d) * np.float32(s))))
    return dims


def infer_one_hot(layer: Layer) -> list[Shape]:
    """OneHot: the depth becomes dimension ``axis``."""
    shape = list(tensor_in(layer).shape)
    shape.insert(layer.params["axis"], known_dim(tensor_in(layer, 2)))
    return [tuple(shape)]


def infer_non_zero(layer: Layer) -> list[Shape]:
    """NonZero: one row per dimension, their number depends on the data."""
    return [(tensor_in(layer).rank, -1)]


def infer_nms(layer: Layer) -> list[Shape]:
    """NMS: (batch, class, box) per selected box, and how many there are."""
    return [(-1, 3), ()]


def infer_grid_sample(layer: Layer) -> list[Shape]:
    """GridSample: batch and channels of the data, spatial dimensions of the grid."""
    data, grid = tensor_in(layer).shape, tensor_in(layer, 1).shape
    require(len(data) == len(grid), "grid sample: data and grid differ in rank")
    return [data[:2] + grid[1:-1]]
