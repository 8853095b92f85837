# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A kind of line of TensorRT's log, and what it means."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

__all__ = ["Meaning", "Weight", "meaning_of"]


class Weight(str, enum.Enum):
    """How much a line matters."""

    GOOD = "good"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A kind of line.

    Attributes:
        key: Short stable name.
        pattern: What such lines hold; the groups ``tensor`` and ``layer`` are names.
        weight: How much it matters.
        meaning: What it means.
        help: What to do, if anything.
    """

    key: str
    pattern: re.Pattern[str]
    weight: Weight
    meaning: str
    help: str = ""


def meaning_of(
    key: str, pattern: str, weight: Weight, meaning: str, help_text: str = ""
) -> Meaning:
    """Return a kind of line, with its pattern compiled."""
    return Meaning(
        key=key,
        pattern=re.compile(pattern),
        weight=weight,
        meaning=meaning,
        help=help_text,
    )
