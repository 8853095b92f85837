# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""One output of two models, compared run by run; what is kept does not grow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.accuracy.noise import ExactSum, blocks, decibels
from setrange.accuracy.results import OutputResult

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Classes", "OutputComparison", "best_classes", "looks_like_classes"]

_FIVE = 5


def looks_like_classes(array: npt.NDArray[Any]) -> bool:
    """True for float scores of the form [rows, classes], with ones behind or not."""
    return (
        array.dtype.kind == "f"
        and array.ndim >= 2
        and array.shape[1] > 1
        and all(size == 1 for size in array.shape[2:])
    )


def best_classes(array: npt.NDArray[Any]) -> npt.NDArray[np.int64] | None:
    """Return the class of each row, of scores or of class numbers; ``None`` for other outputs.

    Args:
        array: [rows, classes] scores, or [rows] or [rows, 1] integers.
    """
    if looks_like_classes(array):
        classes: npt.NDArray[np.int64] = _scores(array).argmax(axis=1)
        return classes
    if array.dtype.kind in "iu" and array.ndim >= 1 and array.size == array.shape[0]:
        return array.reshape(-1).astype(np.int64)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """The classes of the rows of one run, where labels say what they should be.

    Attributes:
        rows: How many rows there are.
        count: How many classes there are; ``None`` where outputs are class numbers.
        wanted: The float model's classes; ``None`` where the outputs cannot be compared.
        got: The INT8 model's, likewise.
    """

    rows: int
    count: int | None
    wanted: npt.NDArray[np.int64] | None = None
    got: npt.NDArray[np.int64] | None = None

    @classmethod
    def of(cls, wanted: npt.NDArray[Any], got: npt.NDArray[Any]) -> Classes:
        """Take them from what both models give."""
        count = wanted.shape[1] if looks_like_classes(wanted) else None
        if wanted.shape != got.shape:
            return cls(rows=wanted.shape[0], count=count)
        return cls(
            rows=wanted.shape[0],
            count=count,
            wanted=best_classes(wanted),
            got=best_classes(got),
        )


#: What ``OutputComparison`` adds up.
_COUNTS = (
    "_values",
    "_equal",
    "_not_finite",
    "_lost",
    "_other_shape",
    "_rows",
    "_same_class",
    "_among_five",
    "_labelled",
    "_right_float",
    "_right_int8",
)
_SUMS = ("_signal", "_noise", "_other_signal", "_dot")


class OutputComparison:
    """Sums over the runs of one output."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._dtype = ""
        self._shape: tuple[int, ...] = ()
        self._is_float = False
        self._values = self._equal = 0
        self._not_finite = self._lost = self._other_shape = 0
        self._signal, self._noise = ExactSum(), ExactSum()
        self._other_signal, self._dot = ExactSum(), ExactSum()
        self._max_error = self._amax = 0.0
        self._rows = self._same_class = self._among_five = 0
        self._has_five = False
        self._labelled = self._right_float = self._right_int8 = 0

    def add(
        self,
        wanted: npt.NDArray[Any],
        got: npt.NDArray[Any],
        labels: npt.NDArray[np.int64] | None = None,
    ) -> None:
        """Add one run.

        Args:
            wanted: What the float model gives.
            got: What the INT8 model gives.
            labels: Class of each row, if this output is judged by them.
        """
        if not self._dtype:
            self._dtype, self._shape = str(wanted.dtype), tuple(wanted.shape)
            self._is_float = wanted.dtype.kind == "f"
        if wanted.shape != got.shape:
            self._other_shape += 1
            return
        if self._is_float:
            self._add_float(wanted, got)
        else:
            self._values += wanted.size
            self._equal += int(np.count_nonzero(wanted == got))
        if looks_like_classes(wanted):
            self._add_classes(_scores(wanted), _scores(got))
        if labels is not None:
            self.add_classes(Classes.of(wanted, got), labels)

    def add_classes(self, classes: Classes, labels: npt.NDArray[np.int64]) -> None:
        """Add the classes of rows, and what they should be."""
        if classes.wanted is None:
            return
        self._labelled += labels.size
        self._right_float += int(np.count_nonzero(classes.wanted == labels))
        self._right_int8 += int(np.count_nonzero(classes.got == labels))

    def merge(self, other: OutputComparison) -> None:
        """Add the runs after these."""
        if not self._dtype:
            self._dtype, self._shape = other._dtype, other._shape
            self._is_float = other._is_float
        for name in (*_COUNTS, *_SUMS):
            ours, theirs = getattr(self, name), getattr(other, name)
            if name in _SUMS:
                ours.merge(theirs)
            else:
                setattr(self, name, ours + theirs)
        self._max_error = max(self._max_error, other._max_error)
        self._amax = max(self._amax, other._amax)
        self._has_five = self._has_five or other._has_five

    def result(self) -> OutputResult:
        """Return what there is so far."""
        common: dict[str, Any] = {
            "name": self.name,
            "dtype": self._dtype,
            "shape": self._shape,
            "values": self._values,
            "equal": self._equal / self._values if self._values else None,
            "not_finite": self._not_finite,
            "lost": self._lost,
            "other_shape": self._other_shape,
        }
        if self._labelled:
            common["accuracy"] = self._right_int8 / self._labelled
            common["accuracy_float"] = self._right_float / self._labelled
        if self._rows:
            common["top1"] = self._same_class / self._rows
            common["top5"] = self._among_five / self._rows if self._has_five else None
        if self._is_float and self._values:
            common["sqnr"] = decibels(float(self._signal), float(self._noise))
            common["cosine"] = self._cosine()
            common["max_error"] = self._max_error
            common["amax"] = self._amax
        return OutputResult(**common)

    def _add_float(self, wanted: npt.NDArray[Any], got: npt.NDArray[Any]) -> None:
        for a, b in blocks(wanted, got):
            fine = np.isfinite(a)
            both = fine & np.isfinite(b)
            kept = int(np.count_nonzero(both))
            if kept < a.size:
                finite = int(np.count_nonzero(fine))
                self._not_finite += a.size - finite
                self._lost += finite - kept
                a, b = a[both], b[both]
            if not kept:
                continue
            error = a - b
            self._values += kept
            self._equal += kept - int(np.count_nonzero(error))
            self._signal.add(float(a @ a))
            self._other_signal.add(float(b @ b))
            self._dot.add(float(a @ b))
            self._noise.add(float(error @ error))
            self._max_error = max(self._max_error, float(np.abs(error).max()))
            self._amax = max(self._amax, float(np.abs(a).max()))

    def _add_classes(self, a: npt.NDArray[Any], b: npt.NDArray[Any]) -> None:
        classes = a.argmax(axis=1)
        self._rows += classes.size
        self._same_class += int(np.count_nonzero(classes == b.argmax(axis=1)))
        if a.shape[1] > _FIVE:
            self._has_five = True
            five = np.argpartition(-b, _FIVE - 1, axis=1)[:, :_FIVE]
            self._among_five += int(np.count_nonzero((five == classes[:, np.newaxis]).any(1)))

    def _cosine(self) -> float:
        product = math.sqrt(float(self._signal)) * math.sqrt(float(self._other_signal))
        if product == 0:
            return 1.0 if float(self._noise) == 0 else 0.0
        return min(max(float(self._dot) / product, -1.0), 1.0)


def _scores(array: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Scores as [rows, classes]; NaN is no class."""
    scores = array.reshape(array.shape[0], array.shape[1]).astype(np.float64)
    scores[np.isnan(scores)] = -np.inf
    return scores
