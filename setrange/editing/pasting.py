# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Text from a spreadsheet: a column of numbers, or names with their numbers."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from setrange.editing.numbers import is_number_text, parse_number
from setrange.errors import UsageError
from setrange.ranges.json_scan import JsonObject
from setrange.ranges.problems import quoted
from setrange.text.words import and_more, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Pasted", "read_pasted"]

_NAMES = ("name", "tensor")
_NUMBERS = ("min", "max", "amax", "scale")
#: Columns that other tools and our own CSV have beside the numbers.
_IGNORED = ("source", "reason", "why", "kind", "node", "key", "entry", "layer", "what")


@dataclass(frozen=True, slots=True)
class Pasted:
    """One row of what was pasted.

    Attributes:
        name: The tensor's name; ``None`` where the rows hold numbers only.
        value: As a ranges file has it; ``None`` for an empty cell.
    """

    name: str | None
    value: Any


def read_pasted(text: str, is_tensor: Callable[[str], bool]) -> list[Pasted]:
    """Read rows: numbers (amax), two numbers (min, max), each with a name in front or not.

    A header row may say which column is what. Columns are separated as a spreadsheet does it,
    by tabs, or by semicolons, commas or blanks; numbers may have decimal commas.

    Args:
        text: The clipboard's text.
        is_tensor: Tells whether a text is the name of a tensor: old exporters number them.

    Raises:
        UsageError: There is nothing in it, or a row cannot be read.
    """
    rows = _rows(text)
    if not rows:
        raise UsageError("the text that was pasted is empty; copy a column of numbers")
    header = _header(rows[0])
    if header is not None:
        return [_by_header(row, header, at) for at, row in enumerate(rows[1:], 2)]
    has_names = _has_names(rows, is_tensor)
    pasted = [_plain_row(row, at, has_names=has_names) for at, row in enumerate(rows, 1)]
    if len({row.name is None for row in pasted if row.value is not None}) > 1:
        raise UsageError("some of the rows begin with a name and some do not; paste one kind")
    return pasted


def _rows(text: str) -> list[list[str]]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n").split("\n")
    if not any(line.strip() for line in lines):
        return []
    bracketed = [_bracketed(line) for line in lines]
    if any(row is not None for row in bracketed):
        pairs = zip(bracketed, lines, strict=True)
        return [_by_blanks(line) if row is None else row for row, line in pairs]
    delimiter = _delimiter(lines)
    if delimiter is None:
        return [_by_blanks(line) for line in lines]
    csv.field_size_limit(2**31 - 1)
    table = csv.reader(io.StringIO("\n".join(lines), newline=""), delimiter=delimiter)
    try:
        return [[cell.strip() for cell in row] for row in table]
    except csv.Error as error:
        raise UsageError(f"the text that was pasted is no table: {error}") from error


def _bracketed(line: str) -> list[str] | None:
    """Two numbers in brackets, as Python and JSON write them: ``"conv1": [0, 7],``."""
    text = line.strip().rstrip(",")
    opening = text.rfind({"]": "[", ")": "("}.get(text[-1:], "\n"))
    if opening < 0:
        return None
    inner = text[opening + 1 : -1]
    splits = (inner.split(sign) for sign in (";", ", ", ",", None))
    numbers = next(
        (two for two in splits if len(two) == 2 and all(map(is_number_text, two))), None
    )
    if numbers is None:
        return None
    name = text[:opening].rstrip(" \t:;,=").strip().strip("\"'")
    return [*([name] if name else []), *(number.strip() for number in numbers)]


def _delimiter(lines: Sequence[str]) -> str | None:
    """The sign between columns; ``None`` where there are only blanks."""
    full = [line for line in lines if line.strip()]
    if any("\t" in line for line in full):
        return "\t"
    if all(";" in line for line in full):
        return ";"
    if all("," in line and not is_number_text(line) for line in full):
        return None if all(_is_blank_pair(line) for line in full) else ","
    return None


def _is_blank_pair(line: str) -> bool:
    """True for decimal commas in numbers with blanks between them: ``conv1 0,5 2,5``."""
    cells = line.split()
    return len(cells) > 1 and is_number_text(cells[-1]) and not cells[-2].endswith(",")


def _by_blanks(line: str) -> list[str]:
    """Split off the numbers at the end; a name may have blanks."""
    cells = line.split()
    numbers: list[str] = []
    while cells and len(numbers) < 2 and is_number_text(cells[-1].rstrip(",")):
        numbers.insert(0, cells.pop().rstrip(","))
    if not cells:
        return numbers
    if not numbers:
        head, colon, tail = line.strip().rpartition(":")
        if colon and is_number_text(tail):
            return [head.strip(), tail]
        return cells
    name = line.strip()
    for number in reversed(numbers):
        name = name.rstrip().rstrip(",").removesuffix(number)
    return [name.strip().removesuffix(":").rstrip(), *numbers]


def _header(row: Sequence[str]) -> list[str] | None:
    """The columns, where a row names them."""
    cells = [cell.strip('" ').lower() for cell in row]
    columns = ["name" if cell in _NAMES else cell for cell in cells]
    if not any(cell in _NUMBERS for cell in columns):
        return None
    unknown = [c for c in columns if c and c not in ("name", *_NUMBERS, *_IGNORED)]
    if unknown or len(set(columns)) < len(columns):
        raise UsageError(
            f"the first row names columns, and {quoted(unknown[0] if unknown else columns[0])} "
            f"{'is none of' if unknown else 'is there twice; use'} name, min, max, amax, scale"
        )
    return columns


def _by_header(row: Sequence[str], columns: Sequence[str], at: int) -> Pasted:
    cells = dict(zip(columns, row, strict=False))
    name = cells.get("name")
    fields = JsonObject(0)
    for column in _NUMBERS:
        if cells.get(column):
            fields.put(column, _number(cells[column], at), 0)
    if name is not None and not name and fields:
        raise UsageError(f"row {at} of what was pasted has no name")
    return Pasted(name or None, fields or None)


def _has_names(rows: Sequence[Sequence[str]], is_tensor: Callable[[str], bool]) -> bool:
    """True where the first column holds names; names may be numbers, such as 92."""
    first = [row[0] for row in rows if len(row) > 1 and row[0]]
    if any(not is_number_text(cell) for cell in first):
        return True
    is_numbered = all(cell.isdecimal() and is_tensor(cell) for cell in first)
    return bool(first) and is_numbered and len(set(first)) == len(first)


def _plain_row(row: Sequence[str], at: int, *, has_names: bool) -> Pasted:
    cells = [cell for cell in row if cell]
    if not cells:
        return Pasted(None, None)
    name = cells.pop(0) if has_names else None
    if name is None and not is_number_text(cells[0]):
        raise UsageError(f"row {at} of what was pasted: {quoted(cells[0])} is no number")
    if len(cells) > 2:
        raise UsageError(
            f"row {at} of what was pasted has {plural(len(cells), 'number')}: "
            f"{and_more(cells, quote=str)}; expected one (amax) or two (min and max)"
        )
    numbers = [_number(cell, at) for cell in cells]
    value = None if not numbers else numbers[0] if len(numbers) == 1 else numbers
    return Pasted(name, value)


def _number(cell: str, at: int) -> float:
    try:
        return parse_number(cell)
    except UsageError as error:
        raise UsageError(f"row {at} of what was pasted: {error}") from error
