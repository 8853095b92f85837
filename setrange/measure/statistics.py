# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What is kept of each measured value: extremes, sums of them, or a histogram.

Three kinds, each of a size that does not depend on the number of samples, and each merged by
adding, so that shards in any order give what one run gives. Each is made for values of which
is known whether their sign matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.measure.histogram import Counts, Histogram

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

__all__ = ["KINDS", "Extremes", "Histograms", "MeanExtremes", "Statistics"]

#: Counts of so many signs of values are saved as one array.
_PIECE = 64


class Extremes:
    """The smallest and largest element of each value, exact.

    Attributes:
        low: float64 of shape [values]; +inf before any.
        high: float64 of shape [values]; -inf before any.
    """

    kind = "extremes"

    def __init__(self, signed: Sequence[bool]) -> None:
        self.low: npt.NDArray[Any] = np.full(len(signed), np.inf)
        self.high: npt.NDArray[Any] = np.full(len(signed), -np.inf)

    def update(self, outputs: list[npt.NDArray[Any]], keep: int = 0) -> None:
        """Add one run: minimum and maximum of each value in turn.

        Args:
            outputs: What the run gave; they are taken from the list.
            keep: If not 0, this is left to another call; they are no large values.
        """
        if keep or not outputs:
            return
        found = np.array(outputs, dtype=np.float64).reshape(-1, 2)
        outputs.clear()
        # numpy's minimum carries NaN through; Python's would drop it.
        self.low = np.minimum(self.low, found[:, 0])
        self.high = np.maximum(self.high, found[:, 1])

    def merge(self, other: Extremes) -> None:
        """Add another run over other data."""
        self.low = np.minimum(self.low, other.low)
        self.high = np.maximum(self.high, other.high)

    def arrays(self) -> Iterator[tuple[str, npt.NDArray[Any]]]:
        """Yield what ``load`` needs, by name."""
        yield "low", self.low
        yield "high", self.high

    def load(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take up where ``arrays`` left off."""
        self.low, self.high = arrays["low"], arrays["high"]


class MeanExtremes(Extremes):
    """Sums over runs of each value's smallest and largest element."""

    kind = "mean extremes"

    def __init__(self, signed: Sequence[bool]) -> None:
        super().__init__(signed)
        self.low = np.zeros(len(signed))
        self.high = np.zeros(len(signed))
        self.runs = np.zeros(len(signed), dtype=np.int64)

    def update(self, outputs: list[npt.NDArray[Any]], keep: int = 0) -> None:
        """Add one run: minimum and maximum of each value in turn."""
        if keep or not outputs:
            return
        found = np.array(outputs, dtype=np.float64).reshape(-1, 2)
        outputs.clear()
        is_there = ~(found[:, 0] > found[:, 1])  # also if NaN; an empty value has no extremes
        self.low += np.where(is_there, found[:, 0], 0.0)
        self.high += np.where(is_there, found[:, 1], 0.0)
        self.runs += is_there

    def merge(self, other: Extremes) -> None:
        """Add another run over other data."""
        self.low += other.low
        self.high += other.high
        self.runs += dict(other.arrays())["runs"]

    def arrays(self) -> Iterator[tuple[str, npt.NDArray[Any]]]:
        """Yield what ``load`` needs, by name."""
        yield from super().arrays()
        yield "runs", self.runs

    def load(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take up where ``arrays`` left off."""
        super().load(arrays)
        self.runs = arrays["runs"]


class Histograms:
    """A histogram of each value."""

    kind = "histograms"

    def __init__(self, signed: Sequence[bool]) -> None:
        self.items = [Histogram(is_signed=is_signed) for is_signed in signed]

    def update(self, outputs: list[npt.NDArray[Any]], keep: int = 0) -> None:
        """Add one run: the values themselves.

        Args:
            outputs: They are taken from the list one by one, from its end.
            keep: How many to leave for another call.
        """
        for histogram in self.items[keep : len(outputs)][::-1]:
            histogram.update(outputs.pop())

    def merge(self, other: Histograms) -> None:
        """Add another run over other data."""
        for histogram, more in zip(self.items, other.items, strict=True):
            histogram.merge(more)

    def arrays(self) -> Iterator[tuple[str, npt.NDArray[Any]]]:
        """Yield what ``load`` needs, by name; the counts in pieces, to save memory."""
        parts = [part for item in self.items for part in (item.positive, item.negative)]
        numbers = [(item.count, item.not_finite, item.zeros) for item in self.items]
        yield "low", np.array([item.min for item in self.items])
        yield "high", np.array([item.max for item in self.items])
        yield "numbers", np.array(numbers, dtype=np.int64).reshape(-1, 3)
        yield "bins", np.array([(p.first, p.values.size) for p in parts]).reshape(-1, 2)
        for start in range(0, len(parts), _PIECE):
            values = [part.values for part in parts[start : start + _PIECE]]
            yield f"counts{start // _PIECE}", np.concatenate(values)

    def load(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take up where ``arrays`` left off."""
        bins = arrays["bins"]
        parts = []
        for start in range(0, len(bins), _PIECE):
            piece = bins[start : start + _PIECE]
            values = np.split(arrays[f"counts{start // _PIECE}"], np.cumsum(piece[:-1, 1]))
            firsts = map(int, piece[:, 0])
            parts += [Counts(first, v.copy()) for first, v in zip(firsts, values, strict=True)]
        for index, item in enumerate(self.items):
            item.min, item.max = float(arrays["low"][index]), float(arrays["high"][index])
            item.count, item.not_finite, item.zeros = map(int, arrays["numbers"][index])
            item.positive, item.negative = parts[2 * index], parts[2 * index + 1]


Statistics = Extremes | Histograms

#: By the name that a state file holds.
KINDS: dict[str, type[Extremes] | type[Histograms]] = {
    made.kind: made for made in (Extremes, MeanExtremes, Histograms)
}
