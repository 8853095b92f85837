# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The page's modules as one script, since a page from a disk may load no other file.

The modules are plain ES modules that a browser would run as they are. So that a few lines do
here, they keep to some forms: ``import { a, b as c } from "./x.js";`` at the top, and
``export`` before a function, a class or a ``const``. Anything else is an error.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BundleError", "bundled", "modules_of"]

_IMPORT = re.compile(
    r'^import\s*\{([^}]*)\}\s*from\s*"(\.{1,2}/[\w./-]+\.js)";\n', re.MULTILINE
)
_EXPORT = re.compile(
    r"^export (?=(?:async )?function\*? (\w+)|class (\w+)|const (\w+))", re.MULTILINE
)
_LEFT_OVER = re.compile(
    r"^\s*(?:import\b.*|export\b.*)$|(?:await|return|=>?)\s*import\(", re.MULTILINE
)


class BundleError(ValueError):
    """A module is not of the form that this file understands."""


def bundled(entry: str, read: Callable[[str], str]) -> str:
    """Return a script that does what a module does.

    Args:
        entry: The module's path.
        read: Returns the text of a module, by its path.

    Raises:
        BundleError: A module is not of the form that is expected.
    """
    parts = [_as_function(name, read(name)) for name in modules_of(entry, read)]
    return "\n".join(['"use strict";', *parts, ""])


def modules_of(entry: str, read: Callable[[str], str]) -> list[str]:
    """Return a module and all that it imports, each after what it imports.

    Raises:
        BundleError: Modules import each other in a circle.
    """
    order: list[str] = []
    doing: list[str] = []

    def visit(name: str) -> None:
        if name in doing:
            raise BundleError(f"modules import each other: {' -> '.join([*doing, name])}")
        if name in order:
            return
        doing.append(name)
        for match in _IMPORT.finditer(read(name)):
            visit(_beside(name, match[2]))
        order.append(doing.pop())

    visit(entry)
    return order


def _beside(module: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(module), path))


def _variable(module: str) -> str:
    return "$" + re.sub(r"\W", "_", module.removesuffix(".js"))


def _as_function(name: str, text: str) -> str:
    """A module as the object of what it exports."""

    def taken(match: re.Match[str]) -> str:
        names = [part.strip() for part in match[1].split(",") if part.strip()]
        fields = ", ".join(re.sub(r"\s+as\s+", ": ", part) for part in names)
        return f"const {{ {fields} }} = {_variable(_beside(name, match[2]))};\n"

    exported = [next(filter(None, match.groups())) for match in _EXPORT.finditer(text)]
    body = _EXPORT.sub("", _IMPORT.sub(taken, text))
    left = _LEFT_OVER.search(body)
    if left is not None:
        raise BundleError(
            f"{name}: {left[0].strip()!r} is no form of import or export used here"
        )
    fields = ", ".join(exported)
    return f"const {_variable(name)} = (() => {{\n{body}\nreturn {{ {fields} }};\n}})();"
