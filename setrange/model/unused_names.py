# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Finds unused names for nodes and values that are added to a model."""

from __future__ import annotations

__all__ = ["unused_name"]


def unused_name(name: str, taken: set[str]) -> str:
    """Return a name that is not taken, and take it.

    >>> taken = {"a"}
    >>> [unused_name("a", taken), unused_name("a", taken)]
    ['a_1', 'a_2']
    """
    number, candidate = 0, name
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    taken.add(candidate)
    return candidate
