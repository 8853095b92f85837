# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Histograms against numpy on the bit patterns, and what methods make of them."""

from __future__ import annotations

import itertools
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from setrange.measure import methods
from setrange.measure.histogram import BINS, Counts, Histogram
from setrange.measure.methods import (
    amax_by_entropy,
    amax_by_mse,
    amax_by_percentile,
)
from setrange.measure.statistics import Histograms

FLOATS = arrays(
    np.float32,
    st.integers(0, 40),
    # ONNX Runtime may have told the processor to take subnormal numbers for 0.
    elements=st.floats(width=32, allow_subnormal=False)
    | st.sampled_from([0.0, -0.0, 1.0, -1.0, float("inf")]),
)


def dense(counts: Counts) -> np.ndarray:
    out = np.zeros(BINS, np.int64)
    out[counts.first : counts.first + counts.values.size] = counts.values
    return out


@pytest.mark.property
@given(st.lists(FLOATS, max_size=4), st.booleans())
def test_bins_are_the_upper_halves(parts: list[np.ndarray], is_signed: bool) -> None:
    histogram = Histogram(is_signed=is_signed)
    for part in parts:
        histogram.update(part)
    values = np.concatenate([np.zeros(0, np.float32), *parts])
    finite = values[np.isfinite(values)]
    patterns = (np.abs(finite).view(np.uint32) >> 16).astype(int)
    used = patterns > 0
    assert histogram.count == finite.size
    assert histogram.not_finite == values.size - finite.size
    assert histogram.zeros == np.count_nonzero(~used)
    assert histogram.contradiction() == ""
    if finite.size:
        assert (histogram.min, histogram.max) == (finite.min(), finite.max())
    for counts, chosen in (
        (histogram.magnitudes(), used),
        *(
            (
                (histogram.positive, used & (finite > 0)),
                (histogram.negative, used & (finite < 0)),
            )
            if is_signed
            else ()
        ),
    ):
        np.testing.assert_array_equal(
            dense(counts), np.bincount(patterns[chosen], minlength=BINS)
        )


@pytest.mark.property
@given(FLOATS, FLOATS)
def test_merging_is_one_run(first: np.ndarray, second: np.ndarray) -> None:
    one, other, both = Histogram(), Histogram(), Histogram()
    one.update(first)
    other.update(second)
    one.merge(other)
    both.update(first)
    both.update(second)
    assert (one.min, one.max, one.count, one.zeros) == (
        both.min, both.max, both.count, both.zeros,
    )  # fmt: skip
    np.testing.assert_array_equal(dense(one.positive), dense(both.positive))
    np.testing.assert_array_equal(dense(one.negative), dense(both.negative))
    np.testing.assert_array_equal(
        dense(one.rectified().positive), dense(both.rectified().positive)
    )


def divergence(counts: np.ndarray, stop: int) -> float:
    """KL divergence of a histogram clipped to ``stop`` bins from its form in 128 levels."""
    clipped = counts[:stop].copy()
    clipped[-1] += counts[stop:].sum()
    quantized = np.zeros(stop)
    borders = np.arange(129) * stop // 128
    for low, high in itertools.pairwise(borders):
        used = counts[low:high] > 0
        if used.any():
            quantized[low:high][used] = counts[low:high].sum() / used.sum()
    p, q = clipped / clipped.sum(), quantized / quantized.sum()
    kept = p > 0
    return float((p[kept] * np.log(p[kept] / np.maximum(q[kept], 1e-12))).sum())


@pytest.mark.parametrize("shape", ["normal", "laplace", "outliers"])
def test_entropy_is_the_least_divergence(shape: str) -> None:
    random = np.random.default_rng(2)
    values = random.laplace(size=200_000) if shape == "laplace" else random.normal(size=200_000)
    if shape == "outliers":
        values[:5] = 40
    values = values.astype(np.float32)
    histogram = Histogram()
    histogram.update(values)
    magnitudes = np.abs(values)
    amax = float(magnitudes.max())
    counts = np.histogram(magnitudes, 2048, (0, amax))[0].astype(float)
    counts[0] = counts[1]
    stop = int(np.clip(round(amax_by_entropy(histogram) / amax * 2048 - 0.5), 128, 2048))
    # At least half of the mass must be inside, as the calibrators demand.
    lowest = int(np.searchsorted(np.cumsum(counts), counts.sum() / 2)) + 1
    best = min(divergence(counts, i) for i in range(max(lowest, 128), 2049, 13))
    assert divergence(counts, stop) <= 1.25 * best + 1e-3


