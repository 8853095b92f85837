# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The page's modules pass their own type checker and linter, where Node is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.meta.source_tree import PACKAGE

WEB = PACKAGE / "page" / "web"


def _tool(name: str) -> str:
    """Where `make web-tools` puts it; `$SETRANGE_WEB_TOOLS` names another folder."""
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed")
    default = Path(sys.prefix) / "web-tools"
    folder = Path(os.environ.get("SETRANGE_WEB_TOOLS", default)) / "node_modules" / ".bin"
    found = shutil.which(name, path=str(folder))
    if found is None:
        pytest.skip(f"{name} is not installed: make web-tools")
    return found


@pytest.mark.parametrize(
    "command", [["tsc", "-p", "."], ["biome", "check", "--error-on-warnings", "."]], ids=str
)
def test_modules_pass(command: list[str]) -> None:
    tool, *arguments = command
    done = subprocess.run(
        [_tool(tool), *arguments], cwd=WEB, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
