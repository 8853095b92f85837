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

import mmap
from functools import partial
from typing import TYPE_CHECKING

from setrange.model.external import ExternalData
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
_EXTERNAL = 1
#: Marks an external tensor whose values lie in the model file: no checksum of ONNX's form.
_MARK = ("checksum", "in place")


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
    with (
        path.open("rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as data,
    ):
        try:
            return _model(data, path.name)
        except (_NotPlainError, IndexError):
            return None


def is_in_place(tensor: TensorProto) -> bool:
    """True for a tensor whose values lie in the model file itself."""
    return tensor.data_location == _EXTERNAL and any(
        (entry.key, entry.value) == _MARK for entry in tensor.external_data
    )


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
    size = next(int(e.value) for e in tensor.external_data if e.key == "length")
    data = ExternalData.of(tensor, base, np.dtype("u1"), size)
    return StreamedTensor(head=head, size=size, parts=partial(_parts, data))


def _parts(data: ExternalData) -> Iterator[bytes]:
    return (chunk.tobytes() for chunk in data.chunks())


def _model(data: memoryview, location: str) -> ModelProto:
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
            tensors.append(_tensor(data, value, end, location))
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


def _tensor(data: memoryview, start: int, end: int, location: str) -> TensorProto:
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
        tensor.ParseFromString(b"".join(rest) if raw else bytes(data[start:end]))
    except DecodeError as error:
        raise _NotPlainError from error
    if raw:
        if len(raw) > 1 or tensor.data_location == _EXTERNAL:
            raise _NotPlainError
        tensor.data_location = onnx.TensorProto.EXTERNAL
        offset, length = raw[0]
        place = [("location", location), ("offset", offset), ("length", length), _MARK]
        for key, entry in place:
            tensor.external_data.add(key=key, value=str(entry))
    return tensor


def _fields(data: memoryview, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
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


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
