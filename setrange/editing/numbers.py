# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ranges as people type them into a cell: ``6``, ``0 6``, ``-2,1; 2,64``, ``±3``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from setrange.errors import RangeFileError, UsageError
from setrange.formats.plain_lines import is_number
from setrange.ranges.entry import read_entry
from setrange.ranges.problems import Problems, quoted

if TYPE_CHECKING:
    from setrange.ranges.model import RangeEntry

__all__ = ["checked_entry", "is_number_text", "parse_number", "parse_range"]

#: What spreadsheets and word processors write for a minus, and between thousands.
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-"})
_THOUSANDS = re.compile(r"(?<=[0-9])[\u00a0\u202f\u2009](?=[0-9]{3})")
_COMMA = re.compile(r"[-+]?[0-9]{1,40},[0-9]{1,40}(?:[eE][-+]?[0-9]{1,4})?")
_PARTS = re.compile(r"\s*(?:;|\.\.|\s)\s*")
_EXPECTED = "expected one number, the largest absolute value, or two: the smallest and largest"

#: What stands where messages about a file have its path.
_HERE = "the editor"

#: Longer texts are no range that anybody typed.
_LONGEST = 200


def parse_number(text: str) -> float:
    """Return a number with a decimal point or a decimal comma.

    Raises:
        UsageError: It is none, or has both, so that nobody knows which is which.

    >>> parse_number("2.64"), parse_number("-2,64"), parse_number("1\u202f234,5")
    (2.64, -2.64, 1234.5)
    """
    plain = _plain(text)
    if is_number(plain):
        return float(plain)
    if _COMMA.fullmatch(plain):
        return float(plain.replace(",", "."))
    if "," in plain and is_number(plain.replace(",", "")):
        raise UsageError(
            f"{quoted(text.strip())} may be read in two ways; write it without signs between "
            f"thousands, such as 1234.5"
        )
    raise UsageError(f"{quoted(text.strip())} is no number; write it as 2.5 or 2,5")


def is_number_text(text: str) -> bool:
    """True for what ``parse_number`` reads."""
    plain = _plain(text)
    return is_number(plain) or bool(_COMMA.fullmatch(plain))


def parse_range(text: str) -> float | list[float]:
    """Return what somebody typed: a largest absolute value, or [min, max].

    Raises:
        UsageError: It is neither.

    >>> parse_range("6"), parse_range("0 6"), parse_range("[-2,1; 2,64]"), parse_range("-1..1")
    (6.0, [0.0, 6.0], [-2.1, 2.64], [-1.0, 1.0])
    """
    if len(text) > _LONGEST:
        raise UsageError(f"{quoted(text)} is no range; {_EXPECTED}")
    inner = _plain(text).strip("[](){} \t")
    for sign in ("±", "+-", "+/-"):
        if inner.startswith(sign):
            return abs(parse_number(inner.removeprefix(sign)))
    if not inner:
        raise UsageError(f"no number was typed; {_EXPECTED}")
    if is_number_text(inner):
        return parse_number(inner)
    parts = [part.rstrip(",") for part in _PARTS.split(inner) if part.rstrip(",")]
    if len(parts) != 2:
        raise UsageError(f"{quoted(text.strip())} is no range; {_EXPECTED}")
    return [parse_number(part) for part in parts]


def checked_entry(name: str, value: Any) -> RangeEntry:
    """Return an entry as a ranges file with this value would have it.

    Args:
        name: The tensor's name.
        value: A number (amax), [min, max], or an object of the file's fields.

    Raises:
        UsageError: The file's reader refuses it; the message says why.
    """
    problems = Problems(_HERE)
    entry = read_entry(name, value, 0, problems)
    if entry is None:
        try:
            problems.raise_if_any()
        except RangeFileError as error:
            raise UsageError(str(error).removeprefix(f"{_HERE}: ")) from error
        raise UsageError(f"the value of {quoted(name)} cannot be read")
    return entry


def _plain(text: str) -> str:
    return _THOUSANDS.sub("", text.translate(_MINUS)).strip()
