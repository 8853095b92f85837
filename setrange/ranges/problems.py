# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Collects what is wrong with a file, so that the user sees everything at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from setrange.errors import RangeFileError

if TYPE_CHECKING:
    from setrange.errors import InputError

__all__ = ["Problems", "quoted"]

#: Problems printed before the rest is only counted.
_SHOWN = 100
_NAME_SHOWN = 160


def quoted(name: str) -> str:
    """Return a tensor name for a message: quoted, on one line, not endlessly long."""
    if len(name) > _NAME_SHOWN:
        name = name[:_NAME_SHOWN] + "…"
    return json.dumps(name, ensure_ascii=False)


class _Problem(NamedTuple):
    line: int
    text: str


class Problems:
    """Collects the problems of one file.

    Attributes:
        path: The file, for messages.
    """

    def __init__(self, path: str, error: type[InputError] = RangeFileError) -> None:
        self.path = path
        self._error = error
        self._found: list[_Problem] = []

    def __len__(self) -> int:
        return len(self._found)

    def add(self, message: str, *, line: int = 0, tensor: str | None = None) -> None:
        """Note one problem; ``line`` counts from 1, 0 is the file as a whole."""
        where = f"{self.path}:{line}: " if line else f"{self.path}: "
        about = "" if tensor is None else f"tensor {quoted(tensor)}: "
        self._found.append(_Problem(line, where + about + message))

    def raise_if_any(self) -> None:
        """Raise one error with every problem, a line each, in file order."""
        if not self._found:
            return
        texts = [problem.text for problem in sorted(self._found, key=lambda p: p.line)]
        if len(texts) > _SHOWN:
            texts[_SHOWN:] = [f"{self.path}: ... and {len(texts) - _SHOWN} more problems"]
        raise self._error("\n".join(texts))
