# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Names that look like the one the user wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.text.words import near_names

if TYPE_CHECKING:
    from setrange.resolver.index import NetworkIndex

__all__ = ["Suggestions"]

#: Comparing is slow; a file for another model has hundreds of unknown names.
_MAX_SEARCHES = 20


class Suggestions:
    """Near names among a network's tensors, for the first unknown names of a file."""

    def __init__(self, index: NetworkIndex) -> None:
        self._index = index
        self._searches = 0
        self._names: list[str] | None = None

    def near(self, name: str) -> list[str]:
        """Return up to three names, best first."""
        if self._searches >= _MAX_SEARCHES:
            return []
        self._searches += 1
        if self._names is None:
            self._names = list(dict.fromkeys([*self._index.by_name, *self._index.by_value]))
        return near_names(name, self._names, most=3, cutoff=0.7)

    def help(self, name: str) -> str:
        """Return a "did you mean", or how to list the names."""
        near = self.near(name)
        if near:
            return "did you mean " + " or ".join(repr(n) for n in near) + "?"
        return "setrange inspect MODEL lists the names"
