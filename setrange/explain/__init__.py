# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the lines of a TensorRT log mean, and what to do."""

from __future__ import annotations

from setrange.explain.log import (
    Explanation,
    LogReport,
    explain_lines,
    read_log,
    why_failed,
)
from setrange.explain.meanings import MEANINGS, Meaning, Severity

__all__ = [
    "MEANINGS",
    "Explanation",
    "LogReport",
    "Meaning",
    "Severity",
    "explain_lines",
    "read_log",
    "why_failed",
]
