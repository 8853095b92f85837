# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Finds unused names for nodes and values that are added to a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Names"]


class Names:
    """Names that are taken, and new ones like them.

    >>> names = Names({"a", "a_2"})
    >>> [names.fresh("a"), names.fresh("a"), names.fresh("b")]
    ['a_1', 'a_3', 'b']
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        #: Name -> the last number that was tried: a shared weight is asked about for each use.
        self._last: dict[str, int] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._taken

    def fresh(self, name: str) -> str:
        """Return this name, or one with a number that is not taken; from now on it is."""
        candidate = name
        while candidate in self._taken:
            number = self._last[name] = self._last.get(name, 0) + 1
            candidate = f"{name}_{number}"
        self._taken.add(candidate)
        return candidate
