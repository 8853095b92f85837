# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""From a histogram of magnitudes to the largest magnitude worth representing.

Methods as in "Integer Quantization for Deep Learning Inference: Principles and Empirical
Evaluation" (arXiv 2004.09602), section 5: max, percentile, entropy, mean squared error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from setrange.ranges.model import INT8_STEPS

if TYPE_CHECKING:
    import numpy.typing as npt

    from setrange.collect.histogram import Histogram

__all__ = ["amax_by_entropy", "amax_by_mse", "amax_by_percentile"]

#: Equal-width bins entropy works on, as TensorRT's and ONNX Runtime's calibrators do.
ENTROPY_BINS = 2048

#: Candidates for the clipping bound that the error is computed at.
MSE_CANDIDATES = 256


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
    below = histogram.zeros + np.cumsum(histogram.counts)
    if histogram.zeros >= wanted or below.size == 0:
        return 0.0
    position = int(np.searchsorted(below, wanted))
    edges = histogram.edges()
    previous = float(below[position - 1]) if position else float(histogram.zeros)
    inside = float(below[position]) - previous
    share = (wanted - previous) / inside if inside else 1.0
    bound = edges[position] + share * (edges[position + 1] - edges[position])
    return min(float(bound), histogram.amax)


def _linear(histogram: Histogram, bins: int) -> npt.NDArray[np.float64]:
    """Spread the counts over ``bins`` equal bins of [0, amax], proportionally."""
    edges = histogram.edges()
    cumulative = np.concatenate(([0.0], np.cumsum(histogram.counts, dtype=np.float64)))
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
    levels = INT8_STEPS + 1
    total = np.concatenate(([0.0], np.cumsum(counts)))
    used = np.concatenate(([0], np.cumsum(counts > 0)))
    best, best_divergence = ENTROPY_BINS, np.inf
    # Where nearly all is clipped into one bin, both histograms agree and say nothing.
    lowest = int(np.searchsorted(total, total[-1] / 2, side="right"))
    for stop in range(max(levels, min(lowest, ENTROPY_BINS)), ENTROPY_BINS + 1):
        divergence = _divergence(counts, total, used, stop, levels)
        if divergence < best_divergence:
            best, best_divergence = stop, divergence
    width = histogram.amax / ENTROPY_BINS
    return min((best + 0.5) * width, histogram.amax)


def _divergence(
    counts: npt.NDArray[np.float64],
    total: npt.NDArray[np.float64],
    used: npt.NDArray[np.int64],
    stop: int,
    levels: int,
) -> float:
    """KL divergence of the histogram clipped at ``stop`` bins from its quantized form."""
    reference = counts[:stop].copy()
    outliers = total[-1] - total[stop]
    reference[-1] += outliers
    starts = np.arange(levels) * stop // levels
    ends = np.append(starts[1:], stop)
    filled = used[ends] - used[starts]
    mass = total[ends] - total[starts]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(filled > 0, mass / np.maximum(filled, 1), 0.0)
    quantized = np.repeat(mean, ends - starts)
    quantized[counts[:stop] <= 0] = 0.0
    p_sum, q_sum = reference.sum(), quantized.sum()
    if p_sum <= 0 or q_sum <= 0:
        return float("inf")
    mask = reference > 0
    p = reference[mask] / p_sum
    # A value that the quantized form cannot hold costs as one of negligible probability.
    q = np.maximum(quantized[mask] / q_sum, 1e-12)
    return float(np.sum(p * np.log(p / q)))


def amax_by_mse(histogram: Histogram) -> float:
    """Return the bound with the least mean squared error of rounding and clipping."""
    if histogram.count == 0 or histogram.amax == 0 or histogram.counts.size == 0:
        return histogram.amax
    edges = histogram.edges()
    centers = (edges[:-1] + edges[1:]) / 2
    weights = histogram.counts.astype(np.float64)
    bounds = histogram.amax * np.arange(1, MSE_CANDIDATES + 1) / MSE_CANDIDATES
    errors = np.empty(bounds.size)
    for i, bound in enumerate(bounds):
        scale = bound / INT8_STEPS
        quantized = np.minimum(np.round(centers / scale), INT8_STEPS) * scale
        errors[i] = np.dot(weights, (quantized - centers) ** 2)
    return float(bounds[int(np.argmin(errors))])
