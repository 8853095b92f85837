# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What importing and starting costs, in fresh interpreters."""

from __future__ import annotations

import json
import sys

import pytest

from setrange.cli.group import COMMANDS
from tests.meta.interpreter import python

HEAVY = {"google.protobuf", "jsonschema", "numpy", "onnx", "onnxruntime", "rich", "yaml"}

_BLOCKER = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"tensorrt", "onnxruntime", "torch", "flatbuffers", "PIL"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
import importlib, pkgutil, setrange
for module in pkgutil.walk_packages(setrange.__path__, "setrange."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""


def _imported(code: str) -> set[str]:
    """The heavy modules that are loaded after the code ran."""
    run = python("-c", f"{code}\nimport sys, json\nprint(json.dumps(sorted(sys.modules)))")
    assert run.returncode == 0, run.stderr
    return HEAVY & set(json.loads(run.stdout.splitlines()[-1]))


def test_every_module_imports_without_optional_packages() -> None:
    run = python("-c", _BLOCKER)
    assert run.returncode == 0, run.stderr


def test_importing_the_package_imports_nothing_else() -> None:
    code = (
        "import sys, importlib, typing, types, re\nbefore = set(sys.modules)\nimport setrange\n"
        "own = set(sys.modules) - before\nassert own <= {'setrange', '__future__'}, own"
    )
    assert _imported(code) == set()


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)], ids=str
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    assert _imported(f"from setrange.cli import main\nassert main({arguments}) == 0") == set()


def test_help_starts_with_a_handful_of_modules() -> None:
    """What it costs is the number of modules; seconds depend on what else the machine does."""
    code = (
        "import sys\nbefore = set(sys.modules)\nfrom setrange.cli import main\n"
        "assert main(['--help']) == 0\nprint(*set(sys.modules) - before)"
    )
    run = python("-c", code)
    loaded = set(run.stdout.splitlines()[-1].split())
    foreign = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names
    assert foreign <= {"click", "colorama", "setrange", "typing_extensions"}
    assert 2 <= sum(name.startswith("setrange.") for name in loaded) <= 10
    assert len(loaded) < 150
