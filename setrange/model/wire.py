# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Protobuf's encoding: just enough to find the fields of a file, and to write some.

Source: protobuf's documentation of its encoding; onnx/onnx v1.16: onnx/onnx.proto.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "GRAPH",
    "INITIALIZER",
    "RAW_DATA",
    "FileBytes",
    "NotPlainError",
    "fields",
    "tag",
    "varint",
]

#: Field numbers: ModelProto.graph, GraphProto.initializer, TensorProto.raw_data.
GRAPH, INITIALIZER, RAW_DATA = 7, 5, 9

#: The kind of a field that is a length and so many bytes.
_BYTES = 2
#: Bytes of the file that are in memory at a time; no field but a large one is longer.
_WINDOW = 1 << 16
#: Bytes of the longest number that protobuf writes.
_VARINT_BYTES = 10


class NotPlainError(Exception):
    """The file is not laid out as every writer does it, or is damaged."""


class FileBytes:
    """A file as a sequence of bytes, of which few are in memory.

    It is not mapped: a file that shrinks meanwhile would end the program.

    Args:
        stream: The open file, unbuffered.
        size: Its bytes.
    """

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream = stream
        self._size = size
        self._window = b""
        self._start = 0

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, span: slice) -> bytes:
        start, end = span.start, min(span.stop, self._size)
        if start < self._start or end > self._start + len(self._window):
            self._stream.seek(start)
            if end - start > _WINDOW:
                return self._stream.read(end - start)
            self._start, self._window = start, self._stream.read(_WINDOW)
        return self._window[start - self._start : end - self._start]


def fields(data: FileBytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (number, first byte of the tag, first byte of the value, end) of each field.

    Raises:
        NotPlainError: Some bytes are no field.
    """
    first = start
    while first < end:
        head = data[first : first + 2 * _VARINT_BYTES]  # its tag, and its length or number
        mark, used = _number(head, 0)
        kind = mark & 7
        if kind == _BYTES:
            length, used = _number(head, used)
            last = first + used + length
        elif kind == 0:
            last = first + _number(head, used)[1]
        elif kind in (1, 5):
            last = first + used + (8 if kind == 1 else 4)
        else:
            raise NotPlainError
        if last > end:
            raise NotPlainError
        yield mark >> 3, first, first + used, last
        first = last


def _number(data: bytes, position: int) -> tuple[int, int]:
    """Read a number: its value, and where it ends."""
    value = shift = 0
    for byte in data[position : position + _VARINT_BYTES]:
        position += 1
        if byte < 0x80:
            return value | byte << shift, position
        value |= (byte & 0x7F) << shift
        shift += 7
    raise NotPlainError


def varint(value: int) -> bytes:
    """Return a number as protobuf writes it: seven bits a byte, lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def tag(field: int) -> bytes:
    """Return what comes before the length of a field of bytes."""
    return varint(field << 3 | _BYTES)
