# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a run has measured so far: saved, resumed, merged, and turned into ranges."""

from __future__ import annotations

import io
import itertools
import json
import zipfile
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import FormatError, InputError, UsageError
from setrange.files.atomic import write_bytes
from setrange.measure.method import Method
from setrange.measure.observed import Observed, bases_of
from setrange.measure.sources import STATE_SUFFIX
from setrange.measure.statistics import KINDS, Statistics

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = [
    "MOST_SHARDS",
    "SUFFIX",
    "Header",
    "State",
    "merge_states",
    "read_state",
    "write_state",
]

#: What state files end in.
SUFFIX = STATE_SUFFIX

#: Parts that data can be shared out to; more is a slip of the hand, or a forged file.
MOST_SHARDS = 100_000

_VERSION = 1
_DIGESTS = 1 << 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a state was measured on and how; states that differ in it cannot be merged.

    Attributes:
        model: File name of the model.
        sha256: Its digest.
        method: How ranges will be made of it.
        batch: Samples fed at once.
        provider: ONNX Runtime execution provider.
        onnxruntime: Its version.
        random: True if the data are random numbers.
        images: What was done to images; ``None`` where the data are arrays.
        observed: Values that get a range.
    """

    model: str
    sha256: str
    method: Method
    batch: int
    provider: str
    onnxruntime: str
    random: bool
    images: str | None
    observed: tuple[Observed, ...]

    def bases(self) -> list[str]:
        """The values that are measured, each once."""
        return bases_of(self.observed)

    def empty_statistics(self) -> Statistics:
        """Return what is kept of the bases before the first run."""
        rectified = {item.base for item in self.observed if item.is_rectified}
        return KINDS[self.method.kind]([base in rectified for base in self.bases()])


@dataclass(slots=True, kw_only=True)
class State:
    """Statistics and how far they have come.

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
        self.digest = (self.digest + digest) % _DIGESTS


def write_state(state: State, path: str | Path) -> None:
    """Write a state, whole or not at all; equal states are equal files.

    Raises:
        InputError: The path cannot be written.
    """
    head = {
        "setrange_state": _VERSION,
        **asdict(state.header),
        "shards": sorted(state.shards),
        "batches": state.batches,
        "samples": state.samples,
        "digest": f"{state.digest:064x}",
        "is_complete": state.is_complete,
    }
    text = np.frombuffer(json.dumps(head, sort_keys=True).encode(), dtype=np.uint8)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in itertools.chain([("head", text)], state.statistics.arrays()):
            with archive.open(f"{name}.npy", "w") as part:
                np.lib.format.write_array(part, array, allow_pickle=False)
    write_bytes(path, stream.getvalue(), is_beside=True)


def read_state(path: str | Path) -> State:
    """Read a state.

    Raises:
        FormatError: The file is no state, or one of a newer setrange.
        InputError: It cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        head = json.loads(arrays.pop("head").tobytes())
        if head.pop("setrange_state") != _VERSION:
            raise FormatError(f"{path}: is of a newer setrange; update this one")
        return _state(head, arrays)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise FormatError(
            f"{path}: is no state of 'setrange collect' ({error}); expected a {SUFFIX} file"
        ) from error


def _state(head: dict[str, Any], arrays: dict[str, np.ndarray[Any, Any]]) -> State:
    progress: dict[str, Any] = {
        "shards": tuple((int(i), int(n)) for i, n in head.pop("shards")),
        "batches": int(head.pop("batches")),
        "samples": int(head.pop("samples")),
        "digest": int(head.pop("digest"), 16),
        "is_complete": bool(head.pop("is_complete")),
    }
    head["method"] = Method(**head["method"])
    head["observed"] = tuple(Observed(**item) for item in head["observed"])
    header = Header(**head)
    statistics = header.empty_statistics()
    statistics.load(arrays)
    return State(header=header, statistics=statistics, **progress)


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
        merged.statistics.merge(state.statistics)  # type: ignore[arg-type]
        merged = replace(
            merged,
            shards=tuple(sorted((*merged.shards, *state.shards))),
            batches=merged.batches + state.batches,
            samples=merged.samples + state.samples,
            digest=(merged.digest + state.digest) % _DIGESTS,
        )
    if merged is None:
        raise UsageError("there is no state to merge")
    return merged
