# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Findings as text: errors first, many of one code shortened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.findings import CODES, Level, without_effects
from setrange.text.words import left_out

if TYPE_CHECKING:
    from collections.abc import Iterable

    from setrange.findings import Finding
    from setrange.report.console import Console

__all__ = ["show_findings"]

#: How many findings of one code are shown in full without ``-v``. Errors are always shown.
MOST = 12

#: Of missing ranges, how many names are listed beyond these: they are what the user fills in.
MOST_NAMES = 200
_NAMED = frozenset({"SR201"})
_WIDTH = 96

_COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "cyan"}


def show_findings(console: Console, findings: Iterable[Finding]) -> None:
    """Write findings, errors first, each help once; under ``-q`` errors only.

    Without ``-v`` the cause of many stands for all that follow from it.
    """
    by_level: dict[Level, list[Finding]] = {level: [] for level in reversed(Level)}
    for finding in findings if console.is_verbose else without_effects(findings):
        by_level[finding.level or CODES[finding.code][0]].append(finding)
    said: set[str] = set()
    for finding in by_level.pop(Level.ERROR):
        _show(console, finding, Level.ERROR, said)
    for level, found in by_level.items():
        _show_level(console, level, found, said)


def _show_level(
    console: Console, level: Level, findings: list[Finding], said: set[str]
) -> None:
    by_code: dict[str, list[Finding]] = {}
    for finding in findings:
        by_code.setdefault(finding.code, []).append(finding)
        shown = console.is_verbose or len(by_code[finding.code]) <= MOST
        if shown and not console.is_quiet:
            _show(console, finding, level, said)
    for code, found in by_code.items():
        rest = [] if console.is_verbose else found[MOST:]
        if rest:
            console.say(f"{level.value}[{code}]: {left_out(len(rest))}")
            if code in _NAMED:
                names = [f.tensor for f in rest if f.tensor is not None]
                console.lines(f"  {line}" for line in _wrapped(names[:MOST_NAMES]))


def _wrapped(names: list[str]) -> list[str]:
    """Join names into lines; a name is never broken."""
    lines: list[str] = []
    for name in names:
        if lines and len(lines[-1]) + len(name) + 2 <= _WIDTH:
            lines[-1] += f", {name}"
        else:
            lines.append(name)
    return lines


def _show(console: Console, finding: Finding, level: Level, said: set[str]) -> None:
    """Write a finding; the same help is given once."""
    lines = [finding.message]
    if finding.help is not None and finding.help not in said:
        lines.append(f"  help  {finding.help}")
        said.add(finding.help)
    console.labelled(f"{level.value}[{finding.code}]:", _COLOURS[level], "\n".join(lines))
