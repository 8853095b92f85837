# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A kind of line of TensorRT's log, and what it means."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

__all__ = ["Meaning", "Severity", "meaning_of"]


class Severity(str, enum.Enum):
    """How bad it is that the log has a line."""

    GOOD = "good"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A kind of line in TensorRT's logs, with its meaning and advice.

    Attributes:
        key: Short stable name.
        pattern: What such lines hold; the groups ``tensor`` and ``layer`` are names.
        lead: What every text of the pattern begins with, literally; empty where there is no one
            beginning.
        needs: Every text of the pattern holds one of these.
        weight: How much it matters.
        meaning: What it means.
        help: What to do, if anything.
    """

    key: str
    pattern: re.Pattern[str]
    lead: str
    needs: tuple[str, ...]
    weight: Severity
    meaning: str
    help: str = ""

    def find(self, line: str) -> re.Match[str] | None:
        """Return where a line says this, or ``None``.

        Only the first place of ``lead`` is tried: what stands behind a later one also stands
        behind the first, and a line of leads alone costs no more than its length.

        Args:
            line: A line without blanks at its end.
        """
        if not self.lead:
            return self.pattern.search(line)
        start = line.find(self.lead)
        return None if start < 0 else self.pattern.match(line, start)


#: Letters that mean themselves in a pattern.
_LITERAL = re.compile(r"[A-Za-z0-9 ,:'\"_-]*")


def _lead(pattern: str) -> str:
    """Return the letters that every text of a pattern begins with."""
    found = _LITERAL.match(pattern)
    lead = "" if found is None else found.group()
    rest = pattern[len(lead) :]
    # An alternative outside of every group is another beginning.
    depth = 0
    for char in rest:
        depth += (char == "(") - (char == ")")
        if char == "|" and depth <= 0:
            return ""
    return lead[:-1] if rest[:1] in {"?", "*", "{", "+"} else lead


def meaning_of(
    key: str,
    pattern: str,
    weight: Severity,
    meaning: str,
    help_text: str = "",
    *,
    needs: str | tuple[str, ...] = "",
) -> Meaning:
    """Return a kind of line, with its pattern compiled."""
    return Meaning(
        key=key,
        pattern=re.compile(pattern),
        lead=_lead(pattern),
        needs=(needs or _lead(pattern),) if isinstance(needs, str) else needs,
        weight=weight,
        meaning=meaning,
        help=help_text,
    )
