# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The table of ops x parser profiles, as text and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.network import Confidence
from setrange.report.table import aligned
from setrange.versions import PROFILES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.support import OpSupport

__all__ = ["LEGEND", "ops_markdown", "ops_text", "ops_to_dict"]

_MARKS = {Confidence.EXACT: "x", Confidence.ASSUMED: "a", None: "-"}

LEGEND = (
    "x: predicted layer for layer on the golden lists of that release (to 10.10 of the "
    "parser's public source on an emulated network library, from 10.16 of NVIDIA's library); "
    "a: modelled from the parser's source, no golden list shows it; "
    "-: that parser has no importer (the op is a plugin's, or refused)"
)


def _row(support: OpSupport) -> list[str]:
    marks = [_MARKS[support.confidence[profile]] for profile in PROFILES]
    return [support.op, *marks, " ".join(support.since)]


def ops_text(table: Sequence[OpSupport]) -> str:
    """Return the table in columns, the legend last."""
    rows = [["op", *PROFILES, "behaviour changes at"], *map(_row, table)]
    lines = aligned(rows)
    return "\n".join([*lines, "", LEGEND])


def ops_markdown(table: Sequence[OpSupport]) -> str:
    """Return the table as Markdown."""
    head = ["op", *PROFILES, "behaviour changes at"]
    rows = [head, ["---"] * len(head), *map(_row, table)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def ops_to_dict(table: Sequence[OpSupport]) -> dict[str, object]:
    """Return the JSON form: op -> versions, changes and sources."""
    return {
        "setrange": 1,
        "profiles": list(PROFILES),
        "ops": {
            support.op: {
                "confidence": {
                    profile: confidence.label if confidence is not None else None
                    for profile, confidence in support.confidence.items()
                },
                "since": list(support.since),
                "sources": list(support.sources),
            }
            for support in table
        },
    }
