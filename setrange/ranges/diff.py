# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What changed between two ranges files, as TensorRT would see it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from setrange.errors import UsageError
from setrange.ranges.choices import CHOICES
from setrange.ranges.float32 import scale_of_entry

if TYPE_CHECKING:
    from setrange.ranges.model import DynamicRange, RangeEntry, RangeFile

__all__ = ["Change", "RangeDiff", "diff_ranges"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One tensor whose range changed.

    Attributes:
        name: Tensor.
        before: Range in the first file, or ``None``.
        after: Range in the second file, or ``None``.
        ratio: amax after / amax before; 0 where the range went, infinite where it came.
    """

    name: str
    before: DynamicRange | None
    after: DynamicRange | None
    ratio: float

    @property
    def effect(self) -> float:
        """How many times wider or narrower, >= 1; infinite where a range came or went."""
        return max(self.ratio, 1 / self.ratio) if self.ratio else math.inf

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form; ``ratio`` is null where a range came or went."""
        known = 0 < self.ratio < math.inf
        return {
            "name": self.name,
            "before": _listed(self.before),
            "after": _listed(self.after),
            "ratio": self.ratio if known else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeDiff:
    """The difference of two files.

    Attributes:
        added: Entries only the second file has, in its order.
        removed: Entries only the first file has, in its order.
        changed: Changes beyond the ratio, largest effect first.
        same: Number of tensors in both files without such a change.
        fields: Fields that say another thing of nodes or pairs in the second file.
    """

    added: tuple[RangeEntry, ...]
    removed: tuple[RangeEntry, ...]
    changed: tuple[Change, ...]
    same: int
    fields: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the stable ``diff --json`` object."""
        return {
            "setrange": 1,
            "added": [{"name": e.name, "range": _listed(e.range)} for e in self.added],
            "removed": [{"name": e.name, "range": _listed(e.range)} for e in self.removed],
            "changed": [change.to_dict() for change in self.changed],
            "same": self.same,
            "fields": list(self.fields),
        }


def diff_ranges(a: RangeFile, b: RangeFile, ratio: float = 1.0) -> RangeDiff:
    """Compare two files by name.

    Ranges are compared as TensorRT uses them: by amax, the same where the float32 scale is.

    Args:
        a: Before.
        b: After.
        ratio: Report a change only where the amax grew or shrank more than so many times.

    Raises:
        UsageError: ``ratio`` is below 1 or not finite.
    """
    if not 1.0 <= ratio < math.inf:
        raise UsageError(f"the ratio is {ratio!r}; expected a number from 1 on, e.g. 1.05")
    both = [name for name in a.entries if name in b.entries]
    changes = [_change(a.entries[name], b.entries[name]) for name in both]
    changed = [change for change in changes if change.effect > ratio]
    changed.sort(key=lambda change: -change.effect)
    return RangeDiff(
        added=tuple(entry for name, entry in b.entries.items() if name not in a.entries),
        removed=tuple(entry for name, entry in a.entries.items() if name not in b.entries),
        changed=tuple(changed),
        same=len(both) - len(changed),
        fields=tuple(name for name in CHOICES if _said(a, name) != _said(b, name)),
    )


def _said(ranges: RangeFile, field: str) -> object:
    """What a field says; the order of rules for nodes counts, that of lists does not."""
    value = getattr(ranges, field)
    return list(value.items()) if isinstance(value, dict) else sorted(value)


def _change(before: RangeEntry, after: RangeEntry) -> Change:
    if scale_of_entry(before) == scale_of_entry(after):
        ratio = 1.0
    elif before.range is None or after.range is None:
        ratio = math.inf if before.range is None else 0.0
    else:
        ratio = after.range.amax / before.range.amax if before.range.amax else math.inf
    return Change(name=before.name, before=before.range, after=after.range, ratio=ratio)


def _listed(bounds: DynamicRange | None) -> list[float] | None:
    return None if bounds is None else [bounds.min, bounds.max]
