# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""How many samples there will be, from names and headers alone: for the time left."""

from __future__ import annotations

import contextlib
import zipfile
from typing import TYPE_CHECKING

import numpy as np

from setrange.measure.data import files_of

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.measure.data import DataOptions
    from setrange.measure.inputs import Inputs

__all__ = ["count_samples", "in_shard"]

#: Readers of the header of a .npy file, by its major version.
_HEADERS = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}


def count_samples(data: DataOptions, inputs: Inputs) -> int | None:
    """Return the number of samples that will be yielded; ``None`` if only reading tells."""
    found = None
    with contextlib.suppress(OSError, ValueError, KeyError, zipfile.BadZipFile):
        files = files_of(data)
        if files is not None and data.images is not None:
            found = len(files) // (inputs.rows or 1)
        elif files is not None:
            found = sum(_samples_in(path, inputs) for path in files)
    if found is None or data.samples is None:
        return data.samples if found is None else found
    return min(found, data.samples)


def in_shard(samples: int, batch: int, shard: tuple[int, int]) -> int:
    """Return how many of so many samples are in a shard."""
    number, of = shard
    batches = range(number - 1, -(-samples // batch), of)
    return sum(min(batch, samples - index * batch) for index in batches)


def _samples_in(path: Path, inputs: Inputs) -> int:
    if inputs.rows is None:
        return 1
    shape = _shape(path, inputs)
    rank = len(next(iter(inputs.items.values())).shape)
    return 1 if len(shape) < rank else shape[0] // inputs.rows


def _shape(path: Path, inputs: Inputs) -> tuple[int, ...]:
    """Return the shape of the array for the first input."""
    if path.suffix.lower() == ".npy":
        shape: tuple[int, ...] = np.load(path, mmap_mode="r").shape
        return shape
    with zipfile.ZipFile(path) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist()]
        first = next(iter(inputs.items))
        with archive.open(f"{first if first in names else names[0]}.npy") as stream:
            version, _ = np.lib.format.read_magic(stream)
            shape, _, _ = _HEADERS[version](stream)
            return shape
