# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Aligning two sequences of kinds, and saying only what is certain."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["align"]


def align(left: Sequence[str], right: Sequence[str]) -> list[list[int]]:
    """Match equal items in order, as many as possible.

    Returns:
        For each item of ``left`` the items of ``right`` that it may stand for: one = certain
        (every longest alignment matches these two), several = ambiguous, none = no match.
        An item that only some of the longest alignments match counts as ambiguous too; its
        single candidate is then listed twice.

    >>> align(["Shuffle", "Product", "Constant"], ["Constant", "Product", "Constant"])
    [[], [1], [2]]
    """
    before = _common(left, right)
    after = [row[::-1] for row in _common(left[::-1], right[::-1])[::-1]]
    longest = before[len(left)][len(right)]
    result = []
    for i, item in enumerate(left):
        candidates = [
            j
            for j, other in enumerate(right)
            if item == other and before[i][j] + 1 + after[i + 1][j + 1] == longest
        ]
        optional = any(before[i][j] + after[i + 1][j] == longest for j in range(len(right) + 1))
        result.append(candidates * 2 if optional and len(candidates) == 1 else candidates)
    return result


def _common(left: Sequence[str], right: Sequence[str]) -> list[list[int]]:
    """Length of the longest common subsequence of each pair of beginnings."""
    table = [[0] * (len(right) + 1)]
    for item in left:
        above, row = table[-1], [0]
        for j, other in enumerate(right):
            row.append(above[j] + 1 if item == other else max(above[j + 1], row[j]))
        table.append(row)
    return table
