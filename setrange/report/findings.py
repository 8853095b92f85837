# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Findings as text: errors first, many of one code shortened."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

from setrange.findings import CODES, Level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from setrange.findings import Finding
    from setrange.report.console import Console

__all__ = ["show_findings"]

#: How many findings of one code are shown without ``-v``. Errors are always shown.
MOST = 12

_COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "cyan"}


def show_findings(console: Console, findings: Iterable[Finding]) -> None:
    """Write findings, errors first; under ``-q`` errors only."""
    by_level: dict[Level, list[Finding]] = {level: [] for level in reversed(Level)}
    for finding in findings:
        by_level[finding.level or CODES[finding.code][0]].append(finding)
    for finding in by_level.pop(Level.ERROR):
        console.always(_text(console, finding, Level.ERROR))
    for level, found in by_level.items():
        _show_level(console, level, found)


def _show_level(console: Console, level: Level, findings: list[Finding]) -> None:
    shown: collections.Counter[str] = collections.Counter()
    for finding in findings:
        shown[finding.code] += 1
        if console.is_verbose or shown[finding.code] <= MOST:
            console.say(_text(console, finding, level))
    for code, count in shown.items():
        if not console.is_verbose and count > MOST:
            console.say(f"{level.value}[{code}]: {count - MOST} more; -v shows them all")


def _text(console: Console, finding: Finding, level: Level) -> str:
    head = console.style(f"{level.value}[{finding.code}]:", fg=_COLOURS[level], bold=True)
    lines = [f"{head} {finding.message}"]
    if finding.help is not None:
        lines.append(f"  help  {finding.help}")
    return "\n".join(lines)
