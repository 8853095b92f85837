# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime's ``calibration.json``, as ``write_calibration_table`` writes it.

From 1.20 on an object of ``TensorData``; before, ``{name: [min, max]}``, where the numbers may
be text. (With plain numbers that is also setrange's bare object and means the same.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.formats.foreign import ForeignReader, json_object
from setrange.formats.format import RangeFormat, Written
from setrange.formats.ort_tensor_data import add_tensor_data, tensor_data
from setrange.formats.outgoing import json_bytes, ranged
from setrange.formats.plain_lines import is_number
from setrange.ranges.entry import describe
from setrange.ranges.json_scan import JsonObject

if TYPE_CHECKING:
    from setrange.ranges.loss import Loss
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT"]

#: Releases before 1.20 wrote pairs as the text of a tuple, no longer than two numbers are.
_LONGEST_PAIR = 200


def _read(source: SourceFile) -> RangeFile:
    reader = ForeignReader(source, "ort-json")
    document = reader.document()
    for name, value in document.items():
        line = document.lines[name]
        if isinstance(value, JsonObject):
            add_tensor_data(reader, name, value, line)
            continue
        pair = _old_pair(value)
        if pair is None:
            reader.fail(f"is {describe(value)}; expected lowest and highest", line, name)
        else:
            reader.bounds(name, pair[0], pair[1], line)
    return reader.finish()


def _old_pair(value: Any) -> tuple[Any, Any] | None:
    """Return min and max of a 1.19 entry: a list, or the text of a tuple."""
    if isinstance(value, str):
        value = _numbers_of(value.strip()) if len(value) <= _LONGEST_PAIR else None
    if not isinstance(value, list) or len(value) != 2:
        return None
    return _number(value[0]), _number(value[1])


def _numbers_of(text: str) -> list[str] | None:
    if (text[:1], text[-1:]) not in (("(", ")"), ("[", "]")):
        return None
    numbers = [part.strip() for part in text[1:-1].split(",")]
    return numbers if all(map(is_number, numbers)) else None


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, str) and is_number(value.strip()) else value


def _write(range_file: RangeFile) -> Written:
    losses: list[Loss] = []
    table = {entry.name: tensor_data(bounds) for entry, bounds in ranged(range_file, losses)}
    return Written(data=json_bytes(table), losses=tuple(losses))


def _sniff(source: SourceFile) -> bool:
    document = json_object(source)
    if not document:
        return False
    values = document.values()
    return all(
        isinstance(value, JsonObject) and "lowest" in value and "highest" in value
        for value in values
    ) or all(
        (isinstance(value, str) or (isinstance(value, list) and str in map(type, value)))
        and _old_pair(value) is not None
        for value in values
    )


FORMAT = RangeFormat(
    id="ort-json",
    title="ONNX Runtime calibration.json",
    sniff=_sniff,
    read=_read,
    write=_write,
    value="min and max",
    loses="tensors without a range",
)
