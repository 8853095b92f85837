# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""How the tests are built: helpers are in modules of their own."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tests.meta.source_tree import ROOT, imports

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_nothing_is_imported_from_a_module_of_tests() -> None:
    """What several modules use is in `tests/support/`, or a module beside them."""
    taken = [
        f"{path.relative_to(ROOT)}: {found.module}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for found in imports(path)
        if found.module.startswith("tests.")
        and found.module.rsplit(".", 1)[-1].startswith("test_")
    ]
    assert taken == []


def test_the_wording_of_a_message_is_asserted_in_one_module() -> None:
    """Others assert its code, its names or the exit status, and stay when it is reworded."""
    places: dict[str, set[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for text in _asserted(ast.parse(path.read_text(encoding="utf-8"))):
            if len(text.split()) >= _SENTENCE and "(Unnamed Layer*" not in text:
                places.setdefault(text, set()).add(str(path.relative_to(ROOT)))
    assert {text: sorted(found) for text, found in places.items() if len(found) > 1} == {}


#: Words of what is wording, and not only a name or a number with its unit.
_SENTENCE = 5


def _asserted(node: ast.AST, *, inside: bool = False) -> Iterator[str]:
    """The texts in ``assert`` statements and ``match=`` arguments."""
    is_match = isinstance(node, ast.keyword) and node.arg == "match"
    inside = inside or is_match or isinstance(node, ast.Assert)
    if inside and isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from _asserted(child, inside=inside)
