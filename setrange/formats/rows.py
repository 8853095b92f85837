# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Text formats of one tensor a row, checked as strictly as setrange's own file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.ranges.entry import read_entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from setrange.ranges.model import RangeEntry
    from setrange.ranges.problems import Problems

__all__ = ["read_rows"]


def read_rows(
    rows: Iterable[tuple[str, Any, int]], problems: Problems, *, if_none: str
) -> dict[str, RangeEntry]:
    """Read rows whose values mean what they mean in our own file.

    Args:
        rows: (name, value, line) of each; making them may note problems too.
        problems: Gets everything that is wrong.
        if_none: The problem of a file without rows.

    Raises:
        InputError: There are problems.
    """
    entries: dict[str, RangeEntry] = {}
    lines: dict[str, int] = {}
    for name, value, line in rows:
        if name in lines:
            first = lines[name]
            problems.add(f"is given twice (first on line {first})", line=line, tensor=name)
            continue
        lines[name] = line
        entry = read_entry(name, value, line, problems)
        if entry is not None:
            entries[name] = entry
    if not entries and not problems:
        problems.add(if_none)
    problems.raise_if_any()
    return entries
