# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""CI runs what the README tells people to run."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.meta.source_tree import ROOT


def _job() -> dict[str, Any]:
    text = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    job: dict[str, Any] = yaml.safe_load(text)["jobs"]["test"]
    return job


def test_each_system_and_python() -> None:
    matrix = _job()["strategy"]["matrix"]
    assert [name.partition("-")[0] for name in matrix["os"]] == ["ubuntu", "windows", "macos"]
    assert matrix["python"] == ["3.10", "3.11", "3.12", "3.13", "3.14"]
    lowest = re.search(r'requires-python = ">=(3\.\d+)"', (ROOT / "pyproject.toml").read_text())
    assert lowest is not None
    assert lowest[1] == matrix["python"][0]


def test_the_commands_are_those_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    run = [line.strip() for step in _job()["steps"] for line in step.get("run", "").split("\n")]
    assert {"make demo", "make test"} <= set(run)
    wanted = re.findall(r"^\.venv\\Scripts\\.*$", readme, re.MULTILINE)
    assert len(wanted) >= 9
    assert [line for line in wanted if line not in run and not line.endswith("--help")] == []
