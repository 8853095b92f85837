# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Search data and judging data: apart, read as often as needed, never all in memory."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setrange.accuracy.comparison import best_classes, looks_like_classes
from setrange.accuracy.labels import read_labels
from setrange.errors import InputError, UsageError
from setrange.measure.batches import batches_of
from setrange.measure.data import files_of, samples_of
from setrange.tune.evaluation import TunedBatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from setrange.measure.batches import Batch
    from setrange.measure.data import DataOptions
    from setrange.measure.inputs import Inputs
    from setrange.measure.session import Session

__all__ = ["BatchSource", "FloatModel", "LabelBook", "Part", "check_apart", "is_judging"]


def is_judging(index: int, holdout: float) -> bool:
    """True where a batch of the data is held out of the search: evenly, and always the same.

    >>> [index for index in range(10) if is_judging(index, 0.3)]
    [3, 6, 9]
    """
    return math.floor((index + 1) * holdout + 1e-9) > math.floor(index * holdout + 1e-9)


def check_apart(data: DataOptions, judge: DataOptions) -> None:
    """Refuse judging data that the search sees: they would say nothing about other data.

    Raises:
        UsageError: Both name one file, by whatever name, or one function.
        InputError: One of them holds no files.
    """
    same = sorted(set(data.places).intersection(judge.places))
    files = files_of(data)
    if not same and files:
        others = files_of(judge) or []
        searched = {path.resolve() for path in files}
        places = {(found.st_dev, found.st_ino) for found in map(Path.stat, files)}
        same = [
            str(path)
            for path in others
            if path.resolve() in searched
            or (path.stat().st_ino and (path.stat().st_dev, path.stat().st_ino) in places)
        ]
    if same:
        raise UsageError(
            f"--judge {same[0]}: the search sees it too, as --data; give other data to judge "
            f"by, or leave --judge out: --holdout keeps a share of --data for that"
        )


class LabelBook:
    """Labels by the position of a sample, so that data may be read in parts.

    Args:
        path: The file.
    """

    def __init__(self, path: str) -> None:
        found = read_labels(path)
        self._values, self._source = found.values, found.source
        self._rows: int | None = None

    def of(self, first: int, samples: int, output: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the labels of a batch.

        Args:
            first: Position of its first sample.
            samples: How many it has.
            output: The output that labels are for: a row for each label.

        Raises:
            InputError: There are too few, or one is no class.
        """
        rows = output.shape[0]
        if self._rows is None and rows % samples == 0:
            self._rows = rows // samples
        if self._rows is None or rows != samples * self._rows:
            raise InputError(
                f"{self._source}: a batch of {samples} samples gives {rows} rows; labels need "
                f"as many rows from each sample"
            )
        start = first * self._rows
        taken = self._values[start : start + rows]
        if taken.size < rows:
            raise InputError(
                f"{self._source}: holds {self._values.size} labels, and the data more rows; "
                f"give one label for each row of the output, in the order of the data"
            )
        classes = output.shape[1] if looks_like_classes(output) else None
        if classes is not None and not 0 <= taken.min() <= taken.max() < classes:
            raise InputError(
                f"{self._source}: holds the label {taken.max()}; the model has the classes 0 "
                f"to {classes - 1} (count from 0)"
            )
        return taken

    def check_count(self, samples: int) -> None:
        """Refuse labels that are left over: they belong to other data.

        Raises:
            InputError: There are more labels than rows.
        """
        rows = samples * (self._rows or 1)
        if self._values.size > rows:
            raise InputError(
                f"{self._source}: holds {self._values.size} labels for {rows} rows of data; "
                f"give one for each (or --samples, to take the first ones)"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatModel:
    """The float model, running: what INT8 is compared with.

    Attributes:
        session: The model; its first outputs are those that are compared.
        names: Outputs that are compared.
        ranked: Which of all that it gives are the values that candidates are ranked by.
    """

    session: Session
    names: Sequence[str]
    ranked: Sequence[int]

    def judged(self, outputs: Sequence[npt.NDArray[Any]]) -> int:
        """Return which output labels are for.

        Raises:
            InputError: None holds classes.
        """
        for number, output in enumerate(outputs):
            if best_classes(output) is not None:
                return number
        raise InputError(
            "--labels: no output of the model holds classes; expected [rows, classes] scores "
            "or [rows] class numbers"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which batches of the data are meant.

    Attributes:
        holdout: Share of the batches that is held out.
        is_judging: The ones held out, and not the others; with a share of 0, all.
    """

    holdout: float
    is_judging: bool

    def has(self, index: int) -> bool:
        """True for a batch of this part."""
        return not self.holdout or is_judging(index, self.holdout) == self.is_judging


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSource:
    """Data that can be read again and again.

    Attributes:
        data: Where they are.
        inputs: What the model wants to be fed.
        size: Samples in a batch.
        part: Which batches are meant.
        labels: Labels of all samples.
    """

    data: DataOptions
    inputs: Inputs
    size: int
    part: Part
    labels: LabelBook | None = None

    def batches(self) -> Iterator[tuple[int, Batch]]:
        """Yield the batches of this part, each with the position of its first sample."""
        first = 0
        samples = samples_of(self.data, self.inputs)
        every = batches_of(samples, self.size, self.inputs, shard=(1, 1), skip=0)
        for index, batch in enumerate(every):
            if self.part.has(index):
                yield first, batch
            first += len(batch.samples)
        if self.labels is not None and self.data.samples is None:
            self.labels.check_count(first)

    def with_float(
        self, model: FloatModel
    ) -> Iterator[tuple[TunedBatch, list[npt.NDArray[Any]], list[int]]]:
        """Yield batches with the float model's outputs, all it gives, and samples' digests."""
        for first, batch in self.batches():
            feeds, digests = batch.load()
            values = model.session.run(feeds, batch.label)
            wanted = values[: len(model.names)]
            labels = None
            if self.labels is not None:
                output = wanted[model.judged(wanted)]
                labels = self.labels.of(first, len(batch.samples), output)
            tuned = TunedBatch(
                feeds=feeds,
                wanted=wanted,
                label=batch.label,
                samples=len(batch.samples),
                labels=labels,
                ranked=[values[position] for position in model.ranked],
            )
            yield tuned, values, digests
