# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A Python of its own, for what must not have been imported before."""

from __future__ import annotations

import subprocess
import sys

from tests.meta.source_tree import ROOT


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a fresh interpreter in the checkout."""
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, cwd=ROOT, check=False
    )
