# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Formats that are one JSON object of numbers below a key or two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.formats.foreign import ForeignReader, json_object
from setrange.formats.format import Written
from setrange.formats.outgoing import json_bytes, symmetric
from setrange.ranges.json_scan import JsonObject

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from setrange.ranges.loss import Loss
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["has_keys", "read_number_map", "write_amax_map"]


def has_keys(source: SourceFile, *keys: str) -> bool:
    """True where the file is JSON with objects below these keys, one in the other."""
    value: Any = json_object(source)
    for key in keys:
        if not isinstance(value, JsonObject) or key not in value:
            return False
        value = value[key]
    return isinstance(value, JsonObject)


def read_number_map(
    reader: ForeignReader, keys: tuple[str, ...], add: Callable[[str, Any, int], None]
) -> JsonObject:
    """Hand every (name, value, line) below ``keys`` to ``add``; return the whole document."""
    document = reader.document()
    table = reader.object_at(document, *keys)
    for name, value in table.items():
        add(name, value, table.lines[name])
    return document


def write_amax_map(range_file: RangeFile, key: str) -> Written:
    """Write ``{key: {name: amax}}``."""
    losses: list[Loss] = []
    table = {entry.name: amax for entry, amax in symmetric(range_file, losses)}
    return Written(data=json_bytes({key: table}), losses=tuple(losses))
