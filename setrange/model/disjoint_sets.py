# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Things that belong together, found out pair by pair (union-find)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DisjointSets"]

_Item = TypeVar("_Item")


class DisjointSets(Generic[_Item]):
    """Sets without a common member; what was never joined is a set of its own."""

    def __init__(self) -> None:
        self._parent: dict[_Item, _Item] = {}

    def __contains__(self, item: object) -> bool:
        """True for what was joined, be it with nothing else."""
        return item in self._parent

    def root(self, item: _Item) -> _Item:
        """Return the member that stands for the set of an item."""
        while (parent := self._parent.get(item, item)) != item:
            self._parent[item] = self._parent.get(parent, parent)
            item = parent
        return item

    def join(self, items: Sequence[_Item]) -> None:
        """Put items, and the sets they are in, into one set."""
        if not items:
            return
        first = self.root(items[0])
        self._parent.setdefault(first, first)
        for item in items:
            self._parent[self.root(item)] = first
