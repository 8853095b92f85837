# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Where each sample is, so that another process can read it; told from headers alone."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from setrange.errors import InputError
from setrange.measure.counting import samples_in
from setrange.measure.data import files_of, image_groups, random_count, samples_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from setrange.measure.data import DataOptions
    from setrange.measure.inputs import Inputs
    from setrange.measure.sources import Sample

__all__ = ["Place", "places_of", "samples_at"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a sample is.

    Attributes:
        files: The file it is in, or the images it is made of; none of random numbers.
        index: Which of the samples in there it is.
        of: How many there are.
    """

    files: tuple[str, ...]
    index: int
    of: int


def places_of(data: DataOptions, inputs: Inputs) -> Iterator[Place] | None:
    """Yield the places of the samples that ``samples_of`` yields; ``None``: they have none.

    Raises:
        InputError: A file cannot be read.
    """
    if data.is_random:
        count = random_count(data)
        return (Place(files=(), index=index, of=count) for index in range(count))
    files = files_of(data)
    if files is None:
        return None
    return itertools.islice(_places_in(files, data, inputs), data.samples)


def _places_in(files: Sequence[Path], data: DataOptions, inputs: Inputs) -> Iterator[Place]:
    if data.images is not None:
        for group in image_groups(files, inputs):
            yield Place(files=tuple(map(_absolute, group)), index=0, of=1)
        return
    for path in files:
        inputs.check_order(str(path))
        count = samples_in(path, inputs)
        for index in range(count):
            yield Place(files=(_absolute(path),), index=index, of=count)


def _absolute(path: Path) -> str:
    return str(path.absolute())


def samples_at(places: Sequence[Place], data: DataOptions, inputs: Inputs) -> Iterator[Sample]:
    """Yield the samples at these places.

    Args:
        places: Where they are.
        data: How they are read.
        inputs: What the model wants to be fed.

    Raises:
        InputError: One is not there, or does not fit the model.
    """
    for (files, count), group in itertools.groupby(places, lambda at: (at.files, at.of)):
        if files:
            samples = samples_of(replace(data, places=files, samples=None), inputs)
        else:
            samples = samples_of(replace(data, samples=count), inputs)
        reached = 0
        for place in group:
            sample = next(itertools.islice(samples, place.index - reached, None), None)
            reached = place.index + 1
            is_end = reached == count and files
            if sample is None or (is_end and next(samples, None) is not None):
                raise InputError(
                    f"{files[0]}: holds another number of samples than its header says; "
                    f"repair it, or remove it from the data"
                )
            yield sample
