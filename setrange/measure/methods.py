# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""From a histogram of magnitudes to the largest magnitude worth representing.

Methods as in "Integer Quantization for Deep Learning Inference: Principles and Empirical
Evaluation" (arXiv 2004.09602), section 5: max, percentile, entropy, mean squared error.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.ranges.model import INT8_STEPS

if TYPE_CHECKING:
    import numpy.typing as npt

    from setrange.measure.histogram import Counts, Histogram

__all__ = ["amax_by_entropy", "amax_by_mse", "amax_by_percentile"]

#: Equal-width bins entropy works on, as TensorRT's and ONNX Runtime's calibrators do.
ENTROPY_BINS = 2048

#: Levels on one side of zero: 0 to 127.
_LEVELS = INT8_STEPS + 1

_NEGLIGIBLE = 1e-12

#: Candidates for the clipping bound that the error is computed at; every few of them tell
#: which others may be left out. Sums are exact to less than this share of the squares.
MSE_CANDIDATES = 256
_EVERY, _SURELY = 8, 1e-9

#: The same of divergences, which are looked at for each of so many bounds first.
_EVERY_BOUND = 16

#: Where rounding goes from one step of INT8 to the next, in steps.
_BORDERS = np.arange(INT8_STEPS) + 0.5


def amax_by_percentile(histogram: Histogram, percentile: float) -> float:
    """Return the magnitude that ``percentile`` % of all values do not exceed.

    Args:
        histogram: Magnitudes seen.
        percentile: 0 < percentile <= 100; 100 is the maximum.

    Returns:
        A magnitude, exact to the width of its bin (1/128 of its value).
    """
    if not 0 < percentile <= 100:
        raise ValueError(f"percentile {percentile} is not in (0, 100]")
    if histogram.count == 0 or percentile == 100:
        return histogram.amax
    wanted = histogram.count * percentile / 100
    bins = histogram.magnitudes()
    below = histogram.zeros + np.cumsum(bins.values)
    if histogram.zeros >= wanted or below.size == 0:
        return 0.0
    position = int(np.searchsorted(below, wanted))
    edges = bins.edges()
    previous = float(below[position - 1]) if position else float(histogram.zeros)
    inside = float(below[position]) - previous
    share = (wanted - previous) / inside if inside else 1.0
    bound = edges[position] + share * (edges[position + 1] - edges[position])
    return min(float(bound), histogram.amax)


def _linear(histogram: Histogram, bins: int) -> npt.NDArray[np.float64]:
    """Spread the counts over ``bins`` equal bins of [0, amax], proportionally."""
    magnitudes = histogram.magnitudes()
    edges = magnitudes.edges()
    cumulative = np.concatenate(([0.0], np.cumsum(magnitudes.values, dtype=np.float64)))
    targets = np.linspace(0.0, histogram.amax, bins + 1)
    # The last used bin ends at the largest value, not at its upper edge.
    edges[-1] = max(histogram.amax, edges[-2])
    at = np.interp(targets, edges, cumulative)
    counts = np.diff(at)
    counts[-1] += cumulative[-1] - at[-1]
    return counts


def amax_by_entropy(histogram: Histogram) -> float:
    """Return the bound with the least KL divergence between clipped and quantized values.

    As TensorRT's entropy calibrator: 2048 equal bins; for each bound of at least 128 bins the
    clipped histogram (outliers added to its last bin) is compared with the same quantized to
    128 levels.
    """
    if histogram.count == 0 or histogram.amax == 0:
        return histogram.amax
    counts = _linear(histogram, ENTROPY_BINS)
    counts[0] = counts[1]  # zeros are exact at any scale: they must not decide
    total = np.concatenate(([0.0], np.cumsum(counts)))
    # Where nearly all is clipped into one bin, both histograms agree and say nothing.
    lowest = int(np.searchsorted(total, total[-1] / 2, side="right"))
    first = min(max(lowest - _LEVELS, 0), ENTROPY_BINS - _LEVELS)
    best = _LEVELS + first + int(np.argmin(_divergences(counts, total, first)))
    width = histogram.amax / ENTROPY_BINS
    return min((best + 0.5) * width, histogram.amax)


