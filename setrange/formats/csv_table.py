# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""CSV with a header line: ``name`` and min and max, or amax, or scale.

A row means what the same fields mean in setrange's own file, and is checked as strictly.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from setrange.errors import FormatError
from setrange.formats.format import Keeps, RangeFormat, Written
from setrange.formats.outgoing import unset_losses
from setrange.formats.plain_lines import is_number
from setrange.formats.rows import read_rows
from setrange.ranges.entry import NOT_FILLED_IN, check_fields
from setrange.ranges.float32 import shortest
from setrange.ranges.json_scan import JsonObject
from setrange.ranges.model import RangeFile
from setrange.ranges.problems import Problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT"]

_NAMES = ("name", "tensor")
_NUMBERS = ("min", "max", "amax", "scale")
#: The most that the module takes on every system.
_LONGEST_CELL = 2**31 - 1
_TEXTS = ("source", "reason")
_COLUMNS = ("name", "min", "max", "scale", "source", "reason")


def _read(source: SourceFile) -> RangeFile:
    problems = Problems(source.path, FormatError)
    rows = _rows(source, problems)
    entries = read_rows(rows, problems, if_none="has no rows; expected at least one tensor")
    return RangeFile(path=source.path, format="csv", entries=entries, notes=source.notes)


def _rows(source: SourceFile, problems: Problems) -> Iterator[tuple[str, JsonObject, int]]:
    """Yield the rows as the objects of our own file: (name, fields, line)."""
    # Names and reasons have no limit; the module's is one for all readers of the process.
    csv.field_size_limit(_LONGEST_CELL)
    table = csv.reader(io.StringIO(source.text, newline=""), _dialect(source.text), strict=True)
    columns: list[str] | None = None
    start = 1
    try:
        for row in table:
            line, start = start, table.line_num + 1
            if not any(cell.strip() for cell in row):
                continue
            if columns is None:
                columns = _header(row, line, problems)
                continue
            cells = dict(zip(columns, row, strict=False))
            if len(row) > len(columns):
                problems.add(f"has {len(row)} cells, the header {len(columns)}", line=line)
            name = cells.pop("name", "")
            yield name, _fields(cells, line), line
    except csv.Error as error:
        problems.add(f"is not CSV: {error}", line=table.line_num)


def _header(row: list[str], line: int, problems: Problems) -> list[str]:
    columns = [cell.strip().lower() for cell in row]
    columns = ["name" if cell in _NAMES else cell for cell in columns]
    header = JsonObject(line)
    for column in columns:
        header.put(column, None, line)
    check_fields(header, ("name", *_NUMBERS, *_TEXTS), problems, where="header: ")
    if "name" not in columns:
        problems.add('the header has no "name" column', line=line)
    return columns


def _fields(cells: dict[str, str], line: int) -> JsonObject:
    fields = JsonObject(line)
    for column, cell in cells.items():
        if column in _NUMBERS and cell.strip():
            fields.put(column, _number(cell), line)
        elif column in _TEXTS and cell:
            fields.put(column, cell, line)
    if not any(column in fields for column in _NUMBERS):
        fields.put("min", None, line)
        fields.put("max", None, line)
    return fields


def _number(cell: str) -> Any:
    text = cell.strip()
    if is_number(text):
        return float(text)
    return text  # the entry's own check says what it is


def _dialect(text: str) -> type[csv.Dialect]:
    first = text.lstrip().partition("\n")[0]

    class _Excel(csv.excel):
        delimiter = max(",;\t", key=first.count)

    return _Excel


def _write(range_file: RangeFile) -> Written:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for name, entry in range_file.entries.items():
        reason = "" if entry.reason == NOT_FILLED_IN else entry.reason
        low = high = scale = ""
        if entry.range is not None:
            low, high = repr(entry.range.min), repr(entry.range.max)
            scale = "" if entry.scale is None else repr(shortest(entry.scale))
        writer.writerow([name, low, high, scale, entry.source or "", reason or ""])
    return Written(data=stream.getvalue().encode(), losses=unset_losses(range_file))


def _sniff(source: SourceFile) -> bool:
    if source.is_binary or source.is_json:
        return False
    text = source.text
    cells = {
        cell.strip().strip('"').lower()
        for cell in text.lstrip().partition("\n")[0].split(_dialect(text).delimiter)
    }
    return bool(cells & set(_NAMES)) and bool(cells & set(_NUMBERS))


FORMAT = RangeFormat(
    id="csv",
    title="CSV table",
    sniff=_sniff,
    read=_read,
    write=_write,
    keeps=Keeps.UNSET | Keeps.SOURCES | Keeps.PATTERNS,
    extensions=(".csv",),
    value="min and max, amax or scale, by the header",
    loses="precision, the model, the TensorRT release of the names, how they were measured",
)
