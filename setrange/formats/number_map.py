# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Formats that are one JSON object of numbers below a key or two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.formats.foreign import ForeignReader, json_object
from setrange.ranges.json_scan import JsonObject

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from setrange.ranges.source import Source

__all__ = ["has_keys", "read_number_map"]


def has_keys(source: Source, *keys: str) -> bool:
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
