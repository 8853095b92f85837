# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""How many samples there will be, from names and headers alone: for the time left."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from setrange.errors import InputError
from setrange.files.arrays import NpyFile, open_arrays
from setrange.measure.data import files_of

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.measure.data import DataOptions
    from setrange.measure.inputs import Inputs

__all__ = ["count_samples", "in_shard", "samples_in"]


def count_samples(data: DataOptions, inputs: Inputs) -> int | None:
    """Return the number of samples that will be yielded; ``None`` if only reading tells."""
    found = None
    with contextlib.suppress(OSError, InputError, StopIteration):
        files = files_of(data)
        if files is not None and data.images is not None:
            found = len(files) // (inputs.rows or 1)
        elif files is not None:
            found = sum(samples_in(path, inputs) for path in files)
    if found is None or data.samples is None:
        return data.samples if found is None else found
    return min(found, data.samples)


def in_shard(samples: int, batch: int, shard: tuple[int, int]) -> int:
    """Return how many of so many samples are in a shard."""
    number, of = shard
    batches = range(number - 1, -(-samples // batch), of)
    return sum(min(batch, samples - index * batch) for index in batches)


def samples_in(path: Path, inputs: Inputs) -> int:
    """Return how many samples a file of arrays holds, from its headers.

    Raises:
        InputError: It cannot be read.
    """
    if inputs.rows is None:
        return 1
    found = open_arrays(path)
    if isinstance(found, NpyFile):
        shape = found.header.shape
    else:
        with found as archive:
            name = next((name for name, item in inputs.items.items() if item.shape), "")
            headers = archive.headers
            shape = (headers.get(name) or next(iter(headers.values()))).shape
    if len(shape) < inputs.rank:
        return 1
    return shape[inputs.axis] // inputs.rows
