# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Data cut into pieces for the workers of a cluster.

Where workers see the files, a piece says where its samples are, and the worker reads them.
Else, and where a function or a program makes the samples, they are read here and sent along.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from setrange.cluster.cluster import Piece
from setrange.measure.batches import Batch, batches_of, chosen
from setrange.measure.counting import count_samples
from setrange.measure.data import files_of, samples_of
from setrange.measure.places import Place, places_of, samples_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from setrange.cluster.cluster import Cluster
    from setrange.measure.data import DataOptions
    from setrange.measure.inputs import Arrays, Inputs

__all__ = ["SentBatch", "batches_at", "pieces_of", "without_items"]

#: Batches in one piece: each worker gets about so many pieces, so that one that is slow or
#: lost costs little.
_MOST_BATCHES, _PIECES_PER_THREAD = 32, 8
#: Batches in one piece where nobody knows how many there will be.
_UNTOLD = 4
#: Bytes of samples that are sent along with one piece.
_MOST_BYTES = 16 << 20
#: Files that the workers are asked for.
_MOST_ASKED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SentBatch:
    """A batch that was read elsewhere.

    Attributes:
        label: What to call it in messages.
        count: Samples in it.
        feeds: What to feed.
        digests: That of each sample.
    """

    label: str
    count: int
    feeds: Arrays
    digests: list[int]

    def load(self) -> tuple[Arrays, list[int]]:
        """Return what to feed, and the digest of each sample."""
        return self.feeds, self.digests


def pieces_of(
    data: DataOptions,
    inputs: Inputs,
    cluster: Cluster,
    *,
    batch: int,
    shard: tuple[int, int] = (1, 1),
    skip: int = 0,
) -> Iterator[Piece]:
    """Yield the pieces of the data, or of one shard of them, in order.

    Args:
        data: Where samples come from.
        inputs: What the model wants to be fed.
        cluster: Who does the work.
        batch: Samples fed at once.
        shard: (i, n): batches i, i + n, ..., counted from 1.
        skip: Batches of the shard that are done.

    Raises:
        InputError: The data cannot be read here, or do not fit the model.
    """
    size = _batches_in_piece(data, inputs, cluster, batch, shard)
    if _are_seen(data, cluster):
        places = places_of(data, inputs)
        assert places is not None
        groups = chosen(places, batch, shard=shard, skip=skip)
        while taken := tuple(itertools.islice(groups, size)):
            yield Piece(what=taken, samples=sum(map(len, taken)))
        return
    samples = samples_of(data, inputs)
    batches = batches_of(samples, batch, inputs, shard=shard, skip=skip)
    yield from _sent(batches, size)


def _batches_in_piece(
    data: DataOptions, inputs: Inputs, cluster: Cluster, batch: int, shard: tuple[int, int]
) -> int:
    count = count_samples(data, inputs)
    if count is None:
        return _UNTOLD
    batches = -(-count // (batch * shard[1]))
    pieces: int = _PIECES_PER_THREAD * cluster.threads
    return max(1, min(-(-batches // pieces), _MOST_BATCHES))


def _are_seen(data: DataOptions, cluster: Cluster) -> bool:
    """Tell whether workers can read the samples themselves."""
    if data.is_random:
        return True
    files = files_of(data)
    if files is None:
        return False
    step = -(-len(files) // _MOST_ASKED)
    return cluster.sees([str(path.absolute()) for path in files[::step]])


def _sent(batches: Iterable[Batch], size: int) -> Iterator[Piece]:
    piece: list[SentBatch] = []
    taken = 0
    for batch in batches:
        feeds, digests = batch.load()
        piece.append(
            SentBatch(label=batch.label, count=batch.count, feeds=feeds, digests=digests)
        )
        taken += sum(array.nbytes for array in feeds.values())
        if len(piece) == size or taken > _MOST_BYTES:
            yield Piece(what=tuple(piece), samples=sum(each.count for each in piece))
            piece, taken = [], 0
    if piece:
        yield Piece(what=tuple(piece), samples=sum(each.count for each in piece))


def batches_at(
    what: Sequence[SentBatch] | Sequence[tuple[Place, ...]], data: DataOptions, inputs: Inputs
) -> Iterator[Batch | SentBatch]:
    """Yield the batches of a piece, on a worker.

    Args:
        what: Of ``Piece``.
        data: How samples are read.
        inputs: What the model wants to be fed.
    """
    groups = [each for each in what if not isinstance(each, SentBatch)]
    samples = samples_at(list(itertools.chain.from_iterable(groups)), data, inputs)
    for each in what:
        if isinstance(each, SentBatch):
            yield each
        else:
            taken = tuple(itertools.islice(samples, len(each)))
            yield Batch(samples=taken, inputs=inputs)


def without_items(data: DataOptions) -> DataOptions:
    """Return how data are read, without samples that only this process has."""
    return data if data.items is None else replace(data, items=())
