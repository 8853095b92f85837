# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""From what a user says about data to samples: one place for every command that takes data."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import InputError, UsageError
from setrange.measure.images import IMAGE_SUFFIXES, ImageOptions, ImageReader
from setrange.measure.sources import (
    ARRAY_SUFFIXES,
    Sample,
    checked,
    find_files,
    load_callable,
    random_samples,
    samples_of_files,
    samples_of_iterable,
)
from setrange.measure.user_function import FAILURES, what_happened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from setrange.measure.inputs import Arrays, Inputs

__all__ = [
    "DataOptions",
    "files_of",
    "image_groups",
    "image_steps",
    "random_count",
    "samples_of",
]

_RANDOM_SAMPLES = 8

_MOST_SAMPLES = 1_000_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DataOptions:
    """The samples to use: where they are, and how they are read.

    Attributes:
        places: Files, directories and globs, or one ``module:function``.
        samples: Samples to take; ``None`` = all.
        images: The files are images, read like this; ``None`` = they hold arrays.
        is_random: Random numbers instead.
        items: Dicts of arrays by input name (arrays, where there is one input) instead.
        batch_axis: The dimension that holds samples; ``"none"``: each array is one sample;
            ``None``: the first one, unless the model shows that it is no batch.
        option: The option that names the data, for messages.
    """

    places: tuple[str, ...] = ()
    samples: int | None = None
    images: ImageOptions | None = None
    is_random: bool = False
    items: Iterable[Any] | None = None
    batch_axis: int | str | None = None
    option: str = "--data"

    def __post_init__(self) -> None:
        if bool(self.places) + self.is_random + (self.items is not None) != 1:
            raise UsageError("give either --data or --random")
        if self.images is not None and not self.places:
            raise UsageError("--image is for files given by --data")
        if self.samples is not None and not 1 <= self.samples <= _MOST_SAMPLES:
            expected = "1 or more" if self.samples < 1 else f"at most {_MOST_SAMPLES}"
            raise UsageError(f"--samples {self.samples}: expected {expected}")

    @classmethod
    def of(
        cls,
        data: str | Path | Iterable[Any],
        *,
        samples: int | None = None,
        images: ImageOptions | None = None,
        batch_axis: int | str | None = None,
    ) -> DataOptions:
        """Take what a Python caller gives: a place, or an iterable of what is fed."""
        if isinstance(data, str | Path):
            return cls(
                places=(str(data),), samples=samples, images=images, batch_axis=batch_axis
            )
        return cls(items=data, samples=samples, images=images, batch_axis=batch_axis)


def samples_of(data: DataOptions, inputs: Inputs) -> Iterator[Sample]:
    """Yield the samples that fit a model's inputs; values are read when they are asked for.

    Args:
        data: Where they come from.
        inputs: What the model wants to be fed.

    Raises:
        InputError: There are none, or they do not fit the model.
        UsageError: The options do not fit the model.
        BackendUnavailableError: Images without Pillow.
    """
    if data.is_random:
        return random_samples(inputs, random_count(data))
    if data.items is not None:
        samples = samples_of_iterable(data.items, "data", inputs)
        return itertools.islice(samples, data.samples)
    return itertools.islice(_all_samples(data, inputs), data.samples)


def random_count(data: DataOptions) -> int:
    """Return how many random samples there are."""
    return data.samples or _RANDOM_SAMPLES


def image_steps(data: DataOptions, inputs: Inputs) -> str | None:
    """Say what is done to an image; ``None`` where the data are not images."""
    return None if data.images is None else str(ImageReader(data.images, inputs))


def files_of(data: DataOptions) -> list[Path] | None:
    """Return the files the data are in; ``None`` where they are in none.

    Raises:
        InputError: There are none of the kind that is asked for.
        UsageError: There is no such module or function.
    """
    if not data.places or _function(data) is not None:
        return None
    if data.images is not None:
        return find_files(
            data.places, IMAGE_SUFFIXES, not_among=ARRAY_SUFFIXES, option=data.option
        )
    return find_files(data.places, ARRAY_SUFFIXES, not_among=IMAGE_SUFFIXES, option=data.option)


def _function(data: DataOptions) -> Callable[[], Iterable[Any]] | None:
    return load_callable(data.places[0], data.option) if len(data.places) == 1 else None


def _all_samples(data: DataOptions, inputs: Inputs) -> Iterator[Sample]:
    place = data.places[0]
    files = files_of(data)
    if data.images is not None:
        if files is None:
            raise UsageError(f"--image is for files; what {place} yields is taken as it is")
        return _image_samples(files, ImageReader(data.images, inputs), inputs, data.option)
    if files is not None:
        return samples_of_files(files, inputs)
    return samples_of_iterable(_yielded(data), place, inputs)


def _yielded(data: DataOptions) -> Iterator[Any]:
    """Yield what the user's function yields; what it raises is the data's fault."""
    function, place = _function(data), data.places[0]
    try:
        made: Any = None if function is None else function()
        if hasattr(made, "__iter__"):
            yield from made
            return
    except FAILURES as error:
        raise InputError(f"{data.option} {place}: {what_happened(error)}") from error
    raise InputError(
        f"{data.option} {place}: returned {type(made).__name__}; expected a generator of dicts"
    )


def _image_samples(
    files: Sequence[Path], reader: ImageReader, inputs: Inputs, option: str
) -> Iterator[Sample]:
    """Yield samples of as many images as the model takes."""

    def load(part: Sequence[Path]) -> Arrays:
        images = []
        for path in part:
            image = {reader.input.name: reader.read(path)}
            images.append(inputs.fitted(image, str(path))[reader.input.name])
            if images[-1].shape != images[0].shape:
                raise InputError(
                    f"{path}: becomes {list(images[-1].shape)}, {part[0]} becomes "
                    f"{list(images[0].shape)}; give --resize H,W to make them equal"
                )
        joined = images[0] if len(images) == 1 else np.concatenate(images)
        return checked({reader.input.name: joined}, str(part[0]), inputs)

    for part in image_groups(files, inputs, option):
        yield Sample(label=str(part[0]), load=lambda part=part: load(part))  # type: ignore[misc]


def image_groups(
    files: Sequence[Path], inputs: Inputs, option: str = "--data"
) -> Iterator[Sequence[Path]]:
    """Yield as many images as the model takes at a time; what is left over is left out.

    Args:
        files: The images.
        inputs: What the model wants to be fed.
        option: The option that names them, for messages.

    Raises:
        InputError: There are too few.
    """
    rows = inputs.rows or 1
    if len(files) < rows:
        raise InputError(
            f"{option}: holds {len(files)} images, and the model takes {rows} at a time; give "
            f"at least {rows}, or export it with a free batch dimension"
        )
    for start in range(0, len(files) - rows + 1, rows):
        yield files[start : start + rows]
