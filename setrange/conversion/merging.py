# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Several ranges files as one, read from any format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.formats.reading import read_ranges
from setrange.ranges.merge import MergePolicy, merge_ranges
from setrange.ranges.model import RangeFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from setrange.ranges.merge import MergeResult

__all__ = ["merge"]


def merge(
    files: Iterable[str | Path | RangeFile], *, policy: MergePolicy | str = MergePolicy.WIDEST
) -> MergeResult:
    """Merge ranges files into the union of their tensors, as ``setrange merge`` does.

    Args:
        files: At least one path of a file in any known format, or what was read of it.
        policy: ``widest``: where files disagree, the smallest min and the largest max.
            ``first``: the range of the first file that has one.

    Returns:
        The ranges, and what the files disagreed on.

    Raises:
        InputError: A file cannot be read, or they are named by different TensorRT releases.
        UsageError: There is no file, or no such policy.
    """
    read = [item if isinstance(item, RangeFile) else read_ranges(item) for item in files]
    return merge_ranges(read, policy)
