# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The package as source text: modules, and what each imports where."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "setrange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One imported module.

    Attributes:
        module: Its name; of ``from package import module`` the module's.
        typing_only: Under ``if TYPE_CHECKING``.
        is_late: Inside a function, so that it happens when that is called.
    """

    module: str
    typing_only: bool
    is_late: bool = False


def module_paths() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def imports(path: Path) -> tuple[Import, ...]:
    """What a module imports anywhere, with what only type checkers see."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return tuple(_imports(tree, typing_only=False, is_late=False))


def module_level_imports(path: Path) -> Iterator[Import]:
    """What importing the module imports; with what only type checkers see."""
    yield from (found for found in imports(path) if not found.is_late)


def _imports(parent: ast.AST, *, typing_only: bool, is_late: bool) -> Iterator[Import]:
    for node in ast.iter_child_nodes(parent):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module=alias.name, typing_only=typing_only, is_late=is_late)
        elif isinstance(node, ast.ImportFrom):
            for name in {_module_of(node.module or "", alias.name) for alias in node.names}:
                yield Import(module=name, typing_only=typing_only, is_late=is_late)
        elif isinstance(node, ast.If) and _is_for_type_checkers(node.test):
            yield from _imports(node, typing_only=True, is_late=is_late)
        else:
            inside = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from _imports(node, typing_only=typing_only, is_late=is_late or inside)


def _is_for_type_checkers(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


@functools.cache
def _module_of(module: str, name: str) -> str:
    """``setrange.files`` and ``atomic`` is a module, ``setrange.errors`` and a class is not."""
    place = ROOT.joinpath(*module.split("."), name)
    is_module = place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()
    return f"{module}.{name}" if is_module else module
