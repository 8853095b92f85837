# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Names that look like the one the user wrote."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from setrange.ranges.patterns import is_pattern
from setrange.text.words import near_names

if TYPE_CHECKING:
    from setrange.resolver.index import NetworkIndex

__all__ = ["Suggestions"]

#: Comparing is slow; a file for another model has hundreds of unknown names.
_MAX_SEARCHES = 20

#: The beginning of a glob that stands for itself, and where names have their parts.
_LITERAL = re.compile(r"(?!re:)[^*?\[]*")
_PART = re.compile(r"([/.])")


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
        near = self.near_patterns(name) if is_pattern(name) else self.near(name)
        if near:
            return "did you mean " + " or ".join(repr(n) for n in near) + "?"
        return "setrange inspect MODEL lists the names"

    def near_patterns(self, pattern: str) -> list[str]:
        """Return the same pattern with other beginnings, which names have."""
        begin = _LITERAL.match(pattern)
        literal = "" if begin is None else begin[0]
        parts = [part for part in _PART.split(literal) if part]
        if not parts or self._searches >= _MAX_SEARCHES:
            return self.near(pattern)
        self._searches += 1
        names = [*self._index.by_name, *self._index.by_value]
        begins = dict.fromkeys(
            "".join(pieces[: len(_PART.split(literal.rstrip("/.")))])
            for name in names
            if (pieces := _PART.split(name))
        )
        near = near_names(literal.rstrip("/."), list(begins), most=3, cutoff=0.7)
        rest = pattern[len(literal.rstrip("/.")) :]
        return [name + rest for name in near]
