# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Turns measured statistics into a ranges file."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange import __version__
from setrange.errors import InputError
from setrange.measure.methods import amax_by_entropy, amax_by_mse, amax_by_percentile
from setrange.measure.statistics import Histograms, MeanExtremes
from setrange.ranges import DynamicRange, RangeEntry, RangeFile
from setrange.ranges.entry import ZERO_ON_DATA
from setrange.ranges.float32 import shortest, to_float32

if TYPE_CHECKING:
    from setrange.measure.histogram import Histogram
    from setrange.measure.method import Method
    from setrange.measure.observed import Observed
    from setrange.measure.state import State

__all__ = ["ranges_of_state"]

#: Bounds of a value that never had an element.
_EMPTY = (math.inf, -math.inf)

#: Histograms that are looked at at the same time.
_THREADS = 4

#: From here on a value is a mask: the least of float32 or bfloat16, or a round number near it.
_MASK = 1e30
#: The largest float16 is one, too.
_MASKS = frozenset({65504.0})


def ranges_of_state(state: State) -> RangeFile:
    """Return the ranges that the method makes of what was measured.

    The names are the model's own: they hold for every TensorRT release. What its parser makes
    on top is derived when the ranges are used.

    Raises:
        InputError: No sample was seen.
    """
    if not state.samples:
        raise InputError("no sample was seen, so there are no ranges")
    header = state.header
    bounds = _Bounds(state)
    entries = [_entry(item, bounds.of(item), header.method) for item in header.observed]
    entries += [RangeEntry(name=name, reason=reason) for name, reason in header.unmeasured]
    return RangeFile(
        entries={entry.name: entry for entry in entries},
        model={"file": header.model, "sha256": header.sha256},
        collected=_collected(state),
    )


class _Bounds:
    """(min, max) of each observed value; all methods are in proportion to the values.

    A histogram takes up to a millisecond, most of it in numpy: several are looked at at once.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self.index = {base: i for i, base in enumerate(state.header.bases())}
        items = {(item.base, item.is_rectified): item for item in state.header.observed}
        with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
            self.found = dict(zip(items, pool.map(self._of, items.values()), strict=True))

    def of(self, item: Observed) -> tuple[float, float]:
        low, high = self.found[item.base, item.is_rectified]
        return to_float32(low * item.factor), to_float32(high * item.factor)

    def _of(self, item: Observed) -> tuple[float, float]:
        statistics, index = self.state.statistics, self.index[item.base]
        if isinstance(statistics, Histograms):
            histogram = statistics.items[index]
            return _clipped(
                histogram.rectified() if item.is_rectified else histogram,
                self.state.header.method,
            )
        low, high = float(statistics.low[index]), float(statistics.high[index])
        if isinstance(statistics, MeanExtremes):
            runs = int(statistics.runs[index])
            if not runs:
                return _EMPTY
            low, high = to_float32(low / runs), to_float32(high / runs)
        return (max(low, 0.0), max(high, 0.0)) if item.is_rectified else (low, high)


def _clipped(histogram: Histogram, method: Method) -> tuple[float, float]:
    if histogram.not_finite:
        return math.nan, math.nan
    if not histogram.count:
        return _EMPTY
    if _is_mask(histogram.min, histogram.max):
        return histogram.min, histogram.max
    if method.name == "percentile":
        amax = amax_by_percentile(histogram, method.percentile or 100.0)
    elif method.name == "entropy":
        amax = amax_by_entropy(histogram)
    else:
        amax = amax_by_mse(histogram)
    amax = float(np.float32(amax))
    low = min(max(histogram.min, -amax), amax)
    return low, max(min(histogram.max, amax), -amax)


def _entry(item: Observed, bounds: tuple[float, float], method: Method) -> RangeEntry:
    low, high = bounds
    reason = None
    if low > high:
        reason = "empty on all of the data"
    elif not (math.isfinite(low) and math.isfinite(high)):
        reason = "NaN or infinite on some of the data"
    elif _is_mask(low, high):
        widest = max(low, high, key=abs)
        reason = f"a mask ({widest:.8g} on some of the data), beside which INT8 keeps nothing"
    elif low == high == 0:
        reason = ZERO_ON_DATA
    if reason is not None:
        return RangeEntry(name=item.name, reason=reason)
    return RangeEntry(
        name=item.name,
        range=DynamicRange(shortest(low), shortest(high)),
        source=f"measured: {method}",
    )


def _is_mask(low: float, high: float) -> bool:
    """True for bounds that mark what an attention must not see, and are no activations."""
    return any(abs(bound) >= _MASK or abs(bound) in _MASKS for bound in (low, high))


def _collected(state: State) -> dict[str, Any]:
    header = state.header
    made: dict[str, Any] = {"by": f"setrange {__version__}", "method": header.method.name}
    if header.method.percentile is not None:
        made["percentile"] = header.method.percentile
    made |= {
        "samples": state.samples,
        "batch": header.batch,
        "data_sha256_sum": f"{state.digest:064x}",
        "provider": header.provider,
        "onnxruntime": header.onnxruntime,
    }
    if header.images is not None:
        made["images"] = header.images
    if header.random:
        made["random"] = True
    missing = state.missing_shards()
    if missing:
        made["shards_missing"] = missing
    elif not state.is_complete:
        made["interrupted"] = True
    return made