def squared_error(histogram: Histogram, bound: float) -> float:
    """Sum of squared errors of rounding to 127 steps up to a bound, bin by bin."""
    magnitudes = histogram.magnitudes()
    edges = magnitudes.edges()
    centers = (edges[:-1] + edges[1:]) / 2
    steps = np.minimum(np.round(centers / (bound / 127)), 127)
    return float(magnitudes.values @ (steps * (bound / 127) - centers) ** 2)


def check_mse(histogram: Histogram) -> None:
    """No other candidate is better than the one taken, but for how sums are rounded."""
    bounds = histogram.amax * np.arange(1, 257) / 256
    taken = amax_by_mse(histogram)
    assert taken in bounds
    least = min(squared_error(histogram, bound) for bound in bounds)
    squares = squared_error(histogram, 1e-6 * histogram.amax)
    assert squared_error(histogram, taken) <= least + 1e-11 * squares


@pytest.mark.parametrize("shape", ["normal", "laplace", "outliers", "constant", "halves"])
def test_mse_is_the_least_error(shape: str) -> None:
    random = np.random.default_rng(4)
    values = random.laplace(size=20_000) if shape == "laplace" else random.normal(size=20_000)
    if shape == "outliers":
        values[:5] = 400
    elif shape == "constant":
        values[:] = -3
    elif shape == "halves":
        values = np.arange(255) / 2
    histogram = Histogram()
    histogram.update(values.astype(np.float32))
    check_mse(histogram)


@pytest.mark.property
@given(FLOATS)
@settings(max_examples=25)
def test_mse_of_any_values(values: np.ndarray) -> None:
    histogram = Histogram()
    histogram.update(values)
    if histogram.magnitudes().values.size:
        check_mse(histogram)


def test_nothing_and_only_zeros() -> None:
    histogram = Histogram()
    for _ in range(2):
        assert amax_by_percentile(histogram, 99) == 0
        assert amax_by_entropy(histogram) == 0
        assert amax_by_mse(histogram) == 0
        histogram.update(np.zeros((3, 4), np.float32))


@pytest.mark.parametrize("size", [1, 40, 3000])
def test_no_bound_that_is_left_out_would_be_taken(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(size)
    normal = random.normal(size=size)
    histograms = []
    for values in (
        normal,
        np.abs(normal) ** 8,
        random.standard_t(1.2, size),
        random.uniform(2, 3, size),
        random.integers(0, 7, size),
        10 ** random.uniform(-30, 30, size),
        np.append(normal, 300.0),
    ):
        histograms.append(Histogram(is_signed=False))
        histograms[-1].update(values.astype(np.float32))
    taken = [(amax_by_entropy(each), amax_by_mse(each)) for each in histograms]
    monkeypatch.setattr(methods, "_SURELY", np.inf)  # nothing is sure: all are looked at
    assert taken == [(amax_by_entropy(each), amax_by_mse(each)) for each in histograms]


@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_number_of_float32_has_a_range(sign: int) -> None:
    largest = float(np.finfo(np.float32).max)
    histogram = Histogram()
    histogram.update(np.array([0.5, 0.25, -1.0, sign * largest], np.float32))
    assert np.isfinite(histogram.magnitudes().edges()).all()
    for amax in (amax_by_percentile(histogram, 99.99), amax_by_mse(histogram)):
        assert 1.0 < amax <= largest


def test_threads_share_in_a_run() -> None:
    random = np.random.default_rng(8)
    runs = [[random.normal(size=50).astype(np.float32) for _ in range(300)] for _ in range(3)]
    alone, shared = (Histograms([number % 2 == 0 for number in range(300)]) for _ in range(2))
    for run in runs:
        alone.update(list(run))
        left = list(run)
        with ThreadPoolExecutor(3) as pool:
            for done in [pool.submit(shared.update, left, keep) for keep in (100, 0, 50)]:
                done.result()
        assert not left
    for (name, one), (_, other) in zip(alone.arrays(), shared.arrays(), strict=True):
        np.testing.assert_array_equal(one, other, err_msg=name)


def test_what_is_sent_to_another_process_is_all_there_is() -> None:
    random = np.random.default_rng(9)
    scales = (0.0, 1e-30, 1.0, 3e4)
    kept = Histograms([True, False, True, False, True])  # nothing is seen of the last one
    kept.update(
        [random.normal(scale=scale, size=70_000).astype(np.float32) for scale in scales]
    )
    sent = pickle.loads(pickle.dumps(kept))
    for (name, one), (_, other) in zip(kept.arrays(), sent.arrays(), strict=True):
        np.testing.assert_array_equal(one, other, err_msg=name)
        assert one.dtype == other.dtype
    assert [item.is_signed for item in sent.items] == [item.is_signed for item in kept.items]
    sent.merge(kept)  # it can be added to
    assert [item.count for item in sent.items] == [140_000] * 4 + [0]
