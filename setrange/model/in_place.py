# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading an ONNX file without its weights: they stay in the file, like external data.

A model is parsed field by field as far as its large initializers, which become external
tensors whose data file is the model file itself. So neither memory nor time follows the
model's size until somebody asks for values.

Source: protobuf's encoding; onnx/onnx v1.16: onnx/onnx.proto (ModelProto, GraphProto,
TensorProto).
"""

from __future__ import annotations

import math
import os
from functools import partial
from typing import IO, TYPE_CHECKING

from setrange.model.external import IN_PLACE, ExternalData, stamp_in
from setrange.model.stamp import Stamp, changed, stamp_of
from setrange.model.types import EXTERNAL, DataType
from setrange.model.writing import StreamedTensor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from onnx import ModelProto, TensorProto

__all__ = ["embedded", "is_in_place", "read_in_place"]

#: Field numbers: ModelProto.graph, GraphProto.initializer, TensorProto.raw_data.
_GRAPH, _INITIALIZER, _RAW_DATA = 7, 5, 9
#: Bytes from which values stay in the file.
_LARGE = 1 << 14
#: Bytes of one number, by onnx.TensorProto.DataType; others are parsed whole.
_ITEM_SIZES = {int(dtype): dtype.bits // 8 for dtype in DataType if dtype.code is not None}
#: Bytes of the file that are in memory at a time; no field but a large one is longer.
_WINDOW = 1 << 18
#: Bytes of the longest number that protobuf writes.
_VARINT_BYTES = 10


#: A tensor of more dimensions is damaged: numpy has no array of them.
MOST_DIMS = 64


class _NotPlainError(Exception):
    """The file is not laid out as every writer does it, or is damaged."""


def read_in_place(path: Path) -> ModelProto | None:
    """Parse an ONNX file, large initializers left in it.

    Returns:
        The model, or ``None`` where the file has to be parsed whole: it is damaged, or laid out
        in a way that only a full parser reads.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb", buffering=0) as stream:
        status = os.fstat(stream.fileno())
        data = _File(stream, status.st_size)
        try:
            model = _model(data, path.name, stamp_of(status))
        except _NotPlainError:
            model = None
        if stamp_of(os.fstat(stream.fileno())) != stamp_of(status):
            raise changed(path)
    return model


def is_in_place(tensor: TensorProto) -> bool:
    """True for a tensor whose values lie in the model file itself."""
    return stamp_in(tensor) is not None


def embedded(tensor: TensorProto, base: Path) -> TensorProto | StreamedTensor:
    """Return a tensor as it is written into another model file; its values are not read yet."""
    if not is_in_place(tensor):
        return tensor
    import numpy as np
    import onnx

    head = onnx.TensorProto()
    head.CopyFrom(tensor)
    head.ClearField("external_data")
    head.ClearField("data_location")
    size = math.prod(tensor.dims) * _ITEM_SIZES[tensor.data_type]
    data = ExternalData.of(tensor, base, np.dtype("u1"), size)
    return StreamedTensor(head=head, size=size, parts=partial(_parts, data))


def _parts(data: ExternalData) -> Iterator[bytes]:
    return (chunk.tobytes() for chunk in data.chunks())


class _File:
    """A file as a sequence of bytes, of which few are in memory.

    It is not mapped: a file that shrinks meanwhile would end the program.
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


def _model(data: _File, location: str, stamp: Stamp) -> ModelProto:
    import onnx
    from google.protobuf.message import DecodeError

    rest, graphs = [], []
    for field, start, value, end in _fields(data, 0, len(data)):
        if field == _GRAPH:
            graphs.append((value, end))
        else:
            rest.append(data[start:end])
    if len(graphs) != 1:
        raise _NotPlainError
    light, tensors = [], []
    for field, start, value, end in _fields(data, *graphs[0]):
        if field == _INITIALIZER:
            tensors.append(_tensor(data, value, end, location, stamp))
        else:
            light.append(data[start:end])
    model = onnx.ModelProto()
    try:
        model.ParseFromString(b"".join(rest))
        model.graph.ParseFromString(b"".join(light))
    except DecodeError as error:
        raise _NotPlainError from error
    model.graph.initializer.extend(tensors)
    return model


def _tensor(data: _File, start: int, end: int, location: str, stamp: Stamp) -> TensorProto:
    import onnx
    from google.protobuf.message import DecodeError

    tensor = onnx.TensorProto()
    raw, rest = [], []
    if end - start >= _LARGE:
        for field, first, value, last in _fields(data, start, end):
            if field == _RAW_DATA and last - value >= _LARGE:
                raw.append((value, last - value))
            else:
                rest.append(data[first:last])
    try:
        tensor.ParseFromString(b"".join(rest) if raw else data[start:end])
    except DecodeError as error:
        raise _NotPlainError from error
    if raw:
        if len(tensor.dims) > MOST_DIMS:
            raise _NotPlainError
        expected = _ITEM_SIZES.get(tensor.data_type, 0) * math.prod(tensor.dims)
        lengths = [length for _, length in raw]
        if lengths != [expected] or tensor.data_location == EXTERNAL:
            raise _NotPlainError
        tensor.data_location = onnx.TensorProto.EXTERNAL
        offset, length = raw[0]
        mark = " ".join([IN_PLACE, *map(str, stamp)])
        place = [("location", location), ("offset", offset), ("length", length)]
        place.append(("checksum", mark))
        for key, entry in place:
            tensor.external_data.add(key=key, value=str(entry))
    return tensor


def _fields(data: _File, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (number, first byte of the tag, first byte of the value, end) of each field."""
    position = start
    while position < end:
        first = position
        tag, position = _varint(data, position)
        kind = tag & 7
        if kind == 2:
            length, position = _varint(data, position)
            last = position + length
        elif kind == 0:
            last = _varint(data, position)[1]
        elif kind in (1, 5):
            last = position + (8 if kind == 1 else 4)
        else:
            raise _NotPlainError
        if last > end:
            raise _NotPlainError
        yield tag >> 3, first, position, last
        position = last


def _varint(data: _File, position: int) -> tuple[int, int]:
    value = 0
    for count, byte in enumerate(data[position : position + _VARINT_BYTES]):
        value |= (byte & 0x7F) << 7 * count
        if byte < 0x80:
            return value, position + count + 1
    raise _NotPlainError
