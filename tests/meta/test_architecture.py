# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the code's structure promises, read from its source."""

from __future__ import annotations

import ast
import re
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.meta.source_tree import (
    PACKAGE,
    ROOT,
    Import,
    imports,
    module_level_imports,
    module_name,
    module_paths,
)

#: The package from the ground up; a module imports from its own line and those before it.
#: A new module or package directly under setrange/ gets its place here.
ORDER = (
    {"errors", "findings", "versions", "text", "files"},
    {"machine", "cluster"},
    {"ranges"},
    {"model"},
    {"formats"},
    {"network"},
    {"importer"},
    {"resolver"},
    {"measure"},
    {"fill"},
    {"estimate"},
    {"plan"},
    {"conversion"},
    {"build_settings"},
    {"engine_layers", "explain", "surgery"},
    {"exporters", "live", "rtx"},
    {"accuracy"},
    {"tune"},
    {"report"},
    {"page"},
    {"editing"},
    {"cli"},
    {"__main__"},
)
#: Optional or slow to import: only inside the functions that need them.
NEVER_AT_MODULE_LEVEL = {
    "tensorrt",
    "tensorrt_rtx",
    "onnxruntime",
    "torch",
    "rich",
    "flatbuffers",
    "PIL",
    "dask",
    "distributed",
}
#: Longer files are split.
MOST_LINES = 600

_VERSION = re.compile(r"\d{1,2}\.\d{1,2}\Z")


def _room(module: str) -> str:
    return module.split(".")[1]


def _rank(module: str) -> int:
    name = _room(module)
    for rank, names in enumerate(ORDER):
        if name in names:
            return rank
    raise AssertionError(f"setrange/{name} has no place in ORDER")


def _own_imports() -> dict[str, list[Import]]:
    """Module -> what it imports of the package; the root imports nothing before use."""
    return {
        module: [found for found in imports(path) if found.module.startswith("setrange.")]
        for path in module_paths()
        if (module := module_name(path)) != "setrange"
    }


def test_imports_go_upward() -> None:
    """Late imports too: a function that reaches for what builds on its module is an arrow back.

    The root package is on the ground: it holds the version, and imports nothing before use.
    """
    wrong = [
        f"{module} imports {found.module}"
        for module, imported in _own_imports().items()
        for found in imported
        if _rank(found.module) > _rank(module)
    ]
    assert wrong == []


def test_no_two_rooms_need_each_other() -> None:
    """Within a line of ORDER as well."""
    rooms: dict[str, set[str]] = {}
    for module, imported in _own_imports().items():
        for found in imported:
            if not found.typing_only:
                rooms.setdefault(_room(module), set()).add(_room(found.module))
    assert _circle({room: targets - {room} for room, targets in rooms.items()}) == []


@pytest.mark.parametrize("typing_too", [False, True])
def test_no_modules_form_a_circle(typing_too: bool) -> None:
    """Neither late imports nor those of type checkers hide one."""
    graph = {
        module: {found.module for found in imported if typing_too or not found.typing_only}
        - {module}
        for module, imported in _own_imports().items()
    }
    assert _circle(graph) == []


def _circle(graph: dict[str, set[str]]) -> list[str]:
    """The members of some circle, or nothing."""
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_only_the_vocabulary_of_all_rooms_lies_at_the_root() -> None:
    loose = {path.name for path in PACKAGE.iterdir() if path.is_file()}
    assert loose == {
        "__init__.py",
        "__main__.py",
        "errors.py",
        "findings.py",
        "py.typed",
        "versions.py",
    }


def test_contributing_draws_the_order() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    [drawing] = re.findall(r"^```\n(errors.*?)^```", text, re.DOTALL | re.MULTILINE)
    drawn = [set(re.findall(r"\w+", line.partition("#")[0])) for line in drawing.splitlines()]
    assert drawn == [names for names in ORDER if names != {"__main__"}]


def test_heavy_modules_are_imported_where_they_are_used() -> None:
    wrong = [
        f"{module_name(path)} imports {imported.module}"
        for path in module_paths()
        for imported in module_level_imports(path)
        if not imported.typing_only and imported.module.split(".")[0] in NEVER_AT_MODULE_LEVEL
    ]
    assert wrong == []


def test_no_file_is_too_long() -> None:
    lengths = {
        module_name(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in module_paths()
    }
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_module_is_a_drawer() -> None:
    drawers = {"utils", "util", "misc", "manager", "common"}
    assert [path for path in module_paths() if drawers & set(path.stem.split("_"))] == []


def test_op_modules_do_not_compare_versions() -> None:
    """An op that changes is registered again with `since=`; all ops alike: a profile field."""
    wrong = [
        f"{path.name}:{node.lineno}: {ast.unparse(node)}"
        for path in sorted((PACKAGE / "importer" / "ops").glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Compare)
        and any(_is_version(operand) for operand in (node.left, *node.comparators))
    ]
    assert wrong == []


def _is_version(operand: ast.expr) -> bool:
    if isinstance(operand, ast.Constant):
        return isinstance(operand.value, str) and bool(_VERSION.match(operand.value))
    text = ast.unparse(operand)
    return "profile_rank" in text or text.endswith("profile.name")


def test_every_file_names_its_license() -> None:
    header = [
        "# SPDX-FileCopyrightText: 2026 setrange contributors",
        "# SPDX-License-Identifier: Apache-2.0",
    ]
    wrong = [
        str(path.relative_to(ROOT))
        for folder in ("setrange", "tests", "examples", "benchmarks")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if (text := path.read_text(encoding="utf-8")) and text.splitlines()[:2] != header
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", ["schemas", "configs", "docs"])
def test_shipped_folders_are_in_the_wheel(folder: str) -> None:
    shipped = f'"{folder}" = ' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert shipped == any((ROOT / folder).glob("*"))
