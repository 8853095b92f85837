# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What is kept of each measured value: extremes, sums of them, or a histogram.

Three kinds, each of a size that does not depend on the number of samples, and each merged by
adding, so that shards in any order give what one run gives. Each is made for values of which
is known whether their sign matters.
"""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from setrange.measure.histogram import BINS, Counts, Histogram

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from setrange.files.arrays import ArrayHeader

__all__ = [
    "KINDS",
    "MOST_COUNTED",
    "Extremes",
    "Histograms",
    "MeanExtremes",
    "StateError",
    "Statistics",
    "extremes_of",
]

#: Nothing is counted further: sums of so many are exact in int64 and in float64.
MOST_COUNTED = 1 << 53

#: Held while a value is taken from a run's list.
_TAKING = threading.Lock()

#: Counts of so many signs of values are saved as one array.
_PIECE = 64


class StateError(ValueError):
    """A state file contradicts itself, or is not a state file."""


class Arrays(Protocol):
    """Arrays by name, with what their headers say."""

    @property
    def headers(self) -> Mapping[str, ArrayHeader]:
        """Headers, by name."""

    def read(self, name: str) -> npt.NDArray[Any]:
        """Return an array."""


def extremes_of(outputs: list[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
    """Return minimum and maximum of each value, [values, 2], of what a run gave in turn."""
    return np.array(outputs, dtype=np.float64).reshape(-1, 2)


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
        found = extremes_of(outputs)
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

    def load(self, arrays: Arrays) -> None:
        """Take up where ``arrays`` left off.

        Raises:
            StateError: No run can have left off there.
        """
        for name, array in self.arrays():
            _expect(arrays, name, array.dtype.str, array.shape)
        low, high = arrays.read("low"), arrays.read("high")
        is_empty = (low == np.inf) & (high == -np.inf)
        is_nan = np.isnan(low) | np.isnan(high)
        if not (is_empty | is_nan | (low <= high)).all():
            raise StateError("a smallest value is above the largest one")
        self.low, self.high = low, high


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
        found = extremes_of(outputs)
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

    def load(self, arrays: Arrays) -> None:
        """Take up where ``arrays`` left off.

        Raises:
            StateError: No run can have left off there.
        """
        super().load(arrays)
        self.runs = arrays.read("runs")
        if ((self.runs == 0) & ((self.low != 0) | (self.high != 0))).any():
            raise StateError("a value has a sum and was never measured")

    def check_runs(self, batches: int) -> None:
        """Hold the runs against the batches there were.

        Raises:
            StateError: A value was measured more often.
        """
        if ((self.runs < 0) | (self.runs > batches)).any():
            raise StateError(f"a value was measured more or less often than {batches} times")


class Histograms:
    """A histogram of each value."""

    kind = "histograms"

    def __init__(self, signed: Sequence[bool]) -> None:
        self.items = [Histogram(is_signed=is_signed) for is_signed in signed]

    def update(self, outputs: list[npt.NDArray[Any]], keep: int = 0) -> None:
        """Add one run: the values themselves; two threads may share in the same list.

        Args:
            outputs: They are taken from the list one by one, from its end.
            keep: How many to leave for another call.
        """
        while True:
            with _TAKING:
                place = len(outputs) - 1
                if place < keep:
                    return
                values = outputs.pop()
            self.items[place].update(values)

    def merge(self, other: Histograms) -> None:
        """Add another run over other data.

        Raises:
            StateError: There are too many values to count.
        """
        for histogram, more in zip(self.items, other.items, strict=True):
            if histogram.count + more.count > MOST_COUNTED:
                raise StateError("together they counted more values than there can be")
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

    def __getstate__(self) -> tuple[Any, ...]:
        """Return what a process sends to another: few arrays, of no more bytes than needed."""
        parts = [part for item in self.items for part in (item.positive, item.negative)]
        counts = np.concatenate([part.values for part in parts] or [np.zeros(0, np.int64)])
        return (
            [
                (item.is_signed, item.min, item.max, item.count, item.not_finite, item.zeros)
                for item in self.items
            ],
            [(part.first, part.values.size) for part in parts],
            counts.astype(np.min_scalar_type(int(counts.max(initial=0)))),
        )

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        numbers, bins, counts = state
        counts = counts.astype(np.int64)
        ends = itertools.accumulate(size for _, size in bins)
        parts = iter(
            [
                Counts(first, counts[end - size : end])
                for (first, size), end in zip(bins, ends, strict=True)
            ]
        )
        self.items = []
        for is_signed, *others in numbers:
            item = Histogram(is_signed=is_signed)
            item.min, item.max, item.count, item.not_finite, item.zeros = others
            item.positive, item.negative = next(parts), next(parts)
            self.items.append(item)

    def load(self, arrays: Arrays) -> None:
        """Take up where ``arrays`` left off.

        Raises:
            StateError: No run can have left off there.
        """
        count = len(self.items)
        _expect(arrays, "low", "f8", (count,))
        _expect(arrays, "high", "f8", (count,))
        _expect(arrays, "numbers", "i8", (count, 3))
        _expect(arrays, "bins", "i8", (2 * count, 2))
        bins = arrays.read("bins")
        first, size = bins[:, 0], bins[:, 1]
        if (bins < 0).any() or (first > BINS).any() or (size > BINS - first).any():
            raise StateError(f"a histogram has other bins than 0 to {BINS - 1}")
        sizes = [int(size[at : at + _PIECE].sum()) for at in range(0, 2 * count, _PIECE)]
        for number, wanted in enumerate(sizes):
            _expect(arrays, f"counts{number}", "i8", (wanted,))
        parts: list[Counts] = []
        for number, start in enumerate(range(0, 2 * count, _PIECE)):
            values = arrays.read(f"counts{number}")
            if values.size and not 0 <= values.min() <= values.max() <= MOST_COUNTED:
                raise StateError("a bin of a histogram holds no number of values")
            stop, at = start + _PIECE, 0
            for begin, length in bins[start:stop].tolist():
                parts.append(Counts(begin, values[at : at + length].copy()))
                at += length
        low, high = arrays.read("low").tolist(), arrays.read("high").tolist()
        numbers = arrays.read("numbers").tolist()
        for index, item in enumerate(self.items):
            item.min, item.max = low[index], high[index]
            item.count, item.not_finite, item.zeros = numbers[index]
            item.positive, item.negative = parts[2 * index], parts[2 * index + 1]
            wrong = item.contradiction()
            if wrong:
                raise StateError(wrong)


def _expect(arrays: Arrays, name: str, dtype: str, shape: tuple[int, ...]) -> None:
    """Check what a header says, before any value is read."""
    header = arrays.headers.get(name)
    if header is None:
        raise StateError(f"it has no array {name!r}")
    if header.dtype != np.dtype(dtype) or header.shape != shape:
        raise StateError(
            f"its array {name!r} is {header.dtype}{list(header.shape)}, not "
            f"{np.dtype(dtype)}{list(shape)}"
        )


Statistics = Extremes | Histograms

#: By the name that a state file holds.
KINDS: dict[str, type[Extremes] | type[Histograms]] = {
    made.kind: made for made in (Extremes, MeanExtremes, Histograms)
}
