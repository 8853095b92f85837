# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The package as source text: modules, and what each imports where."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "setrange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One imported module; ``typing_only`` under ``if TYPE_CHECKING``."""

    module: str
    typing_only: bool


def module_paths() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def module_level_imports(path: Path) -> Iterator[Import]:
    """What importing the module imports; with what only type checkers see."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from _imports(tree.body, typing_only=False)


def _imports(body: list[ast.stmt], *, typing_only: bool) -> Iterator[Import]:
    for node in body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module=alias.name, typing_only=typing_only)
        elif isinstance(node, ast.ImportFrom):
            yield Import(module=node.module or "", typing_only=typing_only)
        elif isinstance(node, ast.If):
            checking = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
            yield from _imports(node.body, typing_only=typing_only or checking)
            yield from _imports(node.orelse, typing_only=typing_only)
        elif isinstance(node, ast.Try):
            yield from _imports(node.body, typing_only=typing_only)
