# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The page of a finding: its section of ``docs/findings.md``, which ships with the package."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from setrange.errors import UsageError
from setrange.files.resources import resource_text
from setrange.findings import CODES
from setrange.text.words import did_you_mean

__all__ = ["FindingPage", "finding_page", "is_code"]

_CODE = re.compile(r"SR\d{1,4}\Z", re.IGNORECASE)
_SECTION = r"^## {code}: (.*?)\n+(.*?)(?=^## |\Z)"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingPage:
    """What the documentation says of a finding.

    Attributes:
        code: ``SR104``.
        level: ``error``, ``warning`` or ``note``, unless the finding itself says another.
        title: What it is, in a line.
        text: What it means, why it matters, an example, what to do; Markdown.
    """

    code: str
    level: str
    title: str
    text: str

    def to_dict(self) -> dict[str, Any]:
        """Return the stable ``explain CODE --json`` object."""
        return {
            "setrange": 1,
            "code": self.code,
            "level": self.level,
            "title": self.title,
            "text": self.text,
        }


def is_code(text: str) -> bool:
    """True for what looks like the code of a finding, in either case."""
    return bool(_CODE.match(text))


def finding_page(code: str) -> FindingPage:
    """Return the page of a finding.

    Args:
        code: ``SR104``, in either case.

    Raises:
        UsageError: There is no such finding.
    """
    code = code.upper()
    if code not in CODES:
        known = f"codes are {', '.join(CODES)}"
        hint = did_you_mean(code, CODES, otherwise=known, cutoff=0.75)
        raise UsageError(f"there is no finding {code}; {hint}")
    pattern = re.compile(_SECTION.format(code=code), re.DOTALL | re.MULTILINE)
    match = pattern.search(resource_text("docs/findings.md"))
    title, text = (CODES[code][1], "") if match is None else match.groups()
    return FindingPage(code=code, level=CODES[code][0].value, title=title, text=text.strip())
