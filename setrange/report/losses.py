# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a conversion lost, as text: a line per entry and a summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.report.table import aligned
from setrange.text.words import and_more, left_out, plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from setrange.formats.writing import ConversionReport
    from setrange.ranges import Loss
    from setrange.report.console import Console

__all__ = ["say_some", "show_conversion"]

#: How many lines of one kind are shown without ``-v``.
_MOST = 12

#: Longer names do not push the other columns to the right.
_WIDEST = 48


def show_conversion(report: ConversionReport, console: Console) -> None:
    """Write what was converted, what moved and what was lost."""
    for note in report.notes:
        console.lines([f"note: {note}"])
    if report.renamed:
        moved = plural(len(report.renamed), "name")
        before = "" if report.named_by is None else f" from TensorRT {report.named_by}'s"
        console.say(f"{moved} moved{before} to TensorRT {report.trt}'s:")
        lines = [f"  {old} -> {new}" for old, new in report.renamed.items()]
        say_some(lines, console)
    _show_losses(report.losses, console)
    console.say(_summary(report.summary()))
    if report.absent:
        listed = and_more(report.absent)
        console.say(
            f"no entry for {plural(len(report.absent), 'tensor')} of TensorRT {report.trt} "
            f"({listed}); setrange apply derives what can be derived"
        )


def _show_losses(losses: Sequence[Loss], console: Console) -> None:
    by_kind: dict[str, list[Loss]] = {}
    for loss in losses:
        by_kind.setdefault(loss.kind.value, []).append(loss)
    rows = [
        (loss.name, kind, loss.message) for kind, group in by_kind.items() for loss in group
    ]
    lines = aligned(rows)
    for group in by_kind.values():
        say_some([f"  {line}" for line in lines[: len(group)]], console)
        del lines[: len(group)]


def say_some(lines: Sequence[str], console: Console) -> None:
    """Write lines; the first dozen and how many there are more, unless ``-v``."""
    shown = lines if console.is_verbose else lines[:_MOST]
    if shown:
        console.lines(shown)
    if len(shown) < len(lines):
        console.say(f"  {left_out(len(lines) - len(shown))}")


def _summary(counts: Mapping[str, int]) -> str:
    if not counts:
        return "nothing is lost"
    return "lost: " + ", ".join(f"{count} {kind}" for kind, count in counts.items())