class _Levels:
    """How bins are put together to 128 levels, for each number of bins from 128 to 2048.

    A level is a start and a width of at most 16, so that there are few different ones.

    Attributes:
        codes: Each different level as width * 2049 + start, [levels], ascending.
        which: Index into those of the levels for each number of bins: [bounds, 128].
        some: Every 16th of these.
        last: The last level for each number of bins: [bounds].
    """

    def __init__(self) -> None:
        stops = np.arange(_LEVELS, ENTROPY_BINS + 1)[:, np.newaxis]
        borders = np.arange(_LEVELS + 1) * stops // _LEVELS
        starts, widths = borders[:, :-1], np.diff(borders, axis=1)
        codes = widths * (ENTROPY_BINS + 1) + starts
        self._widest = int(widths.max())
        is_used = np.zeros((self._widest + 1) * (ENTROPY_BINS + 1), dtype=bool)
        is_used[codes] = True
        self.codes = np.flatnonzero(is_used)
        self.which = (np.cumsum(is_used) - 1)[codes]
        self.some = self.which[::_EVERY_BOUND].copy()
        self.last = self.which[:, -1].copy()

    def sums(self, running: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return what lies in each level, [levels].

        Args:
            running: Running sums over the bins, from 0.
        """
        # For one width after the other: bins in a row are read faster than those of a list.
        found = np.zeros((self._widest + 1, ENTROPY_BINS + 1), running.dtype)
        for width in range(1, self._widest + 1):
            np.subtract(running[width:], running[:-width], out=found[width, :-width])
        return np.take(found, self.codes)


@functools.cache
def _levels() -> _Levels:
    return _Levels()


def _divergences(
    counts: npt.NDArray[np.float64], total: npt.NDArray[np.float64], first: int
) -> npt.NDArray[np.float64]:
    """KL divergence of the clipped histogram from its quantized form, for each bound.

    Within a level, the quantized form is its mass spread evenly over its used bins, so that
    sums over bins become differences of running sums.

    Args:
        counts: Counts of equal bins.
        total: Running sums of them, from 0.
        first: The first bound to look at, in bins above 128.

    Returns:
        The divergences; infinite where a bound surely is not the one with the least.
    """
    levels = _levels()
    stops = np.arange(_LEVELS + first, ENTROPY_BINS + 1)
    used = np.concatenate(([0], np.cumsum(counts > 0)))
    plogp = np.concatenate(([0.0], np.cumsum(_xlogx(counts))))
    filled = levels.sums(used)
    # Running sums leave crumbs where nothing is.
    mass = np.where(filled > 0, levels.sums(total), 0.0)
    log_mean = np.log(np.where(mass > 0, mass / np.maximum(filled, 1), 1.0))
    log_mean_last = log_mean[levels.last[first:]]
    kept = total[stops]
    last = counts[stops - 1]
    clipped_last = last + total[-1] - kept
    with np.errstate(divide="ignore", invalid="ignore"):
        # A value that the quantized form cannot hold costs as one of negligible probability.
        log_last = np.where(last > 0, log_mean_last, np.log(_NEGLIGIBLE * kept))
        terms = _Terms(
            own=plogp[stops - 1] + _xlogx(clipped_last),
            last=last * log_mean_last,
            clipped=np.where(clipped_last > 0, clipped_last * log_last, 0.0),
            kept=kept,
            log_kept=np.log(kept),
            total=total[-1],
        )
        of_levels = mass * log_mean
        # Levels lose nothing at best, as if each bin were one. Bounds that even so are worse
        # than another one, for what they clip, are left out: mostly those below it.
        least = terms.divergences(plogp[stops], slice(None))
        found = np.full(stops.size, np.inf)
        some = slice(-first % _EVERY_BOUND, None, _EVERY_BOUND)
        rows = levels.some[-(-first // _EVERY_BOUND) :]
        found[some] = terms.divergences(of_levels[rows].sum(axis=1), some)
        open_ones = np.flatnonzero(least <= found.min() + _SURELY)
        rest = slice(open_ones[0], open_ones[-1] + 1)
        rows = levels.which[first:][rest]
        found[rest] = terms.divergences(of_levels[rows].sum(axis=1), rest)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """What a divergence is made of beside its levels, for each bound.

    Attributes:
        own: Sum of p log p of the clipped histogram.
        last: What the last bin has in the sum of its level, as if it were not clipped.
        clipped: The same as it is.
        kept: Mass below the bound.
        log_kept: Its logarithm.
        total: Mass of all.
    """

    own: npt.NDArray[np.float64]
    last: npt.NDArray[np.float64]
    clipped: npt.NDArray[np.float64]
    kept: npt.NDArray[np.float64]
    log_kept: npt.NDArray[np.float64]
    total: float

    def divergences(
        self, of_levels: npt.NDArray[np.float64], at: slice
    ) -> npt.NDArray[np.float64]:
        """Return the divergences of some bounds from the sums of their levels."""
        cross = of_levels - self.last[at] + self.clipped[at]
        found = (self.own[at] - cross) / self.total - np.log(self.total) + self.log_kept[at]
        divergences: npt.NDArray[np.float64] = np.where(self.kept[at] > 0, found, np.inf)
        return divergences


def _xlogx(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    result: npt.NDArray[np.float64] = values * np.log(np.where(values > 0, values, 1.0))
    return result


def amax_by_mse(histogram: Histogram) -> float:
    """Return the bound with the least mean squared error of rounding and clipping."""
    magnitudes = histogram.magnitudes()
    if not magnitudes.values.size:
        return histogram.amax
    errors = _SquaredErrors(magnitudes)
    bounds = histogram.amax * np.arange(1, MSE_CANDIDATES + 1) / MSE_CANDIDATES
    # Clipping alone costs more than the least error found so far: such bounds are left out.
    least = errors.of(bounds[_EVERY - 1 :: _EVERY]).min()
    bounds = bounds[errors.of_clipping(bounds) <= least + _SURELY * errors.sums[2, -1]]
    return float(bounds[int(np.argmin(errors.of(bounds)))])


class _SquaredErrors:
    """Sums of squared errors of magnitudes, each at the centre of its bin.

    Within a level the error is w (c - q)^2, summed over its bins: with running sums of w, w c
    and w c^2 it takes a look at the ends of each level, and not at each bin.

    Args:
        magnitudes: Counts by magnitude.
    """

    def __init__(self, magnitudes: Counts) -> None:
        edges = magnitudes.edges()
        self.first = magnitudes.first
        self.centers = (edges[:-1] + edges[1:]) / 2
        weights = magnitudes.values.astype(np.float64)
        self.sums = np.zeros((3, weights.size + 1))
        for power, sums in enumerate(self.sums):
            np.cumsum(weights * self.centers**power, out=sums[1:])

    def of(self, bounds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the error of rounding to 127 steps up to each bound, and of clipping there."""
        counts, sums, squares = self.sums
        scales = bounds / INT8_STEPS
        places = self._below(scales[:, np.newaxis] * _BORDERS)
        by_level = INT8_STEPS * sums[-1] - sums[places].sum(axis=1)
        by_square = INT8_STEPS**2 * counts[-1] - counts[places] @ (2 * _BORDERS)
        found: npt.NDArray[np.float64]
        found = squares[-1] - 2 * scales * by_level + scales**2 * by_square
        return found

    def of_clipping(self, bounds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the error of what lies beyond each bound, which is the least it can be."""
        beyond = self.sums[:, -1:] - self.sums[:, self._below(bounds)]
        found: npt.NDArray[np.float64]
        found = beyond[2] - 2 * bounds * beyond[1] + bounds**2 * beyond[0]
        return found

    def _below(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Return how many centres lie below each value: its bits tell its bin."""
        patterns = values.astype(np.float32).view(np.uint32) >> np.uint32(16)
        bins = patterns.astype(np.int64) - self.first
        inside = np.clip(bins, 0, self.centers.size - 1)
        below: npt.NDArray[np.int64] = inside + (self.centers[inside] < values)
        return below
