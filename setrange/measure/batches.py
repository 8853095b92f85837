# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Samples put together to what is fed at once."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from setrange.errors import InputError, UsageError
from setrange.measure.sources import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from setrange.measure.inputs import Arrays, Inputs
    from setrange.measure.sources import Sample

__all__ = ["Batch", "batches_of", "check_run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Samples that are fed at once.

    Attributes:
        samples: The samples, in order; nothing is read yet.
    """

    samples: tuple[Sample, ...]

    @property
    def label(self) -> str:
        """What to call it in messages."""
        first, last = self.samples[0].label, self.samples[-1].label
        return first if len(self.samples) == 1 else f"{first} to {last}"

    def load(self) -> tuple[Arrays, list[int]]:
        """Read the samples: what to feed, and the digest of each.

        Raises:
            InputError: A sample cannot be fed, or their shapes differ.
        """
        loaded = [sample.load() for sample in self.samples]
        digests = [digest_of(arrays) for arrays in loaded]
        if len(loaded) == 1:
            return loaded[0], digests
        feeds: Arrays = {}
        for name, first in loaded[0].items():
            for sample, arrays in zip(self.samples, loaded, strict=True):
                if arrays[name].shape != first.shape:
                    raise InputError(
                        f"{sample.label}: input {name!r} has shape {list(arrays[name].shape)}, "
                        f"that of {self.samples[0].label} is {list(first.shape)}; samples of "
                        f"different shapes need --batch 1"
                    )
            feeds[name] = np.concatenate([arrays[name] for arrays in loaded])
        return feeds, digests


def batches_of(
    samples: Iterable[Sample], size: int, *, shard: tuple[int, int], skip: int
) -> Iterator[Batch]:
    """Yield the batches of one shard: every n-th of all, so that batches never depend on n.

    Args:
        samples: All samples.
        size: Samples in a batch; the last may be smaller.
        shard: (i, n): batches i, i + n, ..., counted from 1.
        skip: Batches of the shard that are done.
    """
    number, of = shard
    chosen = iter(samples)
    for index in itertools.count():
        batch = tuple(itertools.islice(chosen, size))
        if not batch:
            return
        if index % of == number - 1 and index // of >= skip:
            yield Batch(samples=batch)


def check_run(inputs: Inputs, *, batch: int, threads: int | None) -> None:
    """Check how samples shall be fed.

    Args:
        inputs: What the model wants to be fed.
        batch: Samples fed at once.
        threads: Threads of one operator; ``None`` = as many as there are cores.

    Raises:
        UsageError: A number is less than 1, or the model has a batch of its own.
    """
    for name, value in (("batch", batch), ("threads", threads)):
        if value is not None and value < 1:
            raise UsageError(f"--{name} {value}: expected 1 or more")
    if batch > 1 and not inputs.is_free:
        raise UsageError(
            f"--batch {batch}: the model's inputs have no free batch dimension ({inputs}); "
            f"leave --batch out"
        )
