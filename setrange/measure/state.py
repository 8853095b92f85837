# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a run has measured so far: saved, resumed, merged, and turned into ranges."""

from __future__ import annotations

import io
import itertools
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from setrange.errors import FormatError, InputError, UsageError
from setrange.files.arrays import MOST_GROWTH, SMALL_ARCHIVE, NpzFile
from setrange.files.atomic import write_bytes
from setrange.measure.sources import STATE_SUFFIX
from setrange.measure.state_head import (
    Header,
    NewerStateError,
    Progress,
    StateError,
    head_of,
    read_head,
)
from setrange.measure.statistics import MeanExtremes, Statistics

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

__all__ = [
    "SUFFIX",
    "State",
    "add_digests",
    "merge_states",
    "read_state",
    "write_state",
]

#: What state files end in.
SUFFIX = STATE_SUFFIX

_DIGESTS = 1 << 256

#: Where packing saves more than this, a state is written unpacked: ``NpzFile`` would not
#: believe how much it grows.
_MOST_SAVED = MOST_GROWTH // 2


@dataclass(slots=True, kw_only=True)
class State:
    """The statistics of a run, and how far the run has come.

    Attributes:
        header: What is measured.
        statistics: Of the header's bases, in their order.
        shards: Parts of the data it covers, as (number from 1, of how many).
        batches: Batches of its shard that are done.
        samples: Samples in them.
        digest: Sum of the SHA-256 of the samples, modulo 2^256: the same for any order.
        is_complete: True if all of the shard was seen.
    """

    header: Header
    statistics: Statistics
    shards: tuple[tuple[int, int], ...] = ((1, 1),)
    batches: int = 0
    samples: int = 0
    digest: int = 0
    is_complete: bool = False

    def missing_shards(self) -> list[str]:
        """Return the parts of the data that it does not cover, as i/n."""
        have, count = set(self.shards), self.shards[0][1]
        wanted = ((number, count) for number in range(1, count + 1))
        return [f"{number}/{of}" for number, of in wanted if (number, of) not in have]

    @classmethod
    def empty(cls, header: Header, shard: tuple[int, int]) -> State:
        """Return the state before the first batch."""
        return cls(header=header, statistics=header.empty_statistics(), shards=(shard,))

    def add_digest(self, digest: int) -> None:
        """Count a sample and its digest."""
        self.samples += 1
        self.digest = add_digests([self.digest, digest])


def add_digests(digests: Iterable[int]) -> int:
    """Return the digest of samples together, in any order."""
    return sum(digests) % _DIGESTS


def write_state(state: State, path: str | Path) -> None:
    """Write a state, whole or not at all; equal states are equal files.

    Raises:
        InputError: The path cannot be written.
    """
    progress = Progress(
        shards=state.shards,
        batches=state.batches,
        samples=state.samples,
        digest=state.digest,
        is_complete=state.is_complete,
    )
    head = np.frombuffer(head_of(state.header, progress), dtype=np.uint8)
    data = _archive(state, head, zipfile.ZIP_DEFLATED)
    size = head.nbytes + sum(array.nbytes for _, array in state.statistics.arrays())
    if size > SMALL_ARCHIVE // 2 and size > _MOST_SAVED * len(data):
        data = _archive(state, head, zipfile.ZIP_STORED)
    write_bytes(path, data, is_beside=True)


def _archive(state: State, head: npt.NDArray[np.uint8], packing: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as archive:
        for name, array in itertools.chain([("head", head)], state.statistics.arrays()):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as part:
                np.lib.format.write_array(part, array, allow_pickle=False)
    return stream.getvalue()


def read_state(path: str | Path) -> State:
    """Read a state; whatever the file holds, it is one that a run can have written.

    Raises:
        FormatError: The file is no state, or one of a newer setrange.
        InputError: It cannot be read.
    """
    try:
        with NpzFile(Path(path)) as archive:
            header, progress = read_head(archive)
            statistics = header.empty_statistics()
            statistics.load(archive)
            if isinstance(statistics, MeanExtremes):
                statistics.check_runs(progress.batches)
    except NewerStateError as error:
        raise FormatError(f"{path}: {error}") from error
    except StateError as error:
        raise FormatError(
            f"{path}: is no state of 'setrange collect': {error}; expected a {SUFFIX} file"
        ) from error
    return State(
        header=header,
        statistics=statistics,
        shards=progress.shards,
        batches=progress.batches,
        samples=progress.samples,
        digest=progress.digest,
        is_complete=progress.is_complete,
    )


def merge_states(paths: Sequence[str | Path]) -> State:
    """Add up the states of shards; the result is that of one run over all their data.

    Args:
        paths: State files, in any order.

    Raises:
        InputError: One cannot be read or is not complete.
        UsageError: They do not belong together, or a shard is there twice.
    """
    merged: State | None = None
    for path in sorted(map(str, paths)):
        state = read_state(path)
        if not state.is_complete:
            raise InputError(
                f"{path}: its run was not finished; finish it with setrange collect --resume"
            )
        if merged is None:
            first, merged = path, state
            continue
        for field in Header.__slots__:
            ours, theirs = getattr(merged.header, field), getattr(state.header, field)
            if ours != theirs:
                shown = "" if field == "observed" else f" ({ours} and {theirs})"
                raise UsageError(
                    f"{first} and {path} differ in {field}{shown}; merge states of one command"
                )
        if merged.shards[0][1] != state.shards[0][1]:
            raise UsageError(
                f"{first} is one of {merged.shards[0][1]} shards, {path} one of "
                f"{state.shards[0][1]}: they share data; merge shards of one --shard i/n"
            )
        twice = set(merged.shards) & set(state.shards)
        if twice:
            part, of = min(twice)
            raise UsageError(f"{path}: shard {part}/{of} is there twice; give each once")
        try:
            merged.statistics.merge(state.statistics)  # type: ignore[arg-type]
        except StateError as error:
            raise FormatError(f"{path}: cannot be added to the others: {error}") from error
        merged = replace(
            merged,
            shards=tuple(sorted((*merged.shards, *state.shards))),
            batches=merged.batches + state.batches,
            samples=merged.samples + state.samples,
            digest=add_digests([merged.digest, state.digest]),
        )
    if merged is None:
        raise UsageError("there is no state to merge")
    return merged
