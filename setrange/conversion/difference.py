# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What changed between two ranges files of any format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.formats.reading import read_ranges
from setrange.ranges.diff import diff_ranges
from setrange.ranges.model import RangeFile

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.ranges.diff import RangeDiff

__all__ = ["diff"]


def diff(
    before: str | Path | RangeFile, after: str | Path | RangeFile, *, ratio: float = 1.0
) -> RangeDiff:
    """Compare two ranges files by name, as ``setrange diff`` does.

    Args:
        before: Path of a file in any known format, or what was read of it.
        after: The same.
        ratio: Report a change only where the amax grew or shrank more than so many times.

    Raises:
        InputError: A file cannot be read.
        UsageError: ``ratio`` is below 1 or not finite.
    """
    a, b = (
        item if isinstance(item, RangeFile) else read_ranges(item) for item in (before, after)
    )
    return diff_ranges(a, b, ratio)
