# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The table of formats in docs/formats.md, from the registry."""

from __future__ import annotations

from setrange.formats.registry import FORMATS

__all__ = ["formats_table"]


def formats_table() -> str:
    """Return the Markdown table: one row a format, in the registry's order."""
    columns = ("id", "format", "read", "write", "what the numbers mean", "lost when written")
    rows = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    for entry in FORMATS:
        endings = ", ".join(f"`{ending}`" for ending in entry.extensions)
        title = f"{entry.title} ({endings})" if endings else entry.title
        write = "yes" if entry.write is not None else "–"
        loses = entry.loses or "–"
        rows.append(f"| `{entry.id}` | {title} | yes | {write} | {entry.value} | {loses} |")
    return "\n".join(rows) + "\n"
