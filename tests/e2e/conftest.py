# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands run as a user runs them: a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.cli.material import Run
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def setrange(*arguments: object, cwd: Path | None = None) -> Run:
    """Run `setrange` as a process."""
    done = subprocess.run(
        [sys.executable, "-m", "setrange", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    return Run(status=done.returncode, out=done.stdout, err=done.stderr)
