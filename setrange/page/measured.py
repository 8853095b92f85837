# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Values on data, as a state of ``setrange collect`` holds them, small enough for a page."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.measure.state import read_state
from setrange.measure.statistics import Histograms, MeanExtremes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from setrange.measure.histogram import Histogram
    from setrange.measure.state import State
    from setrange.network import Tensor

__all__ = ["Measured"]

#: Bars of a histogram on the page.
BARS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is known of the values of each ONNX value.

    Attributes:
        by_value: ONNX value -> ``{"min": ..., "max": ..., "histogram": {...}}``.
        summary: How it was measured; ``None`` where nothing was.
    """

    by_value: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    summary: dict[str, Any] | None = None

    @classmethod
    def read(cls, path: str | Path) -> Measured:
        """Read a state.

        Raises:
            InputError: It cannot be read, or is no state.
        """
        return cls.of_state(read_state(path))

    @classmethod
    def of_state(cls, state: State) -> Measured:
        """Return what a state holds."""
        index = {base: place for place, base in enumerate(state.header.bases())}
        found = {}
        for item in state.header.observed:
            facts = _facts(state, index[item.base], is_rectified=item.is_rectified)
            if facts is not None:
                found[item.name] = _scaled(facts, item.factor)
        header = state.header
        return cls(
            by_value=found,
            summary={
                "model": header.model,
                "method": str(header.method),
                "samples": state.samples,
                "random": header.random,
            },
        )

    def of(self, tensor: Tensor) -> dict[str, Any] | None:
        """Return what is known of a tensor's values."""
        return None if tensor.onnx_value is None else self.by_value.get(tensor.onnx_value)


def _facts(state: State, place: int, *, is_rectified: bool) -> dict[str, Any] | None:
    statistics = state.statistics
    if isinstance(statistics, Histograms):
        histogram = statistics.items[place]
        return _of_histogram(histogram.rectified() if is_rectified else histogram)
    low, high = float(statistics.low[place]), float(statistics.high[place])
    if isinstance(statistics, MeanExtremes):
        runs = int(statistics.runs[place])
        if not runs:
            return None
        low, high = low / runs, high / runs
    if is_rectified:
        low, high = max(low, 0.0), max(high, 0.0)
    if not (math.isfinite(low) and math.isfinite(high)) or low > high:
        return None
    return {"min": low, "max": high}


def _of_histogram(histogram: Histogram) -> dict[str, Any] | None:
    if not histogram.count:
        return None
    low, high = histogram.min, histogram.max
    facts: dict[str, Any] = {"min": low, "max": high, "count": histogram.count}
    if histogram.not_finite:
        facts["not_finite"] = histogram.not_finite
    of = "values"
    if not histogram.is_signed and low < 0:
        of, low, high = "magnitudes", 0.0, histogram.amax
    if low < high:
        values, counts = _bins(histogram)
        bars, _ = np.histogram(
            np.clip(values, low, high), bins=BARS, range=(low, high), weights=counts
        )
        facts["histogram"] = {
            "of": of,
            "low": low,
            "high": high,
            "counts": [int(bar) for bar in bars],
        }
    return facts


def _bins(histogram: Histogram) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The middle of each bin and what it counts."""
    values, counts = [np.zeros(1)], [np.array([float(histogram.zeros)])]
    for part, sign in ((histogram.positive, 1.0), (histogram.negative, -1.0)):
        edges = part.edges()
        values.append(sign * (edges[:-1] + edges[1:]) / 2)
        counts.append(part.values.astype(np.float64))
    return np.concatenate(values), np.concatenate(counts)


def _scaled(facts: dict[str, Any], factor: float) -> dict[str, Any]:
    """The same of values that are ``factor`` (> 0 or < 0) times as large."""
    if factor == 1.0:
        return facts
    ends = sorted((facts["min"] * factor, facts["max"] * factor))
    scaled = {**facts, "min": ends[0], "max": ends[1]}
    histogram = facts.get("histogram")
    if histogram is not None:
        mirrored = factor < 0 and histogram["of"] == "values"
        size = factor if histogram["of"] == "values" else abs(factor)
        low, high = sorted((histogram["low"] * size, histogram["high"] * size))
        counts = histogram["counts"][::-1] if mirrored else histogram["counts"]
        scaled["histogram"] = {**histogram, "low": low, "high": high, "counts": counts}
    return scaled
