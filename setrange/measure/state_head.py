# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a state file says about itself: on what it was measured, how, and how far it came.

Anybody can have written the file: what it says is checked, so that later code may rely on it.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from setrange.measure.method import METHODS, Method
from setrange.measure.observed import Observed, bases_of
from setrange.measure.statistics import KINDS, MOST_COUNTED, StateError, Statistics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from setrange.measure.statistics import Arrays

__all__ = [
    "MOST_SHARDS",
    "Header",
    "NewerStateError",
    "Progress",
    "StateError",
    "head_of",
    "read_head",
]

#: Parts that data can be shared out to; more is a slip of the hand, or a forged file.
MOST_SHARDS = 100_000

_VERSION = 1

_DIGEST = re.compile(r"[0-9a-f]{64}")


class NewerStateError(StateError):
    """A state of a newer setrange."""


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
        unmeasured: Values that would get one if they could be measured, and why they cannot.
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
    unmeasured: tuple[tuple[str, str], ...] = ()

    def bases(self) -> list[str]:
        """The values that are measured, each once."""
        return bases_of(self.observed)

    def empty_statistics(self) -> Statistics:
        """Return what is kept of the bases before the first run."""
        rectified = {item.base for item in self.observed if item.is_rectified}
        return KINDS[self.method.kind]([base in rectified for base in self.bases()])


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run has come; see ``State``."""

    shards: tuple[tuple[int, int], ...]
    batches: int
    samples: int
    digest: int
    is_complete: bool


def head_of(header: Header, progress: Progress) -> bytes:
    """Return both as JSON; equal ones give equal bytes."""
    head = {
        "setrange_state": _VERSION,
        **asdict(header),
        **asdict(progress),
        "shards": sorted(progress.shards),
        "digest": f"{progress.digest:064x}",
    }
    return json.dumps(head, sort_keys=True).encode()


def read_head(arrays: Arrays) -> tuple[Header, Progress]:
    """Read what ``head_of`` wrote, the array ``head`` of bytes.

    Raises:
        StateError: It is something else.
    """
    if "head" not in arrays.headers:
        raise StateError("it has no head")
    try:
        head = json.loads(arrays.read("head").tobytes())
    except (ValueError, RecursionError) as error:
        raise StateError("its head is no JSON") from error
    if not isinstance(head, dict) or "setrange_state" not in head:
        raise StateError("it does not say that it is one")
    version = head["setrange_state"]
    if version != _VERSION:
        if isinstance(version, int) and version > _VERSION:
            raise NewerStateError("is of a newer setrange; update this one")
        raise StateError(f"its version is {str(version)[:20]}")
    header = Header(
        model=_text(head, "model"),
        sha256=_matching(head, "sha256"),
        method=_method(head),
        batch=_count(head, "batch", least=1),
        provider=_text(head, "provider"),
        onnxruntime=_text(head, "onnxruntime"),
        random=_flag(head, "random"),
        images=None if head.get("images") is None else _text(head, "images"),
        observed=_observed(head),
        unmeasured=_unmeasured(head),
    )
    progress = Progress(
        shards=_shards(head),
        batches=_count(head, "batches"),
        samples=_count(head, "samples"),
        digest=int(_matching(head, "digest"), 16),
        is_complete=_flag(head, "is_complete"),
    )
    least, most = progress.batches, progress.batches * header.batch
    if not least <= progress.samples <= most:
        raise StateError(f"{progress.batches} batches do not make {progress.samples} samples")
    return header, progress


def _text(head: Mapping[str, Any], key: str) -> str:
    value = head.get(key)
    if not isinstance(value, str):
        raise StateError(f"its {key} is no text")
    return value


def _matching(head: Mapping[str, Any], key: str) -> str:
    value = _text(head, key)
    if not _DIGEST.fullmatch(value):
        raise StateError(f"its {key} is no SHA-256")
    return value


def _flag(head: Mapping[str, Any], key: str) -> bool:
    value = head.get(key)
    if not isinstance(value, bool):
        raise StateError(f"its {key} is neither true nor false")
    return value


def _is_count(value: Any, least: int, most: int = MOST_COUNTED) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _count(head: Mapping[str, Any], key: str, *, least: int = 0) -> int:
    value = head.get(key)
    if not _is_count(value, least):
        raise StateError(f"its {key} is no number of them")
    return int(value)  # type: ignore[arg-type]


def _method(head: Mapping[str, Any]) -> Method:
    value: Any = head.get("method")
    is_one = isinstance(value, dict) and set(value) == {"name", "percentile"}
    if not is_one or not isinstance(value["name"], str) or value["name"] not in METHODS:
        raise StateError("its method is none of setrange's")
    name, percentile = value["name"], value["percentile"]
    if (percentile is None) == (name == "percentile"):
        raise StateError("its percentile and its method do not fit")
    if percentile is not None:
        is_number = isinstance(percentile, int | float) and not isinstance(percentile, bool)
        if not is_number or not 0 < percentile <= 100:
            raise StateError("its percentile is not above 0 and at most 100")
    return Method(name=name, percentile=percentile)


def _shards(head: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    value = head.get("shards")
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_SHARDS:
        raise StateError("its shards are no list of them")
    found = []
    for pair in value:
        fits = isinstance(pair, list) and len(pair) == 2
        if not fits or not all(_is_count(number, 1, MOST_SHARDS) for number in pair):
            raise StateError(
                f"its shards are no pairs i, n with i from 1 to n and n at most {MOST_SHARDS}"
            )
        found.append((pair[0], pair[1]))
    of = {count for _, count in found}
    if len(of) > 1 or len(set(found)) < len(found) or max(found)[0] > max(of):
        raise StateError("its shards contradict each other")
    return tuple(found)


def _observed(head: Mapping[str, Any]) -> tuple[Observed, ...]:
    value = head.get("observed")
    if not isinstance(value, list):
        raise StateError("its observed values are no list")
    found = []
    for item in value:
        if not isinstance(item, dict) or set(item) != set(Observed.__slots__):
            raise StateError("one of its observed values is none")
        factor = item["factor"]
        is_fine = (
            isinstance(item["name"], str)
            and isinstance(item["base"], str)
            and isinstance(item["is_rectified"], bool)
            and isinstance(factor, float)
            and 0 < factor < math.inf
        )
        if not is_fine:
            raise StateError("one of its observed values is none")
        found.append(Observed(**item))
    if len({item.name for item in found}) < len(found):
        raise StateError("one of its observed values is there twice")
    return tuple(found)


def _unmeasured(head: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    value = head.get("unmeasured", [])
    if not isinstance(value, list):
        raise StateError("its unmeasured values are no list")
    for pair in value:
        fits = isinstance(pair, list) and len(pair) == 2
        if not fits or not all(isinstance(text, str) for text in pair):
            raise StateError("its unmeasured values are no pairs of a name and a reason")
    return tuple((name, reason) for name, reason in value)
