# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Text with ranges in it that setrange does not take as it is: what to change, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.formats.min_max_lines import without_comment
from setrange.formats.plain_lines import is_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["unread_lines"]

_WITHOUT_NAMES = (
    "holds numbers without names; if they are the layers' in order, say of which, as lines "
    "such as 'Conv#0 -1.5 2' for the first convolution (name, min, max)"
)
_WITHOUT_HEADER = (
    "is CSV without a header; put name,min,max (or name,amax) in front as its first line"
)
_WITH_COMMAS = (
    "is CSV without a header and with decimal commas; put name;min;max (or name;amax) in front "
    "as its first line, and write the numbers with a point"
)

#: As many lines are looked at.
_LOOKED_AT = 50


def unread_lines(text: str) -> str | None:
    """Return what to change in lines of names and numbers, or ``None`` for other text."""
    lines = [without_comment(line) for line in text.split("\n")]
    lines = [line for line in lines if line][:_LOOKED_AT]
    for fits, advice in _KINDS:
        if lines and all(fits(line) for line in lines):
            return advice
    if len(lines) > 1 and all(_is_table(line) for line in lines[1:]):
        return (
            f"is CSV with the header {lines[0][:60]!r}; its columns must be called name and "
            f"min, max (or amax, or scale), separated by a comma, semicolon or tab"
        )
    has_comments = any(line.lstrip().startswith("#") for line in text.split("\n"))
    if has_comments and lines and all(_is_colon(line) for line in lines):
        return (
            "has comments, which lines of name:amax cannot have; with a blank behind the colon "
            "(name: amax) it is YAML, which has them"
        )
    return None


def _cells(line: str) -> list[str]:
    delimiter = next((sign for sign in ";\t" if sign in line), ",")
    return [cell.strip() for cell in line.split(delimiter)]


def _is_table(line: str) -> bool:
    """True for ``stem, -3.25, 4.5``."""
    name, *numbers = _cells(line)
    return bool(name) and len(numbers) in (1, 2) and all(map(is_number, numbers))


def _is_table_with_commas(line: str) -> bool:
    """True for ``stem;-3,25;4,5``."""
    name, *numbers = _cells(line)
    return ";" in line and bool(name) and len(numbers) in (1, 2) and _are_numbers(numbers)


def _is_with_commas(line: str) -> bool:
    """True for ``stem 4,5`` and ``stem: -3,25 4,5``."""
    words = line.replace(":", " ").split()
    numbers = words[1:]
    return len(words) in (2, 3) and "," in "".join(numbers) and _are_numbers(numbers)


def _are_numbers(texts: list[str]) -> bool:
    return all(is_number(text.replace(",", ".", 1)) for text in texts)


def _is_assignment(line: str) -> bool:
    """True for ``stem = 4.5``."""
    name, sign, number = line.partition("=")
    return bool(name.strip() and sign) and is_number(number.strip())


def _is_colon(line: str) -> bool:
    name, _, number = line.rpartition(":")
    return bool(name) and is_number(number.strip())


def _is_pair(line: str) -> bool:
    """True for ``stem [-3.25, 4.5]`` and ``stem: -3.25, 4.5``."""
    words = list(_without_signs(line))
    return len(words) == 3 and all(map(is_number, words[1:])) and not is_number(words[0])


def _without_signs(line: str) -> Iterator[str]:
    name, _, rest = line.replace("\t", " ").partition(" ")
    yield name.rstrip(":")
    yield from rest.strip().strip("[]()").replace(",", " ").split()


#: What a line looks like -> what to do about a file of such lines; the first that fits counts.
_KINDS: tuple[tuple[Callable[[str], bool], str], ...] = (
    (is_number, _WITHOUT_NAMES),
    (_is_with_commas, "has decimal commas; write the numbers with a point: 4.5"),
    (_is_table, _WITHOUT_HEADER),
    (_is_table_with_commas, _WITH_COMMAS),
    (_is_assignment, "has lines of name = number; write name: number, or <name> <min> <max>"),
    (_is_pair, "has two numbers a line; write <name> <min> <max> with blanks between"),
)
