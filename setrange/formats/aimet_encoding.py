# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The encodings file of AIMET 0.6.1 and 1.0.0, and QNN's overrides, read with tolerance.

0.6.1 and QNN: ``{name: [{bitwidth, dtype, is_symmetric, min, max, scale, offset}]}``, an item a
channel. 1.0.0: ``[{name, enc_type, dtype, bw, is_sym, scale: [...], offset: [...]}]``. Files in
the wild mix the spellings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.formats.aimet_grid import add_affine, add_min_max, is_8_bit
from setrange.formats.foreign import ForeignReader, json_object
from setrange.ranges.entry import describe
from setrange.ranges.json_scan import JsonObject

if TYPE_CHECKING:
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["ACTIVATIONS", "PARAMETERS", "has_encodings", "read_encodings"]

ACTIVATIONS = "activation_encodings"
PARAMETERS = "param_encodings"

_FIELDS = ("scale", "offset", "min", "max")


def has_encodings(source: SourceFile, *kinds: type, versioned: bool = True) -> bool:
    """True where the file is JSON with activations of such a kind, and a version or none."""
    document = json_object(source)
    return (
        document is not None
        and ("version" in document) is versioned
        and isinstance(document.get(ACTIVATIONS), kinds)
    )


def read_encodings(source: SourceFile, format_id: str) -> RangeFile:
    """Read the activations; parameters become losses.

    Raises:
        FormatError: Every problem, a line each.
    """
    reader = ForeignReader(source, format_id)
    document = reader.document()
    for name, items, line in _named(reader, document, ACTIVATIONS):
        _add(reader, name, items, line)
    if PARAMETERS in document:
        for name, _, _ in _named(reader, document, PARAMETERS):
            reader.lose_parameter(name)
    return reader.finish()


def _named(
    reader: ForeignReader, document: JsonObject, key: str
) -> list[tuple[str, list[Any], int]]:
    """Return (name, items, line) of a mapping, or of a list of objects with names."""
    table = document.get(key)
    if isinstance(table, JsonObject):
        return [(name, _listed(value), table.lines[name]) for name, value in table.items()]
    line = document.lines.get(key, 0)
    if not isinstance(table, list):
        reader.fail(f'"{key}" is {describe(table)}; expected an object or a list', line)
        return []
    found: list[tuple[str, list[Any], int]] = []
    for item in table:
        if isinstance(item, JsonObject) and isinstance(item.get("name"), str):
            found.append((item["name"], [item], item.line))
        else:
            where = item.line if isinstance(item, JsonObject) else line
            reader.fail(f'"{key}": expected an object with a "name"', where)
    return found


def _add(reader: ForeignReader, name: str, items: list[Any], line: int) -> None:
    values: dict[str, list[Any]] = {field: [] for field in _FIELDS}
    if not items:
        reader.fail("has no encoding", line, name)
    for item in items:
        if not isinstance(item, JsonObject):
            reader.fail(f"is {describe(item)}; expected an encoding object", line, name)
            return
        bits = item.get("bitwidth", item.get("bw", 8))
        if not is_8_bit(reader, name, item.get("dtype", "int"), bits, line):
            return
        for field in _FIELDS:
            if field in item:
                values[field] += _listed(item[field])
    if values["scale"] and values["offset"]:
        add_affine(reader, name, values["scale"], values["offset"], line)
    elif values["min"] and values["max"]:
        add_min_max(reader, name, values["min"], values["max"], line)
    elif values["scale"]:
        add_affine(reader, name, values["scale"], [-128] * len(values["scale"]), line)
    elif items:
        reader.fail("has neither scale and offset nor min and max", line, name)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
