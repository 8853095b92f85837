# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime's ``calibration.flatbuffers``: tensor name -> decimal text of amax.

```
table TrtTable { dict: [KeyValue]; }            // root; no file identifier
table KeyValue { key: string; value: string; }
```

Read by hand, every offset checked: the library trusts its input.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from setrange.errors import FormatError, UnsupportedError
from setrange.formats.foreign import ForeignReader
from setrange.formats.format import RangeFormat, Written
from setrange.formats.ort_text import SIGNED_MAX_NOTE
from setrange.formats.outgoing import SYMMETRIC_LOSES, symmetric

if TYPE_CHECKING:
    from setrange.ranges.loss import Loss
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT"]

_UINT32 = struct.Struct("<I")
_INT32 = struct.Struct("<i")
_UINT16 = struct.Struct("<H")
_FIRST_FIELD, _SECOND_FIELD = 4, 6
#: Short strings may be shared: equal values, say.
_MOST_GROWTH = 4
_MAX_ENTRIES = 1_000_000


class _BrokenError(ValueError):
    """The bytes are not the table that they should be."""


def _read(source: SourceFile) -> RangeFile:
    reader = ForeignReader(source, "ort-flatbuffers")
    try:
        pairs = _pairs(source.data)
    except _BrokenError as error:
        raise FormatError(
            f"{source.path}: is no calibration.flatbuffers of ONNX Runtime: {error}"
        ) from error
    for name, text in pairs:
        try:
            value = float(text)
        except ValueError:
            reader.fail(f"the value {text!r} is no number", tensor=name)
            continue
        reader.amax(name, value, 0)
    reader.note(SIGNED_MAX_NOTE)
    return reader.finish()


def _write(range_file: RangeFile) -> Written:
    losses: list[Loss] = []
    values = {entry.name: repr(amax) for entry, amax in symmetric(range_file, losses)}
    return Written(data=_build(values), losses=tuple(losses))


def _build(values: dict[str, str]) -> bytes:
    try:
        import flatbuffers
    except ImportError as error:
        raise UnsupportedError(
            "writing calibration.flatbuffers needs the flatbuffers package; install it with "
            "pip install setrange[formats] (it also comes with onnxruntime)"
        ) from error
    builder: Any = flatbuffers.Builder(1024)
    tables = []
    for name in sorted(values):
        key = builder.CreateString(name)
        value = builder.CreateString(values[name])
        builder.StartObject(2)
        builder.PrependUOffsetTRelativeSlot(0, key, 0)
        builder.PrependUOffsetTRelativeSlot(1, value, 0)
        tables.append(builder.EndObject())
    builder.StartVector(4, len(tables), 4)
    for table in tables:
        builder.PrependUOffsetTRelative(table)
    vector = builder.EndVector()
    builder.StartObject(1)
    builder.PrependUOffsetTRelativeSlot(0, vector, 0)
    builder.Finish(builder.EndObject())
    return bytes(builder.Output())


def _pairs(data: bytes) -> list[tuple[str, str]]:
    table = _follow(data, 0)
    vector = _follow(data, _field(data, table, _FIRST_FIELD))
    count = _unpack(_UINT32, data, vector)
    if count > min(_MAX_ENTRIES, len(data) // 4):
        raise _BrokenError(f"it claims {count} entries")
    pairs = []
    letters = 0
    for index in range(count):
        entry = _follow(data, vector + 4 + 4 * index)
        key = _string(data, _field(data, entry, _FIRST_FIELD))
        value = _string(data, _field(data, entry, _SECOND_FIELD))
        letters += len(key) + len(value)
        # A writer stores each string once; entries that share one long string are a bomb.
        if letters > _MOST_GROWTH * len(data):
            raise _BrokenError("its entries share their strings")
        pairs.append((key, value))
    return pairs


def _unpack(kind: struct.Struct, data: bytes, position: int) -> int:
    if not 0 <= position <= len(data) - kind.size:
        raise _BrokenError(f"an offset points to byte {position} of {len(data)}")
    value: int = kind.unpack_from(data, position)[0]
    return value


def _follow(data: bytes, position: int) -> int:
    return position + _unpack(_UINT32, data, position)


def _field(data: bytes, table: int, slot: int) -> int:
    """Return where a table's field stands; the vtable lies a signed offset before the table."""
    vtable = table - _unpack(_INT32, data, table)
    offset = (
        _unpack(_UINT16, data, vtable + slot) if slot < _unpack(_UINT16, data, vtable) else 0
    )
    if not offset:
        raise _BrokenError(f"the table at byte {table} lacks a field")
    return table + offset


def _string(data: bytes, position: int) -> str:
    start = _follow(data, position)
    length = _unpack(_UINT32, data, start)
    if length > len(data) - start - 4:
        raise _BrokenError(f"a text at byte {start} runs past the end")
    try:
        return data[start + 4 : start + 4 + length].decode()
    except UnicodeDecodeError as error:
        raise _BrokenError(f"the text at byte {start} is not UTF-8") from error


def _sniff(source: SourceFile) -> bool:
    if not source.is_binary:
        return False
    try:
        return bool(_pairs(source.data))
    except _BrokenError:
        return False


FORMAT = RangeFormat(
    id="ort-flatbuffers",
    title="ONNX Runtime calibration.flatbuffers",
    sniff=_sniff,
    read=_read,
    write=_write,
    extensions=(".flatbuffers",),
    value="amax, as decimal text",
    loses=SYMMETRIC_LOSES,
)
