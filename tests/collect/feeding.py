# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Running ``setrange collect`` as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def start(folder: Path, *arguments: object, **options: Any) -> subprocess.Popen[str]:
    """Start it in a folder; modules there can be data."""
    return subprocess.Popen(
        [sys.executable, "-m", "setrange", "collect", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **options.pop("environment", {})},
        text=True,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
    )
