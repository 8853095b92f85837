# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Joins samples to batches."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from setrange.errors import UsageError
from setrange.measure.sources import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from setrange.measure.inputs import Arrays, Inputs
    from setrange.measure.sources import Sample

__all__ = ["Batch", "batches_of", "check_batch", "chosen"]

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch: samples that are fed together.

    Attributes:
        samples: The samples, in order; nothing is read yet.
        inputs: What the model wants to be fed.
    """

    samples: tuple[Sample, ...]
    inputs: Inputs

    @property
    def label(self) -> str:
        """What to call it in messages."""
        first, last = self.samples[0].label, self.samples[-1].label
        return first if len(self.samples) == 1 else f"{first} to {last}"

    @property
    def count(self) -> int:
        """Samples in it."""
        return len(self.samples)

    def load(self) -> tuple[Arrays, list[int]]:
        """Read the samples: what to feed, and the digest of each.

        Raises:
            InputError: A sample cannot be fed, or they do not go together.
        """
        loaded = [sample.load() for sample in self.samples]
        digests = [digest_of(arrays) for arrays in loaded]
        return self.inputs.joined(loaded, [sample.label for sample in self.samples]), digests


def batches_of(
    samples: Iterable[Sample],
    size: int,
    inputs: Inputs,
    *,
    shard: tuple[int, int],
    skip: int,
) -> Iterator[Batch]:
    """Yield the batches of one shard: every n-th of all, so that batches never depend on n.

    Args:
        samples: All samples.
        size: Samples in a batch; the last may be smaller.
        inputs: What the model wants to be fed.
        shard: (i, n): batches i, i + n, ..., counted from 1.
        skip: Batches of the shard that are done.
    """
    for batch in chosen(samples, size, shard=shard, skip=skip):
        yield Batch(samples=batch, inputs=inputs)


def chosen(
    samples: Iterable[Item], size: int, *, shard: tuple[int, int], skip: int
) -> Iterator[tuple[Item, ...]]:
    """Yield the samples of each batch of one shard; see ``batches_of``."""
    number, of = shard
    remaining = iter(samples)
    for index in itertools.count():
        batch = tuple(itertools.islice(remaining, size))
        if not batch:
            return
        if index % of == number - 1 and index // of >= skip:
            yield batch


def check_batch(inputs: Inputs, batch: int) -> None:
    """Refuse several samples at once where the model has a batch of its own.

    Raises:
        UsageError: It has.
    """
    if batch > 1 and not inputs.is_free:
        raise UsageError(
            f"--batch {batch}: the model's inputs have no free batch dimension ({inputs}); "
            f"leave --batch out"
        )
