# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Lists the tests of an op's importer.

    python -m tests.importer.where Resize Upsample

Tests are grouped by what they are about (shapes, control flow, names by release), and one
often has several ops; so they are found by the ops in them and in what they call.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def found_by_op(ops: set[str]) -> dict[str, list[str]]:
    """Op -> the tests whose code, or a helper's of the same module, has its name."""
    found: dict[str, list[str]] = {op: [] for op in sorted(ops)}
    for path in sorted(Path(__file__).parent.rglob("test_*.py")):
        for test, text in _tests(path).items():
            words = set(re.findall(r"\w+", text))
            for op in words & ops:
                found[op].append(f"{path.relative_to(ROOT).as_posix()}::{test}")
    return found


def _tests(path: Path) -> dict[str, str]:
    """Test -> its code, with that of what it uses of its module."""
    code = path.read_text(encoding="utf-8")
    parts: dict[str, str] = {}
    tests: list[str] = []
    for node in ast.parse(code).body:
        text = "\n".join(code.splitlines()[_first_line(node) - 1 : node.end_lineno])
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            parts[node.name] = text
            if node.name.lower().startswith("test"):
                tests.append(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    parts[target.id] = text
    return {test: _with_used(test, parts) for test in tests}


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(item.lineno for item in decorators)])


def _with_used(name: str, parts: dict[str, str]) -> str:
    pending, seen = [name], {name}
    for part in pending:  # grows while it is gone over
        used = set(re.findall(r"\w+", parts[part])) & parts.keys() - seen
        seen |= used
        pending += sorted(used)
    return "\n".join(parts[part] for part in pending)


def main() -> int:
    wanted = set(sys.argv[1:])
    for op, tests in found_by_op(wanted).items():
        sys.stdout.writelines(f"{line}\n" for line in tests or [f"no test has {op}"])
    return 0 if wanted else 2


if __name__ == "__main__":
    sys.exit(main())
