# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Columns of text, aligned: short ones padded, none wider than eyes follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.text.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["aligned"]

_SEPARATOR = "  "

#: Names of a megabyte in one row must not pad thousands of others to a megabyte each.
_WIDEST = 120


def aligned(rows: Sequence[Sequence[str]], *, numbers: int = 0) -> list[str]:
    """Return a line a row; all columns but the last are padded.

    Args:
        rows: Cells, as many in each row.
        numbers: How many of the first columns hold numbers, which are aligned right.
    """
    if not rows:
        return []
    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [
        max((len(row[i]) for row in shown if len(row[i]) <= _WIDEST), default=0)
        for i in range(len(rows[0]) - 1)
    ]
    lines = []
    for row in shown:
        cells = [
            cell.rjust(width) if i < numbers else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        lines.append(_SEPARATOR.join([*cells, row[-1]]).rstrip())
    return lines
