# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The calibration cache that goes with a ranged model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.exporters.cache import make_cache
from setrange.formats.trt_cache import DEFAULT_ALGORITHM

if TYPE_CHECKING:
    from setrange.exporters.cache import CacheResult
    from setrange.exporters.ranged.exporter import RangedModel

__all__ = ["cache_beside"]


def cache_beside(
    made: RangedModel, *, algorithm: str = DEFAULT_ALGORITHM
) -> CacheResult | None:
    """Return what the file cannot carry; trtexec would give these tensors ±2 or ±4 of its own.

    Where ranges are missing it is the whole plan: with any cache trtexec leaves the tensors
    without a range alone.

    Args:
        made: The ranged model.
        algorithm: Of the calibrator that reads the cache.

    Returns:
        The cache, or ``None`` if the file carries everything.
    """
    rest = made.plan if made.plan.missing() else made.rest()
    if all(item.range is None for item in rest.tensors):
        return None
    return make_cache(rest, trt=made.plan.network.trt, algorithm=algorithm, force=True)
