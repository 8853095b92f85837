# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Text of ``diff`` and ``merge``: how ranges files differ."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from setrange.report.losses import say_some

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.ranges import DynamicRange
    from setrange.ranges.diff import Change, RangeDiff
    from setrange.ranges.merge import Conflict
    from setrange.report.console import Console

__all__ = ["diff_lines", "diff_summary", "range_text", "show_conflicts"]


def range_text(bounds: DynamicRange | None) -> str:
    """Return ``±8.69736`` or ``[-2.1, 2.64]``, to six digits; ``no range`` for ``None``."""
    if bounds is None:
        return "no range"
    if bounds.is_symmetric:
        return f"±{bounds.amax:.6g}"
    return f"[{bounds.min:.6g}, {bounds.max:.6g}]"


def diff_lines(diff: RangeDiff) -> list[str]:
    """Return a line for each difference: ``-`` removed, ``+`` added, ``~`` changed."""
    lines = [f"- {entry.name}  {range_text(entry.range)}" for entry in diff.removed]
    lines += [f"+ {entry.name}  {range_text(entry.range)}" for entry in diff.added]
    return lines + [_changed(change) for change in diff.changed]


def diff_summary(diff: RangeDiff) -> str:
    """Return the counts, and what else differs."""
    also = f"; another {' and '.join(diff.fields)}" if diff.fields else ""
    return (
        f"{len(diff.added)} added, {len(diff.removed)} removed, {len(diff.changed)} changed, "
        f"{diff.same} the same{also}"
    )


def show_conflicts(conflicts: Sequence[Conflict], console: Console) -> None:
    """Write what files disagree on, and what was taken."""
    say_some([_conflict(conflict) for conflict in conflicts], console)


def _conflict(conflict: Conflict) -> str:
    values = ", ".join(f"{path}: {value}" for path, value in conflict.values)
    return f"conflict: {conflict.name}: {values}; taken: {conflict.taken}"


def _changed(change: Change) -> str:
    line = f"~ {change.name}  {range_text(change.before)} -> {range_text(change.after)}"
    if 0 < change.ratio < math.inf:
        return f"{line}  {change.ratio:.3g}x"
    return line
