# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the writers of foreign formats share: which entries can go, and what is lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from setrange.ranges.entry import NOT_FILLED_IN
from setrange.ranges.float32 import exact_amax, float32_scale
from setrange.ranges.loss import Loss, LossKind
from setrange.ranges.model import DynamicRange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from setrange.ranges.model import RangeEntry, RangeFile

__all__ = [
    "SYMMETRIC_LOSES",
    "json_bytes",
    "ranged",
    "symmetric",
    "symmetric_scales",
    "unset_losses",
]

#: What a format with one number a tensor cannot hold, for the table of formats.
SYMMETRIC_LOSES = "the smaller side of asymmetric ranges; tensors without a range"


def ranged(
    range_file: RangeFile, losses: list[Loss]
) -> Iterator[tuple[RangeEntry, DynamicRange]]:
    """Yield entry and range, from which its scale follows exactly; losses for those without."""
    for entry in range_file.entries.values():
        if entry.range is not None:
            yield entry, _exact(entry.range, entry.scale)
        else:
            reason = entry.reason or NOT_FILLED_IN
            losses.append(Loss(entry.name, LossKind.NO_RANGE, f"{reason}: left out"))


def symmetric(range_file: RangeFile, losses: list[Loss]) -> Iterator[tuple[RangeEntry, float]]:
    """Yield entry and amax for formats that know only one number; losses as they come."""
    for entry, bounds in ranged(range_file, losses):
        amax = bounds.amax
        if not bounds.is_symmetric:
            message = f"[{bounds.min!r}, {bounds.max!r}] written as ±{amax!r}"
            losses.append(Loss(entry.name, LossKind.ASYMMETRIC, message))
        yield entry, amax


def symmetric_scales(
    range_file: RangeFile, losses: list[Loss]
) -> Iterator[tuple[RangeEntry, float]]:
    """Yield entry and float32 scale = amax / 127; losses as they come."""
    for entry, amax in symmetric(range_file, losses):
        yield entry, float32_scale(amax, entry.scale)


def unset_losses(range_file: RangeFile) -> tuple[Loss, ...]:
    """Return a loss for each entry whose value gave no range, for formats that keep those."""
    return tuple(
        Loss(name, LossKind.NO_RANGE, f"{entry.reason}: unset")
        for name, entry in range_file.entries.items()
        if entry.reason not in {None, NOT_FILLED_IN}
    )


def _exact(bounds: DynamicRange, scale: float | None) -> DynamicRange:
    amax = exact_amax(bounds.amax, scale)
    return DynamicRange(
        -amax if -bounds.min == bounds.amax else bounds.min,
        amax if bounds.max == bounds.amax else bounds.max,
    )


def json_bytes(value: Any) -> bytes:
    """Return indented JSON, UTF-8, with a final newline."""
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
